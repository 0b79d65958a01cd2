//! Which events an index is to forget, as a query that finds them in any segment.

use std::sync::Arc;

use tantivy::columnar::ColumnValues;
use tantivy::index::SegmentReader;
use tantivy::query::{ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{DocSet, Score, TERMINATED, TantivyError};

use super::columns::{COLLECTION, SEQ, TIME};
use super::segment::full;

#[derive(Clone, Debug)]
pub(in crate::embedded) enum Doomed {
    /// Those of these times and places, in this order. Other versions of them come after.
    Versions(Arc<Vec<(i64, u64)>>),
    /// Those of a collection before a time, and at that time before a place; of all, where there is but one.
    Before { collection: Option<u64>, unix_millis: i64, seq: u64 },
    /// Those of a collection up to a place.
    UpTo { collection: Option<u64>, seq: u64 },
}

impl Query for Doomed {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Doomed {
    fn scorer(&self, reader: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        Ok(Box::new(ConstScorer::from(List { docs: self.docs(reader)?, at: 0 })))
    }

    fn explain(&self, _: &SegmentReader, _: u32) -> tantivy::Result<Explanation> {
        Err(TantivyError::InternalError("what is to be forgotten is not explained".into()))
    }
}

impl Doomed {
    fn docs(&self, reader: &SegmentReader) -> tantivy::Result<Vec<u32>> {
        let time = full(reader.fast_fields().i64(TIME)?)?;
        Ok(match self {
            Self::Versions(versions) => {
                let seq = full(reader.fast_fields().u64(SEQ)?)?;
                let mut docs = Vec::new();
                for group in versions.chunk_by(|a, b| a.0 == b.0) {
                    let (from, to) = (first_at(&*time, group[0].0), first_at(&*time, group[0].0.saturating_add(1)));
                    let is_meant = |doc: &u32| group.binary_search(&(group[0].0, seq.get_val(*doc))).is_ok();
                    docs.extend((from..to).filter(is_meant));
                }
                docs
            }
            Self::Before { collection, unix_millis, seq: first } => {
                let then = first_at(&*time, *unix_millis);
                let mut docs: Vec<u32> = (0..then).collect();
                if *first > 0 {
                    let seq = full(reader.fast_fields().u64(SEQ)?)?;
                    let after = first_at(&*time, unix_millis.saturating_add(1));
                    docs.extend((then..after).filter(|doc| seq.get_val(*doc) < *first));
                }
                retain_of(reader, *collection, &mut docs)?;
                docs
            }
            Self::UpTo { collection, seq: last } => {
                let seq = full(reader.fast_fields().u64(SEQ)?)?;
                let mut docs: Vec<u32> = (0..reader.max_doc()).collect();
                retain_of(reader, *collection, &mut docs)?;
                docs.retain(|doc| seq.get_val(*doc) <= *last);
                docs
            }
        })
    }
}

fn retain_of(reader: &SegmentReader, collection: Option<u64>, docs: &mut Vec<u32>) -> tantivy::Result<()> {
    if let Some(collection) = collection {
        let column = full(reader.fast_fields().u64(COLLECTION)?)?;
        docs.retain(|doc| column.get_val(*doc) == collection);
    }
    Ok(())
}

fn first_at(time: &dyn ColumnValues<i64>, unix_millis: i64) -> u32 {
    let (mut low, mut high) = (0, time.num_vals());
    while low < high {
        let middle = low + (high - low) / 2;
        if time.get_val(middle) < unix_millis { low = middle + 1 } else { high = middle }
    }
    low
}

struct List {
    docs: Vec<u32>,
    at: usize,
}

impl DocSet for List {
    fn advance(&mut self) -> u32 {
        self.at = self.docs.len().min(self.at + 1);
        self.doc()
    }

    fn doc(&self) -> u32 {
        self.docs.get(self.at).copied().unwrap_or(TERMINATED)
    }

    fn size_hint(&self) -> u32 {
        u32::try_from(self.docs.len()).unwrap_or(u32::MAX)
    }
}
