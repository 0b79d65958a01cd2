use super::*;
use crate::random::SplitMix64;

fn shape(sample: &str) -> Shape {
    Shape::of(sample.as_bytes(), Timestamp::saturating_from_unix_millis(1_780_000_000_000))
}

fn check_columns(sample: &str, expected: &[(&str, Role)]) {
    let shape = shape(sample);
    let columns = shape.columns();
    let found: Vec<(&str, Role)> = columns.names.iter().map(|name| &**name).zip(columns.roles.iter().copied()).collect();
    assert_eq!(found, expected, "{sample}");
}

/// The cells of each row with its line, and the rejects.
fn check_rows(text: &str, expected: &[(u64, &[&str])], rejects: &[(u64, &str, &str)]) {
    let shape = shape(text);
    let mut out = Records::default();
    records(text.as_bytes(), 1, &shape, &mut out);
    let cells = |record: &Record<'_>| record.fields.iter().map(|(_, value)| value.to_string()).collect::<Vec<_>>();
    let rows: Vec<(u64, Vec<String>)> = out.records.iter().map(|record| (record.line, cells(record))).collect();
    let expected: Vec<(u64, Vec<String>)> =
        expected.iter().map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect();
    assert_eq!(rows, expected, "{text}");
    let found: Vec<(u64, &str, &str)> = out.rejects.iter().map(|reject| (reject.line, &*reject.expected, &*reject.found)).collect();
    assert_eq!(found, rejects, "{text}");
}

#[test]
fn columns_are_found_by_name_and_content() {
    check_columns(
        "when,row,cpu,zone,note\n2026-03-01 08:00:00,1,0.5,a,cold start of it\n2026-03-01 08:01:00,2,0.7,a,then more came\n2026-03-01 08:02:00,3,0.1,b,it was all done\n",
        &[("when", Role::Time), ("row", Role::Id), ("cpu", Role::Number), ("zone", Role::Category), ("note", Role::Text)],
    );
    check_columns(
        "Timestamp;Level;Host;Client IP;Message\n1772353800;INFO;h1;10.0.0.1;it works\n1772353801;WARN;h2;10.0.0.2;it fails\n",
        &[
            ("Timestamp", Role::Time),
            ("Level", Role::Level),
            ("Host", Role::Host),
            ("Client IP", Role::Address),
            ("Message", Role::Message),
        ],
    );
}

#[test]
fn a_name_does_not_make_a_time_of_what_is_none() {
    check_columns("time\tx\n3.5\t1\n2.5\t9\n1.5\t4\n", &[("time", Role::Number), ("x", Role::Number)]);
}

#[test]
fn columns_without_a_header_are_numbered() {
    check_columns(
        "2026-03-01T08:00:00Z,10.0.0.1,5\n2026-03-01T08:01:00Z,10.0.0.2,9\n",
        &[("column1", Role::Time), ("column2", Role::Address), ("column3", Role::Number)],
    );
}

#[test]
fn dates_of_either_order_are_read() {
    let first_time = |text: &'static str| {
        let shape = shape(text);
        let mut out = Records::default();
        records(text.as_bytes(), 1, &shape, &mut out);
        out.records[0].time.map(|time| time.civil())
    };
    assert_eq!(first_time("date,x\n03/04/2026 10:00:00,1\n03/25/2026 10:00:00,2\n"), Some((2026, 3, 4)));
    assert_eq!(first_time("date,x\n03/04/2026 10:00:00,1\n25/04/2026 10:00:00,2\n"), Some((2026, 4, 3)));
}

#[test]
fn quotes_hold_separators_quotes_and_line_ends() {
    check_rows(
        "a,b\n\"x,1\",\"say \"\"hi\"\"\"\n\"two\nlines\", 2 \r\nlast,\n",
        &[(2, &["x,1", "say \"hi\""]), (3, &["two\nlines", "2"]), (5, &["last", ""])],
        &[],
    );
}

#[test]
fn short_rows_are_filled_and_long_ones_rejected() {
    check_rows(
        "a,b,c\n1,2,3\n1\n\n1,2,3,\n1,2,3,4,5\n",
        &[(2, &["1", "2", "3"]), (3, &["1", "", ""]), (5, &["1", "2", "3"])],
        &[(6, "3 columns", "5 columns")],
    );
}

#[test]
fn a_quote_that_is_not_closed_costs_its_line() {
    check_rows("a,b\n1,2\n3,\"x\n5,6\n", &[(2, &["1", "2"]), (4, &["5", "6"])], &[(3, "'\"' at the end of a cell", "3,\"x")]);
}

