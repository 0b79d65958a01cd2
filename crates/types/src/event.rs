use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{EventId, Timestamp};

/// One normalised log record.
///
/// The first seven fields are the documents of existing RADAR databases, to the letter. Everything
/// else is optional and absent from the JSON when unset, so a record of exactly seven fields
/// survives a round trip unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Event {
    pub timestamp: Timestamp,
    pub hostname: String,
    pub source: String,
    pub os_type: String,
    /// As it was written: INFO, Warning, crit, and what else is usual.
    pub level: String,
    pub message: String,
    pub collector: String,

    /// The record's number in its origin (a Windows channel, a journal), where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Whatever else the record carried, flattened to text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

impl Event {
    /// One of which nothing is said yet but its time.
    pub fn at(timestamp: Timestamp) -> Self {
        Self {
            timestamp,
            hostname: String::new(),
            source: String::new(),
            os_type: String::new(),
            level: String::new(),
            message: String::new(),
            collector: String::new(),
            record_id: None,
            channel: None,
            user: None,
            address: None,
            fields: BTreeMap::new(),
        }
    }

    /// What the writer of the record called its urgency, in the usual five steps.
    pub fn severity_level(&self) -> Level {
        Level::from_text(&self.level)
    }

    /// The id of this event, the same for every retry of the same record.
    ///
    /// A record with a number of its own is that number on that host and channel. Any other is its
    /// content together with `occurrence`: how many equal events stood before it in the same batch
    /// or file. A batch that is sent again gives the same ids and so inserts nothing twice, while
    /// two equal lines of one batch stay two events.
    pub fn id(&self, occurrence: u64) -> EventId {
        match &self.record_id {
            Some(record_id) => EventId::derive(&[
                b"record",
                self.hostname.as_bytes(),
                self.collector.as_bytes(),
                self.channel.as_deref().unwrap_or(&self.source).as_bytes(),
                record_id.as_bytes(),
                // Channels that were cleared count from one again.
                &self.timestamp.unix_millis().to_le_bytes(),
            ]),
            None => {
                let timestamp = self.timestamp.unix_millis().to_le_bytes();
                let occurrence = occurrence.to_le_bytes();
                let optional = |field: &Option<String>| -> Vec<u8> {
                    field.as_ref().map_or_else(Vec::new, |text| [b"+", text.as_bytes()].concat())
                };
                let [channel, user, address] = [&self.channel, &self.user, &self.address].map(optional);
                let mut parts: Vec<&[u8]> = vec![
                    b"content",
                    &timestamp,
                    self.hostname.as_bytes(),
                    self.source.as_bytes(),
                    self.os_type.as_bytes(),
                    self.level.as_bytes(),
                    self.message.as_bytes(),
                    self.collector.as_bytes(),
                    &channel,
                    &user,
                    &address,
                    &occurrence,
                ];
                for (name, value) in &self.fields {
                    parts.push(name.as_bytes());
                    parts.push(value.as_bytes());
                }
                EventId::derive(&parts)
            }
        }
    }
}

/// The urgency a log's writer gave a record. It is an input to detection, never its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

impl Level {
    pub const ALL: [Self; 5] = [Self::Debug, Self::Info, Self::Warning, Self::Error, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// Reads the names used by syslog, Windows, and the common logging libraries. An unknown name
    /// is `Info`: it says nothing, so it must not raise an event's score.
    pub fn from_text(text: &str) -> Self {
        let is_one_of = |names: &[&str]| names.iter().any(|name| text.eq_ignore_ascii_case(name));
        if is_one_of(&["critical", "crit", "fatal", "emerg", "emergency", "alert", "panic"]) {
            Self::Critical
        } else if is_one_of(&["error", "err", "severe", "failure", "audit failure", "failure audit"]) {
            Self::Error
        } else if is_one_of(&["warning", "warn"]) {
            Self::Warning
        } else if is_one_of(&["debug", "trace", "verbose"]) {
            Self::Debug
        } else {
            Self::Info
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event {
        serde_json::from_str(
            r#"{"timestamp":"2026-03-01T08:30:00.250Z","hostname":"WS-014","source":"Security",
                "os_type":"Windows","level":"Information","message":"An account was logged on.",
                "collector":"radar-collector"}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_seven_field_record_survives_a_round_trip_unchanged() {
        let json = serde_json::to_value(event()).unwrap();
        assert_eq!(json.as_object().unwrap().len(), 7);
        assert_eq!(json["timestamp"], "2026-03-01T08:30:00.250Z");
    }

    #[test]
    fn a_retry_has_the_same_id_and_a_repeated_line_another() {
        assert_eq!(event().id(0), event().id(0));
        assert_ne!(event().id(0), event().id(1));
    }

    #[test]
    fn text_that_moves_from_one_field_to_the_next_changes_the_id() {
        let (mut a, mut b) = (event(), event());
        (a.hostname, a.source) = ("ab".into(), "c".into());
        (b.hostname, b.source) = ("a".into(), "bc".into());
        assert_ne!(a.id(0), b.id(0));
    }

    #[test]
    fn a_numbered_record_is_its_number_on_its_channel() {
        let mut a = event();
        a.record_id = Some("77".into());
        let mut b = a.clone();
        b.message = "the same record, rendered in another language".into();
        assert_eq!(a.id(0), b.id(5));
        b.channel = Some("System".into());
        assert_ne!(a.id(0), b.id(0));
    }

    #[test]
    fn levels_are_read_from_the_names_in_use() {
        for (text, level) in [
            ("Information", Level::Info),
            ("WARN", Level::Warning),
            ("Audit Failure", Level::Error),
            ("emerg", Level::Critical),
            ("Verbose", Level::Debug),
            ("", Level::Info),
            ("purple", Level::Info),
        ] {
            assert_eq!(Level::from_text(text), level, "{text}");
        }
    }
}
