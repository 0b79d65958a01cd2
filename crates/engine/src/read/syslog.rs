//! Syslog: RFC 5424, RFC 3164, and what Linux and its relatives write to their log files, with and
//! without the priority in front.

use std::borrow::Cow;

use super::time::{Clock, Stamp};
use super::{Record, access, level, text};

const FIELDS_MAX: usize = 64;
const NAME_BYTES_MAX: usize = 255;

pub(super) fn record<'a>(line: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let (severity, rest) = priority(line);
    if severity.is_some()
        && let Some(record) = rfc5424(rest, clock)
    {
        return Some(Record { level: severity.map_or(Cow::Borrowed(""), Cow::Borrowed), ..record });
    }
    let mut record = rfc3164(rest, clock)?;
    if let Some(severity) = severity {
        record.level = Cow::Borrowed(severity);
    }
    Some(record)
}

/// Whether a line is one of RFC 5424.
pub(super) fn is_rfc5424(line: &str, clock: &Clock) -> bool {
    let (severity, rest) = priority(line);
    severity.is_some() && rfc5424(rest, clock).is_some()
}

/// Whether a line begins like `<34>`.
pub(super) fn has_priority(line: &[u8]) -> bool {
    let digits = line.iter().skip(1).take(3).take_while(|byte| byte.is_ascii_digit()).count();
    line.first() == Some(&b'<') && digits > 0 && line.get(1 + digits) == Some(&b'>')
}

/// The severity of `<34>`, and what follows it.
fn priority(line: &str) -> (Option<&'static str>, &str) {
    let Some((number, rest)) = line.strip_prefix('<').and_then(|inside| inside.split_once('>')) else { return (None, line) };
    match number.parse::<u8>() {
        Ok(number) if number < 192 && !number.to_string().is_empty() => {
            (level::SEVERITIES.get(usize::from(number % 8)).copied(), rest)
        }
        _ => (None, line),
    }
}

/// `VERSION TIME HOST APP PROCID MSGID DATA [MESSAGE]`, each but the first `-` where it is not known.
fn rfc5424<'a>(rest: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let (version, rest) = rest.split_once(' ')?;
    if version.is_empty() || version.len() > 2 || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut words = rest;
    let mut word = || {
        let (word, behind) = words.split_once(' ').unwrap_or((words, ""));
        words = behind;
        (!word.is_empty()).then_some(word)
    };
    let time = word()?;
    let stamp = match time {
        "-" => None,
        time => Some(clock.at(time.as_bytes(), 0).filter(|stamp| stamp.end == time.len())?),
    };
    let (host, app, process, message_id) = (word()?, word()?, word()?, word()?);
    let given = |word: &'a str| if word == "-" { Cow::Borrowed("") } else { Cow::Borrowed(word) };
    let mut record = Record {
        time: stamp.map(|stamp| stamp.time),
        assumed: stamp.map(|stamp| stamp.assumed).unwrap_or_default(),
        hostname: given(host),
        source: given(app),
        ..Record::default()
    };
    for (name, value) in [("pid", process), ("msgid", message_id)] {
        if value != "-" {
            record.fields.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
    }
    let message = structured_data(words, &mut record)?;
    let message = message.trim_start_matches([' ', '\u{feff}']);
    text::read_message(&mut record, message);
    record.message = Cow::Borrowed(message);
    Some(record)
}

/// Reads `[id name="value" …][…]` or `-` into fields, and gives what follows.
fn structured_data<'a>(mut rest: &'a str, record: &mut Record<'a>) -> Option<&'a str> {
    if let Some(behind) = rest.strip_prefix('-') {
        return Some(behind);
    }
    if rest.is_empty() {
        return Some(rest);
    }
    if !rest.starts_with('[') {
        return None;
    }
    while let Some(inside) = rest.strip_prefix('[') {
        let id_end = inside.find([' ', ']'])?;
        let (id, mut parameters) = inside.split_at(id_end);
        if id.is_empty() {
            return None;
        }
        loop {
            parameters = parameters.trim_start_matches(' ');
            if let Some(behind) = parameters.strip_prefix(']') {
                rest = behind;
                break;
            }
            let (name, value) = parameters.split_once("=\"")?;
            let end = text::quote_end(value)?;
            if record.fields.len() < FIELDS_MAX && name.len() <= NAME_BYTES_MAX && id.len() <= NAME_BYTES_MAX {
                record.fields.push((Cow::Owned(format!("{id}.{name}")), text::unescaped(&value[..end])));
            }
            parameters = &value[end + 1..];
        }
    }
    Some(rest)
}

