//! Access logs of web servers: `[VHOST] CLIENT IDENT USER [TIME] "REQUEST" STATUS BYTES`, then a
//! referrer and a user agent in quotes, then whatever else the server was told to write.
//!
//! What clients send is recorded as it came: a request that is no HTTP, holds quotes or is missing
//! is a record like any other. Nothing is unescaped, so nothing is copied.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memrchr};

use super::entity::is_address;
use super::time::{self, Clock};
use super::{Assumed, Http, Record};

const FIELDS_MAX: usize = 32;
/// The time is looked for in so many brackets.
const BRACKETS_MAX: usize = 3;

pub(super) fn record<'a>(line: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let mut record = Record::default();
    read(line, clock, &mut record)?;
    Some(record)
}

/// Reads a line into an empty record: records are large, and moving one costs as much as some of the
/// reading. One that is refused may have been begun.
pub(super) fn read<'a>(line: &'a str, clock: &Clock, record: &mut Record<'a>) -> Option<()> {
    let bytes = line.as_bytes();
    let (bracket, time, assumed, behind) = time_in_brackets(bytes, clock)?;
    record.time = Some(time);
    record.assumed = assumed;
    read_client(line.get(..bracket)?, record)?;

    let rest = line.get(behind..)?.trim_start_matches(' ');
    let quoted = rest.strip_prefix('"')?;
    let (request, rest) = quoted.split_at(request_end(quoted));
    record.message = Cow::Borrowed(request);
    let mut http = http(request);
    let mut parts = Parts { rest: rest.strip_prefix('"').unwrap_or_default() };
    http.status = status(parts.next()?.text)?;
    if let Some(part) = parts.next() {
        http.bytes = part.text.parse().ok();
        read_extras(parts, &mut http, record);
    }
    record.http = Some(http);
    Some(())
}

/// The first brackets that hold a time: where they begin, the time, and where they end. Addresses
/// of IPv6 stand in brackets too.
fn time_in_brackets(bytes: &[u8], clock: &Clock) -> Option<(usize, radar_types::Timestamp, Assumed, usize)> {
    for at in memchr_iter(b'[', bytes).take(BRACKETS_MAX) {
        let inside = &bytes[at + 1..];
        if let Some((text, b"]")) = inside.get(..27).and_then(|usual| usual.split_first_chunk::<26>())
            && let Some(time) = time::access_time(text)
        {
            return Some((at, time, Assumed::default(), at + 28));
        }
        if let Some(stamp) = clock.at(bytes, at + 1).filter(|stamp| bytes.get(stamp.end) == Some(&b']')) {
            return Some((at, stamp.time, stamp.assumed, stamp.end + 1));
        }
    }
    None
}

/// Reads `[VHOST] CLIENT IDENT USER `.
fn read_client<'a>(text: &'a str, record: &mut Record<'a>) -> Option<()> {
    let mut rest = text.strip_suffix(' ').unwrap_or(text).trim_start_matches(' ');
    let mut client = next_word(&mut rest)?;
    // A list of the proxies that a request came through.
    while client.ends_with(',') && !rest.is_empty() {
        next_word(&mut rest)?;
        record.fields.push((Cow::Borrowed("forwarded_for"), Cow::Borrowed(client.trim_end_matches(','))));
        if record.fields.len() > FIELDS_MAX {
            return None;
        }
        client = client.trim_end_matches(',');
    }
    let ident = next_word(&mut rest)?;
    let mut user = rest;
    if !rest.is_empty() && !is_address(client) && is_address(ident) {
        record.hostname = Cow::Borrowed(without_port(client));
        client = ident;
        next_word(&mut rest)?;
        // Some write the id of the request before the user.
        user = rest.rsplit(' ').next().unwrap_or_default();
    }
    record.address = (client != "-").then(|| Cow::Borrowed(address_of(client)));
    record.user = (!matches!(user, "" | "-" | "\"\"")).then_some(Cow::Borrowed(user));
    Some(())
}

fn next_word<'a>(rest: &mut &'a str) -> Option<&'a str> {
    let end = memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
    let word = &rest[..end];
    *rest = rest[end..].trim_start_matches(' ');
    (!word.is_empty()).then_some(word)
}

/// The virtual host of `example.com:443`.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// The address of `10.0.0.1`, `[2001:db8::1]` and `10.0.0.1:4711`.
fn address_of(client: &str) -> &str {
    if let Some((inside, _)) = client.strip_prefix('[').and_then(|inside| inside.split_once(']')) {
        return inside;
    }
    if memchr_iter(b':', client.as_bytes()).count() == 1 { without_port(client) } else { client }
}

