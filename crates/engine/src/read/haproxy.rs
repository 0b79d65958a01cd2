//! HAProxy's lines of HTTP requests and TCP connections, with or without the header of syslog:
//! `CLIENT:PORT [TIME] FRONTEND BACKEND/SERVER TIMERS [STATUS] BYTES … ["REQUEST"]`.

use std::borrow::Cow;

use super::time::Clock;
use super::{Http, Record, access, entity, syslog};

pub(super) fn record<'a>(line: &'a str, clock: &Clock) -> Option<Record<'a>> {
    if let Some(record) = connection(line, clock) {
        return Some(record);
    }
    let outer = syslog::record(line, clock)?;
    let Cow::Borrowed(message) = outer.message else { return Some(outer) };
    match connection(message, clock) {
        Some(inner) => Some(Record { hostname: outer.hostname, source: outer.source, level: outer.level, ..inner }),
        None => Some(outer),
    }
}

/// Whether a line holds a connection and not one of the proxy's other messages.
pub(super) fn is_connection(line: &str, clock: &Clock) -> bool {
    let end = line.find(" [").map_or(0, |bracket| line[..bracket].rfind(' ').map_or(0, |space| space + 1));
    connection(&line[end..], clock).is_some()
}

fn connection<'a>(text: &'a str, clock: &Clock) -> Option<Record<'a>> {
    let (client, rest) = text.split_once(" [")?;
    let (address, port) = client.rsplit_once(':')?;
    if !entity::is_address(address) || port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let stamp = clock.at(rest.as_bytes(), 0)?;
    let mut words = rest.get(stamp.end..)?.strip_prefix("] ")?.splitn(6, ' ');
    let (frontend, backend, timers) = (words.next()?, words.next()?, words.next()?);
    let (count, rest) = (words.next()?, words.next()?);
    let behind = words.next().unwrap_or_default();
    let (backend, server) = backend.split_once('/')?;
    let is_timer = |timer: &str| timer.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit());
    if !timers.contains('/') || !timers.split('/').all(is_timer) {
        return None;
    }
    let mut record = Record {
        time: Some(stamp.time),
        assumed: stamp.assumed,
        source: Cow::Borrowed("haproxy"),
        address: Some(Cow::Borrowed(address.trim_start_matches('[').trim_end_matches(']'))),
        message: Cow::Borrowed(text),
        ..Record::default()
    };
    for (name, value) in [("frontend", frontend), ("backend", backend), ("server", server), ("timers", timers)] {
        record.fields.push((Cow::Borrowed(name), Cow::Borrowed(value)));
    }
    let total = timers.rsplit('/').next().and_then(|total| total.trim_start_matches('+').parse::<f32>().ok());
    let request = behind.split_once('"').map(|(_, request)| request.strip_suffix('"').unwrap_or(request));
    match request {
        Some(request) => {
            record.message = Cow::Borrowed(request);
            let state = behind.split(' ').nth(2).unwrap_or_default();
            record.fields.push((Cow::Borrowed("state"), Cow::Borrowed(state)));
            record.http = Some(Http {
                // An answer that never came has -1.
                status: count.parse().ok(),
                bytes: rest.trim_start_matches('+').parse().ok(),
                response_millis: total.filter(|millis| *millis >= 0.0),
                ..access::http(request)
            });
        }
        None => {
            for (name, value) in [("bytes", count), ("state", rest)] {
                record.fields.push((Cow::Borrowed(name), Cow::Borrowed(value)));
            }
        }
    }
    Some(record)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::time::Order;

    fn check(line: &str, expected: &str) {
        let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
        let described = record(line, &clock).map_or("none".into(), |record| {
            let fields: Vec<String> = record.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let http = record
                .http
                .map_or("-".into(), |http| format!("{} {:?} {:?} {:?}", http.uri, http.status, http.bytes, http.response_millis));
            format!(
                "{} <{}> {} {} {http} {}",
                record.time.unwrap(),
                record.source,
                record.hostname,
                record.address.unwrap_or_default(),
                fields.join(",")
            )
        });
        assert_eq!(described, expected, "{line}");
    }

    #[test]
    fn requests_and_connections_are_read() {
        check(
            r#"Nov  3 12:00:01 lb haproxy[14]: 10.0.0.1:33317 [03/Nov/2026:12:00:01.655] in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {wt.eu} {} "GET /x HTTP/1.1""#,
            "2026-11-03T12:00:01.655Z <haproxy> lb 10.0.0.1 /x Some(200) Some(2750) Some(109.0) frontend=in,backend=static,server=srv1,timers=10/0/30/69/109,state=----",
        );
        check(
            "10.0.0.1:33313 [03/Nov/2026:12:00:01.655] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0",
            "2026-11-03T12:00:01.655Z <haproxy>  10.0.0.1 - frontend=fnt,backend=bck,server=srv1,timers=0/0/5007,bytes=212,state=--",
        );
        check("Nov  3 12:00:01 lb haproxy[14]: Proxy in started.", "2026-11-03T12:00:01.000Z <haproxy> lb  - pid=14");
        check("nothing", "none");
    }
}
