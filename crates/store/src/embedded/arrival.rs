//! Questions by the order of arrival, which is not that of the index.
//!
//! Of every row of documents a segment knows between which places they are, so rows that can't matter are skipped.

use std::collections::{BTreeMap, HashSet};

use radar_types::wire::Seq;

use super::shelf::Events;
use super::shelf::docs::{Blocks, Docs};
use super::view::{Number, Shown, View};
use crate::page::{Filling, limit};
use crate::{Stats, Stored, page::Bulky};
use radar_types::Timestamp;

/// Where an event was found: a piece and its document, or among what is in none.
enum At<'a> {
    Recent(&'a Stored),
    Piece(&'a Shown, u32),
}

/// The events of a collection after a place, in the order of arrival.
pub(super) fn tail(view: &View, of: Number, after: Seq, asked: u32) -> tantivy::Result<Vec<Stored>> {
    let Some(from) = after.0.checked_add(1) else { return Ok(Vec::new()) };
    let found = between(view, of, from, u64::MAX, limit(asked), false)?;
    read(found.into_values(), asked)
}

/// Those before a place, latest first.
pub(super) fn latest(view: &View, of: Number, before: Option<Seq>, asked: u32) -> tantivy::Result<Vec<Stored>> {
    let Some(to) = before.map_or(Some(u64::MAX), |before| before.0.checked_sub(1)) else { return Ok(Vec::new()) };
    let found = between(view, of, 0, to, limit(asked), true)?;
    read(found.into_values().rev(), asked)
}

pub(super) fn get(view: &View, of: Number, seq: Seq) -> tantivy::Result<Option<Stored>> {
    let found = between(view, of, seq.0, seq.0, 1, false)?;
    Ok(read(found.into_values(), 1)?.pop())
}

/// The first so many places from one up to and including another, or the last.
fn between<'a>(
    view: &'a View,
    of: Number,
    from: u64,
    to: u64,
    room: usize,
    is_last: bool,
) -> tantivy::Result<BTreeMap<u64, At<'a>>> {
    let mut found: BTreeMap<u64, At<'a>> = BTreeMap::new();
    if room == 0 {
        return Ok(found);
    }
    let keep = |found: &mut BTreeMap<u64, At<'a>>, seq: u64, at: At<'a>| {
        found.insert(seq, at);
        if found.len() > room {
            if is_last {
                found.pop_first()
            } else {
                found.pop_last()
            };
        }
    };
    for stored in view.recent(of).filter(|stored| (from..=to).contains(&stored.seq.0)) {
        keep(&mut found, stored.seq.0, At::Recent(stored));
    }
    // Rows that are likely to have what is asked for come first.
    let mut rows = Vec::new();
    for shown in view.pieces(of.place) {
        let (first, last) = shown.segment.seqs();
        if last < from || to < first {
            continue;
        }
        match shown.segment.of(of.number)? {
            Docs::Range(..) => {
                rows.extend(shown.segment.zones().map(|(low, high, from, to)| (low, high, shown, Docs::Range(from, to))))
            }
            docs => rows.push((first, last, shown, docs)),
        }
    }
    rows.retain(|(low, high, ..)| *high >= from && to >= *low);
    if is_last {
        rows.sort_by_key(|(_, high, ..)| std::cmp::Reverse(*high));
    } else {
        rows.sort_by_key(|(low, ..)| *low);
    }
    let mut block = Vec::new();
    for (low, high, shown, docs) in &rows {
        let worst = if is_last { found.first_key_value() } else { found.last_key_value() };
        let is_behind = worst.is_some_and(|(worst, _)| if is_last { high < worst } else { low > worst });
        if found.len() == room && is_behind {
            break;
        }
        let mut blocks = Blocks::new(docs, 0, shown.segment.documents(), false);
        loop {
            blocks.next(&mut block);
            if block.is_empty() {
                break;
            }
            let mut seqs = vec![0; block.len()];
            shown.segment.seq.get_vals(&block, &mut seqs);
            for (doc, seq) in block.iter().zip(seqs) {
                let worst = if is_last { found.first_key_value() } else { found.last_key_value() };
                let is_worse = worst.is_some_and(|(worst, _)| if is_last { seq < *worst } else { seq > *worst });
                if (from..=to).contains(&seq) && !(found.len() == room && is_worse) && shown.is_visible(*doc) {
                    keep(&mut found, seq, At::Piece(shown, *doc));
                }
            }
        }
    }
    Ok(found)
}

