//! What stands in one slot of a template, or in one named field: numbers, on a scale of magnitudes,
//! or one of a few values. A slot in which ever new values stand is free and says nothing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tally::{BITS_MAX, Tally};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Slot {
    values: Tally,
    is_free: bool,
    /// Numbers by their text, as long as there are few: those are codes, of which none is larger than another.
    codes: Tally,
    is_measured: bool,
    /// How many numbers were so large, by steps of an eighth of a power of two.
    magnitudes: BTreeMap<i16, u32>,
    numbers: u32,
    middle: f32,
    /// Above and below the middle, in powers of two.
    spread: (f32, f32),
}

/// More different values make a slot free.
const VALUES_MAX: usize = 256;
/// More different numbers measure something.
const CODES_MAX: usize = 32;
/// So often a code comes back on average.
const SIGHTS_PER_CODE_MIN: u64 = 30;
/// Fewer sights say nothing of what is usual.
const SIGHTS_MIN: u64 = 20;
const STEPS_PER_DOUBLING: f32 = 8.0;
/// Numbers that are all but equal have no spread to measure by.
const SPREAD_MIN: f32 = 0.25;
/// So many spreads from the middle are still ordinary.
const SPREADS_ORDINARY: f32 = 3.0;
const SURPRISE_ORDINARY_BITS: f32 = 1.0;

/// A number that is far from those of its slot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Far {
    pub(super) bits: f32,
    /// What is usual in its place.
    pub(super) middle: f64,
    pub(super) spreads: f32,
}

impl Slot {
    pub(super) fn see_value(&mut self, value: u64) {
        if !self.is_free && !self.values.add(value, 1, VALUES_MAX) {
            self.set_free();
        }
    }

    /// `value` stands for its text.
    pub(super) fn see_number(&mut self, number: f64, value: u64) {
        if !self.is_measured && !self.codes.add(value, 1, CODES_MAX) {
            self.set_measured();
        }
        *self.magnitudes.entry(step(number)).or_default() += 1;
        self.numbers = self.numbers.saturating_add(1);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (step, count) in &other.magnitudes {
            let own = self.magnitudes.entry(*step).or_default();
            *own = own.saturating_add(*count);
        }
        self.numbers = self.numbers.saturating_add(other.numbers);
        if self.is_measured || other.is_measured || !self.codes.merge(&other.codes, CODES_MAX) {
            self.set_measured();
        }
        if self.is_free || other.is_free || !self.values.merge(&other.values, VALUES_MAX) {
            self.set_free();
        }
    }

    pub(super) fn settle(&mut self) {
        self.values.settle();
        self.codes.settle();
        let quantile = |share: f32| -> f32 {
            let wanted = (self.numbers as f32 * share) as u32;
            let mut seen = 0;
            let at = self.magnitudes.iter().find(|(_, count)| {
                seen += **count;
                seen > wanted
            });
            at.map_or(0.0, |(step, _)| f32::from(*step) / STEPS_PER_DOUBLING)
        };
        self.middle = quantile(0.5);
        // Anomalies widen one side; the other one tells how wide it would be without them.
        let (above, below) = (quantile(0.84) - self.middle, self.middle - quantile(0.16));
        self.spread = (above.min(below * 2.0).max(SPREAD_MIN), below.min(above * 2.0).max(SPREAD_MIN));
    }

    /// The surprise of a value and how often it was seen among how many.
    pub(super) fn rare(&self, value: u64) -> Option<(f32, u32, u64)> {
        let total = self.values.total();
        // Values that come only once or twice each are names of things, not states.
        let is_spread = total < SIGHTS_MIN || self.values.values() as u64 * 3 > total;
        if self.is_free || is_spread {
            return None;
        }
        Some((self.values.bits(value), self.values.count(value), total))
    }

    /// The same of a number, where the slot holds codes.
    pub(super) fn rare_code(&self, value: u64) -> Option<(f32, u32, u64)> {
        let (total, values) = (self.codes.total(), self.codes.values() as u64);
        let is_code = !self.is_measured && values > 1 && total >= values * SIGHTS_PER_CODE_MIN;
        is_code.then(|| (self.codes.bits(value), self.codes.count(value), total))
    }

    /// `events` is how many the log has: a slot may be rare itself.
    pub(super) fn far(&self, number: f64, events: u64) -> Option<Far> {
        if u64::from(self.numbers) < SIGHTS_MIN {
            return None;
        }
        let apart = f32::from(step(number)) / STEPS_PER_DOUBLING - self.middle;
        let spreads = if apart > 0.0 { apart / self.spread.0 } else { -apart / self.spread.1 };
        // A small number is rarely trouble; a large one is waiting, or data going out.
        let weight = if apart > 0.0 { 2.0 } else { 0.5 };
        if spreads <= SPREADS_ORDINARY {
            return None;
        }
        // Where many are as far, there is a second kind of ordinary.
        let step = step(number);
        let alike: u32 = if apart > 0.0 {
            self.magnitudes.range(step..).map(|(_, count)| count).sum()
        } else {
            self.magnitudes.range(..=step).map(|(_, count)| count).sum()
        };
        let surprise = ((events as f32 + 1.0) / (alike as f32 + 0.5)).log2() - SURPRISE_ORDINARY_BITS;
        let bits = ((spreads - SPREADS_ORDINARY) * weight).min(surprise).min(BITS_MAX);
        (bits > 0.0).then(|| Far { bits, middle: number_at(self.middle), spreads })
    }

