//! The bars of a histogram, whatever is counted in them.

use radar_types::query::Period;
use radar_types::wire::{Bucket, Tally};
use radar_types::{Level, Timestamp};

use crate::{Error, ErrorKind, LevelBucket, Result};

/// The most buckets one histogram has.
pub const BUCKETS_MAX: usize = 10_000;

/// The buckets of a histogram while they are being filled.
#[derive(Debug)]
pub(crate) struct Timeline<C> {
    counts: Vec<C>,
    period: Period,
    /// The number of the first bucket, counted in bucket widths from 1970.
    first: i64,
    bucket_millis: i64,
}

impl<C: Clone + Default> Timeline<C> {
    pub(crate) fn new(period: Period, bucket_millis: i64) -> Result<Self> {
        if bucket_millis < 1 {
            return Err(Error::new(ErrorKind::Invalid, "The buckets of a histogram must be at least 1 ms wide."));
        }
        let number = |time: Timestamp| time.unix_millis().div_euclid(bucket_millis);
        let first = number(period.from);
        let after_last = if period.from < period.to { number(period.to.saturating_add_millis(-1)) + 1 } else { first };
        let count = usize::try_from(after_last - first).unwrap_or(usize::MAX);
        if count > BUCKETS_MAX {
            let message = format!(
                "A histogram has at most {BUCKETS_MAX} buckets, and this one would have {count}; ask for a shorter period or wider buckets."
            );
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(Self { counts: vec![C::default(); count], period, first, bucket_millis })
    }

    pub(crate) fn len(&self) -> usize {
        self.counts.len()
    }

    /// The bucket in which an event of this time counts; none outside of the period.
    pub(crate) fn at(&mut self, unix_millis: i64) -> Option<&mut C> {
        let place = self.place(unix_millis)?;
        self.counts.get_mut(place)
    }

    /// The place of that bucket.
    pub(crate) fn place(&self, unix_millis: i64) -> Option<usize> {
        let is_inside = self.period.from.unix_millis() <= unix_millis && unix_millis < self.period.to.unix_millis();
        let place = usize::try_from(unix_millis.div_euclid(self.bucket_millis).checked_sub(self.first)?).ok()?;
        (is_inside && place < self.counts.len()).then_some(place)
    }

    /// The first time after this one that counts in another bucket, or may count where this one does not.
    pub(crate) fn end_of(&self, unix_millis: i64) -> i64 {
        let end = unix_millis.div_euclid(self.bucket_millis).saturating_add(1).saturating_mul(self.bucket_millis);
        let bounds = [self.period.from.unix_millis(), self.period.to.unix_millis()];
        bounds.into_iter().filter(|bound| unix_millis < *bound).fold(end, i64::min)
    }

    /// Each bucket with its start.
    fn into_counts(self) -> impl Iterator<Item = (Timestamp, C)> {
        let start = move |number: i64| Timestamp::saturating_from_unix_millis(number.saturating_mul(self.bucket_millis));
        (self.first..).map(start).zip(self.counts)
    }
}

impl Timeline<Tally> {
    pub(crate) fn into_buckets(self) -> Vec<Bucket> {
        self.into_counts().map(|(start, tally)| Bucket { start, tally }).collect()
    }
}

/// By level, in the order of [`Level::ALL`].
impl Timeline<[u64; Level::ALL.len()]> {
    pub(crate) fn into_levels(self) -> Vec<LevelBucket> {
        self.into_counts().map(|(start, counts)| LevelBucket { start, counts }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(from: i64, to: i64, bucket_millis: i64) -> Result<Timeline<Tally>> {
        let time = Timestamp::saturating_from_unix_millis;
        Timeline::new(Period { from: time(from), to: time(to) }, bucket_millis)
    }

    fn check(from: i64, to: i64, bucket_millis: i64, starts: &[i64]) {
        let buckets = timeline(from, to, bucket_millis).unwrap().into_buckets();
        let found: Vec<i64> = buckets.iter().map(|bucket| bucket.start.unix_millis()).collect();
        assert_eq!(found, starts, "{from}..{to} by {bucket_millis}");
    }

    #[test]
    fn buckets_start_at_multiples_of_their_width_and_cover_the_period() {
        check(0, 30, 10, &[0, 10, 20]);
        check(5, 31, 10, &[0, 10, 20, 30]);
        check(-5, 5, 10, &[-10, 0]);
        check(9, 10, 10, &[0]);
        check(-7, 9, i64::MAX, &[Timestamp::MIN.unix_millis(), 0]);
    }

    #[test]
    fn an_empty_or_backward_period_has_no_buckets() {
        check(10, 10, 10, &[]);
        check(30, 10, 10, &[]);
    }

    #[test]
    fn too_many_buckets_and_buckets_without_width_are_refused() {
        let most = BUCKETS_MAX as i64;
        assert_eq!(timeline(0, most, 1).unwrap().into_buckets().len(), BUCKETS_MAX);
        for (from, to, bucket_millis) in [(0, most + 1, 1), (i64::MIN, i64::MAX, 1), (0, 10, 0), (0, 10, -10)] {
            assert_eq!(timeline(from, to, bucket_millis).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }

    #[test]
    fn an_event_counts_in_its_bucket_only() {
        let mut timeline = timeline(-20, 20, 10).unwrap();
        for time in [-21, -20, -1, 0, 19, 20, i64::MAX] {
            if let Some(tally) = timeline.at(time) {
                tally.add(None, 1);
            }
        }
        let counts: Vec<u64> = timeline.into_buckets().iter().map(|bucket| bucket.tally.unscored).collect();
        assert_eq!(counts, [1, 1, 1, 1]);
    }

    #[test]
    fn what_is_in_the_first_or_last_bucket_but_outside_of_the_period_does_not_count() {
        let mut timeline = timeline(5, 15, 10).unwrap();
        for (time, is_counted) in [(0, false), (4, false), (5, true), (14, true), (15, false), (19, false), (i64::MIN, false)] {
            assert_eq!(timeline.at(time).is_some(), is_counted, "{time}");
        }
    }
}
