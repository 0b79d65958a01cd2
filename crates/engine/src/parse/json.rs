//! Events as JSON: an array of records, or one record a line (NDJSON).
//!
//! A scan for matching brackets cuts an array into its records before any of them is parsed. A bad
//! record so costs only itself, and each is measured before memory is spent on it.

use std::collections::BTreeMap;

use radar_types::{Event, Timestamp, TimestampError};
use serde_json::{Map, Value};

use super::reject::{Mismatch, describe};
use super::{Limits, Parsed, lines, without_byte_order_mark};

/// Numbers below this are seconds, others milliseconds: as seconds it is the year 5138, as
/// milliseconds 1973.
const EPOCH_MILLIS_MIN: f64 = 1e11;

/// Reads a JSON array of events or one event a line, told apart by the first byte that is not
/// white space. One event written over several lines is read as well.
///
/// `now` is not used so far: a JSON record without a time is rejected.
pub fn json_records(bytes: &[u8], _now: Timestamp, limits: &Limits) -> Parsed {
    let bytes = without_byte_order_mark(bytes);
    let mut parsed = Parsed::default();
    if let Some(records) = bytes.trim_ascii().strip_prefix(b"[") {
        array(records, limits, &mut parsed);
    } else if is_one_object(bytes.trim_ascii()) {
        parsed.push(0, record(bytes.trim_ascii(), limits));
    } else {
        for (index, line) in lines(bytes) {
            if parsed.records() == limits.records_max {
                parsed.truncated = true;
                break;
            }
            parsed.push(index, record(line, limits));
        }
    }
    parsed
}

/// Whether the whole input is a single object, on however many lines.
pub(super) fn is_one_object(bytes: &[u8]) -> bool {
    bytes.first() == Some(&b'{') && value_end(bytes) == Some(bytes.len())
}

/// Reads the records of an array from behind its opening bracket.
fn array(bytes: &[u8], limits: &Limits, parsed: &mut Parsed) {
    let mut rest = bytes.trim_ascii_start();
    if let Some(after) = rest.strip_prefix(b"]") {
        return end_of_array(after, parsed);
    }
    loop {
        if parsed.records() == limits.records_max {
            parsed.truncated = true;
            return;
        }
        let Some(end) = value_end(rest) else {
            let expected = if rest.is_empty() { "an event, or ']'" } else { "a complete event, then ',' or ']'" };
            parsed.push(parsed.records() as u64, Err(Mismatch::new(expected, &beginning(rest))));
            return;
        };
        let (value, after) = rest.split_at(end);
        parsed.push(parsed.records() as u64, record(value, limits));
        rest = after.trim_ascii_start();
        match rest.first() {
            Some(b',') => rest = rest[1..].trim_ascii_start(),
            Some(b']') => return end_of_array(&rest[1..], parsed),
            Some(_) | None => {
                parsed.push(parsed.records() as u64, Err(Mismatch::new("',' or ']' after the event", &beginning(rest))));
                return;
            }
        }
    }
}

fn end_of_array(after: &[u8], parsed: &mut Parsed) {
    let after = after.trim_ascii_start();
    if !after.is_empty() {
        parsed.push(parsed.records() as u64, Err(Mismatch::new("the end of the input after ']'", &beginning(after))));
    }
}

/// Where the value that `bytes` begins with ends, judged by its brackets and quotes alone, or `None`
/// when it does not end.
pub(crate) fn value_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut offset = 0;
    while let Some(byte) = bytes.get(offset) {
        match byte {
            b'"' => {
                offset = string_end(bytes, offset + 1)?;
                if depth == 0 {
                    return Some(offset);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            // These end a number or a word that stands directly in the array.
            b',' | b']' | b'}' if depth == 0 => return (offset > 0).then_some(offset),
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(offset + 1);
                }
            }
            _ => {}
        }
        offset += 1;
    }
    None
}

