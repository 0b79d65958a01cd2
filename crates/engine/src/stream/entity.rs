//! What each host, source, user, address, session and template usually does: which of the others it
//! is seen with, at which hours, and how many of its events come in a minute.
//!
//! Each is small whatever it does: it remembers few values of each kind, the heaviest. One that meets
//! new values all the time therefore forgets them as fast, and a new one at it is no news, which is
//! what it should be.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::clock::{Clock, DAY_MILLIS};
use super::sorted;
use super::table::{BITS_MAX, WEIGHT_MIN, lightest, lightest_of, short_key};
use crate::feature::log2;

/// What an entity is seen with.
pub(super) const THINGS: usize = 6;
pub(super) const TEMPLATE: usize = 0;
pub(super) const SOURCE: usize = 1;
pub(super) const HOST: usize = 2;
pub(super) const USER: usize = 3;
pub(super) const NETWORK: usize = 4;
pub(super) const HOUR: usize = 5;

/// Values of each kind that an entity remembers; of hours, all there are.
const KNOWN_MAX: [usize; THINGS] = [16, 16, 16, 16, 16, 24];
/// Until an entity has so many events, nothing it does is unusual.
pub(super) const ENTITY_EVENTS_MIN: u32 = 32;
/// Nobody's hours are known before.
const HOURS_KNOWN_AFTER_MILLIS: i64 = 3 * DAY_MILLIS;
/// Fewer in a minute are never a burst.
const BURST_EVENTS_MIN: u32 = 20;
const BURST_FACTOR: f32 = 2.0;
const BURST_BITS_MAX: f32 = 6.0;
/// Minutes an entity has to have been active in before it can have a burst.
const BURST_MINUTES_MIN: u32 = 10;

/// All entities of one kind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Entities {
    #[serde(with = "sorted")]
    known: HashMap<u64, Entity>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Entity {
    weight: f32,
    pub(super) events: u32,
    since_millis: i64,
    aspects: [Aspect; THINGS],
    rate: Rate,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Aspect {
    sights: f32,
    /// Of these, so many were of a value that was not known then.
    firsts: f32,
    /// Short hashes: two values that share one are one value to this entity.
    known: Vec<(u32, f32)>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Rate {
    minute: u64,
    in_minute: u32,
    /// The most there were in an earlier minute, in weights.
    peak: f32,
    minutes: u32,
}

/// What an entity says to a value it was not seen with before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Unmet {
    pub(super) bits: f32,
    /// Of the entity, as many as are remembered.
    pub(super) events: u64,
    /// Whether it is not known well enough to say.
    pub(super) is_young: bool,
}

/// More events in this minute than in any.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Burst {
    pub(super) bits: f32,
    pub(super) count: u32,
    pub(super) peak: f32,
}

impl Entities {
    pub(super) fn get(&self, key: u64) -> Option<&Entity> {
        self.known.get(&key)
    }

    /// The entity for one more of its events, new where it was not known.
    pub(super) fn meet(&mut self, key: u64, clock: &Clock, entities_max: usize) -> &mut Entity {
        if self.known.len() >= entities_max && !self.known.contains_key(&key) {
            self.forget(entities_max);
        }
        let new = || Entity { since_millis: clock.heard_millis(), ..Entity::default() };
        let entity = self.known.entry(key).or_insert_with(new);
        entity.weight += clock.gain();
        entity.events = entity.events.saturating_add(1);
        entity
    }

    pub(super) fn count(&self) -> usize {
        self.known.len()
    }

    pub(super) fn rescale(&mut self, factor: f32) {
        self.known.retain(|_, entity| {
            entity.rescale(factor);
            entity.weight >= WEIGHT_MIN
        });
    }

    pub(super) fn keep(&mut self, is_kept: impl Fn(u64) -> bool) {
        self.known.retain(|key, _| is_kept(*key));
    }

    pub(super) fn is_sound(&self) -> bool {
        self.known.values().all(Entity::is_sound)
    }

    fn forget(&mut self, entities_max: usize) {
        for key in lightest(self.known.iter().map(|(key, entity)| (entity.weight, *key)), entities_max) {
            self.known.remove(&key);
        }
    }
}

impl Entity {
    /// Learns that it was seen with a value. `None` where that is known, or nothing can be said yet.
    pub(super) fn see(&mut self, thing: usize, key: u64, clock: &Clock) -> Option<Unmet> {
        let gain = clock.gain();
        let is_too_young = thing == HOUR && clock.heard_millis() - self.since_millis < HOURS_KNOWN_AFTER_MILLIS;
        let is_young = self.events < ENTITY_EVENTS_MIN;
        let share_learned = (self.events as f32 / ENTITY_EVENTS_MIN as f32).min(1.0);
        let events = (self.weight / gain).round() as u64;
        let aspect = &mut self.aspects[thing];
        let share = (aspect.firsts + gain / 2.0) / (aspect.sights + gain);
        aspect.sights += gain;
        let key = short_key(key);
        if let Some((_, weight)) = aspect.known.iter_mut().find(|(known, _)| *known == key) {
            *weight += gain;
            return None;
        }
        aspect.firsts += gain;
        if aspect.known.len() >= KNOWN_MAX[thing]
            && let Some(at) = lightest_of(&aspect.known)
        {
            aspect.known.swap_remove(at);
        }
        aspect.known.push((key, gain));
        let bits = (-log2(share)).clamp(0.0, BITS_MAX) * share_learned;
        (!is_too_young && bits > 0.0).then_some(Unmet { bits, events, is_young })
    }

