//! Formats of lines: which lines belong together, and each event to the parser of its format.
//!
//! An event is a line with those that continue it: indented ones, the parts of a stack trace and, in
//! an input whose events begin with their time, every line that doesn't. What the format's own parser
//! refuses is read as general text where it has a time, so a foreign line in a log is not lost.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr2, memrchr};
use radar_types::Timestamp;

use super::assemble::Assembler;
use super::reader::{self, RECORD_BYTES_MAX};
use super::time::{Clock, Order, Stamp};
use super::wrapped::{self, Wrapper, Wrapping};
use super::{Format, Record, Records, Reject, access, haproxy, json_flat, service, slow_query, syslog, text, w3c};
use crate::parse::reject::excerpt;

/// A longer event ends here, and what continues it is an event of its own.
const EVENT_LINES_MAX: usize = 1000;
const EVENT_BYTES_MAX: usize = 256 << 10;
/// A time that begins further in is no beginning of an event.
const LEADING_BYTES_MAX: usize = 64;
const LEADING_WORDS_MAX: usize = 3;
const SAMPLE_LINES_MAX: usize = 500;

/// How the records of an input are laid out on its lines.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    order: Order,
    /// Whether events begin with their time.
    is_timed: bool,
    wrapping: Wrapping,
    /// The header in force, in a format that has one.
    pub(super) header: w3c::Header,
}

/// What the lines of an input are read with.
pub(super) struct Context<'s> {
    format: Format,
    shape: &'s Shape,
    clock: Clock,
}

impl<'s> Context<'s> {
    pub(super) fn new(format: Format, shape: &'s Shape, now: Timestamp) -> Self {
        Self { format, shape, clock: Clock::new(now, shape.order) }
    }
}

impl Shape {
    pub(super) fn of(sample: &[u8], order: Order, clock: &Clock) -> Self {
        let lines = sample_lines(sample);
        let leading = lines.clone().filter(|line| leading_stamp(line, clock).is_some()).count();
        let own = lines.clone().filter(|line| !is_indented(line)).count();
        // Stack traces may be most of a log, and statements most of another.
        let is_timed = leading > 0 && (leading * 4 >= own || slow_query::is_log(lines.clone()));
        Self { order, is_timed, wrapping: Wrapping::of(lines), header: w3c::Header::default() }
    }
}

impl Shape {
    /// Whether a line can make the next one a part of its event.
    fn claims(&self) -> bool {
        self.wrapping == Wrapping::Nothing
    }
}

/// The whole lines of a sample that hold anything.
pub(super) fn sample_lines(sample: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    sample.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty()).take(SAMPLE_LINES_MAX)
}

/// The length of the whole records that a full window begins with. An event that fills the largest
/// window is cut between its lines.
pub(super) fn cut(window: &[u8], context: &Context<'_>, is_largest: bool) -> usize {
    let complete = memrchr(b'\n', window).map_or(0, |at| at + 1);
    if is_one_a_line(context.format) {
        return complete;
    }
    // The last line that begins an event, and that no line before could claim.
    let mut end = complete;
    while end > 0 {
        let start = memrchr(b'\n', &window[..end - 1]).map_or(0, |at| at + 1);
        let line = window[start..end].trim_ascii_end();
        let is_claimed = context.shape.claims() && !context.shape.is_timed && start > 0 && {
            let before = memrchr(b'\n', &window[..start - 1]).map_or(0, |at| at + 1);
            is_indented(&window[before..start])
        };
        if start > 0 && !line.is_empty() && !is_claimed && is_beginning(line, context) {
            return start;
        }
        end = start;
    }
    if is_largest { complete } else { 0 }
}

fn is_one_a_line(format: Format) -> bool {
    matches!(format, Format::Access | Format::W3c | Format::HaProxy)
}

