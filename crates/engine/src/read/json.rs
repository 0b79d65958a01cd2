//! JSON: one object a line, or objects in an array, one after another, or over several lines.
//!
//! A small scanner passes over each record once and flattens it on the way: names joined by dots,
//! values as they were written, borrowed from the input where nothing was escaped. No tree is built.
//! What wrote the record is told by its names alone, so a mixture of programs is read as well.
//!
//! A line that does not begin with a brace is a record of its message: what a program prints when it
//! fails often goes around its logger, and is the line that matters. A line that begins like an
//! object and is none is a reject.

use memchr::{memchr_iter, memmem};

use super::assemble::Assembler;
use super::json_flat::object;
use super::json_scan::Mismatch;
use super::reader::{RECORD_BYTES_MAX, overlong};
use super::text::decoded;
use super::time::Clock;
use super::{Record, Records, Reject};
use crate::parse::json::value_end;
use crate::parse::reject::excerpt;

/// So many lines of a sample tell whether all are JSON.
const SNIFF_LINES_MAX: usize = 50;
/// One object may hold the records of an export in an array under one of these names.
/// So often a block is tried again behind a value that does not end.
const OPEN_VALUES_MAX: usize = 16;
const WRAPPERS: [&str; 7] = ["Records", "records", "value", "events", "logs", "entries", "data"];

/// Whether the lines of a sample are objects.
pub(super) fn sniff_lines(sample: &[u8]) -> bool {
    let lines = sample.split_inclusive(|byte| *byte == b'\n').enumerate();
    // The last line of a sample may be cut.
    let whole = lines.filter(|(index, line)| *index == 0 || line.ends_with(b"\n"));
    let mut objects = 0;
    let mut others = 0;
    for line in whole.map(|(_, line)| line.trim_ascii()).filter(|line| !line.is_empty()).take(SNIFF_LINES_MAX) {
        let is_object = begins_object(line) && value_end(line).is_some_and(|end| end == line.len());
        if is_object {
            objects += 1;
        } else {
            others += 1;
        }
    }
    let is_one_wrapper = objects == 1 && others == 0 && wrapper_bytes(sample).is_some();
    objects > others && !is_one_wrapper
}

/// Whether a sample begins with an object or an array of them.
pub(super) fn sniff(sample: &[u8]) -> bool {
    let sample = sample.trim_ascii_start();
    match sample.strip_prefix(b"[") {
        Some(inside) => begins_object(inside.trim_ascii_start()) || inside.trim_ascii() == b"]",
        None => begins_object(sample),
    }
}

/// A brace alone may as well begin a line of some other text.
fn begins_object(bytes: &[u8]) -> bool {
    let inside = bytes.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    inside.is_some_and(|inside| matches!(inside.first(), Some(b'"' | b'}')))
}

/// The length of the whole records that a window of an array, or of objects one after another,
/// begins with.
pub(super) fn cut(window: &[u8]) -> usize {
    let mut done = 0;
    for value in Values::new(window) {
        match value {
            // It may end in the next window, unless it is longer than allowed by now.
            Value::Open { start, .. } if window.len() - start <= RECORD_BYTES_MAX => break,
            Value::Whole { end, .. } | Value::Open { end, .. } => done = end,
        }
    }
    done
}

/// Records on lines of their own.
pub(super) fn line_records<'a>(bytes: &'a [u8], first_line: u64, clock: Clock, out: &mut Records<'a>) {
    let mut objects = Objects { assembler: Assembler::new(clock), fields: 0 };
    out.records.reserve(memchr_iter(b'\n', bytes).count() + 1);
    for (line, bytes) in (first_line..).zip(bytes.split(|byte| *byte == b'\n')) {
        let bytes = bytes.trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        if bytes.len() > RECORD_BYTES_MAX {
            out.rejects.push(overlong(line));
        } else if bytes[0] == b'{' {
            objects.read(bytes, line, out);
        } else {
            out.records.push(Record { line, message: decoded(bytes), ..Record::default() });
        }
    }
}

