//! A filter, made ready for one piece of an index.
//!
//! Of a block of events, the columns and the words say which are meant and which are not. Where they can't tell, as with
//! fields of an event's own, an event is *perhaps* meant, and has to be read to know. What a filter means is defined
//! by [`Filter::matches`] alone; here is only what of it can be known sooner.

use std::sync::Arc;

use radar_types::query::{Field, Filter, State, Text, words};
use radar_types::{Event, Level, Scale, Severity, Timestamp, Verdict};

use super::load;
use crate::embedded::codec::verdict_number;
use crate::embedded::shelf::docs::Docs;
use crate::embedded::shelf::{Phrase, Segment, Term, TextColumn, has_failed, has_score, level, score_number, score_of, term};

/// A column of more different texts is not searched text by text.
const TERMS_MAX: usize = 200_000;
/// Of the words of a phrase, so many of the rarest are looked up.
const WORDS_LOOKED_UP: usize = 4;
/// A word that every so-manieth event has narrows nothing.
const RARE: u32 = 4;

/// Whether an event is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Perhaps,
    Yes,
}

impl Truth {
    fn of(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Perhaps => Self::Perhaps,
            Self::Yes => Self::No,
        }
    }
}

pub(super) enum Test {
    Always(Truth),
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// Not more than perhaps.
    Perhaps(Box<Test>),
    Docs(Arc<Docs>),
    Phrase(Phrase),
    /// The truth for each place in the dictionary.
    Ords(TextColumn, Vec<Truth>),
    Ord(TextColumn, u64),
    Verdicts([bool; 3]),
    Bands(Bands, Vec<Severity>),
    Score {
        from: f32,
        to: f32,
        scored: Vec<bool>,
    },
}

/// What is needed to know the severities of a piece's events.
pub(super) struct Bands {
    reads_raw: bool,
    /// The least number of a score in each band above the first; more than there are, where a band is not used.
    bounds: [u64; Severity::ALL.len() - 1],
    /// Which states have a score.
    scored: Vec<bool>,
}

impl Bands {
    pub(super) fn new(segment: &Segment, scale: &Scale) -> tantivy::Result<Self> {
        let critical = scale.critical.map_or(u64::MAX, least_number);
        let bounds = [least_number(scale.low), least_number(scale.medium), least_number(scale.high), critical];
        Ok(Self { reads_raw: scale.reads_raw, bounds, scored: scored(segment)? })
    }

    pub(super) fn of(&self, segment: &Segment, docs: &[u32]) -> Vec<Option<Severity>> {
        let column = if self.reads_raw { &segment.raw } else { &segment.calibrated };
        let numbers = load(column, docs);
        if self.scored.iter().all(|scored| *scored) {
            return numbers.into_iter().map(|number| Some(self.band(number))).collect();
        }
        let states = load(&segment.text(TextColumn::State).ords, docs);
        let is_scored = |state: u64| self.scored.get(state as usize).copied().unwrap_or(false);
        numbers.into_iter().zip(states).map(|(number, state)| is_scored(state).then(|| self.band(number))).collect()
    }

    fn band(&self, number: u64) -> Severity {
        // What is no number is in no band above the first, and its bits may be above all others.
        let above = self.bounds.iter().filter(|bound| number >= **bound).count();
        Severity::ALL[if number > score_number(f32::INFINITY) { 0 } else { above }]
    }
}

/// The number of the lowest score that is not below a bound.
fn least_number(bound: f64) -> u64 {
    let nearest = bound as f32;
    let least = if f64::from(nearest) < bound { nearest.next_up() } else { nearest };
    // Zeros of both signs are alike.
    score_number(if least == 0.0 { -0.0 } else { least })
}

pub(super) fn scored(segment: &Segment) -> tantivy::Result<Vec<bool>> {
    Ok(segment.text(TextColumn::State).terms()?.iter().map(|state| has_score(state)).collect())
}

/// Makes a filter ready. Gives up on what takes long when asked to; whoever asks is out of time then anyway.
pub(super) struct Maker<'a> {
    pub(super) segment: &'a Segment,
    pub(super) scale: &'a Scale,
    pub(super) is_late: &'a dyn Fn() -> bool,
}

