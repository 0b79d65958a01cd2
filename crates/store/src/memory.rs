//! The naive store: everything in lists, every answer a loop over them.
//!
//! The other stores are held to its answers by the suite, and services use it in their tests, so it is to be
//! obviously right and nothing else. It forgets everything when its last handle goes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use radar_types::query::{Candidate, Field, Order, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, EventId, Scored, Severity, TemplateId, Timestamp, Verdict};

use crate::cursor::Place;
use crate::page::{Bulky, Filling};
use crate::templates::{Alike, Templates};
use crate::timeline::Timeline;
use crate::tops::{PairTops, Tops};
use crate::{
    Appended, Ask, CollectionInfo, Cursor, Error, ErrorKind, Expect, Inspected, Inspection, LevelBucket, Page, PageAsk, Pair,
    Partly, Record, Rescored, Result, Retention, Stats, Store, Stored, Table, TemplateCount, Top, collection, question, templates,
};

/// A handle to what is kept in memory.
#[derive(Debug, Default)]
pub struct MemoryStore {
    content: Arc<Mutex<Content>>,
    is_closed: AtomicBool,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self::default()
    }

    /// Another handle to the same content, open even if this one is closed.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { content: Arc::clone(&self.content), is_closed: AtomicBool::new(false) }
    }

    fn content(&self) -> Result<MutexGuard<'_, Content>> {
        // Held here, so that nothing is answered or written once closing has returned.
        let content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_closed.load(Ordering::SeqCst) { Err(Error::closed()) } else { Ok(content) }
    }

    /// The events that a question finds, in the order of arrival.
    fn found(&self, ask: &Ask) -> Result<Partly<Vec<Stored>>> {
        let content = self.content()?;
        ask.check()?;
        // Whoever has no time at all is shown what a partial answer is like.
        if ask.patience().is_zero() {
            return Ok(Partly { value: Vec::new(), is_partial: true });
        }
        let events = content.events(&ask.collection).iter();
        Ok(Partly::whole(events.filter(|stored| ask.filter.matches(candidate(stored), &ask.scale)).cloned().collect()))
    }
}

#[derive(Debug, Default)]
struct Content {
    collections: BTreeMap<CollectionId, Collection>,
    /// The latest place that was given, in whatever collection.
    last_seq: u64,
    records: BTreeMap<(Table, String), Record>,
    /// The latest version that was given, to whatever record.
    last_version: u64,
}

#[derive(Debug)]
struct Collection {
    created: Timestamp,
    retention: Retention,
    /// In the order of arrival.
    events: Vec<Stored>,
    /// Of the events, to find them by.
    ids: HashSet<EventId>,
    last_seq: Seq,
}

impl Content {
    fn events(&self, id: &CollectionId) -> &[Stored] {
        self.collections.get(id).map_or(&[], |collection| &collection.events)
    }

    fn collection(&mut self, id: &CollectionId, created: Timestamp) -> &mut Collection {
        self.collections.entry(id.clone()).or_insert_with(|| Collection {
            created,
            retention: Retention::default(),
            events: Vec::new(),
            ids: HashSet::new(),
            last_seq: Seq(0),
        })
    }

    /// Changes the events of these places, and says how many those are.
    fn change(&mut self, id: &CollectionId, seqs: &HashSet<Seq>, change: impl Fn(&mut Stored)) -> u64 {
        let Some(collection) = self.collections.get_mut(id) else { return 0 };
        let mut changed = 0;
        for stored in collection.events.iter_mut().filter(|stored| seqs.contains(&stored.seq)) {
            change(stored);
            changed += 1;
        }
        changed
    }
}

impl Collection {
    /// Keeps the events that `is_kept`, and says how many it doesn't.
    fn retain(&mut self, is_kept: impl Fn(&Stored) -> bool) -> u64 {
        let before = self.events.len();
        self.events.retain(is_kept);
        self.ids = self.events.iter().map(|stored| stored.scored.id).collect();
        (before - self.events.len()) as u64
    }

