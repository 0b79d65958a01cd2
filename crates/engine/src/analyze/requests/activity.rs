//! Who asked how much, and how much of it in vain, minute by minute.
//!
//! A file may hold millions of clients and minutes, so they are counted in a sketch of fixed size:
//! a count is never too low, and too high only where many keys share two cells.

use super::counts::fold;
use crate::feature::ln;

/// Cells of each of the two rows.
const CELLS: usize = 1 << 19;
const MEASURES: usize = 3;
/// Buckets of counts, half a doubling each.
const BUCKETS: usize = 40;
/// Fewer in a minute are no burst of anything.
const BURST_MIN: u16 = 8;
const TAIL_MAX: f32 = 0.06;

/// Of one client in one minute, or in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) requests: u16,
    /// Answered with a client error.
    pub(super) failures: u16,
    /// In a minute, requests that send something; of a client, outright attacks.
    pub(super) others: u16,
}

impl Tally {
    fn measures(self) -> [u16; MEASURES] {
        [self.requests, self.failures, self.others]
    }

    pub(super) fn add(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.failures = self.failures.saturating_add(other.failures);
        self.others = self.others.saturating_add(other.others);
    }
}

#[derive(Clone, Debug)]
pub(super) struct Activity {
    rows: [Vec<Tally>; 2],
    requests: u64,
    /// For each measure and bucket: the share of requests in minutes that are as busy.
    tails: [[f32; BUCKETS]; MEASURES],
    usual: [f32; MEASURES],
}

/// What is unusual of a client's minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Bursts {
    pub(super) tally: Tally,
    /// Of requests, failures and submissions.
    pub(super) points: [f32; MEASURES],
}

impl Default for Activity {
    fn default() -> Self {
        Self {
            rows: [vec![Tally::default(); CELLS], vec![Tally::default(); CELLS]],
            requests: 0,
            tails: [[1.0; BUCKETS]; MEASURES],
            usual: [1.0; MEASURES],
        }
    }
}

impl Activity {
    pub(super) fn absorb(&mut self, tallies: &[(u64, Tally)]) {
        for (key, tally) in tallies {
            self.requests += u64::from(tally.requests);
            for (row, cell) in self.rows.iter_mut().zip(cells(*key)) {
                row[cell].add(*tally);
            }
        }
    }

    /// Of keys, in their order; nothing of none.
    pub(super) fn tallies(&self, keys: Vec<Option<u64>>) -> Vec<Tally> {
        // All of the first row before anything depends on one of them.
        let mut tallies: Vec<Tally> =
            keys.iter().map(|key| key.map_or(Tally::default(), |key| self.rows[0][cells(key)[0]])).collect();
        for (tally, key) in tallies.iter_mut().zip(keys) {
            // The smaller count is the better one, and a client that is quiet in one row is quiet.
            if tally.requests < BURST_MIN && tally.others == 0 {
                continue;
            }
            let Some(key) = key else { continue };
            let other = self.rows[1][cells(key)[1]];
            tally.requests = tally.requests.min(other.requests);
            tally.failures = tally.failures.min(other.failures);
            tally.others = tally.others.min(other.others);
        }
        tallies
    }

    pub(super) fn settle(&mut self) {
        let mut masses = [[0_u64; BUCKETS]; MEASURES];
        for tally in &self.rows[0] {
            for (mass, count) in masses.iter_mut().zip(tally.measures()) {
                mass[bucket(count)] += u64::from(count);
            }
        }
        let total = self.requests.max(1) as f32;
        for (measure, masses) in masses.iter().enumerate() {
            let all: u64 = masses.iter().sum();
            let mut tail = 0;
            for bucket in (0..BUCKETS).rev() {
                let is_above_half = tail * 2 < all;
                tail += masses[bucket];
                self.tails[measure][bucket] = tail as f32 / total;
                if is_above_half && tail * 2 >= all {
                    // Two buckets are a doubling.
                    self.usual[measure] = (1_u64 << (bucket / 2)) as f32;
                }
            }
        }
    }

    /// Of a client's minute.
    pub(super) fn bursts(&self, tally: Tally) -> Bursts {
        let mut points = [0.0; MEASURES];
        for (measure, count) in tally.measures().into_iter().enumerate() {
            if count < BURST_MIN {
                continue;
            }
            let tail = self.tails[measure][bucket(count)];
            // Most failures are single, whatever the busiest minute holds.
            let usual = if measure == 0 { self.usual[0] } else { self.usual[measure].min(3.0) };
            let gap = ln(f32::from(count) / usual);
            if tail < TAIL_MAX && gap > 1.0 {
                points[measure] = 0.5 * ((-ln(tail)).min(8.0) - 2.0) + 0.9 * (gap - 1.0).min(4.0);
            }
        }
        Bursts { tally, points }
    }
}

fn cells(key: u64) -> [usize; 2] {
    let second = fold(key, 0x5bd1);
    [key as usize % CELLS, second as usize % CELLS]
}

fn bucket(count: u16) -> usize {
    if count == 0 {
        return 0;
    }
    let doublings = count.ilog2() as usize;
    let half = usize::from(doublings > 0 && count >> (doublings - 1) & 1 == 1);
    (doublings * 2 + half).min(BUCKETS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_minute_stands_out_from_quiet_ones() {
        let mut activity = Activity::default();
        let mut tallies: Vec<(u64, Tally)> = Vec::new();
        for client in 0..2000_u64 {
            tallies.push((fold(client, 1), Tally { requests: 5, failures: 0, others: 1 }));
        }
        tallies.push((7, Tally { requests: 60, failures: 50, others: 55 }));
        activity.absorb(&tallies);
        activity.settle();
        let bursts = |key| activity.bursts(activity.tallies(vec![Some(key)])[0]);
        assert!(bursts(7).points.iter().all(|points| *points > 2.0), "{:?}", bursts(7));
        assert_eq!(bursts(fold(3, 1)).points, [0.0; 3]);
        assert_eq!(bursts(99).tally, Tally::default());
    }

    #[test]
    fn buckets_are_half_doublings() {
        let buckets: Vec<usize> = [0, 1, 2, 3, 4, 6, 8, 65535].into_iter().map(bucket).collect();
        assert_eq!(buckets, [0, 0, 2, 3, 4, 5, 6, 31]);
    }
}