impl Maker<'_> {
    pub(super) fn make(&self, filter: &Filter) -> tantivy::Result<Test> {
        Ok(match filter {
            Filter::All(all) => {
                let mut made = Vec::with_capacity(all.len());
                for filter in all {
                    match self.make(filter)? {
                        Test::All(inner) => made.extend(inner),
                        test => made.push(test),
                    }
                }
                Test::All(made)
            }
            Filter::Any(any) => Test::Any(any.iter().map(|filter| self.make(filter)).collect::<tantivy::Result<_>>()?),
            Filter::Not(filter) => Test::Not(Box::new(self.make(filter)?)),
            Filter::Time(period) => {
                let first = |time: Timestamp| self.segment.first_at(time.unix_millis());
                Test::Docs(Arc::new(Docs::Range(first(period.from), first(period.to))))
            }
            Filter::Severity(bands) => Test::Bands(Bands::new(self.segment, self.scale)?, bands.clone()),
            Filter::Score(from, to) => Test::Score { from: *from, to: *to, scored: scored(self.segment)? },
            Filter::State(states) => self.ords(TextColumn::State, |state| Truth::of(states.contains(&state_of(state))))?,
            Filter::Level(levels) => self.ords(TextColumn::Level, |text| Truth::of(levels.contains(&level(text))))?,
            Filter::Verdict(verdicts) => verdicts_test(|verdict| verdict.is_some_and(|verdict| verdicts.contains(&verdict))),
            Filter::Is(field, value) => self.is(field, value)?,
            Filter::Text(text) => self.text(text)?,
        })
    }

    fn is(&self, field: &Field, value: &str) -> tantivy::Result<Test> {
        let Some(column) = TextColumn::of(field) else {
            return Ok(match field {
                Field::Level => {
                    let is_named = |level: Level| level.name() == value;
                    self.ords(TextColumn::Level, |text| Truth::of(is_named(level(text))))?
                }
                Field::Verdict => verdicts_test(|verdict| verdict.is_some_and(|verdict| verdict.name() == value)),
                // The values of all fields are among the words.
                _ => Test::Perhaps(Box::new(Test::All(self.words(&words(value).collect::<Vec<_>>(), false)?))),
            });
        };
        let Some(ord) = self.segment.text(column).ord(&term(Some(value)))? else { return Ok(Test::Always(Truth::No)) };
        let mut all = vec![Test::Ord(column, ord)];
        if is_searched(column) {
            all.extend(self.words(&words(value).collect::<Vec<_>>(), false)?);
        }
        Ok(Test::All(all))
    }

    fn text(&self, text: &Text) -> tantivy::Result<Test> {
        if text.words.is_empty() {
            return Ok(Test::Always(Truth::No));
        }
        let Some(name) = &text.field else {
            return Ok(match text.words.as_slice() {
                [word] if text.is_prefix => Test::Docs(Arc::new(self.segment.with_prefix(word, self.is_late)?)),
                [word] => Test::Docs(Arc::new(self.segment.with_word(word)?)),
                words => Test::All(self.phrase(words, text.is_prefix)?),
            });
        };
        let column = match name.to_ascii_lowercase().as_str() {
            "host" | "hostname" => TextColumn::Host,
            "source" => TextColumn::Source,
            "user" => TextColumn::User,
            "address" => TextColumn::Address,
            "channel" => TextColumn::Channel,
            "level" => TextColumn::Level,
            "os" => TextColumn::Os,
            "collector" => TextColumn::Collector,
            // Neither a column nor among the words.
            "record_id" => return Ok(Test::Always(Truth::Perhaps)),
            // The message, or a field of the event's own.
            _ => return Ok(Test::Perhaps(Box::new(Test::All(self.phrase(&text.words, text.is_prefix)?)))),
        };
        // A field of the event's own may have the name of a column.
        let mut sets = self.words(&text.words, text.is_prefix)?;
        if self.segment.text(column).count() > TERMS_MAX {
            return Ok(if is_searched(column) { Test::Perhaps(Box::new(Test::All(sets))) } else { Test::Always(Truth::Perhaps) });
        }
        let anywhere = Text { field: None, ..text.clone() };
        let mut event = Event::at(Timestamp::MIN);
        let ords = self.ords(column, |term| match Term::read(term) {
            Term::Nothing => Truth::No,
            Term::TooLong => Truth::Perhaps,
            Term::Text(text) => {
                text.clone_into(&mut event.message);
                Truth::of(anywhere.matches(&event))
            }
        })?;
        if is_searched(column) {
            // Whatever has the words in its column is in their sets, too.
            sets.push(Test::Any(vec![ords, Test::Always(Truth::Perhaps)]));
            return Ok(Test::All(sets));
        }
        Ok(Test::Any(vec![ords, Test::Perhaps(Box::new(Test::All(sets)))]))
    }

    /// Sets of events that have these words, if not all of them.
    fn words(&self, words: &[String], is_prefix: bool) -> tantivy::Result<Vec<Test>> {
        let mut counted = Vec::with_capacity(words.len());
        let whole = if is_prefix { words.len().saturating_sub(1) } else { words.len() };
        for word in &words[..whole] {
            counted.push((self.segment.count_with_word(word)?, word));
        }
        counted.sort_unstable();
        counted.dedup();
        let mut tests = Vec::new();
        for (at, (count, word)) in counted.into_iter().take(WORDS_LOOKED_UP).enumerate() {
            if count == 0 {
                return Ok(vec![Test::Always(Truth::No)]);
            }
            if at == 0 || count < self.segment.documents() / RARE {
                tests.push(Test::Docs(Arc::new(self.segment.with_word(word)?)));
            }
        }
        if let Some(prefix) = words.last().filter(|_| is_prefix && words.len() == 1) {
            tests.push(Test::Docs(Arc::new(self.segment.with_prefix(prefix, self.is_late)?)));
        }
        Ok(tests)
    }

    /// Events that have these words one after the other in one of their texts.
    fn phrase(&self, words: &[String], is_prefix: bool) -> tantivy::Result<Vec<Test>> {
        let mut tests = self.words(words, is_prefix)?;
        if words.len() > 1 {
            tests.push(self.segment.phrase(words, is_prefix)?.map_or(Test::Always(Truth::Perhaps), Test::Phrase));
        }
        Ok(tests)
    }

    fn ords(&self, column: TextColumn, mut truth: impl FnMut(&str) -> Truth) -> tantivy::Result<Test> {
        Ok(Test::Ords(column, self.segment.text(column).terms()?.iter().map(|term| truth(term)).collect()))
    }
}

