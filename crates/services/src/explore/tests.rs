use std::sync::Arc;

use radar_engine::{Engine, parse};
use radar_store::memory::MemoryStore;
use radar_store::{Expect, Record, Store, Table};
use radar_types::explore::{EventPage, Facet, FacetValue, SavedSearch};
use radar_types::query::{self, Order};
use radar_types::wire::{Row, Seq};
use radar_types::{CollectionId, Email, Role, SessionAlias, Side, Span, TemplateId, Timestamp, Verdict};
use serde_json::{Value, json};

use super::{EventPart, NewSearch};
use crate::{AccountRules, Actor, ErrorKind, Services};

/// Everything there is.
const SPAN: &str = "1767225600000-1767312000000";

struct House {
    services: Services,
    store: Arc<dyn Store>,
}

impl House {
    async fn new() -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let engine = Arc::new(Engine::shipped().unwrap());
        Self { services: Services::start(Arc::clone(&store), engine, AccountRules::default()).await.unwrap(), store }
    }

    async fn with(events: &[Value]) -> Self {
        let house = Self::new().await;
        house.add(&CollectionId::public(), events).await;
        house
    }

    async fn add(&self, collection: &CollectionId, events: &[Value]) -> Vec<Seq> {
        let body = json!(events).to_string();
        let parsed = parse::json_records(body.as_bytes(), at(0), &parse::Limits::default());
        assert!(parsed.rejects.is_empty());
        let mut scored =
            Engine::shipped().unwrap().score(parse::with_ids(parsed.events.into_iter().map(|(_, event)| event).collect()));
        for one in &mut scored {
            one.template = Some(TemplateId(one.event.message.len() as u64));
        }
        let appended = self.store.append(collection, scored).await.unwrap();
        appended.new.iter().map(|stored| stored.seq).collect()
    }

    /// Somebody whose account is there.
    async fn person(&self, email: &str, role: Role) -> Actor {
        let record = Record { key: email.into(), value: b"{}".into(), ..Record::default() };
        self.store.put(Table::Users, record, Expect::Anything).await.unwrap();
        Actor::person(Email::new(email).unwrap(), role)
    }

    async fn facets(&self, question: &str) -> Vec<Facet> {
        self.services.facets(&Actor::visitor(), Side::Public, question, span(), at(0)).await.unwrap()
    }

    async fn count(&self, question: &str) -> u64 {
        let picture = self.services.picture(&Actor::visitor(), Side::Public, question, span(), at(0)).await.unwrap();
        assert_eq!(picture.tally, picture.timeline.iter().map(|bucket| bucket.tally).sum());
        picture.tally.events()
    }

    async fn page(&self, question: &str, part: EventPart<'_>) -> Result<EventPage, ErrorKind> {
        let page = self.services.events(&Actor::visitor(), Side::Public, question, span(), part, at(0)).await;
        page.map_err(|error| error.kind())
    }

    async fn completed(&self, field: &str, start: &str) -> Vec<String> {
        let found = self.services.complete(&Actor::visitor(), Side::Public, span(), field, start, at(0)).await.unwrap();
        found.into_iter().map(|FacetValue { value, .. }| value).collect()
    }
}

fn span() -> Span {
    SPAN.parse().unwrap()
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_767_225_600_000 + millis).unwrap()
}

fn event(number: i64, host: &str, message: &str) -> Value {
    json!({"timestamp": at(number * 1000).to_string(), "hostname": host, "source": "s", "os_type": "Linux", "level": "INFO",
        "message": message, "collector": "c"})
}

fn part(order: Order, after: Option<&str>, limit: u32) -> EventPart<'_> {
    EventPart { order, after, limit }
}

fn messages(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.scored.event.message.as_str()).collect()
}

#[tokio::test]
async fn a_picture_shows_the_whole_range_of_what_is_found() {
    let events: Vec<Value> = (0..50).map(|number| event(number, if number < 20 { "a" } else { "b" }, "m")).collect();
    let house = House::with(&events).await;
    assert_eq!(house.count("").await, 50);
    assert_eq!(house.count("host=\"a\"").await, 20);
    assert_eq!(house.count("-host:a").await, 30);
    let picture = house.services.picture(&Actor::visitor(), Side::Public, "", span(), at(0)).await.unwrap();
    assert_eq!((picture.from, picture.to), (at(0), at(86_400_000)));
    assert_eq!(picture.timeline.len(), 96);
    assert_eq!(picture.last_seq, house.store.last_seq(&CollectionId::public()).await.unwrap());
}

