//! The collections, and the places of their events.
//!
//! Each has a document in `radar.collections`. `counter` is the last place that was given, `last` that of the latest
//! arrival, and `pending` lists the places that somebody took whose events are not there yet. A reader stops before the first of
//! those, so nobody sees a place before all lower ones, however many servers write. Whoever dies with places in hand holds
//! readers up for [`grace`] and no longer.

use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use radar_types::wire::Seq;
use radar_types::{CollectionId, Timestamp};

use super::base::{Base, COLLECTIONS, STATE, int};
use super::{adopt, document, fault, indexes};
use crate::{CollectionInfo, Error, ErrorKind, Result, Retention};

/// Registers a collection where it isn't yet, and sees to its indexes.
pub(super) async fn create(base: &Arc<Base>, id: &CollectionId, now: Timestamp) -> Result<()> {
    base.name(id)?;
    let collections = base.own(COLLECTIONS);
    let one = doc! { "_id": id.as_str() };
    if collections.find_one(one.clone()).await?.is_none() {
        let floor = base.own(STATE).find_one(doc! { "_id": "places" }).await?;
        let floor = floor.and_then(|floor| int(floor.get("floor")?)).unwrap_or(0);
        let fresh = doc! { "created": now.unix_millis(), "counter": floor, "last": 0_i64, "pending": [] };
        match collections.update_one(one, doc! { "$setOnInsert": fresh }).upsert(true).await {
            Err(cause) if !fault::is_duplicate(&cause) => return Err(cause.into()),
            _ => {}
        }
    }
    let rest = indexes::first(base, id).await?;
    if !rest.is_empty() {
        let events = base.events(id)?;
        // What fails is tried again by the next process; `radar doctor` says which are missing.
        tokio::spawn(async move { events.create_indexes(rest).await });
    }
    Ok(())
}

pub(super) async fn all(base: &Arc<Base>) -> Result<Vec<CollectionInfo>> {
    adopt::claim_all(base).await?;
    let mut cursor = base.own(COLLECTIONS).find(Document::new()).sort(doc! { "_id": 1 }).await?;
    let mut all = Vec::new();
    while cursor.advance().await? {
        let found: Document = cursor.deserialize_current()?;
        all.extend(info(&found));
    }
    // Databases may sort by a language.
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

fn info(found: &Document) -> Option<CollectionInfo> {
    let number = |name: &str| int(found.get(name)?);
    let retention =
        Retention { days: number("days").and_then(|days| days.try_into().ok()), bytes: number("bytes").map(i64::cast_unsigned) };
    Some(CollectionInfo {
        id: CollectionId::new(found.get_str("_id").ok()?).ok()?,
        created: Timestamp::saturating_from_unix_millis(number("created")?),
        retention,
    })
}

pub(super) async fn is_registered(base: &Base, id: &CollectionId) -> Result<bool> {
    Ok(base.own(COLLECTIONS).find_one(doc! { "_id": id.as_str() }).projection(doc! { "_id": 1 }).await?.is_some())
}

pub(super) async fn set_retention(base: &Base, id: &CollectionId, retention: Retention) -> Result<()> {
    // More bytes than a signed number has are as good as any, and come back as they were.
    let number = |number: Option<u64>| number.map_or(Bson::Null, |number| Bson::Int64(number.cast_signed()));
    let change = doc! { "$set": { "days": number(retention.days.map(u64::from)), "bytes": number(retention.bytes) } };
    let changed = base.own(COLLECTIONS).update_one(doc! { "_id": id.as_str() }, change).await?;
    if changed.matched_count == 0 {
        return Err(Error::new(ErrorKind::Missing, "There is no collection of this name; create it first."));
    }
    Ok(())
}

pub(super) async fn drop_collection(base: &Base, id: &CollectionId) -> Result<()> {
    let known = base.known(id);
    let _turn = known.turn.lock().await;
    known.forget();
    let collections = base.own(COLLECTIONS);
    let one = doc! { "_id": id.as_str() };
    let Some(registered) = collections.find_one(one.clone()).await? else { return drop_unregistered(base, id).await };
    // The next collection of this name begins behind the places of this one.
    let counter = registered.get("counter").and_then(int).unwrap_or(0);
    base.own(STATE).update_one(doc! { "_id": "places" }, doc! { "$max": { "floor": counter } }).upsert(true).await?;
    base.events(id)?.drop().await?;
    collections.delete_one(one).await?;
    Ok(())
}

/// One of other programs that was not taken up yet, or what somebody was writing while it was dropped.
async fn drop_unregistered(base: &Base, id: &CollectionId) -> Result<()> {
    let events = base.events(id)?;
    let Some(first) = events.find_one(doc! {}).await? else { return Ok(()) };
    let is_written_here = first.get_document("radar").is_ok_and(|ours| ours.contains_key("id") && ours.contains_key("seq"));
    if is_written_here || adopt::is_ours(id, &first) {
        return Ok(events.drop().await?);
    }
    let message = format!(
        "The collection {:?} in the database is not RADAR's; drop it with the tools of MongoDB if nobody needs it.",
        base.name(id)?
    );
    Err(Error::new(ErrorKind::Foreign, message))
}

/// Places that were taken for events that are about to be written.
pub(super) struct Places {
    token: ObjectId,
    pub first: i64,
}

/// Takes so many places in a row.
pub(super) async fn take(base: &Arc<Base>, id: &CollectionId, count: usize) -> Result<Places> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let token = ObjectId::new();
    let is_alive = is_alive(base);
    let living = doc! { "$filter": { "input": "$pending", "as": "one", "cond": is_alive.clone() } };
    let dead = doc! { "$filter": { "input": "$pending", "as": "one", "cond": { "$not": [is_alive] } } };
    let to = doc! { "$add": ["$counter", count] };
    let taken = doc! { "token": token, "from": { "$add": ["$counter", 1_i64] }, "to": to.clone(), "at": now() };
    let change = vec![doc! { "$set": {
        "counter": to,
        // Of the dead nobody knows how far they came.
        "last": { "$max": ["$last", { "$max": { "$map": { "input": dead, "as": "one", "in": "$$one.to" } } }] },
        "pending": { "$concatArrays": [living, [taken]] },
    } }];
    let collections = base.own(COLLECTIONS);
    for _ in 0..2 {
        let found = collections.find_one_and_update(doc! { "_id": id.as_str() }, change.clone());
        if let Some(found) = found.return_document(ReturnDocument::After).await? {
            let counter = found.get("counter").and_then(int).unwrap_or(count);
            return Ok(Places { token, first: counter - count + 1 });
        }
        // Another process dropped it.
        create(base, id, crate::collection::now()).await?;
    }
    Err(Error::new(ErrorKind::Conflict, "The collection was dropped at this moment; try again."))
}

