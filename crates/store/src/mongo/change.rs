//! What changes events that are there.

use std::collections::HashMap;
use std::sync::Arc;

use mongodb::bson::{Bson, Document, doc};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Timestamp, Verdict};

use super::base::{Base, int};
use super::{document, fault, plan, registry};
use crate::{CollectionInfo, Error, Rescored, Result};

/// The most changes of one command, and about how many bytes of them.
const COMMAND_CHANGES: usize = 1_000;
const COMMAND_BYTES: usize = 8 * 1024 * 1024;
/// The most events that are removed in one step.
const STEP_EVENTS: u64 = 20_000;

/// How many documents were found, and which changes failed.
#[derive(Default)]
pub(super) struct Updated {
    pub found: u64,
    pub failed: Vec<Failed>,
}

pub(super) struct Failed {
    pub index: usize,
    pub code: i32,
}

/// Sends many changes at once, as every server since 4.4 takes them. Each may be done twice without harm.
pub(super) async fn update(base: &Base, id: &CollectionId, updates: Vec<Document>) -> Result<Updated> {
    let name = base.name(id)?;
    let mut updated = Updated::default();
    let mut start = 0;
    let mut updates = updates.into_iter().peekable();
    while updates.peek().is_some() {
        let mut chunk: Vec<Bson> = Vec::new();
        let mut bytes = 0;
        while chunk.len() < COMMAND_CHANGES && bytes < COMMAND_BYTES {
            let Some(one) = updates.next() else { break };
            bytes += one.to_vec().map_or(0, |bytes| bytes.len());
            chunk.push(one.into());
        }
        let count = chunk.len();
        let command = doc! { "update": name, "updates": chunk, "ordered": false, "writeConcern": { "w": "majority" } };
        let answer = base.within(async { Ok(base.database.run_command(command).await?) }).await?;
        if let Ok(concern) = answer.get_document("writeConcernError") {
            let (kind, message) = fault::by_code(concern.get("code").and_then(int).map_or(0, |code| code as i32));
            return Err(Error::new(kind, message));
        }
        updated.found += answer.get("n").and_then(int).and_then(|found| found.try_into().ok()).unwrap_or(0);
        for error in answer.get_array("writeErrors").into_iter().flatten().filter_map(Bson::as_document) {
            let index = error.get("index").and_then(int).and_then(|index| index.try_into().ok()).unwrap_or(0);
            let code = error.get("code").and_then(int).and_then(|code| code.try_into().ok()).unwrap_or(0);
            updated.failed.push(Failed { index: start + index, code });
        }
        start += count;
    }
    Ok(updated)
}

pub(super) async fn rescore(base: &Base, id: &CollectionId, rescored: Vec<Rescored>) -> Result<u64> {
    // Of those for the same event, the last stays.
    let by_seq: HashMap<Seq, Rescored> = rescored.into_iter().map(|rescored| (rescored.seq, rescored)).collect();
    let updates = by_seq.into_values().map(|rescored| {
        let said = document::saying(&rescored.score, &rescored.reasons, rescored.template);
        let unsaid = document::SAID.iter().filter(|name| !said.contains_key(name));
        let unsaid: Document = unsaid.map(|name| (format!("radar.{name}"), Bson::from(""))).collect();
        let said: Document = said.into_iter().map(|(name, value)| (format!("radar.{name}"), value)).collect();
        let mut change = doc! { "$set": said };
        if !unsaid.is_empty() {
            change.insert("$unset", unsaid);
        }
        // There is one of each place; a sharded collection would want its key to be told so.
        doc! { "q": at(rescored.seq), "u": change, "multi": true }
    });
    let updated = update(base, id, updates.collect()).await?;
    match updated.failed.first() {
        None => Ok(updated.found),
        Some(failed) => {
            let (kind, message) = fault::by_code(failed.code);
            Err(Error::new(kind, message))
        }
    }
}

