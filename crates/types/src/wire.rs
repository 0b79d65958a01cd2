//! What travels between the server and its clients: the answer to an ingest, the overview, and the
//! live feed.
//!
//! Numbers are of fixed width; anything that can pass 2^53 travels as text.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::{Scored, Severity, Span, Timestamp, Verdict};

/// The answer to `POST /api/ingest`. `accepted + duplicates + rejected` is the number of records
/// that were sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestAnswer {
    /// New events, on disk when this arrives.
    pub accepted: u32,
    /// Events that were there already.
    pub duplicates: u32,
    pub rejected: u32,
    /// The first of the rejected records, each with its reason.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub rejects: Vec<Reject>,
}

impl IngestAnswer {
    pub const REJECTS_LISTED_MAX: usize = 100;
}

/// A record that was not understood, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reject {
    /// Counts from 0: the position in the JSON array, or of the line in NDJSON.
    pub index: u64,
    pub expected: String,
    pub found: String,
}

/// What any failed request answers, beside its status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// Stable, for programs.
    pub code: String,
    /// For people: what happened and what to do.
    pub message: String,
}

/// A place in the order in which events arrived. Travels as text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, pattern = "^[0-9]{1,19}$"))]
pub struct Seq(pub u64);

impl Serialize for Seq {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Seq {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// A row of the event table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Row {
    pub seq: Seq,
    /// `None` where there is no score.
    pub severity: Option<Severity>,
    pub scored: Scored,
    /// What a person said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// A message of the live feed: what one or more commits added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveUpdate {
    /// The last event this message covers; the feed resumes after it.
    pub last_seq: Seq,
    /// How many events were added, listed here or not.
    pub added: u32,
    /// The newest of them, newest first; not all where they are many.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub rows: Vec<Row>,
}

impl LiveUpdate {
    pub const ROWS_MAX: usize = 100;
}

/// How many events of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Tally {
    pub unscored: u64,
    /// From safe to critical.
    pub by_severity: [u64; 5],
}

impl Tally {
    pub fn events(&self) -> u64 {
        self.unscored + self.by_severity.iter().sum::<u64>()
    }

    pub fn of(&self, severity: Severity) -> u64 {
        self.by_severity[severity as usize]
    }

    pub fn anomalies(&self) -> u64 {
        Severity::ALL.into_iter().filter(|severity| severity.is_anomaly()).map(|severity| self.of(severity)).sum()
    }

    pub fn add(&mut self, severity: Option<Severity>, count: u64) {
        match severity {
            Some(severity) => self.by_severity[severity as usize] += count,
            None => self.unscored += count,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |mut sum, tally| {
            sum.unscored += tally.unscored;
            sum.by_severity.iter_mut().zip(tally.by_severity).for_each(|(sum, count)| *sum += count);
            sum
        })
    }
}

/// One bar of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bucket {
    pub start: Timestamp,
    pub tally: Tally,
}

/// How far a live stream is from knowing what is usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Learning {
    pub events: u64,
    /// Until there were so many events, in so many minutes, what is new counts less.
    pub events_needed: u64,
    /// In which something arrived.
    pub minutes: u64,
    pub minutes_needed: u64,
}

impl Learning {
    pub fn is_over(&self) -> bool {
        self.events >= self.events_needed && self.minutes >= self.minutes_needed
    }

    /// From 0 at the start to 1 when it is over.
    pub fn share(&self) -> f32 {
        let of = |count: u64, needed: u64| count.min(needed) as f32 / needed.max(1) as f32;
        of(self.events, self.events_needed).min(of(self.minutes, self.minutes_needed))
    }
}

/// The first page in one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Overview {
    pub span: Span,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    pub tally: Tally,
    pub hosts: u64,
    /// Every bar of the range, empty ones included.
    pub timeline: Vec<Bucket>,
    /// The latest arrivals, newest first.
    pub newest: Vec<Row>,
    pub learning: Learning,
    /// Where the live feed takes over without a gap.
    pub last_seq: Seq,
}

/// The `collector` of the built-in generator's events, by which a page knows a demonstration.
pub const DEMO_COLLECTOR: &str = "radar-demo";
