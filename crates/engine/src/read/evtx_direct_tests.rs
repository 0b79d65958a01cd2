//! Whatever is in a chunk, reading it directly and through JSON leads to the same.

use radar_types::Timestamp;

use super::super::time::Order;
use super::super::{Record, Records};
use super::made::{Log, Made, event, system_values, text, utf16};
use super::*;
use crate::random::SplitMix64;

/// Reads the same bytes directly and through JSON, and gives how many events were read directly, and all.
pub(super) fn check_both_ways(bytes: &[u8]) -> (usize, Vec<Record<'static>>) {
    let (direct, json) = (make(bytes, true), make(bytes, false));
    let read = |text: &Text| {
        let mut out = Records::default();
        records(text, Clock::new(Timestamp::saturating_from_unix_millis(0), Order::default()), &mut out);
        (out.records.into_iter().map(Record::into_owned).collect::<Vec<_>>(), out.rejects)
    };
    let ((direct_records, direct_rejects), (json_records, json_rejects)) = (read(&direct), read(&json));
    for (direct, json) in direct_records.iter().zip(&json_records) {
        assert_eq!(direct, json);
    }
    assert_eq!((direct_records.len(), direct_rejects), (json_records.len(), json_rejects));
    (direct.items.iter().filter(|item| matches!(item, Item::Direct(_))).count(), direct_records)
}

fn log(template: fn(&mut Log), records: Vec<Vec<Made>>) -> Vec<u8> {
    let mut log = Log::new();
    for values in records {
        log.record(template, &system_values().into_iter().chain(values).collect::<Vec<_>>());
    }
    log.finish()
}

fn check(template: fn(&mut Log), records: Vec<Vec<Made>>, is_direct: bool) -> Vec<Record<'static>> {
    let count = records.len();
    let (direct, read) = check_both_ways(&log(template, records));
    assert_eq!((direct, read.len()), (if is_direct { count } else { 0 }, count));
    read
}

fn of_many_words(log: &mut Log) {
    event(log, |log| {
        log.element("EventData", &[], |log| {
            for number in 0..200 {
                log.leaf("Data", &[("Name", &format!("Fixed{number}"))], "a text that needs room");
            }
        });
    });
}

#[test]
fn many_records_of_one_large_template_are_not_unpacked_without_end() {
    let mut log = Log::new();
    log.record(of_many_words, &system_values());
    while log.another(&system_values()) {}
    let text = make(&log.finish(), true);
    assert!(text.items.iter().all(|item| !matches!(item, Item::Direct(_))));
    let bytes: usize = text.texts.iter().map(String::len).sum();
    assert!(bytes < 8 << 20, "{bytes}");
}

fn field<'r>(record: &'r Record<'_>, name: &str) -> Option<&'r str> {
    record.fields.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
}

fn named(log: &mut Log) {
    event(log, |log| {
        log.element("EventData", &[], |log| {
            log.leaf("Data", &[("Name", "Who")], "%4");
            log.leaf("Data", &[("Name", "What \"it\" is")], "%5");
            log.leaf("Data", &[("Name", "Fixed")], "text");
            log.leaf("Data", &[("Name", "Nothing")], "");
            log.leaf("Data", &[], "without a name");
        });
    });
}

fn unnamed(log: &mut Log) {
    event(log, |log| {
        log.element("EventData", &[], |log| {
            log.leaf("Data", &[], "%4");
            log.leaf("Binary", &[], "%5?");
        });
    });
}

fn several_unnamed(log: &mut Log) {
    event(log, |log| {
        log.element("EventData", &[], |log| (4..7).for_each(|hole| log.leaf("Data", &[], &format!("%{hole}"))));
    });
}

fn with_hole(log: &mut Log) {
    event(log, |log| log.content("%4"));
}

fn with_user_data(log: &mut Log) {
    event(log, |log| log.leaf("UserData", &[], "%4?"));
}

fn inner(log: &mut Log) {
    log.element("EventData", &[("Name", "Inner")], |log| {
        log.leaf("Data", &[("Name", "UserData")], "%0");
        log.element("More", &[("Kind", "%1")], |log| log.leaf("Deep", &[], "%2?"));
        log.leaf("More", &[], "again");
    });
}

fn value(kind: u8, bytes: &[u8]) -> Made {
    Made::Value(kind, bytes.to_vec())
}