/// `TIME HOST TAG[PID]: MESSAGE`, or without the host.
fn rfc3164<'a>(line: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let stamp = clock.at(line.as_bytes(), 0)?;
    let is_named_month = line.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = line.get(stamp.end..)?.trim_start_matches(':').strip_prefix(' ')?.trim_start_matches(' ');
    let mut record = Record { time: Some(stamp.time), assumed: stamp.assumed, ..Record::default() };
    let behind_host = match rest.split_once(' ') {
        Some((host, behind)) if is_host(host) => {
            record.hostname = Cow::Borrowed(host);
            behind.trim_start_matches(' ')
        }
        // The kernel and some devices leave it out.
        _ if is_named_month => rest,
        _ => return None,
    };
    let message = match tag(behind_host) {
        Some(tag) => {
            record.source = Cow::Borrowed(tag.name);
            if let Some(process) = tag.process {
                record.fields.push((Cow::Borrowed("pid"), Cow::Borrowed(process)));
            }
            tag.message
        }
        None if is_syslog_without_tag(&stamp, is_named_month, &record) => behind_host,
        None => return None,
    };
    if message.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':')
        && let Some(request) = access::record(message, clock)
    {
        return Some(Record {
            fields: [record.fields, request.fields].concat(),
            hostname: record.hostname,
            source: record.source,
            ..request
        });
    }
    if record.source == "sudo" {
        record.user = message.split_once(" : ").map(|(user, _)| Cow::Borrowed(user.trim()));
    }
    text::read_message(&mut record, message);
    record.message = Cow::Borrowed(message);
    Some(record)
}

/// Without a tag only the classic time tells syslog from any other text.
fn is_syslog_without_tag(stamp: &Stamp, is_named_month: bool, record: &Record<'_>) -> bool {
    is_named_month && stamp.assumed.year && !record.hostname.is_empty()
}

fn is_host(word: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&word.len())
        && !word.ends_with(':')
        && !level::is_level(word)
        && !matches!(word, "stdout" | "stderr")
        && word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == ':' || c == '_')
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_:/@%".contains(&byte))
}

struct Tag<'a> {
    name: &'a str,
    process: Option<&'a str>,
    message: &'a str,
}

/// `sshd[123]: `, `kernel: `, `postfix/smtpd[1]: `, `Some Program[12]: `, `launchd[1] (x): `.
fn tag(text: &str) -> Option<Tag<'_>> {
    let window = &text[..text.floor_char_boundary(NAME_BYTES_MAX)];
    let end = window.find([' ', ':', '['])?;
    let (name, behind) = text.split_at(end);
    if name.is_empty() {
        return None;
    }
    if let Some(inside) = behind.strip_prefix('[') {
        let (process, message) = inside.split_once(']')?;
        if process.is_empty() || process.len() > 32 || process.contains(' ') {
            return None;
        }
        let message = message.strip_prefix(':').unwrap_or(message);
        return Some(Tag { name, process: Some(process), message: message.trim_start_matches(' ') });
    }
    if let Some(message) = behind.strip_prefix(':') {
        // `a::b:` and times are no tags.
        let is_tag = message.is_empty() || message.starts_with(' ') || message.starts_with('\t');
        return is_tag.then(|| Tag { name, process: None, message: message.trim_start_matches(' ') });
    }
    // A name of several words is only told by what stands behind it.
    let colon = window.find(": ")?;
    let (words, process) = window[..colon].strip_suffix(']')?.rsplit_once('[')?;
    let is_process = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    (is_process && words.split(' ').count() <= 4 && !words.contains(['[', '(', '='])).then(|| Tag {
        name: words,
        process: Some(process),
        message: text[colon + 2..].trim_start_matches(' '),
    })
}

#[cfg(test)]
#[path = "syslog_tests.rs"]
mod tests;