impl Test {
    /// Sets outside of which no event is meant.
    pub(super) fn sets(&self) -> Vec<&Arc<Docs>> {
        match self {
            Self::All(all) => all.iter().flat_map(Self::sets).collect(),
            Self::Perhaps(test) => test.sets(),
            Self::Docs(docs) => vec![docs],
            _ => vec![],
        }
    }

    /// Whether every event of this set, and of all ranges, is meant.
    pub(super) fn is_met_by(&self, set: &Docs) -> bool {
        match self {
            Self::All(all) => all.iter().all(|test| test.is_met_by(set)),
            Self::Docs(docs) => matches!(**docs, Docs::Range(..)) || std::ptr::eq(&raw const **docs, set),
            _ => false,
        }
    }

    pub(super) fn truths(&self, segment: &Segment, docs: &[u32]) -> Vec<Truth> {
        match self {
            Self::Always(truth) => vec![*truth; docs.len()],
            Self::All(all) => all.iter().fold(vec![Truth::Yes; docs.len()], |truths, test| {
                if truths.iter().all(|truth| *truth == Truth::No) {
                    return truths;
                }
                join(truths, test.truths(segment, docs), Truth::min)
            }),
            Self::Any(any) => any.iter().fold(vec![Truth::No; docs.len()], |truths, test| {
                if truths.iter().all(|truth| *truth == Truth::Yes) {
                    return truths;
                }
                join(truths, test.truths(segment, docs), Truth::max)
            }),
            Self::Not(test) => test.truths(segment, docs).into_iter().map(Truth::not).collect(),
            Self::Perhaps(test) => test.truths(segment, docs).into_iter().map(|truth| truth.min(Truth::Perhaps)).collect(),
            Self::Docs(set) => docs.iter().map(|doc| Truth::of(set.contains(*doc))).collect(),
            Self::Phrase(phrase) => phrase.is_in(docs).into_iter().map(Truth::of).collect(),
            Self::Ords(column, truths) => {
                let ords = load(&segment.text(*column).ords, docs);
                ords.into_iter().map(|ord| truths.get(ord as usize).copied().unwrap_or(Truth::No)).collect()
            }
            Self::Ord(column, meant) => {
                load(&segment.text(*column).ords, docs).into_iter().map(|ord| Truth::of(ord == *meant)).collect()
            }
            Self::Verdicts(meant) => {
                let verdicts = load(&segment.verdict, docs);
                verdicts.into_iter().map(|verdict| Truth::of(meant.get(verdict as usize).copied().unwrap_or(false))).collect()
            }
            Self::Bands(bands, meant) => {
                let is_meant = |severity: Option<Severity>| severity.is_some_and(|severity| meant.contains(&severity));
                bands.of(segment, docs).into_iter().map(|severity| Truth::of(is_meant(severity))).collect()
            }
            Self::Score { from, to, scored } => {
                let states = load(&segment.text(TextColumn::State).ords, docs);
                let is_scored = |state: u64| scored.get(state as usize).copied().unwrap_or(false);
                let scores = load(&segment.calibrated, docs).into_iter().map(score_of);
                scores.zip(states).map(|(score, state)| Truth::of(is_scored(state) && (*from..=*to).contains(&score))).collect()
            }
        }
    }
}

