//! Where the ids of a piece are. An id is looked for among the events of its millisecond, which are few; where
//! they are very many, as in logs that tell the day only, this list is made once for the piece and spares going through them
//! for each batch.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Numbers;

/// So many events of one millisecond are not gone through any more.
pub(in crate::embedded) const CROWD: u32 = 4_096;
/// All lists of the process have so many entries at most, of eight bytes. Pieces for which there is no room are gone through.
const ENTRIES_MAX: usize = 8 * 1024 * 1024;

static ENTRIES: AtomicUsize = AtomicUsize::new(0);

/// The last 32 bits of each id, and its document, in the order of the bits.
pub(super) struct Ids {
    entries: Vec<(u32, u32)>,
}

impl Ids {
    /// Nothing where there is no room.
    pub(super) fn new(id_low: &Numbers, documents: u32) -> Option<Self> {
        let count = documents as usize;
        let taken = ENTRIES.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
            taken.checked_add(count).filter(|taken| *taken <= ENTRIES_MAX)
        });
        taken.ok()?;
        let mut lows = vec![0; count];
        id_low.get_range(0, &mut lows);
        let mut entries: Vec<(u32, u32)> = lows.into_iter().map(|low| low as u32).zip(0..documents).collect();
        entries.sort_unstable();
        Some(Self { entries })
    }

    /// The documents whose id may be this one.
    pub(super) fn candidates(&self, id: u128) -> impl Iterator<Item = u32> {
        let low = id as u32;
        let from = self.entries.partition_point(|(at, _)| *at < low);
        self.entries[from..].iter().take_while(move |(at, _)| *at == low).map(|(_, doc)| *doc)
    }
}

impl Drop for Ids {
    fn drop(&mut self) {
        ENTRIES.fetch_sub(self.entries.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tantivy::columnar::ColumnValues;

    use super::*;

    struct Column(Vec<u64>);

    impl ColumnValues<u64> for Column {
        fn get_val(&self, doc: u32) -> u64 {
            self.0[doc as usize]
        }

        fn min_value(&self) -> u64 {
            u64::MIN
        }

        fn max_value(&self) -> u64 {
            u64::MAX
        }

        fn num_vals(&self) -> u32 {
            self.0.len() as u32
        }
    }

    #[test]
    fn candidates_are_the_documents_with_the_same_last_bits() {
        let column: Numbers = Arc::new(Column(vec![7, 1 << 32 | 5, 5, u64::MAX, 0]));
        let ids = Ids::new(&column, 5).unwrap();
        for (id, documents) in [(5, &[1, 2][..]), (7, &[0]), (u128::MAX, &[3]), (0, &[4]), (1 << 32, &[4]), (6, &[]), (8, &[])] {
            assert_eq!(ids.candidates(id).collect::<Vec<_>>(), documents, "{id:x}");
        }
    }

    #[test]
    fn what_there_is_no_room_for_is_not_listed() {
        let column: Numbers = Arc::new(Column(vec![7; 3]));
        assert!(Ids::new(&column, ENTRIES_MAX as u32 + 1).is_none());
        // Nothing of the room is gone.
        assert!(Ids::new(&column, 3).is_some());
    }
}
