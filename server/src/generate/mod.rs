//! Made-up events that look like those of a mid-sized company: Windows hosts and a few services,
//! with the rhythm of its days, and now and then something that should not happen.
//!
//! The same seed and times give the same events. What is anomalous is said beside an event, never
//! in it. The normal events are also what the model that is part of this program was trained on.

mod attacks;
mod combined;
mod lines;
mod metrics;
mod service;
mod shop;
mod windows;

use std::collections::{BTreeMap, VecDeque};

use radar_engine::random::SplitMix64;
use radar_types::{Event, Timestamp};

pub(crate) use combined::Generator as Combined;
pub(crate) use lines::ServiceLines;
pub(crate) use metrics::Metrics;
pub(crate) use shop::{Requested, Shop};

const COLLECTOR: &str = "radar-generator";

/// When a kind of event happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rhythm {
    /// At any hour.
    Steady,
    /// With people at work: weekdays, from seven to seven, UTC.
    Office,
    /// As `Office`, and never at other hours.
    OfficeOnly,
    /// With the visitors of a site: all day, fewest before dawn.
    Visitors,
    /// With backups and updates, from midnight to five.
    Night,
}

impl Rhythm {
    /// How much more often than never, in tenths.
    fn tenths(self, at: Timestamp) -> u64 {
        let hour = at.millis_of_day() / 3_600_000;
        let is_weekday = at.days_since_monday() < 5;
        match self {
            Self::Steady => 10,
            Self::Office | Self::OfficeOnly if is_weekday && (7..19).contains(&hour) => 20,
            Self::Office => 1,
            Self::OfficeOnly => 0,
            Self::Visitors if (1..6).contains(&hour) => 3,
            Self::Visitors if (9..22).contains(&hour) => 14,
            Self::Visitors => 8,
            Self::Night if hour < 5 => 20,
            Self::Night => 1,
        }
    }
}

/// A family of normal events. `{name}` in the message is a slot, filled anew for each event.
struct Template {
    weight: u64,
    rhythm: Rhythm,
    source: &'static str,
    level: &'static str,
    /// The number Windows gives the family; 0 elsewhere.
    event_id: u32,
    message: &'static str,
}

const fn template(
    weight: u64,
    rhythm: Rhythm,
    source: &'static str,
    level: &'static str,
    event_id: u32,
    message: &'static str,
) -> Template {
    Template { weight, rhythm, source, level, event_id, message }
}

/// An event, and what is wrong with it, if anything is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Generated {
    pub(crate) event: Event,
    pub(crate) anomaly: Option<&'static str>,
}

pub(crate) struct Generator {
    random: SplitMix64,
    anomaly_share: f64,
    is_windows_only: bool,
    /// Events of an anomaly that takes several; they come next.
    pending: VecDeque<Generated>,
    /// Since the hosts started, for messages that say so.
    start: Timestamp,
}

impl Generator {
    pub(crate) const ANOMALY_SHARE_DEFAULT: f64 = 0.05;

    pub(crate) fn new(seed: u64, start: Timestamp) -> Self {
        let random = SplitMix64::new(seed);
        Self { random, anomaly_share: Self::ANOMALY_SHARE_DEFAULT, is_windows_only: false, pending: VecDeque::new(), start }
    }

    /// The share of events that are anomalous, 0 to 1.
    pub(crate) fn with_anomalies(mut self, share: f64) -> Self {
        self.anomaly_share = share;
        self
    }

    pub(crate) fn windows_only(mut self) -> Self {
        self.is_windows_only = true;
        self
    }

    /// The next event. Times are expected to go forward.
    pub(crate) fn event(&mut self, at: Timestamp) -> Generated {
        if let Some(mut next) = self.pending.pop_front() {
            next.event.timestamp = at;
            return next;
        }
        // Most anomalies are one event and a burst is many, so fewer are begun than are asked for.
        let share = self.anomaly_share;
        let starts_anomaly = self.random.chance((share / (share + ANOMALY_EVENTS_MEAN * (1.0 - share))) as f32);
        if starts_anomaly {
            return self.anomaly(at);
        }
        Generated { event: self.normal(at), anomaly: None }
    }

    fn normal(&mut self, at: Timestamp) -> Event {
        let is_windows = self.random.chance(0.5) || self.is_windows_only;
        let templates = if is_windows { windows::NORMAL } else { service::NORMAL };
        let weight = |template: &Template| template.weight * template.rhythm.tenths(at);
        let mut ticket = self.random.below(templates.iter().map(weight).sum());
        let mut chosen = &templates[0];
        for template in templates {
            chosen = template;
            match ticket.checked_sub(weight(template)) {
                Some(left) => ticket = left,
                None => break,
            }
        }
        if is_windows { self.windows_event(at, chosen) } else { self.service_event(at, chosen) }
    }

