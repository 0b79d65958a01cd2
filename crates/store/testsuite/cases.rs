use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use radar_store::{Appended, BUCKETS_MAX, ErrorKind, PAGE_EVENTS_MAX, Period, Store, Stored, Summary};
use radar_types::wire::{Seq, Tally};
use radar_types::{CollectionId, EventId, Scale, Scored, Severity, Timestamp};

use super::Home;
use super::model::Model;
use super::sample::{Random, awkward, batch, numbered, score, time};

const ALWAYS: Period = Period { from: Timestamp::MIN, to: Timestamp::MAX };

fn public() -> CollectionId {
    CollectionId::public()
}

fn collection(name: &str) -> CollectionId {
    serde_json::from_value(name.into()).unwrap()
}

fn calibrated_scale() -> Scale {
    Scale { name: "quarters".into(), reads_raw: false, low: 0.25, medium: 0.5, high: 0.75, critical: Some(0.99) }
}

/// Everything in the order of arrival, read page by page.
async fn all(store: &dyn Store, collection: &CollectionId) -> Vec<Stored> {
    let mut events: Vec<Stored> = vec![];
    loop {
        let after = events.last().map_or(Seq(0), |stored| stored.seq);
        let page = store.tail(collection, after, PAGE_EVENTS_MAX).await.unwrap();
        if page.is_empty() {
            return events;
        }
        events.extend(page);
    }
}

fn ids(events: &[Stored]) -> Vec<EventId> {
    events.iter().map(|stored| stored.scored.id).collect()
}

pub(crate) async fn an_empty_collection_answers_with_nothing(home: &dyn Home) {
    let store = home.open().await;
    store.check().await.unwrap();
    assert_eq!(store.newest(&public(), None, 10).await.unwrap(), []);
    assert_eq!(store.newest(&public(), Some(Seq(u64::MAX)), 10).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(0), 10).await.unwrap(), []);
    assert_eq!(store.last_seq(&public()).await.unwrap(), Seq(0));
    assert_eq!(store.summary(&public(), ALWAYS, &Scale::radar()).await.unwrap(), Summary::default());
    let buckets = store.histogram(&public(), Period { from: time(5), to: time(25) }, 10, &Scale::radar()).await.unwrap();
    assert_eq!(buckets.iter().map(|bucket| bucket.start).collect::<Vec<_>>(), [0, 10, 20].map(time));
    assert!(buckets.iter().all(|bucket| bucket.tally == Tally::default()));
    store.close().await.unwrap();
}

pub(crate) async fn every_event_comes_back_as_it_was_given(home: &dyn Home) {
    // NaN is not equal to itself; its text is.
    let text = |events: Vec<Scored>| events.into_iter().map(|scored| format!("{scored:?}")).collect::<Vec<_>>();
    let store = home.open().await;
    let appended = store.append(&public(), awkward()).await.unwrap();
    assert_eq!(text(appended.new.into_iter().map(|stored| stored.scored).collect()), text(awkward()));
    for _ in 0..2 {
        let events = all(&*store, &public()).await;
        assert_eq!(text(events.into_iter().map(|stored| stored.scored).collect()), text(awkward()));
        assert_eq!(store.append(&public(), awkward()).await.unwrap().duplicates, awkward().len() as u32);
    }
    let summary = store.summary(&public(), ALWAYS, &Scale::radar()).await.unwrap();
    // A period leaves out its end, and there is no later one than this.
    assert_eq!(summary.tally.events(), awkward().len() as u64 - 1);
    let texts: HashSet<_> = awkward().into_iter().map(|scored| scored.event.hostname).collect();
    assert_eq!(summary.hosts, texts.len() as u64);
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
    assert_eq!(ids(&all(&*store, &public()).await), batch(0, 15).iter().map(|scored| scored.id).collect::<Vec<_>>());

    // What stands is what came first.
    let mut other = numbered(3);
    other.event.message = "the same record, told differently".into();
    assert_eq!(store.append(&public(), vec![other]).await.unwrap().duplicates, 1);
    assert!(all(&*store, &public()).await.iter().any(|stored| stored.scored == numbered(3)));
    store.close().await.unwrap();
}

