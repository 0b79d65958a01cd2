//! Random operations: the store answers as the one in memory does.
//!
//! A difference is reported with its seed. `RADAR_STORE_SEED=7 cargo test -p radar-store` repeats it, and
//! `RADAR_STORE_ROUNDS=100` tries so many seeds, beginning with that one or the first.

use std::env;
use std::fmt::Debug;

use radar_store::memory::MemoryStore;
use radar_store::{Ask, Cursor, Expect, PageAsk, Record, Rescored, Result, Retention, Stats, Store, Stored, Table, TemplateCount};
use radar_types::query::Order;
use radar_types::wire::Seq;
use radar_types::{CollectionId, Timestamp, Verdict};

use super::Home;
use super::asking::{all, ask_of, collection, first_page, public, text};
use super::sample::{Random, time};

const ROUNDS: u64 = 3;
const OPERATIONS: u64 = 300;
const IDS: u64 = 400;

pub(crate) async fn answers_equal_those_of_the_store_in_memory(home: &dyn Home) {
    for seed in seeds() {
        let mut run = Run::new(home, seed).await;
        for number in 0..OPERATIONS {
            run.number = number;
            run.operate().await;
        }
        for place in 0..run.collections.len() {
            let id = &run.collections[place].id;
            let events = run.known(place, all(&*run.store, id).await);
            run.check("all events", &events, &all(&run.model, id).await);
        }
        run.end().await;
    }
}

pub(crate) async fn records_equal_those_of_the_store_in_memory(home: &dyn Home) {
    for seed in seeds() {
        let mut run = Run::new(home, seed).await;
        for number in 0..OPERATIONS {
            run.number = number;
            run.operate_on_records().await;
        }
        run.end().await;
    }
}

fn seeds() -> impl Iterator<Item = u64> {
    let number = |name: &str| env::var(name).ok().map(|number| number.parse::<u64>().unwrap());
    let seed = number("RADAR_STORE_SEED");
    let rounds = number("RADAR_STORE_ROUNDS").unwrap_or(if seed.is_some() { 1 } else { ROUNDS });
    let first = seed.unwrap_or(1);
    first..first + rounds
}

/// A store and the model, to which the same happens.
struct Run<'a> {
    home: &'a dyn Home,
    store: Box<dyn Store>,
    model: MemoryStore,
    random: Random,
    seed: u64,
    number: u64,
    collections: [Known; 3],
}

/// Stores number events as they like.
struct Known {
    id: CollectionId,
    /// The places of every event there ever was: the model's and the store's, which both rise.
    seqs: Vec<(Seq, Seq)>,
}

impl<'a> Run<'a> {
    async fn new(home: &'a dyn Home, seed: u64) -> Self {
        let [second, third] = ["second", "third"].map(|name| collection(&format!("{name} {seed}")));
        let collections = [public(), second, third].map(|id| Known { id, seqs: vec![] });
        let store = home.open().await;
        Self { home, store, model: MemoryStore::new(), random: Random(seed), seed, number: 0, collections }
    }

    /// Leaves nothing to the next run.
    async fn end(self) {
        for known in &self.collections {
            self.store.drop_collection(&known.id).await.unwrap();
        }
        for table in Table::ALL {
            self.store.take_expired(table, 1_000, Timestamp::MAX).await.unwrap();
            for record in self.store.list(table, None, None, 1_000, Timestamp::MIN).await.unwrap() {
                assert!(self.store.remove(table, &record.key).await.unwrap());
            }
        }
        self.store.close().await.unwrap();
    }

    fn check<T: Debug>(&self, operation: &str, store: &T, model: &T) {
        let (store, model) = (text(store), text(model));
        let alike = store.bytes().zip(model.bytes()).take_while(|(store, model)| store == model).count();
        let Self { seed, number, .. } = self;
        assert!(
            store == model,
            "RADAR_STORE_SEED={seed}, operation {number}: {operation}\ndiffers from byte {alike} on\nstore: {store}\nmodel: {model}"
        );
    }

    fn check_answer<T: Debug>(&self, operation: &str, store: Result<T>, model: Result<T>) {
        self.check(operation, &store.map_err(|error| error.kind()), &model.map_err(|error| error.kind()));
    }

    /// The store's events, with the model's places.
    fn known(&self, place: usize, events: Vec<Stored>) -> Vec<Stored> {
        let known = |stored: Stored| Stored { seq: self.of_model(place, stored.seq), ..stored };
        events.into_iter().map(known).collect()
    }

    fn of_model(&self, place: usize, seq: Seq) -> Seq {
        let Known { id, seqs } = &self.collections[place];
        let found = seqs.binary_search_by_key(&seq, |(_, store)| *store);
        let Ok(index) = found else { panic!("RADAR_STORE_SEED={}: {id:?} never had an event {seq:?}", self.seed) };
        seqs[index].0
    }

