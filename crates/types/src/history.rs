//! What the page of past days asks, and what it is answered.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// The hours of the past year, of which a page makes the reader's days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct History {
    /// When the first hour begins.
    pub from: Timestamp,
    /// When the last one ends: the present one.
    pub to: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    /// How many events there are in each hour.
    pub events: Vec<u64>,
    /// How many of them are anomalies.
    pub anomalies: Vec<u64>,
}

impl History {
    pub const HOUR_MILLIS: i64 = 60 * 60 * 1000;
    /// 53 weeks, so that a whole year is there on any day of the week.
    pub const HOURS_MAX: usize = 53 * 7 * 24;

    /// Each hour that has events: when it begins, how many there are, and how many of them are anomalies.
    pub fn hours(&self) -> impl Iterator<Item = (Timestamp, u64, u64)> {
        let start = |place: i64| self.from.saturating_add_millis(place * Self::HOUR_MILLIS);
        let counts = self.events.iter().zip(&self.anomalies);
        (0..)
            .map(start)
            .zip(counts)
            .filter(|(_, (events, _))| **events > 0)
            .map(|(start, (events, anomalies))| (start, *events, *anomalies))
    }
}