pub(crate) async fn an_event_twice_in_a_batch_is_stored_once(home: &dyn Home) {
    let store = home.open().await;
    let twice = [batch(0, 3), batch(1, 4)].concat();
    let appended = store.append(&public(), twice).await.unwrap();
    assert_eq!(appended.duplicates, 2);
    let new: Vec<Scored> = appended.new.into_iter().map(|stored| stored.scored).collect();
    assert_eq!(new, batch(0, 4));
    store.close().await.unwrap();
}

pub(crate) async fn an_empty_batch_is_no_error(home: &dyn Home) {
    let store = home.open().await;
    assert_eq!(store.append(&public(), vec![]).await.unwrap(), Appended::default());
    let last_seq = store.append(&public(), batch(0, 2)).await.unwrap().last_seq;
    assert_eq!(store.append(&public(), vec![]).await.unwrap(), Appended { last_seq, ..Appended::default() });
    store.close().await.unwrap();
}

pub(crate) async fn pages_join_without_gap_or_overlap(home: &dyn Home) {
    let store = home.open().await;
    store.append(&public(), batch(0, 57)).await.unwrap();
    let arrived = all(&*store, &public()).await;
    assert_eq!(arrived.len(), 57);
    for limit in [1, 2, 10, 56, 57, 58, u32::MAX] {
        let mut newest: Vec<Stored> = vec![];
        let mut tail: Vec<Stored> = vec![];
        loop {
            let page = store.newest(&public(), newest.last().map(|stored| stored.seq), limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            if page.is_empty() {
                break;
            }
            newest.extend(page);
            // What arrives while somebody turns pages does not move them.
            store.append(&public(), vec![numbered(1_000 + newest.len() as u64)]).await.unwrap();
        }
        newest.reverse();
        assert!(newest.starts_with(&arrived), "newest by {limit}");
        loop {
            let after = tail.last().map_or(Seq(0), |stored| stored.seq);
            let page = store.tail(&public(), after, limit).await.unwrap();
            if page.is_empty() {
                break;
            }
            tail.extend(page);
        }
        assert!(tail.starts_with(&arrived), "tail by {limit}");
    }
    assert_eq!(store.newest(&public(), None, 0).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(0), 0).await.unwrap(), []);
    assert_eq!(store.newest(&public(), Some(Seq(0)), 5).await.unwrap(), []);
    assert_eq!(store.tail(&public(), Seq(u64::MAX), 5).await.unwrap(), []);
    store.append(&public(), batch(10_000, 10_000 + u64::from(PAGE_EVENTS_MAX) + 5)).await.unwrap();
    assert_eq!(store.newest(&public(), None, u32::MAX).await.unwrap().len(), PAGE_EVENTS_MAX as usize);
    store.close().await.unwrap();
}

pub(crate) async fn a_page_of_large_events_may_be_short_but_not_empty(home: &dyn Home) {
    let store = home.open().await;
    let mut large = batch(0, 40);
    for scored in &mut large {
        scored.event.message = "large ".repeat(200_000);
    }
    store.append(&public(), large.clone()).await.unwrap();
    let events: Vec<Scored> = all(&*store, &public()).await.into_iter().map(|stored| stored.scored).collect();
    assert!(events == large, "every large event is there once, in order");
    assert!(!store.newest(&public(), None, 40).await.unwrap().is_empty());
    store.close().await.unwrap();
}

