//! Tables of any columns: a score for each row.
//!
//! A table whose rows follow each other in time, at an even pace, is a set of series: each value is
//! compared with its season, its level and the whole. Any other table is a set of rows, compared with each
//! other. Which of the two it is shows in its content, never in its name.
//!
//! A table is read twice. The first time it is summarised, in memory that does not grow with it: a
//! sketch of each column, a sample of rows chosen by their line alone, and a series of bounded
//! length. After [`Tables::settle`], every row is judged by itself. The result does not depend on the
//! blocks in which the table arrived.

mod features;
mod neighbours;
mod reasons;
mod rows;
mod series;
mod series_store;
mod smooth;
mod texts;

use std::borrow::Cow;
use std::collections::BTreeMap;

use radar_types::{Reason, Timestamp};

use super::Verdict;
use crate::feature::http::{Inspector, score_of_points};
use crate::feature::table::{Cell, Sketch};
use crate::random::SplitMix64;
use crate::read::Record;
use rows::Rows;
use series::{Clock, Track};
use series_store::Store;
use texts::Texts;

/// More columns are not looked at.
const COLUMNS_MAX: usize = 512;
/// Rows that detectors are fitted to.
const SAMPLE_ROWS_MAX: usize = 20_000;
const SAMPLE_CELLS_MAX: usize = 2_000_000;
/// A time is looked for in so many columns where the format named none.
const TIME_COLUMNS: usize = 4;
/// A shorter table is no series.
const SERIES_ROWS_MIN: usize = 50;
/// One row in so many may be without a time.
const UNTIMED_SHARE: u64 = 20;
/// Scores from here on get reasons.
const REASON_SCORE_MIN: f32 = 0.4;

/// A detector for one table.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    names: Vec<String>,
    sketches: Vec<Sketch>,
    texts: Vec<Texts>,
    rows: u64,
    untimed: u64,
    /// By an order that is random but fixed for each line.
    sample: BTreeMap<(u64, u64), Vec<Cell>>,
    /// `None` once the table is known to be no series.
    store: Option<Store>,
    has_begun: bool,
    fitted: Option<Fitted>,
    /// Rows of the table for what is fitted to it besides, once it is known.
    kept: Vec<Vec<Cell>>,
}

#[derive(Clone, Debug)]
enum Fitted {
    Rows(Box<Rows>),
    /// The tracks by column, and the usual raw score.
    Series(Vec<(usize, Track)>, f32),
}

/// What some records say, in their order.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    names: Vec<String>,
    /// One list of cells for each name.
    columns: Vec<Vec<Cell>>,
    texts: Vec<Texts>,
    lines: Vec<u64>,
    times: Vec<Option<Timestamp>>,
}