fn read<'a>(found: impl Iterator<Item = At<'a>>, asked: u32) -> tantivy::Result<Vec<Stored>> {
    let mut filling = Filling::new(asked);
    // Neighbours in arrival mostly are neighbours in the index.
    let mut events: Vec<(&Shown, Events<'a>)> = Vec::new();
    for at in found {
        if filling.is_full() {
            break;
        }
        filling.take(match at {
            At::Recent(stored) => stored.clone(),
            At::Piece(shown, doc) => {
                let known = events.iter().position(|(of, _)| std::ptr::eq(*of, shown));
                let known = match known {
                    Some(known) => known,
                    None => {
                        events.push((shown, Events::new(&shown.segment)?));
                        events.len() - 1
                    }
                };
                events[known].1.read(doc)?
            }
        });
    }
    Ok(filling.into_taken())
}

/// The events at these places, in no order.
pub(super) fn by_seq(view: &View, of: Number, seqs: &HashSet<u64>) -> tantivy::Result<Vec<Stored>> {
    let mut found: Vec<Stored> = view.recent(of).filter(|stored| seqs.contains(&stored.seq.0)).cloned().collect();
    let mut sorted: Vec<u64> = seqs.iter().copied().collect();
    sorted.sort_unstable();
    let is_any_in = |low: u64, high: u64| {
        let at = sorted.partition_point(|seq| *seq < low);
        sorted.get(at).is_some_and(|seq| *seq <= high)
    };
    for shown in view.pieces(of.place) {
        let (first, last) = shown.segment.seqs();
        if !is_any_in(first, last) {
            continue;
        }
        let mut events = Events::new(&shown.segment)?;
        for (low, high, from, to) in shown.segment.zones() {
            if !is_any_in(low, high) {
                continue;
            }
            let docs: Vec<u32> = (from..to).collect();
            let mut places = vec![0; docs.len()];
            shown.segment.seq.get_vals(&docs, &mut places);
            for (doc, seq) in docs.into_iter().zip(places) {
                if seqs.contains(&seq) && shown.is_visible(doc) && shown.segment.is_of(doc, of.number) {
                    found.push(events.read(doc)?);
                }
            }
        }
    }
    Ok(found)
}

pub(super) fn stats(view: &View, of: Number) -> tantivy::Result<Stats> {
    let mut stats = Stats::default();
    let mut see = |unix_millis: i64, events: u64, bytes: u64| {
        let time = Timestamp::saturating_from_unix_millis(unix_millis);
        stats.events += events;
        stats.bytes += bytes;
        stats.oldest = Some(stats.oldest.map_or(time, |oldest| oldest.min(time)));
        stats.newest = Some(stats.newest.map_or(time, |newest| newest.max(time)));
    };
    for stored in view.recent(of) {
        see(stored.scored.event.timestamp.unix_millis(), 1, (size_of::<Stored>() + stored.text_bytes()) as u64);
    }
    for shown in view.pieces(of.place) {
        let segment = &shown.segment;
        let docs = segment.of(of.number)?;
        let (mut oldest, mut newest, mut events) = (None, None, 0_u64);
        if matches!(docs, Docs::Range(..)) && shown.is_all_visible() {
            (oldest, newest, events) = (Some(0), Some(segment.documents() - 1), segment.documents().into());
        } else {
            let mut blocks = Blocks::new(&docs, 0, segment.documents(), false);
            let mut block = Vec::new();
            loop {
                blocks.next(&mut block);
                if block.is_empty() {
                    break;
                }
                block.retain(|doc| shown.is_visible(*doc));
                events += block.len() as u64;
                oldest = oldest.or(block.first().copied());
                newest = block.last().copied().or(newest);
            }
        }
        if let (Some(oldest), Some(newest)) = (oldest, newest) {
            // Removed ones count for those that are left, for they take room until their piece is copied.
            let bytes = u128::from(segment.bytes) * u128::from(events) / u128::from(segment.documents().max(1));
            see(segment.time.get_val(oldest), events, u64::try_from(bytes).unwrap_or(u64::MAX));
            see(segment.time.get_val(newest), 0, 0);
        }
    }
    Ok(stats)
}

/// How many events of a collection are before a time, and at that time before a place.
pub(super) fn count_before(view: &View, of: Number, (unix_millis, seq): (i64, u64)) -> tantivy::Result<u64> {
    let time = |stored: &&Stored| stored.scored.event.timestamp.unix_millis();
    let mut count = view.recent(of).filter(|stored| time(stored) < unix_millis).count() as u64;
    if seq > 0 {
        count += seqs_at(view, of, unix_millis)?.partition_point(|at| *at < seq) as u64;
    }
    for shown in view.pieces(of.place) {
        let end = shown.segment.first_at(unix_millis);
        let docs = shown.segment.of(of.number)?;
        if matches!(docs, Docs::Range(..)) && shown.is_all_visible() {
            count += u64::from(end);
            continue;
        }
        let mut blocks = Blocks::new(&docs, 0, end, false);
        let mut block = Vec::new();
        loop {
            blocks.next(&mut block);
            if block.is_empty() {
                break;
            }
            count += block.iter().filter(|doc| shown.is_visible(**doc)).count() as u64;
        }
    }
    Ok(count)
}

/// The places of a collection's events of one time, rising.
pub(super) fn seqs_at(view: &View, of: Number, unix_millis: i64) -> tantivy::Result<Vec<u64>> {
    let is_then = |stored: &&Stored| stored.scored.event.timestamp.unix_millis() == unix_millis;
    let mut seqs: Vec<u64> = view.recent(of).filter(is_then).map(|stored| stored.seq.0).collect();
    for shown in view.pieces(of.place) {
        let segment = &shown.segment;
        let docs = segment.first_at(unix_millis)..segment.first_at(unix_millis.saturating_add(1));
        let of_collection = docs.filter(|doc| shown.is_visible(*doc) && segment.is_of(*doc, of.number));
        seqs.extend(of_collection.map(|doc| segment.seq.get_val(doc)));
    }
    seqs.sort_unstable();
    Ok(seqs)
}