    fn windows_event(&mut self, at: Timestamp, template: &Template) -> Event {
        let hostname = self.windows_host(template.source);
        let mut event = self.blank(at, hostname, "Windows", template);
        event.fields.insert("event_id".into(), template.event_id.to_string());
        event.message = self.fill(template.message, &mut event);
        event
    }

    fn service_event(&mut self, at: Timestamp, template: &Template) -> Event {
        let hostname = format!("{}-{:02}", service::host_of(template.source), 1 + self.random.below(4));
        let mut event = self.blank(at, hostname, "Linux", template);
        event.message = self.fill(template.message, &mut event);
        event
    }

    fn windows_host(&mut self, channel: &str) -> String {
        match (channel, self.random.below(10)) {
            ("Security", 0..5) => format!("DC-{:02}", 1 + self.random.below(2)),
            ("Application", 0..3) => format!("SQL-{:02}", 1 + self.random.below(3)),
            _ => format!("WS-{:03}", 1 + self.random.below(60)),
        }
    }

    fn blank(&self, at: Timestamp, hostname: String, os_type: &str, template: &Template) -> Event {
        Event {
            timestamp: at,
            hostname,
            source: template.source.into(),
            os_type: os_type.into(),
            level: template.level.into(),
            message: String::new(),
            collector: COLLECTOR.into(),
            record_id: None,
            channel: None,
            user: None,
            address: None,
            fields: BTreeMap::new(),
        }
    }

    fn anomaly(&mut self, at: Timestamp) -> Generated {
        let of_services = if self.is_windows_only { 0 } else { service::ANOMALIES.len() };
        let index = self.random.below((windows::ANOMALIES.len() + of_services) as u64) as usize;
        let mut kind = windows::ANOMALIES.get(index).unwrap_or_else(|| &service::ANOMALIES[index - windows::ANOMALIES.len()]);
        // What is only odd at night can't be shown at noon.
        if kind.name == windows::NIGHT_LOGON && at.millis_of_day() >= 5 * 3_600_000 {
            kind = &windows::ANOMALIES[0];
        }
        let template = self.random.pick(kind.templates);
        let count = if kind.is_burst { BURST_EVENTS_MIN + self.random.below(BURST_EVENTS_MIN) } else { 1 };
        let mut first: Option<Event> = None;
        for _ in 0..count {
            let mut event = if template.event_id > 0 { self.windows_event(at, template) } else { self.service_event(at, template) };
            match &first {
                // One attacker at one host, who tries many names.
                Some(first) => {
                    if let (Some(new), Some(old)) = (&event.address, &first.address) {
                        event.message = event.message.replace(new.as_str(), old);
                    }
                    event.hostname.clone_from(&first.hostname);
                    event.address.clone_from(&first.address);
                }
                None => first = Some(event.clone()),
            }
            self.pending.push_back(Generated { event, anomaly: Some(kind.name) });
        }
        self.event(at)
    }

    /// Replaces the slots of a message. Slots for a user or an address set the event's own as well.
    fn fill(&mut self, message: &str, event: &mut Event) -> String {
        let mut filled = String::with_capacity(message.len() * 2);
        let mut rest = message;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((slot, behind)) = after.split_once('}') else { break };
            filled.push_str(before);
            let value = self.slot(slot, event);
            match slot {
                "user" | "admin" | "tried" => event.user = Some(value.clone()),
                "ip" | "client" => event.address = Some(value.clone()),
                _ => {}
            }
            filled.push_str(&value);
            rest = behind;
        }
        filled + rest
    }

    fn slot(&mut self, slot: &str, event: &Event) -> String {
        let random = &mut self.random;
        match slot {
            "user" => (*random.pick(&USERS)).into(),
            "admin" => if event.os_type == "Windows" { "Administrator" } else { "root" }.into(),
            "tried" => (*random.pick(&["admin", "root", "test", "oracle", "backup", "guest", "Administrator"])).into(),
            "host" => event.hostname.clone(),
            "ip" => format!("10.{}.{}.{}", random.below(4), random.below(20), 1 + random.below(250)),
            // The networks that are set aside for examples, so that nobody's address is accused.
            "client" => format!("{}.{}", random.pick(&["192.0.2", "198.51.100", "203.0.113"]), 1 + random.below(250)),
            "port" => (49_152 + random.below(16_000)).to_string(),
            "pid" => (400 + random.below(30_000)).to_string(),
            // Products of two draws: many small ones, a few large.
            "ms" => (2 + random.below(18) * random.below(18)).to_string(),
            "slow" => (45_000 + random.below(500_000)).to_string(),
            "size" => (200 + random.below(200) * random.below(400)).to_string(),
            "huge" => (8 + random.below(90)).to_string(),
            "few" => (1 + random.below(9)).to_string(),
            "many" => (20 + random.below(5000)).to_string(),
            "id" => (10_000 + random.below(900_000)).to_string(),
            "uptime" => (60 + at_least_zero(event.timestamp.unix_millis() - self.start.unix_millis()) / 1000).to_string(),
            "hex" => format!("{:08x}", random.next_u64() as u32),
            "guid" => {
                let (high, low) = (random.next_u64(), random.next_u64());
                format!(
                    "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
                    high >> 32,
                    high >> 16 & 0xffff,
                    high & 0xfff,
                    low >> 48,
                    low & 0xffff_ffff_ffff
                )
            }
            "path" => (*random.pick(&service::PATHS)).into(),
            "job" => (*random.pick(&service::JOBS)).into(),
            "table" => (*random.pick(&["orders", "customers", "invoices", "sessions", "stock_items"])).into(),
            "winservice" => (*random.pick(&windows::SERVICES)).into(),
            "program" => (*random.pick(&windows::PROGRAMS)).into(),
            "base64" => windows::encoded_command(random),
            "garbage" => garbage(random),
            _ => String::new(),
        }
    }
}