    fn set_measured(&mut self) {
        self.is_measured = true;
        self.codes = Tally::default();
    }

    fn set_free(&mut self) {
        self.is_free = true;
        self.values = Tally::default();
    }
}

fn step(number: f64) -> i16 {
    let magnitude = (number.abs() + 1.0).log2() as f32 * STEPS_PER_DOUBLING;
    // Far below what the type holds, even for the largest number.
    (magnitude.round() as i16) * if number < 0.0 { -1 } else { 1 }
}

/// The number that stands at a magnitude.
fn number_at(magnitude: f32) -> f64 {
    (f64::from(magnitude.abs()).exp2() - 1.0) * f64::from(magnitude.signum())
}

/// The number a token begins with, in milliseconds or bytes where its unit says so.
pub(super) fn number(text: &str) -> Option<f64> {
    let digits_end = text.bytes().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+')).unwrap_or(text.len());
    if digits_end == 0 {
        return None;
    }
    let (digits, unit) = text.split_at(digits_end);
    let value: f64 = digits.parse().ok()?;
    let unit = unit.trim_start();
    let is = |names: &[&str]| names.iter().any(|name| unit.eq_ignore_ascii_case(name));
    let factor = if unit.is_empty() || is(&["ms", "b", "%", "bytes", "byte"]) {
        1.0
    } else if is(&["s", "sec", "secs"]) {
        1e3
    } else if is(&["us", "µs"]) {
        1e-3
    } else if is(&["ns"]) {
        1e-6
    } else if is(&["min", "mins"]) {
        6e4
    } else if is(&["k", "kb", "kib"]) {
        1e3
    } else if is(&["mb", "mib"]) {
        1e6
    } else if is(&["g", "gb", "gib"]) {
        1e9
    } else if is(&["tb", "tib"]) {
        1e12
    } else if unit.len() <= 4 {
        1.0
    } else {
        return None;
    };
    value.is_finite().then_some(value * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_units() {
        for (text, expected) in
            [("12", Some(12.0)), ("1.5s", Some(1500.0)), ("3 MB", Some(3e6)), ("-4%", Some(-4.0)), ("x", None), ("1.2.3", None)]
        {
            assert_eq!(number(text), expected, "{text}");
        }
    }

    #[test]
    fn few_numbers_are_codes() {
        let mut slot = Slot::default();
        for sight in 0..600_u32 {
            slot.see_number(f64::from(sight % 3), u64::from(sight % 3));
        }
        slot.see_number(10.0, 10);
        slot.settle();
        let (bits, count, total) = slot.rare_code(10).unwrap();
        assert!(bits > 8.0 && count == 1 && total == 601, "{bits}");
        assert!(slot.rare_code(2).unwrap().0 < 1.0);
        (0..100_u32).for_each(|number| slot.see_number(f64::from(number), u64::from(number)));
        slot.settle();
        assert_eq!(slot.rare_code(10), None);
    }

    #[test]
    fn a_number_is_far_by_the_spread_of_the_others() {
        let mut slot = Slot::default();
        for number in 0..100 {
            slot.see_number(f64::from(80 + number % 40), number as u64);
        }
        slot.settle();
        assert_eq!(slot.far(100.0, 100), None);
        let far = slot.far(30_000.0, 100).unwrap();
        assert!(far.bits > 5.0 && (90.0..110.0).contains(&far.middle), "{far:?}");
        assert!(slot.far(250.0, 100).unwrap().bits < far.bits);
        let mut below = Slot::default();
        (0..50).for_each(|_| below.see_number(-1.0, 1));
        below.settle();
        assert!(below.far(40.0, 50).is_some_and(|far| (far.middle + 1.0).abs() < 0.1));
        (0..30).for_each(|_| slot.see_number(30_000.0, 99_999));
        slot.settle();
        assert_eq!(slot.far(30_000.0, 100).filter(|far| far.bits > 1.5), None);
    }

    #[test]
    fn a_slot_of_ever_new_values_says_nothing() {
        let mut slot = Slot::default();
        (0..1000).for_each(|value| slot.see_value(value));
        slot.settle();
        assert_eq!(slot.rare(7), None);
        let mut slot = Slot::default();
        (0..1000).for_each(|value| slot.see_value(value % 3));
        slot.see_value(9);
        slot.settle();
        let (bits, count, total) = slot.rare(9).unwrap();
        assert!(bits > 9.0 && count == 1 && total == 1001);
    }
}
