use serde::{Deserialize, Serialize};

use crate::{Event, EventId, TemplateId};

/// What a model said of an event, with where it came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// The model's own value, on the model's own scale.
    pub raw: f32,
    /// The share of the model's baseline that scored lower, 0 to 1.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1))]
    pub calibrated: f32,
    pub model: String,
    pub model_version: String,
    pub schema: String,
    pub schema_version: u32,
}

impl Score {
    /// The `model` of a score that a model and a live stream made together. Its `raw` is the model's
    /// own value, and its `calibrated` is on the `ensemble` scale.
    pub const ENSEMBLE: &str = "ensemble";
}

/// An event without a score is not an event with score zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ScoreState {
    NotScored,
    Failed { error: String },
    Scored(Score),
}

impl ScoreState {
    pub fn score(&self) -> Option<&Score> {
        match self {
            Self::Scored(score) => Some(score),
            Self::NotScored | Self::Failed { .. } => None,
        }
    }
}

/// One sentence that says why an event stands out, with a code that programs can match.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    pub code: String,
    pub text: String,
}

/// An event with what the engine said of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Scored {
    pub id: EventId,
    pub event: Event,
    pub score: ScoreState,
    /// Strongest first.
    pub reasons: Vec<Reason>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateId>,
}

/// What a person says of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Verdict {
    /// As it should be, whatever its score.
    Expected,
    /// To be looked into, whatever its score.
    Suspicious,
}

impl Verdict {
    pub const ALL: [Self; 2] = [Self::Expected, Self::Suspicious];

    pub fn name(self) -> &'static str {
        match self {
            Self::Expected => "expected",
            Self::Suspicious => "suspicious",
        }
    }
}
