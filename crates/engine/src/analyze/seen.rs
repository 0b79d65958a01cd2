//! How often what was seen in lines: one table per kind of thing, made of a few records and merged
//! with others. Every table is bounded; what has no room is not counted, in the order of the input.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use radar_types::Level;

use super::map::Map;
use super::samples::Samples;
use super::slot::{Slot, number};
use super::tally::Tally;
use super::trouble::level_in;
use crate::read::Record;
use crate::template::{Hash, Kind, Masks, Token, hash_token, tokens};

#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) lines: u64,
    /// The first and the last time, in milliseconds.
    period: Option<(i64, i64)>,
    pub(super) signatures: Map<u64, Signature>,
    /// Signatures in the order of their first lines.
    pub(super) order: Vec<u64>,
    pub(super) tallies: [Tally; KINDS],
    /// By signature and place, or by name and [`NAMED`].
    pub(super) slots: Map<(u64, u8), Slot>,
    pub(super) minutes: Map<(u64, i64), u32>,
    pub(super) samples: Samples,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Signature {
    pub(super) example: String,
    pub(super) count: u32,
    pub(super) first_line: u64,
    pub(super) levels: [u32; 5],
}

/// A value in a record: in a slot of its message, or in a field.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight<'a> {
    /// The hash of the name in front of it, as in `user=ann`.
    pub(crate) name: Option<u64>,
    /// That name.
    pub(crate) label: &'a str,
    pub(crate) place: u8,
    pub(crate) text: &'a str,
    pub(crate) value: u64,
    pub(crate) number: Option<f64>,
}

pub(super) const SOURCE: usize = 0;
pub(super) const HOST: usize = 1;
pub(super) const USER: usize = 2;
pub(super) const ADDRESS: usize = 3;
pub(super) const PAIR: usize = 4;
pub(super) const HOUR: usize = 5;
pub(super) const KINDS: usize = 6;
/// The place of values that have a name, whatever the template.
pub(crate) const NAMED: u8 = u8::MAX;
/// The places of what goes on with a list begin here; a message has fewer tokens.
const CONTINUING: u8 = 100;
pub(super) const LEVELS: [Level; 5] = [Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Critical];
pub(super) const VALUES_MAX: usize = 200_000;
const SIGNATURES_MAX: usize = 50_000;
const SLOTS_MAX: usize = 50_000;
const MINUTES_MAX: usize = 200_000;
const FIELDS_MAX: usize = 64;
/// An example is kept up to here; no template is longer.
const EXAMPLE_BYTES_MAX: usize = 1024;

impl Seen {
    pub(super) fn see<'a>(&mut self, record: &'a Record<'_>, masks: &Masks, sights: &mut Vec<Sight<'a>>) {
        let message: &'a str = &record.message;
        let hash = read(record, masks, sights);
        if !self.signatures.contains_key(&hash) && self.signatures.len() < SIGNATURES_MAX {
            self.order.push(hash);
            self.signatures.insert(
                hash,
                Signature { example: beginning(message).to_owned(), first_line: record.line, ..Signature::default() },
            );
        }
        if let Some(signature) = self.signatures.get_mut(&hash) {
            signature.count = signature.count.saturating_add(1);
            let level = LEVELS.iter().position(|level| *level == level_of(record)).unwrap_or_default();
            signature.levels[level] = signature.levels[level].saturating_add(1);
        }
        for sight in sights.iter() {
            let key = sight.name.map_or((hash, sight.place), |name| (name, NAMED));
            let has_room = self.slots.len() < SLOTS_MAX || self.slots.contains_key(&key);
            if has_room {
                let slot = self.slots.entry(key).or_default();
                match sight.number {
                    Some(number) => slot.see_number(number, sight.value),
                    None => slot.see_value(sight.value),
                }
            }
        }
        for (kind, key) in names(record) {
            self.tallies[kind].add(key, 1, VALUES_MAX);
        }
        if let Some(time) = record.time {
            self.extend_period((time.unix_millis(), time.unix_millis()));
            add_bounded(&mut self.minutes, (hash, time.unix_millis().div_euclid(60_000)), 1);
        }
        self.samples.see(record);
        self.lines += 1;
    }

    /// How long all of it took.
    pub(super) fn millis(&self) -> i64 {
        self.period.map_or(0, |(first, last)| last - first)
    }

    fn extend_period(&mut self, (first, last): (i64, i64)) {
        let (own_first, own_last) = self.period.unwrap_or((first, last));
        self.period = Some((own_first.min(first), own_last.max(last)));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        if let Some(period) = other.period {
            self.extend_period(period);
        }
        let mut signatures = other.signatures;
        for hash in other.order {
            let Some(found) = signatures.remove(&hash) else { continue };
            let has_room = self.signatures.len() < SIGNATURES_MAX;
            match self.signatures.get_mut(&hash) {
                Some(own) => {
                    own.count = own.count.saturating_add(found.count);
                    for (own, found) in own.levels.iter_mut().zip(found.levels) {
                        *own = own.saturating_add(found);
                    }
                }
                None if has_room => {
                    self.order.push(hash);
                    self.signatures.insert(hash, found);
                }
                None => {}
            }
        }
        for (own, found) in self.tallies.iter_mut().zip(&other.tallies) {
            own.merge(found, VALUES_MAX);
        }
        let mut slots: Vec<((u64, u8), Slot)> = other.slots.into_iter().collect();
        slots.sort_unstable_by_key(|(key, _)| *key);
        for (key, slot) in slots {
            if self.slots.len() < SLOTS_MAX || self.slots.contains_key(&key) {
                self.slots.entry(key).or_default().merge(&slot);
            }
        }
        let mut minutes: Vec<((u64, i64), u32)> = other.minutes.into_iter().collect();
        minutes.sort_unstable();
        for (key, count) in minutes {
            add_bounded(&mut self.minutes, key, count);
        }
        self.samples.merge(other.samples);
    }
}

