//! Requests to a web server: what each holds, and how usual it is in its file.
//!
//! Two kinds of evidence add up. What a request holds is read by [`crate::feature::http`] and needs
//! no context. How usual it is comes from the file itself: its page among the pages of the
//! directory, its parameters among those of the page, the shape of each value among the values of
//! its parameter, its client among the clients. Both are points on one scale: 6 make a finding, 10
//! an alert. Nothing here knows an application, and a request without either kind of evidence
//! has no points at all.
//!
//! [`Requests::summarise`] and [`Requests::judge`] read a block on its own and may run anywhere;
//! [`Requests::absorb`] takes the summaries in the order of their blocks.

mod activity;
mod counts;
mod evidence;
mod features;
mod memory;
mod reasons;
mod sizes;
mod target;

use radar_types::Reason;

use self::activity::{Activity, Tally};
use self::counts::{Counts, Map, fold, hash};
use self::evidence::Judge;
use self::memory::Memories;
use self::sizes::Sizes;
use self::target::{Levels, Shape, parameters, part_hash, split};
use super::Verdict;
use super::samples::Samples;
use crate::feature::http::{Inspector, score_of_points};
use crate::feature::request::{Norms, shape};
use crate::read::{Http, Record};
use crate::template::TemplateId;

const SYMBOLS_MAX: usize = 1 << 19;
const VALUES_MAX: usize = 1 << 17;
/// A block has about so many different ones; room for them is made at once.
const SYMBOLS_A_RECORD: usize = 2;
/// Longer values are not one of a few choices.
const CHOICE_BYTES_MAX: usize = 48;
/// A reader looks for reasons from here.
const SCORE_OF_REASONS: f32 = 0.5;
/// Evidence of so many points is an outright attack.
const POINTS_OF_ATTACK: f32 = 10.0;
const MINUTE_MILLIS: i64 = 60_000;
/// What browsers, crawlers and mail programs ask for of themselves.
const COURTESIES: [&[u8]; 9] = [
    b"/favicon",
    b"/robots.txt",
    b"/apple-touch-icon",
    b"/browserconfig.xml",
    b"/sitemap",
    b"/ads.txt",
    b"/humans.txt",
    b"/.well-known/",
    b"/crossdomain.xml",
];
/// Fields in which logs of applications keep what was sent.
const BODY_FIELDS: [&str; 6] = ["body", "request_body", "post_data", "payload", "form", "cookie"];

/// What a file's requests are usually like.
#[derive(Clone, Debug)]
pub struct Requests {
    symbols: Counts,
    values: Counts,
    minutes: Activity,
    clients: Activity,
    sizes: Sizes,
    lengths: Sizes,
    memories: Memories,
    samples: Samples,
    norms: Norms,
}

/// What one block adds to that.
#[derive(Clone, Debug)]
pub struct Summary {
    symbols: Counts,
    values: Counts,
    minutes: Vec<(u64, Tally)>,
    clients: Vec<(u64, Tally)>,
    sizes: Sizes,
    lengths: Sizes,
    samples: Samples,
}

/// What is counted of a request. A number is that of the parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Level,
    Signature,
    Name(u8),
    Classes(u8),
    Runs(u8),
    Length(u8),
    Method,
    MethodHere,
    Status,
    StatusHere,
    Agent,
    Protocol,
}

/// What the client of a request did in the minute of it and in all; nothing where there is no client.
#[derive(Clone, Copy, Debug, Default)]
struct Doings {
    in_minute: Tally,
    in_all: Tally,
}

/// A value as one of those that its parameter has.
struct Sent {
    number: u8,
    parameter: u64,
    group: u64,
    key: u64,
    chars: u32,
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            symbols: Counts::new(SYMBOLS_MAX),
            values: Counts::new(VALUES_MAX),
            minutes: Activity::default(),
            clients: Activity::default(),
            sizes: Sizes::default(),
            lengths: Sizes::default(),
            memories: Memories::default(),
            samples: Samples::default(),
            norms: Norms::default(),
        }
    }
}

