use radar_types::Timestamp;

use super::*;
use crate::random::SplitMix64;
use crate::read::time::Order;
use crate::read::{Http, Options, Reader};

fn clock() -> Clock {
    Clock::new(Timestamp::saturating_from_unix_millis(1_780_000_000_000), Order::default())
}

fn read(text: &str) -> Records<'_> {
    let mut out = Records::default();
    line_records(text.as_bytes(), 1, clock(), &mut out);
    out
}

fn only(text: &str) -> Record<'_> {
    let mut records = read(text);
    assert_eq!((records.records.len(), &records.rejects), (1, &Vec::new()), "{text}");
    records.records.pop().unwrap()
}

/// What the roles of a record hold: time, host, source, level, message, user and address.
fn check(text: &str, expected: [&str; 7]) {
    let record = only(text);
    let time = record.time.map_or(String::new(), |time| time.to_string());
    let found = [
        &*time,
        &record.hostname,
        &record.source,
        &record.level,
        &record.message,
        record.user.as_deref().unwrap_or(""),
        record.address.as_deref().unwrap_or(""),
    ];
    assert_eq!(found, expected, "{text}");
}

fn check_fields(text: &str, expected: &[(&str, &str)]) {
    let record = only(text);
    let fields: Vec<(&str, &str)> = record.fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(fields, expected, "{text}");
}

fn check_http(text: &str, expected: &Http<'_>) {
    assert_eq!(only(text).http.as_ref(), Some(expected), "{text}");
}

#[test]
fn radars_own_events_keep_their_seven_fields_and_more() {
    let text = r#"{"timestamp":"2026-03-01T08:30:00Z","hostname":"ws-1","source":"sshd","os_type":"Linux","level":"INFO","message":"hello","collector":"agent","user":"ann","address":"10.0.0.9","fields":{"process.name":"x"}}"#;
    check(text, ["2026-03-01T08:30:00.000Z", "ws-1", "sshd", "INFO", "hello", "ann", "10.0.0.9"]);
    check_fields(text, &[("os_type", "Linux"), ("collector", "agent"), ("process.name", "x")]);
}

#[test]
fn ecs_is_read_nested_and_dotted() {
    let expected = ["2026-03-01T08:30:00.000Z", "ws-1", "Security", "information", "logged on", "ann", "10.0.0.9"];
    check(
        r#"{"@timestamp":"2026-03-01T08:30:00Z","host":{"name":"ws-1"},"winlog":{"provider_name":"Security","record_id":7},"log":{"level":"information"},"message":"logged on","user":{"name":"ann"},"source":{"ip":"10.0.0.9"}}"#,
        expected,
    );
    check(
        r#"{"@timestamp":"2026-03-01T08:30:00Z","host.name":"ws-1","winlog.provider_name":"Security","log.level":"information","message":"logged on","user.name":"ann","source.ip":"10.0.0.9"}"#,
        expected,
    );
}

#[test]
fn windows_events_are_read_nested_and_flat() {
    let nested = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"Auditing","Guid":"{1}"}},"EventID":4625,"Level":0,"Keywords":"0x8010000000000000","TimeCreated":{"#attributes":{"SystemTime":"2026-03-01T08:30:00Z"}},"EventRecordID":7,"Channel":"Security","Computer":"ws-1"},"EventData":{"TargetUserName":"ann","IpAddress":"10.0.0.9","LogonType":3}}}"##;
    let message = "EventID 4625 Auditing: TargetUserName=ann IpAddress=10.0.0.9 LogonType=3";
    check(nested, ["2026-03-01T08:30:00.000Z", "ws-1", "Auditing", "Audit Failure", message, "ann", "10.0.0.9"]);
    let record = only(nested);
    assert_eq!((record.channel.as_deref(), record.record_id.as_deref()), (Some("Security"), Some("7")));
    assert!(record.fields.contains(&("LogonType".into(), "3".into())), "{:?}", record.fields);
    check(
        r#"{"EventTime":"2026-03-01 08:30:00","Hostname":"ws-1","SourceName":"Sysmon","Channel":"Op","EventID":1,"Level":"2","Message":"made"}"#,
        ["2026-03-01T08:30:00.000Z", "ws-1", "Sysmon", "Error", "made", "", ""],
    );
}

#[test]
fn the_journal_is_read_with_its_bytes() {
    check(
        r#"{"__REALTIME_TIMESTAMP":"1772353800000000","_HOSTNAME":"h","SYSLOG_IDENTIFIER":"sshd","PRIORITY":"4","MESSAGE":[104,105,252]}"#,
        ["2026-03-01T08:30:00.000Z", "h", "sshd", "Warning", "hiü", "", ""],
    );
}

