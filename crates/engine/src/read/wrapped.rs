//! Lines that something wrapped which passed them on: containers' runtimes, and a form of Microsoft's.
//!
//! `web-1  | TEXT` is how docker compose shows the logs of several containers, `TIME stdout F TEXT` how
//! Kubernetes keeps them; what is inside is read as if it stood alone. `<![LOG[TEXT]LOG]!><time="…" …>`
//! is how Configuration Manager and other programs of Windows write events of one or many lines, each
//! with what a header would say behind it.

use std::borrow::Cow;

use memchr::memchr;

use super::time::{Clock, Stamp};
use super::{Record, level, text};

const NAME_BYTES_MAX: usize = 128;
const TRACE_START: &str = "<![LOG[";
const TRACE_END: &str = "]LOG]!>";
const TRACE_LEVELS: [&str; 4] = ["", "Information", "Warning", "Error"];

/// What wraps the lines of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapping {
    Nothing,
    /// The name of a container.
    Name,
    Trace,
}

impl Wrapping {
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Self {
        if lines.clone().next().is_some_and(|line| line.starts_with(TRACE_START.as_bytes())) {
            return Self::Trace;
        }
        let mut named: Vec<Name<'_>> = lines.clone().filter_map(name).collect();
        let count = named.len();
        let is_aligned = named.windows(2).all(|pair| pair[0].width == pair[1].width);
        named.sort_unstable_by_key(|name| name.bytes);
        named.dedup_by_key(|name| name.bytes);
        // Few containers write many lines; a table of two columns may repeat its first ones too.
        let lines_each = count.checked_div(named.len()).unwrap_or(0);
        let is_usual = lines_each >= if is_aligned { 2 } else { 8 };
        if is_usual && count * 2 >= lines.count() { Self::Name } else { Self::Nothing }
    }
}

struct Name<'a> {
    bytes: &'a [u8],
    /// With the bar.
    width: usize,
    /// The offset of the text behind it.
    end: usize,
}

/// The name in front of a line.
fn name(line: &[u8]) -> Option<Name<'_>> {
    let window = &line[..line.len().min(NAME_BYTES_MAX)];
    let start = colours(window);
    let length =
        window[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')).count();
    let bytes = &window[start..start + length];
    let spaces = window[start + length..].iter().take_while(|byte| **byte == b' ').count();
    let bar = start + length + spaces;
    if !bytes.first()?.is_ascii_alphabetic() || spaces == 0 || window.get(bar) != Some(&b'|') {
        return None;
    }
    if std::str::from_utf8(bytes).is_ok_and(level::is_level) {
        return None;
    }
    // One space belongs to the bar.
    let behind = bar + 1 + colours(&window[bar + 1..]);
    let end = behind + usize::from(window.get(behind) == Some(&b' '));
    let is_apart = end > behind || matches!(line.get(behind), None | Some(b'\r' | b'\n'));
    is_apart.then_some(Name { bytes, width: bar - start + 1, end: end + colours(&window[end..]) })
}

/// The length of the sequences that set colours at the beginning.
fn colours(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(behind) = bytes[at..].strip_prefix(b"\x1b[") {
        let digits = behind.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
        if behind.get(digits) != Some(&b'm') {
            break;
        }
        at += 2 + digits + 1;
    }
    at
}

/// What a line holds behind the name of a container, or `None` when it has none.
pub(super) fn behind_name(line: &[u8]) -> Option<&[u8]> {
    name(line).map(|name| &line[name.end..])
}

pub(super) fn begins_trace(line: &[u8]) -> bool {
    line.starts_with(TRACE_START.as_bytes())
}

/// What was around a line.
#[derive(Clone, Copy, Default)]
pub(super) struct Wrapper<'a> {
    name: &'a str,
    stream: &'a str,
    stamp: Option<Stamp>,
}

