//! k-means: five centres that the rows crowd around, and how far a row is from the nearest of them,
//! measured in that crowd's own spread.
//!
//! The first centres are drawn as k-means++ does it, from a seed; then rows and centres move to each
//! other for a bounded number of rounds. The same rows and seed give the same centres on every
//! platform. A number that is missing or infinite counts as [`MISSING`].

use super::MISSING;
use crate::random::SplitMix64;

pub(super) const CENTRES: usize = 5;
const ROUNDS_MAX: usize = 50;
/// Rows that take part in the fit; more would not move a centre that matters.
const FIT_ROWS_MAX: usize = 20_000;
/// A crowd is taken to be at least so wide, as a share of the whole: a single far row is no crowd.
const SPREAD_SHARE_MIN: f64 = 0.5;
/// Fewer rows around a centre are no crowd.
const CROWD_SHARE_MIN: f64 = 0.1;
pub(super) const WIDTH_MAX: usize = 4096;

/// Centres in rows of `width` numbers. Its score is about 1 at the edge of a crowd and grows without end.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeans {
    pub(super) width: usize,
    /// One after the other.
    pub(super) centres: Vec<f32>,
    /// How far the rows of each centre are from it: the root of the mean square, above 0.
    pub(super) spreads: Vec<f32>,
}

impl KMeans {
    /// Fits the centres to rows that stand one after the other. Without rows there is one centre, at 0.
    pub fn fit(rows: &[f32], width: usize, seed: u64) -> Self {
        let width = width.clamp(1, WIDTH_MAX);
        let count = rows.len() / width;
        let step = count.div_ceil(FIT_ROWS_MAX).max(1);
        let rows: Vec<f32> = rows.chunks_exact(width).step_by(step).flatten().map(|value| clean(*value)).collect();
        let mut centres = first_centres(&rows, width, &mut SplitMix64::new(seed));
        for _ in 0..ROUNDS_MAX {
            let moved = means(&rows, width, &centres);
            if moved == centres {
                break;
            }
            centres = moved;
        }
        let centres = crowded(&rows, width, centres);
        let spreads = spreads(&rows, width, &centres);
        Self { width, centres, spreads }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The scores of any number of rows that stand one after the other.
    pub fn score(&self, rows: &[f32]) -> Vec<f32> {
        let mut cleaned = vec![0.0; self.width];
        rows.chunks_exact(self.width)
            .map(|row| {
                for (value, found) in cleaned.iter_mut().zip(row) {
                    *value = clean(*found);
                }
                let (centre, square) = nearest(&cleaned, &self.centres);
                square.sqrt() / self.spreads[centre]
            })
            .collect()
    }
}

/// The first at random; each other one likelier the farther it is from all before it.
fn first_centres(rows: &[f32], width: usize, random: &mut SplitMix64) -> Vec<f32> {
    let count = rows.len() / width;
    let mut centres = vec![0.0; width];
    if count > 0 {
        let first = random.below(count as u64) as usize * width;
        centres.copy_from_slice(&rows[first..first + width]);
    }
    while centres.len() < CENTRES * width {
        let squares: Vec<f64> = rows.chunks_exact(width).map(|row| f64::from(nearest(row, &centres).1)).collect();
        let total: f64 = squares.iter().sum();
        if total <= 0.0 || !total.is_finite() {
            break;
        }
        let mut rest = total * f64::from(random.unit());
        let choice = squares.iter().position(|square| {
            rest -= square;
            rest < 0.0
        });
        let Some(row) = choice.or_else(|| squares.iter().rposition(|square| *square > 0.0)) else { break };
        centres.extend_from_slice(&rows[row * width..][..width]);
    }
    centres
}

/// Without the centres of a few far rows: what is rare is not usual because it comes together.
fn crowded(rows: &[f32], width: usize, centres: Vec<f32>) -> Vec<f32> {
    let mut counts = vec![0_usize; centres.len() / width];
    for row in rows.chunks_exact(width) {
        counts[nearest(row, &centres).0] += 1;
    }
    let count_min = (rows.len() / width) as f64 * CROWD_SHARE_MIN;
    let crowds = centres.chunks_exact(width).zip(counts).filter(|(_, count)| *count as f64 >= count_min);
    let crowded: Vec<f32> = crowds.flat_map(|(centre, _)| centre).copied().collect();
    // Five crowds can't all be so small.
    if crowded.is_empty() { centres } else { crowded }
}

/// Each centre in the middle of the rows that are nearest to it; one without rows stays.
fn means(rows: &[f32], width: usize, centres: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0_f64; centres.len()];
    let mut counts = vec![0_u32; centres.len() / width];
    for row in rows.chunks_exact(width) {
        let (centre, _) = nearest(row, centres);
        counts[centre] += 1;
        for (sum, value) in sums[centre * width..].iter_mut().zip(row) {
            *sum += f64::from(*value);
        }
    }
    let of = |index: usize| match counts[index / width] {
        0 => centres[index],
        count => (sums[index] / f64::from(count)) as f32,
    };
    (0..centres.len()).map(of).collect()
}

