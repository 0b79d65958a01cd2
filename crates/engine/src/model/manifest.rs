//! `manifest.json`: everything about a model that its graph does not say.

use std::collections::BTreeMap;

use radar_types::{Scale, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{MANIFEST_BYTES_MAX, ModelError, onnx};
use crate::feature::event::{self, Feature};

pub const KIND_AUTOENCODER: &str = "autoencoder";

/// One value for each hundredth of the baseline, both ends included.
const QUANTILES: usize = 101;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub name: String,
    pub version: String,
    pub kind: String,
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
    /// From the least to the greatest value, in equal steps of rank.
    pub quantiles: Vec<f32>,
    /// The mean squared error of each feature.
    pub feature_errors: Vec<f32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainedOn {
    pub rows: u64,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Of the events as NDJSON, held-out ones included.
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
        expect("kind", KIND_AUTOENCODER, &self.kind, self.kind == KIND_AUTOENCODER)?;
        expect("schema", event::SCHEMA, &self.schema, self.schema == event::SCHEMA)?;
        let version = self.schema_version;
        expect("schema_version", event::VERSION, version, version == event::VERSION)?;
        let names = Feature::ALL.map(Feature::name);
        expect("features", names.join(", "), self.features.join(", "), self.features == names)?;
        expect("input", onnx::INPUT, &self.input, self.input == onnx::INPUT)?;
        expect("output", onnx::OUTPUT, &self.output, self.output == onnx::OUTPUT)?;

        let Normalisation { offsets, factors } = &self.normalisation;
        let one_each = format!("{} numbers", event::WIDTH);
        for (field, numbers) in [("normalisation.offsets", offsets), ("normalisation.factors", factors)] {
            expect(field, &one_each, numbers.len(), numbers.len() == event::WIDTH)?;
        }
        let are_finite = offsets.iter().all(|offset| offset.is_finite());
        expect("normalisation.offsets", "finite", "not", are_finite)?;
        let are_positive = factors.iter().all(|factor| factor.is_finite() && *factor > 0.0);
        expect("normalisation.factors", "finite and above 0", "not", are_positive)?;

        let quantiles = &self.calibration.quantiles;
        expect("calibration.quantiles", format!("{QUANTILES} numbers"), quantiles.len(), quantiles.len() == QUANTILES)?;
        let do_rise = quantiles.iter().all(|value| value.is_finite()) && quantiles.is_sorted();
        expect("calibration.quantiles", "finite and rising", "not", do_rise)?;
        let errors = &self.calibration.feature_errors;
        expect("calibration.feature_errors", &one_each, errors.len(), errors.len() == event::WIDTH)?;
        let are_errors = errors.iter().all(|error| error.is_finite() && *error >= 0.0);
        expect("calibration.feature_errors", "finite and not below 0", "not", are_errors)?;
        Ok(self.scale.check()?)
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

impl Calibration {
    /// The distribution of these values, of which there must be at least one.
    pub(crate) fn of(mut values: Vec<f32>, feature_errors: Vec<f32>) -> Self {
        values.sort_by(f32::total_cmp);
        let last = values.len() - 1;
        let quantiles = (0..QUANTILES).map(|step| values[last * step / (QUANTILES - 1)]).collect();
        Self { rows: values.len() as u64, quantiles, feature_errors }
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
        (above as f32 - 1.0 + within) / (quantiles.len() as f32 - 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_between_the_quantiles() {
        let calibration = Calibration::of((0..=1000).map(|i| i as f32 / 10.0).collect(), Vec::new());
        assert_eq!(calibration.rows, 1001);
        for (value, share) in [(-1.0, 0.0), (0.0, 0.0), (50.0, 0.5), (50.5, 0.505), (100.0, 1.0), (101.0, 1.0)] {
            assert!((calibration.share_below(value) - share).abs() < 1e-6, "{value}");
        }
    }

    #[test]
    fn equal_values_make_no_hole() {
        let calibration = Calibration::of(vec![0.5; 10], Vec::new());
        for (value, share) in [(0.4, 0.0), (0.5, 0.0), (0.6, 1.0)] {
            assert_eq!(calibration.share_below(value), share, "{value}");
        }
    }
}
