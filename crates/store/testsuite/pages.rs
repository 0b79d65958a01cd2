//! Every order, page by page.

use radar_store::{Cursor, ErrorKind, PAGE_EVENTS_MAX, PageAsk, Rescored, Stored};
use radar_types::query::{Field, Filter, Order};
use radar_types::wire::Seq;
use radar_types::{EventId, ScoreState, Scored, TemplateId, Timestamp, Verdict};

use super::Home;
use super::asking::{ORDERS, PAGES_MAX, ask, filled, find, first_page, ids, period, public, scored, search, whole};
use super::sample::{Random, batch, numbered, score, time};

/// Events of few times, scores and templates, so that many are alike in every order.
fn alike() -> Vec<Scored> {
    let mut random = Random(5);
    let mut events = batch(0, 40);
    for scored in &mut events {
        scored.event.timestamp = time(random.below(4) as i64 - 2);
        scored.template = random.pick(&[None, Some(TemplateId(1)), Some(TemplateId(2)), Some(TemplateId(u64::MAX))]).to_owned();
        scored.score = match random.below(4) {
            0 => ScoreState::NotScored,
            number => score(0.0, number as f32 / 4.0),
        };
    }
    events
}

/// The events as the definition of the order has them.
fn sorted(order: Order, events: &[Stored]) -> Vec<EventId> {
    let millis = |stored: &Stored| stored.scored.event.timestamp.unix_millis();
    let calibrated = |stored: &Stored| stored.scored.score.score().map(|score| score.calibrated);
    let of_template = |stored: &Stored| {
        let same = events.iter().filter(|other| other.scored.template == stored.scored.template).count();
        if stored.scored.template.is_some() { same } else { usize::MAX }
    };
    let mut sorted = events.to_vec();
    sorted.sort_by(|a, b| {
        let oldest_first = millis(a).cmp(&millis(b)).then(a.seq.cmp(&b.seq));
        match order {
            Order::Oldest => oldest_first,
            Order::Newest => oldest_first.reverse(),
            // No score is less than any.
            Order::Score => calibrated(b).partial_cmp(&calibrated(a)).unwrap().then(oldest_first.reverse()),
            Order::Rarity => of_template(a).cmp(&of_template(b)).then(oldest_first.reverse()),
        }
    });
    ids(&sorted)
}

