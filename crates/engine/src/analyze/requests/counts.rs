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
    index: Map<u32>,
    entries: Vec<Entry>,
    /// Of groups: what did not fit.
    crowded: Map<u64>,
    entries_max: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    group: u64,
    count: u32,
    seen: Seen,
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
        Self { index: Map::default(), entries: Vec::new(), crowded: Map::default(), entries_max }
    }

    pub(super) fn add(&mut self, group: u64, key: u64, count: u32) {
        let next = self.entries.len() as u32;
        match self.index.get(&key) {
            Some(at) => {
                let entry = &mut self.entries[*at as usize];
                entry.count = entry.count.saturating_add(count);
            }
            None if self.entries.len() < self.entries_max => {
                self.index.insert(key, next);
                self.entries.push(Entry { key, group, count, seen: Seen::default() });
            }
            None => {
                if self.crowded.len() < self.entries_max || self.crowded.contains_key(&group) {
                    *self.crowded.entry(group).or_default() += u64::from(count);
                }
            }
        }
    }

    /// In the order in which they were first seen there.
    pub(super) fn absorb(&mut self, other: &Self) {
        for entry in &other.entries {
            self.add(entry.group, entry.key, entry.count);
        }
        // A crowded block is rare; its groups come in a fixed order.
        let mut crowded: Vec<(u64, u64)> = other.crowded.iter().map(|(group, count)| (*group, *count)).collect();
        crowded.sort_unstable();
        for (group, count) in crowded {
            if self.crowded.len() < self.entries_max || self.crowded.contains_key(&group) {
                *self.crowded.entry(group).or_default() += count;
            }
        }
    }

    /// Works out every surprise.
    pub(super) fn settle(&mut self) {
        let mut order: Vec<(u64, u32, u32)> =
            self.entries.iter().zip(0..).map(|(entry, at)| (entry.group, entry.count, at)).collect();
        order.sort_unstable();
        for group in order.chunk_by(|a, b| a.0 == b.0) {
            let crowded = self.crowded.get(&group[0].0).copied().unwrap_or_default();
            let total = crowded + group.iter().map(|(_, count, _)| u64::from(*count)).sum::<u64>();
            let usual = usual_count(group, crowded, total);
            let mut tail = crowded;
            for same in group.chunk_by(|a, b| a.1 == b.1) {
                let count = same[0].1;
                tail += u64::from(count) * same.len() as u64;
                let surprise = surprise(tail as f32 / total as f32, usual as f32 / count as f32);
                for (.., at) in same {
                    self.entries[*at as usize].seen = Seen { count, of: u32::try_from(total).unwrap_or(u32::MAX), surprise };
                }
            }
        }
    }

    pub(super) fn seen(&self, key: u64) -> Seen {
        self.index.get(&key).map_or_else(Seen::default, |at| self.entries[*at as usize].seen)
    }
}

/// How often that was seen which half of the group's records hold, or what is more frequent.
fn usual_count(group: &[(u64, u32, u32)], crowded: u64, total: u64) -> u32 {
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
