//! A filter as a query of the database.
//!
//! Where the database cannot say exactly what a condition means, the query finds at least what the filter means, and the
//! plan says that each event is to be held against the filter. Values are only ever operands of operators written here, so
//! none of them can become one.

use mongodb::bson::{Document, doc};
use radar_types::query::{Field, Filter, Period, State, Text, words};
use radar_types::{Scale, Severity};

use super::number;

#[derive(Debug)]
pub(super) struct Plan {
    pub query: Document,
    /// Whether it finds nothing else.
    pub is_exact: bool,
}

/// `has_cut`: whether the collection has events whose list of words does not have all of them.
pub(super) fn plan(filter: &Filter, scale: &Scale, has_cut: bool) -> Plan {
    let Plan { query, is_exact } = Planner { scale, has_cut }.part(filter, false);
    Plan { query: doc! { "$and": [every(), query] }, is_exact }
}

/// Finds every event, by indexes that documents without `radar` are not in.
pub(super) fn every() -> Document {
    doc! { "radar.time": { "$gte": i64::MIN } }
}

pub(super) fn within(period: Period) -> Document {
    doc! { "radar.time": { "$gte": period.from.unix_millis(), "$lt": period.to.unix_millis() } }
}

pub(super) fn has_text(filter: &Filter) -> bool {
    match filter {
        Filter::All(inner) | Filter::Any(inner) => inner.iter().any(has_text),
        Filter::Not(inner) => has_text(inner),
        Filter::Text(_) => true,
        _ => false,
    }
}

/// The keys of the scores in a band, as ranges that include both ends. A score that is no number is in the lowest.
pub(super) fn bands(scale: &Scale, severity: Severity) -> Vec<(i64, i64)> {
    let bounds = [scale.low, scale.medium, scale.high].map(number::at_least);
    let critical = scale.critical.map(number::at_least);
    let highest = number::highest();
    match severity {
        Severity::Safe => vec![(i64::MIN, bounds[0] - 1), (highest + 1, i64::MAX)],
        Severity::Low => vec![(bounds[0], bounds[1] - 1)],
        Severity::Medium => vec![(bounds[1], bounds[2] - 1)],
        Severity::High => vec![(bounds[2], critical.map_or(highest, |critical| critical - 1))],
        Severity::Critical => critical.map(|critical| (critical, highest)).into_iter().collect(),
    }
}

/// Where the scores are that a scale reads.
pub(super) fn banded(scale: &Scale) -> &'static str {
    if scale.reads_raw { "radar.raw" } else { "radar.calibrated" }
}

struct Planner<'a> {
    scale: &'a Scale,
    has_cut: bool,
}

impl Planner<'_> {
    /// What the filter means, or its opposite: what holds not exactly cannot be turned around afterwards.
    fn part(&self, filter: &Filter, is_not: bool) -> Plan {
        match filter {
            Filter::Not(inner) => self.part(inner, !is_not),
            Filter::All(inner) => self.group(inner, is_not, !is_not),
            Filter::Any(inner) => self.group(inner, is_not, is_not),
            Filter::Text(text) => self.text(text, is_not),
            Filter::Is(field, value) => is(field, value, is_not),
            Filter::Time(period) => exactly(within(*period), is_not),
            Filter::Severity(severities) => {
                let ranges = severities.iter().flat_map(|severity| bands(self.scale, *severity));
                let name = banded(self.scale);
                exactly(or(ranges.map(|(from, to)| doc! { name: { "$gte": from, "$lte": to } }).collect()), is_not)
            }
            Filter::Score(from, to) if from.is_nan() || to.is_nan() => exactly(nothing(), is_not),
            Filter::Score(from, to) => {
                let range = doc! { "$gte": number::at_least(f64::from(*from)), "$lte": number::at_most(*to) };
                exactly(doc! { "radar.calibrated": range }, is_not)
            }
            Filter::State(states) => exactly(one_of("radar.state", states.iter().map(|state| self::state(*state))), is_not),
            Filter::Level(levels) => exactly(one_of("radar.level", levels.iter().map(|level| level.name())), is_not),
            Filter::Verdict(verdicts) => exactly(one_of("radar.verdict", verdicts.iter().map(|verdict| verdict.name())), is_not),
        }
    }

    fn group(&self, inner: &[Filter], is_not: bool, needs_all: bool) -> Plan {
        let parts: Vec<Plan> = inner.iter().map(|filter| self.part(filter, is_not)).collect();
        let is_exact = parts.iter().all(|part| part.is_exact);
        let queries: Vec<Document> = parts.into_iter().map(|part| part.query).collect();
        Plan { query: if needs_all { and(queries) } else { or(queries) }, is_exact }
    }

    fn text(&self, text: &Text, is_not: bool) -> Plan {
        let Some((last, first)) = text.words.split_last() else { return exactly(nothing(), is_not) };
        let field = text.field.as_deref();
        // These columns have no part in the list of words.
        let is_listed = field
            .is_none_or(|field| !["level", "os", "collector", "record_id"].iter().any(|name| field.eq_ignore_ascii_case(name)));
        if !is_listed {
            return Plan { query: Document::new(), is_exact: false };
        }
        let mut conditions: Vec<Document> = first.iter().map(|word| listed(word)).collect();
        conditions.push(if text.is_prefix { beginning(last) } else { listed(last) });
        let query = and(conditions);
        match (first.is_empty() && field.is_none(), is_not) {
            (true, false) if self.has_cut => Plan { query: or(vec![query, doc! { "radar.cut": true }]), is_exact: false },
            (true, _) => Plan { is_exact: !self.has_cut, ..exactly(query, is_not) },
            (false, false) if self.has_cut => Plan { query: or(vec![query, doc! { "radar.cut": true }]), is_exact: false },
            (false, false) => Plan { query, is_exact: false },
            (false, true) => Plan { query: Document::new(), is_exact: false },
        }
    }
}

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::NotScored => "not_scored",
        State::Failed => "failed",
        State::Scored => "scored",
    }
}

