//! What each stage of the engine costs on one thread: `cargo bench -p radar-engine -- FILE...`.
//!
//! The files are logs of any format; `cargo xtask bench` makes some and prints a table of the rows
//! that are written here: name, seconds, records and bytes, with tabs between. Every figure is the best
//! of several rounds, since on a shared machine the others measure its other work.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::time::{Duration, Instant};

use evtx::{EvtxParser, ParserSettings};
use radar_engine::Engine;
use radar_engine::analyze::{Analysis, Kind, Learner, Settings};
use radar_engine::model::{self, Detector, Forest, KMeans};
use radar_engine::parse::{Limits, text_lines, with_ids};
use radar_engine::random::SplitMix64;
use radar_engine::read::{Block, Options, Reader};
use radar_engine::stream::Stream;
use radar_engine::template::{Masks, Miner};
use radar_types::Timestamp;

const MODELS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../models");
const ROUNDS: usize = 3;
/// Of two ways to read a file, in turn.
const PAIRS: usize = 15;
/// A file is handed on in such pieces.
const PIECE_BYTES: usize = 1 << 20;
const ROWS: usize = 50_000;
const WIDTHS: [usize; 2] = [24, 64];
const EVENTS: usize = 20_000;
/// For years that a log does not say.
const NOW_MILLIS: i64 = 1_767_571_200_000;

fn main() {
    // Cargo tells every benchmark that it is one.
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let name = Path::new(&path).file_stem().unwrap_or_default().to_string_lossy();
        match std::fs::read(&path) {
            Ok(bytes) => stages(&name, &bytes),
            Err(error) => eprintln!("{path} can't be read: {error}"),
        }
    }
    models();
    if let Err(error) = events() {
        eprintln!("the shipped model can't be run: {error}");
    }
}

/// The time of each stage, in the order of the work.
#[derive(Default)]
struct Stages(Vec<(&'static str, Duration)>);

impl Stages {
    fn time<T>(&mut self, stage: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        let took = start.elapsed();
        match self.0.iter_mut().find(|(name, _)| *name == stage) {
            Some((_, sum)) => *sum += took,
            None => self.0.push((stage, took)),
        }
        done
    }
}

/// Everything that `radar analyze` does with a file, and what its templates cost.
fn stages(name: &str, bytes: &[u8]) {
    let mut best: Vec<(&'static str, Duration)> = Vec::new();
    let mut records = 0;
    for _ in 0..ROUNDS {
        let mut stages = Stages::default();
        records = round(bytes, &mut stages);
        for (index, (stage, took)) in stages.0.into_iter().enumerate() {
            match best.get_mut(index) {
                Some((_, least)) => *least = took.min(*least),
                None => best.push((stage, took)),
            }
        }
    }
    for (stage, took) in best {
        row(&format!("{name}: {stage}"), took, records, bytes.len());
    }
    if bytes.starts_with(b"ElfFile\0") {
        beside_the_crate(name, bytes);
    }
}

/// A Windows event log to records, and beside it what the crate for such logs alone takes to make JSON of it,
/// in turn: the middle of the rounds, and the ratio of each pair.
fn beside_the_crate(name: &str, bytes: &[u8]) {
    let mut took: [Vec<Duration>; 2] = [Vec::new(), Vec::new()];
    let mut ratios = Vec::new();
    let mut counts = [0; 2];
    for _ in 0..PAIRS {
        let ways: [fn(&[u8]) -> usize; 2] = [crate_alone, read];
        let pair: [Duration; 2] = std::array::from_fn(|way| {
            let start = Instant::now();
            counts[way] = ways[way](bytes);
            start.elapsed()
        });
        (0..2).for_each(|way| took[way].push(pair[way]));
        ratios.push(pair[0].as_secs_f64() / pair[1].as_secs_f64());
    }
    took.iter_mut().for_each(|took| took.sort_unstable());
    ratios.sort_unstable_by(f64::total_cmp);
    row(&format!("{name}: to JSON by the evtx crate alone"), took[0][PAIRS / 2], counts[0], bytes.len());
    row(&format!("{name}: to records"), took[1][PAIRS / 2], counts[1], bytes.len());
    eprintln!("{name}: records at {:.2} of the throughput of the evtx crate alone", ratios[PAIRS / 2]);
}

fn read(bytes: &[u8]) -> usize {
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(NOW_MILLIS) });
    let count = |blocks: Vec<Block>| blocks.iter().map(|block| block.records().records.len()).sum::<usize>();
    let mut records = 0;
    for piece in bytes.chunks(PIECE_BYTES) {
        records += count(reader.feed(piece).unwrap_or_else(|damage| damage.before));
    }
    records + count(reader.finish().unwrap_or_else(|damage| damage.before))
}

fn crate_alone(bytes: &[u8]) -> usize {
    let settings = ParserSettings::new().num_threads(1).indent(false);
    let Ok(parser) = EvtxParser::from_read_seek(Cursor::new(bytes)) else { return 0 };
    let mut parser = parser.with_configuration(settings);
    let chunks = parser.chunks_json_bytes(false);
    chunks.map(|chunk| black_box(chunk).items.len()).sum()
}

fn round(bytes: &[u8], stages: &mut Stages) -> usize {
    let blocks = stages.time("cut into blocks", || blocks(bytes));
    let Some(first) = blocks.first() else { return 0 };
    let kind = Kind::of(first);
    let settings = Settings::default();
    let learner = Learner::new(kind, &settings);
    let mut analysis = Analysis::new(&settings);
    let mut count = 0;
    for block in &blocks {
        let read = stages.time("parse", || block.records());
        count += read.records.len();
        let learned = stages.time("learn", || learner.read(&read.records));
        stages.time("absorb", || analysis.absorb(learned));
    }
    add_models(&mut analysis);
    stages.time("settle", || analysis.settle().is_ok());
    let mut miner = Miner::new(Masks::default());
    for block in &blocks {
        let read = block.records();
        black_box(stages.time("judge", || analysis.judge(kind, &read.records)).is_ok());
        if kind == Kind::Lines {
            stages.time("mine templates", || {
                read.records.iter().for_each(|record| {
                    black_box(miner.learn(&record.message));
                })
            });
        }
    }
    count
}

/// The models of the program, as far as they are needed.
fn add_models(analysis: &mut Analysis) {
    for schema in analysis.schemas() {
        for kind in model::Kind::ALL {
            let folder = Path::new(MODELS).join(format!("{}_{}", schema.name(), kind.name()));
            let file = |name: &str| std::fs::read(folder.join(name)).unwrap_or_default();
            match Detector::load(&file("manifest.json"), &file("model.onnx")) {
                Ok((detector, _)) => analysis.add(schema, detector),
                Err(error) => eprintln!("{} can't be used: {error}", folder.display()),
            }
        }
    }
}

fn blocks(bytes: &[u8]) -> Vec<Block> {
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(NOW_MILLIS) });
    let mut blocks = Vec::new();
    for piece in bytes.chunks(PIECE_BYTES) {
        blocks.extend(reader.feed(piece).unwrap_or_else(|damage| damage.before));
    }
    blocks.extend(reader.finish().unwrap_or_else(|damage| damage.before));
    blocks
}

