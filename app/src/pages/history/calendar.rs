//! Hours folded into the days and weeks of somebody's zone.

use std::collections::BTreeMap;

use radar_types::history::History;
use radar_types::{Span, Timestamp};

use crate::format::counted;

const HOUR: i64 = History::HOUR_MILLIS;
const DAY: i64 = 24 * HOUR;
pub(super) const WEEKS: i64 = 53;
pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A day of the reader's calendar: so many days after 1 January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date(i64);

impl Date {
    pub(super) fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add(days))
    }

    pub(super) fn monday(self) -> Self {
        self.plus(-self.noon().days_since_monday())
    }

    /// As an address has it: `2026-03-02`.
    pub(super) fn name(self) -> String {
        self.noon().to_string()[..10].to_owned()
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        let time: Timestamp = (name.len() == 10).then(|| format!("{name}T12:00:00Z").parse().ok()).flatten()?;
        Some(Self(time.unix_millis().div_euclid(DAY)))
    }

    /// `2 Mar 2026`.
    pub(super) fn text(self) -> String {
        let (year, _, day) = self.noon().civil();
        format!("{day} {} {year}", self.month())
    }

    pub(super) fn day_of_month(self) -> u32 {
        self.noon().civil().2
    }

    pub(super) fn month(self) -> &'static str {
        let (_, month, _) = self.noon().civil();
        MONTHS[(month as usize).clamp(1, 12) - 1]
    }

    fn weekday(self) -> &'static str {
        WEEKDAYS[self.noon().days_since_monday().clamp(0, 6) as usize]
    }

    /// As if it were a day of UTC.
    fn noon(self) -> Timestamp {
        Timestamp::saturating_from_unix_millis(self.0.saturating_mul(DAY).saturating_add(DAY / 2))
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) events: u64,
    pub(super) anomalies: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.anomalies += other.anomalies;
    }

    pub(super) fn text(self) -> String {
        format!("{}, {}", counted(self.events, "event", "events"), counted(self.anomalies, "anomaly", "anomalies"))
    }
}

/// What is told in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Events,
    Anomalies,
}

impl Measure {
    pub(super) fn of(self, counts: Counts) -> u64 {
        match self {
            Self::Events => counts.events,
            Self::Anomalies => counts.anomalies,
        }
    }
}

/// A year as the reader's calendar has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Calendar {
    /// By the number of the reader's hour.
    hours: BTreeMap<i64, Counts>,
    days: BTreeMap<i64, Counts>,
    /// When each of the days begins, and the one after the last.
    starts: BTreeMap<i64, Timestamp>,
    pub(super) today: Date,
    /// The first day of which anything is known; nothing is known of the year where this is after today.
    first: Date,
}

impl Calendar {
    /// `offset_millis` is how far the reader's clocks are ahead of UTC at a time.
    pub(super) fn new(history: &History, offset_millis: impl Fn(Timestamp) -> i64) -> Self {
        let local = |time: Timestamp| time.unix_millis() + offset_millis(time);
        let (mut hours, mut days) = (BTreeMap::<i64, Counts>::new(), BTreeMap::<i64, Counts>::new());
        for (start, events, anomalies) in history.hours() {
            let counts = Counts { events, anomalies };
            let hour = local(start).div_euclid(HOUR);
            hours.entry(hour).or_default().add(counts);
            days.entry(hour.div_euclid(24)).or_default().add(counts);
        }
        let today = Date(local(history.to.saturating_add_millis(-1)).div_euclid(DAY));
        let first = days.keys().next().map_or(today.plus(1), |day| Date(*day));
        let shown = today.monday().plus(-7 * (WEEKS - 1)).0..=today.monday().plus(7).0;
        let starts = shown.map(|day| (day, utc(day * DAY, &offset_millis))).collect();
        Self { hours, days, starts, today, first }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.days.is_empty()
    }

    /// The Mondays of the weeks, the oldest first.
    pub(super) fn weeks(&self) -> impl DoubleEndedIterator<Item = Date> {
        let last = self.today.monday();
        (0..WEEKS).rev().map(move |back| last.plus(-7 * back))
    }

    /// Whether anything can be known of the day.
    pub(super) fn has(&self, day: Date) -> bool {
        self.first <= day && day <= self.today
    }

    pub(super) fn day(&self, day: Date) -> Counts {
        self.days.get(&day.0).copied().unwrap_or_default()
    }

    pub(super) fn hour(&self, day: Date, hour: i64) -> Counts {
        self.hours.get(&(day.0 * 24 + hour)).copied().unwrap_or_default()
    }

