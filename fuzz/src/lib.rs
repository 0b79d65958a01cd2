//! What every fuzz target does with its bytes, and what must hold whatever they are.
//!
//! A target is one parser. Beyond "no panic", reading must not depend on how the input was cut into
//! pieces, and every record and reject must stand on a line that the input has.

use radar_engine::Engine;
use radar_engine::analyze::{Analysis, Kind, Learner, Settings};
use radar_engine::model::{Forest, KMeans, Manifest};
use radar_engine::parse::{Limits, json_records, text_lines};
use radar_engine::read::{Block, Format, Options, Reader, Records};
use radar_engine::template::{Masks, Miner};
use radar_types::query::{self, Candidate, Filter, Text};
use radar_types::{Event, Scale, ScoreState, Scored, Timestamp};

const EVTX_HEADER_BYTES: usize = 4096;
const EVTX_CHUNK_BYTES: usize = 64 << 10;
const EVTX_RECORDS_AT: usize = 512;
/// The templates of a run are looked at in messages of this length.
const MESSAGES_MAX: usize = 2000;

/// Reads an input in one piece and in many, which must be the same.
pub fn read(bytes: &[u8], format: Option<Format>) {
    let whole = blocks(&[bytes], format);
    // The first byte decides about the pieces, so that the fuzzer does; a large input has larger ones.
    let piece_bytes = usize::from(bytes.first().copied().unwrap_or(0)) % 61 + 1 + bytes.len() / 1024;
    let pieces: Vec<&[u8]> = bytes.chunks(piece_bytes).collect();
    let in_pieces = blocks(&pieces, format);
    let records = |blocks: &[Block]| -> Vec<Records<'static>> {
        blocks
            .iter()
            .map(|block| {
                let records = block.records();
                Records {
                    records: records.records.into_iter().map(|record| record.into_owned()).collect(),
                    rejects: records.rejects,
                }
            })
            .collect()
    };
    let whole = records(&whole);
    assert_eq!(whole, records(&in_pieces), "the pieces change what is read");
    for reject in whole.iter().flat_map(|records| &records.rejects) {
        assert!(!reject.expected.is_empty() && !reject.found.is_empty(), "a reject without a reason: {reject:?}");
        assert!(!reject.found.contains(|c: char| c.is_control()), "a reject that is not safe to print: {reject:?}");
    }
}

fn blocks(pieces: &[&[u8]], format: Option<Format>) -> Vec<Block> {
    let mut reader = Reader::new(Options { format, now: now() });
    let mut blocks = Vec::new();
    for piece in pieces {
        match reader.feed(piece) {
            Ok(more) => blocks.extend(more),
            Err(damage) => {
                blocks.extend(damage.before);
                return blocks;
            }
        }
    }
    match reader.finish() {
        Ok(more) => blocks.extend(more),
        Err(damage) => blocks.extend(damage.before),
    }
    blocks
}

fn now() -> Timestamp {
    Timestamp::saturating_from_unix_millis(1_795_000_000_000)
}

/// Reads the records of a Windows event log file: a header of the file and of a chunk stand in front
/// of them, because little would be found in 68 KiB of mostly nothing.
pub fn read_evtx(records: &[u8]) {
    let mut file = vec![0; EVTX_HEADER_BYTES + EVTX_CHUNK_BYTES];
    file[..8].copy_from_slice(b"ElfFile\0");
    let chunk = &mut file[EVTX_HEADER_BYTES..];
    chunk[..8].copy_from_slice(b"ElfChnk\0");
    let end = (EVTX_RECORDS_AT + records.len()).min(EVTX_CHUNK_BYTES);
    chunk[EVTX_RECORDS_AT..end].copy_from_slice(&records[..end - EVTX_RECORDS_AT]);
    for (at, number) in [(40, 128), (44, EVTX_RECORDS_AT), (48, end)] {
        chunk[at..at + 4].copy_from_slice(&u32::try_from(number).unwrap_or(0).to_le_bytes());
    }
    read(&file, Some(Format::Evtx));
}

/// What is sent to the server and pasted into the page.
pub fn parse(bytes: &[u8]) {
    let limits = Limits::default();
    for parsed in [text_lines(bytes, now(), &limits), json_records(bytes, now(), &limits)] {
        if let Ok(engine) = Engine::shipped() {
            let events = parsed.events.into_iter().map(|(_, event)| event).take(20).collect();
            engine.score(radar_engine::parse::with_ids(events));
        }
    }
}

