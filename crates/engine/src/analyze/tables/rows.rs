//! Rows that stand for themselves: which of them is unlike the others?
//!
//! No single detector is best on every table. An isolation forest over the columns as they are, one
//! over columns whose far values are drawn in, and the distance to a few random rows, once in usual
//! spreads and once in ranks, err in different places; the mean of their ranks errs less than any of
//! them. Ranks, since their values have nothing else in common.

use crate::feature::table::{Cell, Measures, Sketch, Views};
use crate::model::Forest;

use super::neighbours::Neighbours;
use super::smooth;

const SEED: u64 = 1;
const DETECTORS: usize = 4;
/// What each detector counts for.
const WEIGHTS: [f32; DETECTORS] = [0.5, 0.5, 1.0, 1.0];
/// Ranks end; a distance does not. A row that is farther from all others than so many usual deviations
/// stands above those that are only among the farthest in many ways.
const FAR_DETECTOR: usize = 2;
const FAR_DEVIATIONS: f64 = 5.0;
const FAR_WEIGHT: f64 = 0.02;
/// The places of the baseline at which the strength of outliers is read: dense where it matters.
const KNOTS: [f64; 10] = [0.0, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0];
/// So many usual deviations above the middle are a score of 1 - 1/e.
const DEVIATIONS: f64 = 5.0;
/// Kept for the order of rows between two equal scores.
const ORDER_SHARE: f32 = 0.001;

#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) measures: Measures,
    forests: [Forest; 2],
    neighbours: [Neighbours; 2],
    /// The values of each detector over the sample, rising.
    baselines: [Vec<f32>; DETECTORS],
    /// The middle and the usual deviation of the distances in usual spreads.
    distances: (f32, f32),
    /// Raw scores and what they are as 0 to 1, both rising.
    knots: Vec<(f32, f32)>,
}

impl Rows {
    /// The features of one row, as distances from the medians in usual spreads.
    pub(super) fn scaled(&self, row: &[Cell], sketches: &[Sketch]) -> Vec<f32> {
        let mut views = Views::default();
        self.measures.push(row, sketches, &mut views);
        views.scaled
    }

    /// Fits to rows of the table that were chosen without looking at what is in them.
    pub(super) fn fit(sketches: &[Sketch], sample: &[Vec<Cell>], rows: u64) -> Self {
        let measures = Measures::of(sketches, sample, rows);
        let width = measures.width();
        let views = views(&measures, sketches, sample);
        let forests = [Forest::fit(&views.scaled, width, SEED), Forest::fit(&views.drawn_in, width, SEED + 1)];
        let neighbours = [Neighbours::fit(&views.scaled, width, SEED + 2), Neighbours::fit(&views.ranked, width, SEED + 3)];
        Self { measures, forests, neighbours, baselines: Default::default(), distances: (0.0, 1.0), knots: Vec::new() }
    }

    /// Learns what the values of the detectors mean from the rows that they were fitted to.
    pub(super) fn calibrate(&mut self, sample: &[Vec<Cell>], sketches: &[Sketch]) {
        if self.measures.width() == 0 || sample.is_empty() {
            return;
        }
        let values = self.detect(&views(&self.measures, sketches, sample));
        self.baselines = values.clone().map(|mut values| {
            values.sort_by(f32::total_cmp);
            values
        });
        let distances: Vec<f64> = values[FAR_DETECTOR].iter().map(|value| f64::from(*value)).collect();
        self.distances = (smooth::median(&mut distances.clone()) as f32, smooth::deviation(&distances) as f32);
        self.knots = self.knots_of(&values);
    }

    /// The raw scores of rows.
    pub(super) fn score(&self, rows: &[Vec<Cell>], sketches: &[Sketch]) -> Vec<f32> {
        if self.measures.width() == 0 {
            return vec![0.0; rows.len()];
        }
        self.combine(&self.detect(&views(&self.measures, sketches, rows)))
    }

