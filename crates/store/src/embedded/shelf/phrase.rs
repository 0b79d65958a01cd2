//! Words that follow each other.

use std::cell::RefCell;

use tantivy::DocSet;
use tantivy::postings::{Postings, SegmentPostings};

/// Tells of documents whether words follow each other in one of their texts.
pub(in crate::embedded) struct Phrase {
    start: Cursor,
    /// Questions go through a segment in one direction mostly; what was passed is not looked for again.
    at: RefCell<Cursor>,
}

/// Where each word is, from a document on.
#[derive(Clone)]
struct Cursor {
    from: u32,
    first: Vec<SegmentPostings>,
    /// Whatever the last word may be.
    lasts: Vec<SegmentPostings>,
}

impl Phrase {
    /// `lasts` are those words of which one has to follow the others. Without any, the phrase is nowhere.
    pub(super) fn new(first: Vec<SegmentPostings>, lasts: Vec<SegmentPostings>) -> Self {
        let start = Cursor { from: 0, first, lasts };
        Self { at: RefCell::new(start.clone()), start }
    }

    /// For each of the documents, which rise.
    pub(in crate::embedded) fn is_in(&self, docs: &[u32]) -> Vec<bool> {
        let (Some(first), Some(last)) = (docs.first(), docs.last()) else { return Vec::new() };
        let mut at = self.at.borrow_mut();
        if *first < at.from {
            at.clone_from(&self.start);
        }
        at.from = last + 1;
        let (mut found, mut others) = (Vec::new(), Vec::new());
        docs.iter().map(|doc| at.is_in(*doc, &mut found, &mut others)).collect()
    }
}

impl Cursor {
    fn is_in(&mut self, doc: u32, found: &mut Vec<u32>, others: &mut Vec<u32>) -> bool {
        if !self.first.iter_mut().all(|word| reaches(word, doc)) {
            return false;
        }
        // Places are counted from the end of the phrase, so that those of its words are the same.
        let length = self.first.len() as u32;
        let mut words = self.first.iter_mut().zip(0..);
        let Some((word, _)) = words.next() else { return false };
        word.positions_with_offset(length, found);
        for (word, place) in words {
            word.positions_with_offset(length - place, others);
            found.retain(|place| others.binary_search(place).is_ok());
        }
        self.lasts.iter_mut().any(|word| {
            reaches(word, doc) && {
                word.positions(others);
                found.iter().any(|place| others.binary_search(place).is_ok())
            }
        })
    }
}

/// Goes on to a document and says whether the word is in it.
fn reaches(word: &mut SegmentPostings, doc: u32) -> bool {
    if word.doc() < doc {
        word.seek(doc);
    }
    word.doc() == doc
}
