//! Which detectors judge, and what they were fitted to.
//!
//! Novelty comes from the input itself: what is rare or unheard of in it, and what is bad anywhere.
//! The autoencoder, the isolation forest and k-means read the same evidence as rows of features, and
//! say how unusual the whole of a row is, measured on a baseline. In the ensemble novelty decides and
//! the models add to it; they are asked only about records that could become findings by their answer,
//! which changes no finding and saves most of the work.

use radar_types::{Reason, Scale};
use thiserror::Error;

use super::{LOW, Verdict};
use crate::model::{self, Detector, RunError};
use crate::train::{OwnError, own_detector};

/// What `--model` names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Model {
    #[default]
    Ensemble,
    Novelty,
    One(model::Kind),
}

/// What the models were fitted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Logs of all kinds, before; they are frozen since.
    #[default]
    Pretrained,
    /// The input, or its baseline.
    File,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Method {
    pub model: Model,
    pub fit: Fit,
}

/// Why an input can't be judged in the way that was asked for.
#[derive(Debug, Error)]
pub enum MethodError {
    #[error("there is no {0} for records of this kind")]
    Missing(model::Kind),
    #[error("no {kind} can be fitted to this file")]
    Own { kind: model::Kind, source: OwnError },
    #[error(transparent)]
    Run(#[from] RunError),
}

/// So much of what is left to 1 the models can add together to the score of novelty.
const MODELS_WEIGHT: f32 = 0.05;
/// Of the models' scores, what is below is ordinary.
const MODELS_ORDINARY: f32 = 0.3;
/// From so little novelty no model makes a finding.
const NOVELTY_MIN: f32 = (LOW - MODELS_WEIGHT) / (1.0 - MODELS_WEIGHT);
const SEED: u64 = 1;

impl Model {
    pub const ALL: [Self; 5] = [
        Self::Ensemble,
        Self::One(model::Kind::Autoencoder),
        Self::One(model::Kind::IsolationForest),
        Self::One(model::Kind::KMeans),
        Self::Novelty,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ensemble => "ensemble",
            Self::Novelty => "novelty",
            Self::One(kind) => kind.name(),
        }
    }

    pub fn scale(self) -> Scale {
        match self {
            Self::Ensemble | Self::Novelty => Scale::ensemble(),
            Self::One(kind) => kind.scale(),
        }
    }

    /// The models that are asked.
    pub fn kinds(self) -> &'static [model::Kind] {
        match self {
            Self::Ensemble => &model::Kind::ALL,
            Self::Novelty => &[],
            Self::One(model::Kind::Autoencoder) => &[model::Kind::Autoencoder],
            Self::One(model::Kind::IsolationForest) => &[model::Kind::IsolationForest],
            Self::One(model::Kind::KMeans) => &[model::Kind::KMeans],
        }
    }
}

/// The models for one kind of record.
#[derive(Default)]
pub(super) struct Members {
    detectors: Vec<Detector>,
}

/// What a model makes of a record.
struct Opinion {
    raw: f32,
    score: f32,
    share_below: f32,
}

impl Members {
    /// Of the same kind there is one: the last that was given.
    pub(super) fn add(&mut self, detector: Detector) {
        self.detectors.retain(|known| known.kind() != detector.kind());
        self.detectors.push(detector);
        self.detectors.sort_by_key(Detector::kind);
    }

    /// Fits the models to rows of a file.
    pub(super) fn fit(&mut self, kinds: &[model::Kind], rows: &[f32], width: usize) -> Result<(), MethodError> {
        for kind in kinds {
            match own_detector(*kind, rows, width, SEED) {
                Ok(detector) => self.add(detector),
                Err(source) => return Err(MethodError::Own { kind: *kind, source }),
            }
        }
        Ok(())
    }

    /// Which of the verdicts could change by what the models say.
    pub(super) fn are_asked(&self, model: Model, verdict: &Verdict) -> bool {
        match model {
            Model::Novelty => false,
            Model::Ensemble => !self.detectors.is_empty() && verdict.score >= NOVELTY_MIN,
            Model::One(_) => true,
        }
    }

    /// Judges records by their rows; `verdicts` are those of novelty, and become the final ones. `evidence` says
    /// what there is against a record where novelty alone had nothing to say.
    pub(super) fn judge(
        &self,
        model: Model,
        rows: Vec<f32>,
        verdicts: &mut [&mut Verdict],
        evidence: impl Fn(usize) -> Vec<Reason>,
    ) -> Result<(), MethodError> {
        match model {
            Model::Novelty => {}
            Model::Ensemble => {
                let mut sums = vec![0.0_f32; verdicts.len()];
                for detector in &self.detectors {
                    for (sum, opinion) in sums.iter_mut().zip(opinions(detector, rows.clone())?) {
                        *sum += ((opinion.score - MODELS_ORDINARY) / (1.0 - MODELS_ORDINARY)).max(0.0);
                    }
                }
                for (index, (verdict, sum)) in verdicts.iter_mut().zip(sums).enumerate() {
                    let was_told = verdict.score >= LOW;
                    let mean = sum / self.detectors.len().max(1) as f32;
                    verdict.score += MODELS_WEIGHT * (1.0 - verdict.score) * mean;
                    if !was_told && verdict.score >= LOW {
                        verdict.reasons = evidence(index);
                        if verdict.reasons.is_empty() {
                            let text = "No single part stands out; the models find the whole of it unlike their baseline".into();
                            verdict.reasons.push(Reason { code: "combination".into(), text });
                        }
                    }
                }
            }
            Model::One(kind) => {
                let detector = self.detectors.iter().find(|detector| detector.kind() == kind).ok_or(MethodError::Missing(kind))?;
                let low = kind.scale().low as f32;
                for (index, (verdict, opinion)) in verdicts.iter_mut().zip(opinions(detector, rows)?).enumerate() {
                    (verdict.raw, verdict.score) = (opinion.raw, opinion.score);
                    verdict.reasons = Vec::new();
                    if opinion.score >= low {
                        verdict.reasons = evidence(index);
                        verdict.reasons.push(reason(kind, &opinion));
                    }
                }
            }
        }
        Ok(())
    }
}

fn opinions(detector: &Detector, rows: Vec<f32>) -> Result<impl Iterator<Item = Opinion>, RunError> {
    let of = |raw: f32| Opinion { raw, score: detector.score(raw), share_below: detector.share_below(raw) };
    Ok(detector.raw(rows)?.into_iter().map(of))
}

fn reason(kind: model::Kind, opinion: &Opinion) -> Reason {
    let name = match kind {
        model::Kind::Autoencoder => "The autoencoder",
        model::Kind::IsolationForest => "The isolation forest",
        model::Kind::KMeans => "k-means",
    };
    let text = if opinion.share_below >= 1.0 {
        format!("{name} finds it more unusual than all of its baseline ({:.4})", opinion.raw)
    } else {
        format!("{name} finds it more unusual than {:.1}% of its baseline ({:.4})", opinion.share_below * 100.0, opinion.raw)
    };
    Reason { code: kind.name().into(), text }
}
