//! Single lines of any text log.
//!
//! A line stands out by its template (new, rare, of rare words), by how much it speaks of trouble
//! against the rest of its log, by who and what is in it (users, sources, hosts, addresses, named
//! values) and by numbers far from those in the same place. Each counts in bits of surprise, which
//! makes them comparable without labels; the calibration turns their sum into 0..1.
//!
//! An input may be learned and then judged itself, or learned as the baseline of another.

use std::collections::BTreeMap;

use radar_types::{Level, Reason, Timestamp};

use super::calibration::Calibration;
use super::map::Map;
use super::part::{self, Part, What, total};
use super::seen::{ADDRESS, HOST, HOUR, LEVELS, NAMED, PAIR, SOURCE, Seen, Sight, USER, VALUES_MAX};
use super::seen::{hash, level_of, network, pair, read, words};
use super::slot::Slot;
use super::tally::Tally;
use super::trouble::{Trouble, level_points, trouble};
use super::{LOW, Verdict};
use crate::feature::line::{self, RARITIES};
use crate::feature::{Facts, Found, Subject, Topic, is_response, log2};
use crate::read::Record;
use crate::template::{Masks, Miner, TemplateId};

/// What is known of a log's lines.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    miner: Miner,
    seen: Seen,
    words: Tally,
    templates: Tally,
    /// Points of trouble in quarters, with how many lines have so many or more.
    trouble: BTreeMap<i32, u64>,
    slots: Map<(TemplateId, u8), Slot>,
    known: Map<u64, Known>,
    minutes: Map<(TemplateId, i64), u32>,
    minutes_active: usize,
    first_lines: Map<TemplateId, u64>,
    norms: line::Norms,
    calibration: Calibration,
}

/// What some records have in common with others; see [`Lines::summarise`].
#[derive(Clone, Debug, Default)]
pub struct Summary {
    seen: Seen,
}

/// What is known of a signature once learning has ended.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    template: Option<TemplateId>,
    template_bits: f32,
    word_bits: f32,
    trouble_points: f32,
}

/// What weighing one record after the other uses again.
#[derive(Default)]
struct Scratch<'a> {
    parts: Vec<Part<'a>>,
    sights: Vec<Sight<'a>>,
}

/// Surprise up to here is part of any line.
const ORDINARY_BITS: f32 = 2.0;
/// A code goes with its template, which counts already.
const ORDINARY_CODE_BITS: f32 = 4.0;
const TEMPLATE_SHARE: f32 = 0.8;
const WORD_SHARE: f32 = 0.3;
/// What a point of trouble is worth for each bit of its surprise.
const POINT_SHARE: f32 = 0.3;
/// A warning alone, or a slight word, is part of any log.
const POINTS_ORDINARY: f32 = 1.0;
/// Trouble that is rarer is no worse for it.
const SURPRISE_BITS_MAX: f32 = 3.5;
/// Among so many values the rarest counts in full.
const FEW_VALUES: f32 = 6.0;
const ATTACK_BITS: f32 = 8.0;
const HOURS_MIN: usize = 6;
const HOURS_SPAN_MILLIS_MIN: i64 = 36 * 3_600_000;
/// Nearer to the mean is nothing to speak of.
const MEASURE_DEVIATIONS_MIN: f32 = 3.0;
/// So many of a log's lines are ordinary; some logs are a tenth alerts.
const ORDINARY_SHARE: f32 = 0.85;

impl Summary {
    pub(super) fn is_empty(&self) -> bool {
        self.seen.lines == 0
    }
}

impl Lines {
    pub fn new(masks: Masks) -> Self {
        Self { miner: Miner::new(masks), ..Self::default() }
    }

    pub fn miner(&self) -> &Miner {
        &self.miner
    }