fn is(field: &Field, value: &str, is_not: bool) -> Plan {
    let name = match field {
        Field::Host => "hostname",
        Field::Source => "source",
        Field::Os => "os_type",
        Field::Collector => "collector",
        Field::User => "radar.user",
        Field::Address => "radar.address",
        Field::Channel => "radar.channel",
        Field::Level => "radar.level",
        Field::Template => "radar.template",
        Field::Verdict => "radar.verdict",
        Field::Named(name) => {
            let pair = doc! { "radar.fields": { "$elemMatch": { "k": { "$eq": name }, "v": { "$eq": value } } } };
            // An index has the words, and none has the pairs. Those of a cut list may be among the missing ones.
            let known = words(value).next().map(|word| or(vec![listed(&word), doc! { "radar.cut": true }]));
            return match known {
                Some(known) if !is_not => exactly(and(vec![known, pair]), false),
                _ => exactly(pair, is_not),
            };
        }
    };
    exactly(doc! { name: { "$eq": value } }, is_not)
}

fn listed(word: &str) -> Document {
    doc! { "radar.words": { "$eq": word } }
}

/// Words have letters and digits only, so none goes on with this character.
fn beginning(word: &str) -> Document {
    doc! { "radar.words": { "$elemMatch": { "$gte": word, "$lt": format!("{word}\u{10ffff}") } } }
}

fn one_of<'a>(name: &str, values: impl Iterator<Item = &'a str>) -> Document {
    doc! { name: { "$in": values.collect::<Vec<_>>() } }
}

fn exactly(query: Document, is_not: bool) -> Plan {
    Plan {
        query: if is_not {
            doc! { "$nor": [query] }
        } else {
            query
        },
        is_exact: true,
    }
}

fn nothing() -> Document {
    doc! { "_id": { "$in": [] } }
}

fn and(mut all: Vec<Document>) -> Document {
    match all.len() {
        0 => Document::new(),
        1 => all.remove(0),
        _ => doc! { "$and": all },
    }
}

fn or(mut any: Vec<Document>) -> Document {
    match any.len() {
        0 => nothing(),
        1 => any.remove(0),
        _ => doc! { "$or": any },
    }
}

#[cfg(test)]
mod tests {
    use radar_types::Score;

    use super::*;

    #[test]
    fn bands_are_those_of_the_scale() {
        let numbers = [
            f32::NAN,
            -f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            -0.0,
            0.0,
            0.009,
            0.01,
            0.0100001,
            0.02,
            0.05,
            0.45,
            0.65,
            0.9499,
            0.95,
            1.0,
        ];
        let zero = Scale { low: 0.0, ..Scale::radar() };
        for scale in [Scale::radar(), Scale::isolation_forest(), zero] {
            for value in numbers {
                let score = Score {
                    raw: value,
                    calibrated: value,
                    model: String::new(),
                    model_version: String::new(),
                    schema: String::new(),
                    schema_version: 0,
                };
                for severity in Severity::ALL {
                    let is_in = bands(&scale, severity).iter().any(|(from, to)| (*from..=*to).contains(&number::key(value)));
                    assert_eq!(is_in, scale.severity(&score) == severity, "{value} in {severity} of {}", scale.name);
                }
            }
        }
    }

    fn text(words: &[&str], field: Option<&str>) -> Filter {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Filter::Text(Text { field: field.map(str::to_owned), words, is_prefix: false })
    }

    fn check(filter: Filter, is_exact: bool) {
        assert_eq!(plan(&filter, &Scale::radar(), false).is_exact, is_exact, "{filter:?}");
    }

    #[test]
    fn one_word_is_exact_and_a_phrase_or_a_field_is_not() {
        check(Filter::everything(), true);
        check(text(&["a"], None), true);
        check(text(&[], None), true);
        check(text(&["a", "b"], None), false);
        check(text(&["a"], Some("host")), false);
        check(Filter::Not(Box::new(text(&["a"], None))), true);
        check(Filter::Not(Box::new(text(&["a", "b"], None))), false);
        check(Filter::Is(Field::Named("$where".into()), "a.b".into()), true);
        assert!(!plan(&text(&["a"], None), &Scale::radar(), true).is_exact);
    }

    #[test]
    fn what_is_not_exact_leaves_nothing_out_when_it_is_turned_around() {
        let phrase = text(&["a", "b"], None);
        let negated = plan(&Filter::Not(Box::new(Filter::Any(vec![phrase, text(&["c"], None)]))), &Scale::radar(), false);
        let expected = doc! { "$and": [every(), { "$and": [{}, { "$nor": [{ "radar.words": { "$eq": "c" } }] }] }] };
        assert_eq!((negated.query, negated.is_exact), (expected, false));
    }
}
