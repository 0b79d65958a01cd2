use std::{fmt, str::FromStr};

/// What wrote an input. Found by content, unless the caller knows better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Apache and nginx access logs: common, combined, either with a virtual host in front.
    Access,
    /// `TIMESTAMP [LEVEL] SERVICE - MESSAGE | IP: x | User: y | ResponseTime: 12ms`.
    Service,
    /// One JSON object a line.
    JsonLines,
    /// A JSON array of objects, or one object on several lines.
    Json,
    /// Comma, semicolon, tab or bar separated columns under a header.
    Table,
    /// A Windows event log file.
    Evtx,
    /// Windows events as XML.
    WindowsXml,
    /// RFC 3164 and what Linux writes to its log files.
    Syslog,
    /// RFC 5424.
    Syslog5424,
    /// IIS and other W3C extended logs.
    W3c,
    HaProxy,
    /// Any other text, one event a line; a stack trace belongs to the line above it.
    Text,
}

impl Format {
    pub const ALL: [Self; 12] = [
        Self::Access,
        Self::Service,
        Self::JsonLines,
        Self::Json,
        Self::Table,
        Self::Evtx,
        Self::WindowsXml,
        Self::Syslog,
        Self::Syslog5424,
        Self::W3c,
        Self::HaProxy,
        Self::Text,
    ];

    /// As the command line spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Service => "service",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Table => "csv",
            Self::Evtx => "evtx",
            Self::WindowsXml => "winxml",
            Self::Syslog => "syslog",
            Self::Syslog5424 => "syslog5424",
            Self::W3c => "w3c",
            Self::HaProxy => "haproxy",
            Self::Text => "text",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.into_iter().map(Self::name).collect();
            format!("the formats are {}", names.join(", "))
        })
    }
}