/// The offset behind the quote that ends the string whose content begins at `offset`.
fn string_end(bytes: &[u8], mut offset: usize) -> Option<usize> {
    loop {
        match bytes.get(offset)? {
            b'"' => return Some(offset + 1),
            b'\\' => offset += 2,
            _ => offset += 1,
        }
    }
}

/// The first bytes of what stands where something else was expected.
fn beginning(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the end of the input".into();
    }
    String::from_utf8_lossy(&bytes[..bytes.len().min(400)]).into_owned()
}

/// Reads one record, given without its surroundings.
pub(super) fn record(bytes: &[u8], limits: &Limits) -> Result<Event, Mismatch> {
    let text = text_of(bytes, limits)?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        // A record is on a line of its own in NDJSON, so only the column means something.
        let kind = if error.is_eof() { "ends too early" } else { "is no JSON" };
        Mismatch::new("an event as a JSON object", &format!("{} which {kind} at byte {}", beginning_of_text(text), error.column()))
    })?;
    match value {
        Value::Object(members) => event(members, limits),
        other => Err(Mismatch::new("an event as a JSON object", &describe(&other))),
    }
}

/// The text of one record: of bounded length, and UTF-8.
pub(super) fn text_of<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Mismatch> {
    if bytes.len() > limits.record_bytes_max {
        let expected = format!("a record of at most {} bytes", limits.record_bytes_max);
        return Err(Mismatch::new(expected, &format!("{} bytes", bytes.len())));
    }
    str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        Mismatch::new("UTF-8 text", &format!("the byte 0x{:02x} at offset {offset}", bytes[offset]))
    })
}

/// Leaves room in a reject for the words that follow it.
fn beginning_of_text(text: &str) -> String {
    let beginning: String = text.chars().take(40).collect();
    if beginning.len() < text.len() { format!("{beginning}…") } else { beginning }
}

fn event(mut members: Map<String, Value>, limits: &Limits) -> Result<Event, Mismatch> {
    let timestamp = match members.remove("timestamp") {
        Some(value) => timestamp(&value)?,
        None => return Err(missing("timestamp")),
    };
    let hostname = required(&mut members, "hostname", limits.name_bytes_max)?;
    let source = required(&mut members, "source", limits.name_bytes_max)?;
    let os_type = required(&mut members, "os_type", limits.name_bytes_max)?;
    let level = required(&mut members, "level", limits.name_bytes_max)?;
    let message = required(&mut members, "message", limits.record_bytes_max)?;
    let collector = required(&mut members, "collector", limits.name_bytes_max)?;
    let record_id = optional(&mut members, "record_id", limits)?;
    let channel = optional(&mut members, "channel", limits)?;
    let user = optional(&mut members, "user", limits)?;
    let address = optional(&mut members, "address", limits)?;

    let mut extra = Flattened { limits, fields: BTreeMap::new(), path: String::new() };
    // The extra fields of an event that RADAR itself wrote are under this name already.
    if let Some(Value::Object(own)) = members.get_mut("fields") {
        let own = std::mem::take(own);
        members.remove("fields");
        extra.add_members(own);
    }
    extra.add_members(members);
    let fields = extra.into_fields();
    Ok(Event { timestamp, hostname, source, os_type, level, message, collector, record_id, channel, user, address, fields })
}

fn missing(name: &str) -> Mismatch {
    Mismatch::new(format!("a field `{name}`"), "no such field")
}

fn required(members: &mut Map<String, Value>, name: &str, bytes_max: usize) -> Result<String, Mismatch> {
    match members.remove(name) {
        Some(Value::String(text)) => bounded(text, name, bytes_max),
        Some(other) => Err(Mismatch::new(format!("text in the field `{name}`"), &describe(&other))),
        None => Err(missing(name)),
    }
}

