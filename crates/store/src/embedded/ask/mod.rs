//! Questions about events: every piece of an index that may hold an answer is gone through in blocks, then what is in
//! none of them yet; the clock is looked at between blocks.

mod counts;
mod pages;
mod templates;
mod test;
mod values;

use std::sync::Arc;
use std::time::Instant;

use radar_types::Scale;
use radar_types::query::{Candidate, Filter};
use radar_types::wire::Seq;
use tantivy::columnar::ColumnValues;

use super::shelf::docs::{Blocks, Docs};
use super::shelf::{Events, Segment};
use super::view::{Number, Shown, View};
use crate::Stored;

pub(super) use counts::{histogram, levels, scores, tally};
pub(super) use pages::search;
pub(super) use templates::templates;
use test::{Maker, Test, Truth};
pub(super) use values::{distinct, pairs, top};

/// So many events are read between two looks at the clock.
const READ_PER_LOOK: usize = 16;

pub(super) struct Question<'a> {
    pub(super) view: &'a View,
    /// Nothing where the collection was never made.
    pub(super) of: Option<Number>,
    /// The place of the latest arrival.
    pub(super) last_seq: Seq,
    pub(super) filter: &'a Filter,
    pub(super) scale: &'a Scale,
    pub(super) end: Instant,
}

/// What becomes of the events that a question finds.
trait Gather {
    /// Goes through a piece from its end.
    const IS_BACKWARD: bool = false;

    /// Begins with a piece, and says which of its documents are of interest.
    fn begin(&mut self, segment: &Segment) -> tantivy::Result<(u32, u32)>;

    /// Takes events of the piece, in the order of their documents, and says whether more of it are of interest.
    fn documents(&mut self, piece: usize, segment: &Segment, docs: &[u32]) -> tantivy::Result<bool>;

    /// Has all of the piece that it is going to have.
    fn end(&mut self, _segment: &Segment) -> tantivy::Result<()> {
        Ok(())
    }

    /// Takes one that is in no piece.
    fn recent(&mut self, stored: &Stored);
}

impl Question<'_> {
    fn is_late(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Shows all events that are found to `gather`, and says whether time was up before.
    fn each<G: Gather>(&self, gather: &mut G) -> tantivy::Result<bool> {
        // Whoever has no time at all is shown what a partial answer is like.
        if self.is_late() {
            return Ok(true);
        }
        let Some(of) = self.of else { return Ok(false) };
        for (stored, looked) in self.view.recent(of).zip(1_usize..) {
            if self.filter.matches(candidate(stored), self.scale) {
                gather.recent(stored);
            }
            if looked.is_multiple_of(Blocks::LENGTH as usize) && self.is_late() {
                return Ok(true);
            }
        }
        let mut pieces: Vec<(usize, &Shown)> = self.view.pieces(of.place).iter().enumerate().collect();
        pieces.sort_by_key(|(_, shown)| shown.segment.times());
        if G::IS_BACKWARD {
            pieces.sort_by_key(|(_, shown)| std::cmp::Reverse(shown.segment.times().1));
        }
        for (at, shown) in pieces {
            let is_late = self.each_of(of, at, shown, gather)?;
            gather.end(&shown.segment)?;
            if is_late {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn each_of<G: Gather>(&self, of: Number, at: usize, shown: &Shown, gather: &mut G) -> tantivy::Result<bool> {
        let segment = &*shown.segment;
        let (mut from, mut to) = gather.begin(segment)?;
        if from >= to {
            return Ok(false);
        }
        let is_late = || self.is_late();
        let all = segment.of(of.number)?;
        let test = Maker { segment, scale: self.scale, is_late: &is_late }.make(self.filter)?;
        // What was made without the time it takes says too little.
        if self.is_late() {
            return Ok(true);
        }
        // The smallest of the sets outside of which there is nothing leads, the rest is asked for each event.
        let mut leading = &all;
        for set in test.sets() {
            if let Docs::Range(first, end) = **set {
                (from, to) = (from.max(first), to.min(end));
            } else if set.count() < leading.count() {
                leading = set;
            }
        }
        let mut blocks = Blocks::new(leading, from, to, G::IS_BACKWARD);
        let mut sieve = Sieve {
            question: self,
            segment,
            shown,
            all: &all,
            test: &test,
            is_met: test.is_met_by(leading),
            events: None,
            has_stopped: false,
        };
        let mut block = Vec::new();
        loop {
            blocks.next(&mut block);
            if block.is_empty() {
                return Ok(sieve.has_stopped);
            }
            sieve.sift(&mut block)?;
            let goes_on = block.is_empty() || gather.documents(at, segment, &block)?;
            if sieve.has_stopped || self.is_late() {
                return Ok(true);
            }
            if !goes_on {
                return Ok(false);
            }
        }
    }
}

/// Keeps the events of a block that are found.
struct Sieve<'a> {
    question: &'a Question<'a>,
    segment: &'a Segment,
    shown: &'a Shown,
    all: &'a Docs,
    test: &'a Test,
    /// Whether the set that leads is all that is asked for.
    is_met: bool,
    events: Option<Events<'a>>,
    has_stopped: bool,
}

impl Sieve<'_> {
    fn sift(&mut self, block: &mut Vec<u32>) -> tantivy::Result<()> {
        if !self.shown.is_all_visible() {
            block.retain(|doc| self.shown.is_visible(*doc));
        }
        if !matches!(self.all, Docs::Range(..)) {
            block.retain(|doc| self.all.contains(*doc));
        }
        if block.is_empty() || self.is_met {
            return Ok(());
        }
        let truths = self.test.truths(self.segment, block);
        let mut kept = Vec::with_capacity(block.len());
        let mut read = 0;
        for (doc, truth) in block.iter().zip(truths) {
            let is_found = match truth {
                Truth::No => false,
                Truth::Yes => true,
                Truth::Perhaps => {
                    read += 1;
                    if read % READ_PER_LOOK == 0 && self.question.is_late() {
                        self.has_stopped = true;
                        break;
                    }
                    self.is_found(*doc)?
                }
            };
            if is_found {
                kept.push(*doc);
            }
        }
        *block = kept;
        Ok(())
    }

    fn is_found(&mut self, doc: u32) -> tantivy::Result<bool> {
        let events = match &mut self.events {
            Some(events) => events,
            None => self.events.insert(Events::new(self.segment)?),
        };
        let stored = events.read(doc)?;
        Ok(self.question.filter.matches(candidate(&stored), self.question.scale))
    }
}

fn candidate(stored: &Stored) -> Candidate<'_> {
    Candidate { scored: &stored.scored, verdict: stored.verdict }
}

/// The values of these documents, which rise.
fn load<T: PartialOrd + Clone + Default + 'static>(column: &Arc<dyn ColumnValues<T>>, docs: &[u32]) -> Vec<T> {
    let mut values = vec![T::default(); docs.len()];
    match (docs.first(), docs.last()) {
        (Some(first), Some(last)) if (last - first) as usize + 1 == docs.len() => column.get_range(u64::from(*first), &mut values),
        _ => column.get_vals(docs, &mut values),
    }
    values
}
