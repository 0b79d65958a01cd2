//! What holds of reading whatever the bytes are: no panic, every line accounted for, the same records
//! however the input is cut into pieces, and no more work or memory than the input is worth.
//!
//! The inputs are the samples of `fixtures/read`, damaged by a generator with a fixed seed: bytes
//! changed, parts repeated, moved, cut out or taken from another sample.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use radar_engine::parse::{Limits, json_records, text_lines};
use radar_engine::random::SplitMix64;
use radar_engine::read::{Block, Format, Options, Reader, Record, Records, Reject};
use radar_types::Timestamp;

const ROUNDS: u64 = 60;

fn samples() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/read");
    let mut paths: Vec<_> = fs::read_dir(root).unwrap().flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap()).collect();
    paths.sort_by_key(|entry| entry.as_ref().unwrap().path());
    let paths = paths.into_iter().map(|entry| entry.unwrap().path());
    let samples: Vec<Vec<u8>> =
        paths.filter(|path| path.extension().is_none_or(|end| end != "expected")).map(|path| fs::read(path).unwrap()).collect();
    assert!(samples.len() > 50);
    samples
}

fn blocks<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, format: Option<Format>) -> (Vec<Block>, Option<Format>) {
    let now = Timestamp::saturating_from_unix_millis(1_795_262_400_000);
    let mut reader = Reader::new(Options { format, now });
    let mut blocks = Vec::new();
    for piece in pieces {
        blocks.extend(reader.feed(piece).unwrap_or_else(|damage| damage.before));
    }
    blocks.extend(reader.finish().unwrap_or_else(|damage| damage.before));
    (blocks, reader.format())
}

fn all(blocks: &[Block]) -> Records<'_> {
    let mut all = Records::default();
    for block in blocks {
        let records = block.records();
        all.records.extend(records.records);
        all.rejects.extend(records.rejects);
    }
    all
}

fn damaged(samples: &[Vec<u8>], random: &mut SplitMix64) -> Vec<u8> {
    let mut bytes = random.pick(samples).clone();
    for _ in 0..=random.below(5) {
        if bytes.is_empty() {
            break;
        }
        let mut place = || random.below(bytes.len() as u64 + 1) as usize;
        let (a, b) = (place(), place());
        let part = a.min(b)..a.max(b).min(a.min(b) + 4000);
        match random.below(6) {
            0 => drop(bytes.drain(part)),
            1 => {
                let copy = bytes[part].to_vec();
                let at = random.below(bytes.len() as u64 + 1) as usize;
                bytes.splice(at..at, copy);
            }
            2 => {
                let other = random.pick(samples);
                let start = random.below(other.len() as u64 + 1) as usize;
                let end = other.len().min(start + 300);
                bytes.splice(a..a, other[start..end].iter().copied());
            }
            3 if a < bytes.len() => bytes[a] = random.next_u64() as u8,
            _ if a < bytes.len() => bytes[a] = *random.pick(b"[]{}()<>\"'\\\n\r\t\0 :;,|=-%&#/\x1b\xff"),
            _ => {}
        }
    }
    bytes
}

#[test]
fn damaged_samples_are_read_in_full_and_the_same_in_any_pieces() {
    let samples = samples();
    let mut random = SplitMix64::new(11);
    for round in 0..ROUNDS * samples.len() as u64 {
        let bytes = damaged(&samples, &mut random);
        let forced = (round % 3 == 0).then(|| *random.pick(&Format::ALL));
        let (whole, format) = blocks([&bytes[..]], forced);
        let found = all(&whole);
        check_rejects(&found.rejects);
        if let Some(format) = format.filter(|_| is_plain(&bytes)) {
            check_lines(&bytes, format, &found);
        }
        let bits = random.below(12);
        let piece_bytes = random.below(1 << bits) as usize + 1;
        let (pieces, _) = blocks(bytes.chunks(piece_bytes), forced);
        assert!(all(&pieces) == found, "pieces of {piece_bytes} bytes change {:?}", String::from_utf8_lossy(&bytes));
    }
}

