//! The figures of a run as a table, beside those of another one.

use super::run::{Row, Run};
use crate::report;

/// Slower than this is marked. Less is within the noise of a shared machine.
const SLOWER_RATIO: f64 = 1.1;

pub(super) fn print(run: &Run, against: Option<&Run>) {
    report::line(&format!("\n{}, {} lines of access log", run.machine, run.lines));
    if let Some(against) = against {
        report::line(&format!("compared with: {}, {} lines", against.machine, against.lines));
    }
    report::line(&heading(against.is_some()));
    let mut slower = 0;
    for row in &run.rows {
        let before = against.and_then(|against| against.rows.iter().find(|before| before.name == row.name));
        let ratio = before.and_then(|before| ratio(row, before));
        slower += usize::from(ratio.is_some_and(|ratio| ratio > SLOWER_RATIO));
        report::line(&line(row, ratio));
    }
    if against.is_some() {
        report::line(&format!("\n{slower} of {} rows are more than 10 % slower", run.rows.len()));
    }
}

fn heading(is_compared: bool) -> String {
    let ratio = if is_compared { "  time ratio" } else { "" };
    format!("{:<44}{:>10}{:>12}{:>9}{:>9}{:>9}{ratio}", "", "ns/record", "records/s", "MB/s", "cpu s", "peak MB")
}

fn line(row: &Row, ratio: Option<f64>) -> String {
    let secs = row.secs.max(f64::MIN_POSITIVE);
    let figures =
        format!("{:>10.0}{:>12.0}{:>9.1}", per_record(row) * 1e9, row.records as f64 / secs, row.bytes as f64 / 1e6 / secs);
    let cpu = row.cpu_secs.map_or_else(String::new, |cpu| format!("{cpu:.2}"));
    let peak = row.peak_bytes.map_or_else(String::new, |peak| format!("{:.0}", peak as f64 / 1e6));
    let compared = match ratio {
        Some(ratio) if ratio > SLOWER_RATIO => format!("{ratio:>12.2} SLOWER"),
        Some(ratio) => format!("{ratio:>12.2}"),
        None => String::new(),
    };
    format!("{:<44}{figures}{cpu:>9}{peak:>9}{compared}", row.name)
}

/// Time for the same amount of work, so that runs of different length compare.
fn ratio(row: &Row, before: &Row) -> Option<f64> {
    (per_record(before) > 0.0).then(|| per_record(row) / per_record(before))
}

fn per_record(row: &Row) -> f64 {
    row.secs / row.records.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_its_rates_and_whether_it_is_slower() {
        let row = |secs: f64| Row { name: "x: parse".into(), secs, records: 1000, bytes: 2_000_000, ..Row::default() };
        let check =
            |before: f64, marked: bool| assert_eq!(line(&row(0.5), ratio(&row(0.5), &row(before))).ends_with("SLOWER"), marked);
        check(0.5, false);
        check(0.46, false);
        check(0.4, true);
        assert_eq!(ratio(&row(1.0), &row(0.0)), None);
        let shown = line(&row(0.5), None);
        assert!(shown.contains("500000") && shown.contains("2000") && shown.contains("4.0"), "{shown}");
    }
}