    /// Counts one event of the present minute.
    pub(super) fn count_in_minute(&mut self, clock: &Clock) -> Option<Burst> {
        let (rate, gain) = (&mut self.rate, clock.gain());
        if rate.minute != clock.minutes() {
            rate.peak = rate.peak.max(rate.in_minute as f32 * gain);
            rate.minutes = rate.minutes.saturating_add(1);
            (rate.minute, rate.in_minute) = (clock.minutes(), 0);
        }
        rate.in_minute = rate.in_minute.saturating_add(1);
        let (count, peak) = (rate.in_minute, rate.peak / gain);
        let factor = count as f32 / (peak * BURST_FACTOR).max(1.0);
        if count < BURST_EVENTS_MIN || factor <= 1.0 || rate.minutes <= BURST_MINUTES_MIN {
            return None;
        }
        Some(Burst { bits: (2.0 + 2.0 * log2(factor)).min(BURST_BITS_MAX), count, peak })
    }

    fn rescale(&mut self, factor: f32) {
        self.weight *= factor;
        self.rate.peak *= factor;
        for aspect in &mut self.aspects {
            aspect.sights *= factor;
            aspect.firsts *= factor;
            aspect.known.retain_mut(|(_, weight)| {
                *weight *= factor;
                *weight >= WEIGHT_MIN
            });
        }
    }

    fn is_sound(&self) -> bool {
        let is_weight = |weight: f32| weight.is_finite() && weight >= 0.0;
        let is_aspect = |(aspect, known_max): (&Aspect, usize)| {
            is_weight(aspect.sights)
                && is_weight(aspect.firsts)
                && aspect.known.len() <= known_max
                && aspect.known.iter().all(|(_, weight)| is_weight(*weight))
        };
        is_weight(self.weight)
            && is_weight(self.rate.peak)
            && self.since_millis >= 0
            && self.aspects.iter().zip(KNOWN_MAX).all(is_aspect)
    }
}

#[cfg(test)]
mod tests {
    use radar_types::Timestamp;

    use super::*;

    fn clock_at(clock: &mut Clock, minute: i64) {
        let time = Timestamp::saturating_from_unix_millis(minute * 60_000);
        clock.tick(time, time);
    }

    #[test]
    fn a_new_value_surprises_at_an_entity_that_has_few() {
        let mut clock = Clock::new(1 << 40);
        let mut entities = Entities::default();
        for minute in 0..1000 {
            clock_at(&mut clock, minute);
            let few = entities.meet(1, &clock, 10);
            few.see(USER, minute as u64 % 2, &clock);
            let many = entities.meet(2, &clock, 10);
            many.see(USER, minute as u64, &clock);
        }
        let unmet = entities.meet(1, &clock, 10).see(USER, 7, &clock).unwrap();
        assert!(unmet.bits > 8.0 && unmet.events == 1001, "{unmet:?}");
        assert_eq!(entities.meet(1, &clock, 10).see(USER, 7, &clock), None);
        assert!(entities.meet(2, &clock, 10).see(USER, 7, &clock).unwrap().bits < 0.1);
        assert!(entities.is_sound());
    }

    #[test]
    fn hours_are_known_after_days() {
        let check = |days: i64, expected: bool| {
            let mut clock = Clock::new(1 << 40);
            let mut entities = Entities::default();
            for minute in 0..days * 24 * 60 {
                clock_at(&mut clock, minute);
                entities.meet(1, &clock, 10).see(HOUR, 9, &clock);
            }
            assert_eq!(entities.meet(1, &clock, 10).see(HOUR, 3, &clock).is_some(), expected, "{days}");
        };
        check(1, false);
        check(4, true);
    }

    #[test]
    fn more_than_ever_in_a_minute_is_a_burst() {
        let mut clock = Clock::new(1 << 40);
        let mut entities = Entities::default();
        let mut bursts = 0;
        for minute in 0..100 {
            clock_at(&mut clock, minute);
            for _ in 0..if minute == 50 { 15 } else { 10 } {
                bursts += usize::from(entities.meet(1, &clock, 10).count_in_minute(&clock).is_some());
            }
        }
        assert_eq!(bursts, 0);
        clock_at(&mut clock, 100);
        let last = (0..60).map(|_| entities.meet(1, &clock, 10).count_in_minute(&clock)).last().flatten().unwrap();
        assert_eq!((last.count, last.peak.round(), last.bits.round()), (60, 15.0, 4.0));
    }

    #[test]
    fn established_entities_outlive_a_flood() {
        let clock = Clock::new(1 << 40);
        let mut entities = Entities::default();
        (0..5).for_each(|_| _ = entities.meet(1, &clock, 100));
        for key in 2..50_000 {
            entities.meet(key, &clock, 100);
            assert!(entities.count() <= 100);
        }
        assert_eq!(entities.get(1).unwrap().events, 5);
    }
}
