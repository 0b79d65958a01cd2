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
    /// The same record, holding its texts itself.
    pub fn into_owned(self) -> Record<'static> {
        Record {
            line: self.line,
            time: self.time,
            assumed: self.assumed,
            hostname: owned(self.hostname),
            source: owned(self.source),
            level: owned(self.level),
            message: owned(self.message),
            user: self.user.map(owned),
            address: self.address.map(owned),
            channel: self.channel.map(owned),
            record_id: self.record_id.map(owned),
            http: self.http.map(Http::into_owned),
            fields: self.fields.into_iter().map(|(name, value)| (owned(name), owned(value))).collect(),
        }
    }
}

fn owned(text: Cow<'_, str>) -> Cow<'static, str> {
    Cow::Owned(text.into_owned())
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

impl Http<'_> {
    fn into_owned(self) -> Http<'static> {
        Http {
            method: owned(self.method),
            uri: owned(self.uri),
            protocol: owned(self.protocol),
            status: self.status,
            bytes: self.bytes,
            referrer: self.referrer.map(owned),
            user_agent: self.user_agent.map(owned),
            response_millis: self.response_millis,
        }
    }
}

/// A record that was not understood, and why. Its texts are safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub line: u64,
    pub expected: String,
    pub found: String,
}
