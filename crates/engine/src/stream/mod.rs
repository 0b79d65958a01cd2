//! A stream of live events: what was usual so far, learned one event after the other.
//!
//! Each event is held against what was known before it, then learned. It is new by its template and
//! words, by who and what takes part in it (source, host, user, network of the address), by what was
//! not seen together before (a user on a host, a template at an address, anybody at this hour, another
//! user in a session), by values and numbers not seen in their place, and by more events in a minute
//! than ever. Each sign counts in bits of surprise, and no more than signs of its kind are rare: where
//! new users come every minute, one more is no news. So a stream calibrates itself, and its first day
//! is no wall of alerts.
//!
//! What it knows fades with a half-life, in the stream's own time (see `clock`), and every part of it is
//! bounded: what weighs least, by how often and how recently it was seen, is forgotten first. The same
//! events in the same order give the same verdicts, in batches of any size, and with a restart in
//! between ([`Stream::to_bytes`]).
//!
//! It says nothing of whether content is bad; that is the model's part, and [`Engine::follow`]
//! puts both together.
//!
//! [`Engine::follow`]: crate::Engine::follow

mod clock;
mod ensemble;
mod entity;
mod evidence;
mod pace;
mod recent;
mod seen;
mod slot;
mod sorted;
mod state;
mod table;

use radar_types::wire::Learning;
use radar_types::{Event, EventId, Reason, Timestamp};
use serde::{Deserialize, Serialize};

use self::clock::{Clock, HALF_LIFE_MILLIS};
use self::entity::{ENTITY_EVENTS_MIN, Entities, HOST, HOUR, NETWORK, SOURCE, TEMPLATE, THINGS, USER, Unmet};
use self::evidence::{Evidence, What};
use self::pace::Pace;
use self::recent::Recent;
use self::seen::Seen;
use self::slot::{Odd, Slots};
use self::table::Table;
use crate::analyze::{Calibration, LOW, NAMED, Sight, read, words};
use crate::template::{Hash, Masks, Miner, TemplateId};

pub use self::state::StateError;

/// What a stream says of one event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Novelty {
    /// From 0 to 1, on the `ensemble` scale.
    pub score: f32,
    /// About how many bits more surprising than an event of no interest.
    pub bits: f32,
    /// Strongest first. There is one wherever the score is low or above.
    pub reasons: Vec<Reason>,
    pub template: Option<TemplateId>,
}

/// Of whom a stream knows what they usually do. Templates come before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    Source = 1,
    Host,
    User,
    Address,
    Session,
}

/// What is known of a stream of events.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stream {
    clock: Clock,
    events: u64,
    miner: Miner,
    words: Table,
    /// How often each was seen, by what it is; hours have no table.
    things: [Table; HOUR],
    /// Of templates, then by [`EntityKind`].
    entities: [Entities; KINDS],
    slots: Slots,
    paces: Paces,
    recent: Recent,
}

/// How often each kind of news comes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Paces {
    /// Of new templates, by how many of their words are new too: a known message with another name in
    /// it is one thing, a message nobody ever wrote another.
    messages: [Pace; NEW_WORDS_MAX + 1],
    /// That of templates is never met.
    things: [Pace; HOUR],
    /// By the entity's kind and what it was not seen with.
    pairs: [[Pace; THINGS]; KINDS],
    value: Pace,
    number: Pace,
    bursts: [Pace; KINDS],
}

/// Words of a message that no remembered one has.
#[derive(Clone, Copy, Debug, Default)]
struct NewWords<'a> {
    count: usize,
    first: Option<&'a str>,
}

const KINDS: usize = 6;
/// More new words make a message no newer.
const NEW_WORDS_MAX: usize = 2;
const SESSION: usize = EntityKind::Session as usize;
const KIND_NAMES: [&str; KINDS] = ["", "source", "host", "user", "address", "session"];

/// Until a stream has heard so many events, in so many minutes, it is learning and speaks softly.
const EVENTS_NEEDED: u64 = 1_000;
const MINUTES_NEEDED: u64 = 60;

/// What is remembered at most, of each kind.
const WORDS_MAX: usize = 20_000;
const THINGS_MAX: [usize; HOUR] = [TEMPLATES_MAX, 4_096, 8_192, 16_384, 16_384];
const ENTITIES_MAX: [usize; KINDS] = [TEMPLATES_MAX, 2_048, 4_096, 8_192, 8_192, 4_096];
const TEMPLATES_MAX: usize = 4_096;
/// A miner that holds so many gives up those that are seen least.
const MINER_TEMPLATES_MAX: usize = 5_000;
const SLOTS_MAX: usize = 16_384;
/// Values of one event that are looked at.
const SIGHTS_MAX: usize = 96;

