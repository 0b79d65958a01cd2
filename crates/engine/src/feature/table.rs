//! The feature schema `table`: what a model reads of a row with any columns.
//!
//! A cell is a number, a text or missing. What a column is good for is found by content, over the
//! whole table: numbers are measured, texts that come back are categories, and what never comes back
//! or only ever rises identifies a row and says nothing of it.
//!
//! A number becomes its distance from the column's median in units of the column's usual spread,
//! and, as a second view, its rank; a category becomes how rare it is. Both are bounded, so that no
//! cell of a file drowns the others.

use std::collections::BTreeMap;

/// Values kept of a column for its ranks.
const VALUES_MAX: usize = 4096;
/// More different texts than this are no categories.
const CATEGORIES_MAX: usize = 10_000;
/// Fewer rows don't tell a counter from values that happen to rise.
const COUNTER_ROWS_MIN: u64 = 20;
/// A column with fewer numbers among its cells is text.
const NUMBER_SHARE_MIN: f64 = 0.9;
/// The usual spread is at least this share of the standard deviation: columns that are mostly one value have none otherwise.
const SPREAD_SHARE_MIN: f64 = 0.05;
const SCALED_MAX: f64 = 1e6;

/// One cell of a table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    Missing,
    Number(f64),
    /// A hash of the text.
    Text(u64),
}

impl Cell {
    pub(crate) fn read(text: &str) -> Self {
        let text = text.trim();
        let is_missing = matches!(text, "" | "-" | "?")
            || ["na", "n/a", "nan", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word));
        if is_missing {
            return Self::Missing;
        }
        number_of(text).map_or_else(|| Self::Text(hash(text)), Self::Number)
    }

    fn number(self) -> Option<f64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }
}

/// The number that a text is: also with a comma for the decimals, with commas or points for thousands, and as a
/// percentage.
fn number_of(text: &str) -> Option<f64> {
    if !text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '-' | '+' | '.')) {
        return None;
    }
    let text = text.strip_suffix('%').map_or(text, str::trim_end);
    let parsed = match memchr::memchr(b',', text.as_bytes()) {
        None => text.parse(),
        Some(_) => plainly_written(text)?.parse(),
    };
    parsed.ok().filter(|number: &f64| number.is_finite())
}

/// A number with commas as one without.
fn plainly_written(text: &str) -> Option<String> {
    let (whole, rest) = text.split_once(',')?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.trim_start_matches(['-', '+']);
    // One comma with other than three digits behind it begins the decimals: 63,4 or 1.234,56.
    if digits(rest) && rest.len() != 3 && unsigned.split('.').all(digits) {
        let mut groups = unsigned.split('.').skip(1);
        return groups.all(|group| group.len() == 3).then(|| format!("{}.{rest}", whole.replace('.', "")));
    }
    // Otherwise they set thousands apart: 1,234 or 1,234,567.8.
    let (thousands, decimals) = text.split_once('.').unwrap_or((text, ""));
    let mut groups = thousands.trim_start_matches(['-', '+']).split(',');
    let is_grouped = groups.next().is_some_and(|first| digits(first) && first.len() <= 3)
        && groups.all(|group| digits(group) && group.len() == 3);
    let is_number = is_grouped && (decimals.is_empty() || digits(decimals));
    is_number.then(|| text.replace(',', ""))
}

/// FNV-1a: the same on every platform, and good enough to tell texts of one file apart.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// What is known of a column, in memory that does not grow with the table.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    pub(crate) missing: u64,
    numbers: u64,
    texts: u64,
    mean: f64,
    square_sum: f64,
    last: Option<f64>,
    rises: u64,
    falls: u64,
    categories: BTreeMap<u64, u64>,
    has_more_categories: bool,
}

impl Sketch {
    pub(crate) fn add(&mut self, cell: Cell) {
        match cell {
            Cell::Missing => self.missing += 1,
            Cell::Number(number) => {
                self.numbers += 1;
                let step = number - self.mean;
                self.mean += step / self.numbers as f64;
                self.square_sum += step * (number - self.mean);
                if let Some(last) = self.last {
                    self.rises += u64::from(number > last);
                    self.falls += u64::from(number < last);
                }
                self.last = Some(number);
            }
            Cell::Text(text) => {
                self.texts += 1;
                if self.categories.len() < CATEGORIES_MAX || self.categories.contains_key(&text) {
                    *self.categories.entry(text).or_default() += 1;
                } else {
                    self.has_more_categories = true;
                }
            }
        }
    }

    pub(crate) fn mean(&self) -> f64 {
        self.mean
    }

