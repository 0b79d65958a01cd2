//! What questions see: the pieces of the indexes, and the events that are durable but in none of them yet.
//!
//! A view never changes. Whoever writes puts up a new one in its place, so a question has one state of all things from
//! beginning to end and waits for nobody.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use radar_types::CollectionId;

use super::shelf::Segment;
use super::shelf::docs::Bits;
use crate::Stored;
use crate::page::Bulky;

/// An event of the log.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its number in the log.
    pub(super) op: u64,
    pub(super) collection: u64,
    /// Whether an earlier version of it may be in the index.
    pub(super) is_change: bool,
    pub(super) stored: Stored,
}

impl Entry {
    pub(super) fn unix_millis(&self) -> i64 {
        self.stored.scored.event.timestamp.unix_millis()
    }

    /// About what it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.stored.text_bytes()
    }
}

/// Which index holds a collection: the public one is alone in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    Public,
    Shared,
}

impl Place {
    pub(super) const ALL: [Self; 2] = [Self::Public, Self::Shared];

    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Public => "radar.events.public",
            Self::Shared => "radar.events.shared",
        }
    }
}

/// A collection as the writer and the indexes know it. Questions are asked of one, so none can be built without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Number {
    pub(super) place: Place,
    pub(super) number: u64,
}

impl Number {
    pub(super) fn new(id: &CollectionId, number: u64) -> Self {
        let place = if *id == CollectionId::public() { Place::Public } else { Place::Shared };
        Self { place, number }
    }
}

/// A piece of an index.
#[derive(Clone)]
pub(super) struct Shown {
    pub(super) segment: Arc<Segment>,
    /// Events of which a later version is not in the index yet.
    hidden: Option<Arc<Bits>>,
}

impl Shown {
    pub(super) fn is_visible(&self, doc: u32) -> bool {
        !self.segment.is_removed(doc) && self.hidden.as_ref().is_none_or(|hidden| !hidden.contains(doc))
    }

    pub(super) fn is_all_visible(&self) -> bool {
        !self.segment.has_removed() && self.hidden.is_none()
    }

    fn hide(&mut self, versions: &[(i64, u64)]) {
        let docs = self.segment.versions(versions);
        if !docs.is_empty() {
            let mut hidden = self.hidden.as_deref().cloned().unwrap_or_else(|| Bits::none(self.segment.documents()));
            docs.into_iter().for_each(|doc| hidden.insert(doc));
            self.hidden = Some(Arc::new(hidden));
        }
    }
}

type Part = Arc<Vec<Arc<Entry>>>;

#[derive(Clone, Default)]
pub(super) struct View {
    public: Vec<Shown>,
    shared: Vec<Shown>,
    /// Each longer than the next, so that adding one event copies few.
    parts: Vec<Part>,
}

impl View {
    pub(super) fn pieces(&self, place: Place) -> &[Shown] {
        match place {
            Place::Public => &self.public,
            Place::Shared => &self.shared,
        }
    }

    fn pieces_mut(&mut self, place: Place) -> &mut Vec<Shown> {
        match place {
            Place::Public => &mut self.public,
            Place::Shared => &mut self.shared,
        }
    }

    /// Everything that is in no index yet.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.parts.iter().flat_map(|part| part.iter())
    }

    pub(super) fn recent(&self, of: Number) -> impl Iterator<Item = &Stored> {
        self.entries().filter(move |entry| entry.collection == of.number).map(|entry| &entry.stored)
    }

    fn push(&mut self, mut entries: Vec<Arc<Entry>>) {
        while let Some(last) = self.parts.pop_if(|last| last.len() <= entries.len()) {
            let mut joined: Vec<Arc<Entry>> = last.to_vec();
            joined.append(&mut entries);
            entries = joined;
        }
        if !entries.is_empty() {
            self.parts.push(Arc::new(entries));
        }
    }

    fn retain(&mut self, is_kept: impl Fn(&Entry) -> bool) {
        for part in &mut self.parts {
            if !part.iter().all(|entry| is_kept(entry)) {
                *part = Arc::new(part.iter().filter(|entry| is_kept(entry)).cloned().collect());
            }
        }
        self.parts.retain(|part| !part.is_empty());
    }
}

/// A version that the index still holds.
struct Hidden {
    place: Place,
    unix_millis: i64,
    seq: u64,
    /// The entry of the log that replaces it.
    op: u64,
}

/// Where the view hangs.
#[derive(Default)]
pub(super) struct Board {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    view: Arc<View>,
    hidden: Vec<Hidden>,
}

impl Board {
    pub(super) fn view(&self) -> Arc<View> {
        Arc::clone(&self.state().view)
    }

    /// Shows what was written to the log, in place of what it changes.
    pub(super) fn add(&self, entries: Vec<Arc<Entry>>, place_of: impl Fn(&Entry) -> Place) {
        let mut state = self.state();
        let mut view = View::clone(&state.view);
        let changed: Vec<&Arc<Entry>> = entries.iter().filter(|entry| entry.is_change).collect();
        if !changed.is_empty() {
            let mut latest: HashMap<u64, u64> = HashMap::new();
            for entry in &changed {
                latest.insert(entry.stored.seq.0, entry.op);
            }
            view.retain(|entry| latest.get(&entry.stored.seq.0).is_none_or(|op| entry.op >= *op));
            for place in Place::ALL {
                let there = changed.iter().filter(|entry| place_of(entry) == place);
                let mut versions: Vec<(i64, u64)> = Vec::new();
                for entry in there {
                    versions.push((entry.unix_millis(), entry.stored.seq.0));
                    let (unix_millis, seq) = (entry.unix_millis(), entry.stored.seq.0);
                    state.hidden.push(Hidden { place, unix_millis, seq, op: entry.op });
                }
                versions.sort_unstable();
                view.pieces_mut(place).iter_mut().for_each(|shown| shown.hide(&versions));
            }
        }
        view.push(entries);
        state.view = Arc::new(view);
    }

    /// Shows new pieces, which reach up to this entry of the log.
    pub(super) fn show(&self, pieces: Vec<(Place, Vec<Arc<Segment>>)>, last_op: u64) {
        let mut state = self.state();
        let mut view = View::clone(&state.view);
        state.hidden.retain(|hidden| hidden.op > last_op);
        view.retain(|entry| entry.op > last_op);
        for (place, segments) in pieces {
            let hidden = state.hidden.iter().filter(|hidden| hidden.place == place);
            let mut versions: Vec<(i64, u64)> = hidden.map(|hidden| (hidden.unix_millis, hidden.seq)).collect();
            versions.sort_unstable();
            versions.dedup();
            *view.pieces_mut(place) = segments.into_iter().map(|segment| Shown { segment, hidden: None }).collect();
            view.pieces_mut(place).iter_mut().for_each(|shown| shown.hide(&versions));
        }
        state.view = Arc::new(view);
    }

    /// Shows nothing of these collections any more that is in no index.
    pub(super) fn forget(&self, collections: &HashSet<u64>) {
        let mut state = self.state();
        let mut view = View::clone(&state.view);
        view.retain(|entry| !collections.contains(&entry.collection));
        state.view = Arc::new(view);
    }

    /// Lets go of all files.
    pub(super) fn clear(&self) {
        *self.state() = State::default();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