/// Gives back what was taken. `latest` is the place of the last event that is there now, if any came. Returns the place of
/// the collection's latest arrival.
pub(super) async fn settle(base: &Base, id: &CollectionId, places: Places, latest: Option<i64>) -> Result<Seq> {
    let change = doc! { "$pull": { "pending": { "token": places.token } }, "$max": { "last": latest.unwrap_or(0) } };
    let collections = base.own(COLLECTIONS);
    let settled = collections.find_one_and_update(doc! { "_id": id.as_str() }, change);
    let settled = settled.return_document(ReturnDocument::After).await?;
    Ok(place(settled.as_ref().and_then(|settled| settled.get("last")).and_then(int)))
}

/// How far readers may go.
#[derive(Clone, Copy, Default)]
pub(super) struct Reach {
    /// The latest arrival of all that are in order.
    pub last: Seq,
    /// Up to it no more will come.
    pub horizon: i64,
}

pub(super) async fn reach(base: &Base, id: &CollectionId) -> Result<Reach> {
    let is_alive = is_alive(base);
    let living = doc! { "$filter": { "input": "$pending", "as": "one", "cond": is_alive } };
    let first = doc! { "$min": { "$map": { "input": living, "as": "one", "in": "$$one.from" } } };
    let stages = [doc! { "$match": { "_id": id.as_str() } }, doc! { "$project": { "last": 1, "first": first } }];
    let mut cursor = base.own(COLLECTIONS).aggregate(stages).await?;
    if !cursor.advance().await? {
        return Ok(Reach::default());
    }
    let found: Document = cursor.deserialize_current()?;
    let first = found.get("first").and_then(int);
    let last = found.get("last").and_then(int).unwrap_or(0);
    let horizon = first.map_or(i64::MAX, |first| first - 1);
    Ok(Reach { last: place(Some(last.min(horizon))), horizon })
}

/// How long places may be in hand: longer than any append is waited for.
fn grace(base: &Base) -> Duration {
    base.settings.operation() + Duration::from_secs(5)
}

/// By the database's clock, so that those of the servers don't matter. A number, as times are everywhere here.
fn now() -> Document {
    doc! { "$toLong": "$$NOW" }
}

fn is_alive(base: &Base) -> Document {
    doc! { "$gt": ["$$one.at", { "$subtract": [now(), grace_millis(base)] }] }
}

fn grace_millis(base: &Base) -> i64 {
    i64::try_from(grace(base).as_millis()).unwrap_or(i64::MAX)
}

fn place(number: Option<i64>) -> Seq {
    Seq(number.and_then(|number| number.try_into().ok()).unwrap_or(0))
}

/// Events after a place, as far as readers may go.
pub(super) fn after(after: Seq, reach: Reach) -> Document {
    doc! { "radar.seq": { "$gt": document::signed(after), "$lte": reach.horizon } }
}