impl Requests {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn summarise(&self, records: &[Record<'_>]) -> Summary {
        let mut summary = Summary {
            symbols: Counts::with_room(SYMBOLS_MAX, records.len() * SYMBOLS_A_RECORD),
            values: Counts::new(VALUES_MAX),
            minutes: Vec::with_capacity(records.len()),
            clients: Vec::with_capacity(records.len()),
            sizes: Sizes::default(),
            lengths: Sizes::default(),
            samples: Samples::default(),
        };
        let mut inspector = Inspector::default();
        let mut answers = Answers::default();
        for record in records {
            if let Some(http) = &record.http {
                summary.add(record, http, &mut inspector, &mut answers);
                summary.samples.see(record);
            }
        }
        for (answer, count) in answers.found {
            answer.visit(|_, group, key| summary.symbols.add(group, key, count));
        }
        summary
    }

    /// Summaries come in the order of their blocks.
    pub fn absorb(&mut self, summary: Summary) {
        self.symbols.absorb(&summary.symbols);
        self.values.absorb(&summary.values);
        self.minutes.absorb(&summary.minutes);
        self.clients.absorb(&summary.clients);
        self.sizes.absorb(&summary.sizes);
        self.lengths.absorb(&summary.lengths);
        self.samples.merge(summary.samples);
    }

    pub fn settle(&mut self) {
        self.symbols.settle();
        self.values.settle();
        self.minutes.settle();
        self.clients.settle();
        let shapes = self.samples.records().filter_map(|record| record.http.as_ref()).map(|http| shape(http.uri.as_bytes()));
        self.norms = Norms::of(&shapes.collect::<Vec<_>>());
    }

    /// The records that were kept as a sample of what was learned.
    pub(super) fn sample(&self) -> Vec<&Record<'static>> {
        self.samples.records().collect()
    }

    /// Method and page, with placeholders for what varies.
    pub(super) fn template(record: &Record<'_>) -> Option<String> {
        let http = record.http.as_ref()?;
        let (path, _) = split(http.uri.as_bytes());
        let method = if is_word(&http.method) { &*http.method } else { "?" };
        Some(format!("{method} {}", target::page_text(path)))
    }

    /// What speaks against a record, however little that is.
    pub(super) fn evidence(&self, record: &Record<'_>) -> Vec<Reason> {
        let Some(http) = &record.http else { return Vec::new() };
        let mut judge = Judge::new(self);
        let doings = self.doings([record].into_iter()).next().unwrap_or_default();
        judge.points(record, http, doings);
        reasons::reasons(record, http, judge.evidence())
    }

    /// One verdict a record, in order; a record without a request has the default one.
    pub fn judge(&self, records: &[Record<'_>]) -> Vec<Verdict> {
        let mut judge = Judge::new(self);
        let doings = self.doings(records.iter());
        records.iter().zip(doings).map(|(record, doings)| Self::verdict(record, doings, &mut judge)).collect()
    }

    /// Of many records at once, so that a processor waits for many of these look-ups together: the tables
    /// are larger than its caches.
    fn doings<'a>(&self, records: impl Iterator<Item = &'a Record<'a>> + Clone) -> impl Iterator<Item = Doings> {
        let clients = records.clone().map(client);
        let minutes = records.map(|record| client(record).zip(minute(record)).map(|(client, minute)| fold(client, minute)));
        let in_minutes = self.minutes.tallies(minutes.collect());
        let in_all = self.clients.tallies(clients.collect());
        in_minutes.into_iter().zip(in_all).map(|(in_minute, in_all)| Doings { in_minute, in_all })
    }

    fn verdict(record: &Record<'_>, doings: Doings, judge: &mut Judge<'_>) -> Verdict {
        let Some(http) = &record.http else { return Verdict::default() };
        let (points, template) = judge.points(record, http, doings);
        let score = score_of_points(points);
        let is_told = score >= SCORE_OF_REASONS;
        let reasons: Vec<Reason> = if is_told { reasons::reasons(record, http, judge.evidence()) } else { Vec::new() };
        Verdict { score, raw: points, template: Some(TemplateId(template)), reasons }
    }
}

impl Summary {
    fn add(&mut self, record: &Record<'_>, http: &Http<'_>, inspector: &mut Inspector, answers: &mut Answers) {
        let target = split(http.uri.as_bytes());
        let answer = Answer::of(http, target.0);
        let page = answer.levels.page();
        let Self { symbols, values, lengths, .. } = self;
        visit(record, http, target.1, page, &mut |_, group, key| symbols.add(group, key, 1), &mut |sent| {
            values.add(sent.group, sent.key, 1);
            lengths.add(sent.parameter, u64::from(sent.chars));
        });
        answers.add(answer);
        // A page that has not changed, or of which only the header was asked for, has no size.
        if let Some(bytes) = http.bytes.filter(|bytes| *bytes > 0 && http.status.is_none_or(|status| status == 200)) {
            self.sizes.add(page, bytes);
        }
        let Some(client) = client(record) else { return };
        let is_failure = http.status.is_some_and(|status| (400..500).contains(&status));
        let is_sent = !matches!(http.method.as_ref(), "GET" | "HEAD" | "OPTIONS");
        let tally = Tally { requests: 1, failures: u16::from(is_failure), others: u16::from(is_sent) };
        if let Some(minute) = minute(record) {
            self.minutes.push((fold(client, minute), tally));
        }
        let is_attack = evidence::content_points(target, inspector) >= POINTS_OF_ATTACK;
        self.clients.push((client, Tally { others: u16::from(is_attack), ..tally }));
    }
}

