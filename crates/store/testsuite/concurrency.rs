//! Many at once: each event is stored once, and nobody who reads meanwhile misses or mistakes anything.

use std::collections::HashSet;
use std::sync::Arc;

use radar_store::{Rescored, Store};
use radar_types::query::{Field, Filter, Order};
use radar_types::wire::Seq;
use radar_types::{EventId, Verdict};

use super::Home;
use super::asking::{ALWAYS, ORDERS, all, ask, collection, find, first_page, ids, public, search};
use super::sample::{batch, numbered, score};

const WRITERS: u64 = 4;

async fn open(home: &dyn Home) -> Arc<dyn Store> {
    Arc::from(home.open().await)
}

pub(crate) async fn concurrent_writers_store_each_event_once(home: &dyn Home) {
    const BATCHES: u64 = 10;
    let store = open(home).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut new = vec![];
                for round in 0..BATCHES {
                    // Half of each batch is the next writer's, too.
                    let first = (writer + round * WRITERS) * 5;
                    new.extend(store.append(&public(), batch(first, first + 10)).await.unwrap().new);
                }
                new
            })
        })
        .collect();
    let mut new = vec![];
    for writer in writers {
        new.extend(writer.await.unwrap());
    }
    let expected: HashSet<EventId> = batch(0, WRITERS * BATCHES * 5 + 5).iter().map(|scored| scored.id).collect();
    assert_eq!(ids(&new).into_iter().collect::<HashSet<_>>(), expected);
    new.sort_by_key(|stored| stored.seq);
    assert_eq!(all(&*store, &public()).await, new, "each is new to one of them, in the place it was told");
    assert_eq!(find(&*store, &ask(Filter::everything())).await, new);
    store.close().await.unwrap();
}

pub(crate) async fn the_same_batch_from_many_is_stored_once(home: &dyn Home) {
    let store = open(home).await;
    for round in 0..5 {
        let writers: Vec<_> = (0..WRITERS)
            .map(|_| {
                let store = Arc::clone(&store);
                tokio::spawn(async move { store.append(&public(), batch(round * 20, round * 20 + 20)).await.unwrap() })
            })
            .collect();
        let (mut new, mut duplicates) = (0, 0);
        for writer in writers {
            let appended = writer.await.unwrap();
            new += appended.new.len();
            duplicates += appended.duplicates as usize;
        }
        assert_eq!((new, duplicates), (20, 20 * (WRITERS as usize - 1)));
    }
    assert_eq!(all(&*store, &public()).await.len(), 100);
    assert_eq!(store.stats(&public()).await.unwrap().events, 100);
    store.close().await.unwrap();
}

pub(crate) async fn whoever_follows_the_tail_misses_nothing(home: &dyn Home) {
    const BATCHES: u64 = 12;
    let store = open(home).await;
    let followers: Vec<_> = (0..2)
        .map(|follower| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut seen = vec![];
                let mut after = Seq(0);
                while seen.len() < (WRITERS * BATCHES * 5) as usize {
                    let last_seq = store.last_seq(&public()).await.unwrap();
                    let page = store.tail(&public(), after, 7).await.unwrap();
                    assert!(page.is_sorted_by(|a, b| a.seq < b.seq));
                    match page.last() {
                        Some(last) => after = last.seq,
                        None => assert!(last_seq <= after, "{last_seq:?} had arrived, and there is nothing after {after:?}"),
                    }
                    seen.extend(page);
                    if follower == 1 {
                        tokio::task::yield_now().await;
                    }
                }
                seen
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for round in 0..BATCHES {
                    let first = (writer * BATCHES + round) * 5;
                    store.append(&public(), batch(first, first + 5)).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let everything = all(&*store, &public()).await;
    for follower in followers {
        let seen =
            tokio::time::timeout(std::time::Duration::from_secs(60), follower).await.expect("an event was passed over").unwrap();
        assert_eq!(seen, everything);
    }
    store.close().await.unwrap();
}

pub(crate) async fn readers_meanwhile_see_what_had_arrived_and_nothing_else(home: &dyn Home) {
    const ROUNDS: u64 = 30;
    let store = open(home).await;
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for round in 0..ROUNDS {
                store.append(&public(), batch(round * 20, round * 20 + 20)).await.unwrap();
            }
        }
    });
    let everything = ask(Filter::everything());
    let mut seen = 0;
    while seen < ROUNDS * 20 {
        let arrived = store.tail(&public(), Seq(0), 1_000).await.unwrap().len() as u64;
        assert!(arrived >= seen, "{seen}, then {arrived}");
        let counts = [
            store.tally(&everything).await.unwrap().value.events(),
            store.histogram(&everything, ALWAYS, 1 << 50).await.unwrap().value.iter().map(|bar| bar.tally.events()).sum(),
            store.top(&everything, &Field::Host, 1).await.unwrap().value.iter().map(|top| top.count).sum(),
            store.search(&everything, &first_page(Order::Newest, 1_000)).await.unwrap().value.events.len() as u64,
            store.stats(&public()).await.unwrap().events,
        ];
        assert!(counts.is_sorted() && counts[0] >= arrived, "{arrived}, then {counts:?}");
        let latest = store.latest(&public(), None, 1_000).await.unwrap();
        assert!(latest.is_sorted_by(|a, b| a.seq > b.seq));
        assert_eq!(ids(&latest).into_iter().collect::<HashSet<_>>().len(), latest.len());
        seen = arrived;
    }
    writer.await.unwrap();
    store.close().await.unwrap();
}

