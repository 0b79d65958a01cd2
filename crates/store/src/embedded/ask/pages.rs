//! Questions that are answered by a page of events.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use radar_types::query::Order;
use radar_types::wire::Seq;

use super::test::scored;
use super::{Gather, Question, load};
use crate::cursor::Place;
use crate::embedded::shelf::{Events, Segment, Term, TextColumn, score_of};
use crate::page::{Filling, limit};
use crate::{Cursor, Page, PageAsk, Partly, Stored};

pub(in crate::embedded) fn search(question: &Question<'_>, page: &PageAsk) -> tantivy::Result<Partly<Page>> {
    let until = page.after.map_or(question.last_seq, |after| after.until);
    if limit(page.limit) == 0 {
        return Ok(Partly::whole(Page::default()));
    }
    let (counts, is_partial) = if page.order == Order::Rarity { count_templates(question, until)? } else { Default::default() };
    // One more than fits says whether there is a next page.
    let best = Best {
        order: page.order,
        after: page.after.map(|after| after.place),
        room: limit(page.limit) + 1,
        heap: BinaryHeap::new(),
    };
    let (mut partial, mut best) = match page.order {
        Order::Newest => {
            let mut gather = Backward { best };
            (question.each(&mut gather)?, gather.best)
        }
        Order::Oldest => {
            let mut gather = Forward { best };
            (question.each(&mut gather)?, gather.best)
        }
        Order::Score => {
            let mut gather = ByScore { best, scored: Vec::new() };
            (question.each(&mut gather)?, gather.best)
        }
        Order::Rarity => {
            let mut gather = ByRarity { best, counts, of_ord: Vec::new(), until };
            (question.each(&mut gather)?, gather.best)
        }
    };
    partial |= is_partial;
    let found = std::mem::take(&mut best.heap).into_sorted_vec();
    let mut filling = Filling::new(page.limit);
    let mut pieces: HashMap<usize, Events<'_>> = HashMap::new();
    let mut last = None;
    let mut taken = 0;
    for found in &found {
        if filling.is_full() {
            break;
        }
        let stored = match &found.at {
            At::Recent(stored) => Stored::clone(stored),
            At::Piece(piece, doc) => match pieces.entry(*piece) {
                std::collections::hash_map::Entry::Occupied(events) => events.into_mut().read(*doc)?,
                std::collections::hash_map::Entry::Vacant(vacant) => {
                    let Some(of) = question.of else { continue };
                    let segment = &question.view.pieces(of.place)[*piece].segment;
                    vacant.insert(Events::new(segment)?).read(*doc)?
                }
            },
        };
        filling.take(stored);
        taken += 1;
        last = Some(found.place);
    }
    let next = last.filter(|_| taken < found.len()).map(|place| Cursor { order: page.order, place, until });
    Ok(Partly { value: Page { events: filling.into_taken(), next }, is_partial: partial })
}

/// Where an event was found.
enum At {
    Recent(Box<Stored>),
    Piece(usize, u32),
}

struct Found {
    place: Place,
    at: At,
}

impl PartialEq for Found {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Found {}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Found {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place.cmp(&other.place)
    }
}

/// The first events after a place, in an order.
struct Best {
    order: Order,
    after: Option<Place>,
    room: usize,
    /// The last of them on top.
    heap: BinaryHeap<Found>,
}

impl Best {
    fn worst(&self) -> Option<Place> {
        self.heap.peek().filter(|_| self.heap.len() >= self.room).map(|found| found.place)
    }

    fn offer(&mut self, place: Place, at: impl FnOnce() -> At) {
        if self.after.is_some_and(|after| place <= after) || self.worst().is_some_and(|worst| place >= worst) {
            return;
        }
        if self.heap.len() >= self.room {
            self.heap.pop();
        }
        self.heap.push(Found { place, at: at() });
    }

    fn offer_recent(&mut self, stored: &Stored, count: u64) {
        self.offer(Place::of(self.order, stored, count), || At::Recent(Box::new(stored.clone())));
    }

    fn offer_document(&mut self, piece: usize, segment: &Segment, doc: u32, score: Option<f32>, count: u64) {
        let (time, seq) = (segment.time.get_val(doc), Seq(segment.seq.get_val(doc)));
        self.offer(Place::new(self.order, time, seq, score, count), || At::Piece(piece, doc));
    }

    /// The time at which the page before ended, and the time of the worst so far if all places are taken.
    fn times(&self) -> (Option<i64>, Option<i64>) {
        let time = |place: Place| place.unix_millis(self.order);
        (self.after.map(time), self.worst().map(time))
    }
}

/// The index is in the order of time, so the newest are at its end.
struct Backward {
    best: Best,
}

impl Gather for Backward {
    const IS_BACKWARD: bool = true;

    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        let (after, worst) = self.best.times();
        let to = after.map_or(segment.documents(), |time| segment.first_at(time.saturating_add(1)));
        Ok((worst.map_or(0, |time| segment.first_at(time)), to))
    }

    fn documents(&mut self, piece: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        for doc in docs.iter().rev() {
            self.best.offer_document(piece, segment, *doc, None, 0);
        }
        let first = docs.first().map_or(i64::MIN, |doc| segment.time.get_val(*doc));
        Ok(self.best.times().1.is_none_or(|worst| first >= worst))
    }

    fn recent(&mut self, stored: &Stored) {
        self.best.offer_recent(stored, 0);
    }
}

