//! How well the rows of labelled tables are ranked, beside an isolation forest on the columns as they
//! are: the floor.
//!
//! A table is a CSV file whose column `label` (or `Label`, `anomaly`, `class`) is above 0 for
//! anomalies. Neither that column nor `changepoint` is shown to the engine. Files in which everything
//! or nothing is an anomaly have no ranking to measure, and are left out.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use radar_engine::analyze::{Kind, Method};
use radar_engine::model::Forest;
use radar_engine::read::Record;
use radar_types::Timestamp;

use super::{judged, metrics, order};

const LABELS: [&str; 4] = ["label", "Label", "anomaly", "class"];
const HIDDEN: &str = "changepoint";
const FLOOR_SEEDS: u64 = 5;

/// What was measured on one file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Measured {
    /// The folder right below the one that was evaluated, and the file.
    pub(super) group: String,
    pub(super) file: PathBuf,
    pub(super) rows: usize,
    pub(super) anomalies: usize,
    pub(super) auc: f64,
    pub(super) average_precision: f64,
    /// Of the isolation forest, the mean over some seeds.
    pub(super) floor_auc: f64,
    pub(super) floor_average_precision: f64,
}

/// The means over the files of a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) files: usize,
    pub(super) rows: usize,
    /// Of anomalies, the mean over the files.
    pub(super) share: f64,
    pub(super) auc: f64,
    pub(super) average_precision: f64,
    pub(super) floor_auc: f64,
    pub(super) floor_average_precision: f64,
}

/// Measures every labelled table below a folder, in the order of their paths.
pub(super) fn measure(folder: &Path, method: Method) -> Result<Vec<Measured>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut measured = Vec::new();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("{} can't be read", file.display()))?;
        let text = String::from_utf8_lossy(&bytes);
        let Some(table) = Table::parse(&text) else { continue };
        let anomalies = table.labels.iter().filter(|label| **label).count();
        if anomalies == 0 || anomalies == table.labels.len() {
            continue;
        }
        let below = file.strip_prefix(folder).unwrap_or(&file);
        let group = below.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned()).unwrap_or_default();
        let scores = order(&judged(Kind::Table, &table.records, method)?);
        let floors = table.floors();
        let mean = |measure: fn(&[f32], &[bool]) -> f64| {
            floors.iter().map(|scores| measure(scores, &table.labels)).sum::<f64>() / floors.len().max(1) as f64
        };
        measured.push(Measured {
            group,
            rows: table.labels.len(),
            anomalies,
            auc: metrics::auc(&scores, &table.labels),
            average_precision: metrics::average_precision(&scores, &table.labels),
            floor_auc: mean(metrics::auc),
            floor_average_precision: mean(metrics::average_precision),
            file,
        });
    }
    Ok(measured)
}

/// The means of each group, in the order in which the groups come.
pub(super) fn groups(measured: &[Measured]) -> Vec<Group> {
    let mut names: Vec<&str> = measured.iter().map(|file| file.group.as_str()).collect();
    names.dedup();
    let group = |name: &str| {
        let files: Vec<&Measured> = measured.iter().filter(|file| file.group == name).collect();
        let mean = |value: fn(&Measured) -> f64| files.iter().map(|file| value(file)).sum::<f64>() / files.len().max(1) as f64;
        Group {
            name: name.into(),
            files: files.len(),
            rows: files.iter().map(|file| file.rows).sum(),
            share: mean(|file| file.anomalies as f64 / file.rows as f64),
            auc: mean(|file| file.auc),
            average_precision: mean(|file| file.average_precision),
            floor_auc: mean(|file| file.floor_auc),
            floor_average_precision: mean(|file| file.floor_average_precision),
        }
    };
    names.into_iter().map(group).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("{} can't be listed", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "csv") {
            files.push(path);
        }
    }
    Ok(())
}

struct Table<'a> {
    records: Vec<Record<'a>>,
    labels: Vec<bool>,
}

impl<'a> Table<'a> {
    /// `None` where no column is a label. None of these files has a separator within quotes.
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.lines();
        let header = lines.next()?;
        let separator = if header.contains(';') { ';' } else { ',' };
        let cells = |line: &'a str| -> Vec<&'a str> { line.split(separator).map(|cell| cell.trim().trim_matches('"')).collect() };
        let names = cells(header);
        let label = names.iter().position(|name| LABELS.contains(name))?;
        let (mut records, mut labels) = (Vec::new(), Vec::new());
        for (line, text) in (2..).zip(lines) {
            let cells = cells(text);
            let Some(Ok(number)) = cells.get(label).map(|cell| cell.parse::<f64>()) else { continue };
            labels.push(number > 0.0);
            let shown = names.iter().zip(&cells).enumerate().filter(|(column, (name, _))| *column != label && **name != HIDDEN);
            let fields: Vec<(Cow<'a, str>, Cow<'a, str>)> =
                shown.map(|(_, (name, cell))| (Cow::Borrowed(*name), Cow::Borrowed(*cell))).collect();
            let time = fields.iter().find_map(|(_, cell)| cell.parse::<Timestamp>().ok());
            records.push(Record { line, time, fields, ..Record::default() });
        }
        Some(Self { records, labels })
    }

    /// Scores of isolation forests on the numbers as they are, centred so that a missing one is the mean.
    fn floors(&self) -> Vec<Vec<f32>> {
        let width = self.records.first().map_or(0, |record| record.fields.len());
        let cell = |record: &Record<'_>, column: usize| record.fields.get(column).and_then(|(_, cell)| cell.parse::<f64>().ok());
        let numbers: Vec<(usize, f64)> = (0..width)
            .filter_map(|column| {
                let known: Vec<f64> = self.records.iter().filter_map(|record| cell(record, column)).collect();
                (!known.is_empty()).then(|| (column, known.iter().sum::<f64>() / known.len() as f64))
            })
            .collect();
        let value =
            |record: &Record<'_>, (column, mean): &(usize, f64)| cell(record, *column).map_or(0.0, |number| (number - mean) as f32);
        let rows: Vec<f32> =
            self.records.iter().flat_map(|record| numbers.iter().map(move |number| value(record, number))).collect();
        (1..=FLOOR_SEEDS).map(|seed| Forest::fit(&rows, numbers.len(), seed).score(&rows)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_and_never_shown() {
        let table =
            Table::parse("time;x;changepoint;anomaly\n2026-03-01 00:00:00;\"1.5\";1;0.0\n2026-03-01 00:01:00;2;0;1.0\n").unwrap();
        assert_eq!(table.labels, [false, true]);
        let names: Vec<&str> = table.records[1].fields.iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["time", "x"]);
        assert_eq!(table.records[0].fields[1].1, "1.5");
        assert!(table.records[0].time < table.records[1].time);
        assert!(Table::parse("a,b\n1,2\n").is_none());
    }
}
