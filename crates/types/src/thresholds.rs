//! From which score on an event of a collection is of which severity, as people choose it.

use serde::{Deserialize, Serialize};

use crate::{Scale, Severity};

/// The lowest calibrated score of each severity above safe.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Thresholds {
    pub low: f64,
    pub medium: f64,
    pub high: f64,
    pub critical: f64,
}

/// What a collection has now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ThresholdChoice {
    pub current: Thresholds,
    /// What they are until somebody chooses others.
    pub usual: Thresholds,
    /// How many events of the last 7 days have a severity above safe.
    pub flagged: u64,
    /// How many of them have which score: as many steps from 0 to 1, the last with 1 itself.
    pub scores: Vec<u64>,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
}

impl ThresholdChoice {
    pub const DAYS: i64 = 7;
    pub const SCORES: usize = 100;
}

/// How many events of the same days other thresholds would have flagged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    pub would_flag: u64,
    pub is_partial: bool,
}

impl Thresholds {
    /// What people move them by.
    pub const STEP: f64 = 0.01;
    /// From the least that is moved.
    pub const ALL: [Severity; 4] = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub fn usual() -> Self {
        Self::of_scale(&Scale::ensemble())
    }

    /// The bounds of a scale.
    pub fn of_scale(scale: &Scale) -> Self {
        let Scale { low, medium, high, critical, .. } = *scale;
        Self { low, medium, high, critical: critical.unwrap_or(1.0) }
    }

    /// The scale with these bounds.
    pub fn scale(self) -> Scale {
        let Self { low, medium, high, critical } = self;
        Scale { low, medium, high, critical: Some(critical), ..Scale::ensemble() }
    }

    /// Whether they rise, and a score can reach each of them.
    pub fn are_sound(self) -> bool {
        let [low, .., critical] = self.values();
        self.scale().check().is_ok() && low > 0.0 && critical <= 1.0
    }

    pub fn of(self, severity: Severity) -> f64 {
        match severity {
            Severity::Safe => 0.0,
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        }
    }

    /// With one of them moved, as far as its neighbours let it.
    #[must_use]
    pub fn moved(self, severity: Severity, to: f64) -> Self {
        let mut values = self.values();
        let Some(place) = Self::ALL.iter().position(|known| *known == severity) else { return self };
        let below = if place == 0 { 0.0 } else { values[place - 1] };
        let above = values.get(place + 1).copied().unwrap_or(1.0 + Self::STEP);
        let to = if to.is_finite() { (to / Self::STEP).round() * Self::STEP } else { values[place] };
        values[place] = round(to.max(below + Self::STEP).min(above - Self::STEP));
        let [low, medium, high, critical] = values;
        Self { low, medium, high, critical }
    }

    fn values(self) -> [f64; 4] {
        Self::ALL.map(|severity| self.of(severity))
    }
}

/// Without the dust of adding steps.
fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_ones_are_those_of_the_scale() {
        assert_eq!(Thresholds::usual().scale(), Scale::ensemble());
        assert!(Thresholds::usual().are_sound());
    }

    #[test]
    fn one_is_moved_no_further_than_its_neighbours() {
        let usual = Thresholds { low: 0.5, medium: 0.7, high: 0.8, critical: 0.9 };
        let check = |severity, to, expected: f64| {
            let moved = usual.moved(severity, to);
            assert!((moved.of(severity) - expected).abs() < 1e-12, "{severity} to {to}: {}", moved.of(severity));
            assert!(moved.are_sound(), "{moved:?}");
        };
        check(Severity::Low, 0.333, 0.33);
        check(Severity::Low, 0.95, 0.69);
        check(Severity::Low, -3.0, 0.01);
        check(Severity::Medium, 0.1, 0.51);
        check(Severity::High, 0.85, 0.85);
        check(Severity::Critical, 7.0, 1.0);
        check(Severity::Critical, f64::NAN, 0.9);
        assert_eq!(usual.moved(Severity::Safe, 0.3), usual);
    }

    #[test]
    fn what_does_not_rise_is_not_sound() {
        let usual = Thresholds::usual();
        for unsound in [
            Thresholds { low: 0.0, ..usual },
            Thresholds { low: 0.7, ..usual },
            Thresholds { critical: 1.01, ..usual },
            Thresholds { high: f64::NAN, ..usual },
        ] {
            assert!(!unsound.are_sound(), "{unsound:?}");
        }
    }
}