pub(super) fn records<'a>(bytes: &'a [u8], first_line: u64, context: &Context<'_>, out: &mut Records<'a>) {
    let mut header = Cow::Borrowed(&context.shape.header);
    out.records.reserve(memchr_iter(b'\n', bytes).count() + 1);
    // Looked at as a whole, which is quicker than line by line.
    let is_plain = memchr2(0x1b, 0, bytes).is_none();
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_plain);
    let events = Events { rest: bytes, next_line: first_line, context, is_one_a_line: is_one_a_line(context.format) };
    for event in events {
        if context.format == Format::W3c && event.bytes.starts_with(b"#") {
            header.to_mut().read(&text::decoded(event.bytes));
            continue;
        }
        let start = event.bytes.as_ptr().addr() - bytes.as_ptr().addr();
        let plain = text.and_then(|text| text.get(start..start + event.bytes.len()));
        read_event(&event, plain, context, &header, out);
    }
}

/// The header in force after some lines, where they change it.
pub(super) fn shape_after(bytes: &[u8], format: Format, shape: &Shape) -> Option<Shape> {
    if format != Format::W3c {
        return None;
    }
    let mut header = shape.header.clone();
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"#")) {
        header.read(&text::decoded(line.trim_ascii_end()));
    }
    (header != shape.header).then(|| Shape { header, ..shape.clone() })
}

/// The lines of one event.
struct Event<'a> {
    line: u64,
    bytes: &'a [u8],
    /// The length of the first line.
    head: usize,
}

struct Events<'a, 'c> {
    rest: &'a [u8],
    next_line: u64,
    context: &'c Context<'c>,
    is_one_a_line: bool,
}

impl<'a> Iterator for Events<'a, '_> {
    type Item = Event<'a>;

    /// Blank lines are no events, and belong to none unless they stand within it.
    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            let bytes = self.rest;
            if bytes.is_empty() {
                return None;
            }
            let line = self.next_line;
            let first_end = self.pass_line();
            let head = bytes[..first_end].trim_ascii_end().len();
            if head == 0 {
                continue;
            }
            let end = if self.is_one_a_line { first_end } else { self.pass_continuations(bytes, first_end) };
            return Some(Event { line, bytes: bytes[..end].trim_ascii_end(), head });
        }
    }
}

impl<'a> Events<'a, '_> {
    /// Passes over a line, and gives its length.
    fn pass_line(&mut self) -> usize {
        let length = memchr(b'\n', self.rest).map_or(self.rest.len(), |at| at + 1);
        self.rest = &self.rest[length..];
        self.next_line += 1;
        length
    }

    /// Passes over the lines that continue an event, and gives its length with them.
    fn pass_continuations(&mut self, bytes: &'a [u8], first_end: usize) -> usize {
        let mut end = first_end;
        let mut is_traceback = bytes.starts_with(b"Traceback ");
        let mut is_after_indented = false;
        for _ in 0..EVENT_LINES_MAX {
            let before = (self.rest, self.next_line);
            let length = self.pass_line();
            let line = before.0[..length].trim_ascii_end();
            let claims = self.context.shape.claims()
                && is_traceback
                && is_after_indented
                && !line.is_empty()
                && !line[0].is_ascii_whitespace();
            let is_last = claims && !self.context.shape.is_timed;
            let continues = line.is_empty()
                || (claims && leading_stamp(line, &self.context.clock).is_none())
                || !is_beginning(line, self.context);
            if length == 0 || !continues || end + length > EVENT_BYTES_MAX {
                (self.rest, self.next_line) = before;
                break;
            }
            end += length;
            if is_last {
                break;
            }
            is_traceback |= line.starts_with(b"Traceback ");
            is_after_indented = is_indented(line);
        }
        end
    }
}

fn is_indented(line: &[u8]) -> bool {
    matches!(line, [b' ' | b'\t', ..])
}

/// Whether a line begins an event rather than continuing the one above it.
fn is_beginning(line: &[u8], context: &Context<'_>) -> bool {
    match context.shape.wrapping {
        Wrapping::Trace => return wrapped::begins_trace(line),
        Wrapping::Name => return wrapped::behind_name(line).is_some_and(|inside| !is_continuation(inside)),
        Wrapping::Nothing => {}
    }
    let is_syslog = matches!(context.format, Format::Syslog | Format::Syslog5424);
    // A time may be missing behind the priority, and no text goes on in binary.
    if (is_syslog && syslog::has_priority(line)) || (memchr2(0, 0x7f, line).is_some() && is_binary(line)) {
        return true;
    }
    if context.shape.is_timed {
        return leading_stamp(line, &context.clock).is_some();
    }
    !is_continuation(line)
}