    /// Most happens in the first.
    fn some_collection(&mut self) -> (usize, CollectionId) {
        let place = (self.random.below(6) as usize).saturating_sub(3);
        (place, self.collections[place].id.clone())
    }

    /// A place, the model's and the store's; now and then one that no event has.
    fn some_seq(&mut self, place: usize) -> (Seq, Seq) {
        let seqs = &self.collections[place].seqs;
        if seqs.is_empty() || self.random.is_one_in(20) {
            let seq = Seq(*self.random.pick(&[0, i64::MAX as u64, u64::MAX]));
            return (seq, seq);
        }
        *self.random.pick(seqs)
    }

    fn some_seqs(&mut self, place: usize) -> Vec<(Seq, Seq)> {
        (0..self.random.below(8)).map(|_| self.some_seq(place)).collect()
    }

    fn ask(&mut self) -> (usize, Ask) {
        let (place, id) = self.some_collection();
        let depth = self.random.below(4) as u32;
        let mut ask = ask_of(&id, self.random.filter(depth));
        ask.scale = self.random.scale();
        (place, ask)
    }

    async fn operate(&mut self) {
        match self.random.below(32) {
            0..=5 => self.append().await,
            6..=12 => self.search().await,
            13..=22 => self.count().await,
            23 | 24 => self.rescore().await,
            25 | 26 => self.judge().await,
            27 | 28 => self.read().await,
            29 => self.describe().await,
            30 => self.remove().await,
            _ => self.reopen().await,
        }
    }

    async fn append(&mut self) {
        let (place, id) = self.some_collection();
        let size = self.random.below(30);
        let batch: Vec<_> = (0..size).map(|_| self.random.scored(IDS)).collect();
        let operation = format!("append {size} to {id:?}");
        let store = self.store.append(&id, batch.clone()).await.unwrap();
        let model = self.model.append(&id, batch).await.unwrap();
        let seqs = &mut self.collections[place].seqs;
        seqs.extend(model.new.iter().zip(&store.new).map(|(model, store)| (model.seq, store.seq)));
        assert!(seqs.is_sorted_by(|a, b| a.1 < b.1), "RADAR_STORE_SEED={}: {operation}: places rise", self.seed);
        self.check(&operation, &self.known(place, store.new), &model.new);
        self.check(&operation, &store.duplicates, &model.duplicates);
        self.check_last_seq(&operation, place, store.last_seq, model.last_seq);
    }

    fn check_last_seq(&self, operation: &str, place: usize, store: Seq, model: Seq) {
        let store = if store == Seq(0) { store } else { self.of_model(place, store) };
        self.check(operation, &store, &model);
    }

    /// Turns all pages, while now and then something happens.
    async fn search(&mut self) {
        let (place, ask) = self.ask();
        let order = self.random.order();
        let limit = *self.random.pick(&[0, 1, 2, 7, 50, u32::MAX]);
        let mut pages: [PageAsk; 2] = [first_page(order, limit), first_page(order, limit)];
        for page in 0..20 {
            let operation = format!("page {page} of {limit} by {order:?} of {ask:?}");
            let store = self.store.search(&ask, &pages[0]).await.unwrap();
            let model = self.model.search(&ask, &pages[1]).await.unwrap();
            assert!(!store.is_partial, "RADAR_STORE_SEED={}: there was time for all of {operation}", self.seed);
            self.check(&operation, &self.known(place, store.value.events), &model.value.events);
            self.check(&operation, &store.value.next.is_some(), &model.value.next.is_some());
            let (Some(store), Some(model)) = (store.value.next, model.value.next) else { return };
            let travelled: Cursor = store.to_string().parse().unwrap();
            self.check(&operation, &travelled, &store);
            pages[0].after = Some(travelled);
            pages[1].after = Some(model);
            match self.random.below(12) {
                0 | 1 => self.append().await,
                2 if order != Order::Rarity => self.judge().await,
                3 if order != Order::Rarity => self.rescore().await,
                4 if self.random.is_one_in(4) => self.reopen().await,
                _ => {}
            }
        }
    }

