use super::*;
use crate::random::SplitMix64;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn blocks(pieces: &[&[u8]], format: Option<Format>) -> (Vec<Block>, Format) {
    let mut reader = Reader::new(Options { format, now: now() });
    let mut blocks: Vec<Block> = pieces.iter().flat_map(|piece| reader.feed(piece).unwrap()).collect();
    blocks.extend(reader.finish().unwrap());
    (blocks, reader.format().unwrap_or(Format::Text))
}

/// Each record as its line and message, each reject as its line and what was expected.
fn describe(pieces: &[&[u8]], format: Option<Format>) -> Vec<String> {
    let mut described = Vec::new();
    for block in blocks(pieces, format).0 {
        let records = block.records();
        described.extend(records.records.iter().map(|record| format!("{} {}", record.line, record.message)));
        described.extend(records.rejects.iter().map(|reject| format!("{} expected {}", reject.line, reject.expected)));
    }
    described
}

fn check(input: &[u8], expected: &[&str]) {
    assert_eq!(describe(&[input], None), expected, "{}", String::from_utf8_lossy(input));
}

fn check_format(input: &str, expected: Format) {
    assert_eq!(blocks(&[input.as_bytes()], None).1, expected, "{input}");
}

#[test]
fn formats_are_found_by_content() {
    check_format("10.0.0.1 - - [03/Nov/2026:12:00:01 +0100] \"GET / HTTP/1.1\" 200 1\n", Format::Access);
    check_format("2026-11-03 12:00:01 [INFO] shop - sold | IP: 10.0.0.1\n", Format::Service);
    check_format("Nov  3 12:00:01 web sshd[7]: x\n", Format::Syslog);
    check_format("<34>1 2026-11-03T12:00:01Z web app - - - x\n", Format::Syslog5424);
    check_format("#Software: x\n#Fields: date time x\n2026-11-03 12:00:01 a\n", Format::W3c);
    check_format("10.0.0.1:333 [03/Nov/2026:12:00:01.655] in a/b 10/0/3 200 --\n", Format::HaProxy);
    check_format("2026-11-03 12:00:01,5 INFO a.B: x\n", Format::Text);
    check_format("hello\n", Format::Text);
    check_format("", Format::Text);
}

#[test]
fn lines_that_continue_an_event_belong_to_it() {
    check(
        b"2026-11-03 12:00:01 ERROR a.B: no\n\tat a.C\nCaused by: x\n\n  more\n2026-11-03 12:00:02 INFO a.B: yes\nand so on\n",
        &["1 no\n\tat a.C\nCaused by: x\n\n  more", "6 yes\nand so on"],
    );
    check(
        b"start\nTraceback (most recent call last):\n  File x\nValueError: no\nnext\n",
        &["1 start\nTraceback (most recent call last):\n  File x\nValueError: no", "5 next"],
    );
    check(b"a\n  b\nc\n", &["1 a\n  b", "3 c"]);
}

#[test]
fn odd_bytes_are_read_as_text() {
    check(b"a\r\nb\r\n", &["1 a", "2 b"]);
    check(b"a\rb\rc", &["1 a", "2 b", "3 c"]);
    check(b"\n\n a", &["3 a"]);
    check(b"caf\xe9\n", &["1 caf\u{e9}"]);
    check(b"\x1b[31mred\x1b[0m and a long enough rest\n", &["1 red and a long enough rest"]);
    check(b"a line with one \0NUL in it\n", &["1 a line with one NUL in it"]);
    check(&[0; 100], &["1 expected text"]);
    check(b"\x7fELF\x02\x01\x01\0\0\0\0\xff", &["1 expected text"]);
}

#[test]
fn nuls_of_a_lost_write_cost_no_line() {
    let nuls = "\0".repeat(300);
    check(
        format!("Nov  3 12:00:01 web a[1]: x\n{nuls}Nov  3 12:00:02 web a[1]: y\n{nuls}\nNov  3 12:00:03 web a[1]: z\n").as_bytes(),
        &["1 x", "2 y", "4 z", "3 expected text"],
    );
}

