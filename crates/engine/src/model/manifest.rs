//! `manifest.json`: everything about a model that its graph does not say.

use std::collections::BTreeMap;

use radar_types::{Scale, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Kind, MANIFEST_BYTES_MAX, ModelError, onnx};
use crate::feature::Schema;

/// The shares of the baseline at which its values are kept: every hundredth, and the end, where it matters, more closely.
const QUANTILES: usize = 103;
const FINER_SHARES: [f32; 3] = [0.995, 0.999, 1.0];

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub kind: Kind,
    /// The feature schema the model reads, and its version.
    pub schema: String,
    pub schema_version: u32,
    /// The names of the columns, in order.
    pub features: Vec<String>,
    pub input: String,
    pub output: String,
    /// Of the model.onnx that this manifest describes.
    pub onnx_sha256: String,
    pub normalisation: Normalisation,
    pub calibration: Calibration,
    /// The bands of this model's values, unless settings say otherwise.
    pub scale: Scale,
    pub trained_on: TrainedOn,
    pub date: Timestamp,
    /// What was measured after training, by name.
    pub metrics: BTreeMap<String, f64>,
}

/// A model reads `(feature - offset) * factor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    pub offsets: Vec<f32>,
    pub factors: Vec<f32>,
}

/// The distribution of the model's values over events it was not trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    pub rows: u64,
    /// From the least to the greatest value: one for each hundredth of the baseline, then those at 99.5%, 99.9% and the end.
    pub quantiles: Vec<f32>,
    /// The mean squared error of each feature, of an autoencoder.
    pub feature_errors: Vec<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedOn {
    pub rows: u64,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Of the events as NDJSON, or of the rows of features as little-endian floats.
    pub sha256: String,
    pub description: String,
    pub seed: u64,
    pub epochs: u32,
}

impl Manifest {
    /// Reads a manifest and checks that this program can use a model of that description.
    pub fn read(json: &[u8]) -> Result<Self, ModelError> {
        if json.len() > MANIFEST_BYTES_MAX {
            return Err(ModelError::TooLarge { file: "manifest.json", bytes: json.len(), bytes_max: MANIFEST_BYTES_MAX });
        }
        let manifest: Self = serde_json::from_slice(json).map_err(ModelError::Manifest)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ModelError> {
        expect("name", "a name", &self.name, !self.name.trim().is_empty())?;
        expect("version", "a version", &self.version, !self.version.trim().is_empty())?;
        let schemas = Schema::ALL.map(|schema| format!("{} {}", schema.name(), schema.version())).join(", ");
        let found = format!("{} {}", self.schema, self.schema_version);
        let schema = Schema::find(&self.schema, self.schema_version);
        let schema = schema.ok_or(ModelError::Mismatch { field: "schema", expected: format!("one of {schemas}"), found })?;
        let names = schema.features();
        expect("features", names.join(", "), self.features.join(", "), self.features == names)?;
        expect("input", onnx::INPUT, &self.input, self.input == onnx::INPUT)?;
        let output = self.kind.output();
        expect("output", output, &self.output, self.output == output)?;
        self.normalisation.check(schema.width())?;
        self.calibration.check(self.kind, schema.width())?;
        Ok(self.scale.check()?)
    }

    /// The features that the model reads.
    pub fn reads(&self) -> Result<Schema, ModelError> {
        Schema::find(&self.schema, self.schema_version).ok_or_else(|| ModelError::Mismatch {
            field: "schema",
            expected: "one of this program".into(),
            found: self.schema.clone(),
        })
    }

    /// Checks that these bytes are the model that was described.
    pub(crate) fn check_onnx(&self, onnx: &[u8]) -> Result<(), ModelError> {
        let found = sha256_hex(onnx);
        expect("onnx_sha256", format!("that of the model.onnx beside it, {found}"), &self.onnx_sha256, self.onnx_sha256 == found)
    }

    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }
}