/// Surprise up to here is part of any event.
const ORDINARY_BITS: f32 = 2.0;
const NEW_SHARE: f32 = 0.8;
const RARE_SHARE: f32 = 0.5;
const WORD_SHARE: f32 = 0.3;
const PAIR_SHARE: f32 = 0.8;
/// Hosts and users do some things seldom.
const PAIR_TEMPLATE_SHARE: f32 = 0.5;
const VALUE_SHARE: f32 = 0.5;
const BURST_SHARE: f32 = 0.7;
/// In all, so many bits are ordinary.
const UPPER_BITS: f32 = 1.0;
/// Below low, whatever it is called.
const UNTOLD_SCORE_MAX: f32 = 0.49;

impl Default for Stream {
    fn default() -> Self {
        Self::new(HALF_LIFE_MILLIS)
    }
}

impl Stream {
    /// An empty one, in which a sight counts half after `half_life_millis`.
    pub fn new(half_life_millis: i64) -> Self {
        Self {
            clock: Clock::new(half_life_millis),
            events: 0,
            miner: Miner::new(Masks::default()),
            words: Table::default(),
            things: Default::default(),
            entities: Default::default(),
            slots: Slots::default(),
            paces: Paces::default(),
            recent: Recent::default(),
        }
    }

    /// Says how new an event is, and learns it; one of the latest events that comes again is not
    /// learned again. `now` is the present, beyond which no event's time is believed.
    pub fn observe(&mut self, id: EventId, event: &Event, now: Timestamp) -> Novelty {
        if let Some(said) = self.recent.get(id) {
            return Novelty { template: self.miner.find(&event.message), ..said };
        }
        let is_punctual = self.clock.tick(event.timestamp, now);
        if let Some(factor) = self.clock.take_rescaling() {
            self.rescale(factor);
        }
        let learning = self.learning().share();
        let seen = Seen::of(event);
        let mut signs = Vec::new();
        let template = self.meet(&seen, is_punctual, &mut signs);
        self.events += 1;
        let bits = evidence::total(&mut signs) * learning;
        let score = score_of(bits);
        let reasons = if score >= LOW { evidence::reasons(&signs) } else { Vec::new() };
        let novelty = Novelty { score, bits, reasons, template: Some(template) };
        self.recent.add(id, &novelty);
        novelty
    }

    /// How far it is from knowing what is usual.
    pub fn learning(&self) -> Learning {
        Learning {
            events: self.events,
            events_needed: EVENTS_NEEDED,
            minutes: self.clock.minutes(),
            minutes_needed: MINUTES_NEEDED,
        }
    }

    /// The same of one host, user and so on: how many of its events are known, of how many that are
    /// needed. `None` for one that is not known.
    pub fn learning_of(&self, kind: EntityKind, name: &str) -> Option<Learning> {
        let key = crate::analyze::hash(name);
        let entity = self.entities[kind as usize].get(key)?;
        Some(Learning {
            events: u64::from(entity.events),
            events_needed: u64::from(ENTITY_EVENTS_MIN),
            minutes: self.clock.minutes(),
            minutes_needed: MINUTES_NEEDED,
        })
    }

    /// How much is remembered, by what it is: for bounds, and for people who ask.
    pub fn sizes(&self) -> Vec<(&'static str, usize)> {
        let things = ["templates", "sources", "hosts", "users", "networks"];
        let entities = ["template entities", "source entities", "host entities", "user entities", "addresses", "sessions"];
        let mut sizes = vec![("words", self.words.values()), ("slots", self.slots.count()), ("mined", self.miner.size())];
        sizes.extend(things.into_iter().zip(self.things.iter().map(Table::values)));
        sizes.extend(entities.into_iter().zip(self.entities.iter().map(Entities::count)));
        sizes
    }

