//! Any other line: its time, level, source, user and address where they are plainly there, the pairs
//! of `name=value` it holds, and the rest as its message.

use std::borrow::Cow;

use memchr::{memchr, memchr_iter, memchr3, memrchr};

use super::time::{Clock, Stamp};
use super::{Http, Record, access, entity, level, syslog};

pub(super) const FIELDS_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 64;
/// So many words in front of a message are looked at.
const HEADER_WORDS_MAX: usize = 8;
const HEADER_WORD_BYTES_MAX: usize = 160;
const LEADING_BYTES_MAX: usize = 64;

/// Reads a line into an empty record.
pub(super) fn read<'a>(line: &'a str, stamp: Option<Stamp>, clock: &Clock, record: &mut Record<'a>) {
    let mut body = line;
    if let Some(stamp) = stamp {
        record.time = Some(stamp.time);
        record.assumed = stamp.assumed;
        let (before, behind) = line.split_at(stamp.start);
        if is_before_message(before) {
            read_before(before, record);
            body = behind[stamp.end - stamp.start..].trim_start_matches([']', ')', ' ', ':', ',', '\t', '"', '>', '}']);
            if let Some(inner) = below_collector(body, record, clock) {
                *record = inner;
                return;
            }
        }
    }
    if let Some(level) = level::of_letter(line) {
        record.level = level;
    }
    let message = read_header(body, record);
    record.message = Cow::Borrowed(message);
    if record.source.is_empty()
        && let Some(logger) = trailing_logger(message)
    {
        record.source = Cow::Borrowed(logger);
    }
    read_message(record, body);
    record.http = request_within(message);
}

/// A request in quotes with the status behind it, as proxies and applications write it among other
/// things.
fn request_within(message: &str) -> Option<Http<'_>> {
    let quote = protocol_at(message)?;
    if let Some(http) = bare_request(message, quote) {
        return Some(http);
    }
    let start = memrchr(b'"', &message.as_bytes()[..quote])? + 1;
    let (request, behind) = message[start..].split_once('"')?;
    let http = access::http(request);
    let status = behind.trim_start().split(' ').next().unwrap_or_default();
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    (!http.method.is_empty() && !http.protocol.is_empty())
        .then(|| Http { status: if is_status { status.parse().ok() } else { None }, ..http })
}

/// `GET /path HTTP/1.1 200 46ms 1206 REFERRER AGENT`, as servers of Java applications write requests,
/// without quotes.
fn bare_request(message: &str, slash: usize) -> Option<Http<'_>> {
    let (before, protocol) = (message.get(..slash.checked_sub(5)?)?, message.get(slash - 4..)?);
    let (before, uri) = before.rsplit_once(' ')?;
    let method = before.rsplit(' ').next()?;
    let is_method = (3..=16).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_uppercase());
    let mut words = protocol.split(' ');
    let (protocol, status) = (words.next()?, words.next()?);
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    if !is_method || !is_status || !(uri.starts_with('/') || uri.starts_with("http")) {
        return None;
    }
    let mut http = Http {
        method: Cow::Borrowed(method),
        uri: Cow::Borrowed(uri),
        protocol: Cow::Borrowed(protocol),
        status: status.parse().ok(),
        ..Http::default()
    };
    let mut words = words.peekable();
    while let Some(word) = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
        match word.strip_suffix("ms") {
            Some(millis) => http.response_millis = millis.parse().ok(),
            None if http.bytes.is_none() => http.bytes = word.parse().ok(),
            None => {}
        }
    }
    if let Some(referrer) = words.next_if(|word| word.starts_with("http") || *word == "-") {
        http.referrer = (referrer != "-").then_some(Cow::Borrowed(referrer));
        // All that is left is the agent, spaces and all.
        let agent = words.next().map(|first| &message[first.as_ptr().addr() - message.as_ptr().addr()..]);
        http.user_agent =
            agent.map(|agent| Cow::Borrowed(agent.trim_matches('"'))).filter(|agent| agent != "-" && !agent.is_empty());
    }
    Some(http)
}

/// Where ` HTTP/` stands.
fn protocol_at(message: &str) -> Option<usize> {
    let bytes = message.as_bytes();
    memchr_iter(b'/', bytes).find(|at| bytes[..*at].ends_with(b" HTTP"))
}

