use std::sync::Arc;

use radar_engine::Engine;
use radar_store::memory::MemoryStore;
use radar_store::{Ask, Expect, Record, Store, Table};
use radar_types::patterns::{Pattern, PatternChoice, PatternOrder, Patterns};
use radar_types::{CollectionId, Email, Event, Role, Score, ScoreState, Scored, Side, Span, TemplateId, Timestamp};

use super::{PatternQuestion, without};
use crate::{AccountRules, Actor, ErrorKind, Services};

const HOUR: i64 = 3_600_000;

struct House {
    services: Services,
    store: Arc<dyn Store>,
}

fn now() -> Timestamp {
    "2026-03-10T12:00:00Z".parse().unwrap()
}

/// So many hours before now; of the template, with a message that says so.
fn event(hours_ago: i64, template: u64, is_unusual: bool) -> Scored {
    let mut event = Event::at(now().saturating_add_millis(-hours_ago * HOUR));
    event.hostname = "web-1".into();
    event.message = format!("Pattern p{template} took 17 ms");
    let raw = if is_unusual { 0.9 } else { 0.0 };
    let (model, model_version, schema) = ("autoencoder".to_owned(), "1".to_owned(), "event".to_owned());
    let score = Score { raw, calibrated: raw, model, model_version, schema, schema_version: 1 };
    Scored { id: event.id(0), event, score: ScoreState::Scored(score), reasons: Vec::new(), template: Some(TemplateId(template)) }
}

impl House {
    async fn with(events: Vec<Scored>) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        store.append(&CollectionId::public(), events).await.unwrap();
        let engine = Arc::new(Engine::shipped().unwrap());
        Self { services: Services::start(Arc::clone(&store), engine, AccountRules::default()).await.unwrap(), store }
    }

    async fn person(&self, email: &str, role: Role) -> Actor {
        let record = Record { key: email.into(), value: b"{}".into(), ..Record::default() };
        self.store.put(Table::Users, record, Expect::Anything).await.unwrap();
        Actor::person(Email::new(email).unwrap(), role)
    }

    async fn ask(&self, span: &str, find: &str, choice: PatternChoice, order: PatternOrder) -> Result<Patterns, ErrorKind> {
        let question = PatternQuestion { span: span.parse().unwrap(), find, choice, order };
        let patterns = self.services.patterns(&Actor::visitor(), Side::Public, question, now()).await;
        patterns.map_err(|error| error.kind())
    }

    async fn shown(&self, choice: PatternChoice) -> Vec<u64> {
        ids(&self.ask("7d", "", choice, PatternOrder::Count).await.unwrap())
    }
}

fn ids(patterns: &Patterns) -> Vec<u64> {
    patterns.rows.iter().map(|row| row.template.0).collect()
}

/// 1: 30 events, 3 of them unusual. 2: 10, new. 3: 2, unusual both, the last just now. 4: long ago alone. 5: one without
/// anything unusual.
async fn house() -> House {
    let mut events: Vec<Scored> = (30..60).map(|hours| event(hours, 1, hours % 10 == 0)).collect();
    events.extend((1..=10).map(|hours| event(hours, 2, false)));
    events.extend([event(40, 3, true), event(0, 3, true), event(24 * 60, 4, false), event(50, 5, false)]);
    House::with(events).await
}

