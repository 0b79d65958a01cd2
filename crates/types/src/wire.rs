//! What travels between the server and its clients: the answer to an ingest, the overview, and the
//! live feed.
//!
//! Numbers are of fixed width; anything that can pass 2^53 travels as text.

use std::iter::Sum;

use serde::{Deserialize, Serialize};

use crate::{Scored, Severity, Span, TemplateId, Timestamp, Verdict};

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
    /// When this was asked; the range may end later.
    pub as_of: Timestamp,
    /// The latest arrivals, newest first.
    pub newest: Vec<Row>,
    /// The newest anomalies of the range, newest first.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub findings: Vec<Row>,
    /// The patterns whose events are no findings, however unusual.
    pub muted: Vec<TemplateId>,
    pub learning: Learning,
    /// Where the live feed takes over without a gap.
    pub last_seq: Seq,
}

impl Overview {
    /// How much of the range is over.
    pub fn covered_millis(&self) -> i64 {
        (self.as_of.min(self.to).unix_millis() - self.from.unix_millis()).max(0)
    }

    /// How many events came in a second, on average over what is over of the range; `None` where nothing of it is.
    pub fn events_per_second(&self) -> Option<f64> {
        let millis = self.covered_millis();
        (millis > 0).then(|| self.tally.events() as f64 * 1000.0 / millis as f64)
    }

    /// Which share of the events is unusual; `None` where there is none.
    pub fn anomaly_share(&self) -> Option<f64> {
        let events = self.tally.events();
        (events > 0).then(|| self.tally.anomalies() as f64 / events as f64)
    }
}

/// What the events of a range are made of, and where its anomalies are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Breakdown {
    pub span: Span,
    /// When this was asked.
    pub as_of: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    /// How many scores lie in each of the equal parts of 0 to 1.
    #[cfg_attr(feature = "openapi", schema(min_items = 50, max_items = 50))]
    pub scores: Vec<u64>,
    /// Where the bands of the scale begin, the lowest first.
    #[cfg_attr(feature = "openapi", schema(max_items = 4))]
    pub thresholds: Vec<Threshold>,
    /// From debug to critical.
    pub by_level: [u64; 5],
    /// Those with the most anomalies, the most first.
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub hosts: Vec<Leader>,
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub sources: Vec<Leader>,
    #[cfg_attr(feature = "openapi", schema(max_items = 5))]
    pub templates: Vec<Leader>,
    /// How many hosts sent something in each of some equal parts of the range, the earliest first.
    #[cfg_attr(feature = "openapi", schema(max_items = 32))]
    pub hosts_over_time: Vec<u64>,
}

impl Breakdown {
    pub const SCORE_PARTS: u32 = 50;
    pub const LEADERS_MAX: usize = 5;

    /// The lowest score of a part.
    pub fn part_from(part: usize) -> f64 {
        part as f64 / f64::from(Self::SCORE_PARTS)
    }
}

/// Where a band of a scale begins.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Threshold {
    pub severity: Severity,
    pub from: f64,
}

/// A value of a field that many anomalies have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Leader {
    pub value: String,
    /// What people call it, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    pub anomalies: u64,
    /// Anomalies and others.
    pub events: u64,
    pub worst: Option<Severity>,
}

/// The `collector` of the built-in generator's events, by which a page knows a demonstration.
pub const DEMO_COLLECTOR: &str = "radar-demo";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Range;

    fn overview(from: i64, to: i64, as_of: i64, events: u64) -> Overview {
        let time = Timestamp::saturating_from_unix_millis;
        let mut tally = Tally::default();
        tally.add(Some(Severity::Safe), events - events / 4);
        tally.add(Some(Severity::High), events / 4);
        Overview {
            span: Span::Last(Range::Hour),
            from: time(from),
            to: time(to),
            is_partial: false,
            tally,
            hosts: 0,
            timeline: Vec::new(),
            as_of: time(as_of),
            newest: Vec::new(),
            findings: Vec::new(),
            muted: Vec::new(),
            learning: Learning::default(),
            last_seq: Seq(0),
        }
    }

    #[test]
    fn a_rate_is_that_of_the_time_that_is_over() {
        assert_eq!(overview(0, 60_000, 30_000, 60).events_per_second(), Some(2.0));
        assert_eq!(overview(0, 60_000, 90_000, 60).events_per_second(), Some(1.0), "the range ended before");
        assert_eq!(overview(60_000, 90_000, 30_000, 0).events_per_second(), None, "nothing of it is over");
        assert_eq!(overview(60_000, 90_000, 60_000, 0).events_per_second(), None);
    }

    #[test]
    fn nothing_has_no_share() {
        assert_eq!(overview(0, 1, 1, 0).anomaly_share(), None);
        assert_eq!(overview(0, 1, 1, 8).anomaly_share(), Some(0.25));
    }

    #[test]
    fn the_parts_of_scores_begin_where_people_count() {
        assert_eq!((Breakdown::part_from(0), Breakdown::part_from(25), Breakdown::part_from(45)), (0.0, 0.5, 0.9));
    }
}
