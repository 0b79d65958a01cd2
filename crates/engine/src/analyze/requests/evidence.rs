//! The points of one request, and what each comes from.

use super::activity::Tally;
use super::counts::Seen;
use super::memory::Memory;
use super::target::split;
use super::{Answer, Doings, Requests, Sent, What, sent_parameters, visit};
use crate::feature::http::{Findings, Inspector, Place};
use crate::read::{Http, Record};

/// Everything unusual of one parameter together.
const PARAMETER_POINTS_MAX: f32 = 8.0;
/// What else is found in a request adds so much of its points to the strongest.
const FURTHER_SHARE: f32 = 0.25;
const LONG_DEVIATIONS: f32 = 3.5;
const LONG_CHARS: u32 = 24;
const LONG_POINTS_MAX: f32 = 6.0;
/// The weights of bursts of requests, of failures and of submissions.
const BURST_WEIGHTS: [f32; 3] = [1.0, 1.6, 1.2];
/// Fewer refusals say nothing of a client.
const REFUSALS_MIN: u16 = 6;
const LARGE_BYTES: u64 = 32 << 10;

/// Where in a request something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Path,
    Name(u8),
    Value(u8),
    Agent,
    Referrer,
    Method,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Evidence {
    Content(Found, Findings),
    Rare(What, Seen),
    /// Of a parameter that usually holds one of a few values.
    Choice(u8, Seen),
    Requests(Tally),
    Failures(Tally),
    Submissions(Tally),
    Attacker(Tally),
    /// Of a client in all, most of whose requests were refused.
    Refused(Tally),
    Large(f32),
    /// A value of so many characters, so many standard deviations above those of its parameter.
    Long(u8, u32, f32),
    /// An unknown page, asked for in vain.
    Missing,
}

