//! How numbers of any size become columns from 0 to 1 that a model reads.

/// So many bits of surprise are half of a column.
const HALF_BITS: f32 = 6.0;
/// So many deviations are three quarters of a column.
const HALF_DEVIATIONS: f32 = 3.0;
/// Of values that are all but equal; less would make every difference a large one.
const DEVIATION_MIN: f32 = 0.02;

/// Surprise, from 0 without a bound.
pub(crate) fn bits(bits: f32) -> f32 {
    let bits = if bits.is_finite() { bits.max(0.0) } else { 0.0 };
    bits / (bits + HALF_BITS)
}

/// A distance to either side: the middle of the column is where it is 0.
pub(crate) fn signed(deviations: f32) -> f32 {
    let deviations = if deviations.is_finite() { deviations } else { 0.0 };
    0.5 + 0.5 * deviations / (deviations.abs() + HALF_DEVIATIONS)
}

pub(crate) fn flag(is_set: bool) -> f32 {
    if is_set { 1.0 } else { 0.0 }
}

/// Where the values of one file lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Norm {
    pub(crate) mean: f32,
    pub(crate) deviation: f32,
}

impl Default for Norm {
    fn default() -> Self {
        Self { mean: 0.0, deviation: 1.0 }
    }
}

impl Norm {
    pub(crate) fn of(values: impl Iterator<Item = f32>) -> Self {
        let (mut count, mut mean, mut squares) = (0.0_f64, 0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            count += 1.0;
            let step = f64::from(value) - mean;
            mean += step / count;
            squares += step * (f64::from(value) - mean);
        }
        if count == 0.0 {
            return Self::default();
        }
        Self { mean: mean as f32, deviation: ((squares / count).sqrt() as f32).max(DEVIATION_MIN) }
    }

    pub(crate) fn deviations(&self, value: f32) -> f32 {
        (value - self.mean) / self.deviation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_between_0_and_1() {
        for value in [0.0, 1.0, -5.0, 1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN] {
            assert!((0.0..=1.0).contains(&bits(value)) && (0.0..=1.0).contains(&signed(value)), "{value}");
        }
        assert_eq!((bits(6.0), signed(0.0), signed(3.0), signed(-3.0)), (0.5, 0.5, 0.75, 0.25));
    }

    #[test]
    fn a_norm_is_that_of_its_values() {
        let norm = Norm::of([1.0, 3.0, f32::NAN].into_iter());
        assert_eq!((norm.mean, norm.deviation, norm.deviations(5.0)), (2.0, 1.0, 3.0));
        assert_eq!(Norm::of(std::iter::empty()), Norm::default());
        assert_eq!(Norm::of([7.0; 9].into_iter()).deviation, DEVIATION_MIN);
    }
}
