//! A store is opened and closed, and has only so much time.

use std::sync::Arc;
use std::time::Duration;

use radar_store::{Ask, ErrorKind, Expect, Record, Rescored, Result, Retention, Store, Stored, Table};
use radar_types::query::{Field, Filter, Text};
use radar_types::wire::Seq;
use radar_types::{ScoreState, Timestamp};

use super::Home;
use super::asking::{ALWAYS, ORDERS, all, ask, collection, filled, find, first_page, ids, period, public};
use super::sample::{batch, score, time};

pub(crate) async fn reopening_keeps_everything(home: &dyn Home) {
    let mut expected = vec![];
    let mut last_seq = Seq(0);
    for round in 0..4 {
        let store = home.open().await;
        assert_eq!(all(&*store, &public()).await, expected);
        assert_eq!(find(&*store, &ask(Filter::everything())).await, expected);
        assert_eq!(store.last_seq(&public()).await.unwrap(), last_seq);
        assert_eq!(store.stats(&public()).await.unwrap().events, expected.len() as u64);
        assert_eq!(store.list(Table::Alerts, None, None, 10, time(0)).await.unwrap().len() as u64, round);
        let appended = store.append(&public(), batch(0, (round + 1) * 10)).await.unwrap();
        assert_eq!((appended.new.len(), u64::from(appended.duplicates)), (10, round * 10));
        last_seq = appended.last_seq;
        expected.extend(appended.new);
        let record = Record { key: round.to_string(), ..Record::default() };
        store.put(Table::Alerts, record, Expect::Nothing).await.unwrap();
        store.close().await.unwrap();
    }
    assert!(expected.is_sorted_by(|a, b| a.seq < b.seq));
}

pub(crate) async fn a_closed_store_finishes_what_was_under_way_or_refuses_it(home: &dyn Home) {
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    let appends: Vec<_> = (0..20)
        .map(|index| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(&public(), batch(index * 10, index * 10 + 10)).await })
        })
        .collect();
    store.close().await.unwrap();
    let mut acknowledged = vec![];
    for append in appends {
        match tokio::time::timeout(Duration::from_secs(60), append).await.unwrap().unwrap() {
            Ok(appended) => acknowledged.extend(appended.new),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    acknowledged.sort_by_key(|stored| stored.seq);
    let store = home.open().await;
    let found = all(&*store, &public()).await;
    // A refusal may come too late to undo what it is about, but nothing that was acknowledged is lost.
    assert!(acknowledged.iter().all(|stored| found.contains(stored)));
    assert!(ids(&found).len().is_multiple_of(10), "a batch is there whole or not at all");
    store.close().await.unwrap();
}

pub(crate) async fn a_closed_store_says_so(home: &dyn Home) {
    let store = home.open().await;
    let seq = store.append(&public(), batch(0, 1)).await.unwrap().last_seq;
    store.close().await.unwrap();
    let (id, everything) = (public(), ask(Filter::everything()));
    let record = Record { key: "key".into(), ..Record::default() };
    let change = Rescored { seq, score: ScoreState::NotScored, reasons: vec![], template: None };
    let answers: Vec<(&str, Result<()>)> = vec![
        ("create", store.create(&id, time(0)).await),
        ("collections", store.collections().await.map(drop)),
        ("stats", store.stats(&id).await.map(drop)),
        ("clear", store.clear(&id).await),
        ("drop", store.drop_collection(&id).await),
        ("retention", store.set_retention(&id, Retention::default()).await),
        ("expire", store.expire(time(0)).await.map(drop)),
        ("append", store.append(&id, batch(0, 1)).await.map(drop)),
        ("append nothing", store.append(&id, vec![]).await.map(drop)),
        ("latest", store.latest(&id, None, 1).await.map(drop)),
        ("tail", store.tail(&id, Seq(0), 1).await.map(drop)),
        ("last_seq", store.last_seq(&id).await.map(drop)),
        ("get", store.get(&id, seq).await.map(drop)),
        ("search", store.search(&everything, &first_page(ORDERS[0], 1)).await.map(drop)),
        ("tally", store.tally(&everything).await.map(drop)),
        ("histogram", store.histogram(&everything, ALWAYS, 1 << 50).await.map(drop)),
        ("levels", store.levels(&everything, ALWAYS, 1 << 50).await.map(drop)),
        ("top", store.top(&everything, &Field::Host, 1).await.map(drop)),
        ("templates", store.templates(&everything, ALWAYS, 1 << 50).await.map(drop)),
        ("distinct", store.distinct(&everything, &Field::Host).await.map(drop)),
        ("scores", store.scores(&everything, &[]).await.map(drop)),
        ("rescore", store.rescore(&id, vec![change]).await.map(drop)),
        ("judge", store.judge(&id, vec![seq], None).await.map(drop)),
        ("put", store.put(Table::Users, record, Expect::Anything).await.map(drop)),
        ("find", store.find(Table::Users, "key", time(0)).await.map(drop)),
        ("list", store.list(Table::Users, None, None, 1, time(0)).await.map(drop)),
        ("remove", store.remove(Table::Users, "key").await.map(drop)),
        ("take_expired", store.take_expired(Table::Users, 1, time(0)).await.map(drop)),
        ("check", store.check().await),
    ];
    for (name, answer) in answers {
        assert_eq!(answer.map_err(|error| error.kind()), Err(ErrorKind::Unavailable), "{name}");
    }
    store.close().await.unwrap();

    let store = home.open().await;
    store.check().await.unwrap();
    assert_eq!(all(&*store, &public()).await.len(), 1);
    store.close().await.unwrap();
}

pub(crate) async fn without_time_there_is_an_answer_of_what_was_found(home: &dyn Home) {
    const EVENTS: u64 = 500;
    let store = home.open().await;
    let mut events = batch(0, EVENTS);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.score = score(0.0, number as f32 / EVENTS as f32);
    }
    let new = store.append(&public(), events).await.unwrap().new;
    let word = Filter::Text(Text { field: None, words: vec!["account".into()], is_prefix: true });
    for deadline in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(300), Duration::from_millis(2)] {
        for (filter, found) in [(Filter::everything(), EVENTS), (word.clone(), EVENTS), (Filter::Not(Box::new(word.clone())), 0)] {
            check_hasty(&*store, &Ask { deadline, ..ask(filter) }, &new, found).await;
        }
    }
    store.close().await.unwrap();
}