    async fn count(&mut self) {
        let (place, ask) = self.ask();
        let (store, model) = (&self.store, &self.model);
        match self.random.below(10) {
            0 => self.check_answer(&format!("tally of {ask:?}"), store.tally(&ask).await, model.tally(&ask).await),
            kind @ 1..=3 => {
                let period = self.random.period();
                let bucket_millis = *self.random.pick(&[0, 900_000, 7_777_777, 86_400_000, 300 * 86_400_000, i64::MAX]);
                let operation = format!("bars of {bucket_millis} in {period:?} of {ask:?}");
                if kind == 3 {
                    let store = store.levels(&ask, period, bucket_millis).await;
                    self.check_answer(&operation, store, model.levels(&ask, period, bucket_millis).await);
                } else {
                    let store = store.histogram(&ask, period, bucket_millis).await;
                    self.check_answer(&operation, store, model.histogram(&ask, period, bucket_millis).await);
                }
            }
            4 | 5 => {
                let (field, limit) = (self.random.field(), *self.random.pick(&[0, 1, 3, 100]));
                let operation = format!("top {limit} of {field:?} of {ask:?}");
                self.check_answer(&operation, store.top(&ask, &field, limit).await, model.top(&ask, &field, limit).await);
            }
            7 => {
                let (period, bar_millis) = (self.random.period(), *self.random.pick(&[0, 7_777_777, 86_400_000, i64::MAX]));
                let operation = format!("templates by {bar_millis} in {period:?} of {ask:?}");
                let counts = store.templates(&ask, period, bar_millis).await.map(|counts| {
                    let known = |count: TemplateCount| TemplateCount { latest: self.of_model(place, count.latest), ..count };
                    counts.map(|counts| counts.into_iter().map(known).collect::<Vec<_>>())
                });
                self.check_answer(&operation, counts, model.templates(&ask, period, bar_millis).await);
            }
            6 => {
                let (fields, limit) = ([self.random.field(), self.random.field()], *self.random.pick(&[0, 1, 3, 100]));
                let operation = format!("top {limit} pairs of {fields:?} of {ask:?}");
                self.check_answer(&operation, store.pairs(&ask, &fields, limit).await, model.pairs(&ask, &fields, limit).await);
            }
            8 => {
                let field = self.random.field();
                let operation = format!("how many {field:?} of {ask:?}");
                self.check_answer(&operation, store.distinct(&ask, &field).await, model.distinct(&ask, &field).await);
            }
            _ => {
                let bounds = self.random.bounds();
                let operation = format!("scores between {bounds:?} of {ask:?}");
                self.check_answer(&operation, store.scores(&ask, &bounds).await, model.scores(&ask, &bounds).await);
            }
        }
    }

    async fn rescore(&mut self) {
        let (place, id) = self.some_collection();
        let random = |run: &mut Self, (model, store)| {
            let (score, reasons, template) = (run.random.state(), run.random.reasons(), run.random.template());
            [model, store].map(|seq| Rescored { seq, score: score.clone(), reasons: reasons.clone(), template })
        };
        let seqs = self.some_seqs(place);
        let (mut of_model, mut of_store) = (vec![], vec![]);
        for pair in seqs {
            let [model, store] = random(self, pair);
            of_model.push(model);
            of_store.push(store);
        }
        let operation = format!("rescore {of_store:?} of {id:?}");
        self.check_answer(&operation, self.store.rescore(&id, of_store).await, self.model.rescore(&id, of_model).await);
    }

    async fn judge(&mut self) {
        let (place, id) = self.some_collection();
        let (of_model, of_store): (Vec<Seq>, Vec<Seq>) = self.some_seqs(place).into_iter().unzip();
        let verdict = *self.random.pick(&[None, Some(Verdict::Expected), Some(Verdict::Suspicious)]);
        let operation = format!("judge {of_store:?} of {id:?} to be {verdict:?}");
        let store = self.store.judge(&id, of_store, verdict).await;
        self.check_answer(&operation, store, self.model.judge(&id, of_model, verdict).await);
    }

    async fn read(&mut self) {
        let (place, id) = self.some_collection();
        let (model, store) = self.some_seq(place);
        let limit = *self.random.pick(&[0, 1, 5, 100]);
        let found = self.store.get(&id, store).await.unwrap();
        let expected = self.model.get(&id, model).await.unwrap();
        self.check(&format!("get {store:?}"), &self.known(place, found.into_iter().collect()), &expected.into_iter().collect());
        let found = self.store.tail(&id, store, limit).await.unwrap();
        let expected = self.model.tail(&id, model, limit).await.unwrap();
        self.check(&format!("tail after {store:?}"), &self.known(place, found), &expected);
        for (store, model) in [(None, None), (Some(store), Some(model))] {
            let found = self.store.latest(&id, store, limit).await.unwrap();
            let expected = self.model.latest(&id, model, limit).await.unwrap();
            self.check(&format!("latest before {store:?}"), &self.known(place, found), &expected);
        }
    }

    async fn describe(&mut self) {
        for place in 0..self.collections.len() {
            let id = self.collections[place].id.clone();
            let [store, model] = [self.store.stats(&id).await.unwrap(), self.model.stats(&id).await.unwrap()];
            self.check(&format!("stats of {id:?}"), &Stats { bytes: 0, ..store }, &Stats { bytes: 0, ..model });
            let [store, model] = [self.store.last_seq(&id).await.unwrap(), self.model.last_seq(&id).await.unwrap()];
            self.check_last_seq(&format!("last place of {id:?}"), place, store, model);
        }
        let named = |store: Vec<radar_store::CollectionInfo>| -> Vec<_> {
            store.into_iter().map(|info| (info.id, info.retention)).collect()
        };
        let store = self.store.collections().await.map(named);
        self.check_answer("collections", store, self.model.collections().await.map(named));
    }

