//! Schema `http`: a request to a web server among those of its log.
//!
//! What was found in it counts in points of suspicion, how usual it is in surprise, both found by
//! [`crate::analyze`]; the rest is what the line says: status, sizes, and the shape of the address.

use super::column::{Norm, signed};
use super::portable::log2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    Redirected,
    Refused,
    Failed,
    Method,
    BytesZ,
    LargeResponse,
    LengthZ,
    EntropyZ,
    DigitsZ,
    PunctuationZ,
    Escapes,
    Parameters,
    Depth,
    PathEvidence,
    ValueEvidence,
    AgentEvidence,
    PathRarity,
    NameRarity,
    ValueRarity,
    MethodRarity,
    StatusRarity,
    AgentRarity,
    ClientErrorShare,
    ClientAttackShare,
    RequestRate,
    FailureRate,
    SubmissionRate,
}

impl Column {
    pub(crate) const ALL: [Self; 27] = [
        Self::Redirected,
        Self::Refused,
        Self::Failed,
        Self::Method,
        Self::BytesZ,
        Self::LargeResponse,
        Self::LengthZ,
        Self::EntropyZ,
        Self::DigitsZ,
        Self::PunctuationZ,
        Self::Escapes,
        Self::Parameters,
        Self::Depth,
        Self::PathEvidence,
        Self::ValueEvidence,
        Self::AgentEvidence,
        Self::PathRarity,
        Self::NameRarity,
        Self::ValueRarity,
        Self::MethodRarity,
        Self::StatusRarity,
        Self::AgentRarity,
        Self::ClientErrorShare,
        Self::ClientAttackShare,
        Self::RequestRate,
        Self::FailureRate,
        Self::SubmissionRate,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Redirected => "status_3xx",
            Self::Refused => "status_4xx",
            Self::Failed => "status_5xx",
            Self::Method => "method",
            Self::BytesZ => "bytes_z",
            Self::LargeResponse => "large_response",
            Self::LengthZ => "uri_length_z",
            Self::EntropyZ => "uri_entropy_z",
            Self::DigitsZ => "uri_digits_z",
            Self::PunctuationZ => "uri_punctuation_z",
            Self::Escapes => "uri_escapes",
            Self::Parameters => "parameters",
            Self::Depth => "path_depth",
            Self::PathEvidence => "path_evidence",
            Self::ValueEvidence => "value_evidence",
            Self::AgentEvidence => "agent_evidence",
            Self::PathRarity => "path_rarity",
            Self::NameRarity => "name_rarity",
            Self::ValueRarity => "value_rarity",
            Self::MethodRarity => "method_rarity",
            Self::StatusRarity => "status_rarity",
            Self::AgentRarity => "agent_rarity",
            Self::ClientErrorShare => "client_error_share",
            Self::ClientAttackShare => "client_attack_share",
            Self::RequestRate => "request_rate",
            Self::FailureRate => "failure_rate",
            Self::SubmissionRate => "submission_rate",
        }
    }
}

/// What is measured of an address, and compared with the others of the log.
pub(crate) const SHAPES: [Column; 4] = [Column::LengthZ, Column::EntropyZ, Column::DigitsZ, Column::PunctuationZ];

#[derive(Clone, Debug, Default)]
pub(crate) struct Norms([Norm; SHAPES.len()]);

impl Norms {
    pub(crate) fn of(shapes: &[[f32; SHAPES.len()]]) -> Self {
        Self(std::array::from_fn(|at| Norm::of(shapes.iter().map(|shape| shape[at]))))
    }

    pub(crate) fn write(&self, shape: &[f32; SHAPES.len()], row: &mut [f32]) {
        for ((column, norm), value) in SHAPES.into_iter().zip(&self.0).zip(shape) {
            row[column as usize] = signed(norm.deviations(*value));
        }
    }
}

/// The magnitude of its length, its entropy, and its shares of digits and punctuation.
pub(crate) fn shape(uri: &[u8]) -> [f32; SHAPES.len()] {
    let mut counts = [0_u32; 256];
    for byte in uri {
        counts[usize::from(*byte)] += 1;
    }
    let total = uri.len().max(1) as f64;
    let share = |is_of_kind: fn(&u8) -> bool| {
        let count: u32 = (0..=127_u8).filter(is_of_kind).map(|byte| counts[usize::from(byte)]).sum();
        (f64::from(count) / total) as f32
    };
    let weighted: f64 = counts.iter().filter(|count| **count > 1).map(|count| f64::from(*count) * log2(f64::from(*count))).sum();
    let entropy = (log2(total) - weighted / total).max(0.0) as f32;
    [log2(1.0 + uri.len() as f64) as f32, entropy, share(u8::is_ascii_digit), share(u8::is_ascii_punctuation)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_is_that_of_the_bytes() {
        assert_eq!(shape(b""), [0.0; 4]);
        let [length, entropy, digits, punctuation] = shape(b"/a12");
        assert!((length - 5.0_f32.log2()).abs() < 1e-6 && (entropy - 2.0).abs() < 1e-6);
        assert_eq!((digits, punctuation), (0.5, 0.25));
    }

    #[test]
    fn the_usual_address_is_in_the_middle() {
        let norms = Norms::of(&[shape(b"/a/1"), shape(b"/bb/22"), shape(b"/ccc/333")]);
        let mut row = vec![0.0; Column::ALL.len()];
        norms.write(&shape(b"/bb/22"), &mut row);
        assert!((row[Column::DigitsZ as usize] - 0.5).abs() < 0.2);
        norms.write(&shape(&b"/%27%20".repeat(90)), &mut row);
        assert!(row[Column::LengthZ as usize] > 0.8);
    }
}
