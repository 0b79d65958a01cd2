use super::*;

const EVENT: &str = r#"{"timestamp":"2026-03-01T08:30:00Z","hostname":"h","source":"s","os_type":"Linux","level":"INFO","message":"m","collector":"c"}"#;

fn now() -> Timestamp {
    Timestamp::saturating_from_unix_millis(0)
}

/// An event with a member replaced or added.
fn event_with(member: &str, json: &str) -> String {
    let mut value: Value = serde_json::from_str(EVENT).unwrap();
    value[member] = serde_json::from_str(json).unwrap();
    value.to_string()
}

fn summary(bytes: &[u8]) -> String {
    let parsed = json_records(bytes, now(), &Limits::default());
    let accepted: Vec<u64> = parsed.events.iter().map(|(index, _)| *index).collect();
    let rejects =
        parsed.rejects.iter().map(|reject| format!("; {}: expected {}, found {}", reject.index, reject.expected, reject.found));
    format!("{accepted:?}{}", rejects.collect::<String>())
}

/// Writes `E` for a whole event.
fn check(input: &str, expected: &str) {
    assert_eq!(summary(input.replace('E', EVENT).as_bytes()), expected, "{input}");
}

fn check_record(record: &str, reject: &str) {
    assert_eq!(summary(record.as_bytes()), format!("[]; 0: expected {reject}"), "{record}");
}

fn only_event(input: &str) -> Event {
    let mut parsed = json_records(input.as_bytes(), now(), &Limits::default());
    assert_eq!((parsed.events.len(), &parsed.rejects[..]), (1, &[][..]), "{input}");
    parsed.events.remove(0).1
}

#[test]
fn arrays_and_lines_are_told_apart() {
    check("[E,E]", "[0, 1]");
    check(" \n[ E , E ] \n", "[0, 1]");
    check("E\nE\n", "[0, 1]");
    check("\nE\r\n\r\n  \nE", "[1, 4]");
    check("\u{feff}[E]", "[0]");
    check("", "[]");
    check("[]", "[]");
    check("[ ]", "[]");
}

#[test]
fn one_event_may_stand_on_several_lines() {
    let pretty = serde_json::to_string_pretty(&only_event(EVENT)).unwrap();
    assert_eq!(only_event(&pretty), only_event(EVENT));
}

#[test]
fn a_broken_array_keeps_the_events_before_the_break() {
    check("[E,E,{\"timestamp\":", "[0, 1]; 2: expected a complete event, then ',' or ']', found {\"timestamp\":");
    check("[E,E", "[0, 1]; 2: expected ',' or ']' after the event, found the end of the input");
    check("[E,", "[0]; 1: expected an event, or ']', found the end of the input");
    check("[E E]", &format!("[0]; 1: expected ',' or ']' after the event, found {}…", &format!("{EVENT}]")[..96]));
    check("[E,]", "[0]; 1: expected a complete event, then ',' or ']', found ]");
    check("[E]x", "[0]; 1: expected the end of the input after ']', found x");
    check("[", "[]; 0: expected an event, or ']', found the end of the input");
}

#[test]
fn a_bad_record_costs_only_itself() {
    check("[E,7,E]", "[0, 2]; 1: expected an event as a JSON object, found 7");
    check("[E,{\"a\":},E]", "[0, 2]; 1: expected an event as a JSON object, found {\"a\":} which is no JSON at byte 6");
    check("[E,[\"}\"],E]", "[0, 2]; 1: expected an event as a JSON object, found an array of 1");
    check("E\n{\"a\nE", "[0, 2]; 1: expected an event as a JSON object, found {\"a which ends too early at byte 3");
    check("E\nnull\nE", "[0, 2]; 1: expected an event as a JSON object, found null");
}