fn models() {
    let mut random = SplitMix64::new(1);
    for width in WIDTHS {
        let rows: Vec<f32> = (0..ROWS * width).map(|_| random.unit() + random.unit() - 1.0).collect();
        let forest = Forest::fit(&rows, width, 1);
        let kmeans = KMeans::fit(&rows, width, 1);
        let bytes = size_of_val(rows.as_slice());
        row(&format!("isolation forest, {width} features"), best(|| forest.score(&rows)), ROWS, bytes);
        row(&format!("k-means, {width} features"), best(|| kmeans.score(&rows)), ROWS, bytes);
    }
}

/// Single events, as they are sent to the server: their features, the autoencoder and the reasons.
fn events() -> Result<(), radar_engine::ModelError> {
    let engine = Engine::shipped()?;
    let now = Timestamp::saturating_from_unix_millis(NOW_MILLIS);
    let line = |index: usize| {
        let time = now.saturating_add_millis(index as i64 * 250);
        let (order, user, millis) = (10_000 + index * 7 % 90_000, index % 97, 5 + index * 31 % 240);
        format!("{time} [INFO] orders - GET /api/orders/{order} answered 200 | IP: 10.1.{user}.9 | ResponseTime: {millis}ms\n")
    };
    let lines: String = (0..EVENTS).map(line).collect();
    let parse = || text_lines(lines.as_bytes(), now, &Limits::default());
    let events = with_ids(parse().events.into_iter().map(|(_, event)| event).collect());
    row("events: parse", best(parse), EVENTS, lines.len());
    row("events: copy", best(|| events.clone()), EVENTS, lines.len());
    row("events: copy and score in batches", best(|| engine.score(events.clone())), EVENTS, lines.len());
    let one = || events.iter().map(|event| engine.score(vec![event.clone()]).len()).sum::<usize>();
    row("events: copy and score one by one", best(one), EVENTS, lines.len());

    // A stream that knows such events, which is where a server soon is.
    let mut known = Stream::default();
    let others = events.iter().map(|(_, event)| (event.id(1), event.clone())).collect();
    engine.follow(&mut known, &mut engine.score(others), now);
    let follow = |size: usize| {
        let mut stream = known.clone();
        let start = Instant::now();
        for batch in events.chunks(size) {
            let mut scored = engine.score(batch.to_vec());
            engine.follow(&mut stream, &mut scored, now);
            black_box(scored);
        }
        start.elapsed()
    };
    let least = |size: usize| (0..ROUNDS).map(|_| follow(size)).min().unwrap_or_default();
    row("events: copy, score and follow in batches", least(1000), EVENTS, lines.len());
    row("events: copy, score and follow one by one", least(1), EVENTS, lines.len());

    // How long one event takes that comes alone, in the middle of all and of the slow ones.
    let mut stream = known.clone();
    let mut each: Vec<Duration> = Vec::with_capacity(EVENTS);
    for event in &events {
        let alone = vec![event.clone()];
        let start = Instant::now();
        let mut scored = engine.score(alone);
        engine.follow(&mut stream, &mut scored, now);
        each.push(start.elapsed());
        black_box(scored);
    }
    each.sort_unstable();
    row("events: score and follow one, half are quicker", each[EVENTS / 2], 1, lines.len() / EVENTS);
    row("events: score and follow one, 99 of 100 are quicker", each[EVENTS / 100 * 99], 1, lines.len() / EVENTS);
    Ok(())
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        black_box(work());
        least = least.min(start.elapsed());
    }
    least
}

fn row(name: &str, took: Duration, records: usize, bytes: usize) {
    println!("{name}\t{:.9}\t{records}\t{bytes}", took.as_secs_f64());
}
