//! Times as logs write them, found at the beginning of a line or anywhere in it.
//!
//! Every form has a fixed shape that its first run of digits or its first letters tell, so a time is
//! read in one pass over its bytes, and a line without one is passed over once. A time of day alone
//! is refused: without a day it is no time.

#[path = "time/cursor.rs"]
mod cursor;

use radar_types::Timestamp;

use super::Assumed;
use cursor::{Cursor, TimeOfDay};

const DAY_MILLIS: i64 = 86_400_000;
/// Seconds since 1970 of a bare number that is taken for a time: from 2001, when they came to have
/// ten digits, to 2040.
const EPOCH_SECONDS: std::ops::Range<i64> = 1_000_000_000..2_208_988_800;
/// A time is looked for in so much of a line.
const SEARCH_BYTES_MAX: usize = 4096;
/// A bare number is taken for a time only among the first words of a line.
const EPOCH_WORDS_MAX: usize = 8;

/// What is needed to read times that leave something open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// A year that is not written is the latest one that leads no further than here.
    latest: Timestamp,
    order: Order,
    /// Whether a date that doesn't fit the order is refused instead of read in one that it fits.
    is_strict: bool,
}

/// The order in which an input writes the parts of its dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Order {
    /// In `3/11/2026`.
    is_day_first: bool,
    /// What comes first in `26/11/03`.
    short: ShortOrder,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ShortOrder {
    #[default]
    Year,
    Month,
    Day,
}

/// A time in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    pub(super) time: Timestamp,
    pub(super) assumed: Assumed,
    pub(super) start: usize,
    /// The offset behind it.
    pub(super) end: usize,
}

/// A date as it was written.
#[derive(Clone, Copy)]
struct Date {
    year: Option<i64>,
    month: i64,
    day: i64,
}

impl Order {
    /// The order that most of some lines allow.
    pub(super) fn of<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone, now: Timestamp) -> Self {
        let fitting = |order: Self| {
            let clock = Clock { is_strict: true, ..Clock::new(now, order) };
            lines.clone().filter(|line| clock.find(line).is_some_and(|stamp| stamp.time <= clock.latest)).count()
        };
        let mut best = (fitting(Self::default()), Self::default());
        for is_day_first in [false, true] {
            for short in [ShortOrder::Year, ShortOrder::Month, ShortOrder::Day] {
                let order = Self { is_day_first, short };
                let count = fitting(order);
                if count > best.0 {
                    best = (count, order);
                }
            }
        }
        best.1
    }
}

impl Clock {
    pub(super) fn new(now: Timestamp, order: Order) -> Self {
        Self { latest: now.saturating_add_millis(DAY_MILLIS), order, is_strict: false }
    }

