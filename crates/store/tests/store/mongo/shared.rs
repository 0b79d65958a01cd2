//! A database that other programs write to, and other servers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mongodb::bson::{Bson, DateTime, Document, doc};
use radar_store::mongo::{MongoSettings, MongoStore};
use radar_store::{ErrorKind, PAGE_EVENTS_MAX, PageAsk, Store, Stored};
use radar_types::query::{Filter, Order};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scored};

use crate::database::TestDatabase;
use crate::testsuite::asking::{all, ask, ask_of, collection, public, search, whole};
use crate::testsuite::sample::{batch, numbered, time};

/// An event as the programs before RADAR wrote it.
fn old(timestamp: impl Into<Bson>, message: &str) -> Document {
    doc! {
        "timestamp": timestamp.into(),
        "hostname": "ws-014",
        "source": "Security",
        "os_type": "Windows",
        "level": "Information",
        "message": message,
        "collector": "old",
    }
}

async fn documents(database: &TestDatabase, name: &str) -> Vec<Document> {
    let mut cursor = database.raw().await.collection::<Document>(name).find(doc! {}).sort(doc! { "_id": 1 }).await.unwrap();
    let mut found = vec![];
    while cursor.advance().await.unwrap() {
        found.push(cursor.deserialize_current().unwrap());
    }
    found
}

async fn insert(database: &TestDatabase, name: &str, documents: Vec<Document>) {
    database.raw().await.collection(name).insert_many(documents).await.unwrap();
}

