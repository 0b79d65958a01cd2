//! What can be said of an event by looking at it alone, in the units people use. Features are
//! computed from these, and so are the numbers in reasons, which therefore can't disagree.

use std::net::{IpAddr, Ipv4Addr};

use radar_types::{Event, Level, Timestamp};

use super::portable::log2;
use super::words::{Found, Topic};

#[derive(Clone, Debug)]
pub(crate) struct Facts {
    pub(crate) level: Level,
    /// Of the day, UTC.
    pub(crate) minute_of_day: u32,
    /// 0 is Monday.
    pub(crate) weekday: u32,
    pub(crate) bytes: usize,
    pub(crate) tokens: usize,
    pub(crate) longest_token_bytes: usize,
    pub(crate) lines: usize,
    /// Bits per byte.
    pub(crate) entropy: f64,
    /// Shares of the bytes, as are the following.
    pub(crate) digits: f64,
    pub(crate) punctuation: f64,
    pub(crate) uppercase: f64,
    pub(crate) non_ascii: f64,
    /// Control characters other than line ends and tabs, and replacement characters.
    pub(crate) control: f64,
    pub(crate) found: Found,
    pub(crate) address: Option<AddressClass>,
    pub(crate) response_millis: Option<f64>,
    /// The largest amount of data that the message speaks of.
    pub(crate) data_bytes: Option<f64>,
    pub(crate) is_windows: bool,
    pub(crate) is_administrator: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AddressClass {
    Internal,
    Public,
}

/// What facts are read from: an event, or a record of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) message: &'a str,
    pub(crate) level: Level,
    pub(crate) time: Timestamp,
    pub(crate) os_type: &'a str,
    pub(crate) user: Option<&'a str>,
    pub(crate) address: Option<&'a str>,
    /// The field that says how long something took.
    pub(crate) response: Option<&'a str>,
}

impl<'a> Subject<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        Self {
            message: &event.message,
            level: event.severity_level(),
            time: event.timestamp,
            os_type: &event.os_type,
            user: event.user.as_deref(),
            address: event.address.as_deref(),
            response: event.fields.iter().find(|(name, _)| is_response(name)).map(|(_, value)| value.as_str()),
        }
    }
}

/// Whether a field of this name says how long something took.
pub(crate) fn is_response(name: &str) -> bool {
    const NAMES: [&str; 5] = ["responsetime", "response_time", "response_time_ms", "duration_ms", "latency_ms"];
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

impl Facts {
    pub(crate) fn of(subject: &Subject<'_>) -> Self {
        let message = subject.message;
        let bytes = Bytes::of(message);
        let tokens = Tokens::of(message);
        let found = Found::in_message(message);
        let response = subject.response.and_then(leading_number).map(|(number, unit)| (number, unit.trim()));
        let response_field = response.and_then(|(number, unit)| if unit.is_empty() { Some(number) } else { millis(number, unit) });
        let user_is_administrator = |user: &str| ["administrator", "root"].iter().any(|name| user.eq_ignore_ascii_case(name));
        Self {
            level: subject.level,
            minute_of_day: (subject.time.millis_of_day() / 60_000) as u32,
            weekday: subject.time.days_since_monday() as u32,
            bytes: message.len(),
            tokens: tokens.count,
            longest_token_bytes: tokens.longest_bytes,
            lines: message.lines().count(),
            entropy: bytes.entropy(),
            digits: bytes.share(u8::is_ascii_digit),
            punctuation: bytes.share(u8::is_ascii_punctuation),
            uppercase: bytes.share(u8::is_ascii_uppercase),
            non_ascii: bytes.share(|byte| !byte.is_ascii()),
            control: control_share(message),
            found,
            address: subject.address.map_or(tokens.address, address_in).map(AddressClass::of),
            response_millis: max(response_field, tokens.millis),
            data_bytes: tokens.data_bytes,
            is_windows: subject.os_type.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("windows")),
            is_administrator: subject.user.map_or(found.has(Topic::Administrator), user_is_administrator),
        }
    }

    /// From midnight to six, UTC, when few people work who also sleep.
    pub(crate) fn is_night(&self) -> bool {
        self.minute_of_day < 6 * 60
    }

    pub(crate) fn is_administrator_logon(&self) -> bool {
        self.is_administrator && self.found.has(Topic::Logon)
    }
}

