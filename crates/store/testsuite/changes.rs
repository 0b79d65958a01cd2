//! What is said of an event later: new scores, and verdicts.

use std::collections::BTreeMap;

use radar_store::{Rescored, Store, Stored};
use radar_types::query::{Candidate, Field, Filter, Order, State};
use radar_types::wire::Seq;
use radar_types::{Reason, Scale, ScoreState, Severity, TemplateId, Verdict};

use super::Home;
use super::asking::{all, ask, ask_of, collection, find, first_page, ids, public, search, text, whole};
use super::filters::not;
use super::sample::{batch, numbered, score};

fn rescored(seq: Seq, state: ScoreState, template: Option<u64>) -> Rescored {
    let reasons = vec![Reason { code: "new".into(), text: "It was not seen before.".into() }];
    Rescored { seq, score: state, reasons, template: template.map(TemplateId) }
}

pub(crate) async fn rescored_events_have_what_the_engine_says_now(home: &dyn Home) {
    let mut store = home.open().await;
    let new = store.append(&public(), batch(0, 5)).await.unwrap().new;
    let changes = vec![
        rescored(new[1].seq, score(0.06, 0.9), Some(7)),
        rescored(new[3].seq, ScoreState::Failed { error: "no".into() }, None),
        rescored(new[4].seq, ScoreState::NotScored, Some(u64::MAX)),
    ];
    assert_eq!(store.rescore(&public(), changes.clone()).await.unwrap(), 3);
    let mut expected = new.clone();
    for (place, change) in [1, 3, 4].into_iter().zip(changes) {
        let scored = &mut expected[place].scored;
        (scored.score, scored.reasons, scored.template) = (change.score, change.reasons, change.template);
    }
    for _ in 0..2 {
        assert_eq!(all(&*store, &public()).await, expected, "their order of arrival is the same");
        assert_eq!(store.get(&public(), new[1].seq).await.unwrap(), Some(expected[1].clone()));
        let places = |filter: Filter| {
            let store = &store;
            async move { find(&**store, &ask(filter)).await.iter().map(|stored| stored.seq).collect::<Vec<_>>() }
        };
        assert_eq!(places(Filter::Severity(vec![Severity::High])).await, [new[1].seq]);
        assert_eq!(places(Filter::Severity(vec![Severity::Safe])).await, [new[0].seq, new[2].seq]);
        assert_eq!(places(Filter::State(vec![State::Failed])).await, [new[3].seq]);
        assert_eq!(places(Filter::State(vec![State::NotScored])).await, [new[4].seq]);
        assert_eq!(places(Filter::Score(0.8, 1.0)).await, [new[1].seq]);
        assert_eq!(places(Filter::Is(Field::Template, TemplateId(7).to_string())).await, [new[1].seq]);
        assert_eq!(whole(store.tally(&ask(Filter::everything())).await.unwrap()).by_severity, [2, 0, 0, 1, 0]);
        assert_eq!(whole(store.scores(&ask(Filter::everything()), &[0.8]).await.unwrap()), [2, 1]);
        assert_eq!(whole(store.distinct(&ask(Filter::everything()), &Field::Template).await.unwrap()), 2);
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.close().await.unwrap();
}

pub(crate) async fn of_an_event_rescored_twice_the_last_counts(home: &dyn Home) {
    let store = home.open().await;
    let new = store.append(&public(), batch(0, 3)).await.unwrap().new;
    let [first, second] = [new[0].seq, new[1].seq];
    let twice = vec![
        rescored(first, score(0.06, 0.1), Some(1)),
        rescored(second, score(0.0, 0.0), None),
        rescored(first, score(0.011, 0.2), Some(2)),
    ];
    assert_eq!(store.rescore(&public(), twice).await.unwrap(), 2);
    assert_eq!(store.get(&public(), first).await.unwrap().unwrap().scored.template, Some(TemplateId(2)));
    for round in 0..3 {
        let change = rescored(first, score(0.06, round as f32), Some(round));
        assert_eq!(store.rescore(&public(), vec![change.clone(), change]).await.unwrap(), 1);
        let found = find(&*store, &ask(Filter::Score(round as f32, round as f32))).await;
        assert!(found.iter().any(|stored| stored.seq == first));
        assert_eq!(found.iter().filter(|stored| stored.seq == first).count(), 1);
    }
    assert_eq!(find(&*store, &ask(Filter::everything())).await.len(), 3, "each event is found once");
    assert_eq!(whole(store.tally(&ask(Filter::everything())).await.unwrap()).events(), 3);
    assert_eq!(store.stats(&public()).await.unwrap().events, 3);
    store.close().await.unwrap();
}

pub(crate) async fn an_event_with_a_verdict_is_found_by_it(home: &dyn Home) {
    let mut store = home.open().await;
    let new = store.append(&public(), batch(0, 6)).await.unwrap().new;
    let seqs = |numbers: &[usize]| numbers.iter().map(|number| new[*number].seq).collect::<Vec<_>>();
    assert_eq!(store.judge(&public(), seqs(&[0, 1, 2, 2]), Some(Verdict::Expected)).await.unwrap(), 3);
    assert_eq!(store.judge(&public(), seqs(&[2, 3]), Some(Verdict::Suspicious)).await.unwrap(), 2);
    assert_eq!(store.judge(&public(), seqs(&[1, 5]), None).await.unwrap(), 2);
    for _ in 0..2 {
        let places = |filter: Filter| {
            let store = &store;
            async move { find(&**store, &ask(filter)).await.iter().map(|stored| stored.seq).collect::<Vec<_>>() }
        };
        assert_eq!(places(Filter::Verdict(vec![Verdict::Expected])).await, seqs(&[0]));
        assert_eq!(places(Filter::Verdict(vec![Verdict::Suspicious])).await, seqs(&[2, 3]));
        assert_eq!(places(not(Filter::Verdict(Verdict::ALL.to_vec()))).await, seqs(&[1, 4, 5]));
        assert_eq!(places(Filter::everything()).await, seqs(&[0, 1, 2, 3, 4, 5]));
        let verdicts: Vec<_> = all(&*store, &public()).await.into_iter().map(|stored| stored.verdict).collect();
        let [expected, suspicious] = [Some(Verdict::Expected), Some(Verdict::Suspicious)];
        assert_eq!(verdicts, [expected, None, suspicious, suspicious, None, None]);
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.close().await.unwrap();
}

pub(crate) async fn scores_and_verdicts_do_not_touch_each_other(home: &dyn Home) {
    let store = home.open().await;
    let new = store.append(&public(), batch(0, 2)).await.unwrap().new;
    let seq = new[0].seq;
    store.judge(&public(), vec![seq], Some(Verdict::Expected)).await.unwrap();
    store.rescore(&public(), vec![rescored(seq, score(0.06, 0.9), Some(3))]).await.unwrap();
    store.judge(&public(), vec![seq], Some(Verdict::Suspicious)).await.unwrap();
    let stored = store.get(&public(), seq).await.unwrap().unwrap();
    assert_eq!((stored.verdict, &stored.scored.score), (Some(Verdict::Suspicious), &score(0.06, 0.9)));
    assert_eq!((stored.scored.template, stored.scored.reasons.len()), (Some(TemplateId(3)), 1));
    let both = Filter::All(vec![Filter::Verdict(vec![Verdict::Suspicious]), Filter::Severity(vec![Severity::High])]);
    assert_eq!(find(&*store, &ask(both)).await, std::slice::from_ref(&stored));
    store.rescore(&public(), vec![rescored(seq, ScoreState::NotScored, None)]).await.unwrap();
    assert_eq!(store.get(&public(), seq).await.unwrap().unwrap().verdict, Some(Verdict::Suspicious));

    // The same record sent again changes neither.
    assert_eq!(store.append(&public(), vec![numbered(0)]).await.unwrap().duplicates, 1);
    let stored = store.get(&public(), seq).await.unwrap().unwrap();
    assert_eq!((stored.verdict, stored.scored.score), (Some(Verdict::Suspicious), ScoreState::NotScored));
    store.close().await.unwrap();
}

pub(crate) async fn places_that_no_event_has_are_passed_over(home: &dyn Home) {
    let store = home.open().await;
    let new = store.append(&public(), batch(0, 3)).await.unwrap().new;
    let other = store.append(&collection("other"), batch(0, 4)).await.unwrap().new;
    let unknown = [Seq(0), Seq(i64::MAX as u64), Seq(u64::MAX)];
    let places = || unknown.into_iter().chain([new[1].seq]);
    assert_eq!(store.judge(&public(), places().collect(), Some(Verdict::Expected)).await.unwrap(), 1);
    let changes = places().map(|seq| rescored(seq, score(0.06, 0.9), None)).collect();
    assert_eq!(store.rescore(&public(), changes).await.unwrap(), 1);
    assert_eq!(store.judge(&public(), vec![], Some(Verdict::Expected)).await.unwrap(), 0);
    assert_eq!(store.rescore(&public(), vec![]).await.unwrap(), 0);
    assert_eq!(store.judge(&collection("unknown"), vec![new[0].seq], None).await.unwrap(), 0);
    assert_eq!(all(&*store, &collection("other")).await, other);
    let changed: Vec<bool> = all(&*store, &public()).await.iter().map(|stored| stored.verdict.is_some()).collect();
    assert_eq!(changed, [false, true, false]);
    store.clear(&public()).await.unwrap();
    assert_eq!(store.judge(&public(), places().collect(), Some(Verdict::Expected)).await.unwrap(), 0);
    assert_eq!(store.rescore(&public(), vec![rescored(new[1].seq, score(0.0, 0.0), None)]).await.unwrap(), 0);
    assert_eq!(all(&*store, &public()).await, []);
    store.close().await.unwrap();
}

pub(crate) async fn changes_in_one_collection_leave_the_others_alone(home: &dyn Home) {
    let store = home.open().await;
    let names = ["one", "two"].map(collection);
    let mut new = vec![];
    for name in &names {
        new.push(store.append(name, batch(0, 5)).await.unwrap().new);
    }
    let seqs: Vec<Seq> = new[0].iter().map(|stored| stored.seq).collect();
    let own: Vec<Seq> = seqs.iter().copied().filter(|seq| !new[1].iter().any(|stored| stored.seq == *seq)).collect();
    store.judge(&names[0], seqs.clone(), Some(Verdict::Suspicious)).await.unwrap();
    store.rescore(&names[0], seqs.iter().map(|seq| rescored(*seq, score(0.06, 0.9), None)).collect()).await.unwrap();
    assert_eq!(all(&*store, &names[1]).await, new[1]);
    assert_eq!(find(&*store, &ask_of(&names[1], Filter::Verdict(Verdict::ALL.to_vec()))).await, []);
    assert_eq!(find(&*store, &ask_of(&names[0], Filter::Verdict(Verdict::ALL.to_vec()))).await.len(), 5);
    assert_eq!(store.judge(&names[1], own, None).await.unwrap(), 0, "places of another collection are unknown");
    store.close().await.unwrap();
}

/// Many changes in a row, across openings: every question sees the last of each.
pub(crate) async fn an_event_changed_many_times_is_found_once(home: &dyn Home) {
    const EVENTS: u64 = 12;
    let mut store = home.open().await;
    let mut expected: BTreeMap<Seq, Stored> =
        store.append(&public(), batch(0, EVENTS)).await.unwrap().new.into_iter().map(|stored| (stored.seq, stored)).collect();
    let seqs: Vec<Seq> = expected.keys().copied().collect();
    for round in 0..8_usize {
        let some: Vec<Seq> = seqs.iter().copied().skip(round % 3).step_by(2).collect();
        let calibrated = (round % 4) as f32 / 4.0;
        let changes: Vec<Rescored> =
            some.iter().map(|seq| rescored(*seq, score(0.011, calibrated), Some(round as u64 % 3))).collect();
        assert_eq!(store.rescore(&public(), changes.clone()).await.unwrap(), some.len() as u64);
        let verdict = [None, Some(Verdict::Expected), Some(Verdict::Suspicious)][round % 3];
        let judged: Vec<Seq> = seqs.iter().copied().skip(round % 5).step_by(3).collect();
        assert_eq!(store.judge(&public(), judged.clone(), verdict).await.unwrap(), judged.len() as u64);
        for change in changes {
            let scored = &mut expected.get_mut(&change.seq).unwrap().scored;
            (scored.score, scored.reasons, scored.template) = (change.score, change.reasons, change.template);
        }
        judged.iter().for_each(|seq| expected.get_mut(seq).unwrap().verdict = verdict);
        if round % 3 == 2 {
            store.close().await.unwrap();
            store = home.open().await;
        }
        check(&*store, &expected).await;
    }
    store.close().await.unwrap();
}

async fn check(store: &dyn Store, expected: &BTreeMap<Seq, Stored>) {
    let expected: Vec<Stored> = expected.values().cloned().collect();
    assert_eq!(text(&all(store, &public()).await), text(&expected));
    let filters = [
        Filter::everything(),
        Filter::Verdict(vec![Verdict::Expected]),
        not(Filter::Verdict(vec![Verdict::Suspicious])),
        Filter::Score(0.5, 0.5),
        Filter::Is(Field::Template, TemplateId(1).to_string()),
        Filter::All(vec![Filter::Severity(vec![Severity::Low]), Filter::Verdict(vec![Verdict::Expected])]),
    ];
    for filter in filters {
        let is_meant =
            |stored: &Stored| filter.matches(Candidate { scored: &stored.scored, verdict: stored.verdict }, &Scale::radar());
        let meant: Vec<Stored> = expected.iter().filter(|stored| is_meant(stored)).cloned().collect();
        let ask = ask(filter.clone());
        assert_eq!(ids(&find(store, &ask).await), ids(&meant), "{filter:?}");
        assert_eq!(whole(store.tally(&ask).await.unwrap()).events(), meant.len() as u64, "{filter:?}");
        for order in [Order::Score, Order::Rarity] {
            assert_eq!(search(store, &ask, order, 5).await.len(), meant.len(), "{order:?} of {filter:?}");
        }
        let latest = whole(store.search(&ask, &first_page(Order::Newest, 1)).await.unwrap());
        assert_eq!(ids(&latest.events), ids(&meant.last().cloned().into_iter().collect::<Vec<_>>()), "{filter:?}");
    }
}
