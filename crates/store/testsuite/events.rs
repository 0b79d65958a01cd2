//! Events come in once, come back as they were, and are read in the order of arrival.

use std::collections::BTreeSet;

use radar_store::{Appended, ErrorKind, PAGE_BYTES_MAX, PAGE_EVENTS_MAX, Stats, Stored};
use radar_types::query::{Field, Filter, Order};
use radar_types::wire::{Seq, Tally};
use radar_types::{EventId, Level, Scored, Severity, Verdict};

use super::Home;
use super::asking::{
    ALWAYS, ORDERS, all, ask, ask_of, collection, find, first_page, ids, period, public, scored, search, text, whole,
};
use super::sample::{awkward, batch, numbered, time};

pub(crate) async fn an_unknown_collection_answers_like_an_empty_one(home: &dyn Home) {
    let store = home.open().await;
    store.check().await.unwrap();
    store.create(&collection("empty"), time(7)).await.unwrap();
    for name in ["unknown", "empty"] {
        let id = collection(name);
        let everything = ask_of(&id, Filter::everything());
        // An empty store may take some bytes.
        assert_eq!(Stats { bytes: 0, ..store.stats(&id).await.unwrap() }, Stats::default());
        assert_eq!(store.latest(&id, None, 10).await.unwrap(), []);
        assert_eq!(store.latest(&id, Some(Seq(u64::MAX)), 10).await.unwrap(), []);
        assert_eq!(store.tail(&id, Seq(0), 10).await.unwrap(), []);
        assert_eq!(store.last_seq(&id).await.unwrap(), Seq(0));
        assert_eq!(store.get(&id, Seq(1)).await.unwrap(), None);
        for order in ORDERS {
            assert_eq!(search(&*store, &everything, order, 10).await, []);
        }
        assert_eq!(whole(store.tally(&everything).await.unwrap()), Tally::default());
        let bars = whole(store.histogram(&everything, period(5, 25), 10).await.unwrap());
        assert_eq!(bars.iter().map(|bar| bar.start).collect::<Vec<_>>(), [0, 10, 20].map(time));
        assert!(bars.iter().all(|bar| bar.tally == Tally::default()));
        let bars = whole(store.levels(&everything, period(5, 25), 10).await.unwrap());
        assert_eq!(bars.iter().map(|bar| bar.start).collect::<Vec<_>>(), [0, 10, 20].map(time));
        assert!(bars.iter().all(|bar| bar.counts == [0; Level::ALL.len()]));
        assert_eq!(whole(store.top(&everything, &Field::Host, 10).await.unwrap()), []);
        assert_eq!(whole(store.distinct(&everything, &Field::Host).await.unwrap()), 0);
        assert_eq!(whole(store.scores(&everything, &[0.5]).await.unwrap()), [0, 0]);
        assert_eq!(store.judge(&id, vec![Seq(1)], Some(Verdict::Expected)).await.unwrap(), 0);
        assert_eq!(store.rescore(&id, vec![]).await.unwrap(), 0);
        assert_eq!(store.append(&id, vec![]).await.unwrap(), Appended::default());
        store.clear(&id).await.unwrap();
    }
    let names: Vec<_> = store.collections().await.unwrap().into_iter().map(|info| info.id).collect();
    assert_eq!(names, [collection("empty")], "asking, and appending nothing, makes no collection");
    store.close().await.unwrap();
}

pub(crate) async fn every_event_comes_back_as_it_was_given(home: &dyn Home) {
    let store = home.open().await;
    let appended = store.append(&public(), awkward()).await.unwrap();
    assert_eq!(text(&scored(&appended.new)), text(&awkward()));
    let events = all(&*store, &public()).await;
    assert_eq!(text(&scored(&events)), text(&awkward()));
    assert_eq!(store.append(&public(), awkward()).await.unwrap().duplicates, awkward().len() as u32);
    for stored in &events {
        assert_eq!(text(&store.get(&public(), stored.seq).await.unwrap().as_ref()), text(&Some(stored)));
    }
    for order in ORDERS {
        let mut found = search(&*store, &ask(Filter::everything()), order, 7).await;
        found.sort_by_key(|stored| stored.seq);
        assert_eq!(text(&found), text(&events), "{order:?}");
    }
    // A period leaves out its end, and there is no later one than this.
    let tally = whole(store.tally(&ask(Filter::Time(ALWAYS))).await.unwrap());
    assert_eq!(tally.events(), awkward().len() as u64 - 1);
    let stats = store.stats(&public()).await.unwrap();
    assert_eq!((stats.events, stats.oldest, stats.newest), (awkward().len() as u64, Some(ALWAYS.from), Some(ALWAYS.to)));
    store.close().await.unwrap();
}