/// A family of anomalies.
struct Anomaly {
    name: &'static str,
    templates: &'static [Template],
    /// Whether many come at once.
    is_burst: bool,
}

const BURST_EVENTS_MIN: u64 = 8;
/// Twelve kinds, one of them in bursts of 8 to 15.
const ANOMALY_EVENTS_MEAN: f64 = (11.0 + 11.5) / 12.0;

const USERS: [&str; 16] = [
    "a.becker",
    "j.novak",
    "m.rossi",
    "s.lindqvist",
    "t.okafor",
    "k.tanaka",
    "l.moreau",
    "p.silva",
    "r.patel",
    "d.kim",
    "e.haddad",
    "f.weber",
    "n.ivanova",
    "o.nilsen",
    "c.murphy",
    "h.yilmaz",
];

fn at_least_zero(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// What a binary file looks like when it is read as text.
fn garbage(random: &mut SplitMix64) -> String {
    let bytes: Vec<u8> = (0..60 + random.below(200)).map(|_| random.next_u64() as u8).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn start() -> Timestamp {
        "2026-03-02T00:00:00Z".parse().unwrap()
    }

    fn events(seed: u64, count: i64, anomaly_share: f64) -> Vec<Generated> {
        let mut generator = Generator::new(seed, start()).with_anomalies(anomaly_share);
        (0..count).map(|index| generator.event(start().saturating_add_millis(index * 30_000))).collect()
    }

    #[test]
    fn a_seed_stands_for_its_events() {
        assert_eq!(events(1, 500, 0.05), events(1, 500, 0.05));
        assert_ne!(events(1, 500, 0.05), events(2, 500, 0.05));
    }

    #[test]
    fn every_slot_is_filled() {
        let templates = windows::NORMAL
            .iter()
            .chain(service::NORMAL)
            .chain(windows::ANOMALIES.iter().chain(service::ANOMALIES).flat_map(|kind| kind.templates));
        let mut generator = Generator::new(1, start());
        for template in templates {
            let mut event = generator.blank(start(), "h".into(), "Linux", template);
            for slot in template.message.split('{').skip(1).filter_map(|part| part.split_once('}')) {
                assert_ne!(generator.slot(slot.0, &event), "", "{{{}}}", slot.0);
            }
            event.message = generator.fill(template.message, &mut event);
        }
    }

    #[test]
    fn the_share_of_anomalies_is_about_what_was_asked_for() {
        for share in [0.0, 0.05, 0.2, 1.0] {
            let events = events(3, 40_000, share);
            let anomalies = events.iter().filter(|generated| generated.anomaly.is_some()).count();
            let found = anomalies as f64 / 40_000.0;
            let tolerance = if share > 0.0 { 0.015 } else { 0.0 };
            assert!((found - share).abs() <= tolerance, "{share}: {found}");
        }
    }

    #[test]
    fn every_kind_of_anomaly_comes_up() {
        let kinds: BTreeSet<&str> = events(5, 40_000, 0.1).iter().filter_map(|generated| generated.anomaly).collect();
        assert_eq!(kinds.len(), windows::ANOMALIES.len() + service::ANOMALIES.len());
        assert_eq!(kinds.len(), 12);
    }

    #[test]
    fn people_log_on_during_the_day() {
        let logons = |hours: std::ops::Range<i64>| {
            let is_logon = |generated: &&Generated| generated.event.fields.get("event_id").is_some_and(|id| id == "4624");
            let is_then = |generated: &&Generated| hours.contains(&(generated.event.timestamp.millis_of_day() / 3_600_000));
            events(1, 2880, 0.0).iter().filter(is_logon).filter(is_then).count()
        };
        assert!(logons(9..17) > 3 * logons(0..5), "{} and {}", logons(9..17), logons(0..5));
    }
}