    /// The first time in a line. A bare number of seconds counts less than a written date, unless
    /// the line begins with it.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<Stamp> {
        let bytes = &bytes[..bytes.len().min(SEARCH_BYTES_MAX)];
        let mut epoch = None;
        let mut words = 0;
        let mut before = b' ';
        for (at, byte) in bytes.iter().enumerate() {
            let is_candidate = match byte {
                b'0'..=b'9' => !before.is_ascii_alphanumeric() && !matches!(before, b'.' | b'-' | b'_' | b'/' | b'+' | b'%' | b'$'),
                b'A'..=b'Z' | b'a'..=b'z' => !before.is_ascii_alphanumeric(),
                b'@' => before == b' ',
                _ => false,
            };
            words += usize::from(byte.is_ascii_whitespace() && !before.is_ascii_whitespace());
            before = *byte;
            if !is_candidate {
                continue;
            }
            if let Some(stamp) = self.date_at(bytes, at) {
                return Some(stamp);
            }
            if epoch.is_none() && words <= EPOCH_WORDS_MAX && byte.is_ascii_digit() {
                epoch = epoch_at(bytes, at).filter(|stamp| at <= 2 || stamp.time <= self.latest);
                let is_leading = |stamp: &Stamp| {
                    // A label may stand in front, and the same date again behind.
                    at <= 2 || (words <= 1 && matches!(bytes.get(stamp.end..), Some([b' ', b'1' | b'2', ..])))
                };
                if epoch.as_ref().is_some_and(is_leading) {
                    return epoch;
                }
            }
        }
        epoch
    }

    /// The time that stands at an offset.
    pub(super) fn at(&self, bytes: &[u8], start: usize) -> Option<Stamp> {
        self.date_at(bytes, start).or_else(|| epoch_at(bytes, start))
    }

    fn date_at(&self, bytes: &[u8], start: usize) -> Option<Stamp> {
        let cursor = Cursor { bytes, at: start };
        match bytes.get(start)? {
            b'0'..=b'9' => match cursor.digit_count() {
                1 | 2 => self.day_or_month_first(cursor),
                4 => self.year_first(cursor),
                6 => self.short_compact(cursor),
                8 => self.compact(cursor),
                14 => self.long_compact(cursor),
                _ => None,
            },
            b'A'..=b'Z' | b'a'..=b'z' => self.name_first(cursor),
            b'@' => tai64n(cursor),
            _ => None,
        }
        .map(|stamp| Stamp { start, ..stamp })
    }

    /// `2026-11-03T12:00:01`, `2026/11/03 12:00:01`, `2005-06-03-15.42.50.363779`, `2026 Nov 03 12:00:01`,
    /// and the day of the year in `2026-307T12:00:01`.
    fn year_first(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        let year = cursor.number(4)?;
        let separator = cursor.take(b"-/. ")?;
        if separator == b'-' && cursor.digit_count() == 3 {
            let date = day_of_year(year, cursor.number(3)?)?;
            return self.with_time(cursor, date);
        }
        let month = match cursor.peek()? {
            b'0'..=b'9' if separator != b' ' => cursor.short_number()?,
            _ => cursor.month_name()?,
        };
        cursor.literal(separator)?;
        cursor.skip_spaces();
        let day = cursor.short_number()?;
        self.with_time(cursor, Date { year: Some(year), month, day })
    }

    /// `20171223-22:15:29:606`, `20261103T120001Z`, `20261103.120001,672`.
    fn compact(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        let date = compact_date(&mut cursor)?;
        if cursor.take(b".").is_some() {
            let time = cursor.time_of_day()?;
            return self.finish(cursor, date, time);
        }
        self.with_time(cursor, date)
    }

    /// `20261103120001`.
    fn long_compact(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        let date = compact_date(&mut cursor)?;
        let time = cursor.time_of_day()?;
        self.finish(cursor, date, time)
    }

    /// `081109 203615`, `081109  9:05:12`.
    fn short_compact(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        let year = cursor.number(2)?;
        let (month, day) = (cursor.number(2)?, cursor.number(2)?);
        self.with_time(cursor, Date { year: Some(long_year(year)), month, day })
    }

    fn day_or_month_first(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        let first = cursor.short_number()?;
        let separator = cursor.take(b"/-. ")?;
        if !cursor.peek()?.is_ascii_digit() {
            return self.day_then_name(cursor, first, separator);
        }
        // Many lines hold small numbers one behind another.
        if separator == b' ' {
            return None;
        }
        let second = cursor.short_number()?;
        if cursor.peek()? != separator || (separator == b'-' && self.is_time_next(cursor)) {
            // `10.30 16:49:06`, `12/28-12:55:38.765402`, `03-17 16:13:38.811`.
            let (month, day) =
                if first > 12 || (separator == b'/' && self.order.is_day_first) { (second, first) } else { (first, second) };
            return self.with_time(cursor, Date { year: None, month, day });
        }
        cursor.at += 1;
        let date = match cursor.digit_count() {
            4 => {
                let year = cursor.number(4)?;
                let is_day_first = self.order.is_day_first || separator == b'.';
                self.ordered(&[(is_day_first, year, second, first), (!is_day_first, year, first, second)])
            }
            2 => {
                let third = cursor.number(2)?;
                let order = if separator == b'.' { ShortOrder::Day } else { self.order.short };
                self.ordered(&[
                    (order == ShortOrder::Year, long_year(first), second, third),
                    (order == ShortOrder::Month, long_year(third), first, second),
                    (order == ShortOrder::Day, long_year(third), second, first),
                ])
            }
            _ => None,
        };
        self.with_time(cursor, date?)
    }

    /// The date in the order of the input, or else in one in which it is a date: each as whether it
    /// is the order of the input, with year, month and day.
    fn ordered(&self, readings: &[(bool, i64, i64, i64)]) -> Option<Date> {
        let is_date =
            |(_, year, month, day): &&(bool, i64, i64, i64)| Timestamp::from_civil(*year, *month as u32, *day as u32, 0).is_some();
        let usual = readings.iter().filter(|(is_usual, ..)| *is_usual).find(is_date);
        let other = || readings.iter().filter(|_| !self.is_strict).find(is_date);
        let (_, year, month, day) = usual.or_else(other)?;
        Some(Date { year: Some(*year), month: *month, day: *day })
    }

    /// `03/Nov/2026:12:00:01 +0100`, `19-Oct-2022 05:34:02.425`, `3 Nov 2026 12:00:01`, `03 Nov 12:00:01`.
    fn day_then_name(&self, mut cursor: Cursor<'_>, day: i64, separator: u8) -> Option<Stamp> {
        let month = cursor.month_name()?;
        cursor.literal(separator)?;
        let year = match cursor.digit_count() {
            4 => Some(cursor.number(4)?),
            2 if separator != b' ' => Some(long_year(cursor.number(2)?)),
            _ if separator == b' ' => {
                // The time stands behind this space.
                cursor.at -= 1;
                None
            }
            _ => return None,
        };
        self.with_time(cursor, Date { year, month, day })
    }

    /// `Nov  3 12:00:01`, `Nov 3 2026 12:00:01`, `Thu Jun 09 06:07:04 2005`, `I0311 10:58:01.123456`.
    fn name_first(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        if cursor.bytes.get(cursor.at + 1)?.is_ascii_digit() {
            return self.letter_first(cursor);
        }
        if cursor.weekday() && cursor.peek()?.is_ascii_digit() {
            return match cursor.digit_count() {
                4 => self.year_first(cursor),
                1 | 2 => self.day_or_month_first(cursor),
                _ => None,
            };
        }
        let month = cursor.month_name()?;
        cursor.take(b" -/")?;
        cursor.skip_spaces();
        let day = cursor.short_number()?;
        let mut behind = cursor;
        behind.take(b",");
        behind.take(b" -/");
        let year = if behind.digit_count() == 4 { Some(behind.number(4)?) } else { None };
        if year.is_some() {
            cursor = behind;
        }
        self.with_time(cursor, Date { year, month, day })
    }

    /// The level in a letter, month and day, as the loggers of Google's programs write them.
    fn letter_first(&self, mut cursor: Cursor<'_>) -> Option<Stamp> {
        cursor.take(b"IWEFD")?;
        if cursor.digit_count() != 4 {
            return None;
        }
        let (month, day) = (cursor.number(2)?, cursor.number(2)?);
        self.with_time(cursor, Date { year: None, month, day })
    }

    fn is_time_next(&self, cursor: Cursor<'_>) -> bool {
        Cursor { at: cursor.at + 1, ..cursor }.time_of_day().is_some()
    }

    /// Reads what stands between a date and the time of day, and all that follows.
    fn with_time(&self, mut cursor: Cursor<'_>, date: Date) -> Option<Stamp> {
        cursor.take(b",");
        if cursor.take(b"Tt-_:").is_none() && !cursor.skip_spaces() {
            return None;
        }
        let time = cursor.time_of_day()?;
        self.finish(cursor, date, time)
    }

    fn finish(&self, mut cursor: Cursor<'_>, mut date: Date, time: TimeOfDay) -> Option<Stamp> {
        let mut zone_minutes = cursor.zone();
        if date.year.is_none()
            && let Some(year) = cursor.year_behind()
        {
            date.year = Some(year);
            zone_minutes = zone_minutes.or_else(|| cursor.zone());
        }
        let offset_millis = time.leap_millis - zone_minutes.unwrap_or(0) * 60_000;
        let in_year = |year| {
            let local = Timestamp::from_civil(year, date.month as u32, date.day as u32, time.millis)?;
            Timestamp::from_unix_millis(local.unix_millis() + offset_millis)
        };
        let moment = match date.year {
            Some(year) => in_year(year),
            // A leap day may be eight years back.
            None => {
                let latest_year = self.latest.civil().0;
                (0..=8).filter_map(|back| in_year(latest_year - back)).find(|moment| *moment <= self.latest)
            }
        };
        let assumed = Assumed { year: date.year.is_none(), zone: zone_minutes.is_none() };
        moment.map(|time| Stamp { time, assumed, start: cursor.at, end: cursor.at })
    }
}