fn join(mut left: Vec<Truth>, right: Vec<Truth>, join: impl Fn(Truth, Truth) -> Truth) -> Vec<Truth> {
    left.iter_mut().zip(right).for_each(|(left, right)| *left = join(*left, right));
    left
}

fn verdicts_test(is_meant: impl Fn(Option<Verdict>) -> bool) -> Test {
    let mut meant = [false; 3];
    for verdict in [None].into_iter().chain(Verdict::ALL.map(Some)) {
        meant[usize::from(verdict_number(verdict))] = is_meant(verdict);
    }
    Test::Verdicts(meant)
}

fn state_of(text: &str) -> State {
    if has_score(text) {
        State::Scored
    } else if has_failed(text) {
        State::Failed
    } else {
        State::NotScored
    }
}

/// Whether the texts of a column are among the words.
fn is_searched(column: TextColumn) -> bool {
    matches!(column, TextColumn::Host | TextColumn::Source | TextColumn::User | TextColumn::Address | TextColumn::Channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_of_numbers_are_those_of_scores() {
        let halves = Scale { low: 0.25, medium: 0.5, high: 0.75, critical: Some(1.0), ..Scale::radar() };
        let around_zero = Scale { low: -1e300, medium: 0.0, high: 1e-300, critical: Some(1e300), ..Scale::radar() };
        for scale in [Scale::radar(), halves, around_zero] {
            let critical = scale.critical.map_or(u64::MAX, least_number);
            let bounds = [least_number(scale.low), least_number(scale.medium), least_number(scale.high), critical];
            let bands = Bands { reads_raw: true, bounds, scored: vec![] };
            let bounds = [scale.low, scale.medium, scale.high, 1.0, 0.0, -0.0].map(|bound| bound as f32);
            let near = bounds.into_iter().flat_map(|bound| [bound.next_down(), bound, bound.next_up(), -bound]);
            let hard =
                [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, f32::MIN_POSITIVE, f32::from_bits(1)];
            for score in near.chain(hard) {
                assert_eq!(bands.band(score_number(score)), scale.band(f64::from(score)), "{score} on {scale:?}");
                assert_eq!(score_of(score_number(score)).to_bits(), score.to_bits());
            }
        }
    }
}
