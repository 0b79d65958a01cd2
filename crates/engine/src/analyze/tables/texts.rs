//! What the texts of a row hold. A table of requests, of form fields or of command lines has its
//! anomalies in its texts, which no number shows.
//!
//! A column in which most texts look like attacks is made of code by nature, such as a log of queries,
//! and says nothing.

use radar_types::Reason;

use crate::feature::http::{Findings, Inspector, Place};
use crate::read::Record;

/// Evidence of so many points counts a text as suspicious by itself.
const SUSPICIOUS_POINTS: f32 = 6.0;
/// More suspicious texts than this share make a column one of code.
const CODE_SHARE: f64 = 0.5;

/// Of one column, how many texts there are and how many of them are suspicious.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts {
    all: u64,
    suspicious: u64,
}

impl Texts {
    pub(super) fn add(&mut self, other: Self) {
        self.all += other.all;
        self.suspicious += other.suspicious;
    }

    /// Reads one text of the column.
    pub(super) fn see(&mut self, name: &str, text: &str, inspector: &mut Inspector) {
        self.all += u64::from(!text.is_empty());
        if is_read(text) {
            let findings = inspector.inspect(text.as_bytes(), place(name));
            self.suspicious += u64::from(findings.points >= SUSPICIOUS_POINTS);
        }
    }

    fn is_code(self) -> bool {
        self.suspicious as f64 > CODE_SHARE * self.all as f64
    }
}

/// The most suspicious text of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Worst {
    pub(super) points: f32,
    field: usize,
    findings: Findings,
}

/// `texts` tells what is known of a column. With `is_alone`, nothing but its texts tells rows apart, and odd
/// punctuation counts a little.
pub(super) fn worst(
    record: &Record<'_>,
    texts: impl Fn(usize, &str) -> Texts,
    is_alone: bool,
    inspector: &mut Inspector,
) -> Option<Worst> {
    let mut worst: Option<Worst> = None;
    for (field, (name, text)) in record.fields.iter().enumerate() {
        if !is_read(text) || texts(field, name).is_code() {
            continue;
        }
        let findings = inspector.inspect(text.as_bytes(), place(name));
        let oddness = if is_alone { inspector.oddness(text.as_bytes()) } else { 0.0 };
        let points = findings.points + oddness;
        if points > worst.map_or(0.0, |worst| worst.points) {
            worst = Some(Worst { points, field, findings });
        }
    }
    worst
}

/// `None` of a text that is only odd.
pub(super) fn reason(record: &Record<'_>, worst: &Worst) -> Option<Reason> {
    let (kind, ..) = worst.findings.strongest?;
    let (name, text) = record.fields.get(worst.field)?;
    let mut inspector = Inspector::default();
    inspector.inspect(text.as_bytes(), place(name));
    let name = super::reasons::quoted(name);
    let text = format!("Column {name} holds {}: `{}`", kind.name(), inspector.excerpt(&worst.findings));
    Some(Reason { code: kind.code().into(), text })
}

/// Numbers, names and plain words hold nothing.
fn is_read(text: &str) -> bool {
    text.bytes().any(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b' ' | b'-' | b'_' | b'.' | b':' | b'+' | b'/' | b','))
        || text.contains("..")
        || text.contains("//")
        || text.contains("--")
}

fn place(name: &str) -> Place {
    let name = name.to_ascii_lowercase();
    if name.contains("agent") || name.contains("refer") { Place::Prose } else { Place::Value }
}