/// Whether the bytes of an input are those of its lines: nothing is packed or encoded.
fn is_plain(bytes: &[u8]) -> bool {
    let is_packed =
        bytes.starts_with(b"\x1f\x8b") || bytes.starts_with(b"\x28\xb5\x2f\xfd") || bytes.get(1..3) == Some(b"\x2a\x4d");
    let is_utf16 = bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.iter().filter(|byte| **byte == 0).count() * 3 > bytes.len();
    !is_packed && !is_utf16
}

fn check_rejects(rejects: &[Reject]) {
    for reject in rejects {
        assert!(!reject.expected.is_empty() && !reject.found.is_empty(), "{reject:?}");
        assert!(!reject.found.contains(char::is_control), "a reject can be printed: {reject:?}");
    }
}

/// Each line begins a record or a reject, belongs to the one above it, is blank, or is a header.
fn check_lines(bytes: &[u8], format: Format, found: &Records<'_>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let lines: BTreeMap<u64, &[u8]> =
        (1..).zip(bytes.split(|byte| *byte == end)).filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
    let begun: Vec<u64> =
        found.records.iter().map(|record| record.line).chain(found.rejects.iter().map(|reject| reject.line)).collect();
    let distinct: BTreeSet<u64> = begun.iter().copied().collect();
    let context = || format!("{format} {:?}", String::from_utf8_lossy(bytes));
    match format {
        Format::Access | Format::HaProxy | Format::JsonLines | Format::W3c => {
            let own = lines.iter().filter(|(_, line)| format != Format::W3c || !line.starts_with(b"#"));
            assert!(own.map(|(line, _)| *line).eq(distinct.iter().copied()), "one for each line: {}", context());
            assert_eq!(begun.len(), distinct.len(), "{}", context());
        }
        Format::Text | Format::Service | Format::Syslog | Format::Syslog5424 => {
            assert_eq!(begun.len(), distinct.len(), "each begins on a line of its own: {}", context());
            assert_eq!(lines.keys().next(), distinct.first(), "{}", context());
            assert!(distinct.iter().all(|line| lines.contains_key(line)), "{}", context());
            let by_line: BTreeMap<u64, &Record<'_>> = found.records.iter().map(|record| (record.line, record)).collect();
            for (line, text) in lines.iter().filter(|(line, _)| !distinct.contains(line)) {
                let above = *distinct.range(..line).next_back().unwrap();
                // A reject shows its beginning alone, and what is wrapped or damaged is not kept to the letter.
                let is_clean =
                    |text: &[u8]| text.iter().all(|byte| (0x20..0x7f).contains(byte) || *byte == b'\t' || *byte == b'\r');
                let is_taken_apart = [&b"<![LOG["[..], b"# Time: "].iter().any(|start| lines[&above].starts_with(start));
                let is_whole = !is_taken_apart && (above..=*line).filter_map(|line| lines.get(&line)).all(|text| is_clean(text));
                if let Some(record) = by_line.get(&above).filter(|_| is_whole) {
                    let text = String::from_utf8_lossy(text.trim_ascii_end());
                    assert!(record.message.contains(&*text), "line {line} is lost: {}", context());
                }
            }
        }
        Format::Table => {
            assert_eq!(begun.len(), distinct.len(), "{}", context());
            assert!(distinct.iter().all(|line| *line <= bytes.split(|byte| *byte == end).count() as u64), "{}", context());
            if !bytes.contains(&b'"') {
                let missing = lines.len() - distinct.len();
                assert!(missing <= 1, "one for each row but the header: {}", context());
            }
        }
        // Their records don't go by lines; none stands outside of the input.
        Format::Json | Format::WindowsXml => {
            let last = bytes.split(|byte| *byte == end).count() as u64;
            assert!(distinct.iter().all(|line| (1..=last).contains(line)), "{}", context());
        }
        Format::Evtx => {}
    }
}

