//! What is told of a pattern in figures and small pictures.

use std::fmt::Write;

use radar_types::{Severity, grouped, wire::Tally};

/// How wide and high a trend is, in units of its own.
pub(super) const TREND_WIDTH: usize = 100;
pub(super) const TREND_HEIGHT: usize = 20;
const HUNDRED: u64 = 100;

/// One event in so many is of this pattern, to two digits.
pub(super) fn rarity(count: u64, of: u64) -> String {
    if count == 0 {
        return "none".into();
    }
    // What arrived while the rest was counted.
    let of = of.max(count);
    if count == of {
        return "every event".into();
    }
    let in_tenths = (of * 10 + count / 2) / count;
    if in_tenths < HUNDRED {
        let (whole, tenth) = (in_tenths / 10, in_tenths % 10);
        return if tenth == 0 { format!("1 in {whole}") } else { format!("1 in {whole}.{tenth}") };
    }
    let mut step = 1;
    while of / count / step >= HUNDRED {
        step *= 10;
    }
    format!("1 in {}", grouped((of + count * step / 2) / (count * step) * step))
}

/// A part of a whole in percent. Only nothing is 0, and only all is 100.
pub(super) fn share(part: u64, of: u64) -> String {
    if part == 0 || of == 0 {
        return "0%".into();
    }
    let percent = part as f64 * 100.0 / of as f64;
    match percent {
        _ if part >= of => "100%".into(),
        _ if percent < 0.1 => "< 0.1%".into(),
        _ if percent < 9.95 => format!("{percent:.1}%"),
        _ if percent > 99.0 => format!("{:.1}%", percent.min(99.9)),
        _ => format!("{percent:.0}%"),
    }
}

/// The sentence behind the share: how many anomalies there are, the worst first.
pub(super) fn anomalies(tally: &Tally) -> String {
    let worst_first = Severity::ALL.into_iter().rev().filter(|severity| severity.is_anomaly() && tally.of(*severity) > 0);
    let parts: Vec<String> = worst_first.map(|severity| format!("{} {severity}", grouped(tally.of(severity)))).collect();
    let of = format!("{} of {} events are anomalies", grouped(tally.anomalies()), grouped(tally.events()));
    if parts.is_empty() { of } else { format!("{of}: {}", parts.join(", ")) }
}

/// The bars of a trend as one path, the highest over the whole height; what is there is seen, however low it is.
pub(super) fn trend_path(bars: &[u64]) -> String {
    let highest = bars.iter().copied().max().unwrap_or(0).max(1);
    let mut path = String::new();
    for (place, count) in bars.iter().enumerate().filter(|(_, count)| **count > 0) {
        let x = (2 * place + 1) as f64 * TREND_WIDTH as f64 / (2 * bars.len()) as f64;
        let height = (*count as f64 * TREND_HEIGHT as f64 / highest as f64).max(1.0);
        let _ = write!(path, "M{x:.1} {TREND_HEIGHT}v-{height:.1}");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rarity_is_readable() {
        for (count, of, text) in [
            (0, 10, "none"),
            (10, 10, "every event"),
            (11, 10, "every event"),
            (9, 10, "1 in 1.1"),
            (5, 10, "1 in 2"),
            (1, 99, "1 in 99"),
            (1, 9, "1 in 9"),
            (10, 104, "1 in 10"),
            (1, 12_345, "1 in 12,000"),
            (1, 99_999, "1 in 100,000"),
            (7, 1_000_000, "1 in 140,000"),
        ] {
            assert_eq!(rarity(count, of), text, "{count} of {of}");
        }
    }

    #[test]
    fn a_share_is_nothing_or_all_only_if_it_is() {
        for (part, of, text) in [
            (0, 7, "0%"),
            (0, 0, "0%"),
            (1, 1_000_000, "< 0.1%"),
            (1, 100, "1.0%"),
            (99, 1_000, "9.9%"),
            (1, 3, "33%"),
            (999_999, 1_000_000, "99.9%"),
            (7, 7, "100%"),
        ] {
            assert_eq!(share(part, of), text, "{part} of {of}");
        }
    }

    #[test]
    fn anomalies_are_told_worst_first() {
        let tally = Tally { unscored: 1, by_severity: [1_000, 14, 0, 3, 0] };
        assert_eq!(anomalies(&tally), "17 of 1,018 events are anomalies: 3 high, 14 low");
        assert_eq!(anomalies(&Tally::default()), "0 of 0 events are anomalies");
    }

    #[test]
    fn a_trend_has_a_bar_for_whatever_is_there() {
        assert_eq!(trend_path(&[0, 10, 1_000, 0]), "M37.5 20v-1.0M62.5 20v-20.0");
        assert_eq!(trend_path(&[]), "");
        assert_eq!(trend_path(&[0, 0]), "");
    }
}
