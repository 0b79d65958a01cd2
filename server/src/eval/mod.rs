//! How good detection is: labelled data sets and generated logs, ranked by this build, beside what
//! simple methods reach and what is aimed at.
//!
//! A folder may hold any sets in the layouts described at [`measure`]. Labels are read beside the
//! records and never reach a detector.

mod lines;
mod metrics;
mod requests;
mod sessions;
mod tables;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use radar_engine::analyze::{Analysis, Kind, Learner, Method, Verdict};
use radar_engine::read::{Block, Http, Record};
use radar_types::Timestamp;
use serde::Serialize;

use crate::generate::{Combined, ServiceLines, Shop};
use crate::models;
use crate::state::now;
use crate::training::blocks;
use lines::{Injected, Quality};
pub(crate) use metrics::{auc as area_under_curve, average_precision};

/// Files are labelled by hand, so none is large.
const FILE_BYTES_MAX: u64 = 1 << 30;
/// Records that are read at once. The result does not depend on it.
const BLOCK_RECORDS: usize = 4096;
const SEEDS: u64 = 3;
const ANOMALY_SHARE: f64 = 0.05;
const SERVICE_LINES: i64 = 20_000;
const SHOP_REQUESTS: usize = 40_000;
/// 2026-03-02, a Monday.
const GENERATED_START_MILLIS: i64 = 1_772_409_600_000;
/// The share of attacks that single values are thinned to.
const PAYLOAD_SHARE: f64 = 0.1;

/// One line of the result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) data: String,
    pub(crate) items: usize,
    /// The share of anomalies, which is what chance reaches as average precision.
    pub(crate) share: f64,
    pub(crate) average_precision: f64,
    pub(crate) auc: f64,
    pub(crate) f1: Option<f64>,
    /// At 10, 50 and 100 alerts.
    pub(crate) precision: Option<[f64; 3]>,
    pub(crate) floor: Figures,
    pub(crate) target: Figures,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Figures {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) average_precision: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auc: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) f1: Option<f64>,
}

impl Row {
    fn of(data: impl Into<String>, quality: &Quality, floor: Figures, target: Figures) -> Self {
        Self {
            data: data.into(),
            items: quality.items,
            share: quality.anomalies as f64 / quality.items.max(1) as f64,
            average_precision: quality.average_precision,
            auc: quality.auc,
            f1: Some(quality.best_f1),
            precision: Some(quality.precision),
            floor,
            target,
        }
    }

    /// `None` where nothing is aimed at.
    pub(crate) fn is_reached(&self) -> Option<bool> {
        let reached = [
            (self.target.average_precision, Some(self.average_precision)),
            (self.target.auc, Some(self.auc)),
            (self.target.f1, self.f1),
        ];
        let aimed: Vec<bool> = reached.into_iter().filter_map(|(target, value)| Some(value? >= target?)).collect();
        (!aimed.is_empty()).then(|| aimed.into_iter().all(|is_reached| is_reached))
    }
}

fn figures(average_precision: Option<f64>, auc: Option<f64>, f1: Option<f64>) -> Figures {
    Figures { average_precision, auc, f1 }
}

/// Measures what is found below a folder, in the order of paths:
/// - `sessions.tsv` or `sequences.tsv`: `session label split events`;
/// - `lines.log` beside `labels.csv` (`line,label` or `line,label,session`);
/// - any CSV with the columns `payload` and `label`;
/// - any CSV below `numeric` with a column `label`, by the folder it is in.
pub(crate) fn measure(folder: &Path, method: Method) -> Result<Vec<Row>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut rows = Vec::new();
    for file in &files {
        let below = file.strip_prefix(folder).unwrap_or(file);
        let name = below.parent().unwrap_or(below).display().to_string();
        match file.file_name().and_then(|name| name.to_str()).unwrap_or_default() {
            "sessions.tsv" | "sequences.tsv" => rows.push(sequences(&name, &read(file)?)?),
            "labels.csv" => {
                let log = file.with_file_name("lines.log");
                if log.is_file() {
                    labelled_log(&name, &read(&log)?, &read(file)?, method, &mut rows)?;
                }
            }
            other if other.ends_with(".csv") && below.starts_with("payloads") => rows.extend(payloads(&name, &read(file)?)?),
            _ => {}
        }
    }
    let numeric = folder.join("numeric");
    if numeric.is_dir() {
        rows.extend(tables::groups(&tables::measure(&numeric, method)?).into_iter().map(of_tables));
    }
    Ok(rows)
}

