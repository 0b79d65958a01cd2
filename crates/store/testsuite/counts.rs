//! What is counted: by severity, over time, by value, by score.

use radar_store::{BARS_MAX, BOUNDS_MAX, BUCKETS_MAX, ErrorKind, LevelBucket, PAGE_EVENTS_MAX, Pair, Rescored, TemplateCount, Top};
use radar_types::query::{Field, Filter, Period};
use radar_types::wire::{Bucket, Tally};
use radar_types::{Level, Scale, ScoreState, Scored, Severity, TemplateId, Timestamp, Verdict};

use super::Home;
use super::asking::{ALWAYS, ask, filled, period, public, quarters, whole};
use super::sample::{batch, score, time};

fn with_scores(states: &[ScoreState]) -> Vec<Scored> {
    let mut events = batch(0, states.len() as u64);
    events.iter_mut().zip(states).for_each(|(scored, state)| scored.score = state.clone());
    events
}

fn at_times(times: &[i64]) -> Vec<Scored> {
    let mut events = batch(0, times.len() as u64);
    events.iter_mut().zip(times).for_each(|(scored, millis)| scored.event.timestamp = time(*millis));
    events
}

pub(crate) async fn bands_follow_the_scale_of_the_question(home: &dyn Home) {
    let scores = [0.2, 0.25, 0.5, 0.75, 0.99].map(|calibrated| score(0.015, calibrated));
    let (store, _) = filled(home, with_scores(&scores)).await;
    let mut ask = ask(Filter::everything());
    assert_eq!(whole(store.tally(&ask).await.unwrap()).of(Severity::Low), 5);
    ask.scale = quarters();
    // The number next to 0.99 lies above it.
    assert_eq!(whole(store.tally(&ask).await.unwrap()), Tally { unscored: 0, by_severity: [1, 1, 1, 1, 1] });
    ask.scale = Scale { critical: None, ..quarters() };
    assert_eq!(whole(store.tally(&ask).await.unwrap()), Tally { unscored: 0, by_severity: [1, 1, 1, 2, 0] });
    store.close().await.unwrap();
}

pub(crate) async fn hard_scores_have_a_band_and_no_score_has_none(home: &dyn Home) {
    let states = [
        ScoreState::NotScored,
        ScoreState::Failed { error: "x".into() },
        score(f32::NAN, f32::NAN),
        score(f32::INFINITY, f32::INFINITY),
        score(f32::NEG_INFINITY, f32::NEG_INFINITY),
        score(-0.0, -0.0),
    ];
    let (store, _) = filled(home, with_scores(&states)).await;
    let mut ask = ask(Filter::everything());
    assert_eq!(whole(store.tally(&ask).await.unwrap()), Tally { unscored: 2, by_severity: [3, 0, 0, 1, 0] });
    ask.scale = quarters();
    assert_eq!(whole(store.tally(&ask).await.unwrap()), Tally { unscored: 2, by_severity: [3, 0, 0, 0, 1] });
    ask.scale = Scale { low: 0.0, ..quarters() };
    assert_eq!(whole(store.tally(&ask).await.unwrap()), Tally { unscored: 2, by_severity: [2, 1, 0, 0, 1] });
    store.close().await.unwrap();
}