pub(crate) async fn every_order_is_as_it_is_defined_in_pages_of_any_size(home: &dyn Home) {
    let (store, events) = filled(home, alike()).await;
    let later = |stored: &Stored| stored.scored.event.timestamp >= time(0);
    for (filter, found) in [
        (Filter::everything(), events.clone()),
        (Filter::Time(period(0, 10)), events.iter().filter(|stored| later(stored)).cloned().collect()),
    ] {
        for order in ORDERS {
            for limit in [1, 2, 7, found.len() as u32 - 1, found.len() as u32, 100] {
                let pages = search(&*store, &ask(filter.clone()), order, limit).await;
                assert_eq!(ids(&pages), sorted(order, &found), "{order:?} by {limit}");
            }
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn the_last_page_has_no_next(home: &dyn Home) {
    let (store, _) = filled(home, batch(0, 6)).await;
    for order in ORDERS {
        let everything = ask(Filter::everything());
        let page = whole(store.search(&everything, &first_page(order, 3)).await.unwrap());
        assert_eq!(page.events.len(), 3);
        let last = whole(store.search(&everything, &PageAsk { order, after: page.next, limit: 3 }).await.unwrap());
        assert_eq!((last.events.len(), last.next), (3, None), "{order:?}");
        let all = whole(store.search(&everything, &first_page(order, 6)).await.unwrap());
        assert_eq!((all.events.len(), all.next), (6, None), "{order:?}");
        for after in [None, page.next] {
            let none = whole(store.search(&everything, &PageAsk { order, after, limit: 0 }).await.unwrap());
            assert_eq!((none.events, none.next), (vec![], None), "{order:?}");
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_page_has_a_limit_of_its_own(home: &dyn Home) {
    let store = home.open().await;
    let many = u64::from(PAGE_EVENTS_MAX) + 5;
    store.append(&public(), batch(0, many)).await.unwrap();
    for order in ORDERS {
        let page = whole(store.search(&ask(Filter::everything()), &first_page(order, u32::MAX)).await.unwrap());
        assert_eq!(page.events.len(), PAGE_EVENTS_MAX as usize, "{order:?}");
        assert_eq!(search(&*store, &ask(Filter::everything()), order, u32::MAX).await.len() as u64, many, "{order:?}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn what_arrives_between_pages_moves_none(home: &dyn Home) {
    let store = home.open().await;
    let first = ids(&store.append(&public(), alike()).await.unwrap().new);
    let mut random = Random(6);
    let mut number = 1_000;
    for order in ORDERS {
        let before = find(&*store, &ask(Filter::everything())).await;
        let mut seen: Vec<EventId> = vec![];
        let mut page_ask = first_page(order, 6);
        for turned in 0.. {
            assert!(turned < PAGES_MAX, "{order:?}: pages end");
            let page = whole(store.search(&ask(Filter::everything()), &page_ask).await.unwrap());
            seen.extend(ids(&page.events));
            page_ask.after = page.next;
            if page.next.is_none() {
                break;
            }
            // Nothing that arrives comes before the end of time, so that the pages end; of few and many templates.
            for _ in 0..3 {
                let mut arriving = numbered(number);
                arriving.event.timestamp = time(random.below(4) as i64 - 2);
                arriving.score = score(0.0, random.below(4) as f32 / 4.0);
                arriving.template = random.pick(&[None, Some(TemplateId(1)), Some(TemplateId(number))]).to_owned();
                store.append(&public(), vec![arriving]).await.unwrap();
                number += 1;
            }
        }
        let before = sorted(order, &before);
        let seen_before: Vec<EventId> = seen.iter().copied().filter(|id| before.contains(id)).collect();
        assert_eq!(seen_before, before, "{order:?}: those that were there, once and in order");
        if order == Order::Rarity {
            assert_eq!(seen, before, "what arrived later is not found");
        }
        assert!(first.iter().all(|id| seen.contains(id)));
    }
    store.close().await.unwrap();
}

pub(crate) async fn what_is_changed_between_pages_moves_none_in_the_orders_of_time(home: &dyn Home) {
    let (store, events) = filled(home, alike()).await;
    let mut random = Random(8);
    for order in [Order::Newest, Order::Oldest] {
        let mut seen = vec![];
        let mut page_ask = first_page(order, 5);
        for turned in 0.. {
            assert!(turned < PAGES_MAX, "{order:?}: pages end");
            let page = whole(store.search(&ask(Filter::everything()), &page_ask).await.unwrap());
            seen.extend(ids(&page.events));
            page_ask.after = page.next;
            if page.next.is_none() {
                break;
            }
            for _ in 0..5 {
                let seq = random.pick(&events).seq;
                let rescored =
                    Rescored { seq, score: score(0.1, random.below(9) as f32), reasons: vec![], template: Some(TemplateId(9)) };
                assert_eq!(store.rescore(&public(), vec![rescored]).await.unwrap(), 1);
                assert_eq!(store.judge(&public(), vec![seq], Some(Verdict::Suspicious)).await.unwrap(), 1);
            }
        }
        assert_eq!(seen, sorted(order, &events), "{order:?}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn what_is_rescored_between_pages_moves_alone_in_the_order_of_scores(home: &dyn Home) {
    let (store, events) = filled(home, alike()).await;
    let first = whole(store.search(&ask(Filter::everything()), &first_page(Order::Score, 10)).await.unwrap());
    let order = sorted(Order::Score, &events);
    let [seen, unseen] = [order[0], order[39]].map(|id| events.iter().find(|stored| stored.scored.id == id).unwrap());
    // The first falls behind, so it is met again; the last rises before, so it is not.
    let rescored =
        |stored: &Stored, calibrated| Rescored { seq: stored.seq, score: score(0.0, calibrated), reasons: vec![], template: None };
    store.rescore(&public(), vec![rescored(seen, -1.0), rescored(unseen, 1.0)]).await.unwrap();
    let mut found = ids(&first.events);
    let mut page_ask = PageAsk { order: Order::Score, after: first.next, limit: 10 };
    while page_ask.after.is_some() {
        let page = whole(store.search(&ask(Filter::everything()), &page_ask).await.unwrap());
        found.extend(ids(&page.events));
        page_ask.after = page.next;
    }
    let others = |ids: &[EventId]| -> Vec<EventId> {
        ids.iter().copied().filter(|id| ![seen.scored.id, unseen.scored.id].contains(id)).collect()
    };
    assert_eq!(others(&found), others(&order));
    assert_eq!(found.iter().filter(|id| **id == seen.scored.id).count(), 2);
    assert!(!found.contains(&unseen.scored.id));
    store.close().await.unwrap();
}

pub(crate) async fn what_is_removed_between_pages_is_on_no_later_one(home: &dyn Home) {
    let store = home.open().await;
    for order in ORDERS {
        store.append(&public(), alike()).await.unwrap();
        let page = whole(store.search(&ask(Filter::everything()), &first_page(order, 5)).await.unwrap());
        store.clear(&public()).await.unwrap();
        let rest = whole(store.search(&ask(Filter::everything()), &PageAsk { order, after: page.next, limit: 5 }).await.unwrap());
        assert_eq!((rest.events, rest.next), (vec![], None), "{order:?}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_cursor_of_another_order_is_refused(home: &dyn Home) {
    let (store, _) = filled(home, batch(0, 4)).await;
    for order in ORDERS {
        let after = whole(store.search(&ask(Filter::everything()), &first_page(order, 1)).await.unwrap()).next;
        for other in ORDERS {
            let answer = store.search(&ask(Filter::everything()), &PageAsk { order: other, after, limit: 1 }).await;
            assert_eq!(
                answer.map(drop).map_err(|error| error.kind()),
                if other == order { Ok(()) } else { Err(ErrorKind::Invalid) }
            );
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_made_up_cursor_is_a_place_like_any_other(home: &dyn Home) {
    let (store, _) = filled(home, alike()).await;
    let (first, last) = (Timestamp::MIN.unix_millis(), Timestamp::MAX.unix_millis());
    for (order, letter, sign) in
        [(Order::Newest, 'n', -1), (Order::Oldest, 'o', 1), (Order::Score, 's', -1), (Order::Rarity, 'r', -1)]
    {
        let ranks = if matches!(order, Order::Newest | Order::Oldest) { &[0][..] } else { &[0, 1, u64::MAX] };
        for rank in ranks {
            for (time, seq) in [(0, 0), (first, i64::MIN + 1), (first, i64::MAX), (last, i64::MIN + 1), (last, i64::MAX), (-1, 1)] {
                for until in [0, u64::MAX] {
                    let cursor: Cursor = format!("{letter}.{rank}.{}.{seq}.{until}", sign * time).parse().unwrap();
                    let page_ask = PageAsk { order, after: Some(cursor), limit: 100 };
                    let page = whole(store.search(&ask(Filter::everything()), &page_ask).await.unwrap());
                    let count = page.events.len();
                    assert_eq!(page.next, None, "{cursor}");
                    if ranks.len() == 1 && (time == first || time == last) {
                        let is_before_all = (time == first) == (order == Order::Oldest);
                        assert_eq!(count, if is_before_all { 40 } else { 0 }, "{cursor}");
                    }
                }
            }
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn an_event_has_neighbours_in_time(home: &dyn Home) {
    let (store, all) = filled(home, alike()).await;
    let in_order = find(&*store, &ask(Filter::everything())).await;
    let (newest, of_first) = (sorted(Order::Newest, &all), ask(Filter::Is(Field::Host, all[0].scored.event.hostname.clone())));
    for event in &in_order {
        let place = newest.iter().position(|id| *id == event.scored.id).unwrap();
        let before = whole(store.search(&ask(Filter::everything()), &PageAsk::before(event, 5)).await.unwrap()).events;
        let after = whole(store.search(&ask(Filter::everything()), &PageAsk::after(event, 5)).await.unwrap()).events;
        assert_eq!(ids(&before), newest[place + 1..].iter().take(5).copied().collect::<Vec<_>>());
        assert_eq!(ids(&after), newest[..place].iter().rev().take(5).copied().collect::<Vec<_>>());
        let on_host = whole(store.search(&of_first, &PageAsk::before(event, 5)).await.unwrap()).events;
        assert!(on_host.iter().all(|stored| stored.scored.event.hostname == all[0].scored.event.hostname));
    }
    store.close().await.unwrap();
}

pub(crate) async fn scores_that_are_no_numbers_come_with_those_that_are_none(home: &dyn Home) {
    let states = [
        ScoreState::NotScored,
        score(0.0, f32::NAN),
        score(0.0, 0.5),
        score(0.0, f32::INFINITY),
        ScoreState::Failed { error: String::new() },
        score(0.0, f32::NEG_INFINITY),
        score(0.0, 0.0),
        score(0.0, -0.0),
        score(0.0, -f32::NAN),
        score(0.0, f32::MIN_POSITIVE / 2.0),
        score(0.0, -1.0),
    ];
    let mut events = batch(0, states.len() as u64);
    events.iter_mut().zip(states).for_each(|(scored, state)| scored.score = state);
    let (store, _) = filled(home, events.clone()).await;
    for limit in 1..=12 {
        let found = scored(&search(&*store, &ask(Filter::everything()), Order::Score, limit).await);
        let places: Vec<usize> = found.iter().map(|found| events.iter().position(|event| event.id == found.id).unwrap()).collect();
        // Equal ones come newest first, and each event is a millisecond newer than the one before.
        assert_eq!(places, [3, 2, 9, 7, 6, 10, 5, 8, 4, 1, 0], "by {limit}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn rarity_is_that_among_the_found_events(home: &dyn Home) {
    // Template 1 is rare in all, but frequent where the host is a.
    let plan = [("a", Some(1)), ("a", Some(1)), ("b", Some(2)), ("b", Some(2)), ("b", Some(2)), ("a", Some(2)), ("a", None)];
    let mut events = batch(0, plan.len() as u64);
    for (scored, (host, template)) in events.iter_mut().zip(plan) {
        scored.event.hostname = host.into();
        scored.template = template.map(TemplateId);
    }
    let (store, _) = filled(home, events.clone()).await;
    let numbers = |found: Vec<Stored>| -> Vec<usize> {
        found.iter().map(|stored| events.iter().position(|event| event.id == stored.scored.id).unwrap()).collect()
    };
    for limit in 1..=8 {
        assert_eq!(numbers(search(&*store, &ask(Filter::everything()), Order::Rarity, limit).await), [1, 0, 5, 4, 3, 2, 6]);
        let of_a = ask(Filter::Is(Field::Host, "a".into()));
        assert_eq!(numbers(search(&*store, &of_a, Order::Rarity, limit).await), [5, 1, 0, 6]);
    }
    store.close().await.unwrap();
}

pub(crate) async fn late_events_take_their_place_in_time(home: &dyn Home) {
    let store = home.open().await;
    for numbers in [[5, 6], [1, 2], [9, 0], [4, 3]] {
        store.append(&public(), numbers.map(numbered).to_vec()).await.unwrap();
    }
    let expected: Vec<Scored> = [0, 1, 2, 3, 4, 5, 6, 9].map(numbered).to_vec();
    for limit in [1, 3, 8] {
        assert_eq!(scored(&search(&*store, &ask(Filter::everything()), Order::Oldest, limit).await), expected);
        let mut newest = scored(&search(&*store, &ask(Filter::everything()), Order::Newest, limit).await);
        newest.reverse();
        assert_eq!(newest, expected);
    }
    let arrived: Vec<Scored> = [5, 6, 1, 2, 9, 0, 4, 3].map(numbered).to_vec();
    assert_eq!(scored(&store.tail(&public(), Seq(0), 100).await.unwrap()), arrived);
    store.close().await.unwrap();
}