#[test]
fn containers_logs_give_their_line_or_the_object_in_it() {
    check(
        r#"{"log":"started\n","stream":"stderr","time":"2026-03-01T08:30:00.123456789Z"}"#,
        ["2026-03-01T08:30:00.123Z", "", "", "", "started", "", ""],
    );
    check(
        r#"{"log":"{\"level\":\"error\",\"msg\":\"broken\",\"logger\":\"db\"}\n","stream":"stdout","time":"2026-03-01T08:30:00Z"}"#,
        ["2026-03-01T08:30:00.000Z", "", "db", "error", "broken", "", ""],
    );
}

#[test]
fn levels_by_number_or_letter_get_their_names() {
    check(
        r#"{"level":50,"time":1772353800000,"pid":1,"hostname":"h","name":"api","msg":"failed"}"#,
        ["2026-03-01T08:30:00.000Z", "h", "api", "Error", "failed", "", ""],
    );
    check(
        r#"{"t":{"$date":"2026-03-01T09:30:00.000+01:00"},"s":"W","c":"NETWORK","id":1,"ctx":"conn1","msg":"slow","attr":{"remote":"10.0.0.9:501"}}"#,
        ["2026-03-01T08:30:00.000Z", "", "NETWORK", "Warning", "slow", "", ""],
    );
}