pub(super) async fn judge(base: &Base, id: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> Result<u64> {
    let change = match verdict {
        Some(verdict) => doc! { "$set": { "radar.verdict": verdict.name() } },
        None => doc! { "$unset": { "radar.verdict": "" } },
    };
    let events = base.events(id)?;
    let mut found = 0;
    let mut seqs: Vec<i64> = seqs.into_iter().map(document::signed).collect();
    seqs.sort_unstable();
    seqs.dedup();
    for chunk in seqs.chunks(COMMAND_CHANGES) {
        let these = doc! { "$and": [plan::every(), { "radar.seq": { "$in": chunk } }] };
        found += base.within(async { Ok(events.update_many(these, change.clone()).await?) }).await?.matched_count;
    }
    Ok(found)
}

pub(super) fn at(seq: Seq) -> Document {
    doc! { "radar.seq": document::signed(seq), "radar.time": { "$gte": i64::MIN } }
}

/// Removes every event; documents that are none stay.
pub(super) async fn clear(base: &Base, id: &CollectionId) -> Result<()> {
    // Those that arrive meanwhile were not meant.
    let last = registry::reach(base, id).await?.last;
    let events = base.events(id)?;
    base.within(async { Ok(events.delete_many(doc! { "radar": { "$exists": false } }).await?) }).await?;
    remove(base, id, doc! { "$and": [plan::every(), { "radar.seq": { "$lte": document::signed(last) } }] }, u64::MAX).await?;
    Ok(())
}

pub(super) async fn expire(base: &Arc<Base>, now: Timestamp) -> Result<u64> {
    let mut removed = 0;
    for info in base.within(registry::all(base)).await? {
        removed += expire_one(base, &info, now).await?;
    }
    Ok(removed)
}

async fn expire_one(base: &Base, info: &CollectionInfo, now: Timestamp) -> Result<u64> {
    let mut removed = 0;
    if info.retention.days.is_some() {
        let oldest_kept = info.retention.oldest_kept(now).unix_millis();
        removed += remove(base, &info.id, doc! { "radar.time": { "$gte": i64::MIN, "$lt": oldest_kept } }, u64::MAX).await?;
    }
    let Some(bytes_max) = info.retention.bytes else { return Ok(removed) };
    let events = base.events(&info.id)?;
    let size = base.within(self::size(base, &info.id)).await?;
    let count = base.within(async { Ok(events.count_documents(plan::every()).await?) }).await?;
    if size <= bytes_max || count == 0 {
        return Ok(removed);
    }
    // Events are of about the same size, or many enough to be so on average.
    let average = (size / count).max(1);
    let excess = (size - bytes_max).div_ceil(average);
    Ok(removed + remove(base, &info.id, plan::every(), excess).await?)
}

/// Removes the oldest of these events, so many at most, step by step. Says how many those were.
async fn remove(base: &Base, id: &CollectionId, which: Document, most: u64) -> Result<u64> {
    let events = base.events(id)?;
    let by_age = doc! { "radar.time": 1, "radar.seq": 1 };
    let mut removed = 0;
    while removed < most {
        let step = (most - removed).min(STEP_EVENTS);
        let of_step = events.find_one(which.clone()).sort(by_age.clone()).skip(step - 1).projection(by_age.clone());
        let last = base.within(async { Ok(of_step.await?) }).await?;
        let these = match &last {
            Some(last) => doc! { "$and": [which.clone(), up_to(last)] },
            None => which.clone(),
        };
        removed += base.within(async { Ok(events.delete_many(these).await?) }).await?.deleted_count;
        if last.is_none() {
            break;
        }
    }
    Ok(removed)
}

/// What is not younger than this event.
fn up_to(last: &Document) -> Document {
    let place = |name: &str| last.get_document("radar").ok().and_then(|ours| int(ours.get(name)?)).unwrap_or(i64::MIN);
    let (time, seq) = (place("time"), place("seq"));
    doc! { "radar.time": { "$lte": time }, "$or": [{ "radar.time": { "$lt": time } }, { "radar.seq": { "$lte": seq } }] }
}

/// About what the documents of a collection take.
pub(super) async fn size(base: &Base, id: &CollectionId) -> Result<u64> {
    match base.database.run_command(doc! { "collStats": base.name(id)? }).await {
        Ok(stats) => Ok(stats.get("size").and_then(int).and_then(|size| size.try_into().ok()).unwrap_or(0)),
        Err(cause) if fault::is_missing_collection(&cause) => Ok(0),
        Err(cause) => Err(cause.into()),
    }
}