fn expect(field: &'static str, expected: impl ToString, found: impl ToString, holds: bool) -> Result<(), ModelError> {
    if holds { Ok(()) } else { Err(ModelError::Mismatch { field, expected: expected.to_string(), found: found.to_string() }) }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Normalisation {
    /// Leaves rows as they are.
    pub(crate) fn none(width: usize) -> Self {
        Self { offsets: vec![0.0; width], factors: vec![1.0; width] }
    }

    /// Brings rows of features onto the scale that the model was trained on.
    pub(crate) fn apply(&self, rows: &mut [f32]) {
        for row in rows.chunks_exact_mut(self.factors.len().max(1)) {
            for ((value, offset), factor) in row.iter_mut().zip(&self.offsets).zip(&self.factors) {
                *value = (*value - offset) * factor;
            }
        }
    }

    /// The features that stand behind one row of that scale.
    pub(crate) fn undo(&self, row: &[f32]) -> Vec<f32> {
        row.iter().zip(&self.offsets).zip(&self.factors).map(|((value, offset), factor)| value / factor + offset).collect()
    }

    fn check(&self, width: usize) -> Result<(), ModelError> {
        let Self { offsets, factors } = self;
        for (field, numbers) in [("normalisation.offsets", offsets), ("normalisation.factors", factors)] {
            expect(field, format!("{width} numbers"), numbers.len(), numbers.len() == width)?;
        }
        let are_finite = offsets.iter().all(|offset| offset.is_finite());
        expect("normalisation.offsets", "finite", "not", are_finite)?;
        let are_positive = factors.iter().all(|factor| factor.is_finite() && *factor > 0.0);
        expect("normalisation.factors", "finite and above 0", "not", are_positive)
    }
}

/// What a value at some share of the baseline is as 0 to 1. Half of all events are as ordinary as the middle, so the
/// end of the baseline takes up most of the scale, and what lies beyond all of it the rest.
const SCORES: [(f32, f32); 8] =
    [(0.0, 0.0), (0.5, 0.05), (0.9, 0.2), (0.95, 0.28), (0.99, 0.4), (0.995, 0.45), (0.999, 0.55), (1.0, BEYOND)];
const BEYOND: f32 = 0.6;

impl Calibration {
    /// The distribution of these values, of which there must be at least one.
    pub(crate) fn of(mut values: Vec<f32>, feature_errors: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        let last = values.len().saturating_sub(1) as f64;
        let place = |share: f32| values.get((last * f64::from(share)).round() as usize).copied().unwrap_or_default();
        Self { rows: values.len() as u64, quantiles: (0..QUANTILES).map(|at| place(share_at(at))).collect(), feature_errors }
    }

    /// The share of the baseline that is lower than the value, 0 to 1.
    pub(crate) fn share_below(&self, value: f32) -> f32 {
        let quantiles = &self.quantiles;
        let above = quantiles.partition_point(|quantile| *quantile < value);
        if above == 0 || above == quantiles.len() {
            return if above == 0 { 0.0 } else { 1.0 };
        }
        let (low, high) = (quantiles[above - 1], quantiles[above]);
        let within = (value - low) / (high - low);
        let (from, to) = (share_at(above - 1), share_at(above));
        from + (to - from) * within
    }

    /// The value as 0 to 1, alike for all models: 0.4 is the highest hundredth of the baseline, 0.55 the highest
    /// thousandth, and from 0.6 on nothing in the baseline was like it.
    pub(crate) fn score(&self, value: f32) -> f32 {
        let last = self.quantiles.last().copied().unwrap_or_default();
        if value > last {
            let middle = self.quantiles.get(QUANTILES / 2).copied().unwrap_or_default();
            // As far beyond the end as the end is from the middle is halfway to 1.
            let beyond = (value - last) / (last - middle).max(f32::EPSILON * last.abs()).max(f32::MIN_POSITIVE);
            return BEYOND + (1.0 - BEYOND) * (1.0 - (-beyond).exp2());
        }
        let share = self.share_below(value);
        let above = SCORES.partition_point(|(known, _)| *known < share).clamp(1, SCORES.len() - 1);
        let [(from, low), (to, high)] = [SCORES[above - 1], SCORES[above]];
        low + (high - low) * ((share - from) / (to - from)).clamp(0.0, 1.0)
    }

    fn check(&self, kind: Kind, width: usize) -> Result<(), ModelError> {
        let quantiles = &self.quantiles;
        expect("calibration.quantiles", format!("{QUANTILES} numbers"), quantiles.len(), quantiles.len() == QUANTILES)?;
        let do_rise = quantiles.iter().all(|value| value.is_finite()) && quantiles.is_sorted();
        expect("calibration.quantiles", "finite and rising", "not", do_rise)?;
        let errors = &self.feature_errors;
        let count = if kind == Kind::Autoencoder { width } else { 0 };
        expect("calibration.feature_errors", format!("{count} numbers"), errors.len(), errors.len() == count)?;
        let are_errors = errors.iter().all(|error| error.is_finite() && *error >= 0.0);
        expect("calibration.feature_errors", "finite and not below 0", "not", are_errors)
    }
}

fn share_at(at: usize) -> f32 {
    if at < 100 { at as f32 / 100.0 } else { FINER_SHARES[(at - 100).min(2)] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_between_the_quantiles() {
        let calibration = Calibration::of((0..=1000).map(|i| i as f32 / 10.0).collect(), Vec::new());
        assert_eq!(calibration.rows, 1001);
        for (value, share) in [(-1.0, 0.0), (0.0, 0.0), (50.0, 0.5), (50.5, 0.505), (99.7, 0.997), (100.0, 1.0), (101.0, 1.0)] {
            assert!((calibration.share_below(value) - share).abs() < 1e-5, "{value}");
        }
    }

    #[test]
    fn the_end_of_the_baseline_takes_up_most_of_the_scale() {
        let calibration = Calibration::of((0..=1000).map(|i| i as f32 / 10.0).collect(), Vec::new());
        for (value, score) in [(-1.0, 0.0), (50.0, 0.05), (99.0, 0.4), (99.9, 0.55), (100.0, 0.6), (149.0, 0.798), (1e30, 1.0)] {
            assert!((calibration.score(value) - score).abs() < 1e-2, "{value}: {}", calibration.score(value));
        }
    }

    #[test]
    fn equal_values_make_no_hole() {
        let calibration = Calibration::of(vec![0.5; 10], Vec::new());
        for (value, share) in [(0.4, 0.0), (0.5, 0.0), (0.6, 1.0)] {
            assert_eq!(calibration.share_below(value), share, "{value}");
        }
        assert_eq!(calibration.score(0.5), 0.0);
        assert!(calibration.score(0.6) > 0.99 && calibration.score(f32::INFINITY) <= 1.0);
        assert!(Calibration::of(vec![0.0; 10], Vec::new()).score(1.0).is_finite());
    }
}