pub(crate) async fn every_awkward_value_is_counted_and_found_as_it_is(home: &dyn Home) {
    let store = home.open().await;
    let appended = store.append(&public(), awkward()).await.unwrap();
    for (index, stored) in appended.new.iter().enumerate() {
        let host = stored.scored.event.hostname.clone();
        let same = |other: &&Stored| other.scored.event.hostname == host;
        let expected: Vec<EventId> = appended.new.iter().filter(same).map(|stored| stored.scored.id).collect();
        let found = find(&*store, &ask(Filter::Is(Field::Host, host.clone()))).await;
        assert_eq!(ids(&found), expected, "host of event {index}");
        for (name, value) in &stored.scored.event.fields {
            let found = find(&*store, &ask(Filter::Is(Field::Named(name.clone()), value.clone()))).await;
            assert!(found.iter().any(|found| found.seq == stored.seq), "field of event {index}");
        }
    }
    let hosts = whole(store.top(&ask(Filter::everything()), &Field::Host, 100).await.unwrap());
    assert_eq!(hosts.iter().map(|top| top.count).sum::<u64>(), awkward().len() as u64);
    assert_eq!(whole(store.distinct(&ask(Filter::everything()), &Field::Host).await.unwrap()), hosts.len() as u64);
    let expected: BTreeSet<&String> = appended.new.iter().map(|stored| &stored.scored.event.hostname).collect();
    assert!(hosts.iter().map(|top| &top.value).collect::<BTreeSet<_>>() == expected, "the values as they were given");
    store.close().await.unwrap();
}

pub(crate) async fn a_batch_sent_again_adds_nothing(home: &dyn Home) {
    let store = home.open().await;
    let first = store.append(&public(), batch(0, 10)).await.unwrap();
    assert_eq!((first.new.len(), first.duplicates), (10, 0));
    let again = store.append(&public(), batch(0, 10)).await.unwrap();
    assert_eq!(again, Appended { new: vec![], duplicates: 10, last_seq: first.last_seq });
    let overlapping = store.append(&public(), batch(5, 15)).await.unwrap();
    assert_eq!((overlapping.new.len(), overlapping.duplicates), (5, 5));
    assert_eq!(overlapping.new[0].scored, numbered(10));
    assert_eq!(scored(&all(&*store, &public()).await), batch(0, 15));

    // What stands is what came first.
    let mut other = numbered(3);
    other.event.message = "the same record, told differently".into();
    assert_eq!(store.append(&public(), vec![other]).await.unwrap().duplicates, 1);
    assert!(all(&*store, &public()).await.iter().any(|stored| stored.scored == numbered(3)));
    store.close().await.unwrap();
}

pub(crate) async fn an_event_twice_in_a_batch_is_stored_once(home: &dyn Home) {
    let store = home.open().await;
    let mut retold = numbered(2);
    retold.event.message = "the same record, told differently".into();
    let twice = [batch(0, 3), batch(1, 4), vec![retold]].concat();
    let appended = store.append(&public(), twice).await.unwrap();
    assert_eq!(appended.duplicates, 3);
    assert_eq!(scored(&appended.new), batch(0, 4));
    assert_eq!(all(&*store, &public()).await, appended.new);
    store.close().await.unwrap();
}

pub(crate) async fn an_empty_batch_changes_nothing(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(store.append(&public(), vec![]).await.unwrap(), Appended::default());
    assert_eq!(store.collections().await.unwrap(), []);
    let last_seq = store.append(&public(), batch(0, 2)).await.unwrap().last_seq;
    assert_eq!(store.append(&public(), vec![]).await.unwrap(), Appended { last_seq, ..Appended::default() });
    store.close().await.unwrap();
}

pub(crate) async fn arrivals_are_read_in_pages_that_join(home: &dyn Home) {
    let store = home.open().await;
    store.append(&public(), batch(0, 30)).await.unwrap();
    let arrived = all(&*store, &public()).await;
    assert_eq!(arrived.len(), 30);
    for limit in [1, 7, 29, 30, u32::MAX] {
        let mut latest: Vec<Stored> = vec![];
        let mut tail: Vec<Stored> = vec![];
        loop {
            let page = store.latest(&public(), latest.last().map(|stored| stored.seq), limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            latest.extend(page);
            // What arrives while somebody turns pages does not move them.
            store.append(&public(), vec![numbered(1_000 + latest.len() as u64)]).await.unwrap();
        }
        latest.reverse();
        assert!(latest.starts_with(&arrived), "latest by {limit}");
        loop {
            let page = store.tail(&public(), tail.last().map_or(Seq(0), |stored| stored.seq), limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            tail.extend(page);
        }
        assert!(tail.starts_with(&arrived), "tail by {limit}");
    }
    assert_eq!(store.latest(&public(), None, 0).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(0), 0).await.unwrap(), []);
    assert_eq!(store.latest(&public(), Some(Seq(0)), 5).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(u64::MAX), 5).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(i64::MAX as u64), 5).await.unwrap(), []);
    store.append(&public(), batch(10_000, 10_000 + u64::from(PAGE_EVENTS_MAX) + 5)).await.unwrap();
    assert_eq!(store.latest(&public(), None, u32::MAX).await.unwrap().len(), PAGE_EVENTS_MAX as usize);
    assert_eq!(store.tail(&public(), Seq(0), u32::MAX).await.unwrap().len(), PAGE_EVENTS_MAX as usize);
    store.close().await.unwrap();
}

