//! Sessions: the lines that share an identifier, in their order, judged as a whole.
//!
//! A session is compared with all that were learned: which templates it has that few have, which it
//! lacks that nearly all have, and which follow each other that seldom do. Means are taken over the
//! different templates and pairs of a session, so a long one is not strange for its length. That
//! one ordering of evidence serves where anomalies are among what is learned and where they are not.
//!
//! Sessions are held until they are judged. Of more than [`SESSIONS_MAX`] those that were silent
//! longest are forgotten.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use radar_types::{Reason, grouped};
use regex_lite::Regex;
use thiserror::Error;

use super::calibration::Calibration;
use super::method::{self, Members, MethodError};
use super::part::shown;
use super::seen::beginning;
use super::{LOW, Verdict};
use crate::feature::column::bits;
use crate::feature::log2;
use crate::read::Record;
use crate::template::{Masks, Miner, signature};

/// What tells which session a record belongs to.
#[derive(Clone, Debug)]
pub enum Group {
    /// `hostname`, `source`, `user`, `address`, `channel`, or a field of that name.
    Field(String),
    /// The first place in the message where it fits; its first group, where it has one.
    Pattern(Regex),
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    #[error("a group is named by a field or found by a pattern, and is neither")]
    Empty,
    #[error("{pattern:?} is no pattern: {reason}")]
    Pattern { pattern: String, reason: String },
}

/// What is known of the sessions of a log.
pub struct Sessions {
    group: Group,
    miner: Miner,
    /// The template of each signature, as its key.
    templates: HashMap<u64, u64>,
    examples: HashMap<u64, String>,
    open: HashMap<String, Session>,
    model: Model,
    calibration: Calibration,
    judges: (method::Model, Members),
}

/// What some records tell of sessions; see [`Sessions::summarise`].
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Signatures in the order of their first lines, with an example and a count.
    signatures: Vec<(u64, String, u64)>,
    /// Sessions in the order of their first lines, with their lines and signatures.
    sessions: Vec<(String, Vec<(u64, u64)>)>,
}

/// What is said of one session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionVerdict {
    pub session: String,
    pub first_line: u64,
    /// The line that contributes most.
    pub line: u64,
    pub lines: usize,
    pub verdict: Verdict,
}

/// Of a session as a row.
const COLUMNS: usize = 7;
/// Sessions that models are fitted to.
const FIT_SESSIONS_MAX: usize = 20_000;
const SESSIONS_MAX: usize = 200_000;
/// Of a longer session the beginning is judged.
const SESSION_LINES_MAX: usize = 4096;
const KEY_BYTES_MAX: usize = 256;
const EXAMPLES_MAX: usize = 100_000;
/// Pairs of templates that are told apart.
const PAIRS_MAX: usize = 500_000;
/// What a missing template counts beside one that is there.
const MISSING_SHARE: f32 = 0.25;
/// Bits of a mean weigh more than bits of one event.
const MEAN_WEIGHT: f32 = 3.0;
/// Less surprising evidence is no reason.
const REASON_BITS_MIN: f32 = 3.0;
const REASONS_MAX: usize = 5;
/// So many sessions are ordinary. Their scores lie on a slope, without the gap that lines have.
const ORDINARY_SHARE: f32 = 0.95;
/// What stands before the first event and behind the last.
const EDGE: u64 = 0;

#[derive(Clone, Debug, Default)]
struct Session {
    /// Lines with their signatures.
    events: Vec<(u64, u64)>,
    last_line: u64,
}

/// In how many sessions each thing was.
#[derive(Clone, Debug, Default)]
struct Model {
    sessions: u64,
    with: BTreeMap<u64, u64>,
    pairs: HashMap<(u64, u64), u64>,
}

/// One thing that is unusual about a session.
struct Evidence {
    bits: f32,
    line: u64,
    reason: Reason,
}

impl Group {
    /// A name of letters, digits, dots and underscores is a field, everything else a pattern.
    pub fn parse(text: &str) -> Result<Self, GroupError> {
        if text.is_empty() {
            return Err(GroupError::Empty);
        }
        let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_'));
        if is_name {
            return Ok(Self::Field(text.to_owned()));
        }
        let pattern = Regex::new(text);
        pattern.map(Self::Pattern).map_err(|error| GroupError::Pattern { pattern: text.to_owned(), reason: error.to_string() })
    }

    fn key<'a>(&self, record: &'a Record<'_>) -> Option<&'a str> {
        let key = match self {
            Self::Field(name) => field(record, name)?,
            Self::Pattern(pattern) => {
                let found = pattern.captures(&record.message)?;
                found.get(1).or_else(|| found.get(0))?.as_str()
            }
        };
        (!key.is_empty() && key.len() <= KEY_BYTES_MAX).then_some(key)
    }
}

