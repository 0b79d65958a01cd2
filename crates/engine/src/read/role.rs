//! What a named value is: its time, its level, its host.
//!
//! Everybody who writes JSON or tables names these things a little differently. One list has the
//! names in use, best first for each role; case and the marks between words do not count, so
//! `client.ip`, `clientIp` and `CLIENT_IP` are one name.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What a field or a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Time,
    Level,
    Message,
    Host,
    Source,
    User,
    Address,
    Channel,
    RecordId,
    Method,
    Uri,
    Protocol,
    /// Method, URI and protocol in one, as web servers log them.
    Request,
    Status,
    Bytes,
    Referrer,
    UserAgent,
    ResponseMillis,
    ResponseSeconds,
    ResponseNanos,
    /// Different in nearly every row.
    Id,
    Number,
    /// One of few values.
    Category,
    Text,
}

impl Role {
    pub(super) const COUNT: usize = Self::Text as usize + 1;
}

/// A name that tells the role of its value. Among several of one role the lowest rank counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) role: Role,
    pub(super) rank: u8,
}

/// The list, made ready to look names up.
pub(super) struct Names {
    known: HashMap<&'static str, Known>,
}

impl Names {
    /// Making it costs more than reading a record, so it is made once.
    pub(super) fn get() -> &'static Self {
        static NAMES: LazyLock<Names> = LazyLock::new(Names::new);
        &NAMES
    }

    fn new() -> Self {
        let ranked = |(role, names): &'static (Role, &[&'static str])| {
            (0..).zip(*names).map(|(rank, name)| (*name, Known { role: *role, rank }))
        };
        Self { known: NAMES.iter().flat_map(ranked).collect() }
    }

    pub(super) fn find(&self, name: &str) -> Option<Known> {
        let mut plain = [0; NAME_BYTES_MAX];
        let mut length = 0;
        for byte in name.bytes().filter(|byte| !is_between_words(*byte)) {
            *plain.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        self.known.get(std::str::from_utf8(&plain[..length]).ok()?).copied()
    }
}

fn is_between_words(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b' ' | b'@' | b'$' | b'(' | b')' | b'#' | b'/')
}

/// Names in the list are shorter.
const NAME_BYTES_MAX: usize = 40;

