//! Raw scores to 0..1. The middle of the learned scores says where ordinary is and how wide it is;
//! beyond it the distance counts, not the rank, so an input without anomalies has next to no
//! findings, and of two outliers the farther one scores higher, however far both are.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Calibration {
    middle: f32,
    upper: f32,
    reach: f32,
}

/// The score there.
const ORDINARY_SCORE: f32 = 0.4;
/// So many bits beyond the ordinary, a score is halfway to 1, even where all lines are alike.
const REACH_BITS_MIN: f32 = 3.5;
/// The same as a share of the width of the ordinary.
const REACH_SHARE: f32 = 0.1;

impl Calibration {
    /// `ordinary_share` of what was learned is taken to be ordinary, whatever it scores.
    pub(super) fn fit(mut raw: Vec<f32>, ordinary_share: f32) -> Self {
        raw.retain(|value| value.is_finite());
        raw.sort_by(f32::total_cmp);
        let quantile = |share: f32| raw.get((raw.len() as f32 * share) as usize).copied().unwrap_or_default();
        Self::of(quantile(0.5), quantile(ordinary_share))
    }

    /// Where the ordinary has its middle and its upper end.
    pub(crate) fn of(middle: f32, upper: f32) -> Self {
        Self { middle, upper, reach: REACH_BITS_MIN + (upper - middle) * REACH_SHARE }
    }

    pub(crate) fn score(&self, raw: f32) -> f32 {
        let reach = self.reach.max(f32::MIN_POSITIVE);
        if raw > self.upper {
            let beyond = (raw - self.upper) / reach;
            // Slowly at first: a little beyond the ordinary is where most of an ordinary log's tail lies.
            let share = if beyond < 1.0 { 0.5 * beyond * beyond } else { 1.0 - (-beyond).exp2() };
            ORDINARY_SCORE + (1.0 - ORDINARY_SCORE) * share
        } else {
            let below = ((self.upper - raw) / reach).max(0.0);
            ORDINARY_SCORE / (1.0 + below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_rises_with_its_raw_value_and_stays_between_0_and_1() {
        let calibration = Calibration::fit((0..1000).map(|step| step as f32 / 250.0).collect(), 0.85);
        let scores: Vec<f32> = [-9.0, 0.0, 1.0, 3.0, 4.0, 8.0, 20.0, 40.0, 60.0].map(|raw| calibration.score(raw)).to_vec();
        assert!(scores.is_sorted_by(|a, b| a < b) && scores[0] > 0.0 && scores[8] < 1.0, "{scores:?}");
    }

    #[test]
    fn an_input_of_equal_lines_has_no_findings_and_a_far_one_is_one() {
        let calibration = Calibration::fit(vec![0.5; 100], 0.85);
        assert!(calibration.score(0.5) < 0.5);
        assert!(calibration.score(12.0) > 0.8);
        assert!(Calibration::fit(Vec::new(), 0.85).score(0.0) < 0.5);
    }
}
