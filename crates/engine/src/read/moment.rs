//! A time that stands alone in a field.

use radar_types::Timestamp;

use super::Assumed;

pub(super) fn of(text: &str, _now: Timestamp) -> Option<(Timestamp, Assumed)> {
    if let Some(time) = epoch(text) {
        return Some((time, Assumed::default()));
    }
    text.parse().ok().map(|time| (time, Assumed { year: false, zone: !text.ends_with('Z') }))
}

fn epoch(text: &str) -> Option<Timestamp> {
    let number: f64 = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 1e8)?;
    let millis = match number {
        ..1e11 => number * 1e3,
        ..1e14 => number,
        ..1e17 => number / 1e3,
        _ => number / 1e6,
    };
    Timestamp::from_unix_millis(millis as i64)
}
