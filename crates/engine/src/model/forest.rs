//! The isolation forest (Liu, Ting and Zhou, 2008): random trees cut a sample until each row stands
//! alone, and what is cut off after few steps is unlike the rest.
//!
//! The same rows and seed give the same trees on every platform. A tree is never deeper than
//! [`DEPTH`], so the kernel holds each one as a complete tree: a row goes down exactly so many steps,
//! without a branch that a processor could guess wrong, and many rows go down side by side.
//!
//! A number that is missing or infinite counts as [`MISSING`].

use super::MISSING;
use crate::random::SplitMix64;

pub(super) const TREES: usize = 100;
/// Rows that a tree is grown from.
const SAMPLE_ROWS: usize = 256;
/// The depth at which half of a random tree over the sample would end; deeper cuts separate ordinary rows.
pub(super) const DEPTH: usize = 8;
/// Inner nodes are numbered from 1, and the children of `n` are `2n` and `2n + 1`.
const INNER_NODES: usize = 1 << DEPTH;
pub(super) const FEATURES_MAX: usize = 4096;
/// Rows that go down a tree side by side.
const LANES: usize = 8;
/// Rows that are prepared at once, so that they stay in the nearest cache while all trees read them.
const BLOCK_ROWS: usize = 4 * LANES;
/// Less than the order of any number.
const ALWAYS_LEFT: Node = Node { order: i32::MAX, feature: 0 };

/// Trees over rows of `width` numbers. Its score is from 0 to 1: about 0.5 for what is usual, more
/// for what is not.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    pub(super) width: usize,
    /// The paths that an unsuccessful search in the sample takes on average, over all trees: what paths are compared with.
    pub(super) usual_paths: f32,
    pub(super) trees: Vec<Tree>,
    kernel: Vec<Complete>,
}

/// Nodes in the order of a walk that takes the left child first. The root is the first.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    pub(super) nodes: Vec<TreeNode>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum TreeNode {
    /// Values up to the threshold go left, to the next node.
    Split { feature: usize, threshold: f32, right: usize },
    /// The steps to here and those that the rows left together here would still take.
    Leaf { path: f32 },
}

/// A tree whose every leaf is at the full depth.
#[derive(Clone, Debug, PartialEq)]
struct Complete {
    nodes: [Node; INNER_NODES],
    paths: [f32; INNER_NODES],
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Node {
    order: i32,
    feature: u32,
}

impl Forest {
    /// Grows a forest from rows that stand one after the other. Without rows or columns every score is 0.5.
    pub fn fit(rows: &[f32], width: usize, seed: u64) -> Self {
        let width = width.min(FEATURES_MAX);
        let count = rows.len().checked_div(width).unwrap_or(0);
        let sample_rows = count.min(SAMPLE_ROWS);
        let mut random = SplitMix64::new(seed);
        let mut indices: Vec<usize> = (0..count).collect();
        let mut sample = vec![0.0; sample_rows * width];
        let trees = (0..TREES)
            .map(|_| {
                for (place, values) in sample.chunks_exact_mut(width.max(1)).enumerate() {
                    indices.swap(place, place + random.below((count - place) as u64) as usize);
                    let row = indices[place] * width;
                    for (value, found) in values.iter_mut().zip(&rows[row..row + width]) {
                        *value = clean(*found);
                    }
                }
                grow(&sample, width, sample_rows, &mut random)
            })
            .collect();
        Self::of(width, average_path(sample_rows).max(1.0) * TREES as f32, trees)
    }

    /// `trees` are no deeper than [`DEPTH`], and their nodes name features below `width` and nodes behind them.
    pub(super) fn of(width: usize, usual_paths: f32, trees: Vec<Tree>) -> Self {
        let kernel = trees.iter().map(Complete::of).collect();
        Self { width, usual_paths, trees, kernel }
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// The scores of any number of rows that stand one after the other.
    pub fn score(&self, rows: &[f32]) -> Vec<f32> {
        // A row is padded to a power of two, so that an index is kept inside it by a mask.
        match self.width {
            0..=8 => self.score_padded::<8>(rows),
            9..=16 => self.score_padded::<16>(rows),
            17..=32 => self.score_padded::<32>(rows),
            33..=64 => self.score_padded::<64>(rows),
            65..=256 => self.score_padded::<256>(rows),
            _ => self.score_padded::<FEATURES_MAX>(rows),
        }
    }

    fn score_padded<const WIDTH: usize>(&self, rows: &[f32]) -> Vec<f32> {
        let mut scores = Vec::with_capacity(rows.len().checked_div(self.width).unwrap_or(0));
        let block_rows = if WIDTH > 256 { LANES } else { BLOCK_ROWS };
        let mut orders = vec![[0; WIDTH]; block_rows];
        for block in rows.chunks(block_rows * self.width.max(1)) {
            let count = block.len().checked_div(self.width).unwrap_or(0);
            for (orders, row) in orders.iter_mut().zip(block.chunks_exact(self.width.max(1))) {
                for (order, value) in orders.iter_mut().zip(row) {
                    *order = order_of(clean(*value));
                }
            }
            let mut paths = [0.0; BLOCK_ROWS];
            for tree in &self.kernel {
                let lanes = orders.as_chunks::<LANES>().0.iter().zip(paths.as_chunks_mut::<LANES>().0);
                for (orders, paths) in lanes.take(count.div_ceil(LANES)) {
                    tree.descend(orders, paths);
                }
            }
            scores.extend(paths[..count].iter().map(|path| self.score_of(*path)));
        }
        scores
    }

    fn score_of(&self, paths: f32) -> f32 {
        (-f64::from(paths) / f64::from(self.usual_paths)).exp2() as f32
    }
}

impl Complete {
    fn of(tree: &Tree) -> Self {
        let mut complete = Self { nodes: [ALWAYS_LEFT; INNER_NODES], paths: [0.0; INNER_NODES] };
        let mut pending = vec![(0, 1)];
        while let Some((index, place)) = pending.pop() {
            match tree.nodes.get(index) {
                Some(TreeNode::Split { feature, threshold, right }) if place < INNER_NODES => {
                    complete.nodes[place] = Node { order: order_of(*threshold), feature: *feature as u32 };
                    pending.extend([(index + 1, 2 * place), (*right, 2 * place + 1)]);
                }
                Some(TreeNode::Leaf { path }) => {
                    // From a leaf that lies higher, every row keeps to the left.
                    let depth = place.ilog2() as usize;
                    if depth <= DEPTH {
                        complete.paths[(place << (DEPTH - depth)) % INNER_NODES] = *path;
                    }
                }
                _ => {}
            }
        }
        complete
    }

