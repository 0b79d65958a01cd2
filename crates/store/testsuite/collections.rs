//! Collections come and go, keep what they are told to, and never see each other's events.

use radar_store::{CollectionInfo, ErrorKind, Rescored, Retention, Store};
use radar_types::query::{Field, Filter, Text};
use radar_types::wire::Seq;
use radar_types::{CollectionId, ScoreState, Scored, Timestamp, Verdict};

use super::Home;
use super::asking::{ALWAYS, ORDERS, all, ask, ask_of, collection, find, ids, public, scored, search, whole};
use super::sample::{batch, numbered, score, time};

const DAY_MILLIS: i64 = 86_400_000;

fn names() -> Vec<CollectionId> {
    let names = [
        "A",
        "Event_Logs",
        "a",
        "a b",
        "a.b",
        "ann@example.org",
        "event_logs",
        "events",
        "e\u{301}",
        "records",
        "session-1",
        "session-10",
        "x'; --",
        "~",
        "\u{e9}",
        "東京",
        "\u{1f600}",
    ];
    names.into_iter().map(collection).collect()
}

pub(crate) async fn collections_are_listed_by_name_with_when_they_were_made(home: &dyn Home) {
    let mut store = home.open().await;
    assert_eq!(store.collections().await.unwrap(), []);
    for (place, name) in names().iter().enumerate().rev() {
        store.create(name, time(place as i64 * 1_000)).await.unwrap();
        // What is there stays as it is.
        store.create(name, time(5)).await.unwrap();
    }
    let info = |(place, id): (usize, CollectionId)| CollectionInfo {
        id,
        created: time(place as i64 * 1_000),
        retention: Retention::default(),
    };
    let expected: Vec<CollectionInfo> = names().into_iter().enumerate().map(info).collect();
    assert!(expected.is_sorted_by(|a, b| a.id < b.id), "the case itself is wrong");
    for _ in 0..2 {
        assert_eq!(store.collections().await.unwrap(), expected);
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.close().await.unwrap();
}

pub(crate) async fn appending_makes_a_collection_of_now(home: &dyn Home) {
    let store = home.open().await;
    store.create(&collection("made"), time(7)).await.unwrap();
    for name in ["made", "appended"] {
        store.append(&collection(name), batch(0, 2)).await.unwrap();
    }
    let [appended, made] = &store.collections().await.unwrap()[..] else { panic!("there are two") };
    assert_eq!((made.id.as_str(), made.created), ("made", time(7)));
    // Clocks are wrong, but not by years.
    assert_eq!(appended.id.as_str(), "appended");
    assert!(appended.created > "2026-01-01".parse().unwrap(), "{:?}", appended.created);
    store.close().await.unwrap();
}

pub(crate) async fn collections_never_see_each_others_events(home: &dyn Home) {
    let mut store = home.open().await;
    for (place, name) in names().iter().enumerate() {
        let mut events = batch(0, place as u64 + 1);
        for scored in &mut events {
            scored.event.hostname = format!("host-{place}");
            scored.event.message = format!("word{place} everywhere");
        }
        let appended = store.append(name, events).await.unwrap();
        assert_eq!((appended.new.len(), appended.duplicates), (place + 1, 0), "{name:?}");
        let seqs = appended.new.iter().map(|stored| stored.seq).collect();
        assert_eq!(store.judge(name, seqs, Some(Verdict::Expected)).await.unwrap(), place as u64 + 1);
    }
    for _ in 0..2 {
        for (place, name) in names().iter().enumerate() {
            check_alone(&*store, name, place).await;
        }
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.close().await.unwrap();
}

/// The collection has as many events as its place says and one more, all of its host.
async fn check_alone(store: &dyn Store, name: &CollectionId, place: usize) {
    let count = place as u64 + 1;
    let events = all(store, name).await;
    assert_eq!(events.len() as u64, count, "{name:?}");
    assert!(events.iter().all(|stored| stored.scored.event.hostname == format!("host-{place}")), "{name:?}");
    assert_eq!(store.last_seq(name).await.unwrap(), events[place].seq, "{name:?}");
    assert_eq!(store.latest(name, None, 1_000).await.unwrap().len() as u64, count, "{name:?}");
    assert_eq!(store.stats(name).await.unwrap().events, count, "{name:?}");
    let word = |word: &str, is_prefix| Filter::Text(Text { field: None, words: vec![word.to_owned()], is_prefix });
    for filter in [
        Filter::everything(),
        Filter::Not(Box::new(Filter::Any(vec![]))),
        Filter::Time(ALWAYS),
        Filter::Verdict(Verdict::ALL.to_vec()),
        word("everywhere", false),
        word("every", true),
        Filter::Any(vec![Filter::everything(), word("everywhere", false)]),
    ] {
        let ask = ask_of(name, filter);
        for order in ORDERS {
            assert_eq!(search(store, &ask, order, 10).await.len() as u64, count, "{name:?}, {order:?}");
        }
        assert_eq!(whole(store.tally(&ask).await.unwrap()).events(), count, "{name:?}");
        let bars = whole(store.histogram(&ask, ALWAYS, 1 << 50).await.unwrap());
        assert_eq!(bars.iter().map(|bar| bar.tally.events()).sum::<u64>(), count, "{name:?}");
        let bars = whole(store.levels(&ask, ALWAYS, 1 << 50).await.unwrap());
        assert_eq!(bars.iter().flat_map(|bar| bar.counts).sum::<u64>(), count, "{name:?}");
        let top = whole(store.top(&ask, &Field::Host, 10).await.unwrap());
        assert_eq!(top.iter().map(|top| (top.value.clone(), top.count)).collect::<Vec<_>>(), [(format!("host-{place}"), count)]);
        assert_eq!(whole(store.distinct(&ask, &Field::Host).await.unwrap()), 1, "{name:?}");
        assert_eq!(whole(store.scores(&ask, &[]).await.unwrap()), [count], "{name:?}");
    }
    let others = (0..names().len()).filter(|other| *other != place);
    let others = Filter::Any(others.map(|other| word(&format!("word{other}"), false)).collect());
    assert_eq!(find(store, &ask_of(name, others)).await, [], "{name:?}");
}

pub(crate) async fn a_cleared_collection_is_empty_and_goes_on(home: &dyn Home) {
    let mut store = home.open().await;
    let retention = Retention { days: Some(3), bytes: None };
    let before = store.append(&public(), batch(0, 10)).await.unwrap();
    store.append(&collection("other"), batch(0, 3)).await.unwrap();
    store.set_retention(&public(), retention).await.unwrap();
    let made = store.collections().await.unwrap();
    store.clear(&public()).await.unwrap();
    for _ in 0..2 {
        assert_eq!(all(&*store, &public()).await, []);
        assert_eq!(find(&*store, &ask(Filter::everything())).await, []);
        assert_eq!(store.stats(&public()).await.unwrap().events, 0);
        assert_eq!(store.get(&public(), before.last_seq).await.unwrap(), None);
        assert_eq!(store.last_seq(&public()).await.unwrap(), before.last_seq, "it does not fall");
        assert_eq!(store.collections().await.unwrap(), made);
        assert_eq!(all(&*store, &collection("other")).await.len(), 3);
        store.close().await.unwrap();
        store = home.open().await;
    }
    let again = store.append(&public(), batch(0, 10)).await.unwrap();
    assert_eq!((scored(&again.new), again.duplicates), (batch(0, 10), 0), "what was cleared is new again");
    assert!(again.new[0].seq > before.last_seq, "places are not used again");
    assert!(again.new.iter().all(|stored| stored.verdict.is_none()));
    store.close().await.unwrap();
}

pub(crate) async fn a_dropped_collection_is_as_if_it_had_never_been(home: &dyn Home) {
    let mut store = home.open().await;
    let before = store.append(&public(), batch(0, 10)).await.unwrap();
    store.append(&collection("other"), batch(0, 3)).await.unwrap();
    store.set_retention(&public(), Retention { days: Some(3), bytes: Some(1) }).await.unwrap();
    store.judge(&public(), vec![before.new[0].seq], Some(Verdict::Expected)).await.unwrap();
    for _ in 0..2 {
        store.drop_collection(&public()).await.unwrap();
        assert_eq!(store.collections().await.unwrap().into_iter().map(|info| info.id).collect::<Vec<_>>(), [collection("other")]);
        assert_eq!(all(&*store, &public()).await, []);
        assert_eq!(find(&*store, &ask(Filter::everything())).await, []);
        assert_eq!(store.last_seq(&public()).await.unwrap(), Seq(0));
        assert_eq!(store.stats(&public()).await.unwrap().events, 0);
        let retention = store.set_retention(&public(), Retention::default()).await;
        assert_eq!(retention.unwrap_err().kind(), ErrorKind::Missing);
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.create(&public(), time(9)).await.unwrap();
    assert_eq!(store.last_seq(&public()).await.unwrap(), Seq(0));
    let made = store.collections().await.unwrap().into_iter().find(|info| info.id == public()).unwrap();
    assert_eq!((made.created, made.retention), (time(9), Retention::default()));
    let again = store.append(&public(), batch(0, 10)).await.unwrap();
    assert_eq!((again.new.len(), again.duplicates), (10, 0));
    assert!(again.new[0].seq > before.last_seq, "places do not come back");
    assert!(again.new.iter().all(|stored| stored.verdict.is_none()));
    assert_eq!(all(&*store, &public()).await, again.new);
    assert_eq!(all(&*store, &collection("other")).await.len(), 3);
    store.close().await.unwrap();
}

pub(crate) async fn places_never_come_back_however_often_a_collection_does(home: &dyn Home) {
    let mut store = home.open().await;
    let mut last = Seq(0);
    for round in 0..6 {
        let new = store.append(&public(), batch(0, 3)).await.unwrap().new;
        assert!(new[0].seq > last, "round {round}");
        last = new[2].seq;
        if round % 2 == 0 {
            store.drop_collection(&public()).await.unwrap();
        } else {
            store.clear(&public()).await.unwrap();
        }
        if round % 3 == 0 {
            store.close().await.unwrap();
            store = home.open().await;
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn what_is_older_than_so_many_days_goes(home: &dyn Home) {
    let store = home.open().await;
    let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
    // Days before now: from the future, of now, just kept, just not, and very old.
    let ages = [-100_000 * DAY_MILLIS, -DAY_MILLIS, 0, DAY_MILLIS, 2 * DAY_MILLIS, 2 * DAY_MILLIS + 1, 3 * DAY_MILLIS, i64::MAX];
    let mut events = batch(0, ages.len() as u64 + 1);
    for (scored, age) in events.iter_mut().zip(ages) {
        scored.event.timestamp = now.saturating_add_millis(-age);
    }
    events[8].event.timestamp = Timestamp::MAX;
    for name in ["kept", "short"] {
        store.append(&collection(name), events.clone()).await.unwrap();
    }
    store.set_retention(&collection("short"), Retention { days: Some(2), bytes: None }).await.unwrap();
    let before = store.last_seq(&collection("short")).await.unwrap();
    assert_eq!(store.expire(now).await.unwrap(), 3);
    let kept = scored(&all(&*store, &collection("short")).await);
    assert_eq!(kept, [0, 1, 2, 3, 4, 8].map(|number: usize| events[number].clone()));
    assert_eq!(store.last_seq(&collection("short")).await.unwrap(), before);
    assert_eq!(store.stats(&collection("short")).await.unwrap().oldest, Some(events[4].event.timestamp));
    assert_eq!(whole(store.tally(&ask_of(&collection("short"), Filter::everything())).await.unwrap()).events(), 6);
    assert_eq!(all(&*store, &collection("kept")).await.len(), 9, "a collection keeps all it has been told nothing of");
    assert_eq!(store.expire(now).await.unwrap(), 0);

    // Days later, it is the turn of others, and at last even of what was from the future.
    assert_eq!(store.expire(now.saturating_add_millis(2 * DAY_MILLIS)).await.unwrap(), 2);
    assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 3);
    store.close().await.unwrap();
}

pub(crate) async fn late_events_go_at_the_next_time(home: &dyn Home) {
    let mut store = home.open().await;
    let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
    let of_age = |number: u64, days: i64| {
        let mut scored = numbered(number);
        scored.event.timestamp = now.saturating_add_millis(-days * DAY_MILLIS);
        scored
    };
    for number in 0..5 {
        store.append(&public(), vec![of_age(number * 2, 0), of_age(number * 2 + 1, 30)]).await.unwrap();
    }
    store.set_retention(&public(), Retention { days: Some(7), bytes: None }).await.unwrap();
    assert_eq!(store.expire(now).await.unwrap(), 5);
    store.close().await.unwrap();
    store = home.open().await;
    // What went may come again, and goes again.
    assert_eq!(store.append(&public(), vec![of_age(1, 30), of_age(20, 8), of_age(21, 6)]).await.unwrap().new.len(), 3);
    assert_eq!(find(&*store, &ask(Filter::everything())).await.len(), 8);
    assert_eq!(store.expire(now).await.unwrap(), 2);
    let kept: Vec<Scored> = scored(&all(&*store, &public()).await);
    assert_eq!(kept.iter().map(|scored| scored.id).collect::<Vec<_>>(), [0, 2, 4, 6, 8, 21].map(|number| numbered(number).id));
    store.set_retention(&public(), Retention::default()).await.unwrap();
    assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 0);
    // Where everything has gone, what comes late stays until the next time too.
    store.set_retention(&public(), Retention { days: Some(7), bytes: None }).await.unwrap();
    for _ in 0..2 {
        assert!(store.expire(Timestamp::MAX).await.unwrap() > 0);
        assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 0);
        store.append(&public(), vec![of_age(1, 30), of_age(20, 8)]).await.unwrap();
        store.append(&public(), vec![of_age(21, 6)]).await.unwrap();
        assert_eq!(find(&*store, &ask(Filter::everything())).await.len(), 3);
    }
    store.close().await.unwrap();
}

pub(crate) async fn expired_events_leave_nothing_behind(home: &dyn Home) {
    let store = home.open().await;
    let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
    let mut events = batch(0, 20);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.event.timestamp = now.saturating_add_millis(-(number as i64) * DAY_MILLIS);
        scored.event.hostname = format!("host-{number}");
    }
    let new = store.append(&public(), events).await.unwrap().new;
    store.judge(&public(), new.iter().map(|stored| stored.seq).collect(), Some(Verdict::Suspicious)).await.unwrap();
    store.set_retention(&public(), Retention { days: Some(9), bytes: None }).await.unwrap();
    assert_eq!(store.expire(now).await.unwrap(), 10);
    assert_eq!(find(&*store, &ask(Filter::Verdict(Verdict::ALL.to_vec()))).await.len(), 10);
    assert_eq!(whole(store.distinct(&ask(Filter::everything()), &Field::Host).await.unwrap()), 10);
    assert_eq!(store.get(&public(), new[15].seq).await.unwrap(), None);
    assert_eq!(store.judge(&public(), vec![new[15].seq], None).await.unwrap(), 0);
    let change = Rescored { seq: new[15].seq, score: ScoreState::NotScored, reasons: vec![], template: None };
    assert_eq!(store.rescore(&public(), vec![change]).await.unwrap(), 0);
    for order in ORDERS {
        assert_eq!(search(&*store, &ask(Filter::everything()), order, 3).await.len(), 10, "{order:?}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn when_a_collection_takes_too_much_its_oldest_events_go(home: &dyn Home) {
    let store = home.open().await;
    let mut events = batch(0, 400);
    for (number, scored) in events.iter_mut().enumerate() {
        // Arrival is not the order of time.
        scored.event.timestamp = time(number as i64 * 7_919 % 400 * 60_000);
        scored.event.message = format!("{} {number}", "a text that takes some room ".repeat(100));
        scored.score = score(0.0, 0.5);
    }
    let order_of_time = |events: &[Scored]| {
        let mut ids: Vec<_> = events.iter().map(|scored| (scored.event.timestamp, scored.id)).collect();
        ids.sort_unstable();
        ids
    };
    let expected = order_of_time(&events);
    for part in events.chunks(100) {
        store.append(&public(), part.to_vec()).await.unwrap();
    }
    let full = store.stats(&public()).await.unwrap().bytes;
    assert!(full > 0);
    store.set_retention(&public(), Retention { days: None, bytes: Some(full * 2) }).await.unwrap();
    assert_eq!(store.expire(time(0)).await.unwrap(), 0, "there is room for all");
    store.set_retention(&public(), Retention { days: None, bytes: Some(full / 2) }).await.unwrap();
    let gone = store.expire(time(0)).await.unwrap();
    let kept = order_of_time(&scored(&all(&*store, &public()).await));
    assert_eq!(kept.len() as u64 + gone, 400);
    assert!((40..=360).contains(&gone), "about half of them, not {gone}");
    assert!(expected.ends_with(&kept), "the newest stay");
    assert_eq!(ids(&find(&*store, &ask(Filter::everything())).await).len(), kept.len());
    store.close().await.unwrap();
}

pub(crate) async fn of_equally_old_events_not_all_go_at_once(home: &dyn Home) {
    let store = home.open().await;
    let mut events = batch(0, 200);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.event.timestamp = time(60_000);
        scored.event.message = format!("{} {number}", "a text that takes some room ".repeat(100));
    }
    let new = store.append(&public(), events).await.unwrap().new;
    let full = store.stats(&public()).await.unwrap().bytes;
    store.set_retention(&public(), Retention { days: None, bytes: Some(full / 2) }).await.unwrap();
    let gone = store.expire(time(0)).await.unwrap();
    assert!((20..=180).contains(&gone), "about half of them, not {gone}");
    let kept = all(&*store, &public()).await;
    assert_eq!(kept.len() as u64 + gone, 200);
    assert!(new.ends_with(&kept), "the latest arrivals stay");
    store.close().await.unwrap();
}

pub(crate) async fn how_long_an_unknown_collection_is_kept_cannot_be_said(home: &dyn Home) {
    let store = home.open().await;
    let retention = Retention { days: Some(30), bytes: Some(1 << 40) };
    assert_eq!(store.set_retention(&public(), retention).await.unwrap_err().kind(), ErrorKind::Missing);
    assert_eq!(store.collections().await.unwrap(), []);
    store.create(&public(), time(1)).await.unwrap();
    store.set_retention(&public(), retention).await.unwrap();
    assert_eq!(store.collections().await.unwrap()[0].retention, retention);
    let most = Retention { days: Some(u32::MAX), bytes: Some(u64::MAX) };
    store.set_retention(&public(), most).await.unwrap();
    store.close().await.unwrap();
    let store = home.open().await;
    assert_eq!(store.collections().await.unwrap()[0].retention, most);
    store.append(&public(), batch(0, 3)).await.unwrap();
    assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 0);
    store.set_retention(&public(), Retention { days: Some(0), bytes: None }).await.unwrap();
    assert_eq!(store.expire(Timestamp::MAX).await.unwrap(), 3);
    store.close().await.unwrap();
}
