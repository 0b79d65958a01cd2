//! How often things were seen, each beside its peers, and how surprising each therefore is.
//!
//! A page among the pages of its directory, a parameter among those of its page, the shape of a
//! value among all values of its parameter: each is a key in a group. A key surprises if it and all
//! that are as rare make up little of the group, and if what the group usually holds is seen far
//! more often. So a new page of a shop with twelve pages is news, and the thousandth article of a
//! magazine is not. Counts are sums, hence the same in any order; keys beyond the bound are counted
//! by group only, which makes their group look as varied as it is.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::feature::ln;

/// Less is no surprise.
const SURPRISE_MIN: f32 = 0.3;
/// Rarer than this is surprising.
const TAIL_MAX: f32 = 0.05;
const TAIL_BITS_START: f32 = 2.0;
const GAP_START: f32 = 2.5;
const LOGARITHM_MAX: f32 = 8.0;

pub(super) type Map<V> = HashMap<u64, V, BuildHasherDefault<Through>>;

/// Keys are hashes already.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Through(u64);

impl Hasher for Through {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = hash(bytes, self.0);
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

#[derive(Clone, Debug)]
pub(super) struct Counts {
    entries: Map<Entry>,
    /// The keys, as they were first seen.
    order: Vec<u64>,
    /// Of groups: what did not fit.
    crowded: Map<u64>,
    entries_max: usize,
    /// Few keys are, so this is a small table that is read quickly.
    surprising: Map<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    group: u64,
    count: u32,
}

/// How often a key was seen, in a group seen how often, and how much of a surprise that is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    pub(super) count: u32,
    pub(super) of: u32,
    pub(super) surprise: f32,
}

impl Counts {
    pub(super) fn new(entries_max: usize) -> Self {
        Self { entries: Map::default(), order: Vec::new(), crowded: Map::default(), entries_max, surprising: Map::default() }
    }

    /// With room for so many entries.
    pub(super) fn with_room(entries_max: usize, room: usize) -> Self {
        let mut counts = Self::new(entries_max);
        counts.entries.reserve(room);
        counts.order.reserve(room);
        counts
    }

    pub(super) fn add(&mut self, group: u64, key: u64, count: u32) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.count = entry.count.saturating_add(count);
        } else if self.order.len() < self.entries_max {
            self.entries.insert(key, Entry { group, count });
            self.order.push(key);
        } else {
            self.crowd(group, u64::from(count));
        }
    }

    fn crowd(&mut self, group: u64, count: u64) {
        if self.crowded.len() < self.entries_max || self.crowded.contains_key(&group) {
            *self.crowded.entry(group).or_default() += count;
        }
    }

    /// In the order in which they were first seen there.
    pub(super) fn absorb(&mut self, other: &Self) {
        for key in &other.order {
            if let Some(entry) = other.entries.get(key) {
                self.add(entry.group, *key, entry.count);
            }
        }
        // A crowded block is rare; its groups come in a fixed order.
        let mut crowded: Vec<(u64, u64)> = other.crowded.iter().map(|(group, count)| (*group, *count)).collect();
        crowded.sort_unstable();
        crowded.into_iter().for_each(|(group, count)| self.crowd(group, count));
    }

    /// Works out every surprise.
    pub(super) fn settle(&mut self) {
        self.surprising.clear();
        let mut sorted: Vec<(u64, u32, u64)> = self.entries.iter().map(|(key, entry)| (entry.group, entry.count, *key)).collect();
        sorted.sort_unstable();
        for group in sorted.chunk_by(|a, b| a.0 == b.0) {
            let crowded = self.crowded.get(&group[0].0).copied().unwrap_or_default();
            let total = crowded + group.iter().map(|(_, count, _)| u64::from(*count)).sum::<u64>();
            let usual = usual_count(group, crowded, total);
            let mut tail = crowded;
            for same in group.chunk_by(|a, b| a.1 == b.1) {
                let count = same[0].1;
                tail += u64::from(count) * same.len() as u64;
                let surprise = surprise(tail as f32 / total as f32, usual as f32 / count as f32);
                if surprise < SURPRISE_MIN {
                    continue;
                }
                let seen = Seen { count, of: u32::try_from(total).unwrap_or(u32::MAX), surprise };
                self.surprising.extend(same.iter().map(|(.., key)| (*key, seen)));
            }
        }
    }

    /// Nothing of a key that does not surprise.
    pub(super) fn seen(&self, key: u64) -> Option<Seen> {
        self.surprising.get(&key).copied()
    }
}

/// How often that was seen which half of the group's records hold, or what is more frequent.
fn usual_count(group: &[(u64, u32, u64)], crowded: u64, total: u64) -> u32 {
    let mut passed = crowded;
    for (_, count, _) in group {
        passed += u64::from(*count);
        if passed * 2 >= total {
            return *count;
        }
    }
    1
}

fn surprise(tail: f32, gap: f32) -> f32 {
    if tail > TAIL_MAX {
        return 0.0;
    }
    let tail_part = (-ln(tail)).min(LOGARITHM_MAX) - TAIL_BITS_START;
    let gap_part = (ln(gap).min(LOGARITHM_MAX) - GAP_START).max(0.0);
    0.5 * tail_part + 0.6 * gap_part
}

/// A quick hash of bytes, for tables that are bounded anyway.
pub(super) fn hash(bytes: &[u8], seed: u64) -> u64 {
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        hash = fold(hash, u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut last = [0; 8];
    last[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    fold(hash, u64::from_le_bytes(last))
}

/// Both halves of a product mix every bit with every other.
pub(super) fn fold(hash: u64, word: u64) -> u64 {
    let product = u128::from(hash.rotate_left(23) ^ word ^ 0x2d35_8dcc_aa6c_78a5) * 0x8bb8_4b93_962e_acc9;
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(group: &[(u64, u32)]) -> Counts {
        let mut counts = Counts::new(1000);
        group.iter().for_each(|(key, count)| counts.add(1, *key, *count));
        counts.settle();
        counts
    }

    #[test]
    fn one_new_page_among_few_is_a_surprise_and_one_among_thousands_is_none() {
        let closed = counts(&[(1, 5000), (2, 4000), (3, 1)]);
        assert!(closed.seen(3).is_some_and(|seen| seen.surprise > 3.0 && seen.count == 1 && seen.of == 9001));
        assert_eq!(closed.seen(1), None);
        let open: Vec<(u64, u32)> = (0..900).map(|key| (key, 1)).collect();
        assert_eq!(counts(&open).seen(3), None);
    }

    #[test]
    fn what_does_not_fit_makes_its_group_look_varied() {
        let mut counts = Counts::new(2);
        counts.add(1, 1, 5000);
        counts.add(1, 2, 1);
        (3..3000).for_each(|key| counts.add(1, key, 1));
        counts.settle();
        assert_eq!(counts.seen(2), None);
        assert_eq!(counts.seen(2000), None);
    }

    #[test]
    fn hashes_differ_with_every_byte() {
        let keys: std::collections::BTreeSet<u64> = (0..10_000_u32).map(|number| hash(number.to_string().as_bytes(), 1)).collect();
        assert_eq!(keys.len(), 10_000);
        assert_ne!(hash(b"", 1), hash(b"\0", 1));
        assert_ne!(hash(b"a", 1), hash(b"a", 2));
    }
}
