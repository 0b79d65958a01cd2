use super::*;
use radar_types::Reason;

/// Records of rows in which each cell follows its column's name.
fn records(rows: &[Vec<(&'static str, String)>]) -> Vec<Record<'static>> {
    let record = |(line, row): (u64, &Vec<(&'static str, String)>)| Record {
        line,
        fields: row.iter().map(|(name, text)| (Cow::Borrowed(*name), Cow::Owned(text.clone()))).collect(),
        ..Record::default()
    };
    (2..).zip(rows).map(record).collect()
}

/// Verdicts after reading the records in blocks of that size.
fn verdicts(records: &[Record<'_>], block: usize) -> Vec<Verdict> {
    let mut tables = Tables::new();
    for block in records.chunks(block) {
        tables.absorb(tables.summarise(block));
    }
    tables.settle();
    records.chunks(block).flat_map(|block| tables.judge(block)).collect()
}

/// The line that scores highest must be this one, and its first reason this.
fn check(rows: &[Vec<(&'static str, String)>], expected: usize, code: &str, text: &str) {
    let records = records(rows);
    let found = verdicts(&records, 97);
    let highest = (0..found.len()).max_by(|a, b| found[*a].score.total_cmp(&found[*b].score)).unwrap();
    assert_eq!(highest, expected, "{:?} {:?}", found[highest], found[expected]);
    assert_eq!(found[highest].reasons[0], Reason { code: code.into(), text: text.into() });
    for block in [1, 1000] {
        assert_eq!(verdicts(&records, block), found, "blocks of {block}");
    }
    for verdict in &found {
        assert!((0.0..=1.0).contains(&verdict.score));
        assert!(verdict.score < REASON_SCORE_MIN || !verdict.reasons.is_empty());
    }
    let above = |limit: f32| found.iter().filter(|verdict| verdict.score > limit).count();
    assert!(above(0.7) * 20 < found.len(), "{} of {}", above(0.7), found.len());
}

fn plain(n: usize) -> Vec<(&'static str, String)> {
    let mut random = SplitMix64::new(n as u64);
    let mut bell = || (0..6).map(|_| f64::from(random.unit())).sum::<f64>() - 3.0;
    let load = 40.0 + 5.0 * bell();
    let heat = load + bell();
    vec![
        ("load", format!("{load:.2}")),
        ("heat", format!("{heat:.2}")),
        ("country", ["DE", "FR", "IT"][n % 3].into()),
        ("id", format!("r{n}")),
    ]
}

#[test]
fn a_number_far_from_its_mean_is_found() {
    let mut rows: Vec<_> = (0..1000).map(plain).collect();
    rows[321][0].1 = "97.3".into();
    check(&rows, 321, "number_high", "`load` is 97.3, 14.6 standard deviations above this file's mean of 40.3");
}

#[test]
fn a_category_that_no_other_row_has_is_found() {
    let mut rows: Vec<_> = (0..1000).map(plain).collect();
    rows[500][2].1 = "XX".into();
    check(&rows, 500, "category_rare", "Column `country` holds `XX`, which no other of 1,000 rows has");
}

fn timed(n: usize) -> Vec<(&'static str, String)> {
    let time = Timestamp::from_unix_millis(1_780_272_000_000 + n as i64 * 3_600_000).unwrap();
    let mut random = SplitMix64::new(n as u64);
    let busy = if (8..18).contains(&(n % 24)) { 900.0 } else { 120.0 };
    vec![("time", time.to_string()), ("requests", format!("{:.0}", busy + 60.0 * f64::from(random.unit())))]
}

#[test]
fn a_value_that_is_usual_at_another_hour_is_found() {
    let mut rows: Vec<_> = (0..720).map(timed).collect();
    rows[459][1].1 = "4012".into();
    check(&rows, 459, "season_unusual", "At 03:00 `requests` is usually 135 to 171, here 4,012");
}

#[test]
fn any_table_gets_a_verdict_for_each_row() {
    let odd = ["", "NaN", "1e999", "-0", "\u{0}", "2026-03-01", "x", "1e308", "-1e308"];
    for width in [0, 1, 2, 5] {
        for count in [0, 1, 2, 60, 300] {
            let names = ["a", "b", "c", "d", "e"];
            let row =
                |n: usize| (0..width).map(|column| (names[column], odd[(n * 7 + column * 3) % odd.len()].to_owned())).collect();
            let rows: Vec<Vec<(&'static str, String)>> = (0..count).map(row).collect();
            let found = verdicts(&records(&rows), 17);
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|verdict| verdict.score.is_finite() && verdict.raw.is_finite()), "{width} {count}");
        }
    }
}

#[test]
fn before_it_is_settled_and_for_unknown_columns_nothing_is_found() {
    let rows = records(&[vec![("a", "1".into())]]);
    assert_eq!(Tables::new().judge(&rows)[0].score, 0.0);
    let mut tables = Tables::new();
    tables.absorb(tables.summarise(&records(&(0..100).map(plain).collect::<Vec<_>>())));
    tables.settle();
    assert_eq!(tables.judge(&rows).len(), 1);
}

/// Rows of two columns, judged by themselves.
fn judged(texts: &[(String, String)]) -> Vec<Verdict> {
    let record = |(at, (name, text)): (usize, &(String, String))| Record {
        line: at as u64 + 2,
        fields: vec![("id".into(), at.to_string().into()), (name.clone().into(), text.clone().into())],
        ..Record::default()
    };
    let records: Vec<Record<'_>> = texts.iter().enumerate().map(record).collect();
    let mut tables = Tables::new();
    let summary = tables.summarise(&records);
    tables.absorb(summary);
    tables.settle();
    tables.judge(&records)
}

#[test]
fn an_attack_in_a_text_is_found_and_named() {
    let mut texts: Vec<(String, String)> = (0..200).map(|at| ("comment".into(), format!("good shoes, size {at}"))).collect();
    texts[77].1 = "' UNION SELECT login, password FROM users--".into();
    let verdicts = judged(&texts);
    assert!(verdicts[77].score >= 0.9, "{:?}", verdicts[77]);
    assert_eq!(verdicts[77].reasons[0].code, "sql_injection");
    assert!(verdicts[77].reasons[0].text.starts_with("Column `comment` holds SQL: `"), "{:?}", verdicts[77].reasons);
    assert!(verdicts.iter().filter(|verdict| verdict.score >= 0.5).count() == 1);
}

#[test]
fn a_column_of_code_is_code() {
    let query = |at: usize| format!("SELECT name FROM users WHERE id = {at} UNION SELECT password FROM users --");
    let texts: Vec<(String, String)> = (0..200).map(|at| ("query".into(), query(at))).collect();
    assert!(judged(&texts).iter().all(|verdict| verdict.score < 0.5));
}
