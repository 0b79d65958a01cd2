//! A point in time: UTC, milliseconds.
//!
//! The calendar arithmetic is our own because this crate is part of the page, where a date library
//! would cost more bytes than the rest of it; it covers years 0 to 9999, which is what RFC 3339 can
//! write.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const DAY_MILLIS: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z, always within years 0 to 9999. JSON carries it as
/// RFC 3339 text in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String, format = DateTime, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"))]
pub struct Timestamp(i64);

impl Timestamp {
    pub const MIN: Self = Self(-62_167_219_200_000);
    pub const MAX: Self = Self(253_402_300_799_999);

    pub fn from_unix_millis(millis: i64) -> Option<Self> {
        let time = Self(millis);
        (Self::MIN <= time && time <= Self::MAX).then_some(time)
    }

    /// The nearest time that can be written, for arithmetic on ranges.
    pub fn saturating_from_unix_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    pub fn unix_millis(self) -> i64 {
        self.0
    }

    pub fn saturating_add_millis(self, millis: i64) -> Self {
        Self::saturating_from_unix_millis(self.0.saturating_add(millis))
    }

    /// Milliseconds since midnight UTC.
    pub fn millis_of_day(self) -> i64 {
        self.0.rem_euclid(DAY_MILLIS)
    }

    /// Days since Monday, 0 to 6.
    pub fn days_since_monday(self) -> i64 {
        // 1970-01-01 was a Thursday.
        (self.0.div_euclid(DAY_MILLIS) + 3).rem_euclid(7)
    }

    /// The UTC date and time of day, or `None` when there is no such date.
    pub fn from_civil(year: i64, month: u32, day: u32, millis_of_day: i64) -> Option<Self> {
        let is_date = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        if !is_date || !(0..DAY_MILLIS).contains(&millis_of_day) {
            return None;
        }
        Self::from_unix_millis(days_from_civil(year, month, day) * DAY_MILLIS + millis_of_day)
    }

