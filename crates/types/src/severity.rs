use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Score;

/// A named band of a score. Computed from the stored score on a scale, never stored itself and
/// never read from a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    #[serde(alias = "normal")]
    Safe,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Self; 5] = [Self::Safe, Self::Low, Self::Medium, Self::High, Self::Critical];

    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severities from `low` upwards are anomalies.
    pub fn is_anomaly(self) -> bool {
        self > Self::Safe
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Maps a score to its severity. A bound is the lowest value of its band; a band without a bound
/// is not used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    pub name: String,
    /// Whether the bounds are on the model's raw value or on the calibrated 0..1.
    pub reads_raw: bool,
    pub low: f64,
    pub medium: f64,
    pub high: f64,
    pub critical: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the bounds of scale {name:?} must be finite numbers that rise from low to critical")]
pub struct ScaleError {
    pub name: String,
}

impl Scale {
    /// The bands of the event autoencoder's reconstruction error.
    pub fn radar() -> Self {
        Self { name: "radar".into(), reads_raw: true, low: 0.010, medium: 0.020, high: 0.050, critical: None }
    }

    /// The bands of an isolation forest.
    pub fn isolation_forest() -> Self {
        Self { name: "isolation_forest".into(), reads_raw: false, low: 0.45, medium: 0.65, high: 0.85, critical: Some(0.95) }
    }

    /// The bands of an autoencoder over an event among others.
    pub fn autoencoder() -> Self {
        Self { name: "autoencoder".into(), reads_raw: false, low: 0.40, medium: 0.60, high: 0.75, critical: Some(0.90) }
    }

    /// The bands of all detectors together.
    pub fn ensemble() -> Self {
        Self { name: "ensemble".into(), reads_raw: false, low: 0.50, medium: 0.70, high: 0.80, critical: Some(0.90) }
    }

    /// Scales come from settings too, so their order is checked where they enter.
    pub fn check(&self) -> Result<(), ScaleError> {
        let bounds = [Some(self.low), Some(self.medium), Some(self.high), self.critical];
        let bounds: Vec<f64> = bounds.into_iter().flatten().collect();
        if bounds.iter().all(|bound| bound.is_finite()) && bounds.is_sorted_by(|a, b| a < b) {
            Ok(())
        } else {
            Err(ScaleError { name: self.name.clone() })
        }
    }

    /// Where each band above the lowest begins.
    pub fn thresholds(&self) -> impl Iterator<Item = (Severity, f64)> {
        let bounds = [Some(self.low), Some(self.medium), Some(self.high), self.critical];
        Severity::ALL.into_iter().skip(1).zip(bounds).filter_map(|(severity, bound)| Some((severity, bound?)))
    }

    pub fn severity(&self, score: &Score) -> Severity {
        self.band(f64::from(if self.reads_raw { score.raw } else { score.calibrated }))
    }

    /// The band of a value of the kind this scale reads.
    pub fn band(&self, value: f64) -> Severity {
        if self.critical.is_some_and(|bound| value >= bound) {
            Severity::Critical
        } else if value >= self.high {
            Severity::High
        } else if value >= self.medium {
            Severity::Medium
        } else if value >= self.low {
            Severity::Low
        } else {
            Severity::Safe
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(raw: f32) -> Score {
        Score { raw, calibrated: 0.0, model: "m".into(), model_version: "1".into(), schema: "event".into(), schema_version: 1 }
    }

    #[test]
    fn a_bound_belongs_to_the_band_above_it() {
        // f32 cannot hold 0.02; the values here are on either side of the bound on purpose.
        for (raw, severity) in [
            (0.0, Severity::Safe),
            (0.0099, Severity::Safe),
            (0.0101, Severity::Low),
            (0.0201, Severity::Medium),
            (0.0501, Severity::High),
            (9.0, Severity::High),
        ] {
            assert_eq!(Scale::radar().severity(&score(raw)), severity, "{raw}");
        }
        let halves = Scale { low: 0.25, medium: 0.5, high: 0.75, critical: Some(1.0), ..Scale::radar() };
        assert_eq!(halves.severity(&score(0.25)), Severity::Low);
        assert_eq!(halves.severity(&score(1.0)), Severity::Critical);
    }

    #[test]
    fn a_threshold_is_of_the_band_that_begins_there() {
        for scale in [Scale::radar(), Scale::ensemble()] {
            assert_eq!(scale.thresholds().count(), 3 + usize::from(scale.critical.is_some()));
            assert!(scale.thresholds().all(|(severity, from)| scale.band(from) == severity));
        }
    }

    #[test]
    fn bounds_must_rise() {
        assert_eq!(Scale::radar().check(), Ok(()));
        for scale in [
            Scale { low: 0.5, ..Scale::radar() },
            Scale { high: f64::NAN, ..Scale::radar() },
            Scale { critical: Some(0.05), ..Scale::radar() },
        ] {
            assert_eq!(scale.check(), Err(ScaleError { name: "radar".into() }), "{scale:?}");
        }
    }
}