pub(crate) async fn collections_do_not_see_each_other(home: &dyn Home) {
    let store = home.open().await;
    let names = ["Event_Logs", "event_logs", "someone@example.net", "$where", "a.b", "Event_Logs'; --", "\u{e9}", "e\u{301}"];
    for (index, name) in names.into_iter().enumerate() {
        let appended = store.append(&collection(name), batch(0, index as u64 + 1)).await.unwrap();
        assert_eq!((appended.new.len(), appended.duplicates), (index + 1, 0), "{name}");
    }
    for (index, name) in names.into_iter().enumerate() {
        let events = all(&*store, &collection(name)).await;
        assert_eq!(events.len(), index + 1, "{name}");
        assert_eq!(store.last_seq(&collection(name)).await.unwrap(), events[index].seq, "{name}");
        let summary = store.summary(&collection(name), ALWAYS, &Scale::radar()).await.unwrap();
        assert_eq!(summary.tally.events(), index as u64 + 1, "{name}");
    }
    assert_eq!(store.last_seq(&collection("unknown")).await.unwrap(), Seq(0));
    store.close().await.unwrap();
}

pub(crate) async fn answers_equal_the_model(home: &dyn Home) {
    let mut random = Random(20);
    let mut store = home.open().await;
    let mut model = Model::default();
    for round in 0..30 {
        let size = random.below(80);
        let batch: Vec<Scored> = (0..size).map(|_| random.scored(1_500)).collect();
        let appended = store.append(&public(), batch.clone()).await.unwrap();
        model.append(batch, &appended);

        let place = Seq(random.below(model.last_seq().0 + 2));
        let limit = random.below(120) as u32;
        assert_eq!(store.last_seq(&public()).await.unwrap(), model.last_seq());
        assert_eq!(store.newest(&public(), None, limit).await.unwrap(), model.newest(None, limit));
        assert_eq!(store.newest(&public(), Some(place), limit).await.unwrap(), model.newest(Some(place), limit));
        assert_eq!(store.tail(&public(), place, limit).await.unwrap(), model.tail(place, limit));

        let times = [random.below(90_000_000), random.below(90_000_000)].map(|millis| time(millis as i64 - 1_000_000));
        let period = Period { from: times[0], to: times[1] };
        let bucket_millis = *random.pick(&[60_000, 7_777_777, 86_400_000]);
        for scale in [Scale::radar(), calibrated_scale()] {
            assert_eq!(store.summary(&public(), period, &scale).await.unwrap(), model.summary(period, &scale), "{period:?}");
            assert_eq!(
                store.histogram(&public(), period, bucket_millis, &scale).await.unwrap(),
                model.histogram(period, bucket_millis, &scale),
                "{period:?} by {bucket_millis}"
            );
        }
        if round % 10 == 9 {
            store.close().await.unwrap();
            store = home.open().await;
        }
    }
    assert!(model.events.len() > 500);
    store.close().await.unwrap();
}

pub(crate) async fn bands_follow_the_scale_of_the_question(home: &dyn Home) {
    let store = home.open().await;
    let mut events = batch(0, 5);
    for (scored, calibrated) in events.iter_mut().zip([0.2, 0.25, 0.5, 0.75, 0.99]) {
        scored.score = score(0.015, calibrated);
    }
    store.append(&public(), events).await.unwrap();
    let by_raw = store.summary(&public(), ALWAYS, &Scale::radar()).await.unwrap().tally;
    assert_eq!(by_raw.of(Severity::Low), 5);
    let by_calibrated = store.summary(&public(), ALWAYS, &calibrated_scale()).await.unwrap().tally;
    assert_eq!(by_calibrated, Tally { unscored: 0, by_severity: [1, 1, 1, 1, 1] });
    store.close().await.unwrap();
}