/// Whether a line continues the one above it, by itself.
fn is_continuation(line: &[u8]) -> bool {
    const CONTINUATIONS: [&[u8]; 5] = [b"Caused by:", b"Suppressed:", b"at ", b"...", b"Traceback (most recent call last)"];
    is_indented(line) || CONTINUATIONS.iter().any(|start| line.starts_with(start))
}

/// The time that a line begins with, behind a few words at most.
fn leading_stamp(line: &[u8], clock: &Clock) -> Option<Stamp> {
    let line = behind_nuls(line);
    // Logs of databases repeat the time of a statement in it.
    if line.starts_with(b"SET timestamp=") {
        return None;
    }
    let window = &line[..line.len().min(LEADING_BYTES_MAX + 40)];
    let stamp = if memchr(0x1b, window).is_some() {
        clock.find(text::without_escapes(&text::decoded(window)).as_bytes())
    } else {
        clock.find(window)
    }?;
    let before = &window[..stamp.start.min(window.len())];
    // An indented time belongs to what is above, unless nothing but the time is indented; client and
    // user stand before a time in brackets.
    let words = before.split(u8::is_ascii_whitespace).filter(|word| !matches!(**word, [] | [b'['])).count();
    let words_max = match before {
        _ if is_indented(line) => 1,
        [.., b' ', b'['] => LEADING_WORDS_MAX + 2,
        _ => LEADING_WORDS_MAX,
    };
    (stamp.start <= LEADING_BYTES_MAX && words <= words_max).then_some(stamp)
}

/// `plain` is the event as text, where that is known already.
fn read_event<'a>(event: &Event<'a>, plain: Option<&'a str>, context: &Context<'_>, header: &w3c::Header, out: &mut Records<'a>) {
    if event.bytes.len() > RECORD_BYTES_MAX {
        out.rejects.push(reader::overlong(event.line));
        return;
    }
    let text = plain.or_else(|| {
        let is_plain = memchr2(0x1b, 0, event.bytes).is_none();
        std::str::from_utf8(event.bytes).ok().filter(|_| is_plain)
    });
    // A record is large, so it is read in place.
    let mut record = Record::default();
    let outcome = match text {
        Some(text) => read_record(text, event.head, context, header, &mut record),
        _ if is_binary(event.bytes) => {
            Err(Mismatch { expected: "text", found: excerpt(&text::decoded(&event.bytes[..event.bytes.len().min(200)])) })
        }
        _ => {
            let text = text::cleaned(event.bytes);
            let head = text.find('\n').unwrap_or(text.len());
            let mut borrowed = Record::default();
            read_record(text.trim_end(), text[..head].trim_end().len(), context, header, &mut borrowed)
                .map(|()| record = borrowed.into_owned())
        }
    };
    match outcome {
        Ok(()) => {
            record.line = event.line;
            out.records.push(record);
        }
        Err(Mismatch { expected, found }) => out.rejects.push(Reject { line: event.line, expected: expected.into(), found }),
    }
}

struct Mismatch {
    expected: &'static str,
    found: String,
}