#[test]
fn requests_are_found_under_the_names_of_many_servers() {
    let expected = Http {
        method: "GET".into(),
        uri: "/a?b=1".into(),
        protocol: "HTTP/1.1".into(),
        status: Some(404),
        bytes: Some(12),
        referrer: None,
        user_agent: Some("curl".into()),
        response_millis: Some(250.0),
    };
    check_http(
        r#"{"remote_addr":"10.0.0.9","request":"GET /a?b=1 HTTP/1.1","status":404,"body_bytes_sent":"12","http_user_agent":"curl","http_referer":"-","request_time":"0.250"}"#,
        &expected,
    );
    check_http(
        r#"{"level":"info","ts":1772353800.5,"logger":"http.log.access","request":{"remote_ip":"10.0.0.9","proto":"HTTP/1.1","method":"GET","uri":"/a?b=1","headers":{"User-Agent":["curl"]}},"duration":0.25,"size":12,"status":404}"#,
        &expected,
    );
    check_http(
        r#"{"http":{"request":{"method":"GET"},"version":"HTTP/1.1","response":{"status_code":404,"body":{"bytes":12}}},"url":{"original":"/a?b=1"},"user_agent":{"original":"curl"},"event":{"duration":250000000}}"#,
        &expected,
    );
    assert_eq!(only(r#"{"status":"ok","path":"/var"}"#).http, None);
}

#[test]
fn any_other_object_is_flattened() {
    let text = r#"{"a":{"b":[1,2,{"c":true}],"d":null},"when did it":"x\ty","e":[],"f":{}}"#;
    check_fields(text, &[("a.b.2.c", "true"), ("a.b", "1, 2"), ("when did it", "x\ty")]);
    assert_eq!(only(text).message, text);
    assert_eq!(only(r#"{"id":7,"seen":"2026-03-01T08:30:00Z"}"#).time, Timestamp::from_unix_millis(1_772_353_800_000));
}

#[test]
fn a_line_that_is_no_object_is_its_message_and_a_broken_object_a_reject() {
    let records = read("{\"a\":1}\npanic: out of memory\n\n{\"a\":\n{\"a\" 1}\n{\"a\":tru}\n{} x\n");
    let messages: Vec<(u64, &str)> = records.records.iter().map(|record| (record.line, &*record.message)).collect();
    assert_eq!(messages, [(1, "{\"a\":1}"), (2, "panic: out of memory")]);
    let rejects: Vec<String> =
        records.rejects.iter().map(|reject| format!("{} {} / {}", reject.line, reject.expected, reject.found)).collect();
    assert_eq!(
        rejects,
        [
            "4 a value at byte 5 of the record / the end of the record",
            "5 ':' at byte 5 of the record / 1}",
            "6 a value at byte 5 of the record / tru}",
            "7 the end at byte 3 of the record / x",
        ]
    );
}

#[test]
fn escapes_are_undone_and_half_characters_replaced() {
    let record = only(r#"{"message":"a\"\\\/\n\u00e4\ud83d\ude00\ud83d!"}"#);
    assert_eq!(record.message, "a\"\\/\nä\u{1f600}\u{fffd}!");
}

#[test]
fn latin1_is_read() {
    let mut out = Records::default();
    line_records(b"{\"message\":\"gr\xfcn\"}", 1, clock(), &mut out);
    assert_eq!(out.records[0].message, "grün");
}

#[test]
fn a_record_is_bounded() {
    let many: Vec<String> = (0..1000).map(|index| format!("\"f{index}\":\"{}\"", "ü".repeat(3000))).collect();
    let text = format!("{{{}}}", many[..300].join(","));
    assert_eq!(read(&text).rejects, [overlong(1)]);
    let few = format!("{{{}}}", many[..100].join(","));
    assert!(only(&few).fields.iter().all(|(_, value)| value.len() == 4096));
    let short: Vec<String> = (0..1000).map(|index| format!("\"f{index}\":1")).collect();
    assert_eq!(only(&format!("{{{}}}", short.join(","))).fields.len(), 256);
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    assert_eq!(only(&deep).fields.len(), 1);
}

fn many(text: &str) -> (Vec<(u64, String)>, Vec<u64>) {
    let mut out = Records::default();
    records(text.as_bytes(), 1, clock(), &mut out);
    let messages = out.records.iter().map(|record| (record.line, record.message.to_string())).collect();
    (messages, out.rejects.iter().map(|reject| reject.line).collect())
}

fn check_many(text: &str, expected: &[(u64, &str)], rejected: &[u64]) {
    let (messages, rejects) = many(text);
    let messages: Vec<(u64, &str)> = messages.iter().map(|(line, message)| (*line, &**message)).collect();
    assert_eq!((&messages[..], &rejects[..]), (expected, rejected), "{text}");
}

#[test]
fn arrays_and_sequences_of_objects_are_read() {
    check_many("[\n{\"msg\":\"a\"},\n{\"msg\":\"b\"}\n]\n", &[(2, "a"), (3, "b")], &[]);
    check_many("{\n \"msg\": \"a\"\n}\n{\n \"msg\": \"b\"\n}", &[(1, "a"), (4, "b")], &[]);
    check_many("{\"msg\":\"a\"}{\"msg\":\"b\"}", &[(1, "a"), (1, "b")], &[]);
    check_many("{\"Records\": [{\"msg\":\"a\"},\n{\"msg\":\"b\"}]}", &[(1, "a"), (2, "b")], &[]);
    check_many("[]", &[], &[]);
}

#[test]
fn damage_in_an_array_costs_little() {
    check_many("[{\"msg\":\"a\"},\n7,\n{\"msg\":\"b\"}]", &[(1, "a"), (3, "b")], &[2]);
    check_many("{\"msg\":\"a\n{\"msg\":\"b\"}\n{\"msg\": {\n{\"msg\":\"c\"}", &[(2, "b"), (4, "c")], &[1, 3]);
}

#[test]
fn only_json_is_taken_for_json() {
    assert!(sniff_lines(b"{\"a\":1}\n{\"b\":{}}\n{\"c\""));
    assert!(!sniff_lines(b"{\n \"a\":1\n}\n"));
    assert!(sniff(b" {\n \"a\":1\n}\n") && sniff(b"[\n {\"a\":1}") && sniff(b"[{}]"));
    assert!(!sniff(b"[2026-03-01 08:30:00] x") && !sniff(b"{x}") && !sniff(b"[error] {\"a\":1}") && !sniff(b""));
}

#[test]
fn blocks_begin_between_records() {
    let text: String = (0..60_000).map(|index| format!("{{\"msg\": \"number {index}\",\n \"level\": \"info\"}},\n")).collect();
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(0) });
    let mut blocks = reader.feed(format!("[{text}").as_bytes()).unwrap();
    blocks.extend(reader.finish().unwrap());
    assert!(blocks.len() > 1);
    let mut lines = Vec::new();
    for block in &blocks {
        let records = block.records();
        assert_eq!(records.rejects, []);
        lines.extend(records.records.iter().map(|record| record.line));
    }
    assert_eq!(lines, (0..60_000).map(|index| index * 2 + 1).collect::<Vec<u64>>());
}

#[test]
fn any_bytes_are_accounted_for() {
    let whole = br#"{"a":{"b":[1,"x\u00e4"]},"message":"m","request":"GET / HTTP/1.1","time":1772353800}
{"Event":{"System":{"EventID":1},"EventData":{"Data":["a"]}}}
[{"c":null},{"d":"\ud83d"}]
"#;
    let mut random = SplitMix64::new(5);
    for _ in 0..5000 {
        let mut bytes = whole.to_vec();
        for _ in 0..=random.below(5) {
            let offset = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[offset] = random.next_u64() as u8,
                1 => bytes.truncate(offset + 1),
                _ => bytes.insert(offset, *random.pick(b"{}[]\",:\\\n")),
            }
        }
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        let mut out = Records::default();
        line_records(&bytes, 1, clock(), &mut out);
        assert_eq!(out.records.len() + out.rejects.len(), lines);
        let mut out = Records::default();
        records(&bytes, 1, clock(), &mut out);
        assert!(cut(&bytes) <= bytes.len());
    }
}

#[test]
fn brackets_without_end_take_no_time() {
    let hostile = "\n{[\"".repeat(400_000);
    let mut out = Records::default();
    records(hostile.as_bytes(), 1, clock(), &mut out);
    assert!(!out.rejects.is_empty());
}
