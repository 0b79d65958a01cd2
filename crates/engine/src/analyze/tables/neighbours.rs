//! How far a row is from the nearest of a few others, over many draws of those few.
//!
//! With only some rows to choose from, the nearest one is far for what lies apart, even where the odd
//! rows form groups of their own; the mean over the draws takes the chance out of it. The cost of a
//! row does not depend on the size of the table.

use crate::random::SplitMix64;

const DRAWS: usize = 50;
const POINTS: usize = 12;
/// Rows that are measured side by side.
const LANES: usize = 8;

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
        let width = self.width.max(1);
        let mut distances = Vec::with_capacity(rows.len() / width);
        let mut columns = vec![[0.0; LANES]; width];
        for block in rows.chunks(width * LANES) {
            for (lane, row) in block.chunks_exact(width).enumerate() {
                for (column, value) in columns.iter_mut().zip(row) {
                    column[lane] = *value;
                }
            }
            distances.extend_from_slice(&self.distances(&columns)[..block.len() / width]);
        }
        distances
    }

    /// Of rows that stand side by side. Every distance is finite, so the lower one is always known.
    fn distances(&self, columns: &[[f32; LANES]]) -> [f32; LANES] {
        let mut sums = [0.0; LANES];
        for draw in self.values.chunks_exact(columns.len()) {
            let mut nearest = [f32::INFINITY; LANES];
            for point in 0..POINTS {
                let mut squares = [0.0; LANES];
                for (column, points) in columns.iter().zip(draw) {
                    for (square, value) in squares.iter_mut().zip(column) {
                        *square += (value - points[point]) * (value - points[point]);
                    }
                }
                for (nearest, square) in nearest.iter_mut().zip(squares) {
                    *nearest = if square < *nearest { square } else { *nearest };
                }
            }
            for (sum, nearest) in sums.iter_mut().zip(nearest) {
                *sum += nearest.sqrt();
            }
        }
        sums.map(|sum| sum / DRAWS as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_side_by_side_are_measured_as_alone() {
        let mut random = SplitMix64::new(2);
        let rows: Vec<f32> = (0..5 * (2 * LANES + 3)).map(|_| random.unit()).collect();
        let neighbours = Neighbours::fit(&rows, 5, 1);
        let alone: Vec<f32> = rows.chunks_exact(5).flat_map(|row| neighbours.score(row)).collect();
        assert_eq!(neighbours.score(&rows), alone);
    }

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