    pub fn civil(self) -> (i64, u32, u32) {
        civil_from_days(self.0.div_euclid(DAY_MILLIS))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        let millis = self.millis_of_day();
        let (hour, minute, second) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", millis % 1000)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Says what stood where something else was expected.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("expected {expected} at byte {offset} of the time")]
pub struct TimestampError {
    pub offset: usize,
    pub expected: &'static str,
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    /// Reads RFC 3339 and its common relatives: a space for the `T`, no fraction or up to nine
    /// digits, `+0100`, and no zone at all, which means UTC.
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let mut reader = Reader { bytes: text.as_bytes(), offset: 0 };
        let year = reader.digits(4, "a year of four digits")?;
        reader.literal(b"-", "'-'")?;
        let month = reader.digits(2, "a month")?;
        reader.literal(b"-", "'-'")?;
        let day = reader.digits(2, "a day")?;
        let date_end = reader.offset;
        let mut millis_of_day = 0;
        let mut leap_millis = 0;
        let mut zone_minutes = 0;
        if reader.skip(b"Tt ") {
            let hour = reader.digits(2, "an hour")?;
            reader.literal(b":", "':'")?;
            let minute = reader.digits(2, "a minute")?;
            let mut second = 0;
            let mut fraction_millis = 0;
            if reader.skip(b":") {
                second = reader.digits(2, "a second")?;
                if reader.skip(b".,") {
                    fraction_millis = reader.fraction_millis()?;
                }
            }
            if hour > 23 || minute > 59 || second > 60 {
                return Err(TimestampError { offset: date_end + 1, expected: "a time of day" });
            }
            // A leap second is the first moment of the next minute.
            if second == 60 {
                second = 59;
                leap_millis = 1000;
            }
            millis_of_day = hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction_millis;
            zone_minutes = reader.zone_minutes()?;
        }
        if reader.offset != text.len() {
            return Err(reader.error("the end"));
        }
        let local = Self::from_civil(year, month as u32, day as u32, millis_of_day)
            .ok_or(TimestampError { offset: 0, expected: "a date of the calendar" })?;
        Self::from_unix_millis(local.0 + leap_millis - zone_minutes * 60_000)
            .ok_or(TimestampError { offset: 0, expected: "a year from 0 to 9999" })
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Reader<'_> {
    fn error(&self, expected: &'static str) -> TimestampError {
        TimestampError { offset: self.offset, expected }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn skip(&mut self, any_of: &[u8]) -> bool {
        let found = self.peek().is_some_and(|byte| any_of.contains(&byte));
        self.offset += usize::from(found);
        found
    }

    fn literal(&mut self, byte: &[u8], expected: &'static str) -> Result<(), TimestampError> {
        if self.skip(byte) { Ok(()) } else { Err(self.error(expected)) }
    }

    fn digit(&mut self) -> Option<i64> {
        let digit = self.peek().filter(u8::is_ascii_digit)?;
        self.offset += 1;
        Some(i64::from(digit - b'0'))
    }

    fn digits(&mut self, count: usize, expected: &'static str) -> Result<i64, TimestampError> {
        let start = self.offset;
        (0..count).try_fold(0, |number, _| Some(number * 10 + self.digit()?)).ok_or(TimestampError { offset: start, expected })
    }

    fn fraction_millis(&mut self) -> Result<i64, TimestampError> {
        let mut millis = 0;
        let mut weight = 100;
        let mut count = 0;
        while let Some(digit) = self.digit() {
            millis += digit * weight;
            weight /= 10;
            count += 1;
        }
        if (1..=9).contains(&count) { Ok(millis) } else { Err(self.error("one to nine digits of a fraction")) }
    }

    fn zone_minutes(&mut self) -> Result<i64, TimestampError> {
        let sign = match self.peek() {
            None => return Ok(0),
            Some(b'Z' | b'z') => {
                self.offset += 1;
                return Ok(0);
            }
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return Err(self.error("a zone: 'Z' or an offset such as +01:00")),
        };
        self.offset += 1;
        let hours = self.digits(2, "hours of the zone")?;
        self.skip(b":");
        let minutes = if self.peek().is_some() { self.digits(2, "minutes of the zone")? } else { 0 };
        if hours > 23 || minutes > 59 {
            return Err(self.error("a zone within a day"));
        }
        Ok(sign * (hours * 60 + minutes))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Years are counted from 1 March, which puts the leap day at the end, where it disturbs nothing.
fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year_from_march = year - i64::from(month <= 2);
    let months_from_march = i64::from((month + 9) % 12);
    let day_of_year = (153 * months_from_march + 2) / 5 + i64::from(day) - 1;
    let leap_days = year_from_march.div_euclid(4) - year_from_march.div_euclid(100) + year_from_march.div_euclid(400);
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    365 * year_from_march + leap_days + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let cycle = days.div_euclid(146_097);
    let day_of_cycle = days.rem_euclid(146_097);
    let year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36_524 - day_of_cycle / 146_096) / 365;
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let months_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_from_march + 2) / 5 + 1;
    let month = if months_from_march < 10 { months_from_march + 3 } else { months_from_march - 9 };
    (cycle * 400 + year_of_cycle + i64::from(month <= 2), month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, (usize, &'static str)>) {
        let expected = expected.map(str::to_owned).map_err(|(offset, expected)| TimestampError { offset, expected });
        assert_eq!(text.parse::<Timestamp>().map(|time| time.to_string()), expected, "{text}");
    }

    #[test]
    fn reads_the_usual_forms() {
        check("2026-03-01T08:30:00.250Z", Ok("2026-03-01T08:30:00.250Z"));
        check("2026-03-01 08:30:00", Ok("2026-03-01T08:30:00.000Z"));
        check("2026-03-01T08:30", Ok("2026-03-01T08:30:00.000Z"));
        check("2026-03-01", Ok("2026-03-01T00:00:00.000Z"));
        check("2026-03-01T00:30:00.123456789+01:00", Ok("2026-02-28T23:30:00.123Z"));
        check("2026-03-01T08:30:00,5-0330", Ok("2026-03-01T12:00:00.500Z"));
        check("2016-12-31T23:59:60Z", Ok("2017-01-01T00:00:00.000Z"));
        check("0000-01-01T00:00:00Z", Ok("0000-01-01T00:00:00.000Z"));
        check("9999-12-31T23:59:59.999Z", Ok("9999-12-31T23:59:59.999Z"));
    }

    #[test]
    fn says_where_and_what_it_expected() {
        check("", Err((0, "a year of four digits")));
        check("2026-1-01", Err((5, "a month")));
        check("2026-02-30", Err((0, "a date of the calendar")));
        check("2026-03-01T25:00:00Z", Err((11, "a time of day")));
        check("2026-03-01T08:30:00 PM", Err((19, "a zone: 'Z' or an offset such as +01:00")));
        check("2026-03-01T08:30:00Zulu", Err((20, "the end")));
        check("9999-12-31T23:59:59-01:00", Err((0, "a year from 0 to 9999")));
    }

    #[test]
    fn every_day_of_the_calendar_converts_there_and_back() {
        let mut days = 0;
        for year in 0..=9999 {
            for month in 1..=12 {
                for day in [1, days_in_month(year, month)] {
                    let time = Timestamp::from_civil(year, month, day, 0).unwrap();
                    assert_eq!(time.civil(), (year, month, day));
                    days += 1;
                }
            }
        }
        assert_eq!(days, 240_000);
        assert_eq!(Timestamp::from_civil(1970, 1, 1, 0).map(Timestamp::unix_millis), Some(0));
    }

    #[test]
    fn weeks_start_on_monday() {
        let monday: Timestamp = "2026-03-02T12:00:00Z".parse().unwrap();
        assert_eq!(monday.days_since_monday(), 0);
        assert_eq!(monday.saturating_add_millis(-DAY_MILLIS).days_since_monday(), 6);
    }
}
