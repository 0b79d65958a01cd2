//! Events themselves: pages of a question, and the order of arrival.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use mongodb::bson::{Document, doc};
use radar_types::CollectionId;
use radar_types::query::Order;
use radar_types::wire::Seq;

use super::ask::{Question, count};
use super::base::Base;
use super::registry::Reach;
use super::{adopt, change, document, fault, registry};
use crate::cursor::Place;
use crate::page::{self, Filling};
use crate::{Ask, Cursor, Page, PageAsk, Partly, Result, Stored};

/// How often a page is begun anew because its collection was dropped meanwhile.
const GONE_MAX: u32 = 3;

pub(super) async fn search(base: &Arc<Base>, ask: &Ask, page: &PageAsk) -> Result<Partly<Page>> {
    page.check()?;
    let none = |is_partial| Partly { value: Page::default(), is_partial };
    let Some(question) = Question::begin(base, ask).await? else { return Ok(none(true)) };
    if page::limit(page.limit) == 0 {
        return Ok(none(false));
    }
    if page.order == Order::Rarity {
        return by_rarity(base, question, page).await;
    }
    let mut filling = Filling::new(page.limit);
    let after = match page.after {
        Some(cursor) => Some(behind(page.order, cursor.place)),
        // Every event has a rank, but the index is trusted with the order only if that is said.
        None => (page.order == Order::Score).then(|| doc! { "radar.rank": { "$gte": i64::MIN } }),
    };
    let mut is_more = false;
    let is_partial =
        question.scan(after, Some(sort(page.order)), one_more(page), |stored| is_taken(&mut filling, stored, &mut is_more)).await?;
    let events = filling.into_taken();
    let last = events.last().filter(|_| is_more || is_partial);
    let next = last.map(|last| Cursor { order: page.order, place: Place::of(page.order, last, 0), until: Seq(0) });
    Ok(Partly { value: Page { events, next }, is_partial })
}

/// Takes an event, or notes that there are more than the page has room for.
fn is_taken(filling: &mut Filling<Stored>, stored: Stored, is_more: &mut bool) -> bool {
    *is_more = filling.is_full();
    if !*is_more {
        filling.take(stored);
    }
    !*is_more
}

fn one_more(page: &PageAsk) -> Option<u32> {
    u32::try_from(page::limit(page.limit) + 1).ok()
}

fn sort(order: Order) -> Document {
    match order {
        Order::Oldest => doc! { "radar.time": 1, "radar.seq": 1 },
        Order::Newest | Order::Rarity => doc! { "radar.time": -1, "radar.seq": -1 },
        Order::Score => doc! { "radar.rank": 1, "radar.time": -1, "radar.seq": -1 },
    }
}

/// What comes after a place.
fn behind(order: Order, place: Place) -> Document {
    let (time, seq) = (place.unix_millis(order), place.seq(order));
    if order == Order::Oldest {
        return doc! { "radar.time": { "$gte": time }, "$or": [{ "radar.time": { "$gt": time } }, { "radar.seq": { "$gt": seq } }] };
    }
    let behind =
        doc! { "radar.time": { "$lte": time }, "$or": [{ "radar.time": { "$lt": time } }, { "radar.seq": { "$lt": seq } }] };
    if order != Order::Score {
        return behind;
    }
    let rank = i64::try_from(place.rank()).unwrap_or(i64::MAX);
    doc! { "radar.rank": { "$gte": rank }, "$or": [{ "radar.rank": { "$gt": rank } }, behind] }
}

async fn by_rarity(base: &Arc<Base>, mut question: Question<'_>, page: &PageAsk) -> Result<Partly<Page>> {
    let until = match page.after {
        Some(cursor) => cursor.until,
        None => base.within(registry::reach(base, &question.ask.collection)).await?.last,
    };
    let known = doc! { "radar.seq": { "$lte": document::signed(until) } };
    question.query = doc! { "$and": [question.query, known] };

    let (groups, is_late) = templates(&question).await?;
    if is_late && !question.is_behind {
        // Nobody knows yet what is rare.
        return Ok(Partly { value: Page::default(), is_partial: true });
    }
    let mut filling = Filling::new(page.limit);
    let mut counts = Vec::new();
    let mut is_more = false;
    let mut is_partial = false;
    let from = page.after.map_or(0, |cursor| cursor.place.rank());
    for (count, group) in groups.range((Bound::Included(from), Bound::Unbounded)) {
        let mut narrowing = match group.as_slice() {
            [] => doc! { "radar.template": null },
            templates => doc! { "radar.template": { "$in": templates } },
        };
        if let Some(cursor) = page.after.filter(|cursor| cursor.place.rank() == *count) {
            narrowing = doc! { "$and": [narrowing, behind(page.order, cursor.place)] };
        }
        let take = |stored| {
            let goes_on = is_taken(&mut filling, stored, &mut is_more);
            if goes_on {
                counts.push(*count);
            }
            goes_on
        };
        is_partial |= question.scan(Some(narrowing), Some(sort(page.order)), one_more(page), take).await?;
        if is_more || (is_partial && !question.is_behind) {
            break;
        }
    }
    let events = filling.into_taken();
    let last = events.last().zip(counts.last()).filter(|_| is_more || is_partial);
    let next = last.map(|(last, count)| Cursor { order: page.order, place: Place::of(page.order, last, *count), until });
    Ok(Partly { value: Page { events, next }, is_partial })
}

