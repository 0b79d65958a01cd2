//! An event as the stream looks at it: its message, and who and what takes part in it.

use std::borrow::Cow;

use radar_types::Event;

use super::entity::{HOST, HOUR, NETWORK, SOURCE, THINGS, USER};
use crate::analyze::{beginning, hash, network};
use crate::read::Record;

/// Extra fields that say which session an event belongs to, after the last dot and in any case.
const SESSION_FIELDS: [&str; 7] = ["session", "session_id", "sessionid", "sid", "logonid", "logon_id", "targetlogonid"];
/// More fields of an event are not looked at.
const FIELDS_MAX: usize = 64;
const HOUR_MILLIS: i64 = 3_600_000;

/// Keys of what the event has; `None` for what it does not say.
pub(super) struct Seen<'a> {
    pub(super) record: Record<'a>,
    pub(super) names: [&'a str; THINGS],
    /// Without the template, which is not known before the message was learned.
    pub(super) things: [Option<u64>; THINGS],
    pub(super) address: Option<u64>,
    pub(super) session: Option<(&'a str, u64)>,
    pub(super) hour: i64,
}

impl<'a> Seen<'a> {
    pub(super) fn of(event: &'a Event) -> Self {
        let filled = |text: &'a str| (!text.is_empty()).then_some(text);
        let user = event.user.as_deref().and_then(filled);
        let address = event.address.as_deref().and_then(filled);
        let hour = event.timestamp.millis_of_day() / HOUR_MILLIS;
        let (mut names, mut things) = ([""; THINGS], [None; THINGS]);
        for (thing, name) in [(SOURCE, filled(&event.source)), (HOST, filled(&event.hostname)), (USER, user)] {
            names[thing] = name.unwrap_or_default();
            things[thing] = name.map(hash);
        }
        names[NETWORK] = address.unwrap_or_default();
        things[NETWORK] = address.map(network);
        things[HOUR] = Some(hour as u64);
        let fields = event.fields.iter().take(FIELDS_MAX);
        let is_session = |name: &str| {
            let last = name.rsplit('.').next().unwrap_or(name);
            SESSION_FIELDS.iter().any(|known| last.eq_ignore_ascii_case(known))
        };
        let session = fields.clone().find(|(name, value)| is_session(name) && !value.is_empty()).map(|(_, value)| value.as_str());
        let record = Record {
            message: Cow::Borrowed(beginning(&event.message)),
            fields: fields.map(|(name, value)| (Cow::Borrowed(name.as_str()), Cow::Borrowed(beginning(value)))).collect(),
            ..Record::default()
        };
        Self { record, names, things, address: address.map(hash), session: session.map(|name| (name, hash(name))), hour }
    }
}
