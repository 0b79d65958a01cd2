//! What the cases ask, and how they read the answers.

use std::fmt::Debug;
use std::time::Duration;

use radar_store::{Ask, PAGE_EVENTS_MAX, PageAsk, Partly, Store, Stored};
use radar_types::query::{Filter, Order, Period};
use radar_types::wire::Seq;
use radar_types::{CollectionId, EventId, Scale, Scored, Timestamp};

use super::Home;
use super::sample::time;

/// All the time there is but its last millisecond, which no period takes in.
pub(crate) const ALWAYS: Period = Period { from: Timestamp::MIN, to: Timestamp::MAX };

pub(crate) const ORDERS: [Order; 4] = [Order::Newest, Order::Oldest, Order::Score, Order::Rarity];

/// More pages than any case has to turn.
pub(crate) const PAGES_MAX: usize = 500;

pub(crate) fn public() -> CollectionId {
    CollectionId::public()
}

pub(crate) fn collection(name: &str) -> CollectionId {
    CollectionId::new(name).unwrap()
}

pub(crate) fn period(from: i64, to: i64) -> Period {
    Period { from: time(from), to: time(to) }
}

/// A scale that reads the calibrated score.
pub(crate) fn quarters() -> Scale {
    Scale { name: "quarters".into(), reads_raw: false, low: 0.25, medium: 0.5, high: 0.75, critical: Some(0.99) }
}

/// About the public collection, patiently.
pub(crate) fn ask(filter: Filter) -> Ask {
    ask_of(&public(), filter)
}

pub(crate) fn ask_of(collection: &CollectionId, filter: Filter) -> Ask {
    Ask { deadline: Duration::from_secs(30), ..Ask::all(collection.clone(), Scale::radar()).with(filter) }
}

pub(crate) fn first_page(order: Order, limit: u32) -> PageAsk {
    PageAsk { order, after: None, limit }
}

pub(crate) fn whole<T: Debug>(answer: Partly<T>) -> T {
    assert!(!answer.is_partial, "there was time for all of {answer:?}");
    answer.value
}

/// NaN is not equal to itself; its text is.
pub(crate) fn text(value: &impl Debug) -> String {
    format!("{value:?}")
}

pub(crate) fn ids(events: &[Stored]) -> Vec<EventId> {
    events.iter().map(|stored| stored.scored.id).collect()
}

pub(crate) fn scored(events: &[Stored]) -> Vec<Scored> {
    events.iter().map(|stored| stored.scored.clone()).collect()
}

/// A store with these events, closed and opened since: what a store has in memory at first is where it stays.
pub(crate) async fn filled(home: &dyn Home, events: Vec<Scored>) -> (Box<dyn Store>, Vec<Stored>) {
    let store = home.open().await;
    let new = store.append(&public(), events).await.unwrap().new;
    store.close().await.unwrap();
    (home.open().await, new)
}

/// Everything in the order of arrival, read page by page.
pub(crate) async fn all(store: &dyn Store, collection: &CollectionId) -> Vec<Stored> {
    let mut events: Vec<Stored> = vec![];
    loop {
        let after = events.last().map_or(Seq(0), |stored| stored.seq);
        let page = store.tail(collection, after, PAGE_EVENTS_MAX).await.unwrap();
        if page.is_empty() {
            return events;
        }
        assert!(page.is_sorted_by(|a, b| a.seq < b.seq) && page[0].seq > after, "places rise");
        events.extend(page);
    }
}

/// What a question finds, read page by page, with cursors that travelled as text.
pub(crate) async fn search(store: &dyn Store, ask: &Ask, order: Order, limit: u32) -> Vec<Stored> {
    let mut events = vec![];
    let mut page_ask = first_page(order, limit);
    for turned in 0.. {
        assert!(turned < PAGES_MAX, "{order:?}: pages end");
        let page = whole(store.search(ask, &page_ask).await.unwrap());
        assert!(page.events.len() <= limit as usize);
        let is_empty = page.events.is_empty();
        events.extend(page.events);
        let Some(next) = page.next else { break };
        assert!(!is_empty, "an empty page has no next");
        page_ask.after = Some(next.to_string().parse().unwrap());
    }
    events
}

/// What a question finds, in the order of arrival.
pub(crate) async fn find(store: &dyn Store, ask: &Ask) -> Vec<Stored> {
    let mut events = search(store, ask, Order::Newest, PAGE_EVENTS_MAX).await;
    events.sort_by_key(|stored| stored.seq);
    events
}