#[tokio::test]
async fn what_cannot_be_read_says_where() {
    let house = House::new().await;
    let visitor = Actor::visitor();
    let error = house.services.picture(&visitor, Side::Public, "é level:info severity:loud", span(), at(0)).await.unwrap_err();
    assert_eq!((error.kind(), error.kind().code(), error.kind().status()), (ErrorKind::Question, "question", 400));
    let expected = "The question can't be read at character 14: severity is one of safe, low, medium, high, critical, not \
                    \"severity:loud\".";
    assert_eq!(error.to_string().replace("\"loud\"", "\"severity:loud\""), expected);
    let refused = house.services.facets(&visitor, Side::Public, ")", span(), at(0)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Question);
    assert_eq!(house.page("(", part(Order::Newest, None, 1)).await.unwrap_err(), ErrorKind::Question);
}

#[tokio::test]
async fn a_facet_counts_what_including_its_value_finds() {
    let hostile = ["a", "a b", "\"", "\\\" OR a", "", "$ne", "{\"$gt\": \"\"}", "a*", "<b>", "東京"];
    let mut events: Vec<Value> =
        hostile.iter().enumerate().flat_map(|(at, host)| (0..=at as i64).map(move |number| event(number, host, "m"))).collect();
    for (number, event) in events.iter_mut().enumerate() {
        event["user"] = json!(hostile[number % 3]);
        event["level"] = json!(["INFO", "error"][number % 2]);
    }
    let house = House::with(&events).await;
    let facets = house.facets("").await;
    let fields: Vec<&str> = facets.iter().map(|facet| facet.field.as_str()).collect();
    assert_eq!(fields, ["severity", "level", "host", "source", "user", "address", "channel", "template", "verdict"]);
    for facet in &facets {
        for value in &facet.values {
            let question = query::term(&facet.field, &value.value);
            assert_eq!(house.count(&question).await, value.count, "{question}");
            assert_eq!(house.count(&format!("-{question}")).await, events.len() as u64 - value.count, "-{question}");
        }
    }
    let hosts = &facets[2];
    assert_eq!((hosts.distinct, hosts.values.len(), hosts.is_partial), (hostile.len() as u64, 10, false));
    assert_eq!(hosts.values[0].value, "東京");
    assert_eq!(facets[7].values[0].label.as_deref(), Some("m"));
    assert!(facets[5].values.is_empty() && facets[8].values.is_empty());
}

#[tokio::test]
async fn a_facet_lists_the_most_frequent_and_counts_up_to_a_bound() {
    let events: Vec<Value> = (0..1_200).map(|number| event(number, &format!("h{number}"), "m")).collect();
    let house = House::with(&events).await;
    let facets = house.facets("").await;
    assert_eq!((facets[2].values.len(), facets[2].distinct), (Facet::VALUES_MAX, u64::from(Facet::DISTINCT_MAX)));
}

#[tokio::test]
async fn pages_join_in_every_order() {
    let events: Vec<Value> = (0..30).map(|number| event(number, "a", &"x ".repeat(1 + number as usize % 4))).collect();
    let house = House::with(&events).await;
    for order in [Order::Newest, Order::Oldest, Order::Score, Order::Rarity] {
        let (mut after, mut seqs) = (None, Vec::new());
        loop {
            let page = house.page("", part(order, after.as_deref(), 7)).await.unwrap();
            assert!(page.rows.len() <= 7 && !page.is_partial);
            seqs.extend(page.rows.iter().map(|row| row.seq));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seqs.len(), 30, "{order:?}");
        seqs.sort_unstable();
        seqs.dedup();
        assert_eq!(seqs.len(), 30, "{order:?}");
    }
}

#[tokio::test]
async fn a_page_has_a_bound_and_follows_on_one_of_its_order() {
    let events: Vec<Value> = (0..600).map(|number| event(number, "a", "m")).collect();
    let house = House::with(&events).await;
    let page = house.page("", part(Order::Newest, None, u32::MAX)).await.unwrap();
    assert_eq!(page.rows.len(), EventPage::ROWS_MAX as usize);
    assert!(house.page("", part(Order::Newest, None, 0)).await.unwrap().rows.is_empty());
    for after in ["x", "n.1.2.3.4", "{$gt: 1}", "\0"] {
        assert_eq!(house.page("", part(Order::Newest, Some(after), 1)).await.unwrap_err(), ErrorKind::Missing, "{after}");
    }
    let refused = house.page("", part(Order::Oldest, page.next.as_deref(), 1)).await.unwrap_err();
    assert_eq!(refused, ErrorKind::Missing, "the page before was in another order");
}

