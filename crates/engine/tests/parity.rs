//! Holds the engine to `fixtures/parity`: lines with the ids, scores and severities they must get.
//!
//! The browser tests compare the same files, so both runtimes and both platforms agree with each
//! other. After a change that is meant to move scores (a new model, a new feature), write the
//! expectations anew with `RADAR_BLESS=1 cargo test -p radar-engine --test parity` and read the
//! difference before committing it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::PathBuf;

use radar_engine::Engine;
use radar_engine::parse::{Limits, text_lines, with_ids};
use radar_types::{EventId, Severity, Timestamp};
use serde::{Deserialize, Serialize};

const TOLERANCE: f32 = 1e-5;

/// `expected.json`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Expected {
    /// The time of lines that have none.
    now: Timestamp,
    lines: Vec<Line>,
    rejects: Vec<radar_types::wire::Reject>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    index: u64,
    id: EventId,
    raw: f32,
    severity: Severity,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/parity")
}

fn found(now: Timestamp) -> Expected {
    let engine = Engine::shipped().unwrap();
    let parsed = text_lines(&fs::read(folder().join("lines.txt")).unwrap(), now, &Limits::default());
    let (indices, events): (Vec<u64>, Vec<_>) = parsed.events.into_iter().unzip();
    let scored = engine.score(with_ids(events));
    let line = |(index, scored): (u64, radar_types::Scored)| {
        let severity = engine.severity(&scored).unwrap();
        assert_eq!(scored.reasons.is_empty(), severity == Severity::Safe, "{}: reasons belong to anomalies", index);
        Line { index, id: scored.id, raw: scored.score.score().unwrap().raw, severity }
    };
    Expected { now, lines: indices.into_iter().zip(scored).map(line).collect(), rejects: parsed.rejects }
}

#[test]
fn lines_get_the_ids_scores_and_severities_they_always_got() {
    let path = folder().join("expected.json");
    if std::env::var_os("RADAR_BLESS").is_some() {
        let now = "2026-03-03T10:00:00Z".parse().unwrap();
        fs::write(&path, serde_json::to_string_pretty(&found(now)).unwrap() + "\n").unwrap();
    }
    let expected: Expected = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    let found = found(expected.now);
    assert_eq!(found.rejects, expected.rejects);
    assert_eq!(found.lines.len(), expected.lines.len());
    for (found, expected) in found.lines.iter().zip(&expected.lines) {
        assert_eq!((found.index, found.id, found.severity), (expected.index, expected.id, expected.severity));
        assert!((found.raw - expected.raw).abs() < TOLERANCE, "line {}: {} and {}", found.index, found.raw, expected.raw);
    }
}
