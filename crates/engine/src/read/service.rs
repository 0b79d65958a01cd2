//! `TIMESTAMP [LEVEL] SERVICE - MESSAGE | IP: x.x.x.x | User: y | ResponseTime: 12ms`.

use std::borrow::Cow;

use super::time::Clock;
use super::{Record, level};

const FIELDS_MAX: usize = 64;

pub(super) fn record<'a>(line: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let bytes = line.as_bytes();
    let is_bracketed = bytes.first() == Some(&b'[');
    let stamp = clock.at(bytes, usize::from(is_bracketed))?;
    let mut rest = line.get(stamp.end..)?;
    if is_bracketed {
        rest = rest.strip_prefix(']')?;
    }
    let (level, rest) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    let level = level.trim();
    if !level::is_level(level) {
        return None;
    }
    let (service, mut message) = rest.trim_start().split_once(" - ")?;
    if service.is_empty() || service.contains(char::is_whitespace) {
        return None;
    }
    let mut record = Record {
        time: Some(stamp.time),
        assumed: stamp.assumed,
        level: Cow::Borrowed(level),
        source: Cow::Borrowed(service),
        ..Record::default()
    };
    // The pairs are taken off the end, so that a bar within the message stays in it.
    while let Some((before, pair)) = message.rsplit_once(" | ") {
        let Some((name, value)) = pair.split_once(": ").filter(|(name, _)| is_name(name)) else { break };
        if record.fields.len() == FIELDS_MAX {
            break;
        }
        let value = Cow::Borrowed(value.trim());
        if name.eq_ignore_ascii_case("ip") {
            record.address = Some(value);
        } else if name.eq_ignore_ascii_case("user") {
            record.user = Some(value);
        } else {
            record.fields.push((Cow::Borrowed(name), value));
        }
        message = before;
    }
    record.fields.reverse();
    record.message = Cow::Borrowed(message.trim());
    Some(record)
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::time::Order;

    fn check(line: &str, expected: &str) {
        let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
        let described = record(line, &clock).map_or("none".into(), |record| {
            let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let (time, address, user) = (record.time.unwrap(), record.address.unwrap_or_default(), record.user.unwrap_or_default());
            format!("{time} {} <{}> {} @{address} {user} {}", record.level, record.source, record.message, fields.join(","))
        });
        assert_eq!(described, expected, "{line}");
    }

    #[test]
    fn pairs_are_taken_off_the_end() {
        check(
            "2026-11-03 12:00:01 [WARN] auth-service - Slow | very | IP: 10.0.0.1 | User: user_7 | ResponseTime: 12ms | Code: 4",
            "2026-11-03T12:00:01.000Z WARN <auth-service> Slow | very @10.0.0.1 user_7 ResponseTime=12ms,Code=4",
        );
        check("[2026-11-03T12:00:01Z] [info] a - b", "2026-11-03T12:00:01.000Z info <a> b @  ");
    }

    #[test]
    fn other_lines_are_refused() {
        for line in
            ["", "2026-11-03 12:00:01", "2026-11-03 12:00:01 [main] a - b", "2026-11-03 12:00:01 [INFO] a b - c", "x [INFO] a - b"]
        {
            check(line, "none");
        }
    }
}
