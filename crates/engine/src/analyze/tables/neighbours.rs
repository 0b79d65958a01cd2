//! How far a row is from the nearest of a few others, over many draws of those few.
//!
//! With only some rows to choose from, the nearest one is far for what lies apart, even where the odd
//! rows form groups of their own; the mean over the draws takes the chance out of it. The cost of a
//! row does not depend on the size of the table.

use crate::random::SplitMix64;

const DRAWS: usize = 50;
const POINTS: usize = 12;

#[derive(Clone, Debug)]
pub(super) struct Neighbours {
    width: usize,
    /// For each draw and feature, the values of its points, side by side.
    values: Vec<[f32; POINTS]>,
}

impl Neighbours {
    pub(super) fn fit(rows: &[f32], width: usize, seed: u64) -> Self {
        let mut random = SplitMix64::new(seed);
        let count = (rows.len() / width.max(1)) as u64;
        let mut values = Vec::new();
        for _ in 0..if count > 0 { DRAWS } else { 0 } {
            let points: [usize; POINTS] = std::array::from_fn(|_| random.below(count) as usize);
            values.extend((0..width).map(|feature| points.map(|point| rows[point * width + feature])));
        }
        Self { width, values }
    }

    /// The mean distance of each row to the nearest point of a draw.
    pub(super) fn score(&self, rows: &[f32]) -> Vec<f32> {
        rows.chunks_exact(self.width.max(1)).map(|row| self.distance(row)).collect()
    }

    fn distance(&self, row: &[f32]) -> f32 {
        let mut sum = 0.0;
        for draw in self.values.chunks_exact(self.width.max(1)) {
            let mut squares = [0.0_f32; POINTS];
            for (value, points) in row.iter().zip(draw) {
                for (square, point) in squares.iter_mut().zip(points) {
                    *square += (value - point) * (value - point);
                }
            }
            sum += least(squares).sqrt();
        }
        sum / DRAWS as f32
    }
}

/// Of numbers that are all finite, several side by side.
fn least(numbers: [f32; POINTS]) -> f32 {
    const LANES: usize = 4;
    const { assert!(POINTS.is_multiple_of(LANES)) };
    let lower = |a: f32, b: f32| if b < a { b } else { a };
    let mut lanes = [f32::INFINITY; LANES];
    for numbers in numbers.as_chunks::<LANES>().0 {
        for (lane, number) in lanes.iter_mut().zip(numbers) {
            *lane = lower(*lane, *number);
        }
    }
    let [a, b, c, d] = lanes;
    lower(lower(a, b), lower(c, d))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_apart_is_far_from_all() {
        let mut random = SplitMix64::new(1);
        let mut rows: Vec<f32> = (0..600).map(|_| random.unit()).collect();
        rows.extend([3.0, 3.0, 3.0]);
        let distances = Neighbours::fit(&rows, 3, 1).score(&rows);
        assert!(distances[..200].iter().all(|distance| *distance < distances[200]));
        assert_eq!(Neighbours::fit(&[], 3, 1).score(&[1.0, 2.0, 3.0]), [0.0]);
    }
}