#[test]
fn a_line_of_an_access_log_that_is_none_is_rejected() {
    let good = "10.0.0.1 - - [03/Nov/2026:12:00:01 +0100] \"GET / HTTP/1.1\" 200 1\n";
    let input = format!("{good}{good}broken\n{good}");
    let expected = "an access log line: client, [time], \"request\", status";
    let mut described = describe(&[input.as_bytes()], None);
    described.sort();
    assert_eq!(described, ["1 GET / HTTP/1.1", "2 GET / HTTP/1.1", &format!("3 expected {expected}"), "4 GET / HTTP/1.1"]);
}

#[test]
fn columns_may_change_in_mid_file_and_between_blocks() {
    let mut input = String::from("#Fields: date time a\n");
    (0..20_000).for_each(|_| input += "2026-11-03 12:00:01 x\n");
    input += "#Fields: date time b a\n";
    (0..20_000).for_each(|_| input += "2026-11-03 12:00:01 y x\n");
    let (blocks, _) = blocks(&[input.as_bytes()], None);
    assert!(blocks.len() > 2);
    let counts: Vec<usize> = blocks
        .iter()
        .flat_map(|block| block.records().records.into_iter().map(|record| record.fields.len()).collect::<Vec<_>>())
        .collect();
    assert_eq!(counts.len(), 40_000);
    assert_eq!((counts[0], counts[19_999], counts[20_000], counts[39_999]), (1, 1, 2, 2));
}

#[test]
fn a_record_that_is_too_long_is_one_reject_in_bounded_memory() {
    let mut reader = Reader::new(Options { format: None, now: now() });
    let mut described = Vec::new();
    let piece = vec![b'x'; 1 << 20];
    let mut take = |blocks: Vec<Block>| {
        for block in blocks {
            let records = block.records();
            described.extend(records.records.iter().map(|record| format!("{} {}", record.line, record.message)));
            described.extend(records.rejects.iter().map(|reject| format!("{} {}", reject.line, reject.expected)));
        }
    };
    take(reader.feed(b"a\n").unwrap());
    for _ in 0..64 {
        take(reader.feed(&piece).unwrap());
        assert!(reader.window.capacity() <= 4 * WINDOW_BYTES_MAX);
    }
    take(reader.feed(b"\nb\n").unwrap());
    take(reader.feed(&piece).unwrap());
    take(reader.feed(b"x\nc\n").unwrap());
    take(reader.finish().unwrap());
    let overlong = format!("a record of at most {RECORD_BYTES_MAX} bytes");
    described.sort();
    assert_eq!(described, ["1 a", &format!("2 {overlong}"), "3 b", &format!("4 {overlong}"), "5 c"]);
}

#[test]
fn a_stack_trace_is_not_cut_between_blocks() {
    let event = format!("2026-11-03 12:00:01 ERROR a.B: no\n{}", "\tat a.very.long.place.of.Code\n".repeat(40));
    let (blocks, _) = blocks(&[event.repeat(1500).as_bytes()], None);
    assert!(blocks.len() > 2);
    let mut line = 1;
    for record in blocks.iter().flat_map(|block| {
        block.records().records.into_iter().map(|record| (record.line, record.message.lines().count())).collect::<Vec<_>>()
    }) {
        assert_eq!(record, (line, 41));
        line += 41;
    }
    assert_eq!(line, 1500 * 41 + 1);
}