pub(crate) async fn bars_cover_the_period_and_count_nothing_outside_of_it(home: &dyn Home) {
    let (store, _) = filled(home, at_times(&[-21, -20, -1, 0, 9, 10, 19, 20, 29])).await;
    for (from, to, width, expected) in [
        (-20, 20, 10, &[(-20, 1), (-10, 1), (0, 2), (10, 2)][..]),
        (-19, 20, 10, &[(-20, 0), (-10, 1), (0, 2), (10, 2)]),
        (-20, 19, 10, &[(-20, 1), (-10, 1), (0, 2), (10, 1)]),
        (5, 25, 10, &[(0, 1), (10, 2), (20, 1)]),
        (0, 10, 3, &[(0, 1), (3, 0), (6, 0), (9, 1)]),
        (9, 10, 1, &[(9, 1)]),
        (10, 10, 10, &[]),
        (20, 0, 10, &[]),
        (-40, 40, 1_000, &[(-1_000, 3), (0, 6)]),
    ] {
        let found = whole(store.histogram(&ask(Filter::everything()), period(from, to), width).await.unwrap());
        let bar = |(start, safe)| Bucket { start: time(start), tally: Tally { unscored: 0, by_severity: [safe, 0, 0, 0, 0] } };
        assert_eq!(found, expected.iter().copied().map(bar).collect::<Vec<_>>(), "{from}..{to} by {width}");
        let found = whole(store.levels(&ask(Filter::everything()), period(from, to), width).await.unwrap());
        let bar = |(start, info)| LevelBucket { start: time(start), counts: [0, info, 0, 0, 0] };
        assert_eq!(found, expected.iter().copied().map(bar).collect::<Vec<_>>(), "{from}..{to} by {width}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn bars_split_by_severity_and_by_level(home: &dyn Home) {
    let mut events = at_times(&[0, 1, 2, 10, 11, 12]);
    let states = [ScoreState::NotScored, score(0.0, 0.0), score(0.06, 0.0), score(0.011, 0.0), score(0.03, 0.0), score(0.03, 0.0)];
    let levels = ["debug", "info", "purple", "WARN", "err", "FATAL"];
    for ((scored, state), level) in events.iter_mut().zip(states).zip(levels) {
        scored.score = state;
        scored.event.level = level.into();
    }
    let (store, _) = filled(home, events).await;
    let bars = whole(store.histogram(&ask(Filter::everything()), period(0, 20), 10).await.unwrap());
    assert_eq!(bars[0].tally, Tally { unscored: 1, by_severity: [1, 0, 0, 1, 0] });
    assert_eq!(bars[1].tally, Tally { unscored: 0, by_severity: [0, 1, 2, 0, 0] });
    let bars = whole(store.levels(&ask(Filter::everything()), period(0, 20), 10).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.counts).collect::<Vec<_>>(), [[1, 2, 0, 0, 0], [0, 0, 1, 1, 1]]);
    let errors = ask(Filter::Level(vec![Level::Error, Level::Critical]));
    let bars = whole(store.levels(&errors, period(0, 20), 10).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.counts).collect::<Vec<_>>(), [[0; 5], [0, 0, 0, 1, 1]]);
    let bars = whole(store.histogram(&errors, period(0, 12), 10).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.tally.events()).collect::<Vec<_>>(), [0, 1]);
    store.close().await.unwrap();
}

