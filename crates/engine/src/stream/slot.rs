//! What stands in one place of a template, or behind one name: one of a few values, or numbers of
//! some size. Places in which ever new values stand say nothing.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::clock::Clock;
use super::sorted;
use super::table::{BITS_MAX, WEIGHT_MIN, lightest, lightest_of, short_key};
use crate::feature::log2;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slots {
    #[serde(with = "sorted")]
    slots: HashMap<u64, Slot>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slot {
    weight: f32,
    sights: u32,
    firsts: u32,
    values: Vec<(u32, f32)>,
    /// Of magnitudes, in powers of two: how many, their mean, the sum of their squared distances.
    numbers: (f32, f32, f32),
}

const VALUES_MAX: usize = 16;
/// Fewer sights say nothing of what is usual.
const SIGHTS_MIN: u32 = 64;
/// Where more of the sights were new values, the place is free.
const FIRSTS_SHARE_MAX: f32 = 0.05;
/// Numbers that are all but equal have no spread to measure by.
const SPREAD_MIN: f32 = 0.5;
const SPREADS_ORDINARY: f32 = 4.0;

/// Something unusual in a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Odd {
    Value { bits: f32, sights: u32 },
    Number { bits: f32, usual: f64, spreads: f32 },
}

impl Slots {
    pub(super) fn meet(&mut self, key: u64, clock: &Clock, slots_max: usize) -> &mut Slot {
        if self.slots.len() >= slots_max && !self.slots.contains_key(&key) {
            self.forget(slots_max);
        }
        let slot = self.slots.entry(key).or_default();
        slot.weight += clock.gain();
        slot.sights = slot.sights.saturating_add(1);
        slot
    }

    pub(super) fn count(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn rescale(&mut self, factor: f32) {
        self.slots.retain(|_, slot| {
            slot.weight *= factor;
            slot.numbers.0 *= factor;
            slot.numbers.2 *= factor;
            slot.values.retain_mut(|(_, weight)| {
                *weight *= factor;
                *weight >= WEIGHT_MIN
            });
            slot.weight >= WEIGHT_MIN
        });
    }

    pub(super) fn is_sound(&self) -> bool {
        let is_weight = |weight: f32| weight.is_finite() && weight >= 0.0;
        let is_slot = |slot: &Slot| {
            let (count, mean, squares) = slot.numbers;
            is_weight(slot.weight)
                && is_weight(count)
                && mean.is_finite()
                && is_weight(squares)
                && slot.values.len() <= VALUES_MAX
                && slot.values.iter().all(|(_, weight)| is_weight(*weight))
        };
        self.slots.values().all(is_slot)
    }

    fn forget(&mut self, slots_max: usize) {
        for key in lightest(self.slots.iter().map(|(key, slot)| (slot.weight, *key)), slots_max) {
            self.slots.remove(&key);
        }
    }
}

impl Slot {
    pub(super) fn see_value(&mut self, value: u64, clock: &Clock) -> Option<Odd> {
        let value = short_key(value);
        if let Some((_, weight)) = self.values.iter_mut().find(|(known, _)| *known == value) {
            *weight += clock.gain();
            return None;
        }
        let (before, firsts) = (self.sights.saturating_sub(1), self.firsts);
        self.firsts = self.firsts.saturating_add(1);
        if self.values.len() >= VALUES_MAX
            && let Some(at) = lightest_of(&self.values)
        {
            self.values.swap_remove(at);
        }
        self.values.push((value, clock.gain()));
        if before < SIGHTS_MIN || firsts as f32 > before as f32 * FIRSTS_SHARE_MAX {
            return None;
        }
        let bits = -log2((firsts as f32 + 0.5) / (before as f32 + 1.0));
        Some(Odd::Value { bits: bits.clamp(0.0, BITS_MAX), sights: before })
    }

    pub(super) fn see_number(&mut self, number: f64, clock: &Clock) -> Option<Odd> {
        let gain = clock.gain();
        let magnitude = log2((number.abs() + 1.0) as f32).min(128.0) * if number < 0.0 { -1.0 } else { 1.0 };
        let (count, mean, squares) = self.numbers;
        let spread = if count > 0.0 { (squares / count).max(0.0).sqrt().max(SPREAD_MIN) } else { SPREAD_MIN };
        let spreads = (magnitude - mean) / spread;
        let is_known = self.sights > SIGHTS_MIN;
        // One number far out must not make the next one ordinary.
        let learned = if is_known { mean + spreads.clamp(-SPREADS_ORDINARY, SPREADS_ORDINARY) * spread } else { magnitude };
        let apart = learned - mean;
        self.numbers.0 += gain;
        self.numbers.1 += apart * gain / self.numbers.0;
        self.numbers.2 += (gain * apart * (learned - self.numbers.1)).max(0.0);
        // A small number is rarely trouble; a large one is waiting, or data going out.
        if !is_known || spreads <= SPREADS_ORDINARY {
            return None;
        }
        let bits = ((spreads - SPREADS_ORDINARY) * 1.5 + 2.0).min(BITS_MAX);
        Some(Odd::Number { bits, usual: f64::from(mean).exp2() - 1.0, spreads })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_value_surprises_where_few_stand() {
        let clock = Clock::new(1 << 40);
        let mut slots = Slots::default();
        for sight in 0..2000 {
            assert_eq!(slots.meet(1, &clock, 10).see_value(sight % 3, &clock), None);
            assert_eq!(slots.meet(2, &clock, 10).see_value(sight, &clock), None);
        }
        let odd = slots.meet(1, &clock, 10).see_value(9, &clock);
        assert!(matches!(odd, Some(Odd::Value { bits, sights: 2000 }) if bits > 8.0), "{odd:?}");
        assert_eq!(slots.meet(2, &clock, 10).see_value(5000, &clock), None);
    }

    #[test]
    fn a_number_is_far_by_the_spread_of_the_others() {
        let clock = Clock::new(1 << 40);
        let mut slots = Slots::default();
        for sight in 0..500 {
            assert_eq!(slots.meet(1, &clock, 10).see_number(f64::from(80 + sight % 40), &clock), None);
        }
        for _ in 0..3 {
            let odd = slots.meet(1, &clock, 10).see_number(90_000.0, &clock);
            assert!(
                matches!(odd, Some(Odd::Number { bits, usual, .. }) if bits > 5.0 && (90.0..120.0).contains(&usual)),
                "{odd:?}"
            );
        }
        for number in [f64::MAX, f64::MIN, -0.0, 0.0] {
            slots.meet(1, &clock, 10).see_number(number, &clock);
        }
        assert!(slots.is_sound());
    }

    #[test]
    fn slots_are_bounded() {
        let clock = Clock::new(1 << 40);
        let mut slots = Slots::default();
        (0..5).for_each(|_| _ = slots.meet(1, &clock, 100));
        (2..10_000).for_each(|key| _ = slots.meet(key, &clock, 100));
        assert!(slots.count() <= 100 && slots.slots[&1].sights == 5);
    }
}