pub(super) struct Judge<'a> {
    requests: &'a Requests,
    inspector: Inspector,
    evidence: Vec<(f32, Evidence)>,
    /// Lent by the requests, which get it back.
    memory: Memory,
    parameters: Vec<f32>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(requests: &'a Requests) -> Self {
        let memory = requests.memories.take();
        Self { requests, inspector: Inspector::default(), evidence: Vec::new(), memory, parameters: Vec::new() }
    }

    /// Of the last request, in no order.
    pub(super) fn evidence(&mut self) -> &mut Vec<(f32, Evidence)> {
        &mut self.evidence
    }

    /// The points of a request, and the key of its page.
    pub(super) fn points(&mut self, record: &Record<'_>, http: &Http<'_>, doings: Doings) -> (f32, u64) {
        self.evidence.clear();
        let target = split(http.uri.as_bytes());
        let answer = Answer::of(http, target.0);
        let page = answer.levels.page();
        self.content(record, http, target);
        let content = strongest_and_share(self.evidence.iter().map(|(points, _)| *points), FURTHER_SHARE);
        let usual = self.rarity(record, http, target.1, &answer);
        let behaviour = self.behaviour(http, doings);
        let size = self.size(http, page);
        (content + usual + behaviour + size, page)
    }

    fn content(&mut self, record: &Record<'_>, http: &Http<'_>, (path, query): (&[u8], Option<&[u8]>)) {
        let findings = self.inspector.inspect(path, Place::Path);
        self.found(Found::Path, findings);
        for (number, (name, value)) in (0..).zip(sent_parameters(record, query)) {
            let findings = self.inspector.inspect(name, Place::Value);
            self.found(Found::Name(number), findings);
            let findings = self.inspector.inspect(value, Place::Value);
            self.found(Found::Value(number), findings);
        }
        if let Some(agent) = &http.user_agent {
            let findings = self.memory.findings(agent.as_bytes(), &mut self.inspector);
            self.found(Found::Agent, findings);
        }
        if let Some(referrer) = http.referrer.as_ref().filter(|referrer| !is_address(referrer.as_bytes())) {
            let findings = self.memory.findings(referrer.as_bytes(), &mut self.inspector);
            self.found(Found::Referrer, findings);
        }
        if !is_method(http.method.as_bytes()) {
            self.evidence.push((4.0, Evidence::Content(Found::Method, Findings::default())));
        }
    }

    fn found(&mut self, place: Found, findings: Findings) {
        if findings.points > 0.0 {
            self.evidence.push((findings.points, Evidence::Content(place, findings)));
        }
    }

    fn rarity(&mut self, record: &Record<'_>, http: &Http<'_>, query: Option<&[u8]>, answer: &Answer) -> f32 {
        let Self { requests, evidence, parameters, .. } = self;
        parameters.clear();
        let (mut page, mut names, mut method, mut rest) = (0.0_f32, 0.0_f32, 0.0_f32, 0.0);
        // Names and shapes are only worth something on a page that is known.
        let mut symbol = |what: What, _, key| {
            if let What::Classes(_) = what {
                parameters.push(0.0);
            }
            let Some(seen) = requests.symbols.seen(key) else { return };
            let points = seen.surprise * weight(what);
            evidence.push((points, Evidence::Rare(what, seen)));
            match what {
                What::Level => page = page.max(points),
                What::Signature | What::Name(_) => names = names.max(points),
                What::Method | What::MethodHere => method = method.max(points),
                What::Classes(_) | What::Runs(_) | What::Length(_) => *parameters.last_mut().unwrap_or(&mut rest) += points,
                What::Status | What::StatusHere | What::Agent | What::Protocol => rest += points,
            }
        };
        let mut further = Vec::new();
        answer.visit(&mut symbol);
        visit(record, http, query, answer.levels.page(), &mut symbol, &mut |sent: Sent| {
            if let Some(seen) = requests.values.seen(sent.key) {
                further.push((sent.number, seen.surprise * CHOICE_WEIGHT, Evidence::Choice(sent.number, seen)));
            }
            if sent.chars < LONG_CHARS {
                return;
            }
            let deviations = requests.lengths.deviations(sent.parameter, u64::from(sent.chars)).0.unwrap_or_default();
            if deviations > LONG_DEVIATIONS {
                let points = (deviations - LONG_DEVIATIONS + 1.0).min(LONG_POINTS_MAX);
                further.push((sent.number, points, Evidence::Long(sent.number, sent.chars, deviations)));
            }
        });
        for (number, points, kind) in further {
            evidence.push((points, kind));
            parameters[usize::from(number)] += points;
        }
        let values = strongest_and_share(parameters.iter().map(|points| points.min(PARAMETER_POINTS_MAX)), FURTHER_SHARE);
        let mut missing = 0.0;
        if page > 1.0 && http.status.is_some_and(|status| matches!(status, 400..=499)) {
            missing = 1.5;
            evidence.push((missing, Evidence::Missing));
        }
        page + names + method + rest + values + missing
    }

    fn behaviour(&mut self, http: &Http<'_>, doings: Doings) -> f32 {
        let mut sum = 0.0;
        let bursts = self.requests.minutes.bursts(doings.in_minute);
        let kinds = [Evidence::Requests(bursts.tally), Evidence::Failures(bursts.tally), Evidence::Submissions(bursts.tally)];
        // What is not of the kind itself shares in its client's burst by half.
        let is_failure = http.status.is_some_and(|status| (400..500).contains(&status));
        let is_sent = !matches!(http.method.as_ref(), "GET" | "HEAD" | "OPTIONS");
        let shares = [1.0, if is_failure { 1.0 } else { 0.5 }, if is_sent { 1.0 } else { 0.3 }];
        for (((points, weight), share), kind) in bursts.points.into_iter().zip(BURST_WEIGHTS).zip(shares).zip(kinds) {
            if points > 0.0 {
                let points = points * weight * share;
                self.evidence.push((points, kind));
                sum += points;
            }
        }
        let tally = doings.in_all;
        let share = f32::from(tally.others) / f32::from(tally.requests.max(1));
        if tally.others >= 2 && share > 0.15 {
            let points = 5.0 * share.min(0.8);
            self.evidence.push((points, Evidence::Attacker(tally)));
            sum += points;
        }
        let refused = f32::from(tally.failures) / f32::from(tally.requests.max(1));
        if tally.failures >= REFUSALS_MIN && refused >= 0.5 {
            let points = 2.0 * refused + (f32::from(tally.failures) / f32::from(REFUSALS_MIN)).min(4.0) * 0.25;
            self.evidence.push((points, Evidence::Refused(tally)));
            sum += points;
        }
        sum
    }

    fn size(&mut self, http: &Http<'_>, page: u64) -> f32 {
        let Some(bytes) = http.bytes.filter(|bytes| *bytes >= LARGE_BYTES) else { return 0.0 };
        let (of_page, of_all) = self.requests.sizes.deviations(page, bytes);
        let deviations = of_page.unwrap_or(of_all - 0.5);
        let points = ((deviations - 3.5) * 2.0).clamp(0.0, 9.0);
        if of_all < 1.5 || points <= 0.0 {
            return 0.0;
        }
        self.evidence.push((points, Evidence::Large(deviations)));
        points
    }
}

