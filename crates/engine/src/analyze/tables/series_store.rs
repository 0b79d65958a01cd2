//! The rows of a table that has times, as a series of at most so many buckets.
//!
//! A series that is longer is kept in wider buckets, which hold the means of their rows. Widths double,
//! so what is kept does not depend on the pieces in which the table arrived.

const BUCKETS_MAX: usize = 1_000_000;
/// Numbers of all buckets together.
const VALUES_MAX: usize = 4_000_000;

#[derive(Clone, Debug, Default)]
pub(super) struct Store {
    pub(super) columns: usize,
    width_millis: i64,
    pub(super) times: Vec<i64>,
    counts: Vec<u32>,
    /// One row for each bucket; NaN where there is no number.
    pub(super) values: Vec<f32>,
    rises: u64,
    falls: u64,
    repeats: u64,
    rows: u64,
}

impl Store {
    pub(super) fn new(columns: usize) -> Self {
        Self { columns, width_millis: 1, ..Self::default() }
    }

    pub(super) fn add(&mut self, time_millis: i64, values: impl Iterator<Item = f32>) {
        if let Some(last) = self.times.last() {
            let bucket = time_millis.div_euclid(self.width_millis);
            let last_bucket = last.div_euclid(self.width_millis);
            self.rises += u64::from(bucket > last_bucket);
            self.falls += u64::from(bucket < last_bucket);
            self.repeats += u64::from(time_millis == *last);
        }
        self.rows += 1;
        self.times.push(time_millis);
        self.counts.push(1);
        self.values.extend(values.chain(std::iter::repeat(f32::NAN)).take(self.columns));
        while self.times.len() > BUCKETS_MAX.min(VALUES_MAX / self.columns.max(1)).max(2) {
            self.width_millis = self.width_millis.saturating_mul(2);
            self.gather();
        }
    }

    /// Brings the buckets into the order of time, one for each.
    pub(super) fn gather(&mut self) {
        let mut order: Vec<usize> = (0..self.times.len()).collect();
        order.sort_by_key(|index| self.times[*index]);
        let mut gathered = Self { times: Vec::new(), counts: Vec::new(), values: Vec::new(), ..*self };
        for index in order {
            let values = &self.values[index * self.columns..][..self.columns];
            let bucket = self.times[index].div_euclid(self.width_millis);
            let is_same = gathered.times.last().is_some_and(|last| last.div_euclid(self.width_millis) == bucket);
            if !is_same {
                gathered.times.push(self.times[index]);
                gathered.counts.push(self.counts[index]);
                gathered.values.extend_from_slice(values);
                continue;
            }
            let from = gathered.values.len() - self.columns;
            let Some(count) = gathered.counts.last_mut() else { continue };
            let share = self.counts[index] as f32 / (*count).saturating_add(self.counts[index]) as f32;
            *count = count.saturating_add(self.counts[index]);
            for (mean, value) in gathered.values[from..].iter_mut().zip(values) {
                if mean.is_nan() {
                    *mean = *value;
                } else if !value.is_nan() {
                    *mean += (*value - *mean) * share;
                }
            }
        }
        *self = gathered;
    }

    /// Whether the rows follow each other in time, mostly at an even pace, each at a time of its own.
    pub(super) fn is_series(&self) -> bool {
        let steps = self.rises + self.falls;
        let is_ordered = self.rises.max(self.falls) * 10 >= steps * 9 && self.repeats * 5 <= self.rows;
        let mut lengths: Vec<i64> = self.times.windows(2).map(|pair| (pair[1] - pair[0]).abs()).filter(|step| *step > 0).collect();
        if !is_ordered || lengths.is_empty() {
            return false;
        }
        let middle = lengths.len() / 2;
        let usual = *lengths.select_nth_unstable(middle).1;
        let even = lengths.iter().filter(|length| (usual / 2..=usual.saturating_mul(2)).contains(length)).count();
        even * 2 >= lengths.len()
    }

    /// The bucket in which a time lies, once the buckets are gathered.
    pub(super) fn place(&self, time_millis: i64) -> Option<usize> {
        let bucket = time_millis.div_euclid(self.width_millis);
        let place = self.times.partition_point(|time| time.div_euclid(self.width_millis) < bucket);
        (place < self.times.len()).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    #[test]
    fn rows_of_one_time_share_a_bucket_and_missing_numbers_are_left_out() {
        let mut store = Store::new(2);
        for (time, values) in [(20, [1.0, f32::NAN]), (10, [7.0, 8.0]), (20, [3.0, 5.0]), (30, [0.0, 0.0])] {
            store.add(time, values.into_iter());
        }
        store.gather();
        assert_eq!((&store.times[..], &store.values[..]), (&[10, 20, 30][..], &[7.0, 8.0, 2.0, 5.0, 0.0, 0.0][..]));
        assert_eq!([5, 10, 20, 25, 30, 31].map(|time| store.place(time)), [Some(0), Some(0), Some(1), Some(2), Some(2), None]);
    }

    #[test]
    fn a_long_series_is_kept_in_wider_buckets() {
        let mut store = Store::new(1);
        for time in 0..2_500_000 {
            store.add(time, [(time % 4) as f32].into_iter());
        }
        store.gather();
        assert!(store.times.len() <= BUCKETS_MAX);
        assert!(store.values[..1000].iter().all(|value| *value == 1.5));
        assert!(store.is_series());
    }

    #[test]
    fn events_are_no_series() {
        let mut store = Store::new(1);
        let mut time = 0;
        for index in 0..1000_i64 {
            time += [1, 2, 900, 4000, 3, 70_000][(index * 7919 % 6) as usize];
            store.add(time, [1.0].into_iter());
        }
        assert!(!store.is_series());
        let mut shuffled = Store::new(1);
        let mut times: Vec<i64> = (0..1000).collect();
        SplitMix64::new(1).shuffle(&mut times);
        times.into_iter().for_each(|time| shuffled.add(time, [1.0].into_iter()));
        assert!(!shuffled.is_series());
    }
}
