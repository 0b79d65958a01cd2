//! A row as one of the schema `table`, and as its own columns.

use super::rows::Rows;
use super::{Fitted, Tables, time_of};
use crate::feature::row::Row;
use crate::feature::table::{Cell, Views};
use crate::feature::{Schema, log2};
use crate::read::Record;

/// Rows of a series that a detector is fitted to at most.
const OWN_ROWS_MAX: usize = 20_000;

impl Tables {
    /// Rows of the schema `table`, one after the other.
    pub(in crate::analyze) fn features(&self, records: &[&Record<'_>]) -> Vec<f32> {
        let mut rows = Vec::with_capacity(records.len() * Schema::Table.width());
        for record in records {
            let place = self.place(record);
            self.row(&self.cells(record), place).push(&mut rows);
        }
        rows
    }

    /// The columns that this table has and others have not: what a detector reads that is fitted to it alone.
    pub(in crate::analyze) fn own_columns(&self, records: &[&Record<'_>]) -> Vec<f32> {
        let mut columns = Vec::new();
        for record in records {
            self.push_own(&self.cells(record), self.place(record), &mut columns);
        }
        columns
    }

    pub(in crate::analyze) fn own_sample(&self) -> Vec<f32> {
        let mut columns = Vec::new();
        for cells in &self.kept {
            self.push_own(cells, None, &mut columns);
        }
        for place in self.places() {
            self.push_own(&[], Some(place), &mut columns);
        }
        columns
    }

    pub(in crate::analyze) fn own_width(&self) -> usize {
        match &self.fitted {
            Some(Fitted::Rows(rows)) => rows.measures.width(),
            Some(Fitted::Series(tracks, _)) => tracks.len(),
            None => 0,
        }
    }

    fn push_own(&self, cells: &[Cell], place: Option<usize>, columns: &mut Vec<f32>) {
        match &self.fitted {
            Some(Fitted::Rows(rows)) => columns.extend(self.views(rows, cells).drawn_in),
            Some(Fitted::Series(tracks, _)) => {
                let raw = |place: usize| tracks.iter().map(move |(_, track)| track.raw.get(place).copied().unwrap_or_default());
                match place {
                    Some(place) => columns.extend(raw(place)),
                    None => columns.extend(tracks.iter().map(|_| 0.0)),
                }
            }
            None => {}
        }
    }

    fn row(&self, cells: &[Cell], place: Option<usize>) -> Row {
        match &self.fitted {
            Some(Fitted::Rows(rows)) => {
                let views = self.views(rows, cells);
                let (mut deviations, mut ranks, mut categories) = (Vec::new(), Vec::new(), Vec::new());
                for ((measure, scaled), rank) in rows.measures.measures.iter().zip(&views.scaled).zip(&views.ranked) {
                    let cell = cells.get(measure.column).copied().unwrap_or(Cell::Missing);
                    match self.sketches.get(measure.column).and_then(|sketch| sketch.rows_with(cell)) {
                        Some(count) => categories.push(log2(self.rows.max(1) as f32 / count.max(1) as f32)),
                        None => {
                            deviations.push(*scaled);
                            ranks.push(*rank);
                        }
                    }
                }
                let missing = cells.iter().filter(|cell| **cell == Cell::Missing).count() as f32;
                let missing_share = missing / cells.len().max(1) as f32;
                Row { deviations, ranks, categories, missing_share, ..Row::default() }
            }
            Some(Fitted::Series(tracks, usual)) => {
                let mut row = Row::default();
                let Some(place) = place else { return row };
                let mut missing = 0.0;
                for (column, track) in tracks {
                    let (Some(value), Some(raw)) = (track.values.get(place), track.raw.get(place)) else { continue };
                    if value.is_finite() {
                        let (mean, deviation) = (self.sketches[*column].mean(), self.sketches[*column].deviation());
                        row.deviations.push(if deviation > 0.0 { ((f64::from(*value) - mean) / deviation) as f32 } else { 0.0 });
                        row.ranks.push(track.surprise.get(place).copied().unwrap_or_default());
                    } else {
                        missing += 1.0;
                    }
                    row.residuals.push((raw - usual).max(0.0));
                    row.changes.push(track.change.get(place).copied().unwrap_or_default());
                }
                row.missing_share = missing / tracks.len().max(1) as f32;
                row
            }
            None => Row::default(),
        }
    }

    fn views(&self, rows: &Rows, cells: &[Cell]) -> Views {
        let mut views = Views::default();
        rows.measures.push(cells, &self.sketches, &mut views);
        views
    }

    fn place(&self, record: &Record<'_>) -> Option<usize> {
        let Some(Fitted::Series(..)) = self.fitted else { return None };
        self.store.as_ref()?.place(time_of(record)?.unix_millis())
    }

    /// Places of a series, evenly spread.
    fn places(&self) -> impl Iterator<Item = usize> {
        let is_series = matches!(self.fitted, Some(Fitted::Series(..)));
        let count = self.store.as_ref().filter(|_| is_series).map_or(0, |store| store.times.len());
        (0..count).step_by(count.div_ceil(OWN_ROWS_MAX).max(1))
    }
}