    /// Of so many days.
    pub(super) fn sum(&self, from: Date, days: i64) -> Counts {
        let mut sum = Counts::default();
        self.days.range(from.0..from.0.saturating_add(days)).for_each(|(_, counts)| sum.add(*counts));
        sum
    }

    /// From the beginning of a day, so many days.
    pub(super) fn span(&self, from: Date, days: i64) -> Option<Span> {
        let start = |day: Date| self.starts.get(&day.0).copied();
        Some(Span::between(start(from)?, start(from.plus(days))?))
    }

    /// An hour of a day. On the day on which clocks are put on or back an hour may be none, or two.
    pub(super) fn hour_span(&self, day: Date, hour: i64, offset_millis: impl Fn(Timestamp) -> i64) -> Span {
        let start = |hour: i64| utc(day.0 * DAY + hour * HOUR, &offset_millis);
        Span::between(start(hour), start(hour + 1))
    }

    pub(super) fn day_label(&self, day: Date) -> String {
        format!("{} {}: {}", day.weekday(), day.text(), self.day(day).text())
    }

    pub(super) fn hour_label(&self, day: Date, hour: i64) -> String {
        format!("{} {}, {hour:02}:00 to {:02}:00: {}", day.weekday(), day.text(), (hour + 1) % 24, self.hour(day, hour).text())
    }

    pub(super) fn day_levels(&self, measure: Measure) -> Levels {
        Levels::of(self.days.values().map(|counts| measure.of(*counts)))
    }

    pub(super) fn hour_levels(&self, monday: Date, measure: Measure) -> Levels {
        let hours = self.hours.range(monday.0 * 24..(monday.0 + 7) * 24);
        Levels::of(hours.map(|(_, counts)| measure.of(*counts)))
    }

    /// The week of that name, or the present one where there is none such.
    pub(super) fn week(&self, name: &str) -> Date {
        let named = Date::from_name(name).map(Date::monday);
        let is_shown = |monday: &Date| self.starts.contains_key(&monday.0) && *monday <= self.today;
        named.filter(is_shown).unwrap_or_else(|| self.today.monday())
    }
}

/// The time at which the reader's clocks show this, in milliseconds since their 1970.
fn utc(local_millis: i64, offset_millis: impl Fn(Timestamp) -> i64) -> Timestamp {
    let at = |offset: i64| Timestamp::saturating_from_unix_millis(local_millis.saturating_sub(offset));
    // The offset of the time itself, which one near to it gives.
    at(offset_millis(at(offset_millis(at(0)))))
}

/// How counts become colours: five steps, the widths of which rise, so that neither a quiet day looks like no day nor the
/// loudest makes all others alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    most: u64,
}

impl Levels {
    const STEPS: u128 = 5;

    fn of(counts: impl Iterator<Item = u64>) -> Self {
        Self { most: counts.max().unwrap_or(0) }
    }

    /// 0 for nothing, then 1 to 5.
    pub(super) fn level(self, count: u64) -> u64 {
        if count == 0 {
            return 0;
        }
        (1..Self::STEPS).find(|step| count <= self.up_to(*step)).unwrap_or(Self::STEPS) as u64
    }

    fn up_to(self, step: u128) -> u64 {
        (u128::from(self.most) * step * step / (Self::STEPS * Self::STEPS)) as u64
    }