#[tokio::test]
async fn an_event_comes_with_its_neighbours_its_template_and_what_the_models_say() {
    let mut events: Vec<Value> = (0..40).map(|number| event(number, if number % 2 == 0 { "a" } else { "b" }, "same")).collect();
    events[20]["message"] = json!("panic: disk failure, data lost, 900 GB in 3600000 ms");
    events[20]["level"] = json!("CRITICAL");
    let house = House::with(&events).await;
    let rows = house.page("panic", part(Order::Newest, None, 1)).await.unwrap().rows;
    let detail = house.services.event(&Actor::visitor(), Side::Public, rows[0].seq).await.unwrap();
    assert_eq!(detail.row, rows[0]);
    let times = |rows: &[Row]| rows.iter().map(|row| row.scored.event.timestamp).collect::<Vec<_>>();
    assert_eq!(times(&detail.before), (0..10).map(|place| at((18 - 2 * place) * 1000)).collect::<Vec<_>>());
    assert_eq!(times(&detail.after), (11..20).map(|place| at(2 * place * 1000)).collect::<Vec<_>>());
    let stored = detail.row.scored.score.score().unwrap();
    assert!((detail.models[0].raw - stored.raw).abs() < 1e-6, "each says by itself what it said when the event came");
    assert!(detail.features.is_sorted_by(|one, other| one.weight >= other.weight));
    assert!(detail.features[0].weight > Some(0.0) && detail.features[0].usual.is_some());
    let codes: Vec<&str> = detail.row.scored.reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert!(codes.contains(&detail.features[0].reason.as_str()), "{codes:?} speak of {}", detail.features[0].name);
    let template = detail.template.unwrap();
    assert_eq!((template.count, template.first, template.last), (1, Some(at(20_000)), Some(at(20_000))));
    assert!(template.template.starts_with("panic: disk failure, data lost, <*>"), "{}", template.template);
}

#[tokio::test]
async fn the_history_of_a_template_is_the_week_that_ends_with_the_event() {
    let day = 24 * 60 * 60;
    let events: Vec<Value> = [-8, -6, -1, 0, 1].map(|days| event(days * day, "a", "same")).into();
    let house = House::with(&events).await;
    let rows = house.page("", part(Order::Oldest, None, 1)).await.unwrap().rows;
    let detail = house.services.event(&Actor::visitor(), Side::Public, rows[0].seq).await.unwrap();
    let template = detail.template.unwrap();
    assert_eq!((template.count, template.first, template.last), (3, Some(at(-6 * day * 1000)), Some(at(0))));
    assert_eq!((detail.before.len(), detail.after.len()), (3, 1), "neighbours are of any time");
}

#[tokio::test]
async fn an_event_of_another_collection_is_not_there() {
    let house = House::new().await;
    let ann = house.person("ann@example.org", Role::Administrator).await;
    let seqs = house.add(&ann.own_collection().unwrap(), &[event(0, "a", "m")]).await;
    assert!(house.services.event(&ann, Side::Private, seqs[0]).await.is_ok());
    for seq in [seqs[0], Seq(0), Seq(u64::MAX)] {
        let error = house.services.event(&ann, Side::Public, seq).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Missing);
        let error = house.services.judge(&ann, Side::Public, seq, Some(Verdict::Expected)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Missing);
    }
}

#[tokio::test]
async fn verdicts_are_kept_found_and_taken_back_by_who_may() {
    let house = House::with(&[event(0, "a", "m"), event(1, "a", "n")]).await;
    let seq = house.page("m", part(Order::Newest, None, 1)).await.unwrap().rows[0].seq;
    let viewer = house.person("viewer@example.org", Role::Viewer).await;
    let analyst = house.person("analyst@example.org", Role::Analyst).await;
    let judge =
        async |actor: &Actor, verdict| house.services.judge(actor, Side::Public, seq, verdict).await.map_err(|error| error.kind());
    assert_eq!(judge(&Actor::visitor(), Some(Verdict::Expected)).await, Err(ErrorKind::LogInNeeded));
    assert_eq!(judge(&viewer, Some(Verdict::Expected)).await, Err(ErrorKind::NotAllowed));
    assert_eq!(house.count("verdict:none").await, 2);
    assert_eq!(judge(&analyst, Some(Verdict::Suspicious)).await, Ok(()));
    assert_eq!((house.count("verdict:suspicious").await, house.count("verdict:expected").await), (1, 0));
    let verdicts = house.facets("").await.pop().unwrap();
    assert_eq!(
        (verdicts.field.as_str(), verdicts.values[0].value.as_str(), verdicts.values[0].count),
        ("verdict", "suspicious", 1)
    );
    assert_eq!(judge(&analyst, Some(Verdict::Suspicious)).await, Ok(()), "to say it again is no failure");
    assert_eq!(judge(&analyst, None).await, Ok(()));
    assert_eq!(house.count("verdict:none").await, 2);
}

