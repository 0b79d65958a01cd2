//! Holds reading to `fixtures/read`: small inputs of every format, each with all that must be read of it.
//!
//! An input is read in one piece and in pieces of a few bytes, which changes nothing. The browser's
//! half of the tests reads the same files in WebAssembly. After a change that is meant to read
//! something differently, write the expectations anew with
//! `RADAR_BLESS=1 cargo test -p radar-engine --test golden` and read the difference before committing it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "golden/describe.rs"]
mod describe;
#[path = "golden/make.rs"]
mod make;

use std::fs;
use std::path::{Path, PathBuf};

use radar_engine::read::Format;

use describe::describe;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/read")
}

fn is_blessing() -> bool {
    std::env::var_os("RADAR_BLESS").is_some()
}

/// The inputs, in order.
fn inputs() -> Vec<PathBuf> {
    let mut inputs: Vec<PathBuf> = folders(&root()).into_iter().flat_map(|folder| entries(&folder)).collect();
    inputs.retain(|path| path.extension().is_none_or(|extension| extension != "expected"));
    assert!(inputs.len() > 50, "there are samples of every format");
    inputs
}

fn folders(root: &Path) -> Vec<PathBuf> {
    entries(root).into_iter().filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn expectation(input: &Path) -> PathBuf {
    PathBuf::from(format!("{}.expected", input.display()))
}

#[test]
fn every_sample_is_read_as_it_always_was() {
    if is_blessing() {
        make::write(&root());
    }
    for input in inputs() {
        let bytes = fs::read(&input).unwrap();
        let found = describe(&bytes, usize::MAX);
        if is_blessing() {
            fs::write(expectation(&input), &found).unwrap();
        }
        let expected = fs::read_to_string(expectation(&input)).unwrap();
        assert!(found == expected, "{} is read differently:\n{}", input.display(), difference(&expected, &found));
        for piece_bytes in [1, 7, 4096] {
            assert!(describe(&bytes, piece_bytes) == found, "{} in pieces of {piece_bytes}", input.display());
        }
    }
}

#[test]
fn what_is_packed_or_encoded_is_made_of_plain_samples() {
    // They are being written meanwhile.
    if is_blessing() {
        return;
    }
    for (path, bytes) in make::made(&root()) {
        assert!(fs::read(&path).unwrap() == bytes, "{} is another one", path.display());
    }
}

/// The folders carry the names of formats; what lies in them is of that format.
#[test]
fn every_format_has_samples() {
    for format in Format::ALL {
        let samples = entries(&root().join(format.name()));
        let mut expected =
            samples.iter().filter(|path| path.extension().is_some_and(|extension| extension == "expected")).peekable();
        assert!(expected.peek().is_some(), "{format} has a sample");
        for path in expected {
            let text = fs::read_to_string(path).unwrap();
            assert!(text.starts_with(&format!("format {format}\n")), "{} is of its folder's format", path.display());
        }
    }
}

/// The first lines that differ.
fn difference(expected: &str, found: &str) -> String {
    let at = expected.lines().zip(found.lines()).take_while(|(expected, found)| expected == found).count();
    let part = |text: &str| text.lines().skip(at.saturating_sub(3)).take(8).collect::<Vec<_>>().join("\n");
    format!("expected from line {}\n{}\nfound\n{}", at.saturating_sub(2), part(expected), part(found))
}