/// Finds what a message says of level, user and address where that isn't known yet, and its pairs.
pub(super) fn read_message<'a>(record: &mut Record<'a>, message: &'a str) {
    read_pairs(message, record);
    if record.level.is_empty()
        && let Some(level) = level::find(message)
    {
        record.level = Cow::Borrowed(level);
    }
    if record.user.is_none() {
        record.user = entity::user(message).map(Cow::Borrowed);
    }
    if record.address.is_none() {
        record.address = entity::first_address(message).map(Cow::Borrowed);
    }
}

/// Text as it is where it is UTF-8, otherwise as Latin-1, in which every byte is a character.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// Decoded text without what is only there for a terminal or was never written: colours and NULs.
pub(super) fn cleaned(bytes: &[u8]) -> String {
    let text = decoded(bytes);
    let text = if memchr(0x1b, bytes).is_some() { without_escapes(&text) } else { text.into_owned() };
    if memchr(0, bytes).is_some() { text.replace('\0', "") } else { text }
}

/// Text without the sequences that set colours. Other escapes stay: they are evidence.
pub(super) fn without_escapes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        clean.push_str(before);
        let end = behind.find(|c: char| !c.is_ascii_digit() && !matches!(c, ';' | ':'));
        rest = match end.filter(|end| matches!(behind.as_bytes()[*end], b'm' | b'K')) {
            Some(end) => &behind[end + 1..],
            None => {
                clean.push_str("\u{1b}[");
                behind
            }
        };
    }
    clean + rest
}

/// Where a text in quotes ends that begins in front of `inside`.
pub(super) fn quote_end(inside: &str) -> Option<usize> {
    let bytes = inside.as_bytes();
    memchr_iter(b'"', bytes).find(|at| bytes[..*at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0)
}

/// Text from between quotes, without the backslashes that protect quotes, brackets and themselves.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if memchr(b'\\', text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let protected = chars.peek().copied().filter(|next| c == '\\' && matches!(next, '"' | '\\' | ']'));
        plain.push(protected.unwrap_or(c));
        if protected.is_some() {
            chars.next();
        }
    }
    Cow::Owned(plain)
}

/// Whether the time with this before it stands in front of the message and not within it.
fn is_before_message(before: &str) -> bool {
    before.len() <= LEADING_BYTES_MAX && before.split_ascii_whitespace().count() <= 3 && !before.contains(['=', '"'])
}

/// Reads what stands before the time: a level, an address, the service that a bar follows.
fn read_before<'a>(before: &'a str, record: &mut Record<'a>) {
    if let Some(service) = before.trim_end().strip_suffix('|').map(str::trim).filter(|service| is_name(service)) {
        record.source = Cow::Borrowed(service);
        return;
    }
    if let Some(level) = level::find(before) {
        record.level = Cow::Borrowed(level);
    }
    let word = before.trim().trim_end_matches(['[', ' ', '-', '(']);
    if entity::is_address(word) {
        record.address = entity::first_address(word).map(Cow::Borrowed);
    }
}

/// The record within one that a collector of many hosts' logs gave a date and a host of its own:
/// `2005.06.03 HOST TIME …` behind the seconds since 1970.
fn below_collector<'a>(body: &'a str, outer: &mut Record<'a>, clock: &Clock) -> Option<Record<'a>> {
    let (date, rest) = body.split_once(' ')?;
    if !is_bare_date(date) {
        return None;
    }
    let (host, rest) = rest.trim_start().split_once(' ')?;
    let stamp = clock.at(rest.as_bytes(), 0)?;
    let inner = syslog::record(rest, clock).unwrap_or_else(|| {
        let mut inner = Record::default();
        let body = rest[stamp.end..].trim_start();
        let body = body.strip_prefix(host).unwrap_or(body).trim_start();
        inner.message = Cow::Borrowed(read_header(body, &mut inner));
        read_message(&mut inner, body);
        inner
    });
    Some(Record { time: outer.time, assumed: outer.assumed, hostname: Cow::Borrowed(host), ..inner })
}

/// `2005.06.03`
fn is_bare_date(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => matches!(byte, b'.' | b'-' | b'/'),
            _ => byte.is_ascii_digit(),
        })
}

