use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::*;
use crate::random::SplitMix64;

fn decoded(bytes: &[u8], mut piece_bytes: impl FnMut() -> usize) -> (Vec<u8>, Option<Unreadable>) {
    let (mut decoder, mut out, mut rest) = (Decoder::new(), Vec::new(), bytes);
    while !rest.is_empty() {
        let mut piece = &rest[..piece_bytes().clamp(1, rest.len())];
        rest = &rest[piece.len()..];
        while !piece.is_empty() {
            match decoder.feed(piece, &mut out) {
                Ok(bytes) => piece = &piece[bytes..],
                Err(error) => return (out, Some(error)),
            }
        }
    }
    loop {
        match decoder.finish(&mut out) {
            Ok(true) => return (out, None),
            Ok(false) => {}
            Err(error) => return (out, Some(error)),
        }
    }
}

fn check(bytes: &[u8], expected: &[u8]) {
    let (out, error) = decoded(bytes, || usize::MAX);
    assert!(error.is_none(), "{error:?}");
    assert!(out == expected, "{:?}", String::from_utf8_lossy(&out[..out.len().min(200)]));
    for seed in 0..5 {
        let mut random = SplitMix64::new(seed);
        let (in_pieces, error) = decoded(bytes, || random.below(1 << (2 * seed + 1)) as usize);
        assert!(error.is_none() && in_pieces == expected, "in pieces, seed {seed}: {error:?}");
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn utf16(text: &str, mark: &[u8], to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let mut bytes = mark.to_vec();
    bytes.extend(text.encode_utf16().flat_map(to_bytes));
    bytes
}

/// Lines that pack well but not absurdly so.
fn lines() -> Vec<u8> {
    let mut random = SplitMix64::new(7);
    let line =
        |index: u32| format!("{index} request from 10.0.{}.{} took {} ms\n", index % 7, random.below(256), random.below(100_000));
    (0..20_000).map(line).collect::<String>().into_bytes()
}

#[test]
fn plain_text_stays_as_it_is() {
    check(b"", b"");
    check(b"a", b"a");
    check("grün\n".repeat(500).as_bytes(), "grün\n".repeat(500).as_bytes());
    check(&[0xff; 3000], &[0xff; 3000]);
}

#[test]
fn a_utf8_mark_is_taken_off_once() {
    check(b"\xef\xbb\xbfa,b\n", b"a,b\n");
    check(b"\xef\xbb\xbf\xef\xbb\xbfa", b"\xef\xbb\xbfa");
}

#[test]
fn gzip_is_unpacked_with_all_its_members() {
    check(&gzip(b""), b"");
    check(&gzip(&lines()), &lines());
    check(&[gzip(b"first\n"), gzip(b"second\n"), gzip(&lines())].concat(), &[b"first\nsecond\n", &lines()[..]].concat());
}

#[test]
fn zstd_is_unpacked_with_all_its_frames() {
    check(&zstd(b""), b"");
    check(&zstd(b"x"), b"x");
    check(&zstd(&lines()), &lines());
    let skippable = b"\x53\x2a\x4d\x18\x03\0\0\0abc";
    let empty_skippable = b"\x50\x2a\x4d\x18\0\0\0\0";
    check(&[skippable, &zstd(&lines())[..], empty_skippable, &zstd(b"second")].concat(), &[&lines()[..], b"second"].concat());
}

#[test]
fn what_is_packed_twice_is_unpacked_twice_and_no_more() {
    check(&gzip(&gzip(&lines())), &lines());
    check(&gzip(&zstd(&lines())), &lines());
    let third = gzip(b"third");
    check(&gzip(&gzip(&third)), &third);
}

#[test]
fn utf16_becomes_utf8() {
    let text = "Anmeldung über \u{1f600}\r\n";
    check(&utf16(text, b"\xff\xfe", u16::to_le_bytes), text.as_bytes());
    check(&utf16(text, b"\xfe\xff", u16::to_be_bytes), text.as_bytes());
    check(&utf16(&text.repeat(100), b"", u16::to_le_bytes), text.repeat(100).as_bytes());
    check(&utf16(&text.repeat(100), b"", u16::to_be_bytes), text.repeat(100).as_bytes());
    check(&gzip(&utf16(text, b"\xff\xfe", u16::to_le_bytes)), text.as_bytes());
}

#[test]
fn half_characters_become_replacement_characters() {
    let units = |units: &[u16]| [b"\xff\xfe".to_vec(), units.iter().flat_map(|unit| unit.to_le_bytes()).collect()].concat();
    check(&units(&[0x61, 0xd83d, 0x62]), "a\u{fffd}b".as_bytes());
    check(&units(&[0xde00, 0x61]), "\u{fffd}a".as_bytes());
    check(&units(&[0xd83d, 0xd83d, 0xde00]), "\u{fffd}\u{1f600}".as_bytes());
    check(&units(&[0x61, 0xd83d]), "a\u{fffd}".as_bytes());
    check(&[units(&[0x61]), vec![0x62]].concat(), "a\u{fffd}".as_bytes());
}

#[test]
fn binary_files_are_not_taken_for_utf16() {
    let mut evtx = b"ElfFile\0".to_vec();
    evtx.resize(4096, 0);
    check(&evtx, &evtx);
    check(&[0; 4096], &[0; 4096]);
}

#[test]
fn a_cut_archive_gives_what_it_has_and_says_where_it_ends() {
    for (packed, least) in [(gzip(&lines()), 100_000), (zstd(&lines()), 100_000)] {
        let half = &packed[..packed.len() / 2];
        let (out, error) = decoded(half, || 1000);
        let error = error.unwrap();
        assert!(out.len() > least && lines().starts_with(&out), "{} bytes", out.len());
        assert_eq!((error.offset, error.found.as_str()), (half.len() as u64, "its end too early"), "{}", error.expected);
    }
}

#[test]
fn a_damaged_archive_gives_what_stood_before_the_damage() {
    for mut packed in [gzip(&lines()), zstd(&lines())] {
        let middle = packed.len() / 2;
        packed[middle..middle + 64].fill(0xff);
        let (out, error) = decoded(&packed, || 1000);
        let error = error.unwrap();
        assert!(error.offset as usize >= middle && error.expected.starts_with("intact"), "{error}");
        assert!(lines().starts_with(&out[..out.len().min(10_000)]));
    }
}

#[test]
fn a_bomb_passes_through_in_slices() {
    let zeros = vec![b'0'; 64 << 20];
    for bomb in [gzip(&zeros), gzip(&gzip(&zeros)), zstd(&zeros)] {
        let (mut decoder, mut out, mut total, mut largest) = (Decoder::new(), Vec::new(), 0, 0);
        let mut rest = &bomb[..];
        while !rest.is_empty() {
            rest = &rest[decoder.feed(rest, &mut out).unwrap()..];
            largest = largest.max(out.len());
            total += out.len();
            out.clear();
        }
        while !decoder.finish(&mut out).unwrap() {
            largest = largest.max(out.len());
            total += out.len();
            out.clear();
        }
        assert_eq!(total + out.len(), zeros.len());
        assert!(largest.max(out.len()) <= 48 << 20, "{largest}");
    }
}

#[test]
fn damaged_input_never_panics_or_hangs() {
    let mut random = SplitMix64::new(3);
    let wholes =
        [gzip(&lines()), zstd(&lines()), gzip(&zstd(b"some text")), utf16("text \u{1f600}", b"\xff\xfe", u16::to_le_bytes)];
    for _ in 0..400 {
        let mut bytes = random.pick(&wholes).clone();
        bytes.truncate(2000);
        for _ in 0..=random.below(6) {
            let offset = random.below(bytes.len() as u64) as usize;
            bytes[offset] = random.next_u64() as u8;
        }
        decoded(&bytes, || random.below(700) as usize);
    }
}

/// Found by fuzzing: what a broken block had given before it broke hung on where the pieces ended.
#[test]
fn a_damaged_archive_gives_the_same_in_pieces_of_any_size() {
    let check = |bytes: &[u8]| {
        let describe = |(out, error): (Vec<u8>, Option<Unreadable>)| (out, error.map(|error| error.to_string()));
        let whole = describe(decoded(bytes, || usize::MAX));
        assert!(whole.1.is_some());
        for piece_bytes in [1, 2, 5, 11] {
            assert_eq!(describe(decoded(bytes, || piece_bytes)), whole);
        }
    };
    check(b"\x1f\x8b\x08\0:::::::::::::::::::::::04  \x04\x01[\x1b[");
    let mut random = SplitMix64::new(5);
    for packed in [gzip(&lines()), zstd(&lines()), gzip(&gzip(&lines()))] {
        for _ in 0..10 {
            let mut bytes = packed.clone();
            let at = 10 + random.below(bytes.len() as u64 - 10) as usize;
            bytes.truncate(at + 1);
            bytes[at] ^= 0x55;
            check(&bytes);
        }
    }
}