    /// Each level that any count can have, and the most that it stands for.
    pub(super) fn legend(self) -> Vec<(u64, u64)> {
        let mut legend: Vec<(u64, u64)> = Vec::new();
        for step in 1..=Self::STEPS {
            let up_to = self.up_to(step);
            if up_to > legend.last().map_or(0, |(_, last)| *last) {
                legend.push((step as u64, up_to));
            }
        }
        legend
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Hours from then on, with as many events, every tenth of which is an anomaly.
    fn history(from: &str, events: &[u64]) -> History {
        let from = time(from);
        let to = from.saturating_add_millis(events.len() as i64 * HOUR);
        History { from, to, is_partial: false, events: events.to_vec(), anomalies: events.iter().map(|count| count / 10).collect() }
    }

    fn date(name: &str) -> Date {
        Date::from_name(name).unwrap()
    }

    /// Berlin in the spring of 2026: an hour is left out on 29 March.
    fn berlin(at: Timestamp) -> i64 {
        if at >= time("2026-03-29T01:00:00Z") { 2 * HOUR } else { HOUR }
    }

    #[test]
    fn days_are_those_of_the_reader() {
        // From Sunday to Monday evening.
        let history = history("2026-03-01T20:00:00Z", &[1; 24]);
        let utc = Calendar::new(&history, |_| 0);
        assert_eq!((utc.day(date("2026-03-01")).events, utc.day(date("2026-03-02")).events), (4, 20));
        let tokyo = Calendar::new(&history, |_| 9 * HOUR);
        assert_eq!((tokyo.day(date("2026-03-02")).events, tokyo.day(date("2026-03-03")).events), (19, 5));
        assert_eq!(
            tokyo.span(date("2026-03-02"), 1).unwrap(),
            Span::between(time("2026-03-01T15:00:00Z"), time("2026-03-02T15:00:00Z"))
        );
        let new_york = Calendar::new(&history, |_| -5 * HOUR);
        assert_eq!((new_york.day(date("2026-03-01")).events, new_york.today), (9, date("2026-03-02")));
        assert_eq!(new_york.hour(date("2026-03-01"), 15).events, 1);
        assert_eq!(new_york.hour(date("2026-03-01"), 14).events, 0);
    }

    #[test]
    fn a_day_on_which_clocks_are_put_on_has_23_hours() {
        let history = history("2026-03-28T00:00:00Z", &[1; 72]);
        let calendar = Calendar::new(&history, berlin);
        assert_eq!([28, 29, 30].map(|day| calendar.day(date(&format!("2026-03-{day}"))).events), [23, 23, 24]);
        let Span::Between(day) = calendar.span(date("2026-03-29"), 1).unwrap() else { panic!("a period") };
        assert_eq!((day.from, day.millis()), (time("2026-03-28T23:00:00Z"), 23 * HOUR));
        assert_eq!(calendar.hour(date("2026-03-29"), 2).events, 0, "the hour that was left out");
        assert_eq!(
            calendar.hour_span(date("2026-03-29"), 3, berlin),
            Span::between(time("2026-03-29T01:00:00Z"), time("2026-03-29T02:00:00Z"))
        );
    }

    #[test]
    fn the_calendar_is_a_year_of_weeks_that_ends_with_this_one() {
        let calendar = Calendar::new(&history("2026-02-25T00:00:00Z", &[0, 0, 5, 20]), |_| 0);
        let weeks: Vec<Date> = calendar.weeks().collect();
        assert_eq!((weeks.len(), weeks[52], weeks[0]), (53, date("2026-02-23"), date("2025-02-24")));
        assert!(calendar.has(date("2026-02-25")) && !calendar.has(date("2026-02-26")) && !calendar.has(date("2026-02-24")));
        assert_eq!(calendar.sum(date("2026-02-23"), 7), Counts { events: 25, anomalies: 2 });
        assert!(weeks.iter().all(|week| calendar.span(*week, 7).is_some()));
        assert_eq!(calendar.week("2026-02-25"), date("2026-02-23"));
        for name in ["2025-02-23", "2026-03-02", "", "x", "2026-02-31", "9999-12-31"] {
            assert_eq!(calendar.week(name), date("2026-02-23"), "{name}");
        }
        assert!(Calendar::new(&history("2026-02-25T00:00:00Z", &[0]), |_| 0).is_empty());
    }

    #[test]
    fn labels_say_the_day_and_the_numbers() {
        let calendar = Calendar::new(&history("2026-03-03T07:00:00Z", &[1_204, 10]), |_| 0);
        assert_eq!(calendar.day_label(date("2026-03-03")), "Tue 3 Mar 2026: 1,214 events, 121 anomalies");
        assert_eq!(calendar.hour_label(date("2026-03-03"), 8), "Tue 3 Mar 2026, 08:00 to 09:00: 10 events, 1 anomaly");
        assert_eq!(date("2026-03-03").name(), "2026-03-03");
    }

    #[test]
    fn levels_are_five_and_their_legend_says_what_they_stand_for() {
        let levels = Levels::of([0, 7, 1_000].into_iter());
        assert_eq!(levels.legend(), [(1, 40), (2, 160), (3, 360), (4, 640), (5, 1_000)]);
        for (count, level) in [(0, 0), (1, 1), (40, 1), (41, 2), (640, 4), (641, 5), (1_000, 5)] {
            assert_eq!(levels.level(count), level, "{count}");
        }
        assert_eq!(Levels::of([1, 1].into_iter()).legend(), [(5, 1)]);
        assert_eq!(Levels::of([1].into_iter()).level(1), 5);
        assert!(Levels::of(std::iter::empty()).legend().is_empty());
        assert_eq!(Levels::of([u64::MAX].into_iter()).level(u64::MAX), 5);
        for most in 1..200 {
            let levels = Levels { most };
            let legend = levels.legend();
            for count in 1..=most {
                let (level, _) = legend.iter().find(|(_, up_to)| count <= *up_to).unwrap();
                assert_eq!(levels.level(count), *level, "{count} of {most}");
            }
        }
    }
}