/// The signature of a record's message, and what stands in its slots and fields.
pub(crate) fn read<'a>(record: &'a Record<'_>, masks: &Masks, sights: &mut Vec<Sight<'a>>) -> u64 {
    sights.clear();
    let mut signature = Hash::default();
    let mut previous: Option<Token<'a>> = None;
    let (mut counting, mut continuing) = (0_u8, CONTINUING);
    for token in tokens(&record.message, masks) {
        hash_token(&mut signature, &token);
        let next = if token.continues { &mut continuing } else { &mut counting };
        let place = *next;
        *next += 1;
        let is_named = matches!(token.before, ":" | ": " | "=" | "=\"" | ":\"");
        let name = previous.filter(|previous| is_named && previous.kind == Kind::Word).map(|previous| name(previous.text));
        // Behind a colon stands a sentence as often as a value.
        let is_value = token.kind != Kind::Word || token.before.starts_with('=');
        if is_value {
            let label = previous.filter(|_| name.is_some()).map_or("", |previous| previous.text);
            sights.push(Sight { name, label, place, ..Sight::of(token.text, token.kind) });
        }
        previous = Some(token);
    }
    for (field, text) in record.fields.iter().take(FIELDS_MAX) {
        let number = number(text);
        let value =
            if number.is_none() && may_be_address(text) && text.parse::<IpAddr>().is_ok() { network(text) } else { hash(text) };
        sights.push(Sight { name: Some(name(field)), label: field, place: 0, text, value, number });
    }
    signature.finish()
}

/// The words of a message that are its own, with their hashes.
pub(crate) fn words<'a>(message: &'a str, masks: &Masks) -> impl Iterator<Item = (&'a str, u64)> {
    const WORD_BYTES_MIN: usize = 3;
    let is_word = |token: &Token<'_>| token.kind == Kind::Word && token.text.len() >= WORD_BYTES_MIN;
    tokens(message, masks).filter(is_word).map(|token| (token.text, name(token.text)))
}

pub(super) fn level_of(record: &Record<'_>) -> Level {
    if record.level.is_empty() { level_in(&record.message).unwrap_or(Level::Info) } else { Level::from_text(&record.level) }
}

pub(crate) fn hash(text: &str) -> u64 {
    let mut hash = Hash::default();
    hash.write(text.as_bytes());
    hash.finish()
}

pub(super) fn pair(user: &str, source: &str) -> u64 {
    let mut both = Hash::default();
    both.word(hash(user));
    both.word(hash(source));
    both.finish()
}

/// The network that an address is in, as far as its beginning tells: addresses are many, networks few.
pub(crate) fn network(text: &str) -> u64 {
    let text = text.trim_start_matches('/');
    let host = text.split_once('/').map_or(text, |(host, _)| host);
    let v4 = host.split_once(':').map_or(host, |(host, _)| host);
    if let Ok(address) = v4.parse::<Ipv4Addr>() {
        let [first, second, ..] = address.octets();
        return match address.is_private() {
            true => u64::from(first) + 1,
            false => 0x1_0000 | u64::from(first) << 8 | u64::from(second),
        };
    }
    match host.parse::<Ipv6Addr>() {
        Ok(address) => 0x1_0000_0000 | u64::from(address.segments()[0]) << 16 | u64::from(address.segments()[1]),
        Err(_) => hash(v4),
    }
}

impl<'a> Sight<'a> {
    fn of(text: &'a str, kind: Kind) -> Self {
        let is_address = kind == Kind::Address || (kind == Kind::Word && may_be_address(text) && text.parse::<IpAddr>().is_ok());
        let value = if is_address { network(text) } else { hash(text) };
        let number = if kind == Kind::Number { number(text) } else { None };
        Self { name: None, label: "", place: 0, text, value, number }
    }
}

/// What most words are not is told by their first letter.
fn may_be_address(text: &str) -> bool {
    text.as_bytes().first().is_some_and(|first| first.is_ascii_hexdigit() || *first == b':')
}

/// Everything about a record that has a table of its own.
fn names(record: &Record<'_>) -> impl Iterator<Item = (usize, u64)> {
    let filled = |text: &str| (!text.is_empty()).then(|| hash(text));
    let user = record.user.as_deref().filter(|user| !user.is_empty());
    let address = record.address.as_deref().filter(|address| !address.is_empty());
    [
        filled(&record.source).map(|key| (SOURCE, key)),
        filled(&record.hostname).map(|key| (HOST, key)),
        user.map(|user| (USER, hash(user))),
        address.map(|address| (ADDRESS, network(address))),
        user.map(|user| (PAIR, pair(user, &record.source))),
        record.time.map(|time| (HOUR, (time.millis_of_day() / 3_600_000) as u64)),
    ]
    .into_iter()
    .flatten()
}

/// The hash of a name in any case.
fn name(text: &str) -> u64 {
    let mut hash = Hash::default();
    let mut chunk = [0; 32];
    for bytes in text.as_bytes().chunks(chunk.len()) {
        let lower = &mut chunk[..bytes.len()];
        lower.copy_from_slice(bytes);
        lower.make_ascii_lowercase();
        hash.write(lower);
    }
    hash.finish()
}

fn add_bounded(minutes: &mut Map<(u64, i64), u32>, key: (u64, i64), count: u32) {
    if minutes.len() < MINUTES_MAX || minutes.contains_key(&key) {
        let own = minutes.entry(key).or_default();
        *own = own.saturating_add(count);
    }
}

pub(crate) fn beginning(message: &str) -> &str {
    &message[..message.floor_char_boundary(EXAMPLE_BYTES_MAX)]
}