pub(crate) async fn readers_meanwhile_find_a_changed_event_once(home: &dyn Home) {
    const EVENTS: u64 = 30;
    let store = open(home).await;
    let new = store.append(&public(), batch(0, EVENTS)).await.unwrap().new;
    let writer = tokio::spawn({
        let store = Arc::clone(&store);
        async move {
            for round in 0..20_u64 {
                let some = || new.iter().skip(round as usize % 3).step_by(2).map(|stored| stored.seq);
                let change = |seq| Rescored { seq, score: score(0.0, round as f32), reasons: vec![], template: None };
                store.rescore(&public(), some().map(change).collect()).await.unwrap();
                let verdict = [None, Some(Verdict::Expected)][round as usize % 2];
                store.judge(&public(), some().collect(), verdict).await.unwrap();
            }
        }
    });
    let everything = ask(Filter::everything());
    while !writer.is_finished() {
        assert_eq!(store.tally(&everything).await.unwrap().value.events(), EVENTS);
        assert_eq!(store.stats(&public()).await.unwrap().events, EVENTS);
        assert_eq!(ids(&search(&*store, &everything, Order::Oldest, 7).await), ids(&all(&*store, &public()).await));
        let judged = store.tally(&ask(Filter::Verdict(Verdict::ALL.to_vec()))).await.unwrap().value.events();
        assert!(judged <= EVENTS, "{judged}");
    }
    writer.await.unwrap();
    store.close().await.unwrap();
}

pub(crate) async fn readers_during_a_drop_see_what_was_there_or_less(home: &dyn Home) {
    const EVENTS: u64 = 300;
    let store = open(home).await;
    store.append(&collection("other"), batch(0, 5)).await.unwrap();
    for round in 0..6 {
        let new = store.append(&public(), batch(0, EVENTS)).await.unwrap().new;
        let readers: Vec<_> = (0..3_usize)
            .map(|reader| {
                let store = Arc::clone(&store);
                let some = new[reader].seq;
                tokio::spawn(async move {
                    let everything = ask(Filter::everything());
                    loop {
                        let left = store.tally(&everything).await.unwrap().value.events();
                        assert!(left <= EVENTS);
                        let found = store.search(&everything, &first_page(ORDERS[reader], 1_000)).await.unwrap().value.events;
                        assert!(found.len() as u64 <= EVENTS);
                        assert!(store.latest(&public(), None, 1_000).await.unwrap().len() as u64 <= EVENTS);
                        assert!(store.get(&public(), some).await.unwrap().is_none_or(|stored| stored.seq == some));
                        store.top(&everything, &Field::Host, 5).await.unwrap();
                        store.histogram(&everything, ALWAYS, 1 << 50).await.unwrap();
                        store.judge(&public(), vec![some], Some(Verdict::Expected)).await.unwrap();
                        if left == 0 {
                            return;
                        }
                    }
                })
            })
            .collect();
        if round % 2 == 0 {
            store.drop_collection(&public()).await.unwrap();
        } else {
            store.clear(&public()).await.unwrap();
        }
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(all(&*store, &public()).await, []);
    }
    assert_eq!(all(&*store, &collection("other")).await.len(), 5);
    store.close().await.unwrap();
}

pub(crate) async fn who_writes_during_a_drop_is_told_the_truth(home: &dyn Home) {
    let store = open(home).await;
    for round in 0..5 {
        let writer = tokio::spawn({
            let store = Arc::clone(&store);
            async move {
                let mut told = vec![];
                for number in 0..10 {
                    told.extend(store.append(&public(), batch(number * 3, number * 3 + 3)).await.unwrap().new);
                }
                told
            }
        });
        store.drop_collection(&public()).await.unwrap();
        let told = writer.await.unwrap();
        assert_eq!(told.len(), 30, "round {round}: all ids were new");
        assert!(told.is_sorted_by(|a, b| a.seq < b.seq));
        let left = all(&*store, &public()).await;
        assert!(told.ends_with(&left), "round {round}: {} of 30 are left, but not those that came after the drop", left.len());
        assert_eq!(find(&*store, &ask(Filter::everything())).await, left);
        store.drop_collection(&public()).await.unwrap();
    }
    store.close().await.unwrap();
}

pub(crate) async fn writers_of_many_collections_do_not_disturb_each_other(home: &dyn Home) {
    let store = open(home).await;
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let name = collection(&format!("of writer {writer}"));
                for number in 0..15 {
                    store.append(&name, vec![numbered(number), numbered(number + 1)]).await.unwrap();
                    let events = all(&*store, &name).await;
                    assert_eq!(events.len() as u64, number + 2);
                    store.judge(&name, vec![events[0].seq], Some(Verdict::Suspicious)).await.unwrap();
                }
                store.drop_collection(&name).await.unwrap();
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(store.collections().await.unwrap(), []);
    store.close().await.unwrap();
}
