//! Makes the samples that no editor writes: packed, in other encodings, or binary. What is in them
//! is a plain sample, or written here.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

#[path = "evtx.rs"]
mod evtx;

pub(super) fn write(root: &Path) {
    for (path, bytes) in made(root) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

pub(super) fn made(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |name: &str| fs::read(root.join(name)).unwrap();
    let text = String::from_utf8(read("syslog/auth.log")).unwrap();
    let access = read("access/common.log");
    let packed = gzip(&access);
    let mut made = vec![
        ("packed/access.log.gz", packed.clone()),
        ("packed/two_members.log.gz", [gzip(&access), gzip(&access)].concat()),
        ("packed/twice.log.gz.gz", gzip(&packed)),
        ("packed/damaged.log.gz", packed[..packed.len() / 2].to_vec()),
        ("packed/damaged_sum.log.gz", {
            let mut bytes = packed.clone();
            let sum = bytes.len() - 8;
            bytes[sum] ^= 1;
            bytes
        }),
        ("packed/auth.log.zst", zstd(text.as_bytes())),
        ("packed/damaged.log.zst", {
            let packed = zstd(&access);
            packed[..packed.len() / 2].to_vec()
        }),
        ("packed/json.jsonl.zst", zstd(&read("jsonl/own.jsonl"))),
        ("encoding/utf16_little_endian.log", utf16(&text, u16::to_le_bytes)),
        ("encoding/utf16_big_endian.log", utf16(&text, u16::to_be_bytes)),
        ("encoding/utf16_without_mark.log", utf16(&text, u16::to_le_bytes)[2..].to_vec()),
        ("encoding/utf16_of_xml.xml", utf16(&String::from_utf8(read("winxml/events.xml")).unwrap(), u16::to_le_bytes)),
        ("encoding/utf16_lone_surrogates.log", lone_surrogates()),
        ("encoding/utf8_mark.log", [b"\xef\xbb\xbf", text.as_bytes()].concat()),
        // A file of this kind is mostly empty.
        ("evtx/two_events.evtx.gz", gzip(&evtx::file(&[evtx::FIRST, evtx::SECOND]))),
        ("evtx/damaged.evtx.gz", gzip(&evtx::with_damage())),
    ];
    made.drain(..).map(|(name, bytes)| (root.join(name), bytes)).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    ['\u{feff}'].into_iter().chain(text.chars()).flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()).flat_map(to_bytes).collect()
}

/// Halves of pairs of surrogates, in the middle, twice, and at the end.
fn lone_surrogates() -> Vec<u8> {
    let mut units: Vec<u16> = "\u{feff}2026-11-03 12:00:01 half ".encode_utf16().collect();
    units.extend([0xd83d, u16::from(b'x'), 0xde00, 0xd83d, 0xd83d, 0xde00]);
    units.extend("\n2026-11-03 12:00:02 more ".encode_utf16());
    units.push(0xd83d);
    units.into_iter().flat_map(u16::to_le_bytes).collect()
}