impl AddressClass {
    fn of(address: IpAddr) -> Self {
        let is_internal = match address {
            IpAddr::V4(v4) => v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified(),
            IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified(),
        };
        if is_internal { Self::Internal } else { Self::Public }
    }
}

/// How often each byte value occurs.
struct Bytes {
    counts: [u32; 256],
    total: usize,
}

impl Bytes {
    fn of(text: &str) -> Self {
        let mut counts = [0; 256];
        for byte in text.bytes() {
            counts[usize::from(byte)] += 1;
        }
        Self { counts, total: text.len() }
    }

    fn share(&self, is_of_kind: impl Fn(&u8) -> bool) -> f64 {
        let count: u32 = (0..=255_u8).filter(is_of_kind).map(|byte| self.counts[usize::from(byte)]).sum();
        f64::from(count) / self.total.max(1) as f64
    }

    fn entropy(&self) -> f64 {
        if self.total == 0 {
            return 0.0;
        }
        let weighted: f64 = self.counts.iter().filter(|count| **count > 1).map(|count| count_log2(*count)).sum();
        (log2(self.total as f64) - weighted / self.total as f64).max(0.0)
    }
}

/// `count * log2(count)`, looked up for the counts that short messages have.
fn count_log2(count: u32) -> f64 {
    const TABLE: [f64; 64] = {
        let mut table = [0.0; 64];
        let mut count = 1;
        while count < table.len() {
            table[count] = count as f64 * log2(count as f64);
            count += 1;
        }
        table
    };
    TABLE.get(count as usize).copied().unwrap_or_else(|| f64::from(count) * log2(f64::from(count)))
}

fn control_share(text: &str) -> f64 {
    let is_strange = |c: &char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || *c == char::REPLACEMENT_CHARACTER;
    text.chars().filter(is_strange).count() as f64 / text.len().max(1) as f64
}

/// What the words of a message say, words being what stands between white space.
#[derive(Default)]
struct Tokens {
    count: usize,
    longest_bytes: usize,
    address: Option<IpAddr>,
    millis: Option<f64>,
    data_bytes: Option<f64>,
}

impl Tokens {
    fn of(text: &str) -> Self {
        let mut tokens = Self::default();
        let mut words = text.split_ascii_whitespace().peekable();
        let mut previous = "";
        while let Some(word) = words.next() {
            tokens.count += 1;
            tokens.longest_bytes = tokens.longest_bytes.max(word.len());
            // Reading on is for words that can hold a number.
            if word.bytes().any(|byte| byte.is_ascii_digit()) {
                tokens.read(previous, word, words.peek().copied().unwrap_or_default());
            }
            previous = word;
        }
        tokens
    }

    /// Takes what a word says together with its neighbours.
    fn read(&mut self, previous: &str, word: &str, next: &str) {
        self.address = self.address.or_else(|| address_in(word));
        let (name, value) = word.rsplit_once('=').unwrap_or((previous, word));
        let Some((number, unit)) = leading_number(value.trim_start_matches(['(', '[', '"', '\''])) else { return };
        let unit = if unit.is_empty() { next } else { unit };
        let unit = unit.trim_matches(|c: char| !c.is_ascii_alphabetic());
        self.data_bytes = max(self.data_bytes, data_bytes(number, unit));
        if is_before_duration(name) {
            self.millis = max(self.millis, millis(number, unit));
        }
    }
}

/// Whether a time that follows this word is one that something took, and not, say, a limit.
fn is_before_duration(word: &str) -> bool {
    const WORDS: [&str; 9] = ["in", "took", "after", "duration", "elapsed", "latency", "time", "rt", "responsetime"];
    let word = word.trim_matches(|c: char| !c.is_ascii_alphabetic());
    WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn max(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    a.into_iter().chain(b).reduce(f64::max)
}

/// The number that a text begins with, and what follows it.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.').unwrap_or(text.len());
    // More digits than this are an identifier, not an amount.
    if end > 18 {
        return None;
    }
    let number: f64 = text[..end].parse().ok()?;
    Some((number, &text[end..]))
}

