//! Logarithm and sine from additions, multiplications and one division, which every platform
//! rounds alike. The ones of the platform differ in the last digit, and with them would differ
//! scores between server and browser, and models trained from one seed.

/// The logarithm to base 2 of a normal number above zero, good to about eight digits.
pub(crate) const fn log2(x: f64) -> f64 {
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    let mantissa = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    // ln m = 2 artanh((m - 1) / (m + 1)), whose series converges quickly: m is from 1 to 2.
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let s2 = s * s;
    let series = 1.0 + s2 * (1.0 / 3.0 + s2 * (0.2 + s2 * (1.0 / 7.0 + s2 * (1.0 / 9.0 + s2 * (1.0 / 11.0 + s2 / 13.0)))));
    exponent as f64 + 2.0 * s * series * std::f64::consts::LOG2_E
}

/// The sine of so many turns of the circle.
pub(crate) fn sin_turn(turns: f64) -> f64 {
    let turn = turns - turns.floor();
    // Folded to the quarter turn on either side of zero, where the series is good to seven digits.
    let folded = if turn < 0.25 {
        turn
    } else if turn < 0.75 {
        0.5 - turn
    } else {
        turn - 1.0
    };
    let x = folded * std::f64::consts::TAU;
    let x2 = x * x;
    x * (1.0 - x2 / 6.0 * (1.0 - x2 / 20.0 * (1.0 - x2 / 42.0 * (1.0 - x2 / 72.0 * (1.0 - x2 / 110.0)))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_agree_with_the_platform() {
        for i in 1..10_000 {
            let x = f64::from(i) * 0.37;
            assert!((log2(x) - x.log2()).abs() < 1e-6, "log2 {x}");
            assert!((sin_turn(x) - (x * std::f64::consts::TAU).sin()).abs() < 1e-6, "sin {x}");
        }
        assert_eq!((log2(1.0), log2(1024.0), sin_turn(0.0)), (0.0, 10.0, 0.0));
    }
}