    /// Meets all there is about an event and learns it, part by part.
    fn meet<'a>(&mut self, seen: &'a Seen<'_>, is_punctual: bool, signs: &mut Vec<Evidence<'a>>) -> TemplateId {
        let mut sights = Vec::new();
        let signature = read(&seen.record, self.miner.masks(), &mut sights);
        let message: &'a str = &seen.record.message;
        let is_shape_known = self.miner.knows(signature);
        if self.miner.is_crowded(MINER_TEMPLATES_MAX) {
            self.thin_out();
        }
        let template = self.miner.absorb(signature, message, 1);
        let mut things = seen.things;
        things[TEMPLATE] = Some(template.0);

        let new_words = if is_shape_known { NewWords::default() } else { self.meet_words(message) };
        let new = self.meet_things(seen, &things, new_words, signs);
        self.meet_entities(seen, &things, is_punctual, new, signs);
        self.meet_values(seen, &sights, template.0, signs);
        template
    }

    fn meet_words<'a>(&mut self, message: &'a str) -> NewWords<'a> {
        let gain = self.clock.gain();
        let mut new = NewWords::default();
        for (word, key) in words(message, &Masks::default()) {
            if self.words.see(key, gain, WORDS_MAX).is_none() {
                new.first = new.first.or(Some(word));
                new.count += 1;
            }
        }
        new
    }

    /// What each thing counts that is new altogether.
    fn meet_things<'a>(
        &mut self,
        seen: &'a Seen<'_>,
        things: &[Option<u64>; THINGS],
        new_words: NewWords<'a>,
        signs: &mut Vec<Evidence<'a>>,
    ) -> [f32; THINGS] {
        let mut new = [0.0; THINGS];
        let gain = self.clock.gain();
        for (thing, table) in self.things.iter_mut().enumerate() {
            let Some(key) = things[thing] else { continue };
            let name = seen.names[thing];
            let before = table.see(key, gain, THINGS_MAX[thing]);
            let pace = match thing {
                TEMPLATE => &mut self.paces.messages[new_words.count.min(NEW_WORDS_MAX)],
                _ => &mut self.paces.things[thing],
            };
            let (bits, count) = match before {
                None => ((pace.meet(&self.clock) - ORDINARY_BITS) * NEW_SHARE, 0),
                // What has faded to less than half a sight is as good as once.
                Some(weight) => ((table.bits(weight) - ORDINARY_BITS) * RARE_SHARE, ((weight / gain).round() as u64).max(1)),
            };
            if bits <= 0.0 {
                continue;
            }
            if before.is_none() {
                new[thing] = bits;
            }
            let events = (table.total() / f64::from(gain)).round() as u64;
            signs.push(Evidence { bits, what: What::Thing { thing, name, count, events } });
            if let (TEMPLATE, None, Some(word)) = (thing, before, new_words.first) {
                signs.push(Evidence { bits: bits * WORD_SHARE, what: What::Word { word } });
            }
        }
        new
    }

    /// What the entities of this event say to each other.
    fn meet_entities<'a>(
        &mut self,
        seen: &'a Seen<'_>,
        things: &[Option<u64>; THINGS],
        is_punctual: bool,
        new: [f32; THINGS],
        signs: &mut Vec<Evidence<'a>>,
    ) {
        let keys = [things[TEMPLATE], things[SOURCE], things[HOST], things[USER], seen.address, seen.session.map(|(_, key)| key)];
        let mut unmet: [[Option<Unmet>; THINGS]; KINDS] = [[None; THINGS]; KINDS];
        let mut strongest: Option<Evidence<'a>> = None;
        let name_of = |kind: usize| match kind {
            SESSION => seen.session.map_or("", |(name, _)| name),
            // Its place among the names is that of its network.
            kind => seen.names[kind],
        };
        for (kind, key) in keys.iter().enumerate() {
            let Some(key) = key else { continue };
            let entity = self.entities[kind].meet(*key, &self.clock, ENTITIES_MAX[kind]);
            // No entity is seen with itself, and sessions are too short to have hours.
            for (thing, value) in things.iter().enumerate().filter(|(thing, _)| *thing != kind) {
                if let Some(value) = value {
                    unmet[kind][thing] = entity.see(thing, *value, &self.clock);
                }
            }
            let burst = if is_punctual { entity.count_in_minute(&self.clock) } else { None };
            if let Some(burst) = burst {
                let bits = burst.bits.min(self.paces.bursts[kind].meet(&self.clock)) * BURST_SHARE;
                let what = What::Burst { owner: KIND_NAMES[kind], owner_name: name_of(kind), count: burst.count, peak: burst.peak };
                keep_strongest(&mut strongest, Evidence { bits, what });
            }
        }
        signs.extend(strongest);

        for kind in SOURCE..KINDS {
            let mut strongest: Option<Evidence<'a>> = None;
            for (thing, own) in unmet[kind].into_iter().enumerate() {
                let Some(own) = own else { continue };
                let mut bits = own.bits;
                // Sessions and hours are no things and no entities: nobody speaks for the other side.
                if thing < HOUR && kind < SESSION && keys[thing].is_some() {
                    let other = unmet[thing][kind].unwrap_or_default();
                    // Told once, by the side that knows more.
                    if thing != TEMPLATE && (other.events, thing) > (own.events, kind) {
                        continue;
                    }
                    bits = if other.is_young { bits } else { bits.min(other.bits) };
                }
                if bits <= ORDINARY_BITS {
                    continue;
                }
                let bits = bits.min(self.paces.pairs[kind][thing].meet(&self.clock)) - ORDINARY_BITS;
                let bits = bits * if thing == TEMPLATE { PAIR_TEMPLATE_SHARE } else { PAIR_SHARE };
                // What is new to everybody is new here too.
                if bits <= new[thing] {
                    continue;
                }
                let (owner, owner_name, events) = (KIND_NAMES[kind], name_of(kind), own.events);
                let what = What::Pair { thing, name: seen.names[thing], hour: seen.hour, owner, owner_name, events };
                keep_strongest(&mut strongest, Evidence { bits, what });
            }
            signs.extend(strongest);
        }
    }

    fn meet_values<'a>(&mut self, seen: &Seen<'_>, sights: &[Sight<'a>], template: u64, signs: &mut Vec<Evidence<'a>>) {
        let mut value: Option<Evidence<'a>> = None;
        let mut number: Option<Evidence<'a>> = None;
        for sight in sights.iter().take(SIGHTS_MAX) {
            // Who takes part was met already.
            if [USER, HOST, NETWORK].iter().any(|thing| seen.names[*thing] == sight.text) {
                continue;
            }
            let key = match sight.name {
                Some(name) => slot_key(name, NAMED),
                None => slot_key(template, sight.place),
            };
            let slot = self.slots.meet(key, &self.clock, SLOTS_MAX);
            let odd = match sight.number {
                Some(number) => slot.see_number(number, &self.clock),
                None => slot.see_value(sight.value, &self.clock),
            };
            match odd {
                Some(Odd::Value { bits, sights }) => {
                    let bits = (bits.min(self.paces.value.meet(&self.clock)) - ORDINARY_BITS) * VALUE_SHARE;
                    let what = What::Value { text: sight.text, sights: u64::from(sights) };
                    keep_strongest(&mut value, Evidence { bits, what });
                }
                Some(Odd::Number { bits, usual, spreads }) => {
                    let bits = (bits.min(self.paces.number.meet(&self.clock)) - ORDINARY_BITS) * VALUE_SHARE;
                    keep_strongest(&mut number, Evidence { bits, what: What::Far { text: sight.text, usual, spreads } });
                }
                None => {}
            }
        }
        signs.extend(value);
        signs.extend(number);
    }

    /// Makes room among the templates: what is seen least goes.
    fn thin_out(&mut self) {
        let kept: std::collections::HashSet<u64> = self.things[TEMPLATE].heaviest(TEMPLATES_MAX * 3 / 4).into_iter().collect();
        self.miner.retain(|id| kept.contains(&id.0));
        self.things[TEMPLATE].keep(|key| kept.contains(&key));
        self.entities[TEMPLATE].keep(|key| kept.contains(&key));
    }

    fn rescale(&mut self, factor: f32) {
        self.words.rescale(factor);
        self.slots.rescale(factor);
        self.things.iter_mut().for_each(|table| table.rescale(factor));
        self.entities.iter_mut().for_each(|entities| entities.rescale(factor));
        self.paces.all_mut().for_each(|pace| pace.rescale(factor));
    }

    /// Whether it can have come from here, whatever the bytes said.
    fn is_sound(&self) -> bool {
        let things = self.things.iter().zip(THINGS_MAX).all(|(table, most)| table.is_sound() && table.values() <= most);
        let entities = self.entities.iter().zip(ENTITIES_MAX).all(|(known, most)| known.is_sound() && known.count() <= most);
        let words = self.words.is_sound() && self.words.values() <= WORDS_MAX;
        let slots = self.slots.is_sound() && self.slots.count() <= SLOTS_MAX;
        let paces = self.paces.clone().all_mut().all(|pace| pace.is_sound());
        let miner = self.miner.size() <= MINER_TEMPLATES_MAX + 1;
        self.clock.is_sound() && self.recent.is_sound() && miner && things && entities && words && slots && paces
    }
}

impl Paces {
    fn all_mut(&mut self) -> impl Iterator<Item = &mut Pace> {
        let single = [&mut self.value, &mut self.number];
        single
            .into_iter()
            .chain(&mut self.messages)
            .chain(&mut self.things)
            .chain(self.pairs.as_flattened_mut())
            .chain(&mut self.bursts)
    }
}

/// As in files beyond the ordinary; below, what surprises nobody is 0, so that the model's word stands.
fn score_of(bits: f32) -> f32 {
    let calibration = Calibration::of(0.0, UPPER_BITS);
    if bits < UPPER_BITS { calibration.score(UPPER_BITS) * bits.max(0.0) / UPPER_BITS } else { calibration.score(bits) }
}

fn keep_strongest<'a>(kept: &mut Option<Evidence<'a>>, sign: Evidence<'a>) {
    if sign.bits > 0.0 && kept.as_ref().is_none_or(|kept| kept.bits < sign.bits) {
        *kept = Some(sign);
    }
}

fn slot_key(owner: u64, place: u8) -> u64 {
    let mut hash = Hash::default();
    hash.word(owner);
    hash.word(u64::from(place));
    hash.finish()
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