    pub fn summarise<'a>(&self, records: impl IntoIterator<Item = &'a Record<'a>>) -> Summary {
        let mut seen = Seen::default();
        let mut sights = Vec::new();
        for record in records {
            seen.see(record, self.miner.masks(), &mut sights);
        }
        Summary { seen }
    }

    pub fn absorb(&mut self, summary: Summary) {
        for signature in &summary.seen.order {
            if let Some(found) = summary.seen.signatures.get(signature) {
                self.miner.absorb(*signature, &found.example, u64::from(found.count));
            }
        }
        self.seen.merge(summary.seen);
    }

    pub fn settle(&mut self) {
        (self.words, self.templates) = (Tally::default(), Tally::default());
        self.trouble.clear();
        self.slots.clear();
        self.minutes.clear();
        self.first_lines.clear();
        self.seen.tallies.iter_mut().for_each(Tally::settle);
        let mut found: Vec<(u64, TemplateId, f32)> = Vec::with_capacity(self.seen.order.len());
        for hash in &self.seen.order {
            let Some(signature) = self.seen.signatures.get(hash) else { continue };
            let Some(template) = self.miner.find_signed(*hash, &signature.example) else { continue };
            self.templates.add(template.0, signature.count, VALUES_MAX);
            let first = self.first_lines.entry(template).or_insert(signature.first_line);
            *first = signature.first_line.min(*first);
            for (_, word) in words(&signature.example, self.miner.masks()) {
                self.words.add(word, signature.count, VALUES_MAX);
            }
            let points = trouble(&signature.example).points;
            for (level, count) in LEVELS.into_iter().zip(signature.levels) {
                *self.trouble.entry(quarters(points, level)).or_default() += u64::from(count);
            }
            found.push((*hash, template, points));
        }
        let mut more = 0;
        for count in self.trouble.values_mut().rev() {
            more += *count;
            *count = more;
        }
        // Every line counts, whether there was room for its signature or not.
        self.words.set_total(self.seen.lines);
        self.words.settle();
        self.templates.settle();
        self.settle_slots();
        self.known.clear();
        for (hash, template, trouble_points) in found {
            let Some(signature) = self.seen.signatures.get(&hash) else { continue };
            let word_bits = self.rarest_word(&signature.example).map_or(0.0, |(bits, ..)| bits);
            let template_bits = self.templates.bits(template.0);
            self.known.insert(hash, Known { template: Some(template), template_bits, word_bits, trouble_points });
        }
        let mut scratch = Scratch::default();
        let raw = self.seen.samples.records().map(|record| {
            self.weigh(record, false, &mut scratch);
            total(&mut scratch.parts)
        });
        self.calibration = Calibration::fit(raw.collect(), ORDINARY_SHARE);
        let facts: Vec<Facts> = self.seen.samples.records().map(facts).collect();
        self.norms = line::Norms::of(&facts);
    }

    /// The records that were kept as a sample of what was learned.
    pub(super) fn sample(&self) -> Vec<&Record<'static>> {
        self.seen.samples.records().collect()
    }

    /// Rows of the schema `event`, one after the other.
    pub(super) fn features(&self, records: &[&Record<'_>]) -> Vec<f32> {
        let mut scratch = Scratch::default();
        let mut rows = Vec::with_capacity(records.len() * line::WIDTH);
        for record in records {
            let template = self.weigh(record, false, &mut scratch);
            let mut rarities = [0.0_f32; RARITIES];
            for part in &scratch.parts {
                let rarity = &mut rarities[part.what.rarity() as usize];
                *rarity = rarity.max(part.bits);
            }
            let first = template.and_then(|template| self.first_lines.get(&template)).copied().unwrap_or(record.line);
            let age = record.line.saturating_sub(first) as f32 / self.seen.lines.max(1) as f32;
            line::push(&facts(record), &self.norms, &rarities, age, &mut rows);
        }
        rows
    }

    /// What speaks against a record, however little that is.
    pub(super) fn evidence(&self, record: &Record<'_>) -> Vec<Reason> {
        let mut scratch = Scratch::default();
        self.weigh(record, true, &mut scratch);
        total(&mut scratch.parts);
        scratch.parts.retain(|part| part.bits > 0.0);
        let mut reasons = part::reasons(&scratch.parts);
        let facts = facts(record);
        if let Some((measure, deviations)) = self.norms.farthest(&facts).filter(|(_, z)| z.abs() >= MEASURE_DEVIATIONS_MIN) {
            let (name, found) = measure.told(&facts);
            let side = if deviations > 0.0 { "above" } else { "below" };
            let text = format!("{name} is {found}, {:.1} standard deviations {side} this log's mean", deviations.abs());
            reasons.push(Reason { code: "measure".into(), text });
        }
        reasons
    }

    pub fn judge<'a>(&'a self, records: impl IntoIterator<Item = &'a Record<'a>>) -> Vec<Verdict> {
        let mut scratch = Scratch::default();
        records.into_iter().map(|record| self.verdict(record, &mut scratch)).collect()
    }

    fn verdict<'a>(&'a self, record: &'a Record<'_>, scratch: &mut Scratch<'a>) -> Verdict {
        let template = self.weigh(record, false, scratch);
        let raw = total(&mut scratch.parts);
        let score = self.calibration.score(raw);
        let mut reasons: Vec<Reason> = Vec::new();
        if score >= LOW {
            self.weigh(record, true, scratch);
            total(&mut scratch.parts);
            reasons = part::reasons(&scratch.parts);
        }
        Verdict { score, raw, template, reasons }
    }

    /// Everything that speaks against a record, in any order. Most records are of no interest, so the
    /// words that a reason quotes are looked up only where it `is_told`.
    fn weigh<'a>(&'a self, record: &'a Record<'_>, is_told: bool, scratch: &mut Scratch<'a>) -> Option<TemplateId> {
        let Scratch { parts, sights } = scratch;
        parts.clear();
        let message: &'a str = &record.message;
        let signature = read(record, self.miner.masks(), sights);
        let known = self.known.get(&signature).copied().unwrap_or_else(|| self.unknown(signature, message));
        let events = self.seen.lines;

        self.weigh_template(message, &known, is_told, parts);
        let severity_bits = self.weigh_trouble(record, &known, is_told, parts);
        if let Some(pattern) = Found::in_message(message).of(Topic::Attack).next() {
            parts.push(Part { bits: ATTACK_BITS, what: What::Attack { pattern } });
        }
        self.weigh_names(record, parts);

        self.weigh_values(sights, known.template, parts);
        if let (Some(template), Some(time)) = (known.template, record.time) {
            self.weigh_burst(template, time.unix_millis().div_euclid(60_000), severity_bits, parts);
        }
        parts.retain(|part| part.bits > 0.0);
        if parts.is_empty() {
            let count = known.template.map_or(0, |template| u64::from(self.templates.count(template.0)));
            parts.push(Part { bits: 0.0, what: What::RareTemplate { count, events } });
        }
        known.template
    }

    fn weigh_values<'a>(&self, sights: &[Sight<'a>], template: Option<TemplateId>, parts: &mut Vec<Part<'a>>) {
        let mut rarest: Option<Part<'a>> = None;
        let mut farthest: Option<Part<'a>> = None;
        for sight in sights {
            let slot = match (sight.name, template) {
                (Some(name), _) => self.slots.get(&(TemplateId(name), NAMED)),
                (None, Some(template)) => self.slots.get(&(template, sight.place)),
                (None, None) => None,
            };
            let Some(slot) = slot else { continue };
            let weight = if sight.name.is_some() { 1.0 } else { 0.5 };
            // A number without a name is seldom a code.
            let code = sight.number.filter(|_| sight.name.is_some()).and_then(|_| slot.rare_code(sight.value));
            if let Some(far) = sight.number.filter(|_| code.is_none()).and_then(|number| slot.far(number, self.seen.lines)) {
                let what = What::Far { name: sight.label, text: sight.text, middle: far.middle, spreads: far.spreads };
                keep_strongest(&mut farthest, Part { bits: far.bits * weight, what });
            } else if let Some((bits, count, events)) = code.or_else(|| slot.rare(sight.value)) {
                let ordinary = if code.is_some() { ORDINARY_CODE_BITS } else { ORDINARY_BITS };
                let bits = (bits - ordinary) * weight;
                let what = What::RareValue { name: sight.label, text: sight.text, count: u64::from(count), events };
                keep_strongest(&mut rarest, Part { bits, what });
            }
        }
        // Of many values one is always rare: the rarest of them says less the more there are to choose from.
        let choice_bits = log2(sights.len() as f32 / FEW_VALUES).max(0.0);
        for part in [&mut rarest, &mut farthest].into_iter().flatten() {
            part.bits -= choice_bits;
        }
        parts.extend(rarest);
        parts.extend(farthest);
    }

    fn weigh_template<'a>(&'a self, message: &'a str, known: &Known, is_told: bool, parts: &mut Vec<Part<'a>>) {
        let events = self.seen.lines;
        let bits = (known.template_bits - ORDINARY_BITS) * TEMPLATE_SHARE;
        let what = match known.template {
            None => What::NewTemplate { events },
            Some(template) => What::RareTemplate { count: u64::from(self.templates.count(template.0)), events },
        };
        parts.push(Part { bits, what });
        if known.word_bits > ORDINARY_BITS {
            let rarest = if is_told { self.rarest_word(message) } else { None };
            let (_, word, count) = rarest.unwrap_or_default();
            let bits = (known.word_bits - ORDINARY_BITS) * WORD_SHARE;
            parts.push(Part { bits, what: What::RareWord { word, count: u64::from(count), events } });
        }
    }

    /// Trouble counts as far as the log does not always speak of it.
    fn weigh_trouble<'a>(&'a self, record: &'a Record<'_>, known: &Known, is_told: bool, parts: &mut Vec<Part<'a>>) -> f32 {
        let message: &'a str = &record.message;
        let level = level_of(record);
        let quarters = quarters(known.trouble_points, level);
        let events = self.seen.lines.max(1);
        let count = self.trouble.range(quarters..).next().map_or(0, |(_, count)| *count);
        let surprise = (events as f32 / (count as f32).max(0.5)).log2();
        let points = quarters as f32 / 4.0;
        let bits = (points - POINTS_ORDINARY) * POINT_SHARE * surprise.clamp(0.0, SURPRISE_BITS_MAX);
        if bits <= 0.0 {
            return 0.0;
        }
        let own = if is_told { trouble(message) } else { Trouble::default() };
        let what = if own.points > level_points(level) && own.word.1 > own.word.0 {
            What::Trouble { word: &message[own.word.0..own.word.1] }
        } else {
            What::Level { level, count, events }
        };
        parts.push(Part { bits, what });
        bits
    }

    fn weigh_names<'a>(&'a self, record: &'a Record<'_>, parts: &mut Vec<Part<'a>>) {
        let names = [
            (SOURCE, "rare_source", "Source", Some(&*record.source), 0.5),
            (HOST, "rare_host", "Host", Some(&*record.hostname), 0.5),
            (USER, "rare_user", "User", record.user.as_deref(), 1.0),
            (ADDRESS, "rare_address", "The network of address", record.address.as_deref(), 1.0),
        ];
        for (kind, code, what, value, weight) in names {
            let Some(value) = value.filter(|value| !value.is_empty()) else { continue };
            let tally = &self.seen.tallies[kind];
            let key = if kind == ADDRESS { network(value) } else { hash(value) };
            let what = What::Rare { code, what, value, count: u64::from(tally.count(key)), events: tally.total() };
            parts.push(Part { bits: (tally.bits(key) - ORDINARY_BITS) * weight, what });
        }
        if let Some(user) = record.user.as_deref().filter(|user| !user.is_empty()) {
            let (key, tallies) = (pair(user, &record.source), &self.seen.tallies);
            let chances = [(USER, hash(user)), (SOURCE, hash(&record.source))].map(|(kind, key)| tallies[kind].count(key) as f32);
            let count = tallies[PAIR].count(key);
            // So many were to be expected if users and sources had nothing to do with each other.
            let expected = chances[0] * chances[1] / (tallies[PAIR].total().max(1) as f32);
            let bits = if count <= 1 { expected * std::f32::consts::LOG2_E - (1.0 + expected).log2() } else { 0.0 };
            let what = What::Pair { user, source: &record.source, count: u64::from(count) };
            parts.push(Part { bits: (bits - ORDINARY_BITS).min(6.0) * 0.7, what });
        }
        if let Some(time) = record.time {
            let hour = time.millis_of_day() / 3_600_000;
            let tally = &self.seen.tallies[HOUR];
            let what = What::Hour { hour, count: u64::from(tally.count(hour as u64)), events: tally.total() };
            // An input of a day has no usual hours: its first and last are short.
            let weight = if tally.values() >= HOURS_MIN && self.seen.millis() >= HOURS_SPAN_MILLIS_MIN { 0.9 } else { 0.0 };
            parts.push(Part { bits: (tally.bits(hour as u64) - ORDINARY_BITS) * weight, what });
        }
    }

    /// Many lines of trouble in one minute. Others come in bursts by nature.
    fn weigh_burst<'a>(&'a self, template: TemplateId, minute: i64, severity_bits: f32, parts: &mut Vec<Part<'a>>) {
        const BURST_MIN: f32 = 5.0;
        let count = self.minutes.get(&(template, minute)).copied().unwrap_or_default() as f32;
        let minutes = self.minutes_active.max(1) as f32;
        let usual = (self.templates.count(template.0) as f32 - count).max(0.0) / minutes;
        if count < BURST_MIN || severity_bits <= 0.0 || count < usual * 4.0 {
            return;
        }
        let bits = (count / usual.max(0.5)).log2().min(6.0);
        parts.push(Part { bits, what: What::Burst { count: count as u64, usual } });
    }

    /// A signature that was not learned, though its template may have been.
    fn unknown(&self, signature: u64, message: &str) -> Known {
        let template = self.miner.find_signed(signature, message);
        let template_bits = self.templates.bits(template.map_or(signature, |template| template.0));
        let word_bits = self.rarest_word(message).map_or(0.0, |(bits, ..)| bits);
        Known { template, template_bits, word_bits, trouble_points: trouble(message).points }
    }

    fn rarest_word<'a>(&self, message: &'a str) -> Option<(f32, &'a str, u32)> {
        let rated =
            words(message, self.miner.masks()).map(|(word, key)| (self.words.bits_of_total(key), word, self.words.count(key)));
        rated.max_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Slots by template, where they were by signature so far.
    fn settle_slots(&mut self) {
        let mut keys: Vec<(u64, u8)> = self.seen.slots.keys().copied().collect();
        keys.sort_unstable();
        let template_of = |hash: u64| {
            let example = self.seen.signatures.get(&hash).map(|signature| signature.example.as_str());
            example.and_then(|example| self.miner.find_signed(hash, example))
        };
        for key in keys {
            let template = if key.1 == NAMED { Some(TemplateId(key.0)) } else { template_of(key.0) };
            if let (Some(template), Some(slot)) = (template, self.seen.slots.get(&key)) {
                self.slots.entry((template, key.1)).or_default().merge(slot);
            }
        }
        for slot in self.slots.values_mut() {
            slot.settle();
        }
        for ((hash, minute), count) in &self.seen.minutes {
            if let Some(template) = template_of(*hash) {
                *self.minutes.entry((template, *minute)).or_default() += count;
            }
        }
        let mut minutes: Vec<i64> = self.seen.minutes.keys().map(|(_, minute)| *minute).collect();
        minutes.sort_unstable();
        minutes.dedup();
        self.minutes_active = minutes.len();
    }
}

fn keep_strongest<'a>(kept: &mut Option<Part<'a>>, part: Part<'a>) {
    if kept.as_ref().is_none_or(|kept| kept.bits < part.bits) {
        *kept = Some(part);
    }
}

fn facts(record: &Record<'_>) -> Facts {
    Facts::of(&Subject {
        message: &record.message,
        level: level_of(record),
        time: record.time.unwrap_or(Timestamp::MIN),
        os_type: "",
        user: record.user.as_deref(),
        address: record.address.as_deref(),
        response: record.fields.iter().find(|(name, _)| is_response(name)).map(|(_, value)| value.as_ref()),
    })
}

/// Trouble of words and level together, in quarters of a point.
fn quarters(points: f32, level: Level) -> i32 {
    ((points + level_points(level)) * 4.0).round() as i32
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
