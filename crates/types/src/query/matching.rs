//! What each condition means.

use super::{Field, Filter, State, Text, words};
use crate::{Event, Scale, ScoreState, Scored, Severity, Verdict};

/// An event as far as questions see it.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub scored: &'a Scored,
    pub verdict: Option<Verdict>,
}

impl Candidate<'_> {
    pub fn severity(&self, scale: &Scale) -> Option<Severity> {
        self.scored.score.score().map(|score| scale.severity(score))
    }

    /// The value of a field; nothing where the event has none.
    pub fn value(&self, field: &Field) -> Option<String> {
        let event = &self.scored.event;
        match field {
            Field::Host => Some(event.hostname.clone()),
            Field::Source => Some(event.source.clone()),
            Field::User => event.user.clone(),
            Field::Address => event.address.clone(),
            Field::Channel => event.channel.clone(),
            Field::Os => Some(event.os_type.clone()),
            Field::Collector => Some(event.collector.clone()),
            Field::Level => Some(event.severity_level().name().to_owned()),
            Field::Template => self.scored.template.map(|template| template.to_string()),
            Field::Verdict => self.verdict.map(|verdict| verdict.name().to_owned()),
            Field::Named(name) => event.fields.get(name).cloned(),
        }
    }
}

impl State {
    pub fn of(state: &ScoreState) -> Self {
        match state {
            ScoreState::NotScored => Self::NotScored,
            ScoreState::Failed { .. } => Self::Failed,
            ScoreState::Scored(_) => Self::Scored,
        }
    }
}

impl Filter {
    pub fn matches(&self, candidate: Candidate<'_>, scale: &Scale) -> bool {
        let scored = candidate.scored;
        match self {
            Self::All(all) => all.iter().all(|filter| filter.matches(candidate, scale)),
            Self::Any(any) => any.iter().any(|filter| filter.matches(candidate, scale)),
            Self::Not(filter) => !filter.matches(candidate, scale),
            Self::Time(period) => period.contains(scored.event.timestamp),
            Self::Severity(bands) => candidate.severity(scale).is_some_and(|severity| bands.contains(&severity)),
            Self::Score(from, to) => scored.score.score().is_some_and(|score| (*from..=*to).contains(&score.calibrated)),
            Self::State(states) => states.contains(&State::of(&scored.score)),
            Self::Level(levels) => levels.contains(&scored.event.severity_level()),
            Self::Is(field, value) => candidate.value(field).as_ref() == Some(value),
            Self::Verdict(verdicts) => candidate.verdict.is_some_and(|verdict| verdicts.contains(&verdict)),
            Self::Text(text) => text.matches(&scored.event),
        }
    }
}

impl Text {
    pub fn matches(&self, event: &Event) -> bool {
        texts(event, self.field.as_deref()).any(|text| self.is_in(text))
    }

    fn is_in(&self, text: &str) -> bool {
        let Some((last, first)) = self.words.split_last() else { return false };
        let is_last = if self.is_prefix { words::begins } else { words::is };
        let mut from = words::written(text);
        loop {
            let mut found = from.clone();
            let is_here = first.iter().all(|word| found.next().is_some_and(|found| words::is(found, word)));
            if is_here && found.next().is_some_and(|found| is_last(found, last)) {
                return true;
            }
            if from.next().is_none() {
                return false;
            }
        }
    }
}

/// The texts of an event in which words are looked for: all of them, or those of that name.
pub(super) fn texts<'a>(event: &'a Event, name: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    let columns = [
        ("message", true, Some(&event.message)),
        ("host", true, Some(&event.hostname)),
        ("hostname", false, Some(&event.hostname)),
        ("source", true, Some(&event.source)),
        ("user", true, event.user.as_ref()),
        ("address", true, event.address.as_ref()),
        ("channel", true, event.channel.as_ref()),
        ("level", false, Some(&event.level)),
        ("os", false, Some(&event.os_type)),
        ("collector", false, Some(&event.collector)),
        ("record_id", false, event.record_id.as_ref()),
    ];
    let is_wanted = move |own: &str, is_searched: bool| name.map_or(is_searched, |name| name.eq_ignore_ascii_case(own));
    let columns = columns.into_iter().filter(move |(own, is_searched, _)| is_wanted(own, *is_searched));
    let fields = event.fields.iter().filter(move |(own, _)| is_wanted(own, true));
    columns.filter_map(|(.., text)| text.map(String::as_str)).chain(fields.map(|(_, text)| text.as_str()))
}

impl Event {
    /// The texts in which a question without a field looks for words.
    pub fn searched_texts(&self) -> impl Iterator<Item = &str> {
        texts(self, None)
    }
}