/// The answers are of the events that are found, and whole unless they say that they are not.
async fn check_hasty(store: &dyn Store, hasty: &Ask, new: &[Stored], found: u64) {
    let check = |is_partial: bool, counted: u64, of: &str| {
        let is_right = if is_partial { counted <= found } else { counted == found };
        assert!(is_right, "{counted} of {found} {of} within {:?}", hasty.deadline);
    };
    for order in ORDERS {
        let page = store.search(hasty, &first_page(order, 1_000)).await.unwrap();
        assert!(page.value.events.iter().all(|stored| new.contains(stored)), "{order:?}");
        check(page.is_partial, page.value.events.len() as u64, "on a page");
    }
    let tally = store.tally(hasty).await.unwrap();
    check(tally.is_partial, tally.value.events(), "by severity");
    let start = new[0].scored.event.timestamp.unix_millis();
    let all = period(start, start + new.len() as i64);
    let bars = store.histogram(hasty, all, 100).await.unwrap();
    check(bars.is_partial, bars.value.iter().map(|bar| bar.tally.events()).sum(), "over time");
    assert!((5..=6).contains(&bars.value.len()), "bars cover the period, full or empty");
    let bars = store.levels(hasty, all, 100).await.unwrap();
    check(bars.is_partial, bars.value.iter().flat_map(|bar| bar.counts).sum(), "by level");
    assert!((5..=6).contains(&bars.value.len()), "bars cover the period, full or empty");
    let top = store.top(hasty, &Field::Host, 10).await.unwrap();
    check(top.is_partial, top.value.iter().map(|top| top.count).sum(), "by host");
    let distinct = store.distinct(hasty, &Field::Host).await.unwrap();
    assert!(if distinct.is_partial { distinct.value <= 1 } else { distinct.value == found.min(1) });
    let scores = store.scores(hasty, &[0.5]).await.unwrap();
    check(scores.is_partial, scores.value.iter().sum(), "by score");
    assert_eq!(scores.value.len(), 2);
    let unclear = store.histogram(hasty, all, 0).await.unwrap_err();
    assert_eq!(unclear.kind(), ErrorKind::Invalid, "what is wrong is wrong at any time");
}

pub(crate) async fn an_answer_that_was_cut_short_says_so(home: &dyn Home) {
    const EVENTS: u64 = 3_000;
    let mut events = batch(0, EVENTS);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.event.message = format!("w{number:05}");
    }
    // The word of the last one is the last of all that begin so, and is looked for in the short time that only it has.
    let last = events[EVENTS as usize - 1].event.timestamp.unix_millis();
    let (store, _) = filled(home, events).await;
    let word = Filter::Text(Text { field: None, words: vec!["w".into()], is_prefix: true });
    let within = Filter::Time(period(last, last + 1));
    for micros in (0..4_000).step_by(80) {
        for (word, found) in [(word.clone(), 1), (Filter::Not(Box::new(word.clone())), 0)] {
            let deadline = Duration::from_micros(micros);
            let tally = store.tally(&Ask { deadline, ..ask(Filter::All(vec![word, within.clone()])) }).await.unwrap();
            let counted = tally.value.events();
            let is_right = counted == found || tally.is_partial && counted < found;
            assert!(is_right, "{counted} instead of {found} within {deadline:?}; partial: {}", tally.is_partial);
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn of_many_without_time_each_has_an_answer(home: &dyn Home) {
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    store.append(&public(), batch(0, 200)).await.unwrap();
    let askers: Vec<_> = (0..48_u64)
        .map(|number| {
            let store = Arc::clone(&store);
            // Most have no time, some wait for their turn.
            let deadline = if number % 8 == 0 { Duration::from_secs(30) } else { Duration::ZERO };
            let ask = Ask { deadline, ..ask(Filter::everything()) };
            tokio::spawn(async move {
                let tally = store.tally(&ask).await.unwrap();
                assert!(tally.is_partial || tally.value.events() == 200);
                let page = store.search(&ask, &first_page(ORDERS[number as usize % ORDERS.len()], 10)).await.unwrap();
                assert!(page.is_partial || page.value.events.len() == 10);
                let bars = store.histogram(&ask, period(0, 100), 10).await.unwrap();
                assert_eq!(bars.value.len(), 10);
                assert_eq!(store.scores(&ask, &[0.5]).await.unwrap().value.len(), 2);
                assert!(!tally.is_partial || deadline.is_zero());
            })
        })
        .collect();
    for asker in askers {
        asker.await.unwrap();
    }
    store.close().await.unwrap();
}

pub(crate) async fn all_the_time_in_the_world_is_no_hindrance(home: &dyn Home) {
    let store = home.open().await;
    store.append(&collection("some"), batch(0, 5)).await.unwrap();
    let patient = Ask { collection: collection("some"), deadline: Duration::MAX, ..ask(Filter::everything()) };
    let tally = store.tally(&patient).await.unwrap();
    assert_eq!((tally.value.events(), tally.is_partial), (5, false));
    assert_eq!(find(&*store, &patient).await.len(), 5);
    assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 0);
    store.close().await.unwrap();
}