/// Takes level, process, thread and source off the front of a text, and gives its message.
fn read_header<'a>(body: &'a str, record: &mut Record<'a>) -> &'a str {
    let mut rest = body;
    for _ in 0..HEADER_WORDS_MAX {
        rest = rest.trim_start_matches([' ', '\t', '|']);
        let Some(word) = header_word(rest) else { break };
        let behind = &rest[word.len()..];
        let inside = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_column = behind.starts_with('|');
        if inside.is_empty() {
            // A dash between the parts, unless it begins the message.
            if word.len() > 2 || !word.bytes().all(|byte| matches!(byte, b'-' | b':')) {
                break;
            }
        } else if record.level.is_empty()
            && let Some(level) = level::find(word).filter(|_| is_column || word.len() <= 16)
        {
            record.level = Cow::Borrowed(level);
        } else if level::is_level(inside) && inside.eq_ignore_ascii_case(&record.level) {
            // Some write it twice, as a letter and as a word.
        } else if inside.bytes().all(|byte| byte.is_ascii_digit() || byte == b'#') {
            let process = inside.split('#').next().unwrap_or_default();
            if process.len() <= 7 && word.starts_with(|c: char| c.is_ascii_digit() || c == '[') && !has_field(record, "pid") {
                record.fields.push((Cow::Borrowed("pid"), Cow::Borrowed(process)));
            }
        } else if word.starts_with('[') {
            if let Some(class) = class_at_line(inside) {
                record.source = Cow::Borrowed(class);
            } else if is_logger(inside) && (inside.contains('.') || inside.contains("::")) {
                record.source = Cow::Borrowed(inside);
            } else if record.source.is_empty() && is_name(inside) {
                record.fields.push((Cow::Borrowed("thread"), Cow::Borrowed(inside)));
            }
        } else if let Some(source) = source(word, behind, !record.level.is_empty(), is_column) {
            record.source = Cow::Borrowed(source);
            rest = behind;
            if !is_column {
                break;
            }
            continue;
        } else {
            break;
        }
        rest = behind;
    }
    let rest = rest.trim_start_matches([' ', '\t', '|', ':']);
    let message = rest.strip_prefix("- ").unwrap_or(rest).trim_start();
    if message.is_empty() { body } else { message }
}

/// A word, or a text in brackets. Brackets with spaces are a thread's name where a source follows
/// them, and otherwise belong to the message.
fn header_word(rest: &str) -> Option<&str> {
    let bytes = rest.as_bytes();
    let mut end = None;
    if bytes.first() == Some(&b'[') {
        let window = &bytes[..bytes.len().min(HEADER_WORD_BYTES_MAX)];
        end = memchr_iter(b']', window)
            .map(|close| close + 1)
            .find(|end| matches!(bytes.get(*end), None | Some(b' ' | b':' | b'[')))
            .filter(|end| memchr(b' ', &window[..*end]).is_none() || is_thread_before_source(&rest[*end..]));
    } else if !bytes.is_empty() {
        end = Some(memchr3(b' ', b'\t', b'|', bytes).unwrap_or(bytes.len()));
    }
    end.filter(|end| (1..=HEADER_WORD_BYTES_MAX).contains(end)).map(|end| &rest[..end])
}

fn is_thread_before_source(behind: &str) -> bool {
    let next = behind.trim_start();
    let word = &next[..memchr(b' ', next.as_bytes()).unwrap_or(next.len())];
    word.ends_with(':') && word.contains('.') && is_logger(word.trim_end_matches(':'))
}

/// The class in `[thread/address:Class@12]`.
fn class_at_line(inside: &str) -> Option<&str> {
    let (name, line) = inside.rsplit_once('@')?;
    let name = name.rsplit(':').next()?;
    (!line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) && is_logger(name)).then_some(name)
}

