//! How often each value of one kind was seen, with what is long ago counting less.
//!
//! Fading touches nothing: later sights weigh more instead, in units that grow with the stream's time,
//! so all weights fade alike and their order is that of how recently and how often together. A full
//! table forgets the least of that order. A flood of new values therefore pushes out its own kind: to
//! push out a value seen a thousand times, each of the flood has to be seen a thousand times.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::sorted;
use crate::feature::log2;

/// No single kind of evidence says more.
pub(super) const BITS_MAX: f32 = 12.0;
/// A full table forgets one in so many.
const FORGET_SHARE: usize = 4;
/// Powers of two that a weight can have, from that of [`WEIGHT_MIN`].
const STEPS: usize = 128;
/// What is left of one sight after eight half-lives.
pub(super) const WEIGHT_MIN: f32 = 1.0 / 256.0;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Table {
    #[serde(with = "sorted")]
    weights: HashMap<u64, f32>,
    /// The weights of all values, by the power of two that theirs has.
    steps: Vec<f64>,
    total: f64,
}

impl Default for Table {
    fn default() -> Self {
        Self { weights: HashMap::new(), steps: vec![0.0; STEPS], total: 0.0 }
    }
}

impl Table {
    /// Learns one sight; the weight that the value had before.
    pub(super) fn see(&mut self, key: u64, gain: f32, values_max: usize) -> Option<f32> {
        self.total += f64::from(gain);
        if let Some(weight) = self.weights.get_mut(&key) {
            let before = *weight;
            *weight += gain;
            let after = *weight;
            self.steps[step(before)] -= f64::from(before);
            self.steps[step(after)] += f64::from(after);
            return Some(before);
        }
        if self.weights.len() >= values_max {
            self.forget(values_max);
            self.total += f64::from(gain);
        }
        self.weights.insert(key, gain);
        self.steps[step(gain)] += f64::from(gain);
        None
    }

    pub(super) fn total(&self) -> f64 {
        self.total
    }

    pub(super) fn values(&self) -> usize {
        self.weights.len()
    }

    /// How surprising a value of this weight is: the share of the sights of all that weigh hardly more.
    pub(super) fn bits(&self, weight: f32) -> f32 {
        let total = self.total;
        let alike: f64 = self.steps[..=(step(weight) + 1).min(STEPS - 1)].iter().sum();
        if total <= 0.0 || alike >= total {
            return 0.0;
        }
        (-log2((alike.max(f64::from(weight)) / total) as f32)).clamp(0.0, BITS_MAX)
    }

    /// What is kept when all but the heaviest `count` go.
    pub(super) fn heaviest(&self, count: usize) -> Vec<u64> {
        let mut order = self.order();
        order.drain(..order.len().saturating_sub(count));
        order.into_iter().map(|(_, key)| key).collect()
    }

    pub(super) fn keep(&mut self, is_kept: impl Fn(u64) -> bool) {
        self.weights.retain(|key, _| is_kept(*key));
        self.count();
    }

    /// Multiplies all weights; what has faded away is forgotten.
    pub(super) fn rescale(&mut self, factor: f32) {
        self.weights.retain(|_, weight| {
            *weight *= factor;
            *weight >= WEIGHT_MIN
        });
        self.count();
    }

    pub(super) fn is_sound(&self) -> bool {
        let is_weight = |weight: &f32| weight.is_finite() && *weight >= WEIGHT_MIN;
        let steps = self.steps.len() == STEPS && self.steps.iter().all(|step| step.is_finite());
        self.weights.values().all(is_weight) && steps && self.total.is_finite() && self.total >= 0.0
    }

    fn forget(&mut self, values_max: usize) {
        for key in lightest(self.weights.iter().map(|(key, weight)| (*weight, *key)), values_max) {
            self.weights.remove(&key);
        }
        self.count();
    }

    fn order(&self) -> Vec<(f32, u64)> {
        in_order(self.weights.iter().map(|(key, weight)| (*weight, *key)))
    }

    fn count(&mut self) {
        self.steps.fill(0.0);
        self.total = 0.0;
        for (weight, _) in self.order() {
            self.steps[step(weight)] += f64::from(weight);
            self.total += f64::from(weight);
        }
    }
}

/// The keys that a full table forgets, one in [`FORGET_SHARE`] of as many as it holds.
pub(super) fn lightest(weights: impl Iterator<Item = (f32, u64)>, values_max: usize) -> Vec<u64> {
    in_order(weights).into_iter().take((values_max / FORGET_SHARE).max(1)).map(|(_, key)| key).collect()
}

/// For short lists: two values that share one count as one there.
pub(super) fn short_key(key: u64) -> u32 {
    (key ^ (key >> 32)) as u32
}

/// The place of the lightest in a short list.
pub(super) fn lightest_of(values: &[(u32, f32)]) -> Option<usize> {
    let places = values.iter().enumerate().map(|(at, (key, weight))| (*weight, *key, at));
    places.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(.., at)| at)
}

/// Lightest first, in an order that is the same each time.
fn in_order(weights: impl Iterator<Item = (f32, u64)>) -> Vec<(f32, u64)> {
    let mut order: Vec<(f32, u64)> = weights.collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    order
}

fn step(weight: f32) -> usize {
    let exponent = |weight: f32| (weight.to_bits() >> 23) as usize & 0xff;
    exponent(weight).saturating_sub(exponent(WEIGHT_MIN)).min(STEPS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rare_among_the_frequent_surprises() {
        let mut table = Table::default();
        for sight in 0..1024_u64 {
            table.see(sight % 2, 1.0, 100);
        }
        assert_eq!(table.see(7, 1.0, 100), None);
        assert_eq!(table.bits(512.0), 0.0);
        assert!((table.bits(table.weights[&7]) - 10.0).abs() < 0.1);
    }

    #[test]
    fn a_flood_pushes_out_itself() {
        let mut table = Table::default();
        (0..10).for_each(|_| _ = table.see(1, 1.0, 1000));
        for key in 2..100_000 {
            table.see(key, 1.0, 1000);
            assert!(table.values() <= 1000);
        }
        assert_eq!(table.weights[&1], 10.0);
    }

    #[test]
    fn what_has_faded_goes_first() {
        let mut table = Table::default();
        (0..10).for_each(|_| _ = table.see(1, 1.0, 4));
        for key in 2..6 {
            table.see(key, 1024.0, 4);
        }
        assert_eq!((table.weights.get(&1), table.values()), (None, 4));
        table.rescale(1.0 / 1024.0);
        assert!(table.is_sound() && table.values() == 4);
        table.rescale(1.0 / 1024.0);
        assert_eq!((table.values(), table.bits(1.0)), (0, 0.0));
    }
}