    pub(crate) fn deviation(&self) -> f64 {
        if self.numbers > 1 { (self.square_sum / self.numbers as f64).sqrt() } else { 0.0 }
    }

    pub(crate) fn is_number(&self) -> bool {
        self.numbers > 0 && self.numbers as f64 >= NUMBER_SHARE_MIN * (self.numbers + self.texts) as f64
    }

    /// A number that always rises or always falls counts the rows, or the time.
    pub(crate) fn is_counter(&self) -> bool {
        self.numbers >= COUNTER_ROWS_MIN && (self.rises + 1 == self.numbers || self.falls + 1 == self.numbers)
    }

    /// Texts of which most come back.
    fn is_category(&self) -> bool {
        let distinct = self.categories.len() as u64;
        !self.is_number() && !self.has_more_categories && distinct >= 2 && distinct * 2 <= self.texts
    }

    /// How many rows have this text, where the column is one of categories.
    pub(crate) fn rows_with(&self, cell: Cell) -> Option<u64> {
        let Cell::Text(text) = cell else { return None };
        self.is_category().then(|| self.categories.get(&text).copied().unwrap_or(0))
    }

    /// A number for any cell: itself, or how rare its category is.
    fn value(&self, cell: Cell, rows: u64) -> Option<f64> {
        match cell {
            Cell::Text(_) => {
                let count = self.rows_with(cell)?;
                Some((rows.max(1) as f64 / count.max(1) as f64).ln())
            }
            _ if self.is_number() => cell.number(),
            _ => None,
        }
    }
}

/// How a column is read, once the table is known.
#[derive(Clone, Debug)]
pub(crate) struct Measure {
    /// Of the column in the table.
    pub(crate) column: usize,
    pub(crate) median: f64,
    spread: f64,
    /// Rising.
    values: Vec<f64>,
}

/// The columns that say something, and how many features a row has.
#[derive(Clone, Debug)]
pub(crate) struct Measures {
    pub(crate) measures: Vec<Measure>,
    /// Of the share of a row's cells that are missing, where any is.
    missing_spread: Option<f64>,
    rows: u64,
}

/// The views of one row, each as wide as [`Measures::width`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Views {
    /// Distance from the median in usual spreads.
    pub(crate) scaled: Vec<f32>,
    /// The same, with far distances drawn in.
    pub(crate) drawn_in: Vec<f32>,
    /// Ranks, as if the column were spread like a bell.
    pub(crate) ranked: Vec<f32>,
}

impl Measures {
    /// `sample` holds rows of the table, chosen without looking at what is in them.
    pub(crate) fn of(sketches: &[Sketch], sample: &[Vec<Cell>], rows: u64) -> Self {
        let measure = |(column, sketch): (usize, &Sketch)| {
            if !(sketch.is_number() && !sketch.is_counter() || sketch.is_category()) {
                return None;
            }
            let cells = sample.iter().map(|row| row.get(column).copied().unwrap_or(Cell::Missing));
            let mut values: Vec<f64> = cells.filter_map(|cell| sketch.value(cell, rows)).collect();
            values.sort_by(f64::total_cmp);
            let (first, last) = (*values.first()?, *values.last()?);
            let quantile = |share: f64| values[((values.len() - 1) as f64 * share).round() as usize];
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len() as f64;
            // The quartiles of a bell are so many standard deviations apart.
            let spread = ((quantile(0.75) - quantile(0.25)) / 1.349).max(SPREAD_SHARE_MIN * variance.sqrt());
            let step = values.len().div_ceil(VALUES_MAX).max(1);
            let is_useful = first < last && spread > 0.0 && spread.is_finite();
            is_useful.then(|| Measure {
                column,
                median: quantile(0.5),
                spread,
                values: values.iter().step_by(step).copied().collect(),
            })
        };
        let measures: Vec<Measure> = sketches.iter().enumerate().filter_map(measure).collect();
        let shares: Vec<f64> = sample.iter().map(|row| missing_share(row, sketches.len())).collect();
        let mean = shares.iter().sum::<f64>() / shares.len().max(1) as f64;
        let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / shares.len().max(1) as f64;
        let missing_spread = (variance > 0.0).then(|| variance.sqrt());
        Self { measures, missing_spread, rows }
    }

    pub(crate) fn width(&self) -> usize {
        self.measures.len() + usize::from(self.missing_spread.is_some())
    }

