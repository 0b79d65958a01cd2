use super::*;
use crate::random::SplitMix64;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn clock() -> Clock {
    Clock::new(now(), Order::default())
}

fn describe(stamp: Option<Stamp>) -> String {
    stamp.map_or("no time".into(), |stamp| {
        let year = if stamp.assumed.year { " ?year" } else { "" };
        let zone = if stamp.assumed.zone { " ?zone" } else { "" };
        format!("{}{year}{zone}", stamp.time)
    })
}

/// The time of a line, with what was assumed.
fn check(line: &str, expected: &str) {
    assert_eq!(describe(clock().find(line.as_bytes())), expected, "{line}");
}

#[test]
fn rfc_3339_and_its_relatives() {
    check("2026-11-03T12:00:01Z x", "2026-11-03T12:00:01.000Z");
    check("2026-11-03T12:00:01.123456789+01:00 x", "2026-11-03T11:00:01.123Z");
    check("2026-11-03 12:00:01,5 INFO", "2026-11-03T12:00:01.500Z ?zone");
    check("[2026-11-03 12:00:01.25 -0530] x", "2026-11-03T17:30:01.250Z");
    check("2026-11-03T12:00Z", "2026-11-03T12:00:00.000Z");
    check("2026-11-03 12:00:01 CET", "2026-11-03T11:00:01.000Z");
    check("2026-11-03T12:00:01+01", "2026-11-03T11:00:01.000Z");
    check("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z");
    check("2026/11/03 12:00:01 [error]", "2026-11-03T12:00:01.000Z ?zone");
    check("2026-11-03\t12:00:01\tGET", "2026-11-03T12:00:01.000Z ?zone");
    check("2026-11-03 12:00:01 - 0100 x", "2026-11-03T12:00:01.000Z ?zone");
}

#[test]
fn months_by_name() {
    check("Nov  3 12:00:01 host", "2026-11-03T12:00:01.000Z ?year ?zone");
    check("Dec 31 23:00:00 host", "2025-12-31T23:00:00.000Z ?year ?zone");
    check("Feb 29 01:00:00 host", "2024-02-29T01:00:00.000Z ?year ?zone");
    check("Nov 22 11:00:00 within a day", "2026-11-22T11:00:00.000Z ?year ?zone");
    check("Nov 3 2025 12:00:01 host", "2025-11-03T12:00:01.000Z ?zone");
    check("Nov 03, 2025 1:00:01 PM org", "2025-11-03T13:00:01.000Z ?zone");
    check("[Thu Jun 09 06:07:04.123456 2005] [notice]", "2005-06-09T06:07:04.123Z ?zone");
    check("Mon Oct 11 09:01:35 CEST 2021", "2021-10-11T07:01:35.000Z");
    check("Tue, 03 Nov 2026 12:00:01 GMT", "2026-11-03T12:00:01.000Z");
    check("[03/Nov/2026:12:00:01 +0100]", "2026-11-03T11:00:01.000Z");
    check("03-Nov-2026 12:00:01.425 client", "2026-11-03T12:00:01.425Z ?zone");
    check("03 Nov 12:00:01 x", "2026-11-03T12:00:01.000Z ?year ?zone");
    check("2026 Nov 03 12:00:01.5 x", "2026-11-03T12:00:01.500Z ?zone");
    check("November 3, 2026 12:00:01", "2026-11-03T12:00:01.000Z ?zone");
}

#[test]
fn milliseconds_that_are_counted() {
    check("20261103-12:00:01:606|Step", "2026-11-03T12:00:01.606Z ?zone");
    check("20261103-12:0:1:6|Step", "2026-11-03T12:00:01.006Z ?zone");
    check("20261103-12:00:01:75", "2026-11-03T12:00:01.075Z ?zone");
    check("2026-11-03 12:00:01:7 x", "2026-11-03T12:00:01.000Z ?zone");
}

#[test]
fn days_of_the_year() {
    check("2026-307T12:00:01.5Z x", "2026-11-03T12:00:01.500Z");
    check("2024-366 12:00:01,672:DEBUG:x", "2024-12-31T12:00:01.672Z ?zone");
    check("2026-366T12:00:01Z", "no time");
    check("2026-000T12:00:01Z", "no time");
    check("2026-307 orders", "no time");
}

#[test]
fn numbers_run_together() {
    check("081109 203615 148 INFO", "2008-11-09T20:36:15.000Z ?zone");
    check("20171223-22:15:29:606|Step", "2017-12-23T22:15:29.606Z ?zone");
    check("20171223-2:5:9:606|Step", "2017-12-23T02:05:09.606Z ?zone");
    check("2005-06-03-15.42.50.363779 R02", "2005-06-03T15:42:50.363Z ?zone");
    check("20261103.120001,672:INFO x", "2026-11-03T12:00:01.672Z ?zone");
    check("20261103T120001Z x", "2026-11-03T12:00:01.000Z");
    check("start 20261103120001", "2026-11-03T12:00:01.000Z ?zone");
    check("W0311 10:58:01.123456 1 a.cc:3] x", "2026-03-11T10:58:01.123Z ?year ?zone");
    check("@4000000065f2b3cb00000000 x", "2024-03-14T08:22:25.000Z");
}

