//! Each condition by itself, turned round, and within others.

use radar_store::{Store, Stored};
use radar_types::query::{Candidate, Field, Filter, State};
use radar_types::{Level, Scale, ScoreState, Scored, Severity, TemplateId, Timestamp, Verdict};

use super::Home;
use super::asking::{ALWAYS, all, ask, filled, find, ids, period, public, quarters, whole};
use super::sample::{batch, numbered, score, time};

pub(crate) fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

/// A store with these events, which are asked for by their place among them.
pub(crate) struct Asked {
    store: Box<dyn Store>,
    events: Vec<Stored>,
    scale: Scale,
}

impl Asked {
    pub(crate) async fn new(home: &dyn Home, events: Vec<Scored>) -> Self {
        let (store, events) = filled(home, events).await;
        Self { store, events, scale: Scale::radar() }
    }

    /// The filter finds exactly these, its contrary all others, and both mean what [`Filter::matches`] says.
    pub(crate) async fn check(&self, filter: Filter, expected: &[usize]) {
        let others: Vec<usize> = (0..self.events.len()).filter(|index| !expected.contains(index)).collect();
        for (filter, expected) in [(filter.clone(), expected), (not(filter), &others)] {
            let is_meant =
                |stored: &Stored| filter.matches(Candidate { scored: &stored.scored, verdict: stored.verdict }, &self.scale);
            let meant: Vec<usize> = (0..self.events.len()).filter(|index| is_meant(&self.events[*index])).collect();
            assert_eq!(meant, expected, "the case itself is wrong: {filter:?}");
            let mut ask = ask(filter);
            ask.scale = self.scale.clone();
            let place = |stored: &Stored| self.events.iter().position(|event| event.seq == stored.seq).unwrap();
            let found: Vec<usize> = find(&*self.store, &ask).await.iter().map(place).collect();
            assert_eq!(found, expected, "found by {:?}", ask.filter);
            let tally = whole(self.store.tally(&ask).await.unwrap());
            assert_eq!(tally.events(), expected.len() as u64, "counted by {:?}", ask.filter);
        }
    }

    pub(crate) async fn close(self) {
        self.store.close().await.unwrap();
    }
}

pub(crate) async fn events_are_found_by_their_time(home: &dyn Home) {
    let mut events = batch(0, 6);
    for (scored, timestamp) in events.iter_mut().zip([Timestamp::MIN, time(-1), time(0), time(9), time(10), Timestamp::MAX]) {
        scored.event.timestamp = timestamp;
    }
    let asked = Asked::new(home, events).await;
    asked.check(Filter::Time(period(0, 10)), &[2, 3]).await;
    asked.check(Filter::Time(period(-1, 11)), &[1, 2, 3, 4]).await;
    asked.check(Filter::Time(period(10, 11)), &[4]).await;
    asked.check(Filter::Time(period(0, 0)), &[]).await;
    asked.check(Filter::Time(period(10, 0)), &[]).await;
    asked.check(Filter::Time(ALWAYS), &[0, 1, 2, 3, 4]).await;
    asked.check(Filter::All(vec![Filter::Time(period(0, 10)), Filter::Time(period(5, 20))]), &[3]).await;
    asked.check(Filter::Any(vec![Filter::Time(period(-5, 0)), Filter::Time(period(5, 10))]), &[1, 3]).await;
    asked.close().await;
}

/// Scores at and beside the bounds of the scales, and such that are hard to store.
fn of_many_scores() -> Vec<Scored> {
    let states = [
        ScoreState::NotScored,
        ScoreState::Failed { error: "the model does not know this event".into() },
        score(0.0, 0.0),
        score(-0.0, -0.0),
        // The number next to the bound lies below it.
        score(0.01, 0.25),
        score(0.010_000_001, 0.249_999_99),
        score(0.06, 1.0),
        score(f32::NAN, f32::NAN),
        score(f32::INFINITY, f32::INFINITY),
        score(f32::NEG_INFINITY, f32::NEG_INFINITY),
        score(f32::MIN_POSITIVE, f32::MIN_POSITIVE),
    ];
    batch(0, states.len() as u64).into_iter().zip(states).map(|(scored, score)| Scored { score, ..scored }).collect()
}