/// Generated logs, of seeds that nothing was tuned on.
pub(crate) fn measure_generated(combined_lines: i64, method: Method) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for seed in 101..101 + SEEDS {
        let mut service = ServiceLines::new(seed, ANOMALY_SHARE);
        let quality = generated(SERVICE_LINES, method, |at| service.line(at))?;
        let floor = figures(None, Some(0.94), Some(0.72));
        rows.push(Row::of(format!("service lines, seed {seed}"), &quality, floor, figures(None, Some(0.995), Some(0.96))));
    }
    for seed in 101..101 + SEEDS {
        let (texts, anomalies) = lines::service_log(SERVICE_LINES as usize, ANOMALY_SHARE as f32, &Injected::ALL, seed);
        let (scores, labels) = ranked(&blocks(texts.join("\n").as_bytes(), now())?, method, |line| anomalies[line].is_some())?;
        let floor = figures(None, Some(0.94), Some(0.72));
        let target = figures(None, Some(0.995), Some(0.96));
        rows.push(Row::of(format!("other service lines, seed {seed}"), &Quality::of(&scores, &labels), floor, target));
    }
    for seed in 101..101 + SEEDS {
        let quality = shop(seed, method)?;
        let floor = figures(Some(0.46), None, Some(0.56));
        rows.push(Row::of(format!("shop requests, seed {seed}"), &quality, floor, figures(Some(0.97), None, Some(0.95))));
    }
    let mut combined = Combined::new(101).with_anomalies(ANOMALY_SHARE);
    let quality = generated(combined_lines, method, |at| {
        let line = combined.line(at);
        (line.text, line.anomaly)
    })?;
    let floor = figures(None, Some(0.95), Some(0.67));
    rows.push(Row::of("combined-log lines", &quality, floor, figures(None, Some(0.999), Some(0.98))));
    Ok(rows)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} can't be listed", folder.display()))? {
        let entry = entry?;
        // Links could lead round in circles.
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String> {
    let context = || format!("{} can't be read", file.display());
    anyhow::ensure!(fs::metadata(file).with_context(context)?.len() <= FILE_BYTES_MAX, "{} is too large", file.display());
    Ok(String::from_utf8_lossy(&fs::read(file).with_context(context)?).into_owned())
}

fn sequences(name: &str, table: &str) -> Result<Row> {
    let (records, labels) = sessions::sequences(table, None).with_context(|| name.to_owned())?;
    let (scores, labels) = sessions::ranked(&sessions::fitted(&records, "session")?, &labels);
    let (floor, target) = match name.contains("hdfs_100k") {
        true => (figures(Some(0.55), None, Some(0.69)), figures(Some(0.60), None, None)),
        false => Default::default(),
    };
    Ok(Row::of(format!("{name}, sessions"), &Quality::of(&scores, &labels), floor, target))
}

/// Lines with a session are judged as sessions: those that begin in the first half are the baseline
/// of the others. Lines without one are judged alone, against their own file.
fn labelled_log(name: &str, log: &str, csv: &str, method: Method, rows: &mut Vec<Row>) -> Result<()> {
    let blocks = blocks(log.as_bytes(), now())?;
    let of_lines = sessions::line_sessions(csv);
    if of_lines.iter().any(|session| !session.is_empty()) && csv.starts_with("line,label,session") {
        let is_baseline = sessions::is_in_first_part(&of_lines, 0.5);
        let (mut baseline, mut rest) = (Vec::new(), Vec::new());
        for mut record in blocks.iter().flat_map(|block| block.records().records) {
            let at = record.line as usize - 1;
            let Some(session) = of_lines.get(at).filter(|session| !session.is_empty()) else { continue };
            record.fields.push(("session".into(), (*session).into()));
            if is_baseline[at] { baseline.push(record) } else { rest.push(record) }
        }
        let verdicts = sessions::against_baseline(&baseline, &rest, "session")?;
        let (scores, labels) = sessions::ranked(&verdicts, &sessions::labels(csv));
        let (floor, target) = match name.contains("hdfs_full") {
            true => (figures(Some(0.83), None, Some(0.85)), figures(Some(0.95), None, Some(0.95))),
            false => Default::default(),
        };
        rows.push(Row::of(format!("{name}, sessions, the first half known"), &Quality::of(&scores, &labels), floor, target));
        return Ok(());
    }
    let labels = lines::labels(csv);
    let (scores, labels) = ranked(&blocks, method, |line| labels.get(line).copied().unwrap_or_default())?;
    let (floor, target) = match name.contains("bgl") {
        true => (figures(Some(0.32), None, Some(0.46)), figures(Some(0.60), None, None)),
        false => Default::default(),
    };
    rows.push(Row::of(format!("{name}, lines"), &Quality::of(&scores, &labels), floor, target));
    Ok(())
}

fn payloads(name: &str, table: &str) -> Result<Option<Row>> {
    let header = table.lines().next().unwrap_or_default();
    if !["payload", "label"].iter().all(|column| header.split(',').any(|title| title.trim_matches('"') == *column)) {
        return Ok(None);
    }
    let rankings: Vec<requests::Ranking> =
        (0..SEEDS).map(|seed| requests::payloads(table, PAYLOAD_SHARE, seed)).collect::<Result<_>>()?;
    let qualities: Vec<Quality> = rankings.iter().map(|ranking| Quality::of(&ranking.scores, &ranking.labels)).collect();
    let floor = figures(Some(0.95), None, Some(0.88));
    Ok(Some(Row::of(format!("{name}, values"), &mean(&qualities), floor, figures(Some(0.995), None, Some(0.97)))))
}