#[tokio::test]
async fn values_are_completed_from_what_is_in_the_data() {
    let mut events: Vec<Value> =
        (0..6).map(|number| event(number, ["web-1", "db-web", "web-1"][number as usize % 3], "m")).collect();
    events[0]["LogonType"] = json!("3");
    events[1]["user agent"] = json!("curl");
    let house = House::with(&events).await;
    assert_eq!(house.completed("host", "").await, ["web-1", "db-web"]);
    assert_eq!(house.completed("Host", "WEB").await, ["web-1", "db-web"], "what begins so comes first");
    assert_eq!(house.completed("host", "db").await, ["db-web"]);
    assert_eq!(house.completed("host", "$ne").await, Vec::<String>::new());
    assert_eq!(house.completed("level", "").await, ["info", "debug", "warning", "error", "critical"]);
    assert_eq!(house.completed("verdict", "sus").await, ["suspicious"]);
    assert_eq!(house.completed("LogonType", "").await, ["3"]);
    assert_eq!(house.completed("\"user agent\"", "cu").await, ["curl"]);
    assert_eq!(house.completed("", "log").await, ["LogonType"]);
    assert_eq!(house.completed("", "user").await, ["user", "\"user agent\""]);
    assert_eq!(house.completed("is", "un").await, ["unscored"]);
}

#[tokio::test]
async fn a_rare_value_among_very_many_is_completed() {
    let mut events: Vec<Value> = (0..2_400).map(|number| event(number, &format!("h{}", number % 1_200), "m")).collect();
    events.push(event(0, "rare-7", "m"));
    let house = House::with(&events).await;
    assert_eq!(house.completed("host", "rare-7").await, ["rare-7"]);
    assert_eq!(house.completed("host", "rar").await, ["rare-7"]);
    assert_eq!(house.completed("host", "").await.len(), 10);
}

fn search(name: &str, question: &str) -> NewSearch {
    NewSearch { name: name.into(), question: question.into(), span: span(), order: Order::Score }
}

async fn names(house: &House, actor: &Actor, side: Side) -> Vec<String> {
    let searches = house.services.searches(actor, side, at(0)).await.unwrap();
    searches.into_iter().map(|search| search.name).collect()
}

#[tokio::test]
async fn searches_are_of_who_saved_them_and_of_the_collection_in_view() {
    let house = House::new().await;
    let services = &house.services;
    let ann = house.person("ann@example.org", Role::Viewer).await;
    let bob = house.person("bob@example.org", Role::Administrator).await;
    let saved = services.save_search(&ann, Side::Public, search(" Mine ", "host:a"), at(0)).await.unwrap();
    assert_eq!((saved.name.as_str(), saved.question.as_str(), saved.order), ("Mine", "host:a", Order::Score));
    assert_eq!(services.searches(&ann, Side::Public, at(0)).await.unwrap(), std::slice::from_ref(&saved));
    assert!(names(&house, &ann, Side::Private).await.is_empty());
    assert!(names(&house, &bob, Side::Public).await.is_empty());
    assert!(names(&house, &Actor::visitor(), Side::Public).await.is_empty());
    let refused = services.remove_search(&bob, &saved.id, at(0)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Missing);
    services.save_search(&ann, Side::Public, search("Mine", "host:b"), at(0)).await.unwrap();
    services.save_search(&ann, Side::Private, search("Mine", ""), at(0)).await.unwrap();
    services.save_search(&bob, Side::Public, search("Mine", ""), at(0)).await.unwrap();
    let searches = services.searches(&ann, Side::Public, at(0)).await.unwrap();
    assert_eq!(searches.len(), 1, "the same name is the same search");
    assert_eq!((searches[0].question.as_str(), &searches[0].id), ("host:b", &saved.id));
    services.remove_search(&ann, &saved.id, at(0)).await.unwrap();
    assert!(names(&house, &ann, Side::Public).await.is_empty());
    assert_eq!(names(&house, &ann, Side::Private).await, ["Mine"]);
    assert_eq!(names(&house, &bob, Side::Public).await, ["Mine"]);
}

