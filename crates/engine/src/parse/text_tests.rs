use super::*;

fn now() -> Timestamp {
    "2026-03-01T00:00:00Z".parse().unwrap()
}

/// Compares what was read of a line: time, level, source, message, and the rest.
fn check(line: &str, expected: &str) {
    let parsed = text_lines(line.as_bytes(), now(), &Limits::default());
    assert_eq!(parsed.rejects, [], "{line}");
    let described: Vec<String> = parsed.events.iter().map(|(_, event)| describe(event)).collect();
    assert_eq!(described.join("\n"), expected, "{line}");
}

fn describe(event: &Event) -> String {
    let mut text = format!("{} {} <{}> {}", event.timestamp, event.level, event.source, event.message);
    for (name, value) in [("address", &event.address), ("user", &event.user)] {
        text += &value.as_ref().map_or_else(String::new, |value| format!(" {name}={value}"));
    }
    event.fields.iter().fold(text, |text, (name, value)| format!("{text} {name}={value}"))
}

#[test]
fn a_service_line_gives_all_its_parts() {
    check(
        "2026-03-01 08:30:00,250 [WARN] payments - Card declined | IP: 10.0.0.7 | User: ana | ResponseTime: 12ms",
        "2026-03-01T08:30:00.250Z WARN <payments> Card declined address=10.0.0.7 user=ana ResponseTime=12ms",
    );
    check("2026-03-01T08:30:00Z [INFO] auth - a | b", "2026-03-01T08:30:00.000Z INFO <auth> a | b");
    check("2026-03-01T08:30:00Z ERROR auth - gone", "2026-03-01T08:30:00.000Z ERROR <auth> gone");
}

#[test]
fn any_other_line_is_an_event_with_what_it_says_of_itself() {
    check("something happened", "2026-03-01T00:00:00.000Z INFO <unknown> something happened");
    check("[2026-03-01 08:30:00] x", "2026-03-01T08:30:00.000Z INFO <unknown> x");
    check("2026-03-01 x y", "2026-03-01T00:00:00.000Z INFO <unknown> x y");
    check("FATAL: out of memory", "2026-03-01T00:00:00.000Z FATAL <unknown> out of memory");
    check("[error] x", "2026-03-01T00:00:00.000Z error <unknown> x");
    check("[main] x", "2026-03-01T00:00:00.000Z INFO <unknown> [main] x");
    check("Error prone", "2026-03-01T00:00:00.000Z INFO <unknown> Error prone");
    check("2026-03-01T08:30:00Z [INFO] two words - message", "2026-03-01T08:30:00.000Z INFO <unknown> two words - message");
    check("ä", "2026-03-01T00:00:00.000Z INFO <unknown> ä");
}

#[test]
fn blank_lines_are_no_records_and_shapes_may_be_mixed() {
    let json = r#"{"timestamp":0,"hostname":"h","source":"s","os_type":"Linux","level":"INFO","message":"m","collector":"c"}"#;
    check(
        &format!("a\n\n \r\n{json}\r\nb"),
        "2026-03-01T00:00:00.000Z INFO <unknown> a\n1970-01-01T00:00:00.000Z INFO <s> m\n2026-03-01T00:00:00.000Z INFO <unknown> b",
    );
    check(&format!("[{json}]"), "1970-01-01T00:00:00.000Z INFO <s> m");
    check("", "");
}

#[test]
fn a_line_that_begins_as_json_must_be_an_event() {
    let parsed = text_lines(b"a\n{\"level\":\"info\"}\n\xff", now(), &Limits::default());
    assert_eq!(parsed.events.len(), 1);
    let rejects: Vec<_> = parsed.rejects.iter().map(|reject| (reject.index, reject.expected.as_str())).collect();
    assert_eq!(rejects, [(1, "a field `timestamp`"), (2, "UTF-8 text")]);
}

#[test]
fn lines_are_bounded_in_length_and_number() {
    let limits = Limits { record_bytes_max: 3, records_max: 2, ..Limits::default() };
    let parsed = text_lines(b"abc\nabcd\nabc", now(), &limits);
    assert_eq!((parsed.events.len(), parsed.rejects.len(), parsed.truncated), (1, 1, true));
}
