use super::*;
use crate::read::time::Order;

/// Compares all that was read of a line.
fn check(line: &str, expected: &str) {
    let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
    let described = record(line, &clock).map_or("none".into(), |record| describe(&record));
    assert_eq!(described, expected, "{line}");
}

fn describe(record: &Record<'_>) -> String {
    let http = record.http.as_ref().unwrap();
    let dash = |value: &Option<Cow<'_, str>>| value.as_ref().map_or("-".to_string(), |value| value.to_string());
    let mut text = format!(
        "{} {} {} {}|{}|{}|{} {} {} {}|{}",
        record.time.unwrap(),
        if record.hostname.is_empty() { "-" } else { &record.hostname },
        dash(&record.address),
        dash(&record.user),
        http.method,
        http.uri,
        http.protocol,
        http.status.map_or("-".into(), |status| status.to_string()),
        http.bytes.map_or("-".into(), |bytes| bytes.to_string()),
        dash(&http.referrer),
        dash(&http.user_agent),
    );
    if let Some(millis) = http.response_millis {
        text += &format!(" {millis}ms");
    }
    record.fields.iter().fold(text, |text, (name, value)| format!("{text} {name}={value}"))
}

const TIME: &str = "[03/Nov/2026:12:00:01 +0100]";

#[test]
fn common_and_combined_with_and_without_virtual_host() {
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET /a?b=c HTTP/1.1" 200 12"#),
        "2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/a?b=c|HTTP/1.1 200 12 -|-",
    );
    check(
        &format!(r#"2001:db8::1 - mia {TIME} "POST / HTTP/2.0" 500 - "http://x/" "Agent (a; b)""#),
        "2026-11-03T11:00:01.000Z - 2001:db8::1 mia|POST|/|HTTP/2.0 500 - http://x/|Agent (a; b)",
    );
    check(
        &format!(r#"www.example.com:443 10.0.0.1 - - {TIME} "GET / HTTP/1.0" 304 0 "-" "-""#),
        "2026-11-03T11:00:01.000Z www.example.com 10.0.0.1 -|GET|/|HTTP/1.0 304 0 -|-",
    );
    check(&format!(r#"[::1] - a b {TIME} "GET / HTTP/1.0" 200 1"#), "2026-11-03T11:00:01.000Z - ::1 a b|GET|/|HTTP/1.0 200 1 -|-");
    check(
        &format!(r#"shop 10.0.0.1 - 77ab - {TIME} "GET / HTTP/1.0" 200 1"#),
        "2026-11-03T11:00:01.000Z shop 10.0.0.1 -|GET|/|HTTP/1.0 200 1 -|-",
    );
    check(
        &format!(r#"host.example.com - - {TIME} "GET / HTTP/1.0" 200 1"#),
        "2026-11-03T11:00:01.000Z - host.example.com -|GET|/|HTTP/1.0 200 1 -|-",
    );
}

#[test]
fn what_stands_behind_is_kept() {
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET / HTTP/1.1" 200 12 "-" "A" "10.9.9.9, 10.8.8.8" 0.250 upstream=10.1.1.1:80"#),
        "2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/|HTTP/1.1 200 12 -|A 250ms extra.3=10.9.9.9, 10.8.8.8 extra.4=0.250 upstream=10.1.1.1:80",
    );
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET / HTTP/1.1" 200 12 "-" "A" 7 "router" "http://b" 12ms"#),
        "2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/|HTTP/1.1 200 12 -|A 12ms extra.3=7 extra.4=router extra.5=http://b extra.6=12ms",
    );
}

#[test]
fn requests_that_are_no_http_are_records() {
    check(&format!(r#"10.0.0.1 - - {TIME} "-" 408 0 "-" "-""#), "2026-11-03T11:00:01.000Z - 10.0.0.1 -||| 408 0 -|-");
    check(&format!(r#"10.0.0.1 - - {TIME} "" 400 0 "-" "-""#), "2026-11-03T11:00:01.000Z - 10.0.0.1 -||| 400 0 -|-");
    check(
        &format!(r#"10.0.0.1 - - {TIME} "\x16\x03 \x02" 400 226 "-" "-""#),
        r"2026-11-03T11:00:01.000Z - 10.0.0.1 -||\x16\x03 \x02| 400 226 -|-",
    );
    check(&format!(r#"10.0.0.1 - - {TIME} "GET /" 200 1"#), "2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/| 200 1 -|-");
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET /a b c HTTP/1.1" 200 1"#),
        "2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/a b c|HTTP/1.1 200 1 -|-",
    );
}

#[test]
fn quotes_of_the_client_end_nothing() {
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET /\"a\" HTTP/1.1" 200 1 "-" "say \"hi\" now""#),
        r#"2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/\"a\"|HTTP/1.1 200 1 -|say \"hi\" now"#,
    );
    check(
        &format!(r#"10.0.0.1 - - {TIME} "GET /?q="x" HTTP/1.1" 200 1 "-" "say "hi"!""#),
        r#"2026-11-03T11:00:01.000Z - 10.0.0.1 -|GET|/?q="x"|HTTP/1.1 200 1 -|say "hi"!"#,
    );
}

#[test]
fn other_lines_are_refused() {
    for line in ["", "-", "10.0.0.1 - -", "[03/Nov/2026:12:00:01 +0100] x", "10.0.0.1 - - [03/Nov/2026:12:00:01 +0100] GET / 200"] {
        check(line, "none");
    }
    check(&format!(r#"10.0.0.1 - - {TIME} "GET / HTTP/1.1" done"#), "none");
}