/// The source that a word in front of a message is: `dfs.DataNode:`, `proftpd[12]`, `a.b.server `
/// behind a level, `chrome.exe - `, a column.
fn source<'a>(word: &'a str, behind: &str, has_level: bool, is_column: bool) -> Option<&'a str> {
    let name = word.trim_end_matches(':');
    let name = match name.split_once('[') {
        Some((name, process)) if process.ends_with(']') => name,
        _ => name,
    };
    if !is_logger(name) || level::is_level(name) {
        return None;
    }
    let is_path = name.contains('.') || name.contains("::");
    let is_marked = word.ends_with(':') && (has_level || is_path || name.len() < word.len() - 1);
    // A mark of Windows' 32-bit programs may stand between.
    let is_before_dash = behind.strip_prefix(" *64").unwrap_or(behind).starts_with(" - ");
    let is_process = word.ends_with(']') && name.len() < word.len();
    (is_marked || is_before_dash || is_process || is_column || (has_level && is_path)).then_some(name)
}

fn is_logger(name: &str) -> bool {
    (2..=160).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'$' | b'/' | b':' | b'*'))
}

/// `(kafka.log.Log)` at the end of a line.
fn trailing_logger(message: &str) -> Option<&str> {
    let inside = message.strip_suffix(')')?;
    let name = &inside[memrchr(b'(', inside.as_bytes())? + 1..];
    (is_logger(name) && name.matches('.').count() >= 2).then_some(name)
}

fn has_field(record: &Record<'_>, name: &str) -> bool {
    record.fields.iter().any(|(known, _)| known == name)
}

fn is_name(name: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@' | b'/'))
}

/// Reads `name=value` and `name="a value"` wherever they stand apart.
fn read_pairs<'a>(text: &'a str, record: &mut Record<'a>) {
    let bytes = text.as_bytes();
    let mut behind = 0;
    let mut has_leading_pair = false;
    for equals in memchr_iter(b'=', bytes) {
        if equals < behind {
            continue;
        }
        let name_length = bytes[behind..equals].iter().rev().take_while(|byte| is_name_byte(**byte)).count();
        let start = equals - name_length;
        let is_apart =
            start == 0 || matches!(bytes[start - 1], b' ' | b'\t' | b',' | b';' | b'(' | b'[' | b'{' | b'|' | b'<' | b'\'');
        let is_name = (1..=NAME_BYTES_MAX).contains(&name_length) && bytes[start].is_ascii_alphabetic();
        if !is_apart || !is_name || matches!(bytes.get(equals + 1), Some(b'=' | b'~' | b'>')) {
            continue;
        }
        let name = &text[start..equals];
        let rest = &text[equals + 1..];
        let (value, length) = match rest.strip_prefix('"').and_then(|inside| Some((inside, quote_end(inside)?))) {
            Some((inside, end)) => (unescaped(&inside[..end]), end + 2),
            None => {
                let end = rest.find([' ', '\t', ',', ';', ')', ']', '}', '|', '\n']).unwrap_or(rest.len());
                (Cow::Borrowed(&rest[..end]), end)
            }
        };
        behind = equals + 1 + length;
        has_leading_pair |= start == 0;
        read_pair(name, value, has_leading_pair, record);
        if record.fields.len() >= FIELDS_MAX {
            break;
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Puts a pair where it belongs. Only in a line that is all pairs does one hold the message.
fn read_pair<'a>(name: &'a str, value: Cow<'a, str>, is_all_pairs: bool, record: &mut Record<'a>) {
    if value.is_empty() {
        return;
    }
    match name {
        "level" | "lvl" | "severity" | "loglevel" if record.level.is_empty() => record.level = value,
        "msg" | "message" if is_all_pairs && !value.starts_with("audit(") => record.message = value,
        "logger" | "component" | "service" | "app" | "program" if record.source.is_empty() => record.source = value,
        "host" | "hostname" if record.hostname.is_empty() && is_all_pairs => record.hostname = value,
        "user" | "username" | "acct" | "sasl_username" if record.user.is_none() => record.user = Some(value),
        "ip" | "client" | "client_ip" | "remote_ip" | "remote_addr" | "rhost" | "src" | "SRC" | "srcip" | "oip" | "rip"
            if record.address.is_none() && entity::is_address(&value) =>
        {
            record.address = Some(match value {
                Cow::Borrowed(value) => entity::first_address(value).map_or(Cow::Borrowed(value), Cow::Borrowed),
                Cow::Owned(value) => Cow::Owned(value),
            });
        }
        "time" | "timestamp" | "ts" if is_all_pairs => {}
        _ => record.fields.push((Cow::Borrowed(name), value)),
    }
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