fn mean(qualities: &[Quality]) -> Quality {
    let count = qualities.len().max(1);
    let of = |value: &dyn Fn(&Quality) -> f64| qualities.iter().map(value).sum::<f64>() / count as f64;
    Quality {
        items: qualities.iter().map(|quality| quality.items).sum::<usize>() / count,
        anomalies: qualities.iter().map(|quality| quality.anomalies).sum::<usize>() / count,
        average_precision: of(&|quality| quality.average_precision),
        auc: of(&|quality| quality.auc),
        best_f1: of(&|quality| quality.best_f1),
        precision: [0, 1, 2].map(|at| of(&|quality| quality.precision[at])),
    }
}

fn of_tables(group: tables::Group) -> Row {
    let (floor_auc, floor_ap) = (group.floor_auc, group.floor_average_precision);
    let target = match group.name.as_str() {
        "ms_cloud" => figures(Some(0.75), Some(0.97), None),
        "nab" => figures(Some(0.40), Some(0.75), None),
        "adbench" => figures(Some(floor_ap + 0.05), Some(floor_auc + 0.02), None),
        _ => Figures::default(),
    };
    Row {
        data: format!("numeric/{}, mean of {} tables", group.name, group.files),
        items: group.rows,
        share: group.share,
        average_precision: group.average_precision,
        auc: group.auc,
        f1: None,
        precision: None,
        floor: figures(Some(floor_ap), Some(floor_auc), None),
        target,
    }
}

fn generated(lines: i64, method: Method, mut next: impl FnMut(Timestamp) -> (String, Option<&'static str>)) -> Result<Quality> {
    let (mut text, mut labels) = (String::new(), Vec::new());
    for index in 0..lines {
        let (line, anomaly) = next(Timestamp::saturating_from_unix_millis(GENERATED_START_MILLIS + index * 1000));
        text.push_str(&line);
        text.push('\n');
        labels.push(anomaly.is_some());
    }
    let (scores, labels) = ranked(&blocks(text.as_bytes(), now())?, method, |line| labels[line])?;
    Ok(Quality::of(&scores, &labels))
}

/// What one shop is asked, without who asked and when.
fn shop(seed: u64, method: Method) -> Result<Quality> {
    let mut shop = Shop::new(seed, 2.0 * ANOMALY_SHARE as f32);
    let requested: Vec<_> = (0..SHOP_REQUESTS).map(|_| shop.request()).collect();
    let record = |(at, request): (usize, &crate::generate::Requested)| Record {
        line: at as u64 + 1,
        http: Some(Http { method: request.method.into(), uri: request.uri.clone().into(), ..Http::default() }),
        ..Record::default()
    };
    let records: Vec<Record<'_>> = requested.iter().enumerate().map(record).collect();
    let verdicts = judged(Kind::Requests, &records, method)?;
    let labels: Vec<bool> = requested.iter().map(|request| request.anomaly.is_some()).collect();
    Ok(Quality::of(&order(&verdicts), &labels))
}

/// Learns the blocks and judges them, as `radar analyze` does. `label` is asked for lines from 0.
fn ranked(blocks: &[Block], method: Method, label: impl Fn(usize) -> bool) -> Result<(Vec<f32>, Vec<bool>)> {
    let Some(kind) = blocks.first().map(Kind::of) else { return Ok(Default::default()) };
    let learner = Learner::new(kind, None);
    let mut analysis = Analysis::new(method, None);
    for block in blocks {
        analysis.absorb(learner.read(&block.records().records));
    }
    models::give(method, &mut analysis)?;
    analysis.settle()?;
    let (mut verdicts, mut labels) = (Vec::new(), Vec::new());
    for block in blocks {
        let records = block.records().records;
        verdicts.extend(analysis.judge(kind, &records)?);
        labels.extend(records.iter().map(|record| label(record.line as usize - 1)));
    }
    Ok((order(&verdicts), labels))
}

/// Learns records that are there already and judges them.
fn judged(kind: Kind, records: &[Record<'_>], method: Method) -> Result<Vec<Verdict>> {
    let learner = Learner::new(kind, None);
    let mut analysis = Analysis::new(method, None);
    for records in records.chunks(BLOCK_RECORDS) {
        analysis.absorb(learner.read(records));
    }
    models::give(method, &mut analysis)?;
    analysis.settle()?;
    let mut verdicts = Vec::new();
    for records in records.chunks(BLOCK_RECORDS) {
        verdicts.extend(analysis.judge(kind, records)?);
    }
    Ok(verdicts)
}

/// The place of each verdict among all: by its score, and between equal ones by the raw value, which is finer near 1.
fn order(verdicts: &[Verdict]) -> Vec<f32> {
    let mut order: Vec<usize> = (0..verdicts.len()).collect();
    let key = |at: usize| (verdicts[at].score, verdicts[at].raw);
    order.sort_by(|a, b| key(*a).0.total_cmp(&key(*b).0).then(key(*a).1.total_cmp(&key(*b).1)));
    let mut places = vec![0.0; verdicts.len()];
    let mut place = 0;
    for (index, at) in order.iter().enumerate() {
        if index > 0 && key(order[index - 1]) != key(*at) {
            place += 1;
        }
        places[*at] = place as f32;
    }
    places
}