impl Sessions {
    pub fn new(group: Group, masks: Masks) -> Self {
        Self {
            group,
            miner: Miner::new(masks),
            templates: HashMap::new(),
            examples: HashMap::new(),
            open: HashMap::new(),
            model: Model::default(),
            calibration: Calibration::default(),
            judges: Default::default(),
        }
    }

    pub fn miner(&self) -> &Miner {
        &self.miner
    }

    pub fn summarise(&self, records: &[Record<'_>]) -> Summary {
        let mut summary = Summary::default();
        let mut signatures: HashMap<u64, usize> = HashMap::new();
        let mut sessions: HashMap<&str, usize> = HashMap::new();
        for record in records {
            let Some(key) = self.group.key(record) else { continue };
            let hash = signature(&record.message, self.miner.masks());
            let at = *signatures.entry(hash).or_insert_with(|| {
                summary.signatures.push((hash, beginning(&record.message).to_owned(), 0));
                summary.signatures.len() - 1
            });
            summary.signatures[at].2 += 1;
            let at = *sessions.entry(key).or_insert_with(|| {
                summary.sessions.push((key.to_owned(), Vec::new()));
                summary.sessions.len() - 1
            });
            summary.sessions[at].1.push((record.line, hash));
        }
        summary
    }

    /// Learns the templates of a summary's lines, and goes on with its sessions.
    pub fn absorb(&mut self, summary: Summary) {
        for (hash, example, count) in &summary.signatures {
            self.miner.absorb(*hash, example, *count);
        }
        self.follow(summary);
    }

    /// Goes on with the sessions and learns nothing: after [`Sessions::settle`], for what is judged
    /// against a baseline.
    pub fn follow(&mut self, summary: Summary) {
        for (hash, example, _) in summary.signatures {
            if self.examples.len() < EXAMPLES_MAX {
                self.examples.entry(hash).or_insert(example);
            }
        }
        for (key, events) in summary.sessions {
            let session = self.open.entry(key).or_default();
            session.last_line = events.last().map_or(session.last_line, |(line, _)| *line);
            let room = SESSION_LINES_MAX.saturating_sub(session.events.len());
            session.events.extend(events.into_iter().take(room));
        }
        self.forget_the_silent();
        self.find_templates();
    }

    pub fn settle(&mut self) {
        self.find_templates();
        let mut sessions: Vec<&Session> = self.open.values().collect();
        sessions.sort_unstable_by_key(|session| session.events.first().copied());
        let mut model = Model::default();
        for session in &sessions {
            model.learn(&self.sequence(session));
        }
        self.model = model;
        let raw = self.open.values().map(|session| self.weigh(session).0);
        self.calibration = Calibration::fit(raw.collect(), ORDINARY_SHARE);
    }

    /// Fits models to the sessions that were learned; they judge those that follow, or these themselves.
    pub(super) fn fit(&mut self, model: method::Model) -> Result<(), MethodError> {
        let mut open: Vec<(&String, &Session)> = self.open.iter().collect();
        open.sort_unstable_by_key(|(key, session)| (session.events.first().copied(), *key));
        let step = open.len().div_ceil(FIT_SESSIONS_MAX).max(1);
        let rows: Vec<f32> = open.iter().step_by(step).flat_map(|(_, session)| self.row(session)).collect();
        let mut members = Members::default();
        if !rows.is_empty() {
            members.fit(model.kinds(), &rows, COLUMNS)?;
        }
        self.judges = (model, members);
        Ok(())
    }

    /// Ends the sessions that were learned, so that only those that follow are judged.
    pub fn end_baseline(&mut self) {
        self.open.clear();
    }

    /// Of every open session, in the order of their first lines.
    pub fn verdicts(&self) -> Result<Vec<SessionVerdict>, MethodError> {
        let mut sessions: Vec<(&String, &Session)> = self.open.iter().collect();
        sessions.sort_unstable_by_key(|(key, session)| (session.events.first().copied(), *key));
        sessions.into_iter().map(|(key, session)| self.verdict(key, session)).collect()
    }

    /// Of records whose sessions were taken in: the session's verdict at the line that contributes
    /// most to it, and nothing at its other lines.
    pub fn judge(&self, records: &[Record<'_>]) -> Result<Vec<Verdict>, MethodError> {
        let mut found: HashMap<&str, SessionVerdict> = HashMap::new();
        let mut judged = Vec::with_capacity(records.len());
        for record in records {
            let session = self.group.key(record).and_then(|key| Some((key, self.open.get(key)?)));
            let Some((key, session)) = session else {
                judged.push(Verdict::default());
                continue;
            };
            let verdict = match found.entry(key) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.verdict(key, session)?),
            };
            judged.push(if verdict.line == record.line { verdict.verdict.clone() } else { Verdict::default() });
        }
        Ok(judged)
    }

