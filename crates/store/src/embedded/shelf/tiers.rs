//! When pieces of an index are put together: eight of about the same size, so that each event is copied a few times
//! only, and none once they are large, so that what is too old goes away in whole pieces and no copy takes long.

use tantivy::index::SegmentMeta;
use tantivy::merge_policy::{MergeCandidate, MergePolicy};

const PIECES: usize = 8;
/// Up to this, all are of one size.
const SMALL_EVENTS: u32 = 40_000;
/// Of so many or more, pieces stay as they are.
const LARGE_EVENTS: u32 = 400_000;

#[derive(Clone, Copy, Debug)]
pub(super) struct Tiers;

impl MergePolicy for Tiers {
    fn compute_merge_candidates(&self, pieces: &[SegmentMeta]) -> Vec<MergeCandidate> {
        let sizes: Vec<(u32, u32)> = pieces.iter().map(|piece| (piece.num_docs(), piece.max_doc())).collect();
        candidates(&sizes).into_iter().map(|group| MergeCandidate(group.into_iter().map(|at| pieces[at].id()).collect())).collect()
    }
}

/// Of pieces with so many events left, and so many at first.
fn candidates(sizes: &[(u32, u32)]) -> Vec<Vec<usize>> {
    let mut tiers: [Vec<usize>; 2] = Default::default();
    let mut groups = vec![];
    for (at, (left, first)) in sizes.iter().enumerate() {
        match *left {
            0..SMALL_EVENTS => tiers[0].push(at),
            SMALL_EVENTS..LARGE_EVENTS => tiers[1].push(at),
            // Half of it is room that others could use.
            _ if left.saturating_mul(2) < *first => groups.push(vec![at]),
            _ => {}
        }
    }
    groups.extend(tiers.into_iter().filter(|tier| tier.len() >= PIECES));
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_of_a_size_are_put_together() {
        let size = |left| (left, left);
        assert!(candidates(&[size(10_000); 7]).is_empty());
        assert_eq!(candidates(&[size(10_000); 8]), [(0..8).collect::<Vec<_>>()]);
        let mixed: Vec<(u32, u32)> = [1, 100_000].repeat(8).into_iter().map(size).collect();
        assert_eq!(candidates(&mixed).len(), 2);
    }

    #[test]
    fn large_ones_are_left_alone_until_half_of_them_is_gone() {
        assert!(candidates(&[(LARGE_EVENTS, LARGE_EVENTS); 20]).is_empty());
        assert!(candidates(&[(LARGE_EVENTS, LARGE_EVENTS * 2)]).is_empty());
        assert_eq!(candidates(&[(LARGE_EVENTS, LARGE_EVENTS * 2 + 1)]), [[0]]);
    }
}