impl Drop for Judge<'_> {
    fn drop(&mut self) {
        self.requests.memories.give_back(std::mem::take(&mut self.memory));
    }
}

const CHOICE_WEIGHT: f32 = 0.6;

fn weight(what: What) -> f32 {
    match what {
        What::Level => 1.8,
        What::Name(_) => 2.0,
        What::Signature => 1.6,
        What::Classes(_) => 1.2,
        What::Runs(_) => 0.3,
        What::Length(_) => 0.6,
        What::Method => 0.9,
        What::MethodHere => 0.6,
        What::Status => 0.35,
        What::StatusHere => 0.35,
        What::Agent => 0.3,
        What::Protocol => 0.5,
    }
}

fn strongest_and_share(points: impl Iterator<Item = f32>, share: f32) -> f32 {
    let (mut most, mut sum) = (0.0_f32, 0.0);
    for points in points {
        most = most.max(points);
        sum += points;
    }
    most + (sum - most) * share
}

/// The points of what stands in a request's target and agent, of which the most suspicious counts.
pub(super) fn content_points((path, query): (&[u8], Option<&[u8]>), inspector: &mut Inspector) -> f32 {
    let mut most = 0.0_f32;
    if !is_plain(path) || path.windows(2).any(|pair| matches!(pair, b".." | b"/.")) {
        most = inspector.inspect(path, Place::Path).points;
    }
    if let Some(query) = query.filter(|query| !is_plain(query)) {
        for (_, value) in super::parameters(query) {
            most = most.max(inspector.inspect(value, Place::Value).points);
        }
    }
    most
}

fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| HARMLESS[usize::from(*byte)] & IN_TARGET != 0)
}

/// Addresses of ordinary pages hold nothing else.
fn is_address(text: &[u8]) -> bool {
    text.iter().all(|byte| HARMLESS[usize::from(*byte)] & IN_ADDRESS != 0)
}

const IN_TARGET: u8 = 1;
const IN_ADDRESS: u8 = 1 << 1;

/// Where each byte says nothing.
static HARMLESS: [u8; 256] = {
    let mut harmless = [0; 256];
    let mut byte = 0;
    while byte < harmless.len() {
        harmless[byte] = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'-' | b'_' | b'.' | b'=' | b'&' | b'+' => IN_TARGET | IN_ADDRESS,
            b':' | b'?' | b'#' | b'~' | b',' => IN_ADDRESS,
            _ => 0,
        };
        byte += 1;
    }
    harmless
};

fn is_method(method: &[u8]) -> bool {
    matches!(method, b"GET" | b"POST" | b"HEAD" | b"PUT" | b"DELETE" | b"OPTIONS" | b"PATCH" | b"PROPFIND" | b"REPORT" | b"")
}