struct Forward {
    best: Best,
}

impl Gather for Forward {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        let (after, worst) = self.best.times();
        let from = after.map_or(0, |time| segment.first_at(time));
        Ok((from, worst.map_or(segment.documents(), |time| segment.first_at(time.saturating_add(1)))))
    }

    fn documents(&mut self, piece: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        for doc in docs {
            self.best.offer_document(piece, segment, *doc, None, 0);
        }
        let last = docs.last().map_or(i64::MAX, |doc| segment.time.get_val(*doc));
        Ok(self.best.times().1.is_none_or(|worst| last <= worst))
    }

    fn recent(&mut self, stored: &Stored) {
        self.best.offer_recent(stored, 0);
    }
}

struct ByScore {
    best: Best,
    /// Which states of a piece have a score.
    scored: Vec<bool>,
}

impl Gather for ByScore {
    const IS_BACKWARD: bool = true;

    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.scored = scored(segment)?;
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, piece: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let states = load(&segment.text(TextColumn::State).ords, docs);
        let numbers = load(&segment.calibrated, docs);
        for ((doc, number), state) in docs.iter().zip(numbers).zip(states).rev() {
            let is_scored = self.scored.get(state as usize).copied().unwrap_or(false);
            let score = is_scored.then(|| score_of(number));
            // Time and place are read only of those that might do.
            let could_be = Place::new(Order::Score, i64::MAX, Seq(i64::MAX as u64), score, 0);
            if self.best.worst().is_none_or(|worst| could_be < worst) {
                self.best.offer_document(piece, segment, *doc, score, 0);
            }
        }
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        self.best.offer_recent(stored, 0);
    }
}

/// What an event without a template counts as.
const NO_TEMPLATE: u64 = u64::MAX;

struct ByRarity {
    best: Best,
    counts: HashMap<String, u64>,
    /// The count of each template in the dictionary of a piece.
    of_ord: Vec<u64>,
    until: Seq,
}

impl Gather for ByRarity {
    const IS_BACKWARD: bool = true;

    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        let count = |term: &String| match Term::read(term) {
            Term::Text(template) => self.counts.get(template).copied().unwrap_or(NO_TEMPLATE),
            Term::Nothing | Term::TooLong => NO_TEMPLATE,
        };
        self.of_ord = segment.text(TextColumn::Template).terms()?.iter().map(count).collect();
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, piece: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let ords = load(&segment.text(TextColumn::Template).ords, docs);
        for (doc, ord) in docs.iter().zip(ords).rev() {
            let count = self.of_ord.get(ord as usize).copied().unwrap_or(NO_TEMPLATE);
            let could_be = Place::new(Order::Rarity, i64::MAX, Seq(i64::MAX as u64), None, count);
            let is_wanted = self.best.worst().is_none_or(|worst| could_be < worst);
            if is_wanted && segment.seq.get_val(*doc) <= self.until.0 {
                self.best.offer_document(piece, segment, *doc, None, count);
            }
        }
        Ok(true)
    }

    fn recent(&mut self, stored: &Stored) {
        if stored.seq <= self.until {
            let template = stored.scored.template.map(|template| template.to_string());
            let count = template.and_then(|template| self.counts.get(&template).copied());
            self.best.offer_recent(stored, count.unwrap_or(NO_TEMPLATE));
        }
    }
}

/// How many of the found events have each template.
fn count_templates(question: &Question<'_>, until: Seq) -> tantivy::Result<(HashMap<String, u64>, bool)> {
    let mut gather = Templates { counts: HashMap::new(), by_ord: Vec::new(), until };
    let is_partial = question.each(&mut gather)?;
    Ok((gather.counts, is_partial))
}

struct Templates {
    counts: HashMap<String, u64>,
    by_ord: Vec<u64>,
    until: Seq,
}

impl Gather for Templates {
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)> {
        self.by_ord = vec![0; segment.text(TextColumn::Template).count()];
        Ok((0, segment.documents()))
    }

    fn documents(&mut self, _: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool> {
        let ords = load(&segment.text(TextColumn::Template).ords, docs);
        let is_all = segment.seqs().1 <= self.until.0;
        for (doc, ord) in docs.iter().zip(ords) {
            if let Some(count) = self.by_ord.get_mut(ord as usize).filter(|_| is_all || segment.seq.get_val(*doc) <= self.until.0) {
                *count += 1;
            }
        }
        Ok(true)
    }

    fn end(&mut self, segment: &Segment) -> tantivy::Result<()> {
        for (ord, count) in self.by_ord.drain(..).enumerate().filter(|(_, count)| *count > 0) {
            let term = segment.text(TextColumn::Template).term(ord as u64)?;
            if let Term::Text(template) = Term::read(&term) {
                *self.counts.entry(template.to_owned()).or_default() += count;
            }
        }
        Ok(())
    }

    fn recent(&mut self, stored: &Stored) {
        if let Some(template) = stored.scored.template.filter(|_| stored.seq <= self.until) {
            *self.counts.entry(template.to_string()).or_default() += 1;
        }
    }
}
