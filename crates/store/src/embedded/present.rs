//! Which events of a batch the indexes have already.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use radar_types::{EventId, Scored};

use super::shelf::{CROWD, Segment};
use super::view::{Number, View};

/// The ids that are there. Equal ids have equal times, so each is looked for among the events of its millisecond only.
/// If those are many, they are gone through once for the whole batch, and if they are very many, all ids of the piece were listed.
pub(super) fn present(view: &View, of: Number, batch: &[Scored]) -> HashSet<EventId> {
    let mut present = HashSet::new();
    for shown in view.pieces(of.place) {
        let (first, last) = shown.segment.times();
        let wanted = batch.iter().map(|scored| (scored.event.timestamp.unix_millis(), scored.id));
        let mut wanted: Vec<(i64, EventId)> = wanted.filter(|(time, _)| (first..=last).contains(time)).collect();
        wanted.sort_unstable();
        for group in wanted.chunk_by(|a, b| a.0 == b.0) {
            look_up(&shown.segment, of, group, &mut present);
        }
    }
    present
}

/// The ids of one millisecond, in one piece of an index.
fn look_up(segment: &Segment, of: Number, group: &[(i64, EventId)], present: &mut HashSet<EventId>) {
    let time = group[0].0;
    let number = |id: &EventId| u128::from_be_bytes(*id.as_bytes());
    let from = segment.first_at(time);
    // Most milliseconds have few events, and no second search.
    let to = if from < segment.documents() && segment.time.get_val(from) == time {
        segment.first_at(time.saturating_add(1))
    } else {
        from
    };
    let mut meet = |doc: u32| {
        if !segment.is_removed(doc) && segment.is_of(doc, of.number) {
            present.insert(EventId::from_bytes(segment.id_of(doc).to_be_bytes()));
        }
    };
    if to - from >= CROWD && group.iter().all(|(_, id)| meet_listed(segment, from..to, number(id), &mut meet)) {
        return;
    }
    let by_low: HashMap<u64, u128> = group.iter().map(|(_, id)| (number(id) as u64, number(id))).collect();
    for doc in from..to {
        let Some(candidate) = by_low.get(&segment.id_low_of(doc)) else { continue };
        let id = segment.id_of(doc);
        let is_wanted = id == *candidate || group.iter().any(|(_, wanted)| number(wanted) == id);
        if is_wanted {
            meet(doc);
        }
    }
}

/// Shows the documents with this id, as far as they are among `docs`. False if the ids of the piece are not listed.
fn meet_listed(segment: &Segment, docs: Range<u32>, id: u128, meet: &mut impl FnMut(u32)) -> bool {
    let Some(candidates) = segment.candidates(id) else { return false };
    candidates.filter(|doc| docs.contains(doc) && segment.id_of(*doc) == id).for_each(meet);
    true
}
