//! Sizes and times as people write them on a command line.

use std::time::Duration;

/// `1000`, `500M`, `20G`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let shift = match &*unit.to_ascii_uppercase() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => 64,
    };
    number
        .and_then(|number| number.checked_mul(1_u64.checked_shl(shift)?))
        .ok_or_else(|| "a size is a number of bytes, as 500M or 20G".to_owned())
}

/// `90s`, `30m`, `24h`, `7d`: a second at least.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => 0,
    };
    number
        .and_then(|number| number.checked_mul(seconds))
        .filter(|seconds| (1..=SECONDS_MAX).contains(seconds))
        .map(Duration::from_secs)
        .ok_or_else(|| "a time is a number with s, m, h or d behind it, as 90s or 24h, and a year at most".to_owned())
}

const SECONDS_MAX: u64 = 366 * 86_400;

fn split(text: &str) -> (Option<u64>, &str) {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    (digits.parse().ok(), &text[digits.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [("0", 0), ("1000", 1000), ("2k", 2048), ("500M", 500 << 20), ("20GiB", 20 << 30), ("1t", 1 << 40)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "M", "-1", "1.5G", "1X", "99999999999T"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_have_units_and_an_end() {
        for (text, expected) in [("1s", 1), ("90s", 90), ("30m", 1_800), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(expected)), "{text}");
        }
        for text in ["", "s", "10", "0s", "-1s", "1.5h", "1w", "400d", "99999999999999999999d"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