    /// Adds the length of each row's path.
    #[inline(always)]
    fn descend<const WIDTH: usize>(&self, rows: &[[i32; WIDTH]; LANES], paths: &mut [f32; LANES]) {
        let mut places = [1_u32; LANES];
        for _ in 0..DEPTH {
            for (place, row) in places.iter_mut().zip(rows) {
                let node = self.nodes[*place as usize % INNER_NODES];
                *place = 2 * *place + u32::from(row[node.feature as usize % WIDTH] > node.order);
            }
        }
        for (path, place) in paths.iter_mut().zip(places) {
            *path += self.paths[place as usize % INNER_NODES];
        }
    }
}

/// One tree over all rows of the sample.
fn grow(sample: &[f32], width: usize, rows: usize, random: &mut SplitMix64) -> Tree {
    let mut nodes = Vec::new();
    let mut indices: Vec<usize> = (0..rows).collect();
    let mut features: Vec<usize> = (0..width).collect();
    split(&mut Growth { sample, width, nodes: &mut nodes, random }, &mut indices, &mut features, 0);
    Tree { nodes }
}

struct Growth<'a> {
    sample: &'a [f32],
    width: usize,
    nodes: &'a mut Vec<TreeNode>,
    random: &'a mut SplitMix64,
}

/// Adds the tree over some rows of the sample. `features` are those that may differ between them.
fn split(growth: &mut Growth<'_>, rows: &mut [usize], features: &mut [usize], depth: usize) {
    let value = |growth: &Growth<'_>, row: usize, feature: usize| growth.sample[row * growth.width + feature];
    let mut varying = if depth < DEPTH && rows.len() > 1 { features.len() } else { 0 };
    while varying > 0 {
        let choice = growth.random.below(varying as u64) as usize;
        let feature = features[choice];
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for row in rows.iter() {
            low = low.min(value(growth, *row, feature));
            high = high.max(value(growth, *row, feature));
        }
        if low == high {
            varying -= 1;
            features.swap(choice, varying);
            continue;
        }
        // In halves, since the difference of two finite numbers may be infinite.
        let threshold = low + 2.0 * ((high / 2.0 - low / 2.0) * growth.random.unit());
        let threshold = if threshold < high { threshold.max(low) } else { low };
        let mut left = 0;
        for index in 0..rows.len() {
            if value(growth, rows[index], feature) <= threshold {
                rows.swap(left, index);
                left += 1;
            }
        }
        let place = growth.nodes.len();
        growth.nodes.push(TreeNode::Split { feature, threshold, right: 0 });
        let (left, right) = rows.split_at_mut(left);
        split(growth, left, &mut features[..varying], depth + 1);
        let right_place = growth.nodes.len();
        growth.nodes[place] = TreeNode::Split { feature, threshold, right: right_place };
        split(growth, right, &mut features[..varying], depth + 1);
        return;
    }
    growth.nodes.push(TreeNode::Leaf { path: depth as f32 + average_path(rows.len()) });
}

/// The average path of an unsuccessful search in a binary search tree of so many rows.
fn average_path(rows: usize) -> f32 {
    match rows {
        0 | 1 => 0.0,
        // The sum of 1/1 to 1/(n-1), which is what the usual logarithm only comes near to.
        _ => {
            let harmonic: f64 = (1..rows.min(1 << 16)).map(|n| 1.0 / n as f64).sum();
            let rows = rows as f64;
            (2.0 * harmonic - 2.0 * (rows - 1.0) / rows) as f32
        }
    }
}

/// What is no finite number is the missing one, and there is one zero.
fn clean(value: f32) -> f32 {
    if value.is_finite() { value + 0.0 } else { MISSING }
}

/// Whole numbers in the same order as these floats.
fn order_of(value: f32) -> i32 {
    let bits = (value + 0.0).to_bits() as i32;
    bits ^ (((bits >> 31) as u32) >> 1) as i32
}

#[cfg(test)]
#[path = "forest_tests.rs"]
mod tests;
