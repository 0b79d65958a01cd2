//! A real file cannot be part of this repository, so what needs one runs where `RADAR_DATA` names a
//! folder that has some.

use std::path::{Path, PathBuf};

use radar_types::Timestamp;

use super::super::evtx_json::file_header;
use super::direct_tests::check_both_ways;
use super::*;
use crate::random::SplitMix64;
use crate::read::time::Order;
use crate::read::{Block, Options, Reader};

fn clock() -> Clock {
    Clock::new(Timestamp::saturating_from_unix_millis(0), Order::default())
}

/// The smallest files of the data, or none.
fn files() -> Vec<Vec<u8>> {
    let Some(data) = std::env::var_os("RADAR_DATA") else {
        println!("skipped: RADAR_DATA is not set");
        return Vec::new();
    };
    let mut paths = Vec::new();
    add_files(&Path::new(&data).join("evtx"), &mut paths);
    paths.sort();
    paths
        .iter()
        .take(std::env::var("RADAR_FILES").map_or(40, |n| n.parse().unwrap()))
        .filter_map(|path| std::fs::read(path).ok())
        .collect()
}

fn add_files(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            add_files(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "evtx") {
            paths.push(path);
        }
    }
}

fn blocks(bytes: &[u8], piece_bytes: usize) -> Vec<Block> {
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(0) });
    let mut blocks: Vec<Block> = bytes.chunks(piece_bytes).flat_map(|piece| reader.feed(piece).unwrap()).collect();
    blocks.extend(reader.finish().unwrap());
    blocks
}

#[test]
fn real_files_are_read_the_same_in_any_pieces() {
    for bytes in files() {
        let (whole, pieces) = (blocks(&bytes, bytes.len()), blocks(&bytes, 10_007));
        assert_eq!(whole.len(), pieces.len());
        for (whole, pieces) in whole.iter().zip(&pieces) {
            let records = whole.records();
            assert_eq!(records, pieces.records());
            assert!(records.records.iter().all(|record| !record.hostname.is_empty() && record.message.starts_with("EventID ")));
            assert!(records.records.iter().filter(|record| record.time.is_some()).count() * 100 >= records.records.len() * 99);
        }
    }
}

#[test]
fn real_files_are_read_the_same_directly_and_through_json() {
    let files = files();
    let direct: usize = files.iter().map(|bytes| check_both_ways(bytes).0).sum();
    assert!(files.is_empty() || direct > 0);
}

#[test]
fn damaged_files_never_panic() {
    let mut random = SplitMix64::new(4);
    for bytes in files().into_iter().filter(|bytes| bytes.len() < 200_000) {
        for _ in 0..20 {
            let mut bytes = bytes.clone();
            for _ in 0..=random.below(200) {
                // Where the header, the first records and their templates are.
                let offset = HEADER_BYTES as u64 + random.below(8192);
                bytes[offset as usize] = random.next_u64() as u8;
            }
            bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
            let text = text(&bytes);
            records(&text, clock(), &mut Records::default());
        }
    }
}

#[test]
fn made_up_chunks_never_panic() {
    let mut random = SplitMix64::new(8);
    for _ in 0..50 {
        let mut bytes = vec![0; HEADER_BYTES + 2 * CHUNK_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        for byte in &mut bytes[HEADER_BYTES..HEADER_BYTES + 4096] {
            *byte = random.next_u64() as u8;
        }
        bytes[HEADER_BYTES..HEADER_BYTES + 8].copy_from_slice(CHUNK_MAGIC);
        bytes[HEADER_BYTES + 512..HEADER_BYTES + 516].copy_from_slice(b"**\0\0");
        bytes[HEADER_BYTES + CHUNK_BYTES..HEADER_BYTES + CHUNK_BYTES + 8].copy_from_slice(b"notachnk");
        let mut out = Records::default();
        let text = text(&bytes);
        records(&text, clock(), &mut out);
        assert!(!out.rejects.is_empty());
    }
}

#[test]
fn a_file_without_events_has_no_records() {
    let mut header = file_header().to_vec();
    header.resize(HEADER_BYTES + CHUNK_BYTES, 0);
    for bytes in [&header[..8], &header[..HEADER_BYTES], &header[..]] {
        let text = text(bytes);
        let mut out = Records::default();
        records(&text, clock(), &mut out);
        assert_eq!(out, Records::default());
    }
}

#[test]
fn a_file_that_ends_within_a_chunk_says_so() {
    let mut bytes = file_header().to_vec();
    bytes.extend_from_slice(CHUNK_MAGIC);
    bytes.resize(HEADER_BYTES + 1000, 0);
    let mut out = Records::default();
    let text = text(&bytes);
    records(&text, clock(), &mut out);
    assert_eq!(out.rejects[0].found, "only 1000 of a chunk's 65536 bytes");
}

#[test]
fn blocks_are_whole_chunks() {
    let mut window = file_header().to_vec();
    window.resize(HEADER_BYTES + 16 * CHUNK_BYTES + 5, 1);
    assert_eq!((cut(&window), cut(&window[HEADER_BYTES..])), (HEADER_BYTES + 16 * CHUNK_BYTES, 16 * CHUNK_BYTES));
    assert_eq!(cut(&window[..100_000]), 0);
    assert!(sniff(&window) && !sniff(b"ElfFile"));
}
