//! What the page on which events are looked for asks, and what it is answered.

use serde::{Deserialize, Serialize};

use crate::query::Order;
use crate::thresholds::Thresholds;
use crate::wire::{Bucket, Row, Seq, Tally};
use crate::{Severity, Span, Timestamp};

/// The picture above the table: how many events there are, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Picture {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    pub tally: Tally,
    /// Every bar of the range, empty ones included.
    pub timeline: Vec<Bucket>,
    /// From which scores on events have their severities here.
    pub thresholds: Thresholds,
    /// Where the live feed takes over without a gap.
    pub last_seq: Seq,
}

/// What the found events are made of, in one field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Facet {
    /// As a question names it.
    pub field: String,
    /// The most frequent values first.
    pub values: Vec<FacetValue>,
    /// How many different values there are; of 1,000 or more, 1,000.
    pub distinct: u64,
    pub is_partial: bool,
}

impl Facet {
    /// The most values that are listed.
    pub const VALUES_MAX: usize = 10;
    /// More different values are not counted.
    pub const DISTINCT_MAX: u32 = 1_000;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FacetValue {
    pub value: String,
    /// What people call it, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub count: u64,
    /// Of the events that have it; `None` where none has a score.
    pub worst: Option<Severity>,
}

/// A part of the table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventPage {
    pub rows: Vec<Row>,
    /// Where the next part begins; means nothing to clients.
    pub next: Option<String>,
    pub is_partial: bool,
}

impl EventPage {
    /// The most rows of one.
    pub const ROWS_MAX: u32 = 500;
}

/// Everything about one event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EventDetail {
    pub row: Row,
    /// As each model by itself sees it, without what came before it.
    pub models: Vec<ModelScore>,
    /// What the models read of it, the most unusual first.
    pub features: Vec<FeatureValue>,
    pub template: Option<TemplateHistory>,
    /// Of the same host, those just before it, the nearest first.
    pub before: Vec<Row>,
    /// Those just after it, the nearest first.
    pub after: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ModelScore {
    pub model: String,
    pub model_version: String,
    pub raw: f32,
    /// From 0, as usual, to 1.
    pub calibrated: f32,
    pub severity: Severity,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeatureValue {
    pub name: String,
    pub value: f32,
    /// What it usually is, where a model knows.
    pub usual: Option<f32>,
    /// How much it counts, where a model says; the largest is the strongest.
    pub weight: Option<f32>,
    /// The code of the reason that speaks of it, where the event has that reason.
    pub reason: String,
}

/// A family of messages, over the last week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TemplateHistory {
    pub template: String,
    /// What people call it.
    pub name: Option<String>,
    pub count: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    pub timeline: Vec<Bucket>,
}

/// A question that somebody wants to ask again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SavedSearch {
    pub id: String,
    pub name: String,
    pub question: String,
    pub span: Span,
    pub order: Order,
}

impl SavedSearch {
    pub const NAME_CHARACTERS_MAX: usize = 80;
    /// Of one account or session.
    pub const COUNT_MAX: usize = 100;
}