pub(crate) async fn an_event_is_had_by_its_place(home: &dyn Home) {
    let store = home.open().await;
    store.append(&collection("other"), batch(100, 110)).await.unwrap();
    let new = store.append(&public(), batch(0, 10)).await.unwrap().new;
    for stored in &new {
        assert_eq!(store.get(&public(), stored.seq).await.unwrap().as_ref(), Some(stored));
    }
    for seq in [0, new[9].seq.0 + 1, i64::MAX as u64, u64::MAX] {
        assert_eq!(store.get(&public(), Seq(seq)).await.unwrap(), None, "{seq}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_page_of_large_events_is_short_but_not_empty(home: &dyn Home) {
    let store = home.open().await;
    let mut large = batch(0, 36);
    for scored in &mut large {
        scored.event.message = "large ".repeat(1024 * 1024 / 6);
    }
    let bytes = large[0].event.message.len();
    for few in large.chunks(12) {
        store.append(&public(), few.to_vec()).await.unwrap();
    }
    let check = |page: &[Stored]| {
        let page_bytes = page.len() * bytes;
        assert!(!page.is_empty() && page_bytes < PAGE_BYTES_MAX + 2 * bytes, "{page_bytes} bytes");
    };
    let events: Vec<Scored> = scored(&all(&*store, &public()).await);
    assert!(events == large, "every large event is there once, in order");
    check(&store.latest(&public(), None, 40).await.unwrap());
    check(&store.tail(&public(), Seq(0), 40).await.unwrap());
    for order in ORDERS {
        let page = whole(store.search(&ask(Filter::everything()), &first_page(order, 40)).await.unwrap());
        check(&page.events);
        assert!(page.next.is_some());
    }
    assert_eq!(search(&*store, &ask(Filter::everything()), Order::Newest, 40).await.len(), 36);
    store.close().await.unwrap();
}

pub(crate) async fn times_may_lie_before_1970_and_after_2100(home: &dyn Home) {
    let store = home.open().await;
    let times = ["0000-01-01", "1601-01-01", "1969-12-31T23:59:59.999Z", "1970-01-01", "2262-04-12", "9999-12-31T23:59:59.999Z"];
    let mut events = batch(0, times.len() as u64);
    for (scored, time) in events.iter_mut().zip(times) {
        scored.event.timestamp = time.parse().unwrap();
    }
    let [first, last] = [0, times.len() - 1].map(|index| events[index].event.timestamp);
    store.append(&public(), events.clone()).await.unwrap();
    let oldest = search(&*store, &ask(Filter::everything()), Order::Oldest, 2).await;
    assert_eq!(scored(&oldest), events);
    let mut newest = search(&*store, &ask(Filter::everything()), Order::Newest, 4).await;
    newest.reverse();
    assert_eq!(scored(&newest), events);
    let stats = store.stats(&public()).await.unwrap();
    assert_eq!((stats.oldest, stats.newest), (Some(first), Some(last)));
    let before_1970 = whole(store.tally(&ask(Filter::Time(period(first.unix_millis(), 0)))).await.unwrap());
    assert_eq!(before_1970.of(Severity::Safe), 3);
    let century = 100 * 366 * 86_400_000;
    let bars = whole(store.histogram(&ask(Filter::everything()), ALWAYS, century).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.tally.events()).sum::<u64>(), 5);
    store.close().await.unwrap();
}

pub(crate) async fn asks_that_are_too_large_are_refused(home: &dyn Home) {
    let store = home.open().await;
    store.append(&public(), batch(0, 3)).await.unwrap();
    let deep = (0..Filter::DEPTH_MAX).fold(Filter::everything(), |inner, _| Filter::Not(Box::new(inner)));
    let wide = Filter::Any(vec![Filter::everything(); Filter::NODES_MAX]);
    for filter in [deep, wide] {
        let ask = ask(filter);
        let kinds = [
            store.search(&ask, &first_page(Order::Newest, 1)).await.unwrap_err().kind(),
            store.tally(&ask).await.unwrap_err().kind(),
            store.histogram(&ask, period(0, 10), 10).await.unwrap_err().kind(),
            store.levels(&ask, period(0, 10), 10).await.unwrap_err().kind(),
            store.top(&ask, &Field::Host, 1).await.unwrap_err().kind(),
            store.distinct(&ask, &Field::Host).await.unwrap_err().kind(),
            store.scores(&ask, &[0.5]).await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [ErrorKind::Invalid; 7]);
    }
    let largest = Filter::Any(vec![Filter::everything(); Filter::NODES_MAX - 2]);
    assert_eq!(find(&*store, &ask(largest)).await.len(), 3);
    let deepest = (0..Filter::DEPTH_MAX - 2).fold(Filter::everything(), |inner, _| Filter::All(vec![inner]));
    assert_eq!(find(&*store, &ask(deepest)).await.len(), 3);
    let mut falling = ask(Filter::everything());
    falling.scale.low = 0.9;
    assert_eq!(store.tally(&falling).await.unwrap_err().kind(), ErrorKind::Invalid);
    store.close().await.unwrap();
}
