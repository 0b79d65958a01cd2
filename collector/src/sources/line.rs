//! From a line of a file to the events it holds.

use radar_engine::parse::{Limits, json_records, text_lines};
use radar_types::wire::Reject;
use radar_types::{Event, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{LINE_BYTES_MAX, Line};

/// What the engine calls a source or host that a line does not name.
const UNKNOWN: &str = "unknown";

/// Fills in what a log line does not say of itself.
pub(crate) struct LineReader {
    hostname: String,
    source: String,
    limits: Limits,
}

/// Why a line, or an event of it, is not sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Skipped {
    TooLong { bytes: u64 },
    NotUnderstood(Reject),
}

impl LineReader {
    pub(crate) fn new(hostname: String, source: String) -> Self {
        Self { hostname, source, limits: Limits { record_bytes_max: LINE_BYTES_MAX, ..Limits::default() } }
    }

    /// A line that begins with a brace is a RADAR event, any other is text. An array of events on
    /// one line is read too. A line without a time happened at `read_at`.
    pub(crate) fn events(&self, line: &Line, read_at: Timestamp) -> (Vec<Event>, Vec<Skipped>) {
        let Some(bytes) = &line.bytes else {
            return (Vec::new(), vec![Skipped::TooLong { bytes: line.to - line.from }]);
        };
        let holds_json = begins_json(bytes);
        let parse = if holds_json { json_records } else { text_lines };
        let parsed = parse(bytes, read_at, &self.limits);
        let mut events: Vec<Event> = Vec::with_capacity(parsed.events.len());
        for (index, mut event) in parsed.events {
            if !holds_json {
                self.complete(&mut event);
            }
            if event.record_id.is_none() {
                event.record_id = Some(position_id(line.from, index, bytes));
            }
            events.push(event);
        }
        (events, parsed.rejects.into_iter().map(Skipped::NotUnderstood).collect())
    }

    fn complete(&self, event: &mut Event) {
        event.hostname.clone_from(&self.hostname);
        if event.source == UNKNOWN {
            event.source.clone_from(&self.source);
        }
        event.os_type = match std::env::consts::OS {
            "windows" => "Windows".into(),
            "linux" => "Linux".into(),
            "macos" => "macOS".into(),
            other => other.into(),
        };
        event.collector = "radar-collector".into();
    }
}

fn begins_json(bytes: &[u8]) -> bool {
    match bytes.trim_ascii_start() {
        [b'{', ..] => true,
        [b'[', rest @ ..] => rest.trim_ascii_start().first() == Some(&b'{'),
        _ => false,
    }
}

/// The number of a record that has none: where it stands and what it says. It stays the same when
/// the file is renamed by a rotation; two different lines never share one, and neither do two equal
/// lines of one file.
fn position_id(offset: u64, index: u64, bytes: &[u8]) -> String {
    let digest = Sha256::new().chain_update(index.to_le_bytes()).chain_update(bytes).finalize();
    let digits: String = digest[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{offset}-{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"timestamp":"2026-03-01T08:30:00.250Z","hostname":"WS-014","source":"Security","os_type":"Windows","level":"Information","message":"An account was logged on.","collector":"agent"}"#;

    fn line(from: u64, text: &str) -> Line {
        Line { from, to: from + text.len() as u64 + 1, is_ended: true, bytes: Some(text.into()) }
    }

    fn read(from: u64, text: &str) -> (Vec<Event>, Vec<Skipped>) {
        let read_at = "2026-03-02T00:00:00Z".parse().unwrap();
        LineReader::new("HERE".into(), "app".into()).events(&line(from, text), read_at)
    }

    /// The time, host, source, level and message of the one event of a line.
    fn check(text: &str, expected: [&str; 5]) {
        let (events, skipped) = read(0, text);
        assert_eq!((events.len(), skipped.len()), (1, 0), "{text}");
        let Event { timestamp, hostname, source, level, message, .. } = &events[0];
        assert_eq!([&timestamp.to_string(), hostname, source, level, message], expected, "{text}");
    }

    #[test]
    fn an_event_stays_what_it_is() {
        check(EVENT, ["2026-03-01T08:30:00.250Z", "WS-014", "Security", "Information", "An account was logged on."]);
        assert_eq!(read(0, EVENT).0[0].collector, "agent");
    }

    #[test]
    fn a_text_line_gets_this_host_and_the_files_source() {
        check("disk is full ☃", ["2026-03-02T00:00:00.000Z", "HERE", "app", "INFO", "disk is full ☃"]);
        check("2026-03-01 08:30:00 ERROR disk is full", ["2026-03-01T08:30:00.000Z", "HERE", "app", "ERROR", "disk is full"]);
        check("2026-03-01 08:30:00 [WARN] auth - slow", ["2026-03-01T08:30:00.000Z", "HERE", "auth", "WARN", "slow"]);
        check("[not json]", ["2026-03-02T00:00:00.000Z", "HERE", "app", "INFO", "[not json]"]);
    }

    #[test]
    fn blank_lines_are_nothing() {
        assert_eq!(read(0, "  \t"), (vec![], vec![]));
    }

    #[test]
    fn what_is_not_understood_is_skipped_with_its_reason() {
        let (events, skipped) = read(0, r#"{"timestamp":1}"#);
        assert!(events.is_empty());
        assert!(matches!(&skipped[..], [Skipped::NotUnderstood(_)]), "{skipped:?}");
        let too_long = Line { from: 5, to: 3_000_000, is_ended: true, bytes: None };
        let (_, skipped) = LineReader::new("h".into(), "s".into()).events(&too_long, Timestamp::MIN);
        assert_eq!(skipped, [Skipped::TooLong { bytes: 2_999_995 }]);
    }

    #[test]
    fn a_records_number_is_its_own_or_its_position() {
        let number = |from, text: &str| read(from, text).0[0].record_id.clone().unwrap();
        assert_eq!(number(7, &EVENT.replace('}', r#","record_id":"77"}"#)), "77");
        assert_eq!(number(7, EVENT), number(7, EVENT));
        assert_ne!(number(7, EVENT), number(8, EVENT));
        assert_ne!(number(7, "a"), number(7, "b"));
        assert!(number(7, "a").starts_with("7-"));
        let (array, _) = read(0, &format!("[{EVENT},{EVENT}]"));
        assert_eq!(array.len(), 2);
        assert_ne!(array[0].record_id, array[1].record_id);
    }
}