const LINES: [&str; 14] = [
    "10.0.0.1 - - [03/Nov/2026:12:00:01 +0100] \"GET /a?b=\\\"c HTTP/1.1\" 200 12 \"-\" \"Agent\" 0.5",
    "2026-11-03 12:00:01 [WARN] shop - slow | IP: 10.0.0.1 | User: mia | ResponseTime: 12ms",
    "Nov  3 12:00:01 web sshd[71]: Failed password for invalid user bob from 10.0.0.9 port 22 ssh2",
    "<165>1 2026-11-03T12:00:01.003Z web app 12 ID47 [ex@1 a=\"b\" c=\"d \\\" \\]\"] hello",
    "#Fields: date time cs-method c-ip",
    "2026-11-03 12:00:01 GET 10.0.0.1",
    "Nov  3 12:00:01 lb haproxy[1]: 10.0.0.1:33 [03/Nov/2026:12:00:01.6] in s/b 1/0/3 200 27 - - ---- 1/1 0/0 \"GET / HTTP/1.1\"",
    "2026-11-03 12:00:01,978 INFO [main] org.example.App: up",
    "\tat org.example.App(App.java:3)",
    "- 1117838570 2005.06.03 R02-M1 2005-06-03-15.42.50.675872 R02-M1 RAS KERNEL INFO ok",
    "level=error msg=\"x y\" user=mia",
    "\u{1b}[31mW0311 10:58:01.123456 1 a.cc:3] slow\u{1b}[0m",
    "Traceback (most recent call last):",
    "gr\u{fc}n \u{1f600} 20261103-12:00:01:606|Step|300|up",
];

/// A log of made-up lines, damaged here and there.
fn damaged(random: &mut SplitMix64, lines: u64) -> Vec<u8> {
    let usual = *random.pick(&LINES);
    let mut bytes = Vec::new();
    for _ in 0..=random.below(lines) {
        bytes.extend_from_slice(if random.chance(0.5) { usual } else { random.pick(&LINES) }.as_bytes());
        bytes.push(b'\n');
    }
    for _ in 0..random.below(6) {
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(3) {
            0 => bytes[at] = random.next_u64() as u8,
            1 => bytes.truncate(at + 1),
            _ => bytes[at] = *random.pick(b"[]\"\\\n\r\0 :-<>=|"),
        }
    }
    bytes
}

#[test]
fn no_bytes_make_it_panic_and_all_lines_are_accounted_for() {
    let mut random = SplitMix64::new(7);
    for round in 0..4000 {
        let bytes = damaged(&mut random, 12);
        let format = if round % 2 == 0 { None } else { Some(*random.pick(&Format::ALL)) };
        let (blocks, found) = blocks(&[&bytes], format);
        let mut events = Vec::new();
        for block in &blocks {
            let records = block.records();
            events.extend(records.records.iter().map(|record| (record.line, record.message.lines().count().max(1))));
            events.extend(records.rejects.iter().map(|reject| (reject.line, 1)));
        }
        events.sort_unstable();
        let has_lines = !matches!(found, Format::Json | Format::Evtx | Format::WindowsXml);
        assert!(!has_lines || events.is_sorted_by(|a, b| a.0 < b.0), "each begins on a line of its own");
        if found == Format::Access && !bytes.contains(&b'\r') {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii_end().is_empty()).count();
            assert_eq!(events.len(), lines);
        }
    }
}

#[test]
fn pieces_of_any_size_give_the_same_records() {
    let mut random = SplitMix64::new(9);
    for _ in 0..12 {
        let mut bytes = damaged(&mut random, 8000);
        if random.chance(0.3) {
            let at = random.below(bytes.len() as u64) as usize;
            bytes.splice(at..at, std::iter::repeat_n(b'x', 3 << 20));
        }
        let whole = describe(&[&bytes], None);
        let mut pieces = Vec::new();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let length_max = 1 << random.below(20);
            let length = (random.below(length_max) as usize + 1).min(rest.len());
            pieces.push(&rest[..length]);
            rest = &rest[length..];
        }
        assert_eq!(describe(&pieces, None), whole);
    }
}

/// Found by fuzzing: such a line was rejected with nothing as what was found.
#[test]
fn a_line_of_foreign_spaces_is_rejected_with_a_reason() {
    let input = b"#Fields: date time x\n2026-11-03 12:00:01 a\n\xa0\xa0\xa0\n";
    let blocks = blocks(&[input], Some(Format::W3c)).0;
    let rejects: Vec<Reject> = blocks.iter().flat_map(|block| block.records().rejects).collect();
    assert_eq!(rejects.len(), 1);
    assert_eq!(rejects[0].found, "only spaces");
}
