//! Bytes to events.
//!
//! Every record of the input becomes either an event or a reject that says what was expected and
//! what stood there instead, so `events.len() + rejects.len()` is the number of records read. Each
//! parser passes over its input once; no record's fate depends on the ones after it.

pub(crate) mod json;
pub(crate) mod reject;
mod text;

use std::collections::HashMap;

use radar_types::wire::Reject;
use radar_types::{Event, EventId};

pub use json::json_records;
pub use text::text_lines;

/// The bounds of one input. What is past them is rejected, cut or not read, never held in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A longer record is rejected.
    pub record_bytes_max: usize,
    /// Reading stops after so many records, and [`Parsed::truncated`] says so.
    pub records_max: usize,
    /// A record with a longer host, source, user or the like is rejected; an extra field with a
    /// longer name is left out.
    pub name_bytes_max: usize,
    /// The first so many extra fields of a record, in the order of their names, are kept.
    pub fields_max: usize,
    /// The value of an extra field is cut to this.
    pub field_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { record_bytes_max: 1 << 20, records_max: 100_000, name_bytes_max: 1024, fields_max: 64, field_bytes_max: 4096 }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parsed {
    /// Each with its position, counted from 0: in the array, or of its line. Blank lines have a
    /// position too, but are no records.
    pub events: Vec<(u64, Event)>,
    pub rejects: Vec<Reject>,
    /// Whether records past [`Limits::records_max`] were left unread.
    pub truncated: bool,
}

impl Parsed {
    fn records(&self) -> usize {
        self.events.len() + self.rejects.len()
    }

    fn push(&mut self, index: u64, outcome: Result<Event, reject::Mismatch>) {
        match outcome {
            Ok(event) => self.events.push((index, event)),
            Err(mismatch) => self.rejects.push(mismatch.at(index)),
        }
    }
}

/// Gives each event of a batch its id. Equal events are told apart by how many came before them,
/// so sending the same batch again gives the same ids.
pub fn with_ids(events: Vec<Event>) -> Vec<(EventId, Event)> {
    let mut occurrences: HashMap<EventId, u64> = HashMap::with_capacity(events.len());
    let identify = |event: Event| {
        let first = event.id(0);
        let occurrence = occurrences.entry(first).or_default();
        let id = if *occurrence == 0 { first } else { event.id(*occurrence) };
        *occurrence += 1;
        (id, event)
    };
    events.into_iter().map(identify).collect()
}

/// The lines of an input that hold more than white space, with their positions.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (0..).zip(bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii)).filter(|(_, line)| !line.is_empty())
}

/// Windows programs like to put a byte order mark before UTF-8.
fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use radar_types::Timestamp;

    use super::*;
    use crate::random::SplitMix64;

    const EVENT: &str = r#"{"timestamp":"2026-03-01T08:30:00Z","hostname":"h","source":"s","os_type":"Linux","level":"INFO","message":"m \u00e4","collector":"c","a":{"b":[1]}}"#;

    #[test]
    fn damaged_input_never_panics_and_every_record_is_accounted_for() {
        let engine = crate::Engine::shipped().unwrap();
        let now = Timestamp::saturating_from_unix_millis(0);
        let whole = format!("[{EVENT},{EVENT}]\n{EVENT}\n2026-03-01 08:30:00 [INFO] a - b | IP: 10.0.0.1 | x\n").into_bytes();
        let mut random = SplitMix64::new(1);
        for _ in 0..5000 {
            let mut bytes = whole.clone();
            for _ in 0..=random.below(4) {
                let offset = random.below(bytes.len() as u64) as usize;
                match random.below(3) {
                    0 => bytes[offset] = random.next_u64() as u8,
                    1 => bytes.truncate(offset + 1),
                    _ => bytes[offset] = *random.pick(b"[]{}\",:\\\n "),
                }
            }
            for parse in [json_records, text_lines] {
                let parsed = parse(&bytes, now, &Limits::default());
                let mut indices: Vec<u64> = parsed.events.iter().map(|(index, _)| *index).collect();
                indices.extend(parsed.rejects.iter().map(|reject| reject.index));
                indices.sort_unstable();
                assert!(indices.is_sorted_by(|a, b| a < b));
                assert!(parsed.rejects.iter().all(|reject| reject.found.chars().count() <= 97));
                engine.score(with_ids(parsed.events.into_iter().map(|(_, event)| event).collect()));
            }
        }
    }

    #[test]
    fn equal_events_of_a_batch_have_their_own_ids_and_a_retry_the_same() {
        let now = Timestamp::saturating_from_unix_millis(0);
        let read = || {
            with_ids(
                json_records(format!("[{EVENT},{EVENT}]").as_bytes(), now, &Limits::default())
                    .events
                    .into_iter()
                    .map(|(_, event)| event)
                    .collect(),
            )
        };
        let first = read();
        assert_eq!(first, read());
        assert_ne!(first[0].0, first[1].0);
    }
}
