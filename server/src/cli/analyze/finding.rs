use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use radar_engine::read::{Http, Record};
use radar_types::{EventId, Reason, Severity, Timestamp};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

/// One scored record, as it is written out.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) file: String,
    /// From 1.
    pub(super) line: u64,
    pub(super) timestamp: Option<Timestamp>,
    pub(super) source: String,
    /// The same for the same record in the same place, on every run.
    pub(super) id: EventId,
    pub(super) score: f32,
    pub(super) raw: f32,
    pub(super) severity: Severity,
    pub(super) model: &'static str,
    pub(super) template: Option<String>,
    pub(super) reasons: Vec<Reason>,
    pub(super) event: Box<RawValue>,
    /// What forms other than JSON show of the event.
    #[serde(skip)]
    pub(super) hostname: String,
    #[serde(skip)]
    pub(super) address: String,
    #[serde(skip)]
    pub(super) message: String,
}

/// The record's own number where it has one, otherwise its place and content.
pub(super) fn id(file: &str, line: u64, record: &Record<'_>) -> EventId {
    let mut hash = Sha256::new();
    let line = line.to_string();
    let own = record.record_id.as_deref().unwrap_or(&line);
    for part in [file, own, record.hostname.as_ref(), record.channel.as_deref().unwrap_or_default(), record.message.as_ref()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    EventId::from_bytes(id)
}

/// The record as a JSON object: the fields of an event where it says them, and all others. Written at
/// once and not built as a tree first: there may be very many.
pub(super) fn event_json(record: &Record<'_>) -> Result<Box<RawValue>, serde_json::Error> {
    to_raw_value(&EventOf(record))
}

struct EventOf<'a>(&'a Record<'a>);

impl Serialize for EventOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let mut event = serializer.serialize_map(None)?;
        if let Some(time) = record.time {
            event.serialize_entry("timestamp", &time)?;
        }
        let texts = [
            ("hostname", &*record.hostname),
            ("source", &record.source),
            ("level", &record.level),
            ("message", &record.message),
            ("user", text(&record.user)),
            ("address", text(&record.address)),
            ("channel", text(&record.channel)),
            ("record_id", text(&record.record_id)),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            event.serialize_entry(name, text)?;
        }
        if record.time.is_some() && (record.assumed.year || record.assumed.zone) {
            let assumed = [("year", record.assumed.year), ("zone", record.assumed.zone)];
            let assumed: Vec<&str> = assumed.into_iter().filter(|(_, is_assumed)| *is_assumed).map(|(name, _)| name).collect();
            event.serialize_entry("assumed", &assumed)?;
        }
        if let Some(http) = &record.http {
            event.serialize_entry("http", &HttpOf(http))?;
        }
        if !record.fields.is_empty() {
            event.serialize_entry("fields", &FieldsOf(&record.fields))?;
        }
        event.end()
    }
}

fn text<'a>(text: &'a Option<Cow<'_, str>>) -> &'a str {
    text.as_deref().unwrap_or_default()
}

struct HttpOf<'a>(&'a Http<'a>);

impl Serialize for HttpOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(http) = self;
        let mut request = serializer.serialize_map(None)?;
        let texts = [
            ("method", &*http.method),
            ("uri", &http.uri),
            ("protocol", &http.protocol),
            ("referrer", text(&http.referrer)),
            ("user_agent", text(&http.user_agent)),
        ];
        for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
            request.serialize_entry(name, text)?;
        }
        if let Some(status) = http.status {
            request.serialize_entry("status", &status)?;
        }
        if let Some(bytes) = http.bytes {
            request.serialize_entry("bytes", &bytes)?;
        }
        if let Some(millis) = http.response_millis {
            request.serialize_entry("response_millis", &millis)?;
        }
        request.end()
    }
}

struct FieldsOf<'a>(&'a [(Cow<'a, str>, Cow<'a, str>)]);

impl Serialize for FieldsOf<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // Of a name that comes twice, the last value stands at the first place.
        let mut places: HashMap<&str, usize> = HashMap::with_capacity(self.0.len());
        let mut fields: Vec<(&str, &str)> = Vec::with_capacity(self.0.len());
        for (name, value) in self.0 {
            match places.entry(name) {
                Entry::Occupied(place) => fields[*place.get()].1 = value,
                Entry::Vacant(place) => {
                    place.insert(fields.len());
                    fields.push((name, value));
                }
            }
        }
        serializer.collect_map(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_its_record_says_and_each_name_once() {
        let pair = |name: &'static str, value: &'static str| (Cow::Borrowed(name), Cow::Borrowed(value));
        let mut record = Record {
            message: "a \"b\"".into(),
            hostname: "h".into(),
            fields: vec![pair("x", "1"), pair("y", "2"), pair("x", "3")],
            http: Some(Http { method: "GET".into(), uri: "/".into(), status: Some(200), ..Http::default() }),
            ..Record::default()
        };
        let json = |record: &Record<'_>| event_json(record).unwrap().get().to_owned();
        assert_eq!(
            json(&record),
            r#"{"hostname":"h","message":"a \"b\"","http":{"method":"GET","uri":"/","status":200},"fields":{"x":"3","y":"2"}}"#
        );
        record.time = "2026-03-01T08:30:00Z".parse().ok();
        record.assumed.zone = true;
        assert!(json(&record).starts_with(r#"{"timestamp":"2026-03-01T08:30:00.000Z","hostname":"h","#));
        assert!(json(&record).contains(r#""assumed":["zone"]"#));
    }
}