    fn verdict(&self, key: &str, session: &Session) -> Result<SessionVerdict, MethodError> {
        let (raw, mut evidence) = self.weigh(session);
        evidence.sort_by(|a, b| b.bits.total_cmp(&a.bits));
        let first_line = session.events.first().map_or(0, |(line, _)| *line);
        let strongest = evidence.first();
        let line = strongest.map_or(first_line, |strongest| strongest.line);
        let hash = session.events.iter().find(|(number, _)| *number == line).map(|(_, hash)| *hash);
        let template = hash.and_then(|hash| self.miner.find_signed(hash, self.examples.get(&hash)?));
        let score = self.calibration.score(raw);
        let strong = evidence.into_iter().enumerate().filter(|(rank, evidence)| *rank == 0 || evidence.bits >= REASON_BITS_MIN);
        let told: Vec<Reason> = strong.take(REASONS_MAX).map(|(_, evidence)| evidence.reason).collect();
        let reasons = if score >= LOW { told.clone() } else { Vec::new() };
        let mut verdict = Verdict { score, raw, template, reasons };
        let (model, members) = &self.judges;
        if members.are_asked(*model, &verdict) {
            members.judge(*model, self.row(session).to_vec(), &mut [&mut verdict], |_| told.clone())?;
        }
        Ok(SessionVerdict { session: key.to_owned(), first_line, line, lines: session.events.len(), verdict })
    }

    /// A session as what models read: how surprising its templates and their order are, how long it is and how varied.
    fn row(&self, session: &Session) -> [f32; COLUMNS] {
        let model = &self.model;
        let sequence = self.sequence(session);
        let own: BTreeSet<u64> = sequence.iter().copied().collect();
        let pairs: BTreeSet<(u64, u64)> = pairs_of(&sequence).collect();
        let of = |counts: &[u64]| {
            let bits: Vec<f32> = counts.iter().map(|count| model.bits(*count)).collect();
            let highest = bits.iter().copied().fold(0.0, f32::max);
            (bits.iter().sum::<f32>() / bits.len().max(1) as f32, highest)
        };
        let known = |template: &u64| model.with.get(template).copied().unwrap_or_default();
        let templates = of(&own.iter().map(known).collect::<Vec<_>>());
        let pairs = of(&pairs.iter().map(|pair| model.pairs.get(pair).copied().unwrap_or_default()).collect::<Vec<_>>());
        let missing = model.with.iter().filter(|(template, _)| !own.contains(*template));
        let missing: f32 = missing.map(|(_, count)| model.bits(model.sessions - count)).sum();
        let magnitude = |count: usize| bits(log2(1.0 + count as f32));
        [
            bits(templates.0),
            bits(templates.1),
            bits(pairs.0),
            bits(pairs.1),
            bits(missing),
            magnitude(sequence.len()),
            magnitude(own.len()),
        ]
    }

