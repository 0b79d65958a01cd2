use super::*;
use crate::read::time::Order;
use crate::read::{Block, Options, Reader};

/// Each record as its line, time, channel, source, message and fields.
fn check(input: &str, expected: &[&str]) {
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    let mut reader = Reader::new(Options { format: None, now });
    let mut blocks: Vec<Block> = reader.feed(input.as_bytes()).unwrap();
    blocks.extend(reader.finish().unwrap());
    let mut described = Vec::new();
    for record in blocks.iter().flat_map(|block| block.records().records.into_iter().map(Record::into_owned).collect::<Vec<_>>()) {
        let time = record.time.map_or("-".into(), |time| time.to_string());
        let mut line =
            format!("{} {time} {} <{}> {}", record.line, record.channel.unwrap_or_default(), record.source, record.message);
        for (name, value) in record.fields {
            line += &format!(" {name}={value}");
        }
        described.push(line);
    }
    assert_eq!(described, expected, "{input}");
}

#[test]
fn containers_lines_are_read_inside_of_their_names() {
    check(
        "web-1  | Serving\nweb-1  |  * on 10.0.0.1\nweb-1  | 2026-11-03T12:00:01Z up\ndb-1   | 7:M 03 Nov 2026 12:00:02.018 * Ready\nnoise\nweb-1  | 10.0.0.9 - - [03/Nov/2026:12:00:03 +0000] \"GET / HTTP/1.1\" 200 1\n",
        &[
            "1 -  <web-1> Serving\nweb-1  |  * on 10.0.0.1",
            "3 2026-11-03T12:00:01.000Z  <web-1> up",
            "4 2026-11-03T12:00:02.018Z  <db-1> * Ready\nnoise",
            "6 2026-11-03T12:00:03.000Z  <web-1> GET / HTTP/1.1",
        ],
    );
    check(
        "\u{1b}[36mweb-1  | \u{1b}[0m2026-11-03T12:00:01Z up\n\u{1b}[33mweb-1  | \u{1b}[0m2026-11-03T12:00:02Z down\n",
        &["1 2026-11-03T12:00:01.000Z  <web-1> up", "2 2026-11-03T12:00:02.000Z  <web-1> down"],
    );
}

#[test]
fn a_table_with_bars_is_no_log_of_containers() {
    let lines = |text: &'static str| text.split('\n').map(str::as_bytes);
    let check = |text, expected| assert_eq!(Wrapping::of(lines(text)), expected, "{text}");
    check("name | load\nweb | 12\ndb | 19", Wrapping::Nothing);
    check("INFO | a\nINFO | b", Wrapping::Nothing);
    check("a-1  | x\na-1  | y\nb    | z\nb    | z", Wrapping::Name);
    check("", Wrapping::Nothing);
}

#[test]
fn what_kubernetes_keeps_has_its_stream_and_time() {
    check(
        "2026-11-03T12:00:01.5Z stdout F 2025/01/01 00:00:00 [info] 3#4: up\n2026-11-03T12:00:02Z stderr P {\"msg\":\"half\",\"n\":3}\n2026-11-03T12:00:03Z stdout F 10.0.0.9 - - [03/Nov/2026:12:00:03 +0000] \"GET / HTTP/1.1\" 200 1\n2026-11-03T12:00:04Z stdout F\n",
        &[
            "1 2026-11-03T12:00:01.500Z stdout <> up pid=3",
            "2 2026-11-03T12:00:02.000Z stderr <> half n=3",
            "3 2026-11-03T12:00:03.000Z stdout <> GET / HTTP/1.1",
            "4 2026-11-03T12:00:04.000Z stdout <> ",
        ],
    );
}

#[test]
fn traces_of_windows_programs_are_whole_events() {
    check(
        "<![LOG[Begin]LOG]!><time=\"19:33:19.766-060\" date=\"11-03-2026\" component=\"App\" context=\"\" type=\"2\" thread=\"87\" file=\"a.cpp:1\">\n<![LOG[two\n2026-11-03 lines]LOG]!><time=\"10:22:50.8422964\" date=\"1-2-2026\" component=\"Ui\" type=\"1\">\n<![LOG[broken\n",
        &[
            "1 2026-11-03T18:33:19.766Z  <App> Begin thread=87 file=a.cpp:1",
            "2 2026-01-02T10:22:50.842Z  <Ui> two\n2026-11-03 lines",
            "4 -  <> <![LOG[broken",
        ],
    );
}

#[test]
fn a_trace_needs_a_date_to_have_a_time() {
    let clock = Clock::new("2026-11-21T12:00:00Z".parse().unwrap(), Order::default());
    for (date, time) in
        [("", "10:00:00"), ("1-2", "10:00:00"), ("1-2-2026", ""), ("1-2-2026", "10:00:00-"), ("13-1-2026", "10:00:00")]
    {
        assert_eq!(trace_stamp(date, time, &clock), None, "{date} {time}");
    }
}