    fn expire(&mut self, now: Timestamp) -> u64 {
        let oldest_kept = self.retention.oldest_kept(now);
        let expired = self.retain(|stored| stored.scored.event.timestamp >= oldest_kept);
        let Some(bytes_max) = self.retention.bytes else { return expired };
        let mut by_age: Vec<&Stored> = self.events.iter().collect();
        by_age.sort_by_key(|stored| Place::of(Order::Newest, stored, 0));
        let mut bytes = 0;
        let fits = |stored: &&&Stored| {
            bytes += self::bytes(stored);
            bytes <= bytes_max
        };
        let kept: HashSet<Seq> = by_age.iter().take_while(fits).map(|stored| stored.seq).collect();
        expired + self.retain(|stored| kept.contains(&stored.seq))
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn create(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        self.content()?.collection(collection, now);
        Ok(())
    }

    async fn collections(&self) -> Result<Vec<CollectionInfo>> {
        let content = self.content()?;
        let info = |(id, collection): (&CollectionId, &Collection)| CollectionInfo {
            id: id.clone(),
            created: collection.created,
            retention: collection.retention,
        };
        Ok(content.collections.iter().map(info).collect())
    }

    async fn stats(&self, collection: &CollectionId) -> Result<Stats> {
        let content = self.content()?;
        let events = content.events(collection);
        let times = || events.iter().map(|stored| stored.scored.event.timestamp);
        Ok(Stats {
            events: events.len() as u64,
            bytes: events.iter().map(bytes).sum(),
            oldest: times().min(),
            newest: times().max(),
        })
    }

    async fn clear(&self, collection: &CollectionId) -> Result<()> {
        if let Some(collection) = self.content()?.collections.get_mut(collection) {
            collection.retain(|_| false);
        }
        Ok(())
    }

    async fn drop_collection(&self, collection: &CollectionId) -> Result<()> {
        self.content()?.collections.remove(collection);
        Ok(())
    }

    async fn set_retention(&self, collection: &CollectionId, retention: Retention) -> Result<()> {
        let mut content = self.content()?;
        let missing = || Error::new(ErrorKind::Missing, "There is no collection of this name; create it first.");
        content.collections.get_mut(collection).ok_or_else(missing)?.retention = retention;
        Ok(())
    }

    async fn expire(&self, now: Timestamp) -> Result<u64> {
        Ok(self.content()?.collections.values_mut().map(|collection| collection.expire(now)).sum())
    }

    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        let mut content = self.content()?;
        if batch.is_empty() {
            let last_seq = content.collections.get(collection).map_or(Seq(0), |collection| collection.last_seq);
            return Ok(Appended { last_seq, ..Appended::default() });
        }
        let mut last_seq = content.last_seq;
        let collection = content.collection(collection, collection::now());
        let mut appended = Appended::default();
        for scored in batch {
            if collection.ids.insert(scored.id) {
                last_seq += 1;
                appended.new.push(Stored { seq: Seq(last_seq), scored, verdict: None });
            } else {
                appended.duplicates += 1;
            }
        }
        collection.events.extend(appended.new.iter().cloned());
        if !appended.new.is_empty() {
            collection.last_seq = Seq(last_seq);
        }
        appended.last_seq = collection.last_seq;
        content.last_seq = last_seq;
        Ok(appended)
    }

