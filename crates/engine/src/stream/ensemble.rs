//! One score of two detectors: what the model says of an event's content, and what the stream says of
//! its being new. Both are brought onto the `ensemble` scale; the higher one counts, and more where
//! both find something.

use radar_types::{Reason, Scale, Score, ScoreState, Scored, Timestamp};

use super::{Novelty, Stream};
use crate::Engine;
use crate::analyze::LOW;

/// What two detectors that agree add, at most half of what is missing to 1.
const AGREEMENT_SHARE: f32 = 0.5;
/// Where a detector begins to find something.
const AGREEMENT_FROM: f32 = 0.4;
const REASONS_MAX: usize = 5;
/// Of the way both are put together.
const VERSION: &str = "1";

impl Engine {
    /// Lets the stream judge and learn events that [`Engine::score`] scored, in their order, and
    /// puts its word and the model's together: the score is of [`Score::ENSEMBLE`] then, its `raw`
    /// still the model's own value, its `calibrated` on [`Scale::ensemble`]. An event that the model
    /// failed on is learned too, and stays failed.
    pub fn follow(&self, stream: &mut Stream, scored: &mut [Scored], now: Timestamp) {
        for one in scored {
            let novelty = stream.observe(one.id, &one.event, now);
            one.template = novelty.template;
            if let ScoreState::Scored(score) = &mut one.score {
                let content = on_ensemble(self.scale(), score);
                one.reasons = merged(std::mem::take(&mut one.reasons), content, &novelty);
                score.calibrated = together(content, novelty.score);
                score.model_version = [&score.model_version, "+", VERSION].concat();
                Score::ENSEMBLE.clone_into(&mut score.model);
            }
        }
    }
}

/// A score of a model, moved so that its bands are those of the `ensemble` scale.
fn on_ensemble(scale: &Scale, score: &Score) -> f32 {
    let value = f64::from(if scale.reads_raw { score.raw } else { score.calibrated });
    let ensemble = Scale::ensemble();
    let bounds = [Some((scale.low, ensemble.low)), Some((scale.medium, ensemble.medium)), Some((scale.high, ensemble.high))];
    let critical = scale.critical.zip(ensemble.critical);
    let mut below = (0.0, 0.0);
    for bound in bounds.into_iter().chain([critical]).flatten() {
        if value < bound.0 {
            let share = ((value - below.0) / (bound.0 - below.0)).max(0.0);
            return just_below(below.1 + share * (bound.1 - below.1), bound.1);
        }
        below = bound;
    }
    // Beyond its last band a model comes near the next one, and never there.
    let next = if critical.is_some() { 1.0 } else { ensemble.critical.unwrap_or(1.0) };
    just_below(next - (next - below.1) * (below.0 / value.max(f64::MIN_POSITIVE)).min(1.0), next)
}

/// Rounding must not lift a value into the next band.
fn just_below(value: f64, bound: f64) -> f32 {
    let rounded = value as f32;
    if f64::from(rounded) < bound { rounded } else { (bound as f32).next_down() }
}

fn together(content: f32, novelty: f32) -> f32 {
    let (higher, lower) = if content >= novelty { (content, novelty) } else { (novelty, content) };
    // Two halves of a suspicion are none: what is reported has a reason.
    if higher < LOW {
        return higher;
    }
    let agreement = ((lower - AGREEMENT_FROM) / (1.0 - AGREEMENT_FROM)).max(0.0);
    higher + (1.0 - higher) * AGREEMENT_SHARE * agreement
}

/// The reasons of both, those of the stronger one first.
fn merged(content_reasons: Vec<Reason>, content: f32, novelty: &Novelty) -> Vec<Reason> {
    let new = novelty.reasons.iter().cloned();
    let mut reasons: Vec<Reason> = if content >= novelty.score {
        content_reasons.into_iter().chain(new).collect()
    } else {
        new.chain(content_reasons).collect()
    };
    reasons.truncate(REASONS_MAX);
    reasons
}

#[cfg(test)]
mod tests {
    use radar_types::Severity;

    use super::*;

    fn score(raw: f32) -> Score {
        Score { raw, calibrated: 0.5, model: "m".into(), model_version: "1".into(), schema: "event".into(), schema_version: 1 }
    }

    #[test]
    fn a_model_alone_keeps_its_bands() {
        let mut before = -1.0;
        for step in 0..4000 {
            let score = score(step as f32 / 20_000.0);
            let moved = on_ensemble(&Scale::radar(), &score);
            assert_eq!(Scale::ensemble().band(f64::from(moved)), Scale::radar().severity(&score), "{score:?} {moved}");
            assert!(moved > before, "{score:?}");
            before = moved;
        }
        for raw in [f32::MAX, 1e9] {
            assert_eq!(Scale::ensemble().band(f64::from(on_ensemble(&Scale::radar(), &score(raw)))), Severity::High);
        }
        let calibrated = Scale { reads_raw: false, low: 0.4, medium: 0.45, high: 0.48, critical: Some(0.49), ..Scale::radar() };
        assert_eq!(Scale::ensemble().band(f64::from(on_ensemble(&calibrated, &score(0.0)))), Severity::Critical);
    }

    #[test]
    fn the_higher_one_counts_and_more_where_both_find_something() {
        for (content, novelty, expected) in [(0.3, 0.45, 0.45), (0.49, 0.49, 0.49), (0.8, 0.1, 0.8), (0.1, 0.8, 0.8)] {
            assert_eq!(together(content, novelty), expected, "{content} {novelty}");
        }
        assert!(together(0.85, 0.9) > 0.92 && together(1.0, 1.0) <= 1.0);
        assert_eq!(together(0.6, 0.8), together(0.8, 0.6));
    }
}