#[test]
fn dates_of_numbers_in_any_order() {
    check("[10.30 16:49:06] chrome", "2026-10-30T16:49:06.000Z ?year ?zone");
    check("17/06/09 20:10:40 INFO", "2017-06-09T20:10:40.000Z ?zone");
    check("01/25/22 16:08:02.39 web", "2022-01-25T16:08:02.390Z ?zone");
    check("07/11/2022-10:29:01.860293 x", "2022-07-11T10:29:01.860Z ?zone");
    check("25/11/2022 10:29:01 x", "2022-11-25T10:29:01.000Z ?zone");
    check("03.11.2026 12:00:01 x", "2026-11-03T12:00:01.000Z ?zone");
    check("12/28-12:55:38.765402 x", "2025-12-28T12:55:38.765Z ?year ?zone");
    check("03-17 16:13:38.811  1702 D", "2026-03-17T16:13:38.811Z ?year ?zone");
    check("11/3/2026 1:02:03 AM x", "2026-11-03T01:02:03.000Z ?zone");
}

#[test]
fn one_date_can_tell_the_order_of_all() {
    let lines = ["02/03/2026 10:00:00 a", "25/03/2026 10:00:00 b"];
    let fitted = Clock::new(now(), Order::of(lines.iter().map(|line| line.as_bytes()), now()));
    assert_eq!(describe(fitted.find(lines[0].as_bytes())), "2026-03-02T10:00:00.000Z ?zone");
    let lines = ["03/02/21 10:00:00 a", "03/25/21 10:00:00 b"];
    let fitted = Clock::new(now(), Order::of(lines.iter().map(|line| line.as_bytes()), now()));
    assert_eq!(describe(fitted.find(lines[0].as_bytes())), "2021-03-02T10:00:00.000Z ?zone");
}

#[test]
fn seconds_since_1970() {
    check("1117838570 2005.06.03 R02", "2005-06-03T22:42:50.000Z");
    check("LABEL 1117838570 2005.06.03 R02", "2005-06-03T22:42:50.000Z");
    check("- 1117838570 x", "2005-06-03T22:42:50.000Z");
    check("1700758468.384019 x", "2023-11-23T16:54:28.384Z");
    check("a b 1700758468384 c", "2023-11-23T16:54:28.384Z");
    check("[1700758468384019] c", "2023-11-23T16:54:28.384Z");
    check("1700758468384019123 c", "2023-11-23T16:54:28.384Z");
    check("type=X msg=audit(1684331127.039:3210): y", "2023-05-17T13:45:27.039Z");
    check("order 1700758468 of 2026-11-03 12:00:01", "2026-11-03T12:00:01.000Z ?zone");
    check("a number in the future 2100758468 is none", "no time");
}

#[test]
fn anywhere_in_a_line_but_not_within_a_word() {
    check("10.0.0.1 - - [03/Nov/2026:12:00:01 +0000] \"GET /\"", "2026-11-03T12:00:01.000Z");
    check("api.log.1.2017-05-16_13:53:08 2017-05-17 00:00:00.008 x", "2017-05-17T00:00:00.008Z ?zone");
    check("time=\"2026-11-03T12:00:01Z\" level=info", "2026-11-03T12:00:01.000Z");
}

#[test]
fn what_is_no_time() {
    check("", "no time");
    check("12:00:01 no day", "no time");
    check("10.0.0.1 is an address, 1.2.3 a version", "no time");
    check("2026-13-03 12:00:01", "no time");
    check("2026-11-03 24:00:01", "no time");
    check("Mayor 3 12:00:01", "no time");
    check("blk_-1608999687919862906 1608999687919862", "2020-12-26T16:21:27.919Z");
    check("555-1234567890 x", "no time");
}

#[test]
fn the_time_of_an_access_log_is_the_same_both_ways() {
    for text in
        ["03/Nov/2026:12:00:01 +0100", "29/Feb/2024:23:59:59 -0730", "31/Nov/2026:12:00:01 +0000", "03/Nov/2026:12:00:01  +000"]
    {
        let bytes: &[u8; 26] = text.as_bytes().try_into().unwrap();
        let usual = clock().at(text.as_bytes(), 0).filter(|stamp| stamp.end == 26).map(|stamp| stamp.time);
        assert_eq!(access_time(bytes), usual, "{text}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut random = SplitMix64::new(3);
    for _ in 0..50_000 {
        let bytes: Vec<u8> = (0..random.below(40)).map(|_| *random.pick(b"0123456789:/-. TZ+Novab@[],\xff")).collect();
        if let Some(stamp) = clock().find(&bytes) {
            assert!(stamp.start < stamp.end && stamp.end <= bytes.len());
        }
    }
}