pub(crate) async fn periods_take_in_their_start_and_leave_out_their_end(home: &dyn Home) {
    let store = home.open().await;
    let mut events = batch(0, 4);
    for (scored, millis) in events.iter_mut().zip([-1, 0, 9, 10]) {
        scored.event.timestamp = time(millis);
    }
    store.append(&public(), events).await.unwrap();
    for (from, to, expected) in [(0, 10, 2), (-1, 11, 4), (0, 0, 0), (10, 0, 0), (10, 11, 1)] {
        let period = Period { from: time(from), to: time(to) };
        let summary = store.summary(&public(), period, &Scale::radar()).await.unwrap();
        assert_eq!(summary.tally.events(), expected, "{from}..{to}");
        let histogram = store.histogram(&public(), period, 4, &Scale::radar()).await.unwrap();
        assert_eq!(histogram.iter().map(|bucket| bucket.tally.events()).sum::<u64>(), expected, "{from}..{to}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn histograms_that_make_no_sense_are_refused(home: &dyn Home) {
    let store = home.open().await;
    let most = BUCKETS_MAX as i64;
    let period = Period { from: time(0), to: time(most) };
    assert_eq!(store.histogram(&public(), period, 1, &Scale::radar()).await.unwrap().len(), BUCKETS_MAX);
    for (to, bucket_millis) in [(most + 1, 1), (most, 0), (most, -1), (most, i64::MIN)] {
        let period = Period { from: time(0), to: time(to) };
        let error = store.histogram(&public(), period, bucket_millis, &Scale::radar()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn concurrent_writers_store_each_event_once(home: &dyn Home) {
    const WRITERS: u64 = 8;
    const BATCHES: u64 = 20;
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut new = 0;
                for round in 0..BATCHES {
                    // Each batch overlaps with those of the neighbours.
                    let first = (round * WRITERS + writer) * 5;
                    let appended = store.append(&public(), batch(first, first + 15)).await.unwrap();
                    assert_eq!(appended.new.len() + appended.duplicates as usize, 15);
                    new += appended.new.len();
                }
                new
            })
        })
        .collect();
    let mut new = 0;
    for writer in writers {
        new += writer.await.unwrap();
    }
    let expected: HashSet<EventId> = batch(0, WRITERS * BATCHES * 5 + 10).iter().map(|scored| scored.id).collect();
    let found = ids(&all(&*store, &public()).await);
    assert_eq!((new, found.len()), (expected.len(), expected.len()));
    assert_eq!(found.into_iter().collect::<HashSet<_>>(), expected);
    store.close().await.unwrap();
}

pub(crate) async fn readers_meanwhile_see_whole_batches(home: &dyn Home) {
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for round in 0..50 {
                store.append(&public(), batch(round * 20, round * 20 + 20)).await.unwrap();
            }
        }
    });
    let mut seen = 0;
    while seen < 1_000 {
        let events = store.summary(&public(), ALWAYS, &Scale::radar()).await.unwrap().tally.events();
        assert!(events >= seen && events.is_multiple_of(20), "{seen}, then {events}");
        seen = events;
        let newest = store.newest(&public(), None, 1_000).await.unwrap();
        assert!(newest.len().is_multiple_of(20) && newest.is_sorted_by(|a, b| a.seq > b.seq));
    }
    writer.await.unwrap();
    store.close().await.unwrap();
}

pub(crate) async fn reopening_keeps_everything(home: &dyn Home) {
    let mut expected = vec![];
    for round in 0..4 {
        let store = home.open().await;
        assert_eq!(all(&*store, &public()).await, expected);
        let appended = store.append(&public(), batch(0, (round + 1) * 10)).await.unwrap();
        assert_eq!((appended.new.len(), u64::from(appended.duplicates)), (10, round * 10));
        expected.extend(appended.new);
        store.close().await.unwrap();
    }
    assert!(expected.is_sorted_by(|a, b| a.seq < b.seq));
}

pub(crate) async fn a_closed_store_says_so(home: &dyn Home) {
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    // What is under way when it closes is finished or refused, never left hanging.
    let appends: Vec<_> = (0..20)
        .map(|index| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.append(&public(), batch(index * 10, index * 10 + 10)).await })
        })
        .collect();
    store.close().await.unwrap();
    let mut acknowledged = 0;
    for append in appends {
        match tokio::time::timeout(Duration::from_secs(60), append).await.unwrap().unwrap() {
            Ok(appended) => acknowledged += appended.new.len(),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    store.close().await.unwrap();
    assert_eq!(store.check().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.append(&public(), batch(0, 1)).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.newest(&public(), None, 1).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.summary(&public(), ALWAYS, &Scale::radar()).await.unwrap_err().kind(), ErrorKind::Unavailable);

    let store = home.open().await;
    assert_eq!(all(&*store, &public()).await.len(), acknowledged);
    store.close().await.unwrap();
}