#[tokio::test]
async fn who_has_no_place_of_their_own_saves_nothing() {
    let house = House::new().await;
    for actor in [Actor::visitor(), Actor::sender()] {
        let refused = house.services.save_search(&actor, Side::Public, search("a", ""), at(0)).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::LogInNeeded);
    }
    let gone = Actor::person(Email::new("gone@example.org").unwrap(), Role::Viewer);
    let refused = house.services.save_search(&gone, Side::Public, search("a", ""), at(0)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Missing, "an account that was deleted meanwhile");
}

#[tokio::test]
async fn searches_have_names_bounds_and_questions_that_can_be_read() {
    let house = House::new().await;
    let ann = house.person("ann@example.org", Role::Viewer).await;
    let save = async |new| house.services.save_search(&ann, Side::Private, new, at(0)).await.map_err(|error| error.kind());
    let long = "é".repeat(SavedSearch::NAME_CHARACTERS_MAX);
    for name in ["", "  ", "a\nb", &format!("{long}x")] {
        assert_eq!(save(search(name, "")).await.unwrap_err(), ErrorKind::Invalid, "{name}");
    }
    assert_eq!(save(search("a", "severity:loud")).await.unwrap_err(), ErrorKind::Question);
    save(search(&long, "")).await.unwrap();
    for number in 1..SavedSearch::COUNT_MAX {
        save(search(&number.to_string(), "")).await.unwrap();
    }
    assert_eq!(save(search("one more", "")).await.unwrap_err(), ErrorKind::Invalid);
    assert!(save(search("1", "other")).await.is_ok(), "in the place of another one there is room");
}

#[tokio::test]
async fn searches_go_with_the_account_or_the_session() {
    let house = House::new().await;
    let alias = SessionAlias::from_bytes([7; 16]);
    let record = Record { key: "session".into(), owner: alias.as_str().into(), ..Record::default() };
    house.store.put(Table::Sessions, record, Expect::Nothing).await.unwrap();
    let guest = Actor::guest(alias.clone());
    let ann = house.person("ann@example.org", Role::Viewer).await;
    for (actor, side) in [(&guest, Side::Public), (&guest, Side::Private), (&ann, Side::Public), (&ann, Side::Private)] {
        house.services.save_search(actor, side, search("a", ""), at(0)).await.unwrap();
    }
    house.services.remove_collection(&alias.collection(), at(0)).await.unwrap();
    assert_eq!(house.store.list(Table::Searches, None, None, 10, at(0)).await.unwrap().len(), 2);
    house.services.remove_collection(&ann.own_collection().unwrap(), at(0)).await.unwrap();
    assert!(house.store.list(Table::Searches, None, None, 10, at(0)).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_export_is_everything_once_in_the_order_of_time() {
    let events: Vec<Value> = (0..2_500).map(|number| event(number, "a", &format!("m{number}"))).collect();
    let house = House::with(&events).await;
    let visitor = Actor::visitor();
    for (order, first) in [(Order::Newest, "m2499"), (Order::Oldest, "m0")] {
        let mut export = house.services.export(&visitor, Side::Public, "-m7", span(), order, at(0)).await.unwrap();
        let (mut rows, mut pages) = (Vec::new(), 0);
        while let Some(page) = export.next().await.unwrap() {
            rows.extend(page);
            pages += 1;
        }
        assert_eq!((rows.len(), pages), (2_499, 3));
        assert_eq!(messages(&rows)[0], first);
        assert!(export.next().await.unwrap().is_none());
    }
    let refused = house.services.export(&visitor, Side::Public, "", span(), Order::Score, at(0)).await;
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::Invalid);
    let refused = house.services.export(&visitor, Side::Private, "", span(), Order::Newest, at(0)).await;
    assert_eq!(refused.err().unwrap().kind(), ErrorKind::Missing);
}

#[tokio::test]
async fn an_export_whose_store_fails_midway_says_so() {
    let events: Vec<Value> = (0..1_500).map(|number| event(number, "a", "m")).collect();
    let house = House::with(&events).await;
    let mut export = house.services.export(&Actor::visitor(), Side::Public, "", span(), Order::Newest, at(0)).await.unwrap();
    assert_eq!(export.next().await.unwrap().unwrap().len(), 1_000);
    house.store.close().await.unwrap();
    assert_eq!(export.next().await.unwrap_err().kind(), ErrorKind::StoreUnavailable);
}