fn spreads(rows: &[f32], width: usize, centres: &[f32]) -> Vec<f32> {
    let mut sums = vec![(0.0_f64, 0.0_f64); centres.len() / width];
    for row in rows.chunks_exact(width) {
        let (centre, square) = nearest(row, centres);
        sums[centre].0 += f64::from(square);
        sums[centre].1 += 1.0;
    }
    let root_mean = |(sum, count): (f64, f64)| if count > 0.0 { (sum / count).sqrt() } else { 0.0 };
    let whole = root_mean(sums.iter().fold((0.0, 0.0), |(sum, count), (s, c)| (sum + s, count + c)));
    let whole = if whole > 0.0 && whole.is_finite() { whole } else { 1.0 };
    sums.into_iter().map(|of| root_mean(of).max(SPREAD_SHARE_MIN * whole).min(f64::from(f32::MAX)) as f32).collect()
}

/// The first of the centres that are nearest, and the square of the distance.
fn nearest(row: &[f32], centres: &[f32]) -> (usize, f32) {
    let mut best = (0, f32::INFINITY);
    for (index, centre) in centres.chunks_exact(row.len()).enumerate() {
        let square = row.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum();
        if square < best.1 {
            best = (index, square);
        }
    }
    best
}

/// What is no finite number is the missing one.
fn clean(value: f32) -> f32 {
    if value.is_finite() { value } else { MISSING }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Five tight crowds and one row between them, as the last.
    fn crowds() -> Vec<f32> {
        let mut random = SplitMix64::new(2);
        let mut rows = Vec::new();
        for place in 0..500 {
            let (x, y) = [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0), (10.0, 10.0), (30.0, 30.0)][place % 5];
            rows.extend([x + random.unit(), y + random.unit()]);
        }
        rows.extend([5.0, 5.0]);
        rows
    }

    #[test]
    fn a_row_between_the_crowds_scores_highest() {
        let rows = crowds();
        for seed in 1..6 {
            let scores = KMeans::fit(&rows, 2, seed).score(&rows);
            assert!(scores[..500].iter().all(|score| *score < scores[500]), "seed {seed}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_centres() {
        let rows = crowds();
        assert_eq!(KMeans::fit(&rows, 2, 1), KMeans::fit(&rows, 2, 1));
    }

    #[test]
    fn no_rows_equal_rows_and_odd_numbers_give_finite_scores() {
        for rows in [&[][..], &[3.0; 8], &[f32::NAN, 1.0, f32::INFINITY, 2.0], &[f32::NAN; 4]] {
            let scores = KMeans::fit(rows, 2, 1).score(&[1.0, f32::NEG_INFINITY, 3.0, 3.0]);
            assert!(scores.len() == 2 && scores.iter().all(|score| score.is_finite()), "{rows:?}: {scores:?}");
        }
        assert_eq!(KMeans::fit(&[3.0; 8], 2, 1).score(&[3.0, 3.0]), [0.0]);
    }
}