pub(crate) async fn events_are_found_by_their_score(home: &dyn Home) {
    let asked = Asked::new(home, of_many_scores()).await;
    asked.check(Filter::Score(0.0, 1.0), &[2, 3, 4, 5, 6, 10]).await;
    asked.check(Filter::Score(-0.0, 0.0), &[2, 3]).await;
    asked.check(Filter::Score(0.0, -0.0), &[2, 3]).await;
    asked.check(Filter::Score(0.25, 1.0), &[4, 6]).await;
    asked.check(Filter::Score(0.25, 0.25), &[4]).await;
    asked.check(Filter::Score(f32::MIN, 0.0_f32.next_down()), &[]).await;
    asked.check(Filter::Score(f32::NEG_INFINITY, 0.0), &[2, 3, 9]).await;
    asked.check(Filter::Score(f32::NEG_INFINITY, f32::INFINITY), &[2, 3, 4, 5, 6, 8, 9, 10]).await;
    asked.check(Filter::Score(f32::INFINITY, f32::INFINITY), &[8]).await;
    asked.check(Filter::Score(1.0, 0.0), &[]).await;
    asked.check(Filter::Score(f32::NAN, 1.0), &[]).await;
    asked.check(Filter::Score(0.0, f32::NAN), &[]).await;
    asked.check(Filter::Score(f32::NAN, f32::NAN), &[]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_whether_they_have_a_score(home: &dyn Home) {
    let asked = Asked::new(home, of_many_scores()).await;
    asked.check(Filter::State(vec![State::NotScored]), &[0]).await;
    asked.check(Filter::State(vec![State::Failed]), &[1]).await;
    asked.check(Filter::State(vec![State::Scored]), &[2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
    asked.check(Filter::State(vec![State::Failed, State::NotScored, State::Failed]), &[0, 1]).await;
    asked.check(Filter::State(vec![]), &[]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_their_severity(home: &dyn Home) {
    let mut asked = Asked::new(home, of_many_scores()).await;
    asked.check(Filter::Severity(vec![Severity::Safe]), &[2, 3, 4, 7, 9, 10]).await;
    asked.check(Filter::Severity(vec![Severity::Low]), &[5]).await;
    asked.check(Filter::Severity(vec![Severity::High]), &[6, 8]).await;
    asked.check(Filter::Severity(vec![Severity::Critical]), &[]).await;
    asked.check(Filter::Severity(vec![Severity::Safe, Severity::High, Severity::Safe]), &[2, 3, 4, 6, 7, 8, 9, 10]).await;
    asked.check(Filter::Severity(Severity::ALL.to_vec()), &[2, 3, 4, 5, 6, 7, 8, 9, 10]).await;
    asked.check(Filter::Severity(vec![]), &[]).await;
    asked.scale = quarters();
    asked.check(Filter::Severity(vec![Severity::Safe]), &[2, 3, 5, 7, 9, 10]).await;
    asked.check(Filter::Severity(vec![Severity::Low]), &[4]).await;
    asked.check(Filter::Severity(vec![Severity::Critical]), &[6, 8]).await;
    asked.scale = Scale { low: -1.0, critical: None, ..quarters() };
    asked.check(Filter::Severity(vec![Severity::Safe]), &[7, 9]).await;
    asked.check(Filter::Severity(vec![Severity::High]), &[6, 8]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_their_level(home: &dyn Home) {
    let levels = ["Information", "WARN", "audit failure", "emerg", "Verbose", "", "purple", "ERROR", "warning "];
    let mut events = batch(0, levels.len() as u64);
    events.iter_mut().zip(levels).for_each(|(scored, level)| scored.event.level = level.into());
    let asked = Asked::new(home, events).await;
    asked.check(Filter::Level(vec![Level::Info]), &[0, 5, 6, 8]).await;
    asked.check(Filter::Level(vec![Level::Error]), &[2, 7]).await;
    asked.check(Filter::Level(vec![Level::Debug, Level::Critical, Level::Debug]), &[3, 4]).await;
    asked.check(Filter::Level(Level::ALL.to_vec()), &[0, 1, 2, 3, 4, 5, 6, 7, 8]).await;
    asked.check(Filter::Level(vec![]), &[]).await;
    asked.check(Filter::Is(Field::Level, "warning".into()), &[1]).await;
    asked.check(Filter::Is(Field::Level, "WARN".into()), &[]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_the_exact_value_of_a_column(home: &dyn Home) {
    // Each event has the value in one field more than the last.
    let columns = [Field::Host, Field::Source, Field::Os, Field::Collector, Field::User, Field::Address, Field::Channel];
    let mut events = batch(0, columns.len() as u64 + 1);
    for (index, scored) in events.iter_mut().enumerate() {
        let event = &mut scored.event;
        let required = [&mut event.hostname, &mut event.source, &mut event.os_type, &mut event.collector];
        required.into_iter().take(index).for_each(|column| *column = "Ann Other".into());
        let optional = [&mut event.user, &mut event.address, &mut event.channel];
        optional.into_iter().take(index.saturating_sub(4)).for_each(|column| *column = Some("Ann Other".into()));
    }
    let asked = Asked::new(home, events).await;
    for (index, field) in columns.into_iter().enumerate() {
        let expected: Vec<usize> = (index + 1..8).collect();
        asked.check(Filter::Is(field.clone(), "Ann Other".into()), &expected).await;
        for other in ["ann other", "Ann", "Other", "", " Ann Other", "Ann Other\0", "Ann%", "Ann.*"] {
            asked.check(Filter::Is(field.clone(), other.into()), &[]).await;
        }
    }
    asked.close().await;
}

pub(crate) async fn no_value_is_not_an_empty_value(home: &dyn Home) {
    let mut events = batch(0, 3);
    events[1].event.user = Some(String::new());
    events[1].event.fields.insert("note".into(), String::new());
    events[2].event.user = Some("ann".into());
    events[2].event.fields.insert("note".into(), "x".into());
    let asked = Asked::new(home, events).await;
    asked.check(Filter::Is(Field::User, String::new()), &[1]).await;
    asked.check(Filter::Is(Field::Named("note".into()), String::new()), &[1]).await;
    asked.check(Filter::Is(Field::Host, String::new()), &[]).await;
    asked.check(Filter::Is(Field::Template, String::new()), &[]).await;
    asked.check(Filter::Is(Field::Verdict, String::new()), &[]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_fields_of_any_name(home: &dyn Home) {
    let names = [
        "LogonType",
        "logontype",
        "a.b",
        "a",
        "$where",
        "$",
        "",
        "a\0b",
        "hostname",
        "_id",
        "fields",
        "größe",
        "東京",
        "\u{10fffd}",
        "x.",
        ".x",
        "'",
        "\"",
        "0",
    ];
    let mut events = batch(0, names.len() as u64);
    for (index, scored) in events.iter_mut().enumerate() {
        scored.event.fields.insert(names[index].into(), "3".into());
        scored.event.fields.insert("index".into(), index.to_string());
        scored.event.fields.insert("parity".into(), ["even", "odd"][index % 2].into());
    }
    let asked = Asked::new(home, events).await;
    for (index, name) in names.into_iter().enumerate() {
        asked.check(Filter::Is(Field::Named(name.into()), "3".into()), &[index]).await;
        asked.check(Filter::Is(Field::Named(name.into()), "03".into()), &[]).await;
        asked.check(Filter::Is(Field::Named("index".into()), index.to_string()), &[index]).await;
    }
    let odd: Vec<usize> = (0..names.len()).filter(|index| index % 2 == 1).collect();
    asked.check(Filter::Is(Field::Named("parity".into()), "odd".into()), &odd).await;
    asked.check(Filter::Is(Field::Named("PARITY".into()), "odd".into()), &[]).await;
    asked.check(Filter::Is(Field::Named("unknown".into()), "3".into()), &[]).await;
    asked.check(Filter::Is(Field::Named("a=3".into()), String::new()), &[]).await;
    asked.close().await;
}

pub(crate) async fn a_name_and_a_value_do_not_run_together(home: &dyn Home) {
    let pairs = [("ab", "c"), ("a", "bc"), ("a=b", "c"), ("a", "b=c"), ("a:b", "c"), ("a", "b:c"), ("a\0b", "c"), ("a", "b\0c")];
    let mut events = batch(0, pairs.len() as u64);
    for (scored, (name, value)) in events.iter_mut().zip(pairs) {
        scored.event.fields.insert(name.into(), value.into());
    }
    let asked = Asked::new(home, events).await;
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        asked.check(Filter::Is(Field::Named(name.into()), value.into()), &[index]).await;
    }
    asked.close().await;
}

pub(crate) async fn events_are_found_by_long_values_that_differ_at_their_end(home: &dyn Home) {
    let long = |end: &str| format!("{}{end}", "x".repeat(100_000));
    let mut events = batch(0, 3);
    for (scored, end) in events.iter_mut().zip(["a", "b", ""]) {
        scored.event.source = long(end);
        scored.event.fields.insert("path".into(), long(end));
    }
    let asked = Asked::new(home, events).await;
    for (index, end) in ["a", "b", ""].into_iter().enumerate() {
        asked.check(Filter::Is(Field::Source, long(end)), &[index]).await;
        asked.check(Filter::Is(Field::Named("path".into()), long(end)), &[index]).await;
    }
    asked.check(Filter::Is(Field::Source, "x".repeat(99_999)), &[]).await;
    asked.close().await;
}

pub(crate) async fn events_are_found_by_their_template(home: &dyn Home) {
    let templates = [None, Some(0), Some(1), Some(u64::MAX), Some(1), Some(1 << 63)];
    let mut events = batch(0, templates.len() as u64);
    events.iter_mut().zip(templates).for_each(|(scored, template)| scored.template = template.map(TemplateId));
    let asked = Asked::new(home, events).await;
    let is = |number: u64| Filter::Is(Field::Template, TemplateId(number).to_string());
    asked.check(is(0), &[1]).await;
    asked.check(is(1), &[2, 4]).await;
    asked.check(is(u64::MAX), &[3]).await;
    asked.check(is(1 << 63), &[5]).await;
    asked.check(is(2), &[]).await;
    // Letter for letter, as it travels.
    for text in ["1", "FFFFFFFFFFFFFFFF", "0000000000000001 ", "none", "-1"] {
        asked.check(Filter::Is(Field::Template, text.into()), &[]).await;
    }
    asked.close().await;
}

pub(crate) async fn events_are_found_by_their_verdict(home: &dyn Home) {
    let mut asked = Asked::new(home, batch(0, 4)).await;
    let seqs: Vec<_> = asked.events.iter().map(|stored| stored.seq).collect();
    asked.store.judge(&public(), vec![seqs[0], seqs[2]], Some(Verdict::Expected)).await.unwrap();
    asked.store.judge(&public(), vec![seqs[3]], Some(Verdict::Suspicious)).await.unwrap();
    asked.events = all(&*asked.store, &public()).await;
    asked.check(Filter::Verdict(vec![Verdict::Expected]), &[0, 2]).await;
    asked.check(Filter::Verdict(vec![Verdict::Suspicious]), &[3]).await;
    asked.check(Filter::Verdict(Verdict::ALL.to_vec()), &[0, 2, 3]).await;
    asked.check(Filter::Verdict(vec![]), &[]).await;
    asked.check(Filter::Is(Field::Verdict, "expected".into()), &[0, 2]).await;
    asked.check(Filter::Is(Field::Verdict, "Expected".into()), &[]).await;
    asked.check(Filter::Is(Field::Verdict, "none".into()), &[]).await;
    asked.close().await;
}

pub(crate) async fn conditions_are_joined_and_turned_round(home: &dyn Home) {
    let asked = Asked::new(home, batch(0, 8)).await;
    // Those whose number has this bit.
    let bit = |bit: usize| {
        let numbers = (0..8_u64).filter(|number| number >> bit & 1 == 1);
        let exactly = |number: u64| {
            let start = numbered(number).event.timestamp.unix_millis();
            Filter::Time(period(start, start + 1))
        };
        Filter::Any(numbers.map(exactly).collect())
    };
    let [a, b, c] = [bit(0), bit(1), bit(2)];
    asked.check(Filter::All(vec![]), &[0, 1, 2, 3, 4, 5, 6, 7]).await;
    asked.check(Filter::Any(vec![]), &[]).await;
    asked.check(a.clone(), &[1, 3, 5, 7]).await;
    asked.check(Filter::All(vec![a.clone(), b.clone()]), &[3, 7]).await;
    asked.check(Filter::All(vec![a.clone(), not(b.clone())]), &[1, 5]).await;
    asked.check(Filter::All(vec![not(a.clone()), not(b.clone())]), &[0, 4]).await;
    asked.check(Filter::Any(vec![a.clone(), not(b.clone())]), &[0, 1, 3, 4, 5, 7]).await;
    asked.check(Filter::Any(vec![not(a.clone()), Filter::Any(vec![])]), &[0, 2, 4, 6]).await;
    asked.check(Filter::All(vec![Filter::All(vec![]), not(Filter::Any(vec![])), c.clone()]), &[4, 5, 6, 7]).await;
    asked.check(Filter::All(vec![c.clone(), Filter::Any(vec![])]), &[]).await;
    asked.check(not(not(a.clone())), &[1, 3, 5, 7]).await;
    let nested = Filter::Any(vec![Filter::All(vec![a, not(Filter::Any(vec![b, c.clone()]))]), not(Filter::Any(vec![not(c)]))]);
    asked.check(nested, &[1, 4, 5, 6, 7]).await;
    asked.close().await;
}

pub(crate) async fn a_question_is_about_every_event_of_its_collection(home: &dyn Home) {
    let store = home.open().await;
    store.append(&public(), batch(0, 3)).await.unwrap();
    let first = find(&*store, &ask(Filter::everything())).await;
    store.append(&public(), batch(3, 6)).await.unwrap();
    let second = find(&*store, &ask(Filter::everything())).await;
    assert_eq!((first.len(), second.len()), (3, 6), "what was just appended is found");
    assert_eq!(ids(&second)[..3], ids(&first));
    store.close().await.unwrap();
}
