//! Which time a page shows, as its address says it: so long until now, or from one time to another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Timestamp;
use crate::query::Period;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How wide a bar of a timeline may be: what people count in.
const BAR_MILLIS: [i64; 19] = [
    10,
    100,
    SECOND,
    5 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    30 * DAY,
    91 * DAY,
    365 * DAY,
];
/// The most bars of a timeline, give or take one at each end.
const BARS: i64 = 96;

/// How much of the past a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Range {
    QuarterHour,
    #[default]
    Hour,
    QuarterDay,
    Day,
    Week,
    Month,
    Quarter,
}

impl Range {
    pub const ALL: [Self; 7] = [Self::QuarterHour, Self::Hour, Self::QuarterDay, Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The name it has in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::QuarterHour => "15m",
            Self::Hour => "1h",
            Self::QuarterDay => "6h",
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|range| range.name() == name)
    }

    pub fn millis(self) -> i64 {
        match self {
            Self::QuarterHour => 15 * MINUTE,
            Self::Hour => HOUR,
            Self::QuarterDay => 6 * HOUR,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
            Self::Quarter => 90 * DAY,
        }
    }
}

/// Travels as text: `1h`, or `1767225600000-1767229200000`, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Span {
    /// Until now, however late that is.
    Last(Range),
    Between(Period),
}

impl Default for Span {
    fn default() -> Self {
        Self::Last(Range::default())
    }
}

impl Span {
    /// From one of these to the other, whichever is the earlier.
    pub fn between(one: Timestamp, other: Timestamp) -> Self {
        let (from, to) = (one.min(other), one.max(other));
        // Of no time at all there is nothing to see.
        Self::Between(Period { from, to: to.max(from.saturating_add_millis(1)) })
    }

    /// Up to now it is whole bars, the last of which holds the present moment.
    pub fn period(self, now: Timestamp) -> Period {
        match self {
            Self::Last(range) => {
                let bar = bar_millis(range.millis());
                let to = Timestamp::saturating_from_unix_millis((now.unix_millis().div_euclid(bar) + 1) * bar);
                Period { from: to.saturating_add_millis(-range.millis()), to }
            }
            Self::Between(period) => period,
        }
    }

    pub fn is_live(self) -> bool {
        matches!(self, Self::Last(_))
    }
}

impl Period {
    pub fn millis(&self) -> i64 {
        self.to.unix_millis() - self.from.unix_millis()
    }

    /// How wide a bar of its timeline is.
    pub fn bar_millis(&self) -> i64 {
        bar_millis(self.millis())
    }

    /// The period of the same length just before it.
    #[must_use]
    pub fn before(&self) -> Self {
        Self { from: self.from.saturating_add_millis(-self.millis()), to: self.from }
    }
}

fn bar_millis(millis: i64) -> i64 {
    let widest = BAR_MILLIS[BAR_MILLIS.len() - 1];
    BAR_MILLIS.into_iter().find(|bar| millis <= bar * BARS).unwrap_or_else(|| widest * (millis / (widest * BARS) + 1))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a range of time is one of 15m, 1h, 6h, 24h, 7d, 30d and 90d, or two times in milliseconds since 1970 with - between them")]
pub struct SpanError;

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Last(range) => f.write_str(range.name()),
            Self::Between(Period { from, to }) => write!(f, "{}-{}", from.unix_millis(), to.unix_millis()),
        }
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        if let Some(range) = Range::from_name(text) {
            return Ok(Self::Last(range));
        }
        let time = |digits: &str| {
            let is_time = (1..=13).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
            let millis = digits.parse().ok().filter(|_| is_time)?;
            Timestamp::from_unix_millis(millis)
        };
        let (from, to) = text.split_once('-').ok_or(SpanError)?;
        Ok(Self::between(time(from).ok_or(SpanError)?, time(to).ok_or(SpanError)?))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Span {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        let pattern = "^(15m|1h|6h|24h|7d|30d|90d|[0-9]{1,13}-[0-9]{1,13})$";
        let text = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::schema::Type::String);
        text.pattern(Some(pattern)).description(Some("A range of time")).into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Span {}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_past_is_whole_bars_and_holds_the_present() {
        for range in Range::ALL {
            for now in ["2026-03-01T08:31:07.250Z", "2026-03-01T00:00:00Z"].map(time) {
                let period = Span::Last(range).period(now);
                let bars = period.millis() / period.bar_millis();
                assert!(period.contains(now), "{range:?}");
                assert_eq!(period.millis(), range.millis());
                assert_eq!(period.from.unix_millis() % period.bar_millis(), 0, "{range:?}");
                assert!((60..=96).contains(&bars), "{range:?} has {bars} bars");
            }
        }
    }

    #[test]
    fn any_period_has_a_picture() {
        for millis in [1, 959, 961, 3_600_000, 86_400_000, 1 << 40, 9_999_999_999_999, i64::MAX >> 10] {
            let period = Period { from: Timestamp::MIN, to: Timestamp::MIN.saturating_add_millis(millis) };
            assert!(period.millis() / period.bar_millis() <= BARS, "{millis}");
        }
    }

    #[test]
    fn spans_travel_as_text() {
        let hour = Span::between(time("2026-01-01T00:00:00Z"), time("2026-01-01T01:00:00Z"));
        assert_eq!(hour.to_string(), "1767225600000-1767229200000");
        for span in Range::ALL.map(Span::Last).into_iter().chain([hour]) {
            assert_eq!(span.to_string().parse(), Ok(span));
        }
        assert_eq!("2-1".parse(), Ok(Span::between(time("1970-01-01T00:00:00.001Z"), time("1970-01-01T00:00:00.002Z"))));
        for text in ["", "1", "2h", "-", "1-", "-1", "+1-2", "1-2-3", "12345678901234-1", "1 - 2"] {
            assert_eq!(text.parse::<Span>(), Err(SpanError), "{text}");
        }
    }

    #[test]
    fn the_past_of_a_period_is_as_long() {
        let Span::Between(period) = "1000-4000".parse().unwrap() else { panic!("a period") };
        assert_eq!(period.before().millis(), 3000);
        assert_eq!(period.before().to, period.from);
    }
}
