//! The figures on top of the page, each with its course over the range.

use radar_types::{
    Severity, grouped,
    wire::{Overview, Tally},
};

use crate::{components::Figure, format::counted};

pub(super) fn events(overview: &Overview) -> Figure {
    let events = overview.tally.events();
    exact(events, counted(events, "event", "events"))
}

pub(super) fn anomalies(overview: &Overview) -> Figure {
    let [events, anomalies] = [overview.tally.events(), overview.tally.anomalies()];
    exact(anomalies, format!("{} among {}", counted(anomalies, "anomaly", "anomalies"), counted(events, "event", "events")))
}

pub(super) fn share(overview: &Overview) -> Figure {
    let share = overview.anomaly_share();
    let [events, anomalies] = [overview.tally.events(), overview.tally.anomalies()].map(grouped);
    match share {
        Some(share) => Figure {
            exact: share.to_string(),
            text: percent(share),
            meaning: format!("{:.4}%: {anomalies} of {events} events are anomalies", share * 100.0),
        },
        None => nothing("There are no events"),
    }
}

pub(super) fn critical(overview: &Overview) -> Figure {
    let critical = overview.tally.of(Severity::Critical);
    exact(critical, counted(critical, "critical finding", "critical findings"))
}

pub(super) fn rate(overview: &Overview) -> Figure {
    match overview.events_per_second() {
        Some(rate) => Figure {
            exact: rate.to_string(),
            text: short(rate),
            meaning: format!(
                "{} in {}: {rate:.4} a second, on average",
                counted(overview.tally.events(), "event", "events"),
                duration(overview.covered_millis())
            ),
        },
        None => nothing("Nothing of this range is over"),
    }
}

pub(super) fn hosts(overview: &Overview) -> Figure {
    exact(overview.hosts, format!("{} sent events in this range", counted(overview.hosts, "host", "hosts")))
}

/// The course of what is counted in each bar, up to now.
pub(super) fn course(overview: &Overview, count: impl Fn(&Tally) -> f64) -> Vec<f64> {
    overview.timeline.iter().filter(|bucket| bucket.start <= overview.as_of).map(|bucket| count(&bucket.tally)).collect()
}

/// The same without the bar that is not over: it would look like a fall.
pub(super) fn course_of_whole_bars(overview: &Overview, count: impl Fn(&Tally) -> f64) -> Vec<f64> {
    let mut course = course(overview, count);
    if overview.as_of < overview.to {
        course.pop();
    }
    course
}

pub(super) fn share_of(tally: &Tally) -> f64 {
    tally.anomalies() as f64 / tally.events().max(1) as f64
}

fn exact(count: u64, meaning: String) -> Figure {
    Figure { exact: count.to_string(), text: grouped(count), meaning }
}

fn nothing(why: &str) -> Figure {
    Figure { exact: String::new(), text: "\u{2013}".into(), meaning: why.into() }
}

/// With as many digits as tell something.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0%".into(),
        _ if percent < 0.01 => "<0.01%".into(),
        _ if percent < 1.0 => format!("{percent:.2}%"),
        _ if percent < 99.95 => format!("{percent:.1}%"),
        _ => format!("{percent:.0}%"),
    }
}

fn short(rate: f64) -> String {
    match rate {
        0.0 => "0".into(),
        _ if rate < 0.01 => "<0.01".into(),
        _ if rate < 10.0 => format!("{rate:.2}"),
        _ if rate < 100.0 => format!("{rate:.1}"),
        _ => grouped(rate.round() as u64),
    }
}

/// In its two largest units.
fn duration(millis: i64) -> String {
    let seconds = millis / 1000;
    let units = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, name) in units {
        let count = rest / length;
        rest %= length;
        if count > 0 && parts.len() < 2 {
            parts.push(format!("{count} {name}"));
        } else if !parts.is_empty() {
            break;
        }
    }
    if parts.is_empty() { format!("{millis} ms") } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::{
        Range, Span, Timestamp,
        wire::{Bucket, Learning, Seq},
    };

    fn overview(now_minute: i64, safe: u64, critical: u64) -> Overview {
        let minute = |number: i64| Timestamp::saturating_from_unix_millis(number * 60_000);
        let mut tally = Tally::default();
        tally.add(Some(Severity::Safe), safe);
        tally.add(Some(Severity::Critical), critical);
        let timeline: Vec<Bucket> = (0..60).map(|number| Bucket { start: minute(number), tally: Tally::default() }).collect();
        let mut overview = Overview {
            span: Span::Last(Range::Hour),
            from: minute(0),
            to: minute(60),
            is_partial: false,
            tally,
            hosts: 3,
            timeline,
            as_of: minute(now_minute),
            newest: vec![],
            findings: vec![],
            muted: vec![],
            learning: Learning::default(),
            last_seq: Seq(0),
        };
        overview.timeline[0].tally = tally;
        overview
    }

    #[test]
    fn figures_say_what_was_counted() {
        let overview = overview(50, 2_985, 15);
        let texts = [events, anomalies, share, critical, rate, hosts].map(|figure| figure(&overview).text);
        assert_eq!(texts, ["3,000", "15", "0.50%", "15", "1.00", "3"]);
        assert_eq!(rate(&overview).meaning, "3,000 events in 50 min: 1.0000 a second, on average");
        assert_eq!(share(&overview).meaning, "0.5000%: 15 of 3,000 events are anomalies");
        assert_eq!(events(&overview).exact, "3000");
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let overview = overview(0, 0, 0);
        assert_eq!([share(&overview).text, rate(&overview).text], ["\u{2013}", "\u{2013}"]);
    }

    #[test]
    fn a_course_ends_now() {
        let overview = overview(50, 7, 2);
        let events = |tally: &Tally| tally.events() as f64;
        assert_eq!(course(&overview, events).len(), 51);
        assert_eq!(course(&overview, events)[0], 9.0);
        assert_eq!(course_of_whole_bars(&overview, events).len(), 50);
        let over = Overview { as_of: overview.to, ..overview };
        assert_eq!((course(&over, events).len(), course_of_whole_bars(&over, events).len()), (60, 60));
    }

    #[test]
    fn numbers_have_as_many_digits_as_tell_something() {
        let check = |share: f64, text: &str| assert_eq!(percent(share), text);
        check(0.0, "0%");
        check(0.000_01, "<0.01%");
        check(0.002_5, "0.25%");
        check(0.123_4, "12.3%");
        check(0.999_9, "100%");
        let check = |rate: f64, text: &str| assert_eq!(short(rate), text);
        check(0.0, "0");
        check(0.001, "<0.01");
        check(1.234, "1.23");
        check(12.34, "12.3");
        check(12_345.6, "12,346");
    }

    #[test]
    fn durations_have_two_units() {
        let check = |millis: i64, text: &str| assert_eq!(duration(millis), text);
        check(250, "250 ms");
        check(59_000, "59 s");
        check(3_500_000, "58 min 20 s");
        check(3_600_000, "1 h");
        check(3_605_000, "1 h");
        check(90_061_000, "1 d 1 h");
    }
}
