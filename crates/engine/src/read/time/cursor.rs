//! The parts of a written time: numbers, names, the time of day, the zone.

const FULL_MONTHS: [&str; 12] =
    ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];
const FULL_DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Names of zones in wide use, with the minutes they are ahead of UTC. Where two places share a name
/// the one with more people's logs has it.
const ZONES: [(&str, i64); 33] = [
    ("UTC", 0),
    ("GMT", 0),
    ("UCT", 0),
    ("WET", 0),
    ("WEST", 60),
    ("BST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("MEZ", 60),
    ("MESZ", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("IST", 330),
    ("PKT", 300),
    ("ICT", 420),
    ("WIB", 420),
    ("HKT", 480),
    ("SGT", 480),
    ("AWST", 480),
    ("JST", 540),
    ("KST", 540),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("PST", -480),
    ("PDT", -420),
];

#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

#[derive(Clone, Copy)]
pub(super) struct TimeOfDay {
    pub(super) millis: i64,
    /// A leap second is the first moment of the next minute.
    pub(super) leap_millis: i64,
}

impl Cursor<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Passes over a byte that is one of some.
    pub(super) fn take(&mut self, any_of: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| any_of.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn literal(&mut self, byte: u8) -> Option<u8> {
        self.take(&[byte])
    }

    /// Whether there were any.
    pub(super) fn skip_spaces(&mut self) -> bool {
        let start = self.at;
        // More than a few don't belong to one time.
        while self.at < start + 4 && self.take(b" \t").is_some() {}
        self.at > start
    }

    /// The length of the run of digits that comes next, as far as it matters.
    pub(super) fn digit_count(&self) -> usize {
        self.bytes[self.at.min(self.bytes.len())..].iter().take(20).take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// A number of so many digits, of which there may be at most 19.
    pub(super) fn number(&mut self, digits: usize) -> Option<i64> {
        let mut number: i64 = 0;
        for byte in self.bytes.get(self.at..self.at + digits)? {
            if !byte.is_ascii_digit() {
                return None;
            }
            number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
        }
        self.at += digits;
        Some(number)
    }

    /// A number of one or two digits.
    pub(super) fn short_number(&mut self) -> Option<i64> {
        let digits = self.digit_count();
        if (1..=2).contains(&digits) { self.number(digits) } else { None }
    }

    /// `Nov`, `nov`, `November`; counted from 1.
    pub(super) fn month_name(&mut self) -> Option<i64> {
        let name = self.bytes.get(self.at..self.at + 3)?;
        let month = month_of([name[0], name[1], name[2]])?;
        self.rest_of_name(FULL_MONTHS[month as usize - 1])?;
        Some(month)
    }

    /// Passes over `Thu`, `Thu,` or `Thursday` with the spaces behind it, and says whether it was there.
    pub(super) fn weekday(&mut self) -> bool {
        let Some(name) = self.bytes.get(self.at..self.at + 3) else { return false };
        let Some(full) = FULL_DAYS.iter().find(|full| full.as_bytes()[..3].eq_ignore_ascii_case(name)) else { return false };
        let start = self.at;
        if self.rest_of_name(full).is_none() {
            return false;
        }
        self.take(b",");
        let is_day = self.skip_spaces();
        if !is_day {
            self.at = start;
        }
        is_day
    }

    /// Passes over a name that is written out or cut to its first letters.
    fn rest_of_name(&mut self, full: &str) -> Option<()> {
        let length = self.bytes[self.at..].iter().take(10).take_while(|byte| byte.is_ascii_alphabetic()).count();
        let name = &self.bytes[self.at..self.at + length];
        if length > full.len() || !full.as_bytes()[..length].eq_ignore_ascii_case(name) {
            return None;
        }
        self.at += length;
        self.take(b".");
        Some(())
    }

    /// `12:00:01.123456`, `12:00`, `15.42.50`, `120001`, `1:00:01 PM`.
    pub(super) fn time_of_day(&mut self) -> Option<TimeOfDay> {
        let start = self.at;
        let time = self.any_time_of_day();
        if time.is_none() {
            self.at = start;
        }
        time
    }

    fn any_time_of_day(&mut self) -> Option<TimeOfDay> {
        if self.digit_count() == 6 {
            let (hour, minute, second) = (self.number(2)?, self.number(2)?, self.number(2)?);
            let fraction_millis = self.fraction_millis().unwrap_or(0);
            return time_of(hour, minute, second, fraction_millis);
        }
        let mut hour = self.short_number()?;
        let separator = self.take(b":.")?;
        // Few write `7:5:9`, and none `7:5`.
        let minute_digits = self.digit_count();
        let minute = self.short_number()?;
        let mut second = 0;
        let mut fraction_millis = 0;
        if self.peek() == Some(separator) {
            self.at += 1;
            second = self.short_number()?;
            fraction_millis = self.fraction_millis().unwrap_or(0);
        } else if separator == b'.' || minute_digits == 1 {
            return None;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return None;
        }
        if let Some(is_afternoon) = self.half_of_day() {
            hour = hour % 12 + if is_afternoon { 12 } else { 0 };
        }
        time_of(hour, minute, second, fraction_millis)
    }

    /// The milliseconds of a fraction of a second behind a point or comma; behind a colon they are
    /// counted, and nothing but a bar may follow fewer than three digits.
    pub(super) fn fraction_millis(&mut self) -> Option<i64> {
        let separator = self.peek().filter(|byte| b".,:".contains(byte))?;
        let behind = Self { at: self.at + 1, ..*self };
        let digits = behind.digit_count();
        if !(1..=12).contains(&digits) {
            return None;
        }
        if separator == b':' {
            let mut counted = behind;
            let millis =
                counted.number(digits).filter(|_| digits == 3 || (digits < 3 && matches!(counted.peek(), None | Some(b'|'))))?;
            self.at = counted.at;
            return Some(millis);
        }
        let mut millis = 0;
        for index in 0..3 {
            let digit = if index < digits { self.bytes[behind.at + index] - b'0' } else { 0 };
            millis = millis * 10 + i64::from(digit);
        }
        self.at = behind.at + digits;
        Some(millis)
    }

    /// Whether `AM` or `PM` stands here.
    fn half_of_day(&mut self) -> Option<bool> {
        let mut behind = *self;
        behind.take(b" ");
        let half = behind.take(b"aApP")?;
        behind.take(b".");
        behind.take(b"mM")?;
        behind.take(b".");
        if behind.peek().is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        *self = behind;
        Some(half.eq_ignore_ascii_case(&b'p'))
    }

    /// The minutes that a written zone is ahead of UTC: `Z`, `+01:00`, ` +0100`, `+01`, ` CET`.
    pub(super) fn zone(&mut self) -> Option<i64> {
        let mut behind = *self;
        let is_apart = behind.skip_spaces();
        let minutes = match behind.peek()? {
            b'Z' | b'z' => {
                behind.at += 1;
                0
            }
            b'+' | b'-' => behind.zone_offset(is_apart)?,
            b'[' | b'(' if is_apart => return None,
            _ => behind.zone_name()?,
        };
        if behind.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return None;
        }
        *self = behind;
        Some(minutes)
    }

    fn zone_offset(&mut self, is_apart: bool) -> Option<i64> {
        let is_behind = self.take(b"+-")? == b'-';
        let (hours, minutes) = match self.digit_count() {
            4 => (self.number(2)?, self.number(2)?),
            2 => {
                let hours = self.number(2)?;
                if self.take(b":").is_some() {
                    (hours, self.number(2)?)
                } else if is_apart {
                    // Too likely another number.
                    return None;
                } else {
                    (hours, 0)
                }
            }
            _ => return None,
        };
        if hours > 15 || minutes > 59 {
            return None;
        }
        let offset = hours * 60 + minutes;
        Some(if is_behind { -offset } else { offset })
    }

    fn zone_name(&mut self) -> Option<i64> {
        let length = self.bytes[self.at..].iter().take(5).take_while(|byte| byte.is_ascii_uppercase()).count();
        let name = &self.bytes[self.at..self.at + length];
        // Levels stand here far more often.
        if !matches!(name, [.., b'T' | b'C' | b'Z' | b'K' | b'B']) {
            return None;
        }
        let (_, minutes) = ZONES.iter().find(|(zone, _)| zone.as_bytes() == name)?;
        self.at += length;
        // `GMT+0100`
        let base = *minutes;
        let mut behind = *self;
        let offset = if matches!(behind.peek(), Some(b'+' | b'-')) { behind.zone_offset(false) } else { None };
        Some(offset.map_or(base, |offset| {
            *self = behind;
            base + offset
        }))
    }

    /// The year where it stands behind the time of day.
    pub(super) fn year_behind(&mut self) -> Option<i64> {
        let mut behind = *self;
        if !behind.skip_spaces() || behind.digit_count() != 4 {
            return None;
        }
        let year = behind.number(4).filter(|year| (1970..2100).contains(year))?;
        if behind.peek().is_some_and(|byte| !byte.is_ascii_whitespace() && !b"]),|:;\"'".contains(&byte)) {
            return None;
        }
        *self = behind;
        Some(year)
    }
}

fn time_of(hour: i64, minute: i64, second: i64, fraction_millis: i64) -> Option<TimeOfDay> {
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let leap_millis = if second == 60 { 1000 } else { 0 };
    let millis = (hour * 3600 + minute * 60 + second.min(59)) * 1000 + fraction_millis;
    Some(TimeOfDay { millis, leap_millis })
}

/// The month of its first three letters, counted from 1.
pub(super) fn month_of(letters: [u8; 3]) -> Option<i64> {
    let month = match letters.map(|letter| letter.to_ascii_lowercase()) {
        [b'j', b'a', b'n'] => 1,
        [b'f', b'e', b'b'] => 2,
        [b'm', b'a', b'r'] => 3,
        [b'a', b'p', b'r'] => 4,
        [b'm', b'a', b'y'] => 5,
        [b'j', b'u', b'n'] => 6,
        [b'j', b'u', b'l'] => 7,
        [b'a', b'u', b'g'] => 8,
        [b's', b'e', b'p'] => 9,
        [b'o', b'c', b't'] => 10,
        [b'n', b'o', b'v'] => 11,
        [b'd', b'e', b'c'] => 12,
        _ => return None,
    };
    Some(month)
}