    /// Adds the features of a row.
    pub(crate) fn push(&self, row: &[Cell], sketches: &[Sketch], views: &mut Views) {
        for measure in &self.measures {
            let cell = row.get(measure.column).copied().unwrap_or(Cell::Missing);
            let value = sketches.get(measure.column).and_then(|sketch| sketch.value(cell, self.rows)).unwrap_or(measure.median);
            let scaled = ((value - measure.median) / measure.spread).clamp(-SCALED_MAX, SCALED_MAX);
            views.push(scaled, measure.ranked(value));
        }
        if let Some(spread) = self.missing_spread {
            let scaled = missing_share(row, sketches.len()) / spread;
            views.push(scaled, scaled);
        }
    }
}

impl Views {
    fn push(&mut self, scaled: f64, ranked: f64) {
        self.scaled.push(scaled as f32);
        self.drawn_in.push((scaled.abs().ln_1p() * scaled.signum()) as f32);
        self.ranked.push(ranked as f32);
    }
}

impl Measure {
    /// The logistic curve is near enough to a bell and has a simple inverse.
    fn ranked(&self, value: f64) -> f64 {
        let below = self.values.partition_point(|known| *known < value);
        let equal = match self.values.get(below) {
            Some(known) if *known <= value => self.values[below..].partition_point(|known| *known <= value),
            _ => 0,
        };
        let count = self.values.len() as f64;
        let rank = ((2 * below + equal) as f64 / 2.0).clamp(0.5, count - 0.5) / count;
        (rank / (1.0 - rank)).ln() / 1.702
    }
}

fn missing_share(row: &[Cell], columns: usize) -> f64 {
    let present = row.iter().filter(|cell| **cell != Cell::Missing).count();
    columns.saturating_sub(present) as f64 / columns.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_a_number_a_text_or_missing() {
        for (text, number) in [("1", 1.0), (" -2.5e3 ", -2500.0), (".5", 0.5), ("+7", 7.0), ("0012", 12.0)] {
            assert_eq!(Cell::read(text), Cell::Number(number), "{text}");
        }
        let grouped = [("63,4", 63.4), ("-0,05", -0.05), ("1.234,56", 1234.56), ("1,234", 1234.0), ("1,234,567.8", 1_234_567.8)];
        for (text, number) in grouped.into_iter().chain([("12.5%", 12.5), ("7 %", 7.0), ("3,25%", 3.25)]) {
            assert_eq!(Cell::read(text), Cell::Number(number), "{text}");
        }
        for text in ["", " ", "-", "NaN", "null", "None", "N/A", "?"] {
            assert_eq!(Cell::read(text), Cell::Missing, "{text}");
        }
        for text in
            ["inf", "infinity", "1e999", "x", "1.2.3", "10.0.0.1", "--1", "nano", "1,2,3", "1,23,456", "5,", "1.23,4", "1,x"]
        {
            assert!(matches!(Cell::read(text), Cell::Text(_)), "{text}");
        }
        assert_ne!(Cell::read("a"), Cell::read("b"));
    }

    /// The columns that are measured, of rows given as text.
    fn check(rows: &[Vec<String>], expected: &[usize]) {
        let cells: Vec<Vec<Cell>> = rows.iter().map(|row| row.iter().map(|text| Cell::read(text)).collect()).collect();
        let mut sketches = vec![Sketch::default(); rows[0].len()];
        for row in &cells {
            for (sketch, cell) in sketches.iter_mut().zip(row) {
                sketch.add(*cell);
            }
        }
        let measures = Measures::of(&sketches, &cells, rows.len() as u64);
        let found: Vec<usize> = measures.measures.iter().map(|measure| measure.column).collect();
        assert_eq!(found, expected);
        let mut views = Views::default();
        for row in &cells {
            measures.push(row, &sketches, &mut views);
        }
        assert_eq!(views.scaled.len(), rows.len() * measures.width());
        assert!([views.scaled, views.drawn_in, views.ranked].iter().flatten().all(|value| value.is_finite()));
    }

    #[test]
    fn counters_constants_and_names_of_rows_are_not_measured() {
        let row = |n: usize| -> Vec<String> {
            let country = ["de", "fr"][n % 2];
            [n.to_string(), "7".into(), format!("name{n}"), country.into(), (n * 7919 % 100).to_string(), String::new()].into()
        };
        check(&(0..100).map(row).collect::<Vec<_>>(), &[4]);
        let rare = |n: usize| vec![if n == 40 { "xx".to_owned() } else { "de".to_owned() }];
        check(&(0..100).map(rare).collect::<Vec<_>>(), &[0]);
    }

    #[test]
    fn numbers_without_bounds_stay_in_bounds() {
        let row = |n: usize| vec![["1e308", "-1e308", "5", "1e-320", ""][n % 5].to_owned(), (n % 3).to_string()];
        check(&(0..50).map(row).collect::<Vec<_>>(), &[1]);
    }
}
