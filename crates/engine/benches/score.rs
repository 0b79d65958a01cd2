//! How fast the engine works: `cargo bench -p radar-engine`.
//!
//! Each figure is the median of several rounds over the same events, on one thread.

#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;
use std::time::Instant;

use radar_engine::Engine;
use radar_engine::parse::{Limits, json_records, text_lines, with_ids};
use radar_engine::stream::Stream;
use radar_types::{Event, EventId, Timestamp};

const EVENTS: usize = 20_000;
const ROUNDS: usize = 9;

fn main() -> Result<(), radar_engine::ModelError> {
    let engine = Engine::shipped()?;
    let now = Timestamp::saturating_from_unix_millis(1_767_571_200_000);
    let limits = Limits::default();
    let lines = service_lines(now);
    let events: Vec<_> = text_lines(lines.as_bytes(), now, &limits).events.into_iter().map(|(_, event)| event).collect();
    let ndjson = events.iter().map(|event| serde_json::to_string(event).unwrap_or_default() + "\n").collect::<String>();
    let identified = with_ids(events.clone());

    println!("{EVENTS} events, median of {ROUNDS} rounds");
    report("parse NDJSON", ndjson.len(), || json_records(ndjson.as_bytes(), now, &limits));
    report("parse service lines", lines.len(), || text_lines(lines.as_bytes(), now, &limits));
    report("ids (and a copy)", ndjson.len(), || with_ids(events.clone()));
    report("score (and a copy)", ndjson.len(), || engine.score(identified.clone()));
    let one = &identified[..1];
    report_one("score one event", || engine.score(one.to_vec()));

    let learned = learned(&engine, &identified, now);
    let scored = engine.score(identified.clone());
    report("follow (and a copy)", ndjson.len(), || {
        let mut scored = scored.clone();
        engine.follow(&mut learned.clone(), &mut scored, now);
        scored
    });
    report_live(&engine, learned, &identified, now);
    Ok(())
}

/// A stream that knows the events, under other ids.
fn learned(engine: &Engine, events: &[(EventId, Event)], now: Timestamp) -> Stream {
    let others = events.iter().map(|(_, event)| (event.id(1), event.clone())).collect();
    let mut stream = Stream::default();
    engine.follow(&mut stream, &mut engine.score(others), now);
    stream
}

/// What one event takes from its parse to its score of model and stream, alone.
fn report_live(engine: &Engine, mut stream: Stream, events: &[(EventId, Event)], now: Timestamp) {
    let mut nanos: Vec<u128> = Vec::with_capacity(events.len());
    for one in events {
        let one = vec![one.clone()];
        let start = Instant::now();
        let mut scored = engine.score(one);
        engine.follow(&mut stream, &mut scored, now);
        nanos.push(start.elapsed().as_nanos());
        black_box(scored);
    }
    nanos.sort_unstable();
    let micros = |share: usize| nanos[nanos.len() * share / 100] as f64 / 1e3;
    println!("{:20} {:>10.2} us p50 {:>10.2} us p99", "one live event", micros(50), micros(99));
}

fn service_lines(now: Timestamp) -> String {
    let line = |index: usize| {
        let time = now.saturating_add_millis(index as i64 * 250);
        let (order, user, millis) = (10_000 + index * 7 % 90_000, index % 97, 5 + index * 31 % 240);
        format!(
            "{time} [INFO] orders - GET /api/orders/{order} answered 200 | IP: 10.1.{user}.9 | User: user{user} | ResponseTime: {millis}ms\n"
        )
    };
    (0..EVENTS).map(line).collect()
}

fn median_secs<T>(mut work: impl FnMut() -> T) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed().as_secs_f64()
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

fn report<T>(name: &str, bytes: usize, work: impl FnMut() -> T) {
    let secs = median_secs(work);
    println!("{name:20} {:>10.0} events/s {:>8.1} MB/s", EVENTS as f64 / secs, bytes as f64 / 1e6 / secs);
}

fn report_one<T>(name: &str, mut work: impl FnMut() -> T) {
    const CALLS: usize = 1000;
    let secs = median_secs(|| (0..CALLS).for_each(|_| drop(black_box(work()))));
    println!("{name:20} {:>10.2} us", secs * 1e6 / CALLS as f64);
}