    async fn latest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
        let content = self.content()?;
        let events = content.events(collection).iter().rev();
        Ok(fill(events.filter(|stored| before.is_none_or(|before| stored.seq < before)), limit))
    }

    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
        let content = self.content()?;
        Ok(fill(content.events(collection).iter().filter(|stored| stored.seq > after), limit))
    }

    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq> {
        Ok(self.content()?.collections.get(collection).map_or(Seq(0), |collection| collection.last_seq))
    }

    async fn get(&self, collection: &CollectionId, seq: Seq) -> Result<Option<Stored>> {
        Ok(self.content()?.events(collection).iter().find(|stored| stored.seq == seq).cloned())
    }

    async fn search(&self, ask: &Ask, page: &PageAsk) -> Result<Partly<Page>> {
        page.check()?;
        let last_seq = self.last_seq(&ask.collection).await?;
        Ok(self.found(ask)?.map(|found| search_page(found, page, last_seq)))
    }

    async fn tally(&self, ask: &Ask) -> Result<Partly<Tally>> {
        Ok(self.found(ask)?.map(|found| {
            let mut tally = Tally::default();
            for stored in found {
                tally.add(severity(&stored, ask), 1);
            }
            tally
        }))
    }

    async fn histogram(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<Bucket>>> {
        let mut timeline = Timeline::<Tally>::new(period, bucket_millis)?;
        Ok(self.found(ask)?.map(|found| {
            for stored in found {
                if let Some(tally) = timeline.at(stored.scored.event.timestamp.unix_millis()) {
                    tally.add(severity(&stored, ask), 1);
                }
            }
            timeline.into_buckets()
        }))
    }

    async fn levels(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<LevelBucket>>> {
        let mut timeline = Timeline::<[u64; 5]>::new(period, bucket_millis)?;
        Ok(self.found(ask)?.map(|found| {
            for stored in found {
                if let Some(counts) = timeline.at(stored.scored.event.timestamp.unix_millis()) {
                    counts[stored.scored.event.severity_level() as usize] += 1;
                }
            }
            timeline.into_levels()
        }))
    }

    async fn top(&self, ask: &Ask, field: &Field, limit: u32) -> Result<Partly<Vec<Top>>> {
        Ok(self.found(ask)?.map(|found| tops(&found, ask, field)).into_top(limit))
    }

    async fn pairs(&self, ask: &Ask, fields: &[Field; 2], limit: u32) -> Result<Partly<Vec<Pair>>> {
        Ok(self.found(ask)?.map(|found| pairs(&found, ask, fields)).into_pairs(limit))
    }

    async fn distinct(&self, ask: &Ask, field: &Field) -> Result<Partly<u64>> {
        Ok(self.found(ask)?.map(|found| tops(&found, ask, field)).distinct())
    }

    async fn templates(&self, ask: &Ask, period: Period, bar_millis: i64) -> Result<Partly<Vec<TemplateCount>>> {
        let bars = templates::bars(period, bar_millis)?;
        let found = self.found(ask)?;
        let counted = found.map(|found| {
            let mut templates = Templates::new(bars.len());
            for stored in found {
                if let Some(template) = stored.scored.template {
                    templates.add(template, Alike::one(&stored, severity(&stored, ask), &bars));
                }
            }
            templates
        });
        Ok(counted.into_counts())
    }

    async fn scores(&self, ask: &Ask, bounds: &[f32]) -> Result<Partly<Vec<u64>>> {
        question::check_bounds(bounds)?;
        Ok(self.found(ask)?.map(|found| {
            let mut counts = vec![0; bounds.len() + 1];
            for score in found.iter().filter_map(|stored| stored.scored.score.score()) {
                if let Some(place) = question::place_among(bounds, score.calibrated) {
                    counts[place] += 1;
                }
            }
            counts
        }))
    }

    async fn rescore(&self, collection: &CollectionId, rescored: Vec<Rescored>) -> Result<u64> {
        // Of those for the same event, the last stays.
        let by_seq: HashMap<Seq, Rescored> = rescored.into_iter().map(|rescored| (rescored.seq, rescored)).collect();
        let seqs = by_seq.keys().copied().collect();
        Ok(self.content()?.change(collection, &seqs, |stored| {
            if let Some(rescored) = by_seq.get(&stored.seq).cloned() {
                stored.scored.score = rescored.score;
                stored.scored.reasons = rescored.reasons;
                stored.scored.template = rescored.template;
            }
        }))
    }

    async fn judge(&self, collection: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> Result<u64> {
        Ok(self.content()?.change(collection, &seqs.into_iter().collect(), |stored| stored.verdict = verdict))
    }

    async fn put(&self, table: Table, record: Record, expect: Expect) -> Result<u64> {
        let mut content = self.content()?;
        record.check()?;
        let key = (table, record.key.clone());
        let version = content.records.get(&key).map(|record| record.version);
        expect.check(version)?;
        content.last_version += 1;
        let version = content.last_version;
        content.records.insert(key, Record { version, ..record });
        Ok(version)
    }

    async fn find(&self, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>> {
        let content = self.content()?;
        Ok(content.records.get(&(table, key.to_owned())).filter(|record| !record.has_expired(now)).cloned())
    }

    async fn list(
        &self,
        table: Table,
        owner: Option<&str>,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Record>> {
        let content = self.content()?;
        let records = content.records.iter().filter(|((of, _), _)| *of == table).map(|(_, record)| record);
        let is_meant = |record: &&Record| {
            owner.is_none_or(|owner| record.owner == owner)
                && after.is_none_or(|after| record.key.as_str() > after)
                && !record.has_expired(now)
        };
        Ok(fill(records.filter(is_meant), limit))
    }

    async fn remove(&self, table: Table, key: &str) -> Result<bool> {
        Ok(self.content()?.records.remove(&(table, key.to_owned())).is_some())
    }

    async fn take_expired(&self, table: Table, limit: u32, now: Timestamp) -> Result<Vec<Record>> {
        let mut content = self.content()?;
        let expired = content.records.iter().filter(|((of, _), record)| *of == table && record.has_expired(now));
        let taken = fill(expired.map(|(_, record)| record), limit);
        for record in &taken {
            content.records.remove(&(table, record.key.clone()));
        }
        Ok(taken)
    }

    async fn inspect(&self) -> Result<Inspection> {
        let mut inspection = Inspection { store: "memory".into(), place: "this process".into(), ..Inspection::default() };
        for info in self.collections().await? {
            let stats = self.stats(&info.id).await?;
            inspection.collections.push(Inspected { info, stats, indexes: Vec::new(), unfit: 0, unfit_shown: Vec::new() });
        }
        Ok(inspection)
    }

    async fn check(&self) -> Result<()> {
        self.content().map(drop)
    }

    async fn close(&self) -> Result<()> {
        // Behind whoever is writing.
        let _content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

fn candidate(stored: &Stored) -> Candidate<'_> {
    Candidate { scored: &stored.scored, verdict: stored.verdict }
}

fn severity(stored: &Stored, ask: &Ask) -> Option<Severity> {
    candidate(stored).severity(&ask.scale)
}

/// What an event takes, its texts and about as much as the rest of it.
fn bytes(stored: &Stored) -> u64 {
    (stored.text_bytes() + size_of::<Stored>()) as u64
}

fn fill<'a, T: Bulky + Clone + 'a>(all: impl Iterator<Item = &'a T>, limit: u32) -> Vec<T> {
    let mut filling = Filling::new(limit);
    for one in all {
        if filling.is_full() {
            break;
        }
        filling.take(one.clone());
    }
    filling.into_taken()
}

fn search_page(mut found: Vec<Stored>, page: &PageAsk, last_seq: Seq) -> Page {
    let until = page.after.map_or(last_seq, |after| after.until);
    if page.order == Order::Rarity {
        found.retain(|stored| stored.seq <= until);
    }
    let mut counts: BTreeMap<TemplateId, u64> = BTreeMap::new();
    for template in found.iter().filter_map(|stored| stored.scored.template) {
        *counts.entry(template).or_default() += 1;
    }
    let count = |stored: &Stored| stored.scored.template.map_or(u64::MAX, |template| counts[&template]);
    let place = |stored: &Stored| Place::of(page.order, stored, count(stored));
    found.retain(|stored| page.after.is_none_or(|after| place(stored) > after.place));
    found.sort_by_key(place);
    let events = fill(found.iter(), page.limit);
    let next = events.last().filter(|_| events.len() < found.len());
    let next = next.map(|last| Cursor { order: page.order, place: place(last), until });
    Page { events, next }
}

fn pairs(found: &[Stored], ask: &Ask, [one, other]: &[Field; 2]) -> PairTops {
    let mut pairs = PairTops::default();
    for stored in found {
        let candidate = candidate(stored);
        if let (Some(one), Some(other)) = (candidate.value(one), candidate.value(other)) {
            pairs.add(&[one, other], 1, severity(stored, ask));
        }
    }
    pairs
}

fn tops(found: &[Stored], ask: &Ask, field: &Field) -> Tops {
    let mut tops = Tops::default();
    for stored in found {
        if let Some(value) = candidate(stored).value(field) {
            tops.add(&value, 1, severity(stored, ask));
        }
    }
    tops
}
