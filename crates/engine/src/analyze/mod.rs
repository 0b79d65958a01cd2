//! From records to verdicts.

pub mod requests;

use radar_types::Reason;

/// What the analysis says of one record or group of records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// 0 to 1, calibrated.
    pub score: f32,
    /// The detector's own measure; it orders beyond the score's resolution.
    pub raw: f32,
    pub template: Option<u64>,
    pub reasons: Vec<Reason>,
}
