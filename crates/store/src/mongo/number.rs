//! Scores as integers that a database can order and compare, and that lose no bit.

/// Rises with the number: below all numbers are the negative ones that are none, above all the others.
pub(super) fn key(number: f32) -> i64 {
    let bits = number.to_bits();
    i64::from(if bits >> 31 == 1 { !bits } else { bits | 1 << 31 })
}

pub(super) fn number(key: i64) -> Option<f32> {
    let bits = u32::try_from(key).ok()?;
    Some(f32::from_bits(if bits >> 31 == 1 { bits & !(1 << 31) } else { !bits }))
}

/// The key of the least number that is not below the bound. The bound is a number.
pub(super) fn at_least(bound: f64) -> i64 {
    // Rounded to the nearest, so one step is enough.
    let near = bound as f32;
    let least = if f64::from(near) < bound { near.next_up() } else { near };
    // Zero has two signs, which compare as equal.
    key(if least == 0.0 { -0.0 } else { least })
}

/// The key of the greatest number that is not above the bound.
pub(super) fn at_most(bound: f32) -> i64 {
    key(if bound == 0.0 { 0.0 } else { bound })
}

pub(super) fn highest() -> i64 {
    key(f32::INFINITY)
}

pub(super) fn lowest() -> i64 {
    key(f32::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: [f32; 13] =
        [f32::NEG_INFINITY, f32::MIN, -1.0, -f32::MIN_POSITIVE, -0.0, 0.0, 1e-45, 0.1, 0.5, 1.0, 3.0e38, f32::MAX, f32::INFINITY];

    #[test]
    fn no_bit_is_lost() {
        for bits in [0, 1, 0x7fc0_0000, 0x7f80_0001, 0xffc1_2345, 0x8000_0000, u32::MAX, 0x3f80_0000] {
            assert_eq!(number(key(f32::from_bits(bits))).map(f32::to_bits), Some(bits), "{bits:x}");
        }
        assert_eq!(number(-1), None);
        assert_eq!(number(1 << 32), None);
    }

    #[test]
    fn keys_rise_with_the_numbers() {
        assert!(NUMBERS.map(key).is_sorted_by(|a, b| a < b));
        assert!(key(f32::NAN) > highest() && key(-f32::NAN) < lowest());
    }

    #[test]
    fn bounds_hold_as_comparisons_do() {
        let bounds =
            NUMBERS.map(f64::from).into_iter().chain([0.01, 0.45, 1e-60, -1e-60, 1e300, -1e300, f64::from(f32::MAX) * 1.000_000_1]);
        for bound in bounds {
            for number in NUMBERS {
                assert_eq!(key(number) >= at_least(bound), f64::from(number) >= bound, "{number} from {bound}");
            }
        }
        for bound in NUMBERS {
            for number in NUMBERS {
                assert_eq!(key(number) <= at_most(bound), number <= bound, "{number} up to {bound}");
            }
        }
    }
}