#[test]
fn a_row_is_a_record_with_its_roles() {
    let text = "time,level,host,user,ip,method,url,status,msg\n2026-03-01T08:00:00Z,ERROR,h1,ann,10.0.0.9,GET,/x,404,not there\n2026-03-01T08:00:01Z,INFO,h1,-,10.0.0.9,GET,/y,200,there\n";
    let shape = shape(text);
    let mut out = Records::default();
    records(text.as_bytes(), 1, &shape, &mut out);
    let record = &out.records[0];
    assert_eq!((&*record.level, &*record.hostname, &*record.message), ("ERROR", "h1", "not there"));
    assert_eq!((record.user.as_deref(), record.address.as_deref()), (Some("ann"), Some("10.0.0.9")));
    let http = record.http.clone().unwrap();
    assert_eq!((&*http.method, &*http.uri, http.status), ("GET", "/x", Some(404)));
    assert_eq!((record.fields.len(), out.records[1].user.as_deref()), (9, None));
}

fn check_sniff(sample: &str, expected: bool) {
    assert_eq!(sniff(sample.as_bytes()), expected, "{sample}");
}

#[test]
fn tables_are_told_from_texts() {
    check_sniff("a,b\n1,2\n3,4\n", true);
    check_sniff("timestamp\tvalue\n2026-03-01 08:00:00\t1\n", true);
    check_sniff("0.5,0.25,1\n0.75,0.5,0\n", true);
    check_sniff("2026-03-01 08:00:00,123 INFO main: started\n2026-03-01 08:00:00,124 INFO main: done\n", false);
    check_sniff("Dear all, it is late\nso, good night\n", false);
    check_sniff("one line, with a comma", false);
    check_sniff("", false);
}

#[test]
fn windows_are_cut_between_rows() {
    let check = |window: &str, expected: usize| assert_eq!(cut(window.as_bytes(), &shape("a,b\n1,2\n")), expected, "{window}");
    check("1,2\n3,4", 4);
    check("1,\"2\n3\"\n4,\"5\n6", 8);
    check("1,2", 0);
}

#[test]
fn any_bytes_are_accounted_for() {
    let whole = b"a,b,c\n1,\"x\"\"y\",3\n\"two\nlines\",2,3\n2026-03-01,\xfc,5\n";
    let mut random = SplitMix64::new(9);
    for _ in 0..5000 {
        let mut bytes = whole.to_vec();
        for _ in 0..=random.below(5) {
            let offset = random.below(bytes.len() as u64) as usize;
            match random.below(3) {
                0 => bytes[offset] = random.next_u64() as u8,
                1 => bytes.truncate(offset + 1),
                _ => bytes.insert(offset, *random.pick(b"\",;\t\n\r|")),
            }
        }
        sniff(&bytes);
        let shape = Shape::of(&bytes, Timestamp::saturating_from_unix_millis(0));
        let mut out = Records::default();
        records(&bytes, 1, &shape, &mut out);
        let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).count();
        assert!(out.records.len() + out.rejects.len() <= lines);
        assert!(cut(&bytes, &shape) <= bytes.len());
    }
}

#[test]
fn a_day_and_a_time_of_day_are_one_time() {
    let first_time = |text: &'static str| {
        let shape = shape(text);
        let mut out = Records::default();
        records(text.as_bytes(), 1, &shape, &mut out);
        out.records[0].time.map(|time| time.to_string())
    };
    let expected = Some("2026-03-04T10:00:00.000Z".to_owned());
    assert_eq!(first_time("x,Date,Time\n1,03/04/26,10:00:00\n2,03/25/26,10:00:00\n"), expected);
    assert_eq!(first_time("Uhrzeit;Tag;x\n10:00;04.03.2026;7\n11:00;05.03.2026;8\n"), expected);
    assert_eq!(first_time("Month,Date,Time,x\nMar,4,10:00:00,7\nMar,15,11:00:00,8\n"), expected);
    assert_eq!(first_time("Id,Date,Time\n1,60304,100000\n2,261105,512\n"), Some("2006-03-04T10:00:00.000Z".into()));
    assert_eq!(first_time("Id,Count,Time\n1,60304,100000\n2,261105,512\n"), None);
    assert_eq!(first_time("day,count\n2026-03-04,1\n2026-03-05,2\n"), None);
}