/// The templates by how many of the found events have them. Those without one come last.
async fn templates(question: &Question<'_>) -> Result<(BTreeMap<u64, Vec<String>>, bool)> {
    let mut counts: BTreeMap<Option<String>, u64> = BTreeMap::new();
    let is_late = if question.is_exact {
        let group = doc! { "$group": { "_id": "$radar.template", "n": { "$sum": 1 } } };
        let add = |found: Document| *counts.entry(found.get_str("_id").ok().map(str::to_owned)).or_default() += count(&found);
        question.group(vec![group], add).await?
    } else {
        let add = |stored: Stored| {
            *counts.entry(stored.scored.template.map(|template| template.to_string())).or_default() += 1;
            true
        };
        question.scan(None, None, None, add).await?
    };
    let mut groups: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (template, count) in counts {
        match template {
            Some(template) => groups.entry(count).or_default().push(template),
            None => drop(groups.insert(u64::MAX, Vec::new())),
        }
    }
    Ok((groups, is_late))
}

pub(super) async fn tail(base: &Arc<Base>, id: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
    adopt::look(base, id).await?;
    loop {
        let reach = registry::reach(base, id).await?;
        let page = arrivals(base, id, registry::after(after, reach), 1, limit).await?;
        // Only an empty page is the end, and no end comes before the documents of other programs.
        if !page.is_empty() || limit == 0 || !adopt::take_in_more(base, id).await? {
            return Ok(page);
        }
    }
}

pub(super) async fn latest(base: &Arc<Base>, id: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
    adopt::look(base, id).await?;
    let Reach { horizon, .. } = registry::reach(base, id).await?;
    let before = before.map_or(i64::MAX, |before| document::signed(before) - 1);
    arrivals(base, id, doc! { "radar.seq": { "$gt": 0_i64, "$lte": before.min(horizon) } }, -1, limit).await
}

async fn arrivals(base: &Base, id: &CollectionId, which: Document, direction: i32, limit: u32) -> Result<Vec<Stored>> {
    let wanted = i64::try_from(page::limit(limit)).unwrap_or(i64::MAX);
    if wanted == 0 {
        return Ok(Vec::new());
    }
    let events = base.events(id)?;
    let mut gone = 0;
    'anew: loop {
        let find = events.find(which.clone()).sort(doc! { "radar.seq": direction }).limit(wanted);
        let mut cursor = find.projection(doc! { "radar.words": 0 }).max_time(base.settings.operation()).await?;
        let mut filling = Filling::new(limit);
        let mut is_short = false;
        while !filling.is_full() {
            match cursor.advance().await {
                Ok(true) => {}
                Ok(false) => break,
                // A collection that is dropped takes its cursors with it; what is there then is read anew.
                Err(cause) if fault::is_gone(&cause) && gone < GONE_MAX => {
                    gone += 1;
                    continue 'anew;
                }
                Err(cause) => return Err(cause.into()),
            }
            match adopt::read(&events, &cursor.deserialize_current()?).await? {
                Some(stored) => drop(filling.take(stored)),
                None => is_short = true,
            }
        }
        let page = filling.into_taken();
        // Only an empty page is the end; one that is empty for its documents is not.
        if !page.is_empty() || !is_short {
            return Ok(page);
        }
    }
}

pub(super) async fn last_seq(base: &Arc<Base>, id: &CollectionId) -> Result<Seq> {
    adopt::look(base, id).await?;
    Ok(registry::reach(base, id).await?.last)
}

pub(super) async fn get(base: &Arc<Base>, id: &CollectionId, seq: Seq) -> Result<Option<Stored>> {
    let events = base.events(id)?;
    match events.find_one(change::at(seq)).projection(doc! { "radar.words": 0 }).await? {
        Some(found) => adopt::read(&events, &found).await,
        None => Ok(None),
    }
}
