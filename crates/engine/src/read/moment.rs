//! A time that stands alone, in a field or a cell.

use radar_types::Timestamp;

use super::Assumed;
use super::time::Clock;

/// The time that a text is and nothing else.
pub(super) fn whole(text: &str, clock: &Clock) -> Option<(Timestamp, Assumed)> {
    let text = text.trim_ascii();
    let stamp = clock.at(text.as_bytes(), 0).filter(|stamp| stamp.end == text.len())?;
    Some((stamp.time, stamp.assumed))
}

/// The time in a text whose name says that it is one.
pub(super) fn named(text: &str, clock: &Clock) -> Option<(Timestamp, Assumed)> {
    whole(text, clock).or_else(|| clock.find(text.as_bytes()).map(|stamp| (stamp.time, stamp.assumed)))
}

/// The time that a text of any name begins with, when nothing in a record is named as its time.
pub(super) fn leading(text: &str, clock: &Clock) -> Option<(Timestamp, Assumed)> {
    if !(10..=64).contains(&text.len()) || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    clock.at(text.as_bytes(), 0).map(|stamp| (stamp.time, stamp.assumed))
}
