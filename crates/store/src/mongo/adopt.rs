//! Documents that other programs wrote.
//!
//! Existing RADAR databases have events of seven fields, and their programs may go on writing them. Before such an event
//! comes up in a question it gets the field `radar`, with its identity, its place and its words; nothing else of it is
//! touched. What is no event gets `radar: {unfit: why}` and comes up nowhere but in `radar doctor`. A `radar` that somebody else
//! gave a document stays as it is.
//!
//! Only what is surely a collection of RADAR's is looked at: those that are registered, the public one, and those that are named
//! by an e-mail address and begin with an event.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Event};

use super::base::{Base, COLLECTIONS};
use super::fault::DUPLICATE;
use super::{change, document, registry};
use crate::{Result, Stored};

/// How often a collection is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// The most documents of one step, and what their texts may weigh.
const STEP_DOCUMENTS: usize = 500;
const STEP_BYTES: usize = 8 * 1024 * 1024;
/// Far above all counts of equal events in a batch: numbers the events of a collection that equal another.
const EQUAL: u64 = 1 << 63;

const COLUMNS: [&str; 7] = ["timestamp", "hostname", "source", "os_type", "level", "message", "collector"];

/// Looks, if it is time to, and takes in a step's worth. Says whether there is more.
pub(super) async fn look(base: &Arc<Base>, id: &CollectionId) -> Result<bool> {
    let known = base.known(id);
    if known.is_due(EVERY) && (registry::is_registered(base, id).await? || claim(base, id).await?) {
        step(base, id).await?;
    }
    Ok(known.is_behind.load(Ordering::Acquire))
}

/// For whoever found nothing more: takes in a step's worth, even if others are at it, unless it is known that nothing is
/// left over. Says whether to look again.
pub(super) async fn take_in_more(base: &Arc<Base>, id: &CollectionId) -> Result<bool> {
    let known = base.known(id);
    if known.is_through() || !registry::is_registered(base, id).await? {
        return Ok(false);
    }
    let _turn = known.turn.lock().await;
    known.found_more(take_in(base, id).await?);
    Ok(true)
}

/// Takes in all that is there, step by step.
pub(super) async fn all(base: &Arc<Base>) -> Result<()> {
    for info in base.within(registry::all(base)).await? {
        base.within(base.ready(&info.id)).await?;
        let known = base.known(&info.id);
        let mut is_more = true;
        while is_more {
            let _turn = known.turn.lock().await;
            is_more = base.within(take_in(base, &info.id)).await?;
            known.found_more(is_more);
        }
    }
    Ok(())
}

/// Registers the collections that are RADAR's by their names and documents.
pub(super) async fn claim_all(base: &Arc<Base>) -> Result<()> {
    let names = base.database.list_collection_names().await?;
    let mut registered = HashSet::new();
    let mut cursor = base.own(COLLECTIONS).find(doc! {}).projection(doc! { "_id": 1 }).await?;
    while cursor.advance().await? {
        let found: Document = cursor.deserialize_current()?;
        registered.extend(found.get_str("_id").ok().map(str::to_owned));
    }
    for name in names {
        let id = if name == base.settings.collection { Ok(CollectionId::public()) } else { CollectionId::new(&name) };
        match id {
            Ok(id) if !registered.contains(id.as_str()) => drop(claim(base, &id).await?),
            _ => {}
        }
    }
    Ok(())
}

async fn claim(base: &Arc<Base>, id: &CollectionId) -> Result<bool> {
    if !may_be_ours(id) {
        return Ok(false);
    }
    let sample = base.events(id)?.find_one(doc! {}).await?;
    let is_ours = sample.is_some_and(|sample| is_ours(id, &sample));
    if is_ours {
        registry::create(base, id, crate::collection::now()).await?;
    }
    Ok(is_ours)
}

/// Whether a collection that is not registered is RADAR's all the same, by its name and its first document.
pub(super) fn is_ours(id: &CollectionId, first: &Document) -> bool {
    may_be_ours(id) && (*id == CollectionId::public() || COLUMNS.iter().all(|name| first.contains_key(name)))
}

fn may_be_ours(id: &CollectionId) -> bool {
    *id == CollectionId::public() || is_address(id.as_str())
}