    /// A raw score as 0 to 1: how far above the usual a row of that rank is in this table.
    pub(super) fn calibrated(&self, raw: f32) -> f32 {
        let above = self.knots.partition_point(|(knot, _)| *knot < raw);
        let score = match (above.checked_sub(1).and_then(|below| self.knots.get(below)), self.knots.get(above)) {
            (Some(low), Some(high)) => low.1 + (high.1 - low.1) * (raw - low.0) / (high.0 - low.0),
            (Some((_, score)), None) | (None, Some((_, score))) => *score,
            (None, None) => 0.0,
        };
        let order = raw.max(0.0) / (1.0 + raw.max(0.0));
        (score * (1.0 - ORDER_SHARE) + order * ORDER_SHARE).clamp(0.0, 1.0)
    }

    fn detect(&self, views: &Views) -> [Vec<f32>; DETECTORS] {
        [
            self.forests[0].score(&views.scaled),
            self.forests[1].score(&views.drawn_in),
            self.neighbours[0].score(&views.scaled),
            self.neighbours[1].score(&views.ranked),
        ]
    }

    fn combine(&self, values: &[Vec<f32>; DETECTORS]) -> Vec<f32> {
        let total: f32 = WEIGHTS.iter().sum();
        let rank = |detector: usize, row: usize| rank(&self.baselines[detector], values[detector][row]) * WEIGHTS[detector];
        let far = |row: usize| {
            let (center, deviation) = self.distances;
            let deviations = f64::from(values[FAR_DETECTOR][row] - center) / f64::from(deviation);
            (FAR_WEIGHT * (deviations - FAR_DEVIATIONS).max(0.0).ln_1p()) as f32
        };
        (0..values[0].len()).map(|row| (0..DETECTORS).map(|detector| rank(detector, row)).sum::<f32>() / total + far(row)).collect()
    }

    fn knots_of(&self, values: &[Vec<f32>; DETECTORS]) -> Vec<(f32, f32)> {
        let mut strengths = vec![0.0; values[0].len()];
        for values in values {
            let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
            let (center, deviation) = (smooth::median(&mut values.clone()), smooth::deviation(&values));
            for (strength, value) in strengths.iter_mut().zip(&values) {
                *strength += ((value - center) / deviation).max(0.0) / DETECTORS as f64;
            }
        }
        let mut rows: Vec<(f32, f64)> = self.combine(values).into_iter().zip(strengths).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut knots: Vec<(f32, f32)> = Vec::new();
        for pair in KNOTS.windows(2) {
            let place = |share: f64| ((rows.len() - 1) as f64 * share).round() as usize;
            let (from, to) = (place(pair[0]), place(pair[1]));
            let mut between: Vec<f64> = rows[from..=to].iter().map(|(_, strength)| *strength).collect();
            between.sort_by(f64::total_cmp);
            let strength = between[(between.len() - 1) / 2];
            push_knot(&mut knots, rows[usize::midpoint(from, to)].0, strength);
        }
        if let Some((raw, strength)) = rows.last() {
            push_knot(&mut knots, *raw, *strength);
        }
        knots
    }
}

fn push_knot(knots: &mut Vec<(f32, f32)>, raw: f32, strength: f64) {
    let (last_raw, last_score) = knots.last().copied().unwrap_or((f32::NEG_INFINITY, 0.0));
    let score = (1.0 - (-strength / DEVIATIONS).exp()) as f32;
    if raw > last_raw {
        knots.push((raw, score.max(last_score)));
    }
}

fn views(measures: &Measures, sketches: &[Sketch], rows: &[Vec<Cell>]) -> Views {
    let mut views = Views::default();
    for row in rows {
        measures.push(row, sketches, &mut views);
    }
    views
}

/// The share of the baseline that is lower. Beyond its end the order goes on.
fn rank(baseline: &[f32], value: f32) -> f32 {
    let count = baseline.len() as f32;
    let below = baseline.partition_point(|known| *known < value);
    match baseline.get(below) {
        Some(_) => {
            let up_to = baseline.partition_point(|known| *known <= value);
            (below + up_to) as f32 / 2.0 / count
        }
        None => 1.0 + baseline.last().map_or(0.0, |last| (1.0 - last / value).clamp(0.0, 1.0)) / count.max(1.0),
    }
}
