//! Logs of all kinds from the generators, as rows of features: what the shipped models are trained on.
//!
//! Features are relative to their own log, so each log is read by itself, and variety comes from many
//! small logs of different kinds and not from long ones.

use std::fmt::Write;

use anyhow::Result;
use radar_engine::feature::Schema;
use radar_engine::random::SplitMix64;
use radar_engine::train::Rows;
use radar_types::Timestamp;

use super::{HISTORY_START_MILLIS, blocks, rows_of};
use crate::generate::{Combined, Generator, Metrics, ServiceLines};

const LOG_LINES: usize = 4000;
/// Between two lines, so that a log is a few days long.
const STEP_MILLIS: i64 = 60_000;

/// A log as text, with a label for each of its lines.
#[derive(Default)]
struct Log {
    text: String,
    anomalies: Vec<bool>,
}

impl Log {
    fn of(lines: usize, mut line: impl FnMut(Timestamp) -> (String, bool)) -> Self {
        let mut log = Self::default();
        for index in 0..lines {
            let at = Timestamp::saturating_from_unix_millis(HISTORY_START_MILLIS + index as i64 * STEP_MILLIS);
            let (text, is_anomaly) = line(at);
            log.push(&text, is_anomaly);
        }
        log
    }

    fn push(&mut self, line: &str, is_anomaly: bool) {
        self.text.push_str(line);
        self.text.push('\n');
        self.anomalies.push(is_anomaly);
    }
}

/// About so many rows, and which of them are anomalies.
pub(super) fn rows(schema: Schema, anomalies: f64, count: usize, seed: u64) -> Result<(Rows, Vec<bool>)> {
    let (mut all, mut labels) = (Rows::none(schema), Vec::new());
    for (turn, seed) in (seed..).enumerate() {
        if all.count() >= count {
            break;
        }
        let log = log(schema, turn, anomalies, seed);
        let now = Timestamp::saturating_from_unix_millis(HISTORY_START_MILLIS);
        let (rows, lines) = rows_of(&blocks(log.text.as_bytes(), now)?)?;
        all.extend(&rows);
        labels.extend(lines.iter().map(|line| log.anomalies.get(*line as usize - 1).copied().unwrap_or_default()));
    }
    Ok((all, labels))
}

fn log(schema: Schema, turn: usize, anomalies: f64, seed: u64) -> Log {
    let start = Timestamp::saturating_from_unix_millis(HISTORY_START_MILLIS);
    let events = || Generator::new(seed, start).with_anomalies(anomalies);
    match (schema, turn % 4) {
        (Schema::Http, _) => {
            let mut combined = Combined::new(seed).with_anomalies(anomalies);
            Log::of(LOG_LINES, |at| {
                let line = combined.line(at);
                (line.text, line.anomaly.is_some())
            })
        }
        (Schema::Table, 0) => metrics(anomalies, seed),
        (Schema::Table, _) => table(anomalies, seed),
        (_, 0) => {
            let mut service = ServiceLines::new(seed, anomalies);
            Log::of(LOG_LINES, |at| {
                let (line, anomaly) = service.line(at);
                (line, anomaly.is_some())
            })
        }
        (_, 1) => {
            let mut events = events();
            Log::of(LOG_LINES, |at| {
                let generated = events.event(at);
                (serde_json::to_string(&generated.event).unwrap_or_default(), generated.anomaly.is_some())
            })
        }
        (_, 2) => {
            let mut events = events().windows_only();
            Log::of(LOG_LINES, |at| {
                let generated = events.event(at);
                (serde_json::to_string(&generated.event).unwrap_or_default(), generated.anomaly.is_some())
            })
        }
        // The same as plain text, in which levels and users are not told apart from the rest.
        _ => {
            let mut events = events();
            Log::of(LOG_LINES, |at| {
                let generated = events.event(at);
                let event = &generated.event;
                let message = event.message.replace(['\n', '\r'], " ");
                (format!("{at} {} {}: {message}", event.hostname, event.source), generated.anomaly.is_some())
            })
        }
    }
}

fn metrics(anomalies: f64, seed: u64) -> Log {
    let mut metrics = Metrics::new(seed, anomalies);
    let mut log = Log::default();
    log.push(Metrics::HEADER, false);
    let rows = Log::of(LOG_LINES, |at| {
        let (row, anomaly) = metrics.line(at);
        (row, anomaly.is_some())
    });
    log.text.push_str(&rows.text);
    log.anomalies.extend(rows.anomalies);
    log
}

/// A table of columns that have little to do with each other, but for what two hidden causes bring about.
fn table(anomalies: f64, seed: u64) -> Log {
    let mut random = SplitMix64::new(seed ^ 0x7ab1e);
    let numbers = 3 + random.below(15) as usize;
    let words = random.below(3) as usize;
    let shares: Vec<[f32; 2]> = (0..numbers).map(|_| [random.unit(), random.unit()]).collect();
    let is_skewed: Vec<bool> = (0..numbers).map(|_| random.chance(0.3)).collect();
    let names = (0..numbers).map(|column| format!("measure_{column}")).chain((0..words).map(|column| format!("kind_{column}")));
    let mut log = Log::default();
    log.push(&names.collect::<Vec<_>>().join(","), false);
    for _ in 0..LOG_LINES / 2 {
        let is_anomaly = random.chance(anomalies as f32);
        let causes = [bell(&mut random), bell(&mut random)];
        // An anomaly is far in a few columns, or breaks what they have in common in all of them.
        let far_share = if is_anomaly { 0.1 + 0.5 * random.unit() } else { 0.0 };
        let mut row = String::new();
        for (share, is_skewed) in shares.iter().zip(&is_skewed) {
            let mut value = share[0] * causes[0] + share[1] * causes[1] + 0.5 * bell(&mut random);
            if random.chance(far_share) {
                value += (4.0 + 6.0 * random.unit()) * if random.chance(0.5) { 1.0 } else { -1.0 };
            }
            let value = if *is_skewed { value.clamp(-20.0, 20.0).exp2() } else { value };
            let is_missing = random.chance(if is_anomaly { 0.05 } else { 0.005 });
            // Writing to a text does not fail.
            let _ = if is_missing { write!(row, ",") } else { write!(row, "{value:.3},") };
        }
        for column in 0..words {
            let kind = if random.chance(far_share * 0.3) { 20 + random.below(5) } else { random.below(4 + column as u64) };
            let _ = write!(row, "k{kind},");
        }
        row.pop();
        log.push(&row, is_anomaly);
    }
    log
}

/// The sum of several is bell-shaped, with a deviation of 1.
fn bell(random: &mut SplitMix64) -> f32 {
    (0..12).map(|_| random.unit()).sum::<f32>() - 6.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_has_logs_with_and_without_anomalies() {
        for schema in [Schema::Event, Schema::Http, Schema::Table] {
            let (normal, labels) = rows(schema, 0.0, 5000, 1).unwrap();
            assert!(normal.count() >= 5000 && labels.iter().all(|label| !label), "{schema:?}");
            let (mixed, labels) = rows(schema, 0.1, 5000, 1).unwrap();
            let share = labels.iter().filter(|label| **label).count() as f64 / labels.len() as f64;
            assert!((0.06..0.14).contains(&share), "{schema:?}: {share}");
            assert_eq!(mixed.count(), labels.len());
            assert!(mixed.values.iter().all(|value| (0.0..=1.0).contains(value)), "{schema:?}");
        }
    }
}
