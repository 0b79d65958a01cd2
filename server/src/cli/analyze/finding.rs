use radar_engine::read::Record;
use radar_types::{Reason, Severity, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
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
    pub(super) id: String,
    pub(super) score: f32,
    pub(super) raw: f32,
    pub(super) severity: Severity,
    pub(super) model: &'static str,
    pub(super) template: Option<String>,
    pub(super) reasons: Vec<Reason>,
    pub(super) event: Value,
}

impl Finding {
    pub(super) fn text(&self, field: &str) -> &str {
        self.event[field].as_str().unwrap_or_default()
    }
}

/// The record's own number where it has one, otherwise its place and content.
pub(super) fn id(file: &str, line: u64, record: &Record<'_>) -> String {
    let mut hash = Sha256::new();
    let line = line.to_string();
    let own = record.record_id.as_deref().unwrap_or(&line);
    for part in [file, own, record.hostname.as_ref(), record.channel.as_deref().unwrap_or_default(), record.message.as_ref()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The record as a JSON object: the fields of an event where it says them, and all others.
pub(super) fn event_json(record: &Record<'_>) -> Value {
    let mut event = Map::new();
    let mut say = |name: &str, value: &str| {
        if !value.is_empty() {
            event.insert(name.into(), value.into());
        }
    };
    if let Some(time) = record.time {
        say("timestamp", &time.to_string());
    }
    say("hostname", &record.hostname);
    say("source", &record.source);
    say("level", &record.level);
    say("message", &record.message);
    say("user", record.user.as_deref().unwrap_or_default());
    say("address", record.address.as_deref().unwrap_or_default());
    say("channel", record.channel.as_deref().unwrap_or_default());
    say("record_id", record.record_id.as_deref().unwrap_or_default());
    let assumed = [("year", record.assumed.year), ("zone", record.assumed.zone)];
    let assumed: Vec<Value> = assumed.into_iter().filter(|(_, is_assumed)| *is_assumed).map(|(name, _)| name.into()).collect();
    if record.time.is_some() && !assumed.is_empty() {
        event.insert("assumed".into(), assumed.into());
    }
    if let Some(http) = &record.http {
        let mut request = Map::new();
        let texts = [
            ("method", Some(&http.method)),
            ("uri", Some(&http.uri)),
            ("protocol", Some(&http.protocol)),
            ("referrer", http.referrer.as_ref()),
            ("user_agent", http.user_agent.as_ref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text.filter(|text| !text.is_empty()) {
                request.insert(name.into(), text.as_ref().into());
            }
        }
        let numbers = [
            ("status", http.status.map(Value::from)),
            ("bytes", http.bytes.map(Value::from)),
            ("response_millis", http.response_millis.map(Value::from)),
        ];
        request.extend(numbers.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?))));
        event.insert("http".into(), request.into());
    }
    if !record.fields.is_empty() {
        let fields: Map<String, Value> =
            record.fields.iter().map(|(name, value)| (name.to_string(), value.as_ref().into())).collect();
        event.insert("fields".into(), fields.into());
    }
    event.into()
}