#[tokio::test]
async fn patterns_are_told_in_every_order() {
    let house = house().await;
    for (order, expected) in [
        (PatternOrder::Count, [1, 2, 3, 5]),
        (PatternOrder::Rarity, [5, 3, 2, 1]),
        (PatternOrder::Share, [3, 1, 2, 5]),
        (PatternOrder::Last, [3, 2, 1, 5]),
        (PatternOrder::First, [2, 3, 5, 1]),
    ] {
        let patterns = house.ask("7d", "", PatternChoice::All, order).await.unwrap();
        assert_eq!(ids(&patterns), expected, "{order:?}");
        assert_eq!((patterns.events, patterns.found, patterns.choices), (43, 4, [4, 1, 0]));
    }
    let patterns = house.ask("7d", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
    let first = &patterns.rows[0];
    assert_eq!((first.text.as_str(), first.tally.events(), first.tally.anomalies()), ("Pattern p<*> took <*> ms", 30, 3));
    assert_eq!(first.trend.iter().sum::<u64>(), 30);
    assert!((20..=26).contains(&first.trend.len()), "{}", first.trend.len());
    assert_eq!(first.first, Some(now().saturating_add_millis(-59 * HOUR)));
    assert_eq!(first.last, Some(now().saturating_add_millis(-30 * HOUR)));
}

#[tokio::test]
async fn counts_are_of_the_range_and_times_are_not() {
    let house = house().await;
    let patterns = house.ask("6h", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
    assert_eq!(ids(&patterns), [2, 3]);
    assert_eq!(patterns.rows[1].tally.events(), 1);
    assert_eq!(patterns.rows[1].first, Some(now().saturating_add_millis(-40 * HOUR)));
}

#[tokio::test]
async fn what_came_first_within_a_day_is_new_unless_everything_did() {
    let house = house().await;
    assert_eq!(house.shown(PatternChoice::New).await, [2]);
    let far = house.ask("2000-3000", "", PatternChoice::New, PatternOrder::Count).await.unwrap();
    assert_eq!((ids(&far), far.events, far.is_young), (vec![2], 0, false), "whatever the range");
    let young = House::with(vec![event(23, 1, false), event(1, 2, false)]).await;
    let patterns = young.ask("7d", "", PatternChoice::New, PatternOrder::Count).await.unwrap();
    assert!(patterns.is_young && patterns.rows.is_empty());
    let day_old = House::with(vec![event(24, 1, false), event(1, 2, false)]).await;
    let patterns = day_old.ask("7d", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
    // The one that is as old as a day is still new, and so is the collection.
    assert_eq!((patterns.is_young, patterns.choices), (false, [2, 2, 0]));
    let nothing = House::with(vec![]).await.ask("7d", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
    assert_eq!((nothing.rows.len(), nothing.is_young, nothing.events), (0, false, 0));
}

#[tokio::test]
async fn patterns_are_found_by_their_events_and_their_names() {
    let house = house().await;
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    house.services.rename_pattern(&analyst, Side::Public, TemplateId(5), "Nightly Backup", now()).await.unwrap();
    let find = async |find: &str| house.ask("7d", find, PatternChoice::All, PatternOrder::Count).await.map(|found| ids(&found));
    assert_eq!(find("p3").await, Ok(vec![3]));
    assert_eq!(find("severity:high").await, Ok(vec![1, 3]));
    assert_eq!(find("  ").await, Ok(vec![1, 2, 3, 5]));
    assert_eq!(find("nightly BACK").await, Ok(vec![5]), "part of a name");
    assert_eq!(find("nothing").await, Ok(vec![]));
    assert_eq!(find("severity:loud").await, Err(ErrorKind::Question));
    let found = house.ask("7d", "severity:high", PatternChoice::All, PatternOrder::Count).await.unwrap();
    assert_eq!((found.rows[0].tally.events(), found.choices), (30, [4, 1, 0]), "what is told is told of the whole");
}

#[tokio::test]
async fn a_muted_pattern_is_no_news_and_nothing_else_changes() {
    let house = house().await;
    let (services, analyst) = (&house.services, house.person("analyst@example.org", Role::Analyst).await);
    for template in [2, 4] {
        services.mute_pattern(&analyst, Side::Public, TemplateId(template), true, now()).await.unwrap();
    }
    assert_eq!(house.shown(PatternChoice::All).await, [1, 3, 5]);
    assert_eq!(house.shown(PatternChoice::New).await, [0_u64; 0]);
    assert_eq!(house.shown(PatternChoice::Muted).await, [2, 4], "those outside of the range, too");
    let span: Span = "7d".parse().unwrap();
    let picture = services.picture(&Actor::visitor(), Side::Public, "template:0000000000000002", span, now()).await.unwrap();
    assert_eq!(picture.tally.events(), 10, "it is found and counted as before");
    let all = Ask::all(CollectionId::public(), radar_types::Scale::radar());
    let heard = without(all.clone(), &services.muted(&all.collection).await.unwrap());
    assert_eq!(house.store.tally(&heard).await.unwrap().value.events(), 33);
    services.mute_pattern(&analyst, Side::Public, TemplateId(2), false, now()).await.unwrap();
    services.mute_pattern(&analyst, Side::Public, TemplateId(4), false, now()).await.unwrap();
    assert_eq!(house.shown(PatternChoice::All).await, [1, 2, 3, 5]);
    assert_eq!(without(all.clone(), &services.muted(&all.collection).await.unwrap()).filter, all.filter);
    assert!(house.store.list(Table::Templates, None, None, 9, now()).await.unwrap().is_empty(), "nothing is left of it");
}

#[tokio::test]
async fn a_muted_pattern_without_events_is_still_there_to_be_unmuted() {
    let house = house().await;
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    house.services.mute_pattern(&analyst, Side::Public, TemplateId(3), true, now()).await.unwrap();
    house.store.clear(&CollectionId::public()).await.unwrap();
    let muted = house.ask("7d", "", PatternChoice::Muted, PatternOrder::Last).await.unwrap();
    let row = &muted.rows[0];
    assert_eq!((row.text.as_str(), row.first, row.is_muted), ("Pattern p<*> took <*> ms", None, true));
    house.services.mute_pattern(&analyst, Side::Public, TemplateId(3), false, now()).await.unwrap();
    assert_eq!(house.shown(PatternChoice::Muted).await, [0_u64; 0]);
}

#[tokio::test]
async fn patterns_are_named_and_muted_by_who_may_judge_events() {
    let house = house().await;
    let viewer = house.person("viewer@example.org", Role::Viewer).await;
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    let rename = async |actor: &Actor, side, template, name: &str| {
        let renamed = house.services.rename_pattern(actor, side, TemplateId(template), name, now()).await;
        renamed.map_err(|error| error.kind())
    };
    assert_eq!(rename(&Actor::visitor(), Side::Public, 1, "x").await, Err(ErrorKind::LogInNeeded));
    assert_eq!(rename(&viewer, Side::Public, 1, "x").await, Err(ErrorKind::NotAllowed));
    assert_eq!(rename(&viewer, Side::Private, 1, "x").await, Err(ErrorKind::Missing), "it has no such pattern");
    assert_eq!(rename(&analyst, Side::Public, 77, "x").await, Err(ErrorKind::Missing));
    let long = "é".repeat(Pattern::NAME_CHARACTERS_MAX);
    for name in [format!("{long}x"), "a\nb".into(), "\u{1b}[31m".into()] {
        assert_eq!(rename(&analyst, Side::Public, 1, &name).await, Err(ErrorKind::Invalid), "{name:?}");
    }
    for (name, shown) in [(long.as_str(), Some(long.as_str())), (" <b>two</b> ", Some("<b>two</b>")), ("  ", None)] {
        assert_eq!(rename(&analyst, Side::Public, 1, name).await, Ok(()));
        let patterns = house.ask("7d", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
        assert_eq!(patterns.rows[0].name.as_deref(), shown);
    }
}

#[tokio::test]
async fn a_name_is_shown_wherever_the_pattern_is() {
    let house = house().await;
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    let (visitor, span) = (Actor::visitor(), "7d".parse().unwrap());
    house.services.rename_pattern(&analyst, Side::Public, TemplateId(1), "Heartbeat", now()).await.unwrap();
    let facets = house.services.facets(&visitor, Side::Public, "", span, now()).await.unwrap();
    let labels: Vec<_> =
        facets.iter().find(|facet| facet.field == "template").unwrap().values.iter().map(|value| value.label.as_deref()).collect();
    assert_eq!(labels[..2], [Some("Heartbeat"), Some("Pattern p<*> took <*> ms")]);
    let latest = house.store.latest(&CollectionId::public(), None, 100).await.unwrap();
    let of_first = latest.iter().find(|stored| stored.scored.template == Some(TemplateId(1))).unwrap();
    let detail = house.services.event(&visitor, Side::Public, of_first.seq).await.unwrap();
    assert_eq!(detail.template.unwrap().name.as_deref(), Some("Heartbeat"));
}

#[tokio::test]
async fn names_are_of_one_collection_and_go_with_it() {
    let house = house().await;
    let ann = house.person("ann@example.org", Role::Analyst).await;
    let own = ann.own_collection().unwrap();
    house.store.append(&own, vec![event(1, 1, false)]).await.unwrap();
    house.services.rename_pattern(&ann, Side::Private, TemplateId(1), "Mine", now()).await.unwrap();
    house.services.mute_pattern(&ann, Side::Public, TemplateId(1), true, now()).await.unwrap();
    let question =
        PatternQuestion { span: "7d".parse().unwrap(), find: "", choice: PatternChoice::All, order: PatternOrder::Count };
    let private = house.services.patterns(&ann, Side::Private, question, now()).await.unwrap();
    assert_eq!((private.rows[0].name.as_deref(), private.choices), (Some("Mine"), [1, 0, 0]));
    let muted = house.ask("7d", "", PatternChoice::Muted, PatternOrder::Count).await.unwrap();
    assert_eq!(muted.rows[0].name, None);
    let refused = house.services.patterns(&Actor::visitor(), Side::Private, question, now()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Missing);
    house.services.remove_collection(&own, now()).await.unwrap();
    assert_eq!(house.store.list(Table::Templates, None, None, 9, now()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn rows_and_mutes_have_their_bounds() {
    let events = (0..Patterns::ROWS_MAX as u64 + 50).flat_map(|template| [event(1, template, false), event(50, template, false)]);
    let house = House::with(events.collect()).await;
    let patterns = house.ask("7d", "", PatternChoice::All, PatternOrder::Count).await.unwrap();
    assert_eq!((patterns.rows.len(), patterns.found), (Patterns::ROWS_MAX, Patterns::ROWS_MAX as u64 + 50));
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    let mute = async |template| {
        let muted = house.services.mute_pattern(&analyst, Side::Public, TemplateId(template), true, now()).await;
        muted.map_err(|error| error.kind())
    };
    for template in 0..Pattern::MUTED_MAX as u64 {
        mute(template).await.unwrap();
    }
    assert_eq!(mute(200).await, Err(ErrorKind::Invalid));
    assert_eq!(mute(0).await, Ok(()), "what is muted already takes no more room");
    house.services.rename_pattern(&analyst, Side::Public, TemplateId(200), "x", now()).await.unwrap();
    assert_eq!(mute(200).await, Err(ErrorKind::Invalid), "one that has a name, too");
    let all = Ask::all(CollectionId::public(), radar_types::Scale::radar());
    let heard = without(all.clone(), &house.services.muted(&all.collection).await.unwrap());
    assert!(house.store.tally(&heard).await.is_ok(), "a question takes as many as there may be");
}