fn read_record<'a>(
    text: &'a str,
    head: usize,
    context: &Context<'_>,
    header: &w3c::Header,
    record: &mut Record<'a>,
) -> Result<(), Mismatch> {
    let line = &text[..text.floor_char_boundary(head)];
    let Context { format, clock, .. } = context;
    let mut is_read = |own: Option<Record<'a>>| own.map(|own| *record = own).is_some();
    let (is_read, expected) = match format {
        Format::Access => (access::read(line, clock, record).is_some(), "an access log line: client, [time], \"request\", status"),
        Format::Service => (is_read(service::record(line, clock)), ""),
        Format::Syslog | Format::Syslog5424 => (is_read(syslog::record(line, clock)), ""),
        Format::W3c => (is_read(w3c::record(line, header)), "a value for each column of the #Fields line"),
        Format::HaProxy => (is_read(haproxy::record(line, clock)), ""),
        Format::JsonLines | Format::Json | Format::Table | Format::Evtx | Format::WindowsXml | Format::Text => (false, ""),
    };
    if !is_read {
        if *format == Format::Text
            && let Some(whole) = wrapped::trace(text, clock).or_else(|| slow_query::record(text, clock))
        {
            *record = whole;
            return Ok(());
        }
        let (wrapper, line) =
            if *format == Format::Text { Wrapper::take(line, context.shape.wrapping, clock) } else { (Wrapper::default(), line) };
        let stamp = clock.find(line.as_bytes());
        if !expected.is_empty() && (stamp.is_none() || *format == Format::W3c) {
            // Spaces of other scripts are spaces too, so that nothing may be left.
            let found = if line.is_empty() { "only spaces".to_owned() } else { excerpt(&line[..line.floor_char_boundary(400)]) };
            return Err(Mismatch { expected, found });
        }
        *record = Record::default();
        match stamp.filter(|_| *format != Format::Access).and_then(|stamp| access_within(line, &stamp, clock)) {
            Some(request) => *record = request,
            None => text::read(line, stamp, clock, record),
        }
        wrapper.apply(record);
    }
    if !is_one_a_line(*format) {
        read_object(record, context);
    }
    if text.len() > line.len() {
        extend_message(record, text, line);
    }
    Ok(())
}

/// Reads the message that is an object: its members say what the line does not.
fn read_object<'a>(record: &mut Record<'a>, context: &Context<'_>) {
    let Cow::Borrowed(message) = record.message else { return };
    let object = message.strip_prefix("@cee:").unwrap_or(message).trim();
    if !object.starts_with("{\"") || !object.ends_with('}') {
        return;
    }
    let Ok(flat) = json_flat::object(object, 0) else { return };
    let inner = flat.into_record(record.line, message, &mut Assembler::new(context.clock));
    let or = |inner: Cow<'a, str>, outer: &mut Cow<'a, str>| if inner.is_empty() { std::mem::take(outer) } else { inner };
    // What passed a line on knows its host and its time; the program knows the rest.
    let (time, assumed) = if record.time.is_some() { (record.time, record.assumed) } else { (inner.time, inner.assumed) };
    let mut fields = std::mem::take(&mut record.fields);
    fields.extend(inner.fields);
    *record = Record {
        line: record.line,
        time,
        assumed,
        hostname: or(std::mem::take(&mut record.hostname), &mut inner.hostname.clone()),
        source: or(inner.source, &mut record.source),
        level: or(inner.level, &mut record.level),
        message: inner.message,
        user: inner.user.or(record.user.take()),
        address: inner.address.or(record.address.take()),
        channel: inner.channel.or(record.channel.take()),
        record_id: inner.record_id.or(record.record_id.take()),
        http: inner.http.or(record.http.take()),
        fields,
    };
}

/// Some programs write access logs into their other logs.
fn access_within<'a>(line: &'a str, stamp: &Stamp, clock: &Clock) -> Option<Record<'a>> {
    let is_likely = line[..stamp.start].ends_with(" [") && line[stamp.end..].starts_with("] \"");
    if is_likely { access::record(line, clock) } else { None }
}

/// Lets the message go on over the lines that continue the event.
fn extend_message<'a>(record: &mut Record<'a>, text: &'a str, line: &str) {
    let start = record.message.as_ptr() as usize;
    let offset = start.wrapping_sub(text.as_ptr() as usize);
    record.message = match &record.message {
        Cow::Borrowed(message) if offset <= line.len() && offset + message.len() == line.len() => Cow::Borrowed(&text[offset..]),
        message => Cow::Owned(format!("{message}{}", &text[line.len()..])),
    };
}

/// A machine that lost its power leaves NULs where lines were not yet written.
fn behind_nuls(bytes: &[u8]) -> &[u8] {
    let nuls = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[nuls..]
}

/// Whether bytes are those of a program or an archive rather than of any text.
fn is_binary(bytes: &[u8]) -> bool {
    let bytes = match behind_nuls(bytes) {
        [] => return true,
        bytes => bytes,
    };
    let is_control =
        |byte: &&u8| (**byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x1b)) || (0x7f..0xa0).contains(*byte);
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    let controls = bytes.iter().filter(|byte| is_control(byte) && (!is_utf8 || byte.is_ascii())).count();
    controls * 10 > bytes.len()
}
