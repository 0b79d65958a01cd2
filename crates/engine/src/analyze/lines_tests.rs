use std::borrow::Cow;

use radar_types::Timestamp;

use super::*;

fn record(message: String) -> Record<'static> {
    Record { message: Cow::Owned(message), ..Record::default() }
}

/// A thousand lines of an ordinary day.
fn ordinary() -> Vec<Record<'static>> {
    let line = |number: u64| -> Record<'static> {
        let message = match number % 4 {
            0 => format!("request {number} done in {} ms", 20 + number % 30),
            1 => format!("user=u{} logged in", number % 7),
            2 => format!("cache hit for item {number}"),
            _ => format!("sent {} bytes to 10.0.{}.{}", 900 + number % 200, number % 5, number % 250),
        };
        Record { line: number + 1, user: Some(format!("u{}", number % 7).into()), source: "web".into(), ..record(message) }
    };
    (0..1000).map(line).collect()
}

fn learned(records: &[Record<'_>], block: usize) -> Lines {
    let mut lines = Lines::new(Masks::default());
    for block in records.chunks(block) {
        let summary = lines.summarise(block);
        lines.absorb(summary);
    }
    lines.settle();
    lines
}

/// The codes of the reasons of one more line after ordinary ones.
fn check(odd: Record<'static>, expected_first: &str) {
    let verdict = learned(&ordinary(), 250).judge(std::slice::from_ref(&odd)).remove(0);
    assert!(verdict.score >= 0.5, "{} {verdict:?}", odd.message);
    assert_eq!(verdict.reasons[0].code, expected_first, "{} {verdict:?}", odd.message);
}

#[test]
fn what_an_ordinary_day_never_had_stands_out_with_its_reason() {
    check(record("volume data was removed by hand".into()), "new_template");
    check(record("request 7 done in 90000 ms".into()), "far_number");
    check(record("cache hit for item ../../../../etc/passwd".into()), "attack_words");
    check(Record { user: Some("mallory".into()), source: "web".into(), ..record("cache hit for item 9".into()) }, "rare_user");
    check(Record { source: "cron".into(), ..record("cache hit for item 9".into()) }, "rare_source");
}

#[test]
fn an_ordinary_day_has_no_findings() {
    let records = ordinary();
    for verdict in learned(&records, 250).judge(&records) {
        assert!(verdict.score < 0.5 && verdict.reasons.is_empty(), "{verdict:?}");
    }
}

#[test]
fn trouble_stands_out_where_it_is_not_the_rule() {
    let mut records = ordinary();
    records.push(record("FATAL disk controller lost, data corrupted".into()));
    let verdicts = learned(&records, 250).judge(&records);
    let highest = verdicts.iter().max_by(|a, b| a.raw.total_cmp(&b.raw)).unwrap();
    assert_eq!(highest, verdicts.last().unwrap());
    let all_bad: Vec<Record<'_>> = (0..500).map(|number| record(format!("FATAL error {number} in disk"))).collect();
    assert!(learned(&all_bad, 250).judge(&all_bad).iter().all(|verdict| verdict.score < 0.5));
}

#[test]
fn a_burst_of_trouble_counts_and_says_so() {
    let at = |minute: i64, message: String| Record { time: Timestamp::from_unix_millis(minute * 60_000), ..record(message) };
    let mut records: Vec<Record<'_>> = (0..600).map(|minute| at(minute, format!("request {minute} done"))).collect();
    records.extend((0..40).map(|number| at(300, format!("upstream error {number}"))));
    let verdicts = learned(&records, 200).judge(&records);
    assert!(verdicts[620].reasons.iter().any(|reason| reason.code == "burst"), "{:?}", verdicts[620]);
}

#[test]
fn blocks_may_be_summarised_in_any_order_on_any_thread() {
    let records = ordinary();
    let mut lines = Lines::new(Masks::default());
    let mut summaries: Vec<Summary> = records.chunks(250).rev().map(|block| lines.summarise(block)).collect();
    while let Some(summary) = summaries.pop() {
        lines.absorb(summary);
    }
    lines.settle();
    assert_eq!(lines.judge(&records), learned(&records, 250).judge(&records));
}

#[test]
fn odd_records_are_judged_too() {
    let odd = ["", "\u{0}", "…", &"(".repeat(5000), &"a=1e308,".repeat(500), "ü=ü", "-1e999 TB", "::ffff:1.2.3.4/x"];
    let mut records: Vec<Record<'_>> = odd.iter().map(|message| record((*message).to_owned())).collect();
    records.push(Record { address: Some("[::1".into()), time: Some(Timestamp::MIN), ..Record::default() });
    let lines = learned(&records, 3);
    assert!(lines.judge(&records).iter().all(|verdict| verdict.raw.is_finite() && (0.0..=1.0).contains(&verdict.score)));
    assert_eq!(Lines::default().judge(&records).len(), records.len());
}
