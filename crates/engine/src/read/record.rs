use std::borrow::Cow;

use radar_types::Timestamp;

/// What a block holds: every record either understood or rejected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Records<'a> {
    pub records: Vec<Record<'a>>,
    pub rejects: Vec<Reject>,
}

/// One log record, as far as its format tells. `None` and an empty text both mean that the record
/// does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record<'a> {
    /// The number of its first line, from 1.
    pub line: u64,
    pub time: Option<Timestamp>,
    pub assumed: Assumed,
    pub hostname: Cow<'a, str>,
    /// The program, service or channel that wrote it.
    pub source: Cow<'a, str>,
    /// As it was written.
    pub level: Cow<'a, str>,
    /// What people read: the text behind the header, the request of an access log, all columns of a
    /// table row.
    pub message: Cow<'a, str>,
    pub user: Option<Cow<'a, str>>,
    pub address: Option<Cow<'a, str>>,
    pub channel: Option<Cow<'a, str>>,
    pub record_id: Option<Cow<'a, str>>,
    /// Of a request to a web server.
    pub http: Option<Http<'a>>,
    /// Whatever else it carries, flattened: `process.name`, `winlog.event_data.TargetUserName`. In a
    /// table these are all its columns, in order.
    pub fields: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

impl Record<'_> {
    /// The same record with texts of its own.
    pub(super) fn into_owned(self) -> Record<'static> {
        fn own(text: Cow<'_, str>) -> Cow<'static, str> {
            Cow::Owned(text.into_owned())
        }
        let http = self.http.map(|http| Http {
            method: own(http.method),
            uri: own(http.uri),
            protocol: own(http.protocol),
            referrer: http.referrer.map(own),
            user_agent: http.user_agent.map(own),
            ..http
        });
        Record {
            hostname: own(self.hostname),
            source: own(self.source),
            level: own(self.level),
            message: own(self.message),
            user: self.user.map(own),
            address: self.address.map(own),
            channel: self.channel.map(own),
            record_id: self.record_id.map(own),
            http,
            fields: self.fields.into_iter().map(|(name, value)| (own(name), own(value))).collect(),
            ..self
        }
    }
}

/// What the record itself left open in its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    pub year: bool,
    pub zone: bool,
}

/// A request to a web server. `None` where the log has `-` or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Http<'a> {
    pub method: Cow<'a, str>,
    /// Path and query as they were sent, not decoded.
    pub uri: Cow<'a, str>,
    pub protocol: Cow<'a, str>,
    pub status: Option<u16>,
    pub bytes: Option<u64>,
    pub referrer: Option<Cow<'a, str>>,
    pub user_agent: Option<Cow<'a, str>>,
    pub response_millis: Option<f32>,
}

/// A record that was not understood, and why. Its texts are safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub line: u64,
    pub expected: String,
    pub found: String,
}
