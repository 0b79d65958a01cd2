//! From records to verdicts.

mod tables;

use radar_types::Reason;

pub use tables::{Summary, Tables};

/// What a detector says of one record.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// From 0 to 1, comparable between files.
    pub score: f32,
    /// The detector's own value.
    pub raw: f32,
    pub template: Option<u64>,
    /// Strongest first.
    pub reasons: Vec<Reason>,
}