const NAMES: &[(Role, &[&str])] = &[
    (
        Role::Time,
        &[
            "timestamp",
            "timecreated",
            "time",
            "datetime",
            "eventtime",
            "tdate",
            "ts",
            "sourcerealtimetimestamp",
            "realtimetimestamp",
            "edgestarttimestamp",
            "requestreceivedtimestamp",
            "stagetimestamp",
            "startutc",
            "starttime",
            "eventcreated",
            "createdat",
            "created",
            "occurredat",
            "eventtimestamp",
            "logtime",
            "logtimestamp",
            "requesttimestamp",
            "timelocal",
            "timeiso8601",
            "datetimeutc",
            "utctime",
            "unixtime",
            "epoch",
            "epochtime",
            "epochmillis",
            "timemillis",
            "instantepochsecond",
            "timegenerated",
            "syslogtimestamp",
            "date",
            "when",
            "receivedat",
            "eventreceivedtime",
            "t",
        ],
    ),
    (
        Role::Level,
        &[
            "level",
            "loglevel",
            "severity",
            "levelname",
            "severitytext",
            "lvl",
            "priority",
            "syslogseverity",
            "logseverity",
            "leveltext",
            "levelstr",
            "levelvalue",
            "severityvalue",
            "severitynumber",
            "s",
        ],
    ),
    (
        Role::Message,
        &[
            "message",
            "msg",
            "log",
            "logmessage",
            "shortmessage",
            "body",
            "text",
            "rawmessage",
            "eventoriginal",
            "messagetext",
            "description",
            "content",
            "details",
            "eventname",
            "activity",
        ],
    ),
    (
        Role::Host,
        &[
            "hostname",
            "hostname1",
            "hosthostname",
            "computer",
            "winlogcomputername",
            "computername",
            "host",
            "agenthostname",
            "beathostname",
            "observerhostname",
            "agentname",
            "machinename",
            "machine",
            "servername",
            "server",
            "nodename",
            "node",
            "kuberneteshost",
            "kubernetesnodename",
            "device",
            "devicename",
            "requesthost",
            "clientrequesthost",
        ],
    ),
    (
        Role::Source,
        &[
            "source",
            "provider",
            "sourcename",
            "providername",
            "winlogprovidername",
            "eventprovider",
            "servicename",
            "service",
            "syslogidentifier",
            "logger",
            "loggername",
            "logname",
            "app",
            "appname",
            "application",
            "applicationname",
            "program",
            "component",
            "module",
            "processname",
            "kubernetescontainername",
            "containername",
            "systemdunit",
            "unit",
            "comm",
            "facility",
            "eventsource",
            "eventmodule",
            "eventdataset",
            "loggerclass",
            "class",
            "category",
            "name",
            "c",
        ],
    ),
    (
        Role::User,
        &[
            "user",
            "username",
            "targetusername",
            "winlogeventdatatargetusername",
            "subjectusername",
            "winlogeventdatasubjectusername",
            "accountname",
            "remoteuser",
            "useremail",
            "userid",
            "useridentityusername",
            "useridentityarn",
            "account",
            "login",
            "loginname",
            "principal",
            "subject",
            "uid",
        ],
    ),
    (
        Role::Address,
        &[
            "address",
            "sourceip",
            "clientip",
            "sourceaddress",
            "clientaddress",
            "remoteaddr",
            "remoteip",
            "ipaddress",
            "winlogeventdataipaddress",
            "requestremoteip",
            "requestclientip",
            "sourceipaddress",
            "sourceips",
            "srcip",
            "ip",
            "ipaddr",
            "sourceaddr",
            "src",
            "clienthost",
            "remoteaddress",
            "requestremoteaddr",
            "remotehost",
            "remote",
            "client",
            "peer",
            "xforwardedfor",
            "downstreamremoteaddress",
            "ipport",
        ],
    ),
    (Role::Channel, &["channel", "winlogchannel", "logchannel", "winloglogname", "transport", "stream"]),
    (Role::RecordId, &["recordid", "eventrecordid", "winlogrecordid", "recordnumber", "cursor", "eventid1"]),
    (Role::Method, &["httprequestmethod", "requestmethod", "method", "httpmethod", "verb", "clientrequestmethod", "csmethod"]),
    (
        Role::Uri,
        &[
            "urloriginal",
            "requesturi",
            "clientrequesturi",
            "uri",
            "url",
            "requesturl",
            "requestpath",
            "urlpath",
            "path",
            "httpurl",
            "httptarget",
            "clientrequestpath",
            "urlfull",
            "csuristem",
            "xenvoyoriginpath",
        ],
    ),
    (
        Role::Protocol,
        &[
            "httpversion",
            "requestproto",
            "protocol",
            "requestprotocol",
            "serverprotocol",
            "httpprotocol",
            "clientrequestprotocol",
            "proto",
        ],
    ),
    (Role::Request, &["request", "requestline", "httprequest", "requestfirstline"]),
    (
        Role::Status,
        &[
            "httpresponsestatuscode",
            "statuscode",
            "responsestatus",
            "responsestatuscode",
            "status",
            "httpstatus",
            "httpstatuscode",
            "edgeresponsestatus",
            "response",
            "originstatus",
            "downstreamstatus",
            "resstatuscode",
            "responsecode",
            "scstatus",
            "code",
        ],
    ),
    (
        Role::Bytes,
        &[
            "httpresponsebodybytes",
            "httpresponsebytes",
            "bodybytessent",
            "bytessent",
            "bytes",
            "size",
            "responsesize",
            "edgeresponsebytes",
            "downstreamcontentsize",
            "contentlength",
            "responsebytes",
            "scbytes",
        ],
    ),
    (
        Role::Referrer,
        &[
            "httprequestreferrer",
            "httpreferer",
            "referer",
            "referrer",
            "httpreferrer",
            "clientrequestreferer",
            "requestheadersreferer",
        ],
    ),
    (
        Role::UserAgent,
        &[
            "useragentoriginal",
            "useragent",
            "httpuseragent",
            "agent",
            "clientrequestuseragent",
            "requestheadersuseragent",
            "requestuseragent",
            "reqheadersuseragent",
        ],
    ),
    (
        Role::ResponseMillis,
        &[
            "responsetimems",
            "responsetime",
            "durationms",
            "latencyms",
            "elapsedms",
            "requesttimems",
            "responsemillis",
            "timetakenms",
        ],
    ),
    (
        Role::ResponseSeconds,
        &["requesttime", "duration", "upstreamresponsetime", "durationseconds", "latencyseconds", "requestduration"],
    ),
    (Role::ResponseNanos, &["eventduration", "durationns"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: Option<Role>) {
        assert_eq!(Names::get().find(name).map(|known| known.role), expected, "{name}");
    }

    #[test]
    fn names_are_known_however_their_words_are_joined() {
        check("@timestamp", Some(Role::Time));
        check("__REALTIME_TIMESTAMP", Some(Role::Time));
        check("t.$date", Some(Role::Time));
        check("Client IP", Some(Role::Address));
        check("client-ip", Some(Role::Address));
        check("http.response.status_code", Some(Role::Status));
        check("logLevel", Some(Role::Level));
    }

    #[test]
    fn other_names_say_nothing() {
        check("", None);
        check("temperature", None);
        check("ÄÖÜ", None);
        check(&"timestamp".repeat(100), None);
    }

    #[test]
    fn no_name_has_two_roles() {
        let names: Vec<&str> = NAMES.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(Names::get().known.len(), names.len());
        assert!(names.iter().all(|name| name.len() < NAME_BYTES_MAX && Names::get().find(name).is_some()));
    }
}