/// Inputs that a reader which looks at everything again and again would not finish: half a mebibyte
/// of one thing, on one line and on as many as there are things.
#[test]
fn repetition_is_read_in_one_go() {
    const THINGS: [&str; 16] = [
        "<Event>",
        "<Event ",
        "{",
        "[",
        "{\"a\":",
        "{\"a\":[",
        "\"",
        ",\"",
        "a=\"",
        "\\\"",
        "10.0.0.1 - - [",
        "\" HTTP/1.1",
        "\u{1b}[",
        "<![LOG[",
        "a | ",
        "<1>1 ",
    ];
    for thing in THINGS {
        for input in [thing.repeat((1 << 19) / thing.len()), [thing, "\n"].concat().repeat((1 << 19) / (thing.len() + 1))] {
            for format in [None].into_iter().chain(Format::ALL.map(Some)) {
                let (blocks, _) = blocks([input.as_bytes()], format);
                let found = all(&blocks);
                assert!(found.records.len() + found.rejects.len() <= input.len());
            }
            for sent in [text_lines, json_records] {
                let parsed = sent(input.as_bytes(), Timestamp::MIN, &Limits::default());
                assert!(parsed.events.len() + parsed.rejects.len() <= input.len());
            }
        }
    }
}

/// An input without lines: one reject, and no block that is larger than two records may be.
fn check_overlong<'a>(pieces: impl Iterator<Item = &'a [u8]>) {
    let mut reader = Reader::new(Options { format: None, now: Timestamp::MIN });
    let mut found = Records::default();
    for piece in pieces {
        for block in reader.feed(piece).unwrap() {
            assert!(block.bytes() <= 2 << 20);
            found.rejects.extend(block.records().rejects);
            assert_eq!(block.records().records.len(), 0);
        }
    }
    for block in reader.finish().unwrap() {
        found.rejects.extend(block.records().rejects);
    }
    let reasons: Vec<(u64, &str)> = found.rejects.iter().map(|reject| (reject.line, &*reject.expected)).collect();
    assert_eq!(reasons, [(1, "a record of at most 1048576 bytes")]);
}

#[test]
fn a_line_of_ten_gigabytes_is_one_reject() {
    let piece = vec![b'x'; 8 << 20];
    check_overlong(std::iter::repeat_n(&piece[..], (10 << 10) / 8));
}

#[test]
fn a_file_of_nuls_is_one_reject() {
    check_overlong(std::iter::repeat_n(&[0; 1 << 20][..], 32));
}

#[test]
fn a_bomb_is_one_reject() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let zeros = vec![b'0'; 1 << 20];
    (0..400).for_each(|_| encoder.write_all(&zeros).unwrap());
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 4 << 20);
    check_overlong(bomb.chunks(1 << 16));
}

/// Blocks are handed out as they are made, however much comes of one piece.
#[test]
fn a_bomb_of_lines_is_given_in_slices() {
    const LINES: usize = 4 << 20;
    let packed = |bytes: &[u8], times: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        (0..times).for_each(|_| encoder.write_all(bytes).unwrap());
        encoder.finish().unwrap()
    };
    let once = packed(&b"line\n".repeat(1 << 10), LINES >> 10);
    let twice = packed(&once, 1);
    for bomb in [once, twice] {
        let mut reader = Reader::new(Options { format: Some(Format::Text), now: Timestamp::MIN });
        let mut lines = 0;
        let mut take = |blocks: &[Block]| {
            assert!(blocks.iter().map(Block::bytes).sum::<usize>() <= 4 << 20);
            lines += blocks.iter().map(|block| block.records().records.len()).sum::<usize>();
        };
        let mut rest = &bomb[..];
        while !rest.is_empty() {
            let (taken, blocks) = reader.feed_some(rest).unwrap();
            take(&blocks);
            rest = &rest[taken..];
        }
        while let Some(blocks) = reader.finish_some().unwrap() {
            take(&blocks);
        }
        assert_eq!(lines, LINES);
    }
}