/// The time of an access log, `03/Nov/2026:12:00:01 +0100` and nothing else: the same as
/// [`Clock::at`] reads, in a fraction of the time.
pub(super) fn access_time(bytes: &[u8; 26]) -> Option<Timestamp> {
    let [d0, d1, b'/', m0, m1, m2, b'/', y0, y1, y2, y3, b':', h0, h1, b':', n0, n1, b':', s0, s1, b' ', sign, z0, z1, z2, z3] =
        *bytes
    else {
        return None;
    };
    let digits = [d0, d1, y0, y1, y2, y3, h0, h1, n0, n1, s0, s1, z0, z1, z2, z3];
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let month = cursor::month_of([m0, m1, m2])?;
    let (hour, minute, second) = (two(h0, h1), two(n0, n1), two(s0, s1));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let zone_minutes = two(z0, z1) * 60 + two(z2, z3);
    let zone_minutes = match sign {
        b'+' => zone_minutes,
        b'-' => -zone_minutes,
        _ => return None,
    };
    let millis = (hour * 3600 + minute * 60 + second) * 1000;
    let local = Timestamp::from_civil(two(y0, y1) * 100 + two(y2, y3), month as u32, two(d0, d1) as u32, millis)?;
    Timestamp::from_unix_millis(local.unix_millis() - zone_minutes * 60_000)
}