/// Records in an array, or one after another.
pub(super) fn records<'a>(bytes: &'a [u8], first_line: u64, clock: Clock, out: &mut Records<'a>) {
    let mut objects = Objects { assembler: Assembler::new(clock), fields: 0 };
    let (mut line, mut counted) = (first_line, 0);
    for value in Values::new(bytes) {
        let (Value::Whole { start, .. } | Value::Open { start, .. }) = value;
        line += memchr_iter(b'\n', &bytes[counted..start]).count() as u64;
        counted = start;
        match value {
            Value::Whole { start, end } if end - start > RECORD_BYTES_MAX => out.rejects.push(overlong(line)),
            Value::Whole { start, end } => objects.read(&bytes[start..end], line, out),
            Value::Open { start, end } => out.rejects.push(Reject {
                line,
                expected: "a complete JSON value".into(),
                found: excerpt(&decoded(&bytes[start..end.min(start + 512)])),
            }),
        }
    }
}

enum Value {
    Whole {
        start: usize,
        end: usize,
    },
    /// It does not end; what is behind its first line is tried again.
    Open {
        start: usize,
        end: usize,
    },
}

/// The values of an array or a sequence, judged by brackets and quotes alone. Brackets and commas
/// between them are passed over, so that a block can begin anywhere between two records.
struct Values<'a> {
    bytes: &'a [u8],
    at: usize,
    open_values: usize,
}

impl<'a> Values<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: wrapper_bytes(bytes).unwrap_or(0), open_values: 0 }
    }
}

impl Iterator for Values<'_> {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let is_between = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b',' | b'[' | b']' | b'}');
        let start = self.at + self.bytes[self.at..].iter().take_while(|byte| is_between(byte)).count();
        let rest = &self.bytes[start..];
        let first = rest.first()?;
        let end = match first {
            b'{' | b'"' => value_end(rest).map(|length| start + length),
            // Numbers, words, and what does not belong here.
            _ => Some(start + rest.iter().position(|byte| matches!(byte, b'\n' | b'{')).unwrap_or(rest.len())),
        };
        if let Some(end) = end {
            self.at = end;
            return Some(Value::Whole { start, end });
        }
        self.open_values += 1;
        let next_line = if self.open_values < OPEN_VALUES_MAX { memmem::find(rest, b"\n{") } else { None };
        self.at = next_line.map_or(self.bytes.len(), |at| start + at + 1);
        Some(Value::Open { start, end: self.at })
    }
}

/// The length of `{"Records":[`, where an input begins so.
fn wrapper_bytes(bytes: &[u8]) -> Option<usize> {
    let skip = |at: usize| at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let after = |at: usize, expected: &[u8]| bytes[at..].starts_with(expected).then(|| skip(at + expected.len()));
    let name = after(after(skip(0), b"{")?, b"\"")?;
    let name_end =
        WRAPPERS.iter().find_map(|wrapper| after(name, wrapper.as_bytes()).filter(|end| bytes.get(*end) == Some(&b'"')))?;
    let array = after(after(after(name_end, b"\"")?, b":")?, b"[")?;
    (bytes.get(array) == Some(&b'{')).then_some(array)
}

struct Objects<'a> {
    assembler: Assembler<'a>,
    /// Of the record before.
    fields: usize,
}

impl<'a> Objects<'a> {
    fn read(&mut self, bytes: &'a [u8], line: u64, out: &mut Records<'a>) {
        match std::str::from_utf8(bytes) {
            Ok(text) => match object(text, self.fields) {
                Ok(flat) => {
                    self.fields = flat.len();
                    out.records.push(flat.into_record(line, text, &mut self.assembler));
                }
                Err(mismatch) => out.rejects.push(reject(&mismatch, line, text)),
            },
            // Rare enough to be read as a text of its own.
            Err(_) => {
                let text = decoded(bytes);
                match object(&text, 0) {
                    Ok(flat) => out.records.push(flat.into_record(line, &text, &mut self.assembler.fresh()).into_owned()),
                    Err(mismatch) => out.rejects.push(reject(&mismatch, line, &text)),
                }
            }
        }
    }
}

fn reject(mismatch: &Mismatch, line: u64, text: &str) -> Reject {
    let rest = &text[text.floor_char_boundary(mismatch.offset)..];
    let found = if rest.is_empty() { "the end of the record".into() } else { excerpt(rest) };
    Reject { line, expected: format!("{} at byte {} of the record", mismatch.expected, mismatch.offset), found }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
