//! What models learn from: events and files that somebody gives, or the generators' own logs, from
//! which the models inside this program are made.

mod made_up;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use radar_engine::Engine;
use radar_engine::analyze::{Analysis, Kind as Records, Learner, Method};
use radar_engine::feature::Schema;
use radar_engine::model::{Detector, Kind};
use radar_engine::parse::with_ids;
use radar_engine::read::{Block, Options as ReadOptions, Reader};
use radar_engine::train::{self, Options, Rows, Trained};
use radar_types::{Event, Severity, Timestamp};

use crate::eval::{area_under_curve, average_precision};
use crate::generate::{Generated, Generator};

/// 2026-01-05, a Monday: the generated history begins here and is four weeks long, the one to
/// measure on follows it.
const HISTORY_START_MILLIS: i64 = 1_767_571_200_000;
const HISTORY_MILLIS: i64 = 28 * 86_400_000;
const EVALUATION_ROWS: usize = 20_000;
/// A forest learns from logs as they are, with so many anomalies in them; the others from normal ones.
const CONTAMINATION: f64 = 0.1;
const MEASURED_ANOMALIES: f64 = 0.05;

/// Trains on the generators' logs, and measures the result on others.
pub(crate) fn on_generated(kind: Kind, schema: Schema, rows: usize, options: &Options) -> Result<Trained> {
    if schema == Schema::EventAlone {
        return on_generated_events(kind, rows, options);
    }
    let anomalies = if kind == Kind::IsolationForest { CONTAMINATION } else { 0.0 };
    let of = |anomalies: f64, turn: u64| made_up::rows(schema, anomalies, rows, options.seed.wrapping_add(turn * 1000));
    let (learned, _) = of(anomalies, 0)?;
    let (baseline, _) = of(0.0, 1)?;
    let (unseen, labels) = of(MEASURED_ANOMALIES, 2)?;
    let mut trained = train::rows(kind, &learned, Some(&baseline), options)?;
    let (detector, _) = Detector::load(trained.manifest.to_json().as_bytes(), &trained.onnx)?;
    let scores = detector.scores(unseen.values)?;
    trained.manifest.metrics = BTreeMap::from([
        ("evaluation_rows".to_owned(), labels.len() as f64),
        ("auc".to_owned(), rounded(area_under_curve(&scores, &labels))),
        ("average_precision".to_owned(), rounded(average_precision(&scores, &labels))),
    ]);
    Ok(trained)
}

fn on_generated_events(kind: Kind, rows: usize, options: &Options) -> Result<Trained> {
    let start = Timestamp::saturating_from_unix_millis(HISTORY_START_MILLIS);
    let normal: Vec<Event> = history(options.seed, start, rows, 0.0).map(|generated| generated.event).collect();
    let mut trained = train::events(kind, &normal, options)?;
    if kind == Kind::Autoencoder {
        let unseen = history(
            options.seed.wrapping_add(1),
            start.saturating_add_millis(HISTORY_MILLIS),
            EVALUATION_ROWS,
            Generator::ANOMALY_SHARE_DEFAULT,
        );
        let metrics = measure(&trained, unseen.collect())?;
        trained.manifest.metrics.extend(metrics);
    }
    Ok(trained)
}

/// Normal events, and after a while anomalies among them.
pub(crate) fn history(seed: u64, start: Timestamp, rows: usize, anomalies: f64) -> impl Iterator<Item = Generated> {
    let mut generator = Generator::new(seed, start).with_anomalies(anomalies);
    (0..rows).map(move |index| generator.event(start.saturating_add_millis(HISTORY_MILLIS * index as i64 / rows as i64)))
}

/// What the model makes of events whose anomalies are known.
fn measure(trained: &Trained, unseen: Vec<Generated>) -> Result<BTreeMap<String, f64>> {
    let engine = Engine::load(trained.manifest.to_json().as_bytes(), &trained.onnx)?;
    let kinds: Vec<Option<&'static str>> = unseen.iter().map(|generated| generated.anomaly).collect();
    let events = unseen.into_iter().map(|generated| generated.event).collect();
    let severities: Vec<Severity> =
        engine.score(with_ids(events)).iter().map(|scored| engine.severity(scored).unwrap_or(Severity::Safe)).collect();

    let count = |is_counted: &dyn Fn(Severity, Option<&str>) -> bool| {
        severities.iter().zip(&kinds).filter(|(severity, kind)| is_counted(**severity, **kind)).count() as f64
    };
    let normal = count(&|_, kind| kind.is_none());
    let anomalous = count(&|_, kind| kind.is_some());
    let mut metrics = BTreeMap::from([
        ("evaluation_rows".to_owned(), severities.len() as f64),
        ("normal_safe_share".to_owned(), count(&|severity, kind| kind.is_none() && severity == Severity::Safe) / normal),
    ]);
    for floor in [Severity::Low, Severity::Medium] {
        let found = count(&|severity, kind| kind.is_some() && severity >= floor);
        let precision = found / count(&|severity, _| severity >= floor).max(1.0);
        let recall = found / anomalous;
        metrics.insert(format!("precision_at_{floor}"), rounded(precision));
        metrics.insert(format!("recall_at_{floor}"), rounded(recall));
        metrics.insert(format!("f1_at_{floor}"), rounded(2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)));
    }
    for kind in kinds.iter().flatten() {
        metrics.entry(format!("recall_at_medium.{kind}")).or_insert_with(|| {
            let found = count(&|severity, of| of == Some(*kind) && severity >= Severity::Medium);
            rounded(found / count(&|_, of| of == Some(*kind)))
        });
    }
    if let Some(share) = metrics.get_mut("normal_safe_share") {
        *share = rounded(*share);
    }
    Ok(metrics)
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Every block of some bytes.
pub(crate) fn blocks(bytes: &[u8], now: Timestamp) -> Result<Vec<Block>> {
    let mut reader = Reader::new(ReadOptions { format: None, now });
    let mut blocks = reader.feed(bytes)?;
    blocks.extend(reader.finish()?);
    Ok(blocks)
}

/// The features of all records of one log among each other, and the lines they began in.
fn rows_of(blocks: &[Block]) -> Result<(Rows, Vec<u64>)> {
    let kind = blocks.first().map(Records::of).context("the log is empty")?;
    let learner = Learner::new(kind, None);
    let mut analysis = Analysis::new(Method::default(), None);
    for block in blocks {
        analysis.absorb(learner.read(&block.records().records));
    }
    analysis.settle()?;
    let schema = kind.schema().context("no model reads such records")?;
    let (mut all, mut lines) = (Rows::none(schema), Vec::new());
    for block in blocks {
        let records = block.records().records;
        if let Some(rows) = analysis.rows(kind, &records) {
            all.extend(&rows);
            lines.extend(records.iter().map(|record| record.line));
        }
    }
    ensure!(all.count() == lines.len(), "some records have no features");
    Ok((all, lines))
}