/// The first line is a mask, the others are messages.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split('\n');
    let mask = lines.next().unwrap_or_default().to_owned();
    let Ok(masks) = Masks::new(vec![("mask".into(), mask)]) else { return };
    let mut miner = Miner::new(masks);
    let mut ids = Vec::new();
    for line in lines.take(MESSAGES_MAX) {
        let id = miner.learn(line);
        assert!(miner.text(id).is_some() && miner.count(id) > 0, "a template that was just learned is known");
        miner.parameters(line);
        ids.push(id);
    }
    if let [first, .., last] = ids[..] {
        miner.merge(first, last);
        miner.split(last, bytes.len() % 7);
    }
    for (id, _) in miner.templates() {
        assert!(miner.text(id).is_some());
    }
}

/// The first line is a question, the rest a message of which it is asked.
pub fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (question, message) = text.split_once('\n').unwrap_or((&text, ""));
    let event = |message: &str| Event { message: message.to_owned(), ..Event::at(Timestamp::MIN) };
    let scored =
        Scored { id: event("").id(0), event: event(message), score: ScoreState::NotScored, reasons: vec![], template: None };
    let candidate = Candidate { scored: &scored, verdict: None };
    if let Ok(filter) = query::parse(question) {
        assert!(filter.is_small_enough());
        let opposite = Filter::Not(Box::new(filter.clone()));
        assert_ne!(filter.matches(candidate, &Scale::radar()), opposite.matches(candidate, &Scale::radar()));
    }
    let words: Vec<String> = query::words(message).collect();
    for word in words.iter().take(64) {
        assert!(!word.is_empty() && word.len() <= query::WORD_BYTES_MAX);
        let again: Vec<String> = query::words(word).collect();
        // Some capitals become a letter and a mark, which stands between words.
        assert!(again.concat().len() <= word.len());
        let text = Filter::Text(Text { field: Some("message".into()), words: vec![word.clone()], is_prefix: false });
        assert!(text.matches(candidate, &Scale::radar()), "a message has the words that it has");
    }
}

/// Learns from an input and judges it, as a file is analysed. Bytes of no known format are judged
/// as requests, one a line.
pub fn analyze(bytes: &[u8], format: Option<Format>) {
    let blocks = blocks(&[bytes], format);
    let Some(kind) = blocks.first().map(Kind::of) else { return };
    let settings = Settings::default();
    let mut analysis = Analysis::new(&settings);
    for block in &blocks {
        analysis.absorb(Learner::new(kind, &settings).read(&block.records().records));
    }
    analysis.settle().expect("nothing is fitted");
    for block in &blocks {
        let records = block.records().records;
        let verdicts = analysis.judge(kind, &records).expect("no model is asked");
        assert_eq!(verdicts.len(), records.len());
        assert!(verdicts.iter().all(|verdict| (0.0..=1.0).contains(&verdict.score)), "a score outside of its range");
    }
}

/// Requests whose targets are the lines of the input.
pub fn requests(bytes: &[u8]) {
    let mut log = Vec::with_capacity(bytes.len() * 2);
    for line in bytes.split(|byte| *byte == b'\n') {
        log.extend_from_slice(b"10.0.0.1 - - [03/Nov/2026:12:00:01 +0000] \"GET ");
        log.extend_from_slice(line);
        log.extend_from_slice(b" HTTP/1.1\" 200 17 \"-\" \"Agent\"\n");
    }
    analyze(&log, Some(Format::Access));
}

/// Models of every kind from an ONNX file; what loads must score.
pub fn model(bytes: &[u8]) {
    const SHIPPED: &[u8] = include_bytes!("../../models/autoencoder/manifest.json");
    if let Ok(forest) = Forest::from_onnx(bytes) {
        forest.score(&vec![0.5; forest.width() * 3]);
    }
    if let Ok(means) = KMeans::from_onnx(bytes) {
        means.score(&vec![0.5; means.width() * 3]);
    }
    // The hash in the manifest is of other bytes, so a graph is read and then refused.
    let _ = Engine::load(SHIPPED, bytes);
}

/// A manifest; one that is read can be written and read again.
pub fn manifest(bytes: &[u8]) {
    if let Ok(manifest) = Manifest::read(bytes) {
        assert!(Manifest::read(manifest.to_json().as_bytes()).is_ok(), "a manifest that can't be read back");
    }
}
