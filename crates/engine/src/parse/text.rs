//! Pasted text: one event a line, in whatever shape it comes.
//!
//! A line that begins with a brace is a JSON event. A service line is
//! `TIMESTAMP [LEVEL] SERVICE - MESSAGE | IP: x | User: y | ResponseTime: 12ms`. Every other line is
//! an event too: its time and level are read where they stand in front, and the rest is its message.

use std::collections::BTreeMap;

use radar_types::{Event, Timestamp};

use super::reject::Mismatch;
use super::{Limits, Parsed, json, lines, without_byte_order_mark};

/// What a line that does not say where it comes from is said to come from.
const UNKNOWN: &str = "unknown";
const COLLECTOR: &str = "paste";

/// Reads the lines of a pasted text; `now` is the time of those that have none. A text that is a
/// JSON array or one JSON event over several lines is read as that.
pub fn text_lines(bytes: &[u8], now: Timestamp, limits: &Limits) -> Parsed {
    let bytes = without_byte_order_mark(bytes);
    let trimmed = bytes.trim_ascii();
    if is_array_of_objects(trimmed) || json::is_one_object(trimmed) {
        return json::json_records(bytes, now, limits);
    }
    let mut parsed = Parsed::default();
    for (index, bytes) in lines(bytes) {
        if parsed.records() == limits.records_max {
            parsed.truncated = true;
            break;
        }
        parsed.push(index, line(bytes, now, limits));
    }
    parsed
}

/// A bracket alone may as well begin a log line's time or level.
fn is_array_of_objects(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().first() == Some(&b'{'))
}

fn line(bytes: &[u8], now: Timestamp, limits: &Limits) -> Result<Event, Mismatch> {
    if bytes.first() == Some(&b'{') {
        return json::record(bytes, limits);
    }
    let text = json::text_of(bytes, limits)?;
    let (timestamp, rest) = leading_time(text).map_or((None, text), |(time, rest)| (Some(time), rest));
    let (level, rest) = leading_level(rest).map_or((None, rest), |(level, rest)| (Some(level), rest));
    let mut event = Event {
        timestamp: timestamp.unwrap_or(now),
        hostname: UNKNOWN.into(),
        source: UNKNOWN.into(),
        os_type: UNKNOWN.into(),
        level: level.unwrap_or("INFO").into(),
        message: rest.into(),
        collector: COLLECTOR.into(),
        record_id: None,
        channel: None,
        user: None,
        address: None,
        fields: BTreeMap::new(),
    };
    if timestamp.is_some() && level.is_some() {
        read_service(rest, limits, &mut event);
    }
    Ok(event)
}

/// The time a line begins with, bare or in brackets, with a `T` or a space before the time of day.
fn leading_time(text: &str) -> Option<(Timestamp, &str)> {
    let (candidate, rest) = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => {
            let mut spaces = text.match_indices(' ').map(|(offset, _)| offset);
            let first = spaces.next().unwrap_or(text.len());
            let second = spaces.next().unwrap_or(text.len());
            // A date and time in two words come first: a date alone is a time as well.
            let two_words = text[..second].parse().ok().map(|time| (time, text[second..].trim_start()));
            return two_words.or_else(|| text[..first].parse().ok().map(|time| (time, text[first..].trim_start())));
        }
    };
    candidate.parse().ok().map(|time| (time, rest.trim_start()))
}

/// The level a line begins with: in brackets, or a word in capitals that is one.
fn leading_level(text: &str) -> Option<(&str, &str)> {
    if let Some(inner) = text.strip_prefix('[') {
        let (level, rest) = inner.split_once(']')?;
        let level = level.trim();
        return is_level(level).then(|| (level, rest.trim_start()));
    }
    let (word, rest) = text.split_once(' ')?;
    let level = word.trim_end_matches(':');
    (is_level(level) && level.bytes().all(|byte| byte.is_ascii_uppercase())).then(|| (level, rest.trim_start()))
}

fn is_level(word: &str) -> bool {
    const LEVELS: [&str; 15] = [
        "trace",
        "debug",
        "verbose",
        "info",
        "information",
        "notice",
        "warn",
        "warning",
        "error",
        "err",
        "critical",
        "crit",
        "fatal",
        "alert",
        "emerg",
    ];
    LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level))
}

/// Reads `SERVICE - MESSAGE | NAME: VALUE | …` into the event, where the line has that shape.
fn read_service(text: &str, limits: &Limits, event: &mut Event) {
    let Some((service, rest)) = text.split_once(" - ") else { return };
    if service.is_empty() || service.len() > limits.name_bytes_max || service.contains(char::is_whitespace) {
        return;
    }
    event.source = service.into();
    // The pairs are taken off the end, so that a bar within the message stays in it.
    let mut message = rest;
    while let Some((before, pair)) = message.rsplit_once(" | ") {
        let Some((name, value)) = pair.split_once(": ").filter(|(name, _)| is_name(name)) else { break };
        let value = value.trim();
        if value.len() > limits.field_bytes_max || event.fields.len() == limits.fields_max {
            break;
        }
        if name.eq_ignore_ascii_case("ip") {
            event.address = Some(value.into());
        } else if name.eq_ignore_ascii_case("user") {
            event.user = Some(value.into());
        } else {
            event.fields.insert(name.into(), value.into());
        }
        message = before;
    }
    event.message = message.trim().into();
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