impl<'a> Wrapper<'a> {
    /// Takes what wraps a line off it.
    pub(super) fn take(line: &'a str, wrapping: Wrapping, clock: &Clock) -> (Self, &'a str) {
        let mut wrapper = Self::default();
        let mut inside = line;
        if wrapping == Wrapping::Name
            && let Some(name) = name(line.as_bytes())
        {
            wrapper.name = std::str::from_utf8(name.bytes).unwrap_or_default();
            inside = &line[name.end..];
        }
        if let Some((stream, stamp, behind)) = stream(inside, clock) {
            (wrapper.stream, wrapper.stamp) = (stream, Some(stamp));
            inside = behind;
        }
        (wrapper, inside)
    }

    /// Adds it to what was inside.
    pub(super) fn apply(self, record: &mut Record<'a>) {
        if let Some(stamp) = self.stamp {
            record.time = Some(stamp.time);
            record.assumed = stamp.assumed;
            record.channel = Some(Cow::Borrowed(self.stream));
        }
        if record.source.is_empty() {
            record.source = Cow::Borrowed(self.name);
        } else if !self.name.is_empty() {
            record.fields.push((Cow::Borrowed("container"), Cow::Borrowed(self.name)));
        }
    }
}

/// The stream, time and text of `TIME stdout F TEXT`.
pub(super) fn stream<'a>(line: &'a str, clock: &Clock) -> Option<(&'a str, Stamp, &'a str)> {
    let space = memchr(b' ', &line.as_bytes()[..line.len().min(64)])?;
    let (stream, behind) = line[space + 1..].split_at_checked(6)?;
    if !matches!(stream, "stdout" | "stderr") {
        return None;
    }
    let inside = behind.strip_prefix(" F").or_else(|| behind.strip_prefix(" P"))?;
    let inside = if inside.is_empty() { inside } else { inside.strip_prefix(' ')? };
    let stamp = clock.at(line.as_bytes(), 0).filter(|stamp| stamp.end == space)?;
    Some((stream, stamp, inside))
}

/// Reads an event of all its lines.
pub(super) fn trace<'a>(event: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let (message, header) = event.strip_prefix(TRACE_START)?.split_once(TRACE_END)?;
    let mut header = header.trim_start().strip_prefix('<')?;
    let (mut date, mut time) = ("", "");
    let message = message.trim();
    let mut record = Record { message: Cow::Borrowed(message), ..Record::default() };
    text::read_message(&mut record, message.lines().next().unwrap_or_default());
    while let Some((name, value)) = header.split_once("=\"") {
        let (value, behind) = value.split_once('"')?;
        header = behind.trim_start();
        match name {
            "date" => date = value,
            "time" => time = value,
            "component" => record.source = Cow::Borrowed(value),
            "type" => {
                record.level = value.parse().ok().and_then(|level: usize| TRACE_LEVELS.get(level)).map_or("", |level| level).into()
            }
            _ if value.is_empty() || record.fields.len() >= text::FIELDS_MAX => {}
            _ => record.fields.push((Cow::Borrowed(name), Cow::Borrowed(value))),
        }
    }
    if let Some(stamp) = trace_stamp(date, time, clock) {
        record.time = Some(stamp.time);
        record.assumed = stamp.assumed;
    }
    Some(record)
}

/// `11-28-2014` and `19:33:19.766-330`. Behind the sign stand the minutes that UTC is ahead.
fn trace_stamp(date: &str, time: &str, clock: &Clock) -> Option<Stamp> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<u32>().ok());
    let (month, day, year) = (parts.next()??, parts.next()??, parts.next()??);
    let (of_day, bias) = match time.find(['+', '-']) {
        Some(sign) => (&time[..sign], Some(time[sign..].parse::<i64>().ok()?)),
        None => (time, None),
    };
    let written = format!("{year:04}-{month:02}-{day:02}T{of_day}");
    let mut stamp = clock.at(written.as_bytes(), 0).filter(|stamp| stamp.end == written.len())?;
    if let Some(bias) = bias.filter(|bias| bias.abs() <= 24 * 60) {
        stamp.time = stamp.time.saturating_add_millis(bias * 60_000);
        stamp.assumed.zone = false;
    }
    Some(stamp)
}

#[cfg(test)]
#[path = "wrapped_tests.rs"]
mod tests;