fn millis(number: f64, unit: &str) -> Option<f64> {
    match unit {
        "ms" | "msec" | "milliseconds" => Some(number),
        "s" | "sec" | "secs" | "seconds" => Some(number * 1000.0),
        _ => None,
    }
}

fn data_bytes(number: f64, unit: &str) -> Option<f64> {
    let factor = match unit {
        "B" | "bytes" | "byte" => 1.0,
        "kB" | "KB" | "KiB" | "kb" => 1e3,
        "MB" | "MiB" | "mb" => 1e6,
        "GB" | "GiB" | "gb" => 1e9,
        "TB" | "TiB" | "tb" => 1e12,
        _ => return None,
    };
    Some(number * factor)
}

/// The address a word holds, with or without a port or a name before it.
fn address_in(word: &str) -> Option<IpAddr> {
    let word = word.rsplit_once('=').map_or(word, |(_, value)| value);
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    if word.bytes().filter(|byte| *byte == b'.').count() == 3 {
        let host = word.split_once(':').map_or(word, |(host, _)| host);
        return host.parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    // A clock time has colons too, but never as many.
    (word.bytes().filter(|byte| *byte == b':').count() > 2).then(|| word.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(message: &str) -> Facts {
        let event = serde_json::json!({"timestamp": "2026-03-01T03:12:00Z", "hostname": "h", "source": "s", "os_type": "Windows 11",
            "level": "ERROR", "message": message, "collector": "c"});
        Facts::of(&Subject::of(&serde_json::from_value(event).unwrap()))
    }

    #[test]
    fn messages_are_measured() {
        let facts = facts("AB 12\nc.");
        assert_eq!((facts.bytes, facts.tokens, facts.longest_token_bytes, facts.lines), (8, 3, 2, 2));
        assert_eq!((facts.uppercase, facts.digits, facts.punctuation, facts.non_ascii), (0.25, 0.25, 0.125, 0.0));
        assert_eq!((facts.level, facts.minute_of_day, facts.weekday, facts.is_windows), (Level::Error, 192, 6, true));
        assert!(facts.is_night());
    }

    #[test]
    fn entropy_is_that_of_the_bytes() {
        for (message, bits) in [("", 0.0), ("aaaa", 0.0), ("abab", 1.0), ("abcd", 2.0)] {
            assert!((facts(message).entropy - bits).abs() < 1e-9, "{message}");
        }
        assert!(facts(&"ab".repeat(1000)).entropy - 1.0 < 1e-6);
    }

    #[test]
    fn amounts_are_read_with_their_units() {
        for (message, millis, bytes) in [
            ("done in 12 ms", Some(12.0), None),
            ("took 1.5s, sent 48 MB.", Some(1500.0), Some(48e6)),
            ("the uptime is 4711 seconds, the limit 30 s", None, None),
            ("duration=250ms size=10KiB", Some(250.0), Some(10e3)),
            ("duration: 3 seconds", Some(3000.0), None),
            ("12 apples, 123456789012345678901234 bytes", None, None),
            ("1.2.3 ms", None, None),
        ] {
            let facts = facts(message);
            assert_eq!((facts.response_millis, facts.data_bytes), (millis, bytes), "{message}");
        }
    }

    #[test]
    fn addresses_are_internal_or_public() {
        for (message, class) in [
            ("from 10.0.0.7 port 22", Some(AddressClass::Internal)),
            ("client=8.8.8.8:443,", Some(AddressClass::Public)),
            ("peer [2001:db8:0:1:0:0:0:2]", Some(AddressClass::Public)),
            ("at 12:30:00 version 1.2.3", None),
        ] {
            assert_eq!(facts(message).address, class, "{message}");
        }
    }

    #[test]
    fn what_cannot_be_printed_is_counted() {
        assert_eq!(facts("a\u{1}\u{7f}b").control, 0.5);
        assert_eq!(facts("a\tb\r\n").control, 0.0);
    }
}