/// Where the request ends that begins with `quoted`: at the first quote that a status follows.
/// Quotes of the client's own are escaped by most servers, not by all.
fn request_end(quoted: &str) -> usize {
    let bytes = quoted.as_bytes();
    let mut first = None;
    for at in memchr_iter(b'"', bytes).take(64) {
        if let Some([b' ', b'1'..=b'9' | b'-', ..]) = bytes.get(at + 1..)
            && is_status_next(&bytes[at + 2..])
        {
            return at;
        }
        first = first.or(Some(at));
    }
    first.unwrap_or(quoted.len())
}

fn is_status_next(bytes: &[u8]) -> bool {
    matches!(bytes, [b'-'] | [b'-', b' ', ..])
        || matches!(bytes, [a, b, c, rest @ ..] if [a, b, c].iter().all(|byte| byte.is_ascii_digit()) && rest.first().is_none_or(|byte| *byte == b' '))
}

/// Three digits, or none where there was no answer.
fn status(text: &str) -> Option<Option<u16>> {
    match text.as_bytes() {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] => Some(text.parse().ok()),
        b"-" => Some(None),
        _ => None,
    }
}

/// The parts of a request line. One that is no HTTP is all URI, without a method.
pub(super) fn http(request: &str) -> Http<'_> {
    let (method, rest) = memchr(b' ', request.as_bytes()).map_or((request, ""), |at| (&request[..at], &request[at + 1..]));
    let is_method =
        (1..=32).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-' || byte == b'_');
    if !is_method || rest.is_empty() || method == "-" {
        let uri = if request == "-" { "" } else { request };
        return Http { uri: Cow::Borrowed(uri), ..Http::default() };
    }
    let (uri, protocol) = match memrchr(b' ', rest.as_bytes()).map(|at| (&rest[..at], &rest[at + 1..])) {
        Some((uri, protocol)) if protocol.starts_with("HTTP/") || protocol.starts_with("RTSP/") => (uri, protocol),
        _ => (rest, ""),
    };
    Http { method: Cow::Borrowed(method), uri: Cow::Borrowed(uri), protocol: Cow::Borrowed(protocol), ..Http::default() }
}

/// What follows status and bytes: the first two in quotes are referrer and user agent.
fn read_extras<'a>(parts: Parts<'a>, http: &mut Http<'a>, record: &mut Record<'a>) {
    let mut quoted = 0;
    for (index, part) in parts.enumerate() {
        if part.is_quoted && quoted < 2 {
            let value = given(part.text);
            if quoted == 0 {
                http.referrer = value;
            } else {
                http.user_agent = value;
            }
            quoted += 1;
            continue;
        }
        let (name, value) = match part.text.split_once('=') {
            Some((name, value)) if !part.is_quoted && is_name(name) => (Cow::Borrowed(name), value.trim_matches('"')),
            _ => (Cow::Owned(format!("extra.{}", index + 1)), part.text),
        };
        if http.response_millis.is_none() {
            http.response_millis = response_millis(&name, value);
        }
        if given(value).is_some() && record.fields.len() < FIELDS_MAX {
            record.fields.push((name, Cow::Borrowed(value)));
        }
    }
}

fn given(text: &str) -> Option<Cow<'_, str>> {
    (!matches!(text, "" | "-")).then_some(Cow::Borrowed(text))
}

fn is_name(name: &str) -> bool {
    (1..=40).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// A time with its unit, or seconds with a fraction. A whole number without a unit may be seconds,
/// milli- or microseconds, or no time at all, so it is none.
fn response_millis(name: &str, value: &str) -> Option<f32> {
    if let Some(millis) = value.strip_suffix("ms") {
        return millis.parse().ok();
    }
    let seconds = value.strip_suffix('s').unwrap_or(value);
    let is_named = matches!(name, "rt" | "request_time" | "response_time" | "duration" | "time");
    let has_fraction = seconds.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && seconds.matches('.').count() == 1;
    if !has_fraction || !(is_named || name.starts_with("extra.")) {
        return None;
    }
    seconds.parse().ok().map(|seconds: f32| seconds * 1000.0)
}

/// Words, and texts in quotes.
struct Parts<'a> {
    rest: &'a str,
}

struct Part<'a> {
    text: &'a str,
    is_quoted: bool,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if let Some(inside) = self.rest.strip_prefix('"') {
            let end = quote_end(inside);
            self.rest = inside.get(end + 1..).unwrap_or_default();
            return Some(Part { text: &inside[..end], is_quoted: true });
        }
        let end = memchr(b' ', self.rest.as_bytes()).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!text.is_empty()).then_some(Part { text, is_quoted: false })
    }
}

/// Where a text in quotes ends: at a quote that isn't escaped and that nothing but a space follows.
fn quote_end(inside: &str) -> usize {
    let bytes = inside.as_bytes();
    memchr_iter(b'"', bytes)
        .take(256)
        .find(|at| {
            let escapes = bytes[..*at].iter().rev().take_while(|byte| **byte == b'\\').count();
            escapes % 2 == 0 && bytes.get(at + 1).is_none_or(|byte| byte.is_ascii_whitespace())
        })
        .unwrap_or(bytes.len())
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