/// The date of a day counted from the first of its year.
fn day_of_year(year: i64, day: i64) -> Option<Date> {
    let first = Timestamp::from_civil(year, 1, 1, 0)?;
    let moment = Timestamp::from_unix_millis(first.unix_millis() + (day - 1) * DAY_MILLIS)?;
    let (its_year, month, day) = moment.civil();
    (its_year == year).then_some(Date { year: Some(year), month: i64::from(month), day: i64::from(day) })
}

fn compact_date(cursor: &mut Cursor<'_>) -> Option<Date> {
    let year = cursor.number(4).filter(|year| (1970..2100).contains(year))?;
    let (month, day) = (cursor.number(2)?, cursor.number(2)?);
    Some(Date { year: Some(year), month, day })
}

fn long_year(year: i64) -> i64 {
    if year < 70 { 2000 + year } else { 1900 + year }
}

/// A number of seconds, milli-, micro- or nanoseconds since 1970, each told by its length.
fn epoch_at(bytes: &[u8], start: usize) -> Option<Stamp> {
    let mut cursor = Cursor { bytes, at: start };
    let count = cursor.digit_count();
    let per_second: i64 = match count {
        10 => 1,
        13 => 1000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    let number = cursor.number(count)?;
    if !EPOCH_SECONDS.contains(&(number / per_second)) {
        return None;
    }
    let mut millis = if per_second < 1000 { number * 1000 } else { number / (per_second / 1000) };
    if let Some(fraction_millis) = cursor.fraction_millis().filter(|_| per_second == 1) {
        millis += fraction_millis;
    }
    let is_whole = cursor.peek().is_none_or(|byte| byte.is_ascii_whitespace() || b".,;:|])}\"'>".contains(&byte));
    let time = Timestamp::from_unix_millis(millis).filter(|_| is_whole)?;
    Some(Stamp { time, assumed: Assumed::default(), start, end: cursor.at })
}

/// `@4000000065f2b3c12a1b2c3d`: seconds and nanoseconds in hexadecimal digits, as daemontools write them.
fn tai64n(cursor: Cursor<'_>) -> Option<Stamp> {
    const LABEL_OF_1970: u64 = (1 << 62) + 10;
    let digits = cursor.bytes.get(cursor.at + 1..cursor.at + 25)?;
    let hexadecimal = |digits: &[u8]| {
        digits.iter().try_fold(0_u64, |number, digit| Some(number << 4 | u64::from(char::from(*digit).to_digit(16)?)))
    };
    let seconds = i64::try_from(hexadecimal(&digits[..16])?.checked_sub(LABEL_OF_1970)?).ok()?;
    let nanos = i64::try_from(hexadecimal(&digits[16..])?).ok()?;
    let time = Timestamp::from_unix_millis(seconds.checked_mul(1000)?.checked_add(nanos / 1_000_000)?)?;
    Some(Stamp { time, assumed: Assumed::default(), start: cursor.at, end: cursor.at + 25 })
}

#[cfg(test)]
#[path = "time_tests.rs"]
mod tests;
