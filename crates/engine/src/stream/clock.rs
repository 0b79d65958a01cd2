//! The stream's own time, which nobody who sends events can turn.
//!
//! It follows the times of the events, because what is sent may have happened earlier: a backlog, a
//! history. But it never goes beyond the present (a host whose clock is ahead, or a liar, moves
//! nothing), never goes back for one late event, and counts silence for a day at most: time in which
//! nothing was heard makes nothing forgotten.

use radar_types::Timestamp;
use serde::{Deserialize, Serialize};

/// What weighed 1 when it was learned weighs half of that after so long.
pub(super) const HALF_LIFE_MILLIS: i64 = 7 * DAY_MILLIS;
pub(super) const DAY_MILLIS: i64 = 24 * 3_600_000;
const MINUTE_MILLIS: i64 = 60_000;
/// Clocks differ a little.
const SKEW_MILLIS_MAX: i64 = 5 * MINUTE_MILLIS;
const SILENCE_MILLIS_MAX: i64 = DAY_MILLIS;
/// Weights are written in ever larger units; after so many half-lives they are brought down again.
const HALF_LIVES_MAX: i64 = 24;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Clock {
    half_life_millis: i64,
    /// The latest time that was believed.
    reading_millis: Option<i64>,
    /// How long something was heard since the weights were last brought down.
    age_millis: i64,
    /// The same since the beginning.
    heard_millis: i64,
    /// What one sight weighs now.
    gain: f32,
    /// Minutes in which something was heard, and their weight.
    minutes: u64,
    minutes_weight: f32,
}

impl Clock {
    pub(super) fn new(half_life_millis: i64) -> Self {
        Self {
            half_life_millis: half_life_millis.max(MINUTE_MILLIS),
            reading_millis: None,
            age_millis: 0,
            heard_millis: 0,
            gain: 1.0,
            minutes: 0,
            minutes_weight: 0.0,
        }
    }

    /// Takes in the time of one event. False for an event that is late, and says nothing of the
    /// present minute.
    pub(super) fn tick(&mut self, time: Timestamp, now: Timestamp) -> bool {
        let latest = now.unix_millis().saturating_add(SKEW_MILLIS_MAX);
        let time = time.unix_millis().min(latest);
        let Some(before) = self.reading_millis.map(|reading| reading.min(latest)) else {
            self.reading_millis = Some(time);
            self.begin_minute();
            return true;
        };
        let passed = time.saturating_sub(before);
        if passed > 0 {
            let heard = passed.min(SILENCE_MILLIS_MAX);
            self.age_millis += heard;
            self.heard_millis = self.heard_millis.saturating_add(heard);
            self.gain = (self.age_millis as f64 / self.half_life_millis as f64).exp2() as f32;
        }
        let reading = before.max(time);
        if self.reading_millis.map(minute_of) != Some(minute_of(reading)) {
            self.begin_minute();
        }
        self.reading_millis = Some(reading);
        passed > -MINUTE_MILLIS
    }

    /// By how much all weights have to be multiplied, once in a while.
    pub(super) fn take_rescaling(&mut self) -> Option<f32> {
        let millis = HALF_LIVES_MAX * self.half_life_millis;
        if self.age_millis < millis {
            return None;
        }
        self.age_millis -= millis;
        let factor = (-HALF_LIVES_MAX as f32).exp2();
        self.gain = (self.age_millis as f64 / self.half_life_millis as f64).exp2() as f32;
        self.minutes_weight *= factor;
        Some(factor)
    }

    pub(super) fn gain(&self) -> f32 {
        self.gain
    }

    pub(super) fn heard_millis(&self) -> i64 {
        self.heard_millis
    }

    /// The present one's number.
    pub(super) fn minutes(&self) -> u64 {
        self.minutes
    }

    pub(super) fn minutes_weight(&self) -> f32 {
        self.minutes_weight
    }

    pub(super) fn is_sound(&self) -> bool {
        let most = HALF_LIVES_MAX.saturating_mul(self.half_life_millis).saturating_add(SILENCE_MILLIS_MAX);
        self.half_life_millis >= MINUTE_MILLIS
            && self.half_life_millis <= 1000 * 365 * DAY_MILLIS
            && (0..=most).contains(&self.age_millis)
            && self.heard_millis >= 0
            && self.gain >= 1.0
            && self.gain.is_finite()
            && self.minutes_weight >= 0.0
            && self.minutes_weight.is_finite()
    }

    fn begin_minute(&mut self) {
        self.minutes += 1;
        self.minutes_weight += self.gain;
    }
}

fn minute_of(millis: i64) -> i64 {
    millis.div_euclid(MINUTE_MILLIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(millis: i64) -> Timestamp {
        Timestamp::saturating_from_unix_millis(millis)
    }

    /// The weights of what is seen at these hours, of a half-life of one day.
    fn check(hours: &[i64], present: i64, expected_gain: f32) {
        let mut clock = Clock::new(DAY_MILLIS);
        for hour in hours {
            clock.tick(time(hour * 3_600_000), time(present * 3_600_000));
        }
        assert!((clock.gain() - expected_gain).abs() < 0.05 && clock.is_sound(), "{hours:?}: {clock:?}");
    }

    #[test]
    fn time_passes_with_the_events() {
        check(&[0, 24], 1000, 2.0);
        check(&[0, 12, 24, 36, 48], 1000, 4.0);
        check(&[0, 12, 6, 1, 24], 1000, 2.0);
    }

    #[test]
    fn silence_and_false_clocks_wipe_nothing() {
        check(&[0, 24 * 365], 24 * 400, 2.0);
        check(&[0, 1_000_000, 1, 2_000_000, 2], 3, 1.1);
        check(&[0, -1_000_000, 24], 25, 2.0);
    }

    #[test]
    fn a_machine_whose_clock_was_ahead_goes_on_when_it_is_put_right() {
        let mut clock = Clock::new(DAY_MILLIS);
        clock.tick(time(0), time(0));
        clock.tick(time(i64::MAX), time(i64::MAX));
        let gain = clock.gain();
        for hour in 1..=24 {
            clock.tick(time(hour * 3_600_000), time(hour * 3_600_000));
        }
        assert!(clock.gain() > 1.8 * gain && clock.minutes() > 20, "{clock:?}");
    }

    #[test]
    fn weights_are_brought_down_before_they_overflow() {
        let mut clock = Clock::new(DAY_MILLIS);
        let mut times = 0;
        for day in 0..1000 {
            clock.tick(time(day * DAY_MILLIS), time(day * DAY_MILLIS));
            times += u32::from(clock.take_rescaling().is_some());
            assert!(clock.is_sound());
        }
        assert_eq!(times, 999 / HALF_LIVES_MAX as u32);
    }
}