/// A field that may be absent or null. Numbers are taken as text: record ids are often numbers.
fn optional(members: &mut Map<String, Value>, name: &str, limits: &Limits) -> Result<Option<String>, Mismatch> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => bounded(text, name, limits.name_bytes_max).map(Some),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(other) => Err(Mismatch::new(format!("text in the field `{name}`"), &describe(&other))),
    }
}

fn bounded(text: String, name: &str, bytes_max: usize) -> Result<String, Mismatch> {
    if text.len() <= bytes_max {
        return Ok(text);
    }
    Err(Mismatch::new(format!("at most {bytes_max} bytes in the field `{name}`"), &format!("{} bytes", text.len())))
}

/// Reads text such as RFC 3339, a number of seconds or milliseconds since 1970, or MongoDB's
/// extended JSON of either.
fn timestamp(value: &Value) -> Result<Timestamp, Mismatch> {
    let expected = "a time in the field `timestamp`: RFC 3339 text, or seconds or milliseconds since 1970";
    let mismatch = || Mismatch::new(expected, &describe(value));
    match value {
        Value::String(text) => text.parse().map_err(|TimestampError { offset, expected }| {
            let expected = format!("a time in the field `timestamp`, with {expected} at byte {offset}");
            Mismatch::new(expected, &describe(value))
        }),
        Value::Number(number) => {
            let number = number.as_f64().ok_or_else(mismatch)?;
            let millis = if number.abs() < EPOCH_MILLIS_MIN { number * 1000.0 } else { number };
            from_millis(millis).ok_or_else(mismatch)
        }
        Value::Object(members) => match members.get("$date") {
            Some(Value::String(text)) => text.parse().map_err(|_| mismatch()),
            Some(Value::Number(number)) => number.as_f64().and_then(from_millis).ok_or_else(mismatch),
            Some(Value::Object(long)) => long
                .get("$numberLong")
                .and_then(Value::as_str)
                .and_then(|text| text.parse().ok())
                .and_then(Timestamp::from_unix_millis)
                .ok_or_else(mismatch),
            _ => Err(mismatch()),
        },
        Value::Null | Value::Bool(_) | Value::Array(_) => Err(mismatch()),
    }
}

fn from_millis(millis: f64) -> Option<Timestamp> {
    // The conversion saturates, and what saturates is no time that can be written.
    Timestamp::from_unix_millis(millis.round() as i64)
}

/// Collects what else a record carries, as text under the names that lead to it, joined with dots.
struct Flattened<'a> {
    limits: &'a Limits,
    fields: BTreeMap<String, String>,
    path: String,
}

impl Flattened<'_> {
    fn add_members(&mut self, members: Map<String, Value>) {
        for (name, value) in members {
            self.add(&name, value);
        }
    }

    fn add(&mut self, name: &str, value: Value) {
        // Collecting stops early enough for hostile records, and late enough that in honest ones
        // the order of names decides which are kept.
        if self.fields.len() >= 16 * self.limits.fields_max {
            return;
        }
        let parent_bytes = self.path.len();
        if parent_bytes > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        // A path only grows, so what is below one that is too long is too long as well.
        if self.path.len() <= self.limits.name_bytes_max {
            match value {
                Value::Null => {}
                Value::Bool(flag) => self.keep(flag.to_string()),
                Value::Number(number) => self.keep(number.to_string()),
                Value::String(text) => self.keep(text),
                Value::Object(members) => self.add_members(members),
                Value::Array(items) => {
                    for (index, item) in items.into_iter().enumerate() {
                        self.add(&index.to_string(), item);
                    }
                }
            }
        }
        self.path.truncate(parent_bytes);
    }

    fn keep(&mut self, mut text: String) {
        text.truncate(text.floor_char_boundary(self.limits.field_bytes_max));
        self.fields.insert(self.path.clone(), text);
    }

    fn into_fields(mut self) -> BTreeMap<String, String> {
        while self.fields.len() > self.limits.fields_max {
            self.fields.pop_last();
        }
        self.fields
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
