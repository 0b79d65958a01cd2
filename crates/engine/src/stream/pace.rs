//! How often something of a kind happens for the first time, in minutes. Where new users come all the
//! time, one more is no news; where none came for a week, one is. Counted in minutes and not in events,
//! it is the rate at which somebody would be called, and a flood within a minute counts as one.

use serde::{Deserialize, Serialize};

use super::{clock::Clock, table::BITS_MAX};
use crate::feature::log2;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pace {
    /// Of the minutes in which it happened.
    weight: f32,
    minute: u64,
    in_minute: u32,
}

/// The hundredth of a minute is less news than the first, by so much for each doubling.
const REPEAT_BITS: f32 = 0.5;

impl Pace {
    /// The surprise of one more, which is learned.
    pub(super) fn meet(&mut self, clock: &Clock) -> f32 {
        if self.minute != clock.minutes() {
            (self.minute, self.in_minute) = (clock.minutes(), 0);
        }
        let gain = clock.gain();
        let share = (self.weight + gain / 2.0) / (clock.minutes_weight() + gain);
        let bits = -log2(share) - REPEAT_BITS * log2((self.in_minute + 1) as f32);
        if self.in_minute == 0 {
            self.weight += gain;
        }
        self.in_minute = self.in_minute.saturating_add(1);
        bits.clamp(0.0, BITS_MAX)
    }

    pub(super) fn rescale(&mut self, factor: f32) {
        self.weight *= factor;
    }

    pub(super) fn is_sound(&self) -> bool {
        self.weight.is_finite() && self.weight >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use radar_types::Timestamp;

    use super::*;

    #[test]
    fn what_never_happens_is_news_and_a_flood_is_one_piece_of_it() {
        let mut clock = Clock::new(1 << 40);
        let (mut often, mut never) = (Pace::default(), Pace::default());
        for minute in 0..1000 {
            let time = Timestamp::saturating_from_unix_millis(minute * 60_000);
            clock.tick(time, time);
            often.meet(&clock);
        }
        assert!(often.meet(&clock) < 0.1);
        let first = never.meet(&clock);
        assert!(first > 9.0);
        (0..1_000_000).for_each(|_| _ = never.meet(&clock));
        let time = Timestamp::saturating_from_unix_millis(1_000 * 60_000);
        clock.tick(time, time);
        assert!(never.meet(&clock) > first - 2.0);
    }
}