/// Every event of the public collection, once other programs' documents were taken in.
async fn taken_in(store: &MongoStore, count: usize) -> Vec<Stored> {
    for _ in 0..400 {
        let found = all(store, &public()).await;
        if found.len() >= count {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{count} documents were not taken in within ten seconds");
}

fn messages(events: &[Stored]) -> Vec<&str> {
    events.iter().map(|stored| stored.scored.event.message.as_str()).collect()
}

#[tokio::test]
async fn documents_of_other_programs_are_read_as_they_are_and_kept_so() {
    let Some(database) = TestDatabase::new() else { return };
    let mut stray = old("2026-03-01T08:30:00.250Z", "with a stray severity");
    stray.insert("severity", "high");
    let before = vec![
        stray,
        old("2026-03-01T09:30:00.250+01:00", "in a zone"),
        old("2026-03-01 08:30:00.250", "without a zone"),
        old(DateTime::from_millis(1_772_353_800_250), "with a date"),
    ];
    insert(&database, "Event_Logs", before.clone()).await;
    let store = database.store().await;
    let events = taken_in(&store, 4).await;
    assert!(events.iter().all(|stored| stored.scored.event.timestamp == time(1_772_353_800_250)));
    assert_eq!(messages(&events).len(), 4);
    let found = search(&store, &ask(radar_types::query::parse("stray").unwrap()), Order::Newest, 10).await;
    assert_eq!(messages(&found), ["with a stray severity"]);
    assert_eq!(whole(store.tally(&ask(Filter::everything())).await.unwrap()).unscored, 4);
    for (mut now, before) in documents(&database, "Event_Logs").await.into_iter().zip(before) {
        assert!(now.remove("radar").is_some() && now.remove("_id").is_some());
        assert_eq!(now, before);
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn many_documents_of_other_programs_are_all_read_before_the_end() {
    const DOCUMENTS: usize = 1_700;
    let Some(database) = TestDatabase::new() else { return };
    let unfit = vec![doc! { "message": "no event" }; 600];
    let fit = (0..DOCUMENTS).map(|number| old("2026-03-01T08:30:00Z", &format!("number {number}")));
    insert(&database, "Event_Logs", unfit.into_iter().chain(fit).collect()).await;
    let store = database.store().await;
    let first = store.tally(&ask(Filter::everything())).await.unwrap();
    assert!(first.is_partial, "{first:?}");
    assert_eq!(all(&store, &public()).await.len(), DOCUMENTS);
    assert_eq!(whole(store.tally(&ask(Filter::everything())).await.unwrap()).events(), DOCUMENTS as u64);
    store.close().await.unwrap();
}

#[tokio::test]
async fn what_other_programs_write_meanwhile_arrives() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    store.append(&public(), batch(0, 2)).await.unwrap();
    insert(&database, "Event_Logs", vec![old("2026-03-01T08:30:00Z", "late")]).await;
    assert_eq!(messages(&taken_in(&store, 3).await)[2], "late");
    store.close().await.unwrap();
}

#[tokio::test]
async fn equal_documents_are_events_of_their_own_and_the_same_event_sent_here_is_a_duplicate() {
    let Some(database) = TestDatabase::new() else { return };
    insert(&database, "Event_Logs", vec![old("2026-03-01T08:30:00Z", "equal"); 3]).await;
    let store = database.store().await;
    let events = taken_in(&store, 3).await;
    let mut event = events[0].scored.event.clone();
    event.fields = BTreeMap::new();
    let again = Scored { id: event.id(0), event, ..numbered(0) };
    let appended = store.append(&public(), vec![again]).await.unwrap();
    assert_eq!((appended.new.len(), appended.duplicates), (0, 1));
    store.close().await.unwrap();
}

#[tokio::test]
async fn documents_that_are_no_events_are_listed_with_the_reason_and_come_up_nowhere() {
    let Some(database) = TestDatabase::new() else { return };
    let mut nameless = old("2026-03-01T08:30:00Z", "no host");
    nameless.remove("hostname");
    let mut number = old("2026-03-01T08:30:00Z", "");
    number.insert("message", 7);
    let mut foreign = old("2026-03-01T08:30:00Z", "somebody's radar");
    foreign.insert("radar", "sonar");
    let unfit = vec![nameless, number, foreign.clone(), old("yesterday", "no time"), doc! { "_id": "$where", "a": 1 }];
    insert(&database, "Event_Logs", [unfit.clone(), vec![old("2026-03-01", "fit")]].concat()).await;
    let store = database.store().await;
    assert_eq!(messages(&taken_in(&store, 1).await), ["fit"]);

    let inspection = store.inspect().await.unwrap();
    let inspected = &inspection.collections[0];
    assert_eq!((inspected.stats.events, inspected.unfit, inspection.complaints.len()), (1, 5, 0));
    let reasons: Vec<&str> = inspected.unfit_shown.iter().map(|unfit| unfit.why.as_str()).collect();
    for reason in
        ["hostname is missing", "message is no text but Int32", "timestamp is no time", "a field radar", "timestamp is missing"]
    {
        assert!(reasons.iter().any(|found| found.contains(reason)), "{reason} is not among {reasons:?}");
    }
    assert!(inspected.unfit_shown.iter().any(|unfit| unfit.id.contains("$where")));
    assert!(
        documents(&database, "Event_Logs").await.iter().any(|found| found.get_str("radar").is_ok_and(|radar| radar == "sonar"))
    );

    store.clear(&public()).await.unwrap();
    assert_eq!(documents(&database, "Event_Logs").await.len(), 5, "what is no event of ours is not ours to remove");
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_event_that_another_program_spoils_takes_nothing_else_with_it() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    let raw = database.raw().await.collection::<Document>("Event_Logs");
    for (number, question) in [(0, "search"), (1, "tail"), (2, "get")] {
        let seq = store.append(&public(), batch(number * 2, number * 2 + 2)).await.unwrap().new[0].seq;
        let this = doc! { "radar.seq": seq.0.cast_signed() };
        raw.update_one(this, doc! { "$set": { "hostname": 7 }, "$unset": { "level": "" } }).await.unwrap();
        let page = PageAsk { order: Order::Oldest, limit: 10, after: None };
        match question {
            "search" => {
                assert!(store.search(&ask(Filter::everything()), &page).await.unwrap().is_partial);
            }
            "tail" => assert_eq!(store.tail(&public(), Seq(seq.0 - 1), 1).await.unwrap()[0].seq, Seq(seq.0 + 1)),
            _ => assert_eq!(store.get(&public(), seq).await.unwrap(), None),
        }
        let tally = whole(store.tally(&ask(Filter::everything())).await.unwrap());
        assert_eq!(tally.events(), number + 1, "{question}");
    }
    let inspected = store.inspect().await.unwrap().collections.remove(0);
    assert_eq!((inspected.unfit, inspected.unfit_shown[0].why.as_str()), (3, "hostname is no text but Int32"));
    store.close().await.unwrap();
}

#[tokio::test]
async fn only_collections_that_are_surely_ours_are_taken_for_such() {
    let Some(database) = TestDatabase::new() else { return };
    let event = || vec![old("2026-03-01T08:30:00Z", "of an account")];
    insert(&database, "ann@example.org", event()).await;
    insert(&database, "orders", event()).await;
    insert(&database, "bob@example.org", vec![doc! { "order": 1 }]).await;
    insert(&database, "Users", vec![doc! { "name": "ann" }]).await;
    let store = database.store().await;
    let names: Vec<CollectionId> = store.collections().await.unwrap().into_iter().map(|info| info.id).collect();
    assert_eq!(names, [collection("ann@example.org")]);
    for name in ["orders", "bob@example.org"] {
        assert_eq!(store.tail(&collection(name), Seq(0), 10).await.unwrap(), []);
        assert!(documents(&database, name).await.iter().all(|document| !document.contains_key("radar")));
    }
    let found = search(&store, &ask_of(&collection("ann@example.org"), Filter::everything()), Order::Newest, 10).await;
    assert_eq!(messages(&found), ["of an account"]);
    store.close().await.unwrap();
}

#[tokio::test]
async fn old_programs_read_what_is_written() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    let mut hostile = numbered(1);
    hostile.event.fields = [("$where", "a.b"), ("a.b", "$gt"), ("\0", "\0"), ("", "")].map(|(k, v)| (k.into(), v.into())).into();
    store.append(&public(), vec![hostile]).await.unwrap();
    let written = documents(&database, "Event_Logs").await.remove(0);
    let names: Vec<&String> = written.keys().collect();
    assert_eq!(names, ["_id", "timestamp", "hostname", "source", "os_type", "level", "message", "collector", "radar"]);
    assert_eq!(written.get_str("timestamp").unwrap(), "2026-02-25T06:13:20.001Z");
    assert_eq!(written.get_str("hostname").unwrap(), "ws-014");
    store.close().await.unwrap();
}

#[tokio::test]
async fn the_public_collection_may_have_another_name_and_nobody_else_gets_it() {
    let Some(database) = TestDatabase::new() else { return };
    let store = MongoStore::open(MongoSettings { collection: "logs".into(), ..database.settings() }).await.unwrap();
    store.append(&public(), batch(0, 1)).await.unwrap();
    assert_eq!(documents(&database, "logs").await.len(), 1);
    let refused = store.append(&collection("logs"), batch(1, 2)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    assert_eq!(store.collections().await.unwrap()[0].id, public());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_database_of_a_newer_radar_is_refused() {
    let Some(database) = TestDatabase::new() else { return };
    insert(&database, "radar.state", vec![doc! { "_id": "layout", "version": 2 }]).await;
    let refused = MongoStore::open(database.settings()).await.err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::NewerVersion);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_write_and_a_reader_misses_nothing() {
    const BATCHES: u64 = 20;
    const BATCH: u64 = 10;
    let Some(database) = TestDatabase::new() else { return };
    let stores = [Arc::new(database.store().await), Arc::new(database.store().await)];
    let writers = [0, 1].map(|writer| {
        let store = Arc::clone(&stores[writer as usize]);
        tokio::spawn(async move {
            for number in 0..BATCHES {
                // Each batch but the first of a writer repeats half of the one before.
                let first = writer * 10_000 + number * BATCH / 2;
                store.append(&public(), batch(first, first + BATCH)).await.unwrap();
            }
        })
    });
    let reader = database.store().await;
    let expected = 2 * (BATCHES + 1) * BATCH / 2;
    let mut seen: Vec<Seq> = vec![];
    let reading = async {
        while (seen.len() as u64) < expected {
            let after = seen.last().copied().unwrap_or_default();
            seen.extend(reader.tail(&public(), after, PAGE_EVENTS_MAX).await.unwrap().iter().map(|stored| stored.seq));
        }
    };
    let is_done = tokio::time::timeout(Duration::from_secs(60), reading).await.is_ok();
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(is_done, "{} of {expected} were seen", seen.len());
    assert!(seen.is_sorted_by(|a, b| a < b));
    let events = all(&reader, &public()).await;
    assert_eq!(events.iter().map(|stored| stored.seq).collect::<Vec<_>>(), seen);
    assert_eq!(reader.last_seq(&public()).await.unwrap(), seen[seen.len() - 1]);
}

#[tokio::test]
async fn readers_wait_for_places_in_hand_but_not_for_those_of_the_dead() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    store.append(&public(), batch(0, 2)).await.unwrap();
    database.hold_places(3, 4, SystemTime::now()).await;
    let appended = store.append(&public(), batch(2, 4)).await.unwrap();
    assert_eq!(appended.new[0].seq, Seq(5));
    assert_eq!(all(&store, &public()).await.len(), 2, "3 and 4 may still come");
    assert_eq!(store.last_seq(&public()).await.unwrap(), Seq(2));
    assert_eq!(store.latest(&public(), None, 10).await.unwrap()[0].seq, Seq(2));

    database.hold_places(3, 4, SystemTime::UNIX_EPOCH).await;
    assert_eq!(all(&store, &public()).await.len(), 4);
    store.append(&public(), batch(4, 5)).await.unwrap();
    let registered = documents(&database, "radar.collections").await;
    assert!(registered[0].get_array("pending").unwrap().is_empty(), "the dead are forgotten");
    store.close().await.unwrap();
}

#[tokio::test]
async fn words_beyond_those_that_are_listed_are_found_and_counted() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    let mut many = numbered(0);
    many.event.message = (0..40_000).map(|number| format!("{number:x}z ")).collect::<String>() + "zuletzt";
    store.append(&public(), vec![many, numbered(1)]).await.unwrap();
    let count = async |question: &str| {
        let filter = radar_types::query::parse(question).unwrap();
        whole(store.tally(&ask(filter)).await.unwrap()).events()
    };
    for (question, expected) in
        [("zuletzt", 1), ("-zuletzt", 1), ("zulet*", 1), ("5z", 1), ("logged", 1), ("-logged", 1), ("nowhere", 0)]
    {
        assert_eq!(count(question).await, expected, "{question}");
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn who_drops_a_collection_of_old_documents_is_rid_of_it_and_what_is_somebody_elses_stays() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    // Nobody asked yet, so none of these is registered.
    for name in ["Event_Logs", "ann@example.org"] {
        insert(&database, name, vec![old("2026-03-01T08:30:00Z", "one"), doc! { "message": "no event" }]).await;
        store.drop_collection(&CollectionId::new(name).unwrap()).await.unwrap();
        assert_eq!(documents(&database, name).await, [], "{name}");
    }
    assert_eq!(store.collections().await.unwrap(), []);

    for name in ["orders", "bob@example.org"] {
        insert(&database, name, vec![doc! { "_id": 1, "item": "soup" }]).await;
        let error = store.drop_collection(&CollectionId::new(name).unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Foreign, "{error}");
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(documents(&database, name).await, [doc! { "_id": 1, "item": "soup" }]);
    }
    store.drop_collection(&CollectionId::new("nobody@example.org").unwrap()).await.unwrap();
    // What was taken up goes as well, and comes again if it is written again.
    insert(&database, "ann@example.org", vec![old("2026-03-01T08:30:00Z", "two")]).await;
    assert_eq!(store.collections().await.unwrap().len(), 1);
    store.drop_collection(&CollectionId::new("ann@example.org").unwrap()).await.unwrap();
    assert_eq!(documents(&database, "ann@example.org").await, []);
    store.close().await.unwrap();
}

#[tokio::test]
async fn the_doctor_sees_server_indexes_and_sizes() {
    let Some(database) = TestDatabase::new() else { return };
    let store = database.store().await;
    store.append(&public(), batch(0, 3)).await.unwrap();
    let inspection = store.inspect().await.unwrap();
    assert!(inspection.store.starts_with("MongoDB ") && inspection.place.contains(&database.name), "{inspection:?}");
    let [inspected] = inspection.collections.as_slice() else { panic!("{inspection:?}") };
    assert_eq!((inspected.info.id.as_str(), inspected.stats.events, inspected.unfit), ("Event_Logs", 3, 0));
    assert!(inspected.stats.bytes > 0 && inspection.complaints.is_empty() && inspected.indexes.len() == 9, "{inspected:?}");
    let raw = database.raw().await.collection::<Document>("Event_Logs");
    raw.drop_index("radar_words").await.unwrap();
    let complaints = store.inspect().await.unwrap().complaints;
    assert!(complaints.len() == 1 && complaints[0].contains("radar_words"), "{complaints:?}");
    store.close().await.unwrap();
}

#[tokio::test]
async fn news_come_of_what_another_server_adds() {
    let Some(database) = TestDatabase::new() else { return };
    let (here, there) = (database.store().await, database.store().await);
    here.append(&public(), batch(0, 1)).await.unwrap();
    let Some(mut news) = here.watch(&public()).await.unwrap() else {
        println!("skipped: this server is no replica set, so it gives no news");
        return;
    };
    for number in 1..4 {
        there.append(&public(), batch(number, number + 1)).await.unwrap();
        // A batch changes the collection twice; when the second comes, its events are there.
        for _ in 0..2 {
            tokio::time::timeout(Duration::from_secs(30), news.next()).await.unwrap().unwrap();
        }
        assert_eq!(all(&here, &public()).await.len() as u64, number + 1);
    }
    here.close().await.unwrap();
}