impl Tables {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn summarise(&self, records: &[Record<'_>]) -> Summary {
        let mut summary = Summary::default();
        let mut inspector = Inspector::default();
        for (row, record) in records.iter().enumerate() {
            summary.lines.push(record.line);
            summary.times.push(time_of(record));
            for (index, (name, text)) in record.fields.iter().enumerate() {
                if let Some(column) = summary.column(index, name) {
                    summary.columns[column].resize(row, Cell::Missing);
                    summary.columns[column].push(Cell::read(text));
                    summary.texts[column].see(name, text, &mut inspector);
                }
            }
        }
        for column in &mut summary.columns {
            column.resize(records.len(), Cell::Missing);
        }
        summary
    }

    /// Takes the summaries in the order of their records.
    pub fn absorb(&mut self, summary: Summary) {
        let places: Vec<Option<usize>> = summary.names.iter().map(|name| self.column(name)).collect();
        if self.store.as_ref().is_some_and(|store| store.columns != self.sketches.len()) {
            self.store = None;
        }
        if !self.has_begun && !summary.lines.is_empty() {
            self.has_begun = true;
            self.store = Some(Store::new(self.sketches.len()));
        }
        for (place, texts) in places.iter().zip(&summary.texts) {
            if let Some(place) = place {
                self.texts[*place].add(*texts);
            }
        }
        let mut cells = vec![Cell::Missing; self.sketches.len()];
        for (row, line) in summary.lines.iter().enumerate() {
            cells.fill(Cell::Missing);
            for (place, column) in places.iter().zip(&summary.columns) {
                if let (Some(place), Some(cell)) = (place, column.get(row)) {
                    cells[*place] = *cell;
                }
            }
            for (sketch, cell) in self.sketches.iter_mut().zip(&cells) {
                sketch.add(*cell);
            }
            self.rows += 1;
            self.keep(*line, &cells);
            match (summary.times[row], &mut self.store) {
                (Some(time), Some(store)) => store.add(time.unix_millis(), cells.iter().map(|cell| number(*cell))),
                (None, _) => self.untimed += 1,
                _ => {}
            }
        }
    }

    /// Fits the detectors to what was absorbed. Rows can be judged from now on.
    pub fn settle(&mut self) {
        let mut sample: Vec<Vec<Cell>> = std::mem::take(&mut self.sample).into_values().collect();
        for row in &mut sample {
            row.resize(self.sketches.len(), Cell::Missing);
        }
        let mut rows = Rows::fit(&self.sketches, &sample, self.rows);
        let measured: Vec<usize> = rows.measures.measures.iter().map(|measure| measure.column).collect();
        let (numbers, categories): (Vec<usize>, Vec<usize>) =
            measured.iter().partition(|column| self.sketches[**column].is_number());
        let numbers = if numbers.is_empty() { self.counters() } else { numbers };
        let is_timed = self.untimed * UNTIMED_SHARE <= self.rows && self.rows >= SERIES_ROWS_MIN as u64;
        let store = self
            .store
            .take()
            .filter(|store| is_timed && !numbers.is_empty() && categories.len() <= numbers.len() && store.is_series());
        self.fitted = Some(match store {
            Some(mut store) => {
                store.gather();
                let track = |column: usize| {
                    Track::of(store.values.chunks_exact(store.columns).map(|row| row[column]).collect(), &Clock::of(&store.times))
                };
                let tracks: Vec<(usize, Track)> = numbers.iter().map(|column| (*column, track(*column))).collect();
                store.values = Vec::new();
                let mut raws: Vec<f64> = (0..store.times.len()).map(|place| f64::from(raw_of(&tracks, place))).collect();
                let usual = smooth::median(&mut raws) as f32;
                self.store = Some(store);
                Fitted::Series(tracks, usual)
            }
            None => {
                rows.calibrate(&sample, &self.sketches);
                self.kept = sample;
                Fitted::Rows(Box::new(rows))
            }
        });
    }

    pub fn judge(&self, records: &[Record<'_>]) -> Vec<Verdict> {
        let mut verdicts = self.judge_numbers(records);
        let mut inspector = Inspector::default();
        for (record, verdict) in records.iter().zip(&mut verdicts) {
            self.judge_texts(record, &mut inspector, verdict);
        }
        verdicts
    }

    /// A row is as suspicious as the worst of its texts, where that is more than what its numbers say.
    fn judge_texts(&self, record: &Record<'_>, inspector: &mut Inspector, verdict: &mut Verdict) {
        let texts =
            |index: usize, name: &str| place_of(&self.names, index, name).map_or(Texts::default(), |place| self.texts[place]);
        let Some(worst) = texts::worst(record, texts, self.own_width() <= 1, inspector) else { return };
        let score = score_of_points(worst.points);
        if score > verdict.score {
            (verdict.score, verdict.raw) = (score, worst.points);
        }
        if score >= REASON_SCORE_MIN {
            let at = if score >= verdict.score { 0 } else { verdict.reasons.len() };
            verdict.reasons.splice(at..at, texts::reason(record, &worst));
        }
    }

    fn judge_numbers(&self, records: &[Record<'_>]) -> Vec<Verdict> {
        let silent = || Verdict { score: 0.0, raw: 0.0, template: None, reasons: Vec::new() };
        match &self.fitted {
            None => records.iter().map(|_| silent()).collect(),
            Some(Fitted::Rows(rows)) => {
                let cells: Vec<Vec<Cell>> = records.iter().map(|record| self.cells(record)).collect();
                let raws = rows.score(&cells, &self.sketches);
                let verdict = |((record, cells), raw): ((&Record<'_>, &Vec<Cell>), f32)| {
                    let score = rows.calibrated(raw);
                    let is_explained = score >= REASON_SCORE_MIN;
                    let reasons = if is_explained { reasons::of_row(self, rows, record, cells, raw) } else { Vec::new() };
                    Verdict { score, raw, template: None, reasons }
                };
                records.iter().zip(&cells).zip(raws).map(verdict).collect()
            }
            Some(Fitted::Series(tracks, usual)) => {
                let verdict = |record: &Record<'_>| {
                    let place = time_of(record).and_then(|time| self.store.as_ref()?.place(time.unix_millis()));
                    let Some(place) = place else { return silent() };
                    let raw = raw_of(tracks, place);
                    let score = series::calibrated(raw, *usual);
                    let is_explained = score >= REASON_SCORE_MIN;
                    let reasons = if is_explained { reasons::of_place(self, tracks, place, record) } else { Vec::new() };
                    Verdict { score, raw, template: None, reasons }
                };
                records.iter().map(verdict).collect()
            }
        }
    }

    /// What speaks against a record, however little that is.
    pub(super) fn evidence(&self, record: &Record<'_>) -> Vec<Reason> {
        match &self.fitted {
            None => Vec::new(),
            Some(Fitted::Rows(rows)) => {
                let cells = self.cells(record);
                let raw = rows.score(std::slice::from_ref(&cells), &self.sketches).first().copied().unwrap_or_default();
                reasons::of_row(self, rows, record, &cells, raw)
            }
            Some(Fitted::Series(tracks, _)) => {
                let place = time_of(record).and_then(|time| self.store.as_ref()?.place(time.unix_millis()));
                place.map_or_else(Vec::new, |place| reasons::of_place(self, tracks, place, record))
            }
        }
    }

    /// The cells of a record, in the order of the columns.
    fn cells(&self, record: &Record<'_>) -> Vec<Cell> {
        let mut cells = vec![Cell::Missing; self.names.len()];
        for (index, (name, text)) in record.fields.iter().enumerate() {
            if let Some(place) = place_of(&self.names, index, name) {
                cells[place] = Cell::read(text);
            }
        }
        cells
    }

    fn text<'r>(&self, record: &'r Record<'_>, column: usize) -> Option<&'r str> {
        let name = self.names.get(column)?;
        let is_at_place = record.fields.get(column).filter(|(found, _)| found == name);
        let field = is_at_place.or_else(|| record.fields.iter().find(|(found, _)| found == name));
        field.map(|(_, text)| text.trim())
    }

    fn column(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.names.iter().position(|known| known == name) {
            return Some(place);
        }
        if self.names.len() == COLUMNS_MAX {
            return None;
        }
        self.names.push(name.into());
        let mut sketch = Sketch::default();
        sketch.missing = self.rows;
        self.sketches.push(sketch);
        self.texts.push(Texts::default());
        Some(self.names.len() - 1)
    }

    /// Keeps the rows whose lines come first in a random order that is always the same.
    fn keep(&mut self, line: u64, cells: &[Cell]) {
        let key = (SplitMix64::new(line).next_u64(), line);
        let rows_max = SAMPLE_ROWS_MAX.min(SAMPLE_CELLS_MAX / cells.len().max(1));
        let is_full = self.sample.len() >= rows_max;
        if is_full && self.sample.last_key_value().is_some_and(|(last, _)| *last < key) {
            return;
        }
        self.sample.insert(key, cells.to_vec());
        while self.sample.len() > rows_max {
            self.sample.pop_last();
        }
    }

    /// Columns that only rise: of a series that has nothing else, how fast they do is all there is.
    fn counters(&self) -> Vec<usize> {
        (0..self.sketches.len())
            .filter(|column| self.sketches[*column].is_number() && self.sketches[*column].deviation() > 0.0)
            .collect()
    }
}

impl Summary {
    fn column(&mut self, index: usize, name: &str) -> Option<usize> {
        let known = place_of(&self.names, index, name);
        if known.is_none() && self.names.len() < COLUMNS_MAX {
            self.names.push(name.into());
            self.columns.push(Vec::with_capacity(self.columns.first().map_or(0, Vec::capacity)));
            self.texts.push(Texts::default());
            return Some(self.names.len() - 1);
        }
        known
    }
}

/// Rows mostly have their columns in one order.
fn place_of(names: &[String], index: usize, name: &str) -> Option<usize> {
    let is_at_index = names.get(index).is_some_and(|known| known == name);
    if is_at_index { Some(index) } else { names.iter().position(|known| known == name) }
}

fn time_of(record: &Record<'_>) -> Option<Timestamp> {
    let parsed = |(_, text): &(Cow<'_, str>, Cow<'_, str>)| text.trim().parse().ok();
    record.time.or_else(|| record.fields.iter().take(TIME_COLUMNS).find_map(parsed))
}

fn number(cell: Cell) -> f32 {
    if let Cell::Number(number) = cell { number as f32 } else { f32::NAN }
}

/// A row is as odd as its columns on the whole and as the oddest of them.
fn raw_of(tracks: &[(usize, Track)], place: usize) -> f32 {
    let raws = tracks.iter().filter_map(|(_, track)| track.raw.get(place).copied());
    let (sum, highest) = raws.fold((0.0, 0.0_f32), |(sum, highest), raw| (sum + raw, highest.max(raw)));
    (sum / tracks.len().max(1) as f32 + highest) / 2.0
}

#[cfg(test)]
#[path = "../tables_tests.rs"]
mod tests;
