//! How often each value of one kind was seen, and how surprising one more sight of it is.
//!
//! The surprise of a value is that of meeting *any* value as rare as it: the share of all sights
//! that went to values seen hardly more often. So a user who logs in once is nothing where every user
//! does, and much where there are three who come all day. Values never seen are expected as often as
//! values seen once were (Good and Turing).

use serde::{Deserialize, Serialize};

use super::map::Map;

/// No single kind of evidence says more.
pub(super) const BITS_MAX: f32 = 12.0;
/// Counts so near are alike: of thirty users who do the same one is always the rarest.
const ALIKE_FACTOR: u32 = 2;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    counts: Map<u64, u32>,
    total: u64,
    /// Counts, rising, each with the share of sights of values seen no more often.
    tail: Vec<(u32, f32)>,
}

impl Tally {
    /// False where there is no room for one more value.
    pub(super) fn add(&mut self, key: u64, count: u32, values_max: usize) -> bool {
        self.total += u64::from(count);
        let is_full = self.counts.len() >= values_max;
        match self.counts.get_mut(&key) {
            Some(known) => *known = known.saturating_add(count),
            None if is_full => return false,
            None => {
                self.counts.insert(key, count);
            }
        }
        true
    }

    /// False where there was not room for all of its values.
    pub(super) fn merge(&mut self, other: &Self, values_max: usize) -> bool {
        // The order matters where room runs out, and a hash map has none of its own.
        let mut others: Vec<(u64, u32)> = other.counts.iter().map(|(key, count)| (*key, *count)).collect();
        others.sort_unstable();
        let mut has_room = true;
        for (key, count) in others {
            has_room &= self.add(key, count, values_max);
        }
        has_room
    }

    pub(super) fn settle(&mut self) {
        let mut counts: Vec<u32> = self.counts.values().copied().collect();
        counts.sort_unstable();
        let total = self.total.max(1) as f32;
        let mut sights = 0_u64;
        self.tail.clear();
        for count in counts {
            sights += u64::from(count);
            match self.tail.last_mut() {
                Some((last, share)) if *last == count => *share = sights as f32 / total,
                _ => self.tail.push((count, sights as f32 / total)),
            }
        }
    }

    /// For things of which one sight has several: the number of sights.
    pub(super) fn set_total(&mut self, total: u64) {
        self.total = total;
    }

    /// The surprise of a value by its own share alone, for things of which one sight has several.
    pub(super) fn bits_of_total(&self, key: u64) -> f32 {
        let share = (self.count(key) as f32).max(0.5) / (self.total as f32).max(1.0);
        (-share.log2()).clamp(0.0, BITS_MAX)
    }

    pub(super) fn count(&self, key: u64) -> u32 {
        self.counts.get(&key).copied().unwrap_or_default()
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn values(&self) -> usize {
        self.counts.len()
    }

    /// The surprise of a value, in bits; of values that were counted together with what is judged,
    /// or not.
    pub(super) fn bits(&self, key: u64) -> f32 {
        if self.total == 0 {
            return 0.0;
        }
        let share = match self.count(key) {
            0 => {
                let once = self.tail.first().filter(|(count, _)| *count == 1).map_or(0.0, |(_, share)| *share);
                let total = self.total as f32;
                (once * total + 1.0) / (total + 1.0)
            }
            count => self
                .tail
                .partition_point(|(other, _)| *other <= count.saturating_mul(ALIKE_FACTOR))
                .checked_sub(1)
                .map_or(1.0, |at| self.tail[at].1),
        };
        (-share.log2()).clamp(0.0, BITS_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(counts: &[u32], key: u64, expected: f32) {
        let mut tally = Tally::default();
        for (key, count) in (0..).zip(counts) {
            tally.add(key, *count, 100);
        }
        tally.settle();
        assert!((tally.bits(key) - expected).abs() < 0.01, "{counts:?} {key}: {}", tally.bits(key));
    }

    #[test]
    fn what_is_rare_among_the_frequent_surprises() {
        check(&[512, 511, 1], 2, 10.0);
        check(&[512, 511, 1], 0, 0.0);
        check(&[1, 1, 1, 1], 2, 0.0);
        check(&[50, 40, 4, 3, 3], 2, 3.32);
        check(&[50, 40, 30, 45], 2, 0.0);
    }

    #[test]
    fn what_was_never_seen_surprises_where_nothing_was_seen_once() {
        check(&[500, 523], 9, 10.0);
        check(&[1, 1, 1, 1], 9, 0.0);
        check(&[], 9, 0.0);
    }

    #[test]
    fn values_are_bounded() {
        let mut tally = Tally::default();
        assert!(tally.add(1, 1, 1));
        assert!(!tally.add(2, 1, 1));
        assert_eq!((tally.values(), tally.total()), (1, 2));
    }
}