    /// The raw score of a session, and what it is made of.
    fn weigh(&self, session: &Session) -> (f32, Vec<Evidence>) {
        let model = &self.model;
        let sequence = self.sequence(session);
        let line_at = |at: usize| session.events.get(at).or(session.events.last()).map_or(0, |(line, _)| *line);
        let mut evidence = Vec::new();
        let mut own: BTreeSet<u64> = BTreeSet::new();
        let mut template_bits = 0.0;
        for (at, template) in sequence.iter().enumerate() {
            if !own.insert(*template) {
                continue;
            }
            let count = model.with.get(template).copied().unwrap_or_default();
            let bits = model.bits(count);
            template_bits += bits;
            let text = self.text(*template, session.events[at].1);
            let reason = match count {
                0 => ("new_template", format!("`{text}` was in none of {} sessions", grouped(model.sessions))),
                _ => ("rare_template", format!("`{text}` is in {} of {} sessions", grouped(count), grouped(model.sessions))),
            };
            evidence.push(Evidence { bits, line: line_at(at), reason: Reason { code: reason.0.into(), text: reason.1 } });
        }
        let mut missing_bits = 0.0;
        for (template, count) in model.with.iter().filter(|(template, _)| !own.contains(*template)) {
            let bits = model.bits(model.sessions - count);
            missing_bits += bits;
            if bits >= REASON_BITS_MIN {
                let text = self.text(*template, *template);
                let text = format!("`{text}` is missing, and in {} of {} sessions", grouped(*count), grouped(model.sessions));
                let (line, bits) = (line_at(usize::MAX), bits * MISSING_SHARE * MEAN_WEIGHT);
                evidence.push(Evidence { bits, line, reason: Reason { code: "missing_template".into(), text } });
            }
        }
        let mut pairs: BTreeSet<(u64, u64)> = BTreeSet::new();
        let mut pair_bits = 0.0;
        for (at, pair) in pairs_of(&sequence).enumerate() {
            if !pairs.insert(pair) {
                continue;
            }
            let count = model.pairs.get(&pair).copied().unwrap_or_default();
            let bits = model.bits(count);
            pair_bits += bits;
            if bits >= REASON_BITS_MIN {
                let reason = self.pair_reason(pair, count);
                // A rare template makes rare pairs; by themselves they say less.
                evidence.push(Evidence { bits: bits * 0.5, line: line_at(at), reason });
            }
        }
        let mean = |bits: f32, count: usize| if count == 0 { 0.0 } else { bits / count as f32 };
        let raw = mean(pair_bits, pairs.len()) + mean(template_bits, own.len()) + missing_bits * MISSING_SHARE;
        (raw * MEAN_WEIGHT, evidence)
    }

    fn pair_reason(&self, (first, second): (u64, u64), count: u64) -> Reason {
        let sessions = grouped(self.model.sessions);
        let count = if count == 0 { "none".to_owned() } else { grouped(count) };
        let text = match (first, second) {
            (EDGE, second) => format!("Begins with `{}`, as {count} of {sessions} sessions do", self.text(second, second)),
            (first, EDGE) => format!("Ends with `{}`, as {count} of {sessions} sessions do", self.text(first, first)),
            (first, second) => {
                let (first, second) = (self.text(first, first), self.text(second, second));
                format!("`{second}` follows `{first}`, as in {count} of {sessions} sessions")
            }
        };
        Reason { code: "rare_transition".into(), text }
    }

    fn text(&self, template: u64, signature: u64) -> String {
        let text = self.miner.text_of_key(template).or_else(|| self.examples.get(&signature).cloned());
        shown(text.as_deref().unwrap_or("a message"))
    }

    fn sequence(&self, session: &Session) -> Vec<u64> {
        session.events.iter().map(|(_, hash)| self.templates.get(hash).copied().unwrap_or(*hash)).collect()
    }

    fn find_templates(&mut self) {
        let found = self.examples.iter().map(|(hash, example)| {
            let template = self.miner.find_signed(*hash, example);
            (*hash, template.map_or(*hash, |template| template.0))
        });
        self.templates = found.collect();
    }

    fn forget_the_silent(&mut self) {
        if self.open.len() <= SESSIONS_MAX {
            return;
        }
        let mut last: Vec<u64> = self.open.values().map(|session| session.last_line).collect();
        last.sort_unstable();
        // A tenth at once, so that this is done seldom.
        let bound = last[self.open.len() - SESSIONS_MAX / 10 * 9];
        self.open.retain(|_, session| session.last_line >= bound);
    }
}

impl Model {
    fn learn(&mut self, sequence: &[u64]) {
        self.sessions += 1;
        for template in sequence.iter().collect::<BTreeSet<_>>() {
            *self.with.entry(*template).or_default() += 1;
        }
        for pair in pairs_of(sequence).collect::<BTreeSet<_>>() {
            if self.pairs.len() < PAIRS_MAX || self.pairs.contains_key(&pair) {
                *self.pairs.entry(pair).or_default() += 1;
            }
        }
    }

    /// The surprise of what so many sessions had.
    fn bits(&self, count: u64) -> f32 {
        let share = (count as f32 + 0.5) / (self.sessions as f32 + 1.0);
        (-share.log2()).max(0.0)
    }
}

fn pairs_of(sequence: &[u64]) -> impl Iterator<Item = (u64, u64)> {
    let before = std::iter::once(EDGE).chain(sequence.iter().copied());
    let behind = sequence.iter().copied().chain(std::iter::once(EDGE));
    before.zip(behind)
}

fn field<'a>(record: &'a Record<'_>, name: &str) -> Option<&'a str> {
    let own = match name {
        "hostname" | "host" => Some(&record.hostname),
        "source" => Some(&record.source),
        "user" => record.user.as_ref(),
        "address" => record.address.as_ref(),
        "channel" => record.channel.as_ref(),
        _ => record.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value),
    };
    own.map(Cow::as_ref)
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