fn is_address(name: &str) -> bool {
    name.split_once('@')
        .is_some_and(|(person, host)| !person.is_empty() && host.contains('.') && !name.contains(char::is_whitespace))
}

/// What becomes of a document.
enum Fate {
    Fit(Box<Event>),
    Unfit(String),
}

/// Takes in the next documents. Says whether there may be more.
async fn step(base: &Arc<Base>, id: &CollectionId) -> Result<bool> {
    let known = base.known(id);
    let _turn = match known.turn.try_lock() {
        Ok(turn) => turn,
        // Whoever is adding events has the next places; there is a next time.
        Err(_) if known.is_through() => return Ok(false),
        // Nobody knows yet whether any are left over, and an answer without them would pass for a whole one.
        Err(_) => known.turn.lock().await,
    };
    let is_more = take_in(base, id).await?;
    known.found_more(is_more);
    Ok(is_more)
}

async fn take_in(base: &Arc<Base>, id: &CollectionId) -> Result<bool> {
    let events = base.events(id)?;
    let unread = doc! { "radar.seq": null, "radar": { "$exists": false } };
    let limit = i64::try_from(STEP_DOCUMENTS).unwrap_or(i64::MAX);
    let mut cursor = events.find(unread).limit(limit).max_time(base.settings.operation()).await?;
    let mut fates = Vec::new();
    let mut bytes = 0;
    while bytes < STEP_BYTES && cursor.advance().await? {
        let found: Document = cursor.deserialize_current()?;
        bytes += cursor.current().as_bytes().len();
        let Some(key) = found.get("_id").cloned() else { continue };
        fates.push((key, document::foreign(&found).map_or_else(Fate::Unfit, |event| Fate::Fit(Box::new(event)))));
    }
    if fates.is_empty() {
        return Ok(false);
    }
    let is_more = fates.len() >= STEP_DOCUMENTS || bytes >= STEP_BYTES;

    let places = registry::take(base, id, fates.len()).await?;
    let first = places.first;
    let ours = |index: usize, is_equal: bool| {
        let (key, fate) = &fates[index];
        let seq = Seq(first.cast_unsigned() + index as u64);
        let ours = match fate {
            Fate::Fit(event) => document::derived(event, event.id(if is_equal { EQUAL | seq.0 } else { 0 }), seq),
            // With a place, so that nobody looks at it again, and one that no event has.
            Fate::Unfit(why) => doc! { "unfit": why, "seq": 0_i64 },
        };
        doc! { "q": { "_id": key.clone(), "radar": { "$exists": false } }, "u": { "$set": { "radar": ours } } }
    };
    let updates = (0..fates.len()).map(|index| ours(index, false)).collect();
    let failed = change::update(base, id, updates).await?.failed;
    // An event that equals another one, or that was sent here too, is one of its own all the same.
    let equal: Vec<usize> = failed.into_iter().filter(|failed| failed.code == DUPLICATE).map(|failed| failed.index).collect();
    change::update(base, id, equal.into_iter().map(|index| ours(index, true)).collect()).await?;
    let latest = first + i64::try_from(fates.len()).unwrap_or(0) - 1;
    registry::settle(base, id, places, Some(latest)).await?;
    Ok(is_more)
}

/// Reads an event. `None` where another program changed one of its seven fields into something else: then it is unfit
/// from now on, for counting too.
pub(super) async fn read(events: &Collection<Document>, found: &Document) -> Result<Option<Stored>> {
    let error = match document::read(found) {
        Ok(stored) => return Ok(Some(stored)),
        Err(error) => error,
    };
    let Some((key, why)) = found.get("_id").zip(document::foreign(found).err()) else { return Err(error) };
    let unfit = doc! { "$set": { "radar.unfit": why, "radar.seq": 0_i64 }, "$unset": { "radar.time": "", "radar.words": "" } };
    events.update_one(doc! { "_id": key.clone() }, unfit).await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_are_addresses_are_taken_for_accounts() {
        for (name, is) in
            [("ann@example.org", true), ("orders", false), ("@example.org", false), ("a@b", false), ("ann b@example.org", false)]
        {
            assert_eq!(is_address(name), is, "{name}");
        }
    }
}