#[test]
fn values_of_every_usual_kind_have_their_text() {
    let cases = [
        (text("plain"), "plain"),
        (text("a \"quote\", a \\, a tab\t and \u{1}"), "a \"quote\", a \\, a tab\t and \u{1}"),
        (text("Grüße, 日本, 😀"), "Grüße, 日本, 😀"),
        (text("up to zero\0 and no further"), "up to zero"),
        (value(0x01, &[b'a', 0, 0, 0xd8, b'b', 0]), "a\u{fffd}b"),
        (value(0x02, b"ansi\0"), "ansi"),
        (value(0x03, &[0x80]), "-128"),
        (value(0x04, &[255]), "255"),
        (value(0x05, &[0, 0x80]), "-32768"),
        (value(0x06, &[255; 2]), "65535"),
        (value(0x07, &[255; 4]), "-1"),
        (value(0x08, &[255; 4]), "4294967295"),
        (value(0x09, &i64::MIN.to_le_bytes()), "-9223372036854775808"),
        (value(0x0a, &[255; 8]), "18446744073709551615"),
        (value(0x0d, &[0; 4]), "false"),
        (value(0x0d, &[1, 0, 0, 0]), "true"),
        (value(0x0d, &[2, 0, 0, 0]), "2"),
        (value(0x0e, &[0x0a, 0xbc]), "0ABC"),
        (value(0x0f, &[1; 16]), "{01010101-0101-0101-0101-010101010101}"),
        (value(0x10, &[16, 0, 0, 0]), "0x10"),
        (value(0x10, &[0; 8]), "0x0"),
        (value(0x11, &0_u64.to_le_bytes()), "1601-01-01T00:00:00.0000000Z"),
        (value(0x11, &125_962_560_000_000_001_u64.to_le_bytes()), "2000-02-29T00:00:00.0000001Z"),
        (value(0x13, &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]), "S-1-5-32-544"),
        (value(0x14, &[255, 0, 0, 0]), "0xff"),
        (value(0x15, &[255; 8]), "0xffffffffffffffff"),
    ];
    let (values, expected): (Vec<Made>, Vec<&str>) = cases.into_iter().unzip();
    let records = check(named, values.into_iter().map(|value| vec![value]).collect(), true);
    for (record, expected) in records.iter().zip(expected) {
        assert_eq!(field(record, "Who"), Some(expected));
    }
}

#[test]
fn what_is_null_or_empty_is_left_out_or_kept_as_in_json() {
    let empty = || [value(0x00, &[]), text(""), text("\0"), value(0x0e, &[]), value(0x21, &[]), value(0x02, &[0])];
    for template in [named, unnamed, several_unnamed, with_hole, with_user_data] {
        let records = empty().into_iter().map(|value| vec![value]).collect();
        // An element that has text or a template is what JSON is better at.
        check_both_ways(&log(template, records));
    }
    let records = check(named, vec![vec![], vec![value(0x00, &[]), text("x")]], true);
    assert_eq!((field(&records[0], "Who"), field(&records[1], "What \"it\" is")), (Some(""), Some("x")));
}

#[test]
fn values_without_names_are_one_field() {
    let texts = |text: &str| value(0x81, &utf16(text));
    let records = check(unnamed, vec![vec![texts("a\0b\0")], vec![texts("\0\0")], vec![texts("one\0")]], true);
    let data: Vec<_> = records.iter().map(|record| field(record, "Data")).collect();
    assert_eq!(data, [Some("a, b"), Some(", "), Some("one")]);
    let records = check(several_unnamed, vec![vec![text("a"), text(""), value(0x04, &[7])]], true);
    assert_eq!(field(&records[0], "Data"), Some("a, , 7"));
}

#[test]
fn templates_in_templates_are_read_directly() {
    let values = || vec![Made::Inner(inner, vec![text("who"), value(0x04, &[3]), text("down")])];
    for template in [with_hole, with_user_data] {
        let records = check(template, vec![values(), values()], true);
        assert_eq!((field(&records[1], "Deep"), field(&records[1], "More_1")), (Some("down"), Some("again")));
    }
}

#[test]
fn what_is_not_plain_is_left_to_json() {
    check(named, vec![vec![value(0x0b, &1.5_f32.to_le_bytes())]], false);
    check(named, vec![vec![value(0x81, &utf16("a\0b\0"))]], false);
    check(named, vec![vec![value(0x11, &[255; 8])]], false);
    check(named, vec![vec![value(0x02, b"\xe4")]], false);
    check(named, vec![vec![Made::Inner(inner, Vec::new())]], false);
    check(|log| event(log, |log| (0..2).for_each(|_| log.leaf("Twice", &[], "%4"))), vec![vec![text("x")]], false);
}

#[test]
fn damaged_chunks_are_read_the_same_both_ways() {
    let mut random = SplitMix64::new(3);
    let values = || vec![text("ann"), value(0x08, &[1; 4]), value(0x00, &[])];
    for template in [named, unnamed, several_unnamed, with_hole, with_user_data] {
        let inner = vec![Made::Inner(inner, values())];
        let bytes = log(template, vec![values(), inner, values()]);
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap_or(0) as u64 - HEADER_BYTES as u64;
        for _ in 0..400 {
            let mut bytes = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = HEADER_BYTES as u64 + random.below(used);
                let byte = &mut bytes[at as usize];
                *byte = if random.below(2) == 0 { random.next_u64() as u8 } else { *byte ^ (1 << random.below(8)) };
            }
            check_both_ways(&bytes);
        }
    }
}