pub(crate) async fn bars_that_make_no_sense_are_refused(home: &dyn Home) {
    let store = home.open().await;
    let everything = ask(Filter::everything());
    let most = BUCKETS_MAX as i64;
    assert_eq!(whole(store.histogram(&everything, period(0, most), 1).await.unwrap()).len(), BUCKETS_MAX);
    assert_eq!(whole(store.levels(&everything, period(0, most), 1).await.unwrap()).len(), BUCKETS_MAX);
    assert_eq!(whole(store.histogram(&everything, ALWAYS, i64::MAX).await.unwrap()).len(), 2);
    for (to, bucket_millis) in [(most + 1, 1), (most, 0), (most, -1), (most, i64::MIN)] {
        let error = store.histogram(&everything, period(0, to), bucket_millis).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let error = store.levels(&everything, period(0, to), bucket_millis).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    assert_eq!(store.histogram(&everything, ALWAYS, 1).await.unwrap_err().kind(), ErrorKind::Invalid);
    store.close().await.unwrap();
}

pub(crate) async fn the_top_values_of_every_field_are_counted(home: &dyn Home) {
    let mut events = batch(0, 6);
    for (number, scored) in events.iter_mut().enumerate() {
        // Three have one value, two another, and one has none where that can be.
        let value = ["a.b", "a.b", "$where", "a.b", "$where", ""][number].to_owned();
        let event = &mut scored.event;
        for column in [&mut event.hostname, &mut event.source, &mut event.os_type, &mut event.collector] {
            column.clone_from(&value);
        }
        if number < 5 {
            for column in [&mut event.user, &mut event.address, &mut event.channel] {
                *column = Some(value.clone());
            }
            event.fields = [("x.y".to_owned(), value.clone()), ("other".to_owned(), "same".to_owned())].into();
            scored.template = Some(TemplateId(value.len() as u64));
        }
        event.level = ["error", "ERR", "purple", "severe", "info", "debug"][number].into();
        scored.score =
            [ScoreState::NotScored, score(0.06, 0.0), score(0.0, 0.0), score(0.03, 0.0), score(0.01, 0.0), score(9.0, 0.0)][number]
                .clone();
    }
    let (store, new) = filled(home, events).await;
    let seqs = |numbers: &[usize]| numbers.iter().map(|number| new[*number].seq).collect::<Vec<_>>();
    store.judge(&public(), seqs(&[0, 1, 3]), Some(Verdict::Suspicious)).await.unwrap();
    store.judge(&public(), seqs(&[2, 4]), Some(Verdict::Expected)).await.unwrap();

    let everything = ask(Filter::everything());
    let top = |value: &str, count, worst| Top { value: value.into(), count, worst: Some(worst) };
    let (most, next) = (|value| top(value, 3, Severity::High), |value| top(value, 2, Severity::Safe));
    for (field, expected) in [
        (Field::Host, vec![most("a.b"), next("$where"), top("", 1, Severity::High)]),
        (Field::Source, vec![most("a.b"), next("$where"), top("", 1, Severity::High)]),
        (Field::Os, vec![most("a.b"), next("$where"), top("", 1, Severity::High)]),
        (Field::Collector, vec![most("a.b"), next("$where"), top("", 1, Severity::High)]),
        (Field::User, vec![most("a.b"), next("$where")]),
        (Field::Address, vec![most("a.b"), next("$where")]),
        (Field::Channel, vec![most("a.b"), next("$where")]),
        (Field::Level, vec![most("error"), next("info"), top("debug", 1, Severity::High)]),
        (Field::Template, vec![most("0000000000000003"), next("0000000000000006")]),
        (Field::Verdict, vec![most("suspicious"), next("expected")]),
        (Field::Named("x.y".into()), vec![most("a.b"), next("$where")]),
        (Field::Named("other".into()), vec![top("same", 5, Severity::High)]),
        (Field::Named("X.Y".into()), vec![]),
        (Field::Named("hostname".into()), vec![]),
        (Field::Named(String::new()), vec![]),
    ] {
        assert_eq!(whole(store.top(&everything, &field, 10).await.unwrap()), expected, "{field:?}");
        assert_eq!(whole(store.top(&everything, &field, 1).await.unwrap()), expected[..expected.len().min(1)], "{field:?}");
        assert_eq!(whole(store.distinct(&everything, &field).await.unwrap()), expected.len() as u64, "{field:?}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn top_values_are_those_of_the_found_events_on_the_scale_of_the_question(home: &dyn Home) {
    let mut events = with_scores(&[score(0.0, 1.0), score(0.06, 0.0), ScoreState::NotScored, score(0.0, f32::NAN)]);
    for (scored, host) in events.iter_mut().zip(["a", "b", "c", "d"]) {
        scored.event.hostname = host.into();
    }
    let (store, _) = filled(home, events).await;
    let worst = |top: Vec<Top>| top.into_iter().map(|top| top.worst).collect::<Vec<_>>();
    let mut everything = ask(Filter::everything());
    let (safe, high, critical) = (Some(Severity::Safe), Some(Severity::High), Some(Severity::Critical));
    assert_eq!(worst(whole(store.top(&everything, &Field::Host, 9).await.unwrap())), [safe, high, None, safe]);
    everything.scale = quarters();
    assert_eq!(worst(whole(store.top(&everything, &Field::Host, 9).await.unwrap())), [critical, safe, None, safe]);
    let anomalies = ask(Filter::Severity(vec![Severity::High]));
    assert_eq!(whole(store.top(&anomalies, &Field::Host, 9).await.unwrap()), [Top { value: "b".into(), count: 1, worst: high }]);
    assert_eq!(whole(store.distinct(&anomalies, &Field::Host).await.unwrap()), 1);
    store.close().await.unwrap();
}

pub(crate) async fn equally_frequent_values_come_in_the_order_of_their_bytes(home: &dyn Home) {
    let values = ["", " ", "A", "Z", "a", "aa", "e\u{301}", "z", "é", "東", "\u{ffff}", "\u{1f600}"];
    let mut events = batch(0, values.len() as u64 * 2);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.event.user = Some(values[number * 5 % values.len()].into());
        scored.event.fields.insert("n".into(), values[number * 5 % values.len()].into());
    }
    let (store, _) = filled(home, events).await;
    for field in [Field::User, Field::Named("n".into())] {
        for limit in [0, 1, 5, 12, 100] {
            let top = whole(store.top(&ask(Filter::everything()), &field, limit).await.unwrap());
            let found: Vec<&str> = top.iter().map(|top| top.value.as_str()).collect();
            assert_eq!(found, values[..values.len().min(limit as usize)], "{field:?}, {limit}");
            assert!(top.iter().all(|top| top.count == 2));
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn pairs_of_values_are_counted_in_events_that_have_both(home: &dyn Home) {
    let long = "l".repeat(2_000);
    let rows = [("b", Some("x")), ("a", Some("x")), ("b", Some("x")), ("a", None), ("", Some("")), ("b", Some(long.as_str()))];
    let mut events = batch(0, rows.len() as u64);
    for (scored, (host, user)) in events.iter_mut().zip(rows) {
        scored.event.hostname = host.into();
        scored.event.user = user.map(str::to_owned);
        scored.event.level = "ERR".into();
        scored.score = score(0.0, 0.0);
    }
    events[2].score = score(0.06, 0.0);
    let (store, new) = filled(home, events).await;
    store.judge(&public(), vec![new[0].seq], Some(Verdict::Expected)).await.unwrap();
    let everything = ask(Filter::everything());
    let pairs = async |fields: [Field; 2], limit| {
        let found = whole(store.pairs(&everything, &fields, limit).await.unwrap());
        found.into_iter().map(|Pair { values: [one, other], count, worst }| (one, other, count, worst)).collect::<Vec<_>>()
    };
    let pair = |one: &str, other: &str, count, worst| (one.to_owned(), other.to_owned(), count, Some(worst));
    let expected = [
        pair("b", "x", 2, Severity::High),
        pair("", "", 1, Severity::Safe),
        pair("a", "x", 1, Severity::Safe),
        pair("b", &long, 1, Severity::Safe),
    ];
    for limit in [0, 1, 3, 10] {
        let limited = &expected[..expected.len().min(limit as usize)];
        assert_eq!(pairs([Field::Host, Field::User], limit).await, limited, "{limit}");
    }
    assert_eq!(pairs([Field::User, Field::Level], 1).await, [pair("x", "error", 3, Severity::High)]);
    assert_eq!(pairs([Field::Host, Field::Verdict], 9).await, [pair("b", "expected", 1, Severity::Safe)]);
    assert_eq!(pairs([Field::Host, Field::Named("none".into())], 9).await, []);
    store.close().await.unwrap();
}

pub(crate) async fn many_values_are_counted_and_a_list_has_its_limit(home: &dyn Home) {
    let store = home.open().await;
    let many = u64::from(PAGE_EVENTS_MAX) * 2 + 100;
    let mut events = batch(0, many);
    for (number, scored) in events.iter_mut().enumerate() {
        scored.event.hostname = format!("host-{:05}", number / 2);
        scored.event.fields.insert("n".into(), format!("{number:05}"));
    }
    for part in events.chunks(700) {
        store.append(&public(), part.to_vec()).await.unwrap();
    }
    let everything = ask(Filter::everything());
    assert_eq!(whole(store.distinct(&everything, &Field::Host).await.unwrap()), many / 2);
    assert_eq!(whole(store.distinct(&everything, &Field::Named("n".into())).await.unwrap()), many);
    let top = whole(store.top(&everything, &Field::Host, u32::MAX).await.unwrap());
    assert_eq!(top.len(), PAGE_EVENTS_MAX as usize);
    let safe = Some(Severity::Safe);
    assert_eq!(top[0], Top { value: "host-00000".into(), count: 2, worst: safe });
    assert_eq!(top[999], Top { value: "host-00999".into(), count: 2, worst: safe });
    let top = whole(store.top(&everything, &Field::Named("n".into()), 3).await.unwrap());
    assert_eq!(top.iter().map(|top| top.value.as_str()).collect::<Vec<_>>(), ["00000", "00001", "00002"]);
    store.close().await.unwrap();
}

pub(crate) async fn templates_are_counted_within_the_period_and_known_beyond_it(home: &dyn Home) {
    let mut events = at_times(&[-5, 0, 9, 10, 10, 25, 3]);
    let of = [Some(1), Some(1), Some(1), Some(1), Some(u64::MAX), Some(2), None];
    let states = [score(9.0, 0.0), score(0.0, 0.0), score(0.06, 0.0), ScoreState::NotScored, score(0.03, 0.0), score(9.0, 0.0)];
    for ((scored, template), state) in events.iter_mut().zip(of).zip(states.into_iter().chain([score(9.0, 0.0)])) {
        (scored.template, scored.score) = (template.map(TemplateId), state);
    }
    let (store, new) = filled(home, events).await;
    let count = |template, unscored, by_severity, bars: &[u64], first, last, latest: usize| TemplateCount {
        template: TemplateId(template),
        tally: Tally { unscored, by_severity },
        bars: bars.to_vec(),
        first: time(first),
        last: time(last),
        latest: new[latest].seq,
    };
    let everything = ask(Filter::everything());
    let found = whole(store.templates(&everything, period(0, 20), 10).await.unwrap());
    let expected = [
        count(1, 1, [1, 0, 0, 1, 0], &[2, 1], -5, 10, 3),
        count(2, 0, [0; 5], &[0, 0], 25, 25, 5),
        count(u64::MAX, 0, [0, 0, 1, 0, 0], &[0, 1], 10, 10, 4),
    ];
    assert_eq!(found, expected);
    let found = whole(store.templates(&ask(Filter::Time(period(9, 11))), period(0, 20), 20).await.unwrap());
    let expected = [count(1, 1, [0, 0, 0, 1, 0], &[2], 9, 10, 3), count(u64::MAX, 0, [0, 0, 1, 0, 0], &[1], 10, 10, 4)];
    assert_eq!(found, expected);
    let nothing = whole(store.templates(&everything, period(20, 0), 10).await.unwrap());
    assert_eq!(nothing.iter().map(|count| (count.tally.events(), count.bars.len())).collect::<Vec<_>>(), [(0, 0); 3]);
    // Changed and added ones, too, wherever they are kept.
    let again = Rescored { seq: new[5].seq, score: ScoreState::NotScored, reasons: Vec::new(), template: Some(TemplateId(1)) };
    store.rescore(&public(), vec![again]).await.unwrap();
    let found = whole(store.templates(&everything, period(0, 30), 30).await.unwrap());
    assert_eq!(found[0], count(1, 2, [1, 0, 0, 1, 0], &[4], -5, 25, 5));
    assert_eq!(found.len(), 2);
    store.close().await.unwrap();
}

pub(crate) async fn templates_have_few_bars(home: &dyn Home) {
    let store = home.open().await;
    let everything = ask(Filter::everything());
    let most = BARS_MAX as i64;
    assert!(whole(store.templates(&everything, period(0, most), 1).await.unwrap()).is_empty());
    for (to, bar_millis) in [(most + 1, 1), (most, 0), (most, -1)] {
        let error = store.templates(&everything, period(0, to), bar_millis).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    }
    store.close().await.unwrap();
}

pub(crate) async fn scores_are_counted_between_bounds(home: &dyn Home) {
    let mut states = [0.0, -0.0, 0.25, 0.249_999_99, 0.5, 1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, -f32::NAN]
        .map(|calibrated| score(0.0, calibrated))
        .to_vec();
    states.extend([ScoreState::NotScored, ScoreState::Failed { error: "x".into() }]);
    let (store, _) = filled(home, with_scores(&states)).await;
    let everything = ask(Filter::everything());
    for (bounds, expected) in [
        (&[][..], &[8][..]),
        (&[0.25], &[4, 4]),
        (&[0.0, 0.25, 0.5], &[1, 3, 1, 3]),
        (&[-0.0], &[1, 7]),
        (&[f32::NEG_INFINITY, f32::INFINITY], &[0, 7, 1]),
        (&[f32::MIN, f32::MAX], &[1, 6, 1]),
        (&[2.0, 3.0, 4.0], &[7, 0, 0, 1]),
    ] {
        assert_eq!(whole(store.scores(&everything, bounds).await.unwrap()), expected, "{bounds:?}");
    }
    let high = ask(Filter::Score(0.5, 1.0));
    assert_eq!(whole(store.scores(&high, &[0.75]).await.unwrap()), [1, 1]);
    let many: Vec<f32> = (0..BOUNDS_MAX).map(|number| number as f32).collect();
    assert_eq!(whole(store.scores(&everything, &many).await.unwrap()).len(), BOUNDS_MAX + 1);
    let too_many: Vec<f32> = (0..=BOUNDS_MAX).map(|number| number as f32).collect();
    for bounds in [&[0.5, 0.5][..], &[0.5, 0.25], &[f32::NAN], &[0.0, f32::NAN, 1.0], &[0.0, -0.0], &too_many] {
        assert_eq!(store.scores(&everything, bounds).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    store.close().await.unwrap();
}

pub(crate) async fn counting_is_not_limited_to_a_page(home: &dyn Home) {
    let store = home.open().await;
    let many = u64::from(PAGE_EVENTS_MAX) * 2 + 500;
    for first in (0..many).step_by(500) {
        store.append(&public(), batch(first, first + 500)).await.unwrap();
    }
    let everything = ask(Filter::everything());
    assert_eq!(whole(store.tally(&everything).await.unwrap()).events(), many);
    let start = batch(0, 1)[0].event.timestamp;
    let whole_time = Period { from: start, to: Timestamp::MAX };
    let bars = whole(store.histogram(&everything, whole_time, 100 * 366 * 86_400_000).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.tally.events()).sum::<u64>(), many);
    let bars =
        whole(store.levels(&everything, Period { from: start, to: start.saturating_add_millis(many as i64) }, 100).await.unwrap());
    assert_eq!(bars.iter().map(|bar| bar.counts[Level::Info as usize]).sum::<u64>(), many);
    assert_eq!(whole(store.scores(&everything, &[0.5]).await.unwrap()), [0, many]);
    assert_eq!(whole(store.top(&everything, &Field::Host, 5).await.unwrap())[0].count, many);
    store.close().await.unwrap();
}