#[test]
fn a_reject_names_the_field_and_what_it_held() {
    check_record("{}", "a field `timestamp`, found no such field");
    check_record(&event_with("message", "null"), "text in the field `message`, found null");
    check_record(&event_with("level", "[1,2]"), "text in the field `level`, found an array of 2");
    check_record(
        &event_with("timestamp", "\"yesterday\""),
        "a time in the field `timestamp`, with a year of four digits at byte 0, found \"yesterday\"",
    );
    check_record(
        &event_with("hostname", &format!("\"{}\"", "h".repeat(2000))),
        "at most 1024 bytes in the field `hostname`, found 2000 bytes",
    );
    let lone_surrogate = EVENT.replace("\"m\"", "\"\\ud800\"");
    assert!(summary(lone_surrogate.as_bytes()).contains("is no JSON"));
}

#[test]
fn bytes_that_are_no_text_are_a_reject_of_their_record() {
    let bytes = [EVENT.as_bytes(), b"\n{\"a\":\"\xff\"}\n", EVENT.as_bytes()].concat();
    assert_eq!(summary(&bytes), "[0, 2]; 1: expected UTF-8 text, found the byte 0xff at offset 6");
}

#[test]
fn a_time_may_be_a_number_or_extended_json() {
    for json in [
        "1772353800",
        "1772353800.0",
        "1772353800000",
        r#"{"$date":"2026-03-01T08:30:00Z"}"#,
        r#"{"$date":1772353800000}"#,
        r#"{"$date":{"$numberLong":"1772353800000"}}"#,
    ] {
        assert_eq!(only_event(&event_with("timestamp", json)), only_event(EVENT), "{json}");
    }
    for json in ["1e300", "-1e18", "true", "{}", r#"{"$date":[]}"#, r#"{"$date":{"$numberLong":"x"}}"#] {
        assert!(summary(event_with("timestamp", json).as_bytes()).starts_with("[]; 0"), "{json}");
    }
}

#[test]
fn what_else_a_record_holds_is_kept_as_text() {
    let mut value: Value = serde_json::from_str(EVENT).unwrap();
    let extra: Value = serde_json::from_str(
        r#"{"_id":{"$oid":"65"},"severity":"critical","a":{"b":[1,{"c":true}]},"nothing":null,"record_id":77,"user":null,"fields":{"x":"y"}}"#,
    )
    .unwrap();
    value.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let event = only_event(&value.to_string());
    let fields: Vec<(&str, &str)> = event.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(fields, [("_id.$oid", "65"), ("a.b.0", "1"), ("a.b.1.c", "true"), ("severity", "critical"), ("x", "y")]);
    assert_eq!((event.record_id.as_deref(), event.user), (Some("77"), None));
}

#[test]
fn an_event_survives_being_written_and_read() {
    let mut event = only_event(EVENT);
    event.user = Some("ana".into());
    event.fields.insert("a.b".into(), "1".into());
    assert_eq!(only_event(&serde_json::to_string(&event).unwrap()), event);
}

#[test]
fn everything_is_bounded() {
    let limits = Limits { record_bytes_max: 400, records_max: 3, fields_max: 2, field_bytes_max: 5, ..Limits::default() };
    let long = event_with("message", &format!("\"{}\"", "x".repeat(400)));
    let input = format!("[{EVENT},{long},{EVENT},{EVENT}]");
    let parsed = json_records(input.as_bytes(), now(), &limits);
    assert_eq!((parsed.events.len(), parsed.rejects.len(), parsed.truncated), (2, 1, true));
    assert_eq!(parsed.rejects[0].expected, "a record of at most 400 bytes");

    let many = event_with("z", r#"{"a":"ääää","b":1,"c":2}"#);
    let parsed = json_records(many.as_bytes(), now(), &limits);
    let fields: Vec<_> = parsed.events[0].1.fields.clone().into_iter().collect();
    assert_eq!(fields, [("z.a".into(), "ää".into()), ("z.b".into(), "1".into())]);
}

#[test]
fn hostile_nesting_is_a_reject() {
    let open = "[".repeat(100_000);
    let closed = format!("{open}{}", "]".repeat(100_000));
    let objects = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    for input in [open, closed, objects] {
        assert!(summary(input.as_bytes()).starts_with("[]; 0: expected "));
    }
}