    async fn remove(&mut self) {
        let (_, id) = self.some_collection();
        let (store, model) = (&self.store, &self.model);
        match self.random.below(8) {
            0 => self.check_answer(&format!("clear {id:?}"), store.clear(&id).await, model.clear(&id).await),
            1 => self.check_answer(&format!("drop {id:?}"), store.drop_collection(&id).await, model.drop_collection(&id).await),
            2 => self.check_answer(&format!("create {id:?}"), store.create(&id, time(0)).await, model.create(&id, time(0)).await),
            _ => {
                let days = *self.random.pick(&[None, Some(0), Some(1), Some(2), Some(3), Some(u32::MAX)]);
                let now = self.random.moment();
                let retention = Retention { days, bytes: None };
                let operation = format!("keep {retention:?} of {id:?} at {now:?}");
                let answer = store.set_retention(&id, retention).await;
                self.check_answer(&operation, answer, model.set_retention(&id, retention).await);
                self.check_answer(&operation, store.expire(now).await, model.expire(now).await);
            }
        }
    }

    async fn reopen(&mut self) {
        self.store.close().await.unwrap();
        self.store = self.home.open().await;
    }

    async fn operate_on_records(&mut self) {
        let (table, now) = (self.random.table(), self.random.moment());
        match self.random.below(16) {
            0..=6 => self.put(table).await,
            7..=9 => {
                let key = self.random.key();
                let store = self.store.find(table, &key, now).await.map(as_it_was);
                let model = self.model.find(table, &key, now).await.map(as_it_was);
                self.check_answer(&format!("find {key:?} in {table:?} at {now:?}"), store, model);
            }
            10 | 11 => {
                let key = self.random.key();
                let (store, model) = (self.store.remove(table, &key).await, self.model.remove(table, &key).await);
                self.check_answer(&format!("remove {key:?} from {table:?}"), store, model);
            }
            12..=14 => {
                let owner = if self.random.is_one_in(2) { Some(self.random.owner()) } else { None };
                let after = if self.random.is_one_in(2) { Some(self.random.key()) } else { None };
                let limit = *self.random.pick(&[0, 1, 3, 100]);
                let operation = format!("list {limit} of {table:?} of {owner:?} after {after:?} at {now:?}");
                let (owner, after) = (owner.as_deref(), after.as_deref());
                let store = self.store.list(table, owner, after, limit, now).await.map(as_it_was);
                let model = self.model.list(table, owner, after, limit, now).await.map(as_it_was);
                self.check_answer(&operation, store, model);
            }
            _ if self.random.is_one_in(3) => self.reopen().await,
            _ => {
                // Which of them go first is the store's own.
                let store = self.store.take_expired(table, 100, now).await.map(in_order);
                let model = self.model.take_expired(table, 100, now).await.map(in_order);
                self.check_answer(&format!("take expired of {table:?} at {now:?}"), store, model);
            }
        }
    }

    async fn put(&mut self, table: Table) {
        let record = self.random.record();
        let present =
            |store: Vec<Record>| store.into_iter().find(|present| present.key == record.key).map(|present| present.version);
        let of_store = present(self.store.list(table, None, None, 100, Timestamp::MIN).await.unwrap());
        let of_model = present(self.model.list(table, None, None, 100, Timestamp::MIN).await.unwrap());
        let expect = match self.random.below(4) {
            0 => [Expect::Anything; 2],
            1 => [Expect::Nothing; 2],
            2 => [Expect::Version(u64::MAX >> 1); 2],
            _ => [of_store, of_model].map(|version| Expect::Version(version.unwrap_or(1))),
        };
        let operation = format!("put {record:?} into {table:?}, expecting {expect:?}");
        let store = self.store.put(table, record.clone(), expect[0]).await;
        let model = self.model.put(table, record, expect[1]).await;
        if let Ok(version) = store {
            assert!(Some(version) > of_store, "RADAR_STORE_SEED={}: {operation}: versions rise", self.seed);
        }
        self.check_answer(&operation, store.map(drop), model.map(drop));
    }
}

/// Versions are the store's own.
fn as_it_was(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
    records.into_iter().map(|record| Record { version: 0, ..record }).collect()
}

fn in_order(records: Vec<Record>) -> Vec<Record> {
    let mut records = as_it_was(records);
    records.sort_by(|a, b| a.key.cmp(&b.key));
    records
}
