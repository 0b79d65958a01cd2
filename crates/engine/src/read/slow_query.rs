//! The slow query log of MySQL and its relatives: lines of comments say who asked and how long it took,
//! the statement follows them.

use std::borrow::Cow;

use super::time::Clock;
use super::{Record, entity, text};

const START: &str = "# Time: ";
const WHO: &str = "# User@Host: ";

/// Whether some lines are of such a log.
pub(super) fn is_log<'a>(mut lines: impl Iterator<Item = &'a [u8]> + Clone) -> bool {
    lines.clone().any(|line| line.starts_with(START.as_bytes())) && lines.any(|line| line.starts_with(WHO.as_bytes()))
}

/// Reads an event of all its lines.
pub(super) fn record<'a>(event: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let stamp = clock.at(event.as_bytes(), event.starts_with(START).then_some(START.len())?)?;
    let mut record = Record { time: Some(stamp.time), assumed: stamp.assumed, ..Record::default() };
    let mut rest = event;
    let mut has_who = false;
    while let Some((line, behind)) = rest.split_once('\n') {
        let is_setting = line.starts_with("use ") || line.starts_with("SET timestamp=");
        if !line.starts_with("# ") && !is_setting {
            break;
        }
        rest = behind;
        if let Some(who) = line.strip_prefix(WHO) {
            has_who = true;
            read_who(who, &mut record);
        } else if !is_setting && !line.starts_with(START) {
            read_values(&line[2..], &mut record);
        }
    }
    record.message = Cow::Borrowed(rest.trim());
    has_who.then_some(record)
}

/// `mia[mia] @ web-1 [192.0.2.7]  Id: 3`.
fn read_who<'a>(who: &'a str, record: &mut Record<'a>) {
    let (user, client) = who.split_once(" @ ").unwrap_or((who, ""));
    let user = user.split('[').next().unwrap_or_default().trim();
    record.user = (!user.is_empty()).then_some(Cow::Borrowed(user));
    record.address = entity::first_address(client).map(Cow::Borrowed);
    let (host, behind) = client.split_once('[').unwrap_or((client, ""));
    if !host.trim().is_empty() {
        record.fields.push((Cow::Borrowed("client_host"), Cow::Borrowed(host.trim())));
    }
    read_values(behind.split_once(']').map_or("", |(_, values)| values), record);
}

/// `Query_time: 0.5  Rows_sent: 7`.
fn read_values<'a>(values: &'a str, record: &mut Record<'a>) {
    let mut words = values.split_ascii_whitespace().peekable();
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_suffix(':').filter(|name| !name.is_empty())
            && let Some(value) = words.next_if(|value| !value.ends_with(':'))
            && record.fields.len() < text::FIELDS_MAX
        {
            record.fields.push((Cow::Borrowed(name), Cow::Borrowed(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::time::Order;

    fn check(event: &str, expected: &str) {
        let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
        let described = record(event, &clock).map_or("none".into(), |record| {
            let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {:?} {:?} <{}> {}", record.time.unwrap(), record.user, record.address, record.message, fields.join(","))
        });
        assert_eq!(described, expected, "{event}");
    }

    #[test]
    fn who_asked_and_how_long_it_took() {
        check(
            "# Time: 2026-11-03T12:00:01.5Z\n# User@Host: mia[mia] @ web-1 [192.0.2.7]  Id:     3\n# Query_time: 0.5  Lock_time: 0.1 Rows_sent: 7\nuse shop;\nSET timestamp=1;\nSELECT *\nFROM a;",
            "2026-11-03T12:00:01.500Z Some(\"mia\") Some(\"192.0.2.7\") <SELECT *\nFROM a;> client_host=web-1,Id=3,Query_time=0.5,Lock_time=0.1,Rows_sent=7",
        );
        check("# Time: 261103 12:00:01\n# User@Host: [] @  []\n# broken: \nx", "2026-11-03T12:00:01.000Z None None <x> ");
    }

    #[test]
    fn other_events_are_refused() {
        for event in ["", "# Time: x", "# Time: 2026-11-03T12:00:01Z\nSELECT 1;", "2026-11-03T12:00:01Z # User@Host: a"] {
            check(event, "none");
        }
    }
}