fn is_word(method: &str) -> bool {
    (1..=16).contains(&method.len()) && method.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn client(record: &Record<'_>) -> Option<u64> {
    record.address.as_deref().map(|address| hash(address.as_bytes(), 11))
}

fn minute(record: &Record<'_>) -> Option<u64> {
    record.time.map(|time| time.unix_millis().div_euclid(MINUTE_MILLIS).cast_unsigned())
}

/// A page, how it was asked for and how that was answered: what many requests share.
struct Answer {
    levels: Levels,
    is_courtesy: bool,
    method: u64,
    protocol: u64,
    status: Option<u16>,
}

impl Answer {
    fn of(http: &Http<'_>, path: &[u8]) -> Self {
        Self {
            levels: Levels::of(path),
            is_courtesy: COURTESIES.iter().any(|start| path.starts_with(start)),
            method: hash(http.method.as_bytes(), 21),
            protocol: hash(http.protocol.as_bytes(), 26),
            status: http.status,
        }
    }

    fn key(&self) -> u64 {
        let status = self.status.map_or(u64::MAX, u64::from) << 1 | u64::from(self.is_courtesy);
        fold(fold(fold(self.levels.page(), self.method), self.protocol), status)
    }

    /// Everything that is counted of it, each with its group: the same to learn and to judge.
    fn visit(&self, mut symbol: impl FnMut(What, u64, u64)) {
        let Self { levels, method, protocol, .. } = self;
        let page = levels.page();
        // Programs ask every site for some files, whether they are there or not.
        for (above, level) in levels.pairs().filter(|_| !self.is_courtesy) {
            symbol(What::Level, above, level);
        }
        symbol(What::Method, 21, *method);
        symbol(What::MethodHere, fold(page, 22), fold(page, *method));
        if let Some(status) = self.status {
            symbol(What::Status, 23, fold(23, u64::from(status)));
            symbol(What::StatusHere, fold(page, 23), fold(fold(page, 24), u64::from(status)));
        }
        symbol(What::Protocol, 26, *protocol);
    }
}

/// The answers of a block, each with how often it came.
#[derive(Default)]
struct Answers {
    index: Map<usize>,
    found: Vec<(Answer, u32)>,
}

impl Answers {
    fn add(&mut self, answer: Answer) {
        let at = *self.index.entry(answer.key()).or_insert(self.found.len());
        match self.found.get_mut(at) {
            Some((_, count)) => *count += 1,
            None => self.found.push((answer, 1)),
        }
    }
}

/// What is counted of a request besides its [`Answer`].
fn visit(
    record: &Record<'_>,
    http: &Http<'_>,
    query: Option<&[u8]>,
    page: u64,
    symbol: &mut impl FnMut(What, u64, u64),
    value: &mut impl FnMut(Sent),
) {
    if let Some(agent) = &http.user_agent {
        symbol(What::Agent, 25, hash(agent.as_bytes(), 25));
    }
    let mut signature = fold(page, 31);
    let mut number = 0;
    for (name, sent) in sent_parameters(record, query) {
        let parameter = fold(page, part_hash(name));
        signature = fold(signature, parameter);
        let shape = Shape::of(sent);
        symbol(What::Name(number), fold(page, 32), parameter);
        symbol(What::Classes(number), fold(parameter, 33), fold(fold(parameter, 34), u64::from(shape.classes)));
        symbol(What::Runs(number), fold(parameter, 35), fold(fold(parameter, 36), shape.runs));
        symbol(What::Length(number), fold(parameter, 37), fold(fold(parameter, 38), u64::from(shape.length)));
        let choice = if sent.len() <= CHOICE_BYTES_MAX { hash(sent, 39) } else { 39 };
        value(Sent { number, parameter, group: fold(parameter, 40), key: fold(parameter, choice), chars: shape.chars });
        number = number.saturating_add(1);
    }
    symbol(What::Signature, fold(page, 41), signature);
}

/// Of the query and of what was sent behind it.
fn sent_parameters<'a>(record: &'a Record<'_>, query: Option<&'a [u8]>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let bodies = record.fields.iter().filter(|(name, _)| BODY_FIELDS.iter().any(|body| name.eq_ignore_ascii_case(body)));
    let bodies = bodies.flat_map(|(_, text)| parameters(text.as_bytes()));
    query.into_iter().flat_map(parameters).chain(bodies).take(target::PARAMETERS_MAX)
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
