//! Access logs of a few sites in the combined format, with attacks in a share of their lines.
//!
//! People read pages and what these load, crawlers wander, programs poll an API, a monitor knocks
//! every minute, and all of them are refused now and then. Attacks come from addresses of their own or
//! hide among the visitors, alone or in bursts.

use std::collections::VecDeque;
use std::fmt::Write as _;

use radar_engine::random::SplitMix64;
use radar_types::Timestamp;

use super::attacks::{self, disguise, escape};

/// The mean number of lines of an anomaly.
const LINES_OF_ANOMALY: f64 = 5.3;

const BROWSERS: [&str; 9] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.{m} Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_{m} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; Pixel {m}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13; SM-A{v}B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
    "Opera/9.80 (Windows NT 6.1; U; es-ES) Presto/2.{m}.181 Version/12.00",
];

const CRAWLERS: [&str; 5] = [
    "Mozilla/5.0 (compatible; Seekbot/2.{m}; +http://seek.example/bot.html)",
    "Mozilla/5.0 (compatible; archiver/1.{m})",
    "FeedReader/4.{m} (feed-id={v}; 12 subscribers)",
    "LinkChecker/10.{m} (+https://links.example)",
    "-",
];

const PROGRAMS: [&str; 5] =
    ["python-requests/2.3{m}.0", "curl/8.{m}.0", "ShopApp/5.{m} (Android 14)", "okhttp/4.{m}.0", "Go-http-client/2.0"];

const SCANNERS: [&str; 7] = [
    "sqlmap/1.{m}#stable (https://sqlmap.org)",
    "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000{v})",
    "Mozilla/5.0 zgrab/0.x",
    "gobuster/3.{m}",
    "Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)",
    "Nuclei - Open-source project (github.com/projectdiscovery/nuclei)",
    "Fuzz Faster U Fool v1.{m}",
];

const PROBES: [&str; 22] = [
    "/.env",
    "/.git/config",
    "/wp-login.php",
    "/wp-admin/install.php",
    "/phpmyadmin/index.php",
    "/admin/config.php",
    "/administrator/index.php",
    "/backup.zip",
    "/db.sql",
    "/config.php.bak",
    "/.aws/credentials",
    "/server-status",
    "/actuator/env",
    "/solr/admin/info/system",
    "/manager/html",
    "/xmlrpc.php",
    "/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php",
    "/shell.php",
    "/cgi-bin/test.cgi",
    "/boaform/admin/formLogin",
    "/console/login.jsp",
    "/.svn/entries",
];

/// A page or a family of pages. `{n}`, `{w}`, `{x}` and `{s}` are a number, a word, an identifier and a title.
struct Route {
    weight: u64,
    method: &'static str,
    target: &'static str,
    /// The logarithm to base 2 of a usual response, and how far it spreads.
    size: (f32, f32),
    /// Of a thousand requests, so many are refused with this status.
    refused: (u64, u16),
}

const fn route(weight: u64, method: &'static str, target: &'static str, size: (f32, f32), refused: (u64, u16)) -> Route {
    Route { weight, method, target, size, refused }
}

const PAGES: [Route; 16] = [
    route(20, "GET", "/", (14.0, 0.3), (1, 500)),
    route(14, "GET", "/products", (15.0, 0.3), (1, 500)),
    route(26, "GET", "/products/{n}", (14.5, 0.5), (12, 404)),
    route(10, "GET", "/category/{w}?page={p}&sort={o}", (15.0, 0.4), (3, 404)),
    route(9, "GET", "/search?q={w}+{w}", (13.5, 0.9), (1, 500)),
    route(2, "GET", "/search?q={w}%27s+{w}&lang={l}", (13.5, 0.9), (1, 500)),
    route(18, "GET", "/blog/{y}/{d}/{s}", (15.2, 0.8), (8, 404)),
    route(5, "GET", "/blog/tags/{w}", (14.0, 0.6), (5, 404)),
    route(4, "GET", "/docs/{w}/{w}.html", (14.2, 0.9), (10, 404)),
    route(4, "GET", "/cart", (12.0, 0.4), (1, 500)),
    route(5, "POST", "/cart/add?id={n}&qty={p}", (9.0, 0.2), (4, 400)),
    route(3, "POST", "/login", (8.5, 0.3), (90, 401)),
    route(2, "POST", "/checkout/{x}", (11.0, 0.3), (10, 402)),
    route(2, "GET", "/account/orders?from={y}-{d}-01", (13.0, 0.6), (20, 403)),
    route(2, "GET", "/downloads/catalogue-{y}.pdf", (22.3, 0.2), (1, 404)),
    route(1, "GET", "/redirect?url=https%3A%2F%2Fpartner.example%2F{w}", (8.0, 0.1), (1, 404)),
];

const ASSETS: [Route; 6] = [
    route(10, "GET", "/static/css/{w}.{x}.css", (15.0, 0.8), (2, 404)),
    route(12, "GET", "/static/js/{w}.{x}.js", (17.0, 1.0), (2, 404)),
    route(22, "GET", "/images/{w}/{n}.jpg", (16.0, 1.2), (6, 404)),
    route(4, "GET", "/fonts/{w}.woff2", (15.5, 0.3), (1, 404)),
    route(5, "GET", "/favicon.ico", (11.9, 0.05), (20, 404)),
    route(1, "GET", "/video/{n}.mp4", (24.0, 1.0), (2, 404)),
];

const CALLS: [Route; 7] = [
    route(20, "GET", "/api/v1/products?limit={p}0&offset={n}", (13.0, 0.6), (5, 429)),
    route(14, "GET", "/api/v1/stock/{n}", (8.0, 0.3), (20, 404)),
    route(8, "POST", "/api/v1/orders", (9.0, 0.3), (20, 422)),
    route(5, "PUT", "/api/v1/cart/{x}", (8.0, 0.3), (5, 409)),
    route(2, "DELETE", "/api/v1/cart/{x}", (0.0, 0.0), (5, 404)),
    route(6, "GET", "/api/v1/users/{x}/profile", (10.0, 0.3), (12, 401)),
    route(4, "HEAD", "/api/v1/health", (0.0, 0.0), (1, 503)),
];

const WORDS: [&str; 30] = [
    "boots",
    "winter",
    "garden",
    "lamp",
    "kettle",
    "guide",
    "select",
    "union",
    "travel",
    "news",
    "coffee",
    "order",
    "music",
    "script",
    "chair",
    "summer",
    "photo",
    "setup",
    "admin-tools",
    "cats",
    "railway",
    "drop",
    "river",
    "office",
    "paper",
    "sale",
    "table",
    "cooking",
    "maps",
    "wool",
];

/// One line, and what is wrong with it, if anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) anomaly: Option<&'static str>,
}

/// A request before it has its time.
struct Hit {
    address: String,
    request: String,
    status: u16,
    bytes: u64,
    referrer: String,
    agent: String,
    anomaly: Option<&'static str>,
}

pub(crate) struct Generator {
    random: SplitMix64,
    anomaly_share: f64,
    pending: VecDeque<Hit>,
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        Self { random: SplitMix64::new(seed), anomaly_share: 0.05, pending: VecDeque::new() }
    }

    /// The share of lines that are anomalous, 0 to 1.
    #[must_use]
    pub(crate) fn with_anomalies(mut self, share: f64) -> Self {
        self.anomaly_share = share;
        self
    }

    /// The next line. Times are expected to go forward.
    pub(crate) fn line(&mut self, at: Timestamp) -> Line {
        if self.pending.is_empty() {
            let share = self.anomaly_share;
            let starts_anomaly = self.random.chance((share / (share + LINES_OF_ANOMALY * (1.0 - share))) as f32);
            if starts_anomaly { self.attack() } else { self.visit() }
        }
        let Some(hit) = self.pending.pop_front() else { return Line { text: String::new(), anomaly: None } };
        Line { text: written(at, &hit), anomaly: hit.anomaly }
    }

    fn visit(&mut self) {
        let kind = self.random.below(100);
        let address = self.address(if kind < 70 { 0 } else { kind });
        let (routes, agents): (&[Route], &[&str]) = match kind {
            0..=29 => (&PAGES, &BROWSERS),
            30..=69 => (&ASSETS, &BROWSERS),
            70..=79 => (&PAGES, &CRAWLERS),
            80..=97 => (&CALLS, &PROGRAMS),
            _ => (&CALLS[6..], &["Monitor/1.0"]),
        };
        if (70..80).contains(&kind) && self.random.chance(0.03) {
            let hit = self.hit(&address, "GET", "/robots.txt", 200, 7.0, "-");
            self.pending.push_back(hit);
            return;
        }
        let mut ticket = self.random.below(routes.iter().map(|route| route.weight).sum());
        let mut chosen = &routes[0];
        for route in routes {
            chosen = route;
            match ticket.checked_sub(route.weight) {
                Some(left) => ticket = left,
                None => break,
            }
        }
        let target = self.fill(chosen.target);
        let agent = self.agent(agents);
        let roll = self.random.below(1000);
        let (status, size) = match roll {
            _ if roll < chosen.refused.0 => (chosen.refused.1, 9.0),
            900.. if chosen.method == "GET" && kind < 70 => (304, 0.0),
            880..=890 if chosen.method == "GET" => (301, 8.0),
            _ if chosen.method == "DELETE" => (204, 0.0),
            _ => (200, chosen.size.0 + chosen.size.1 * self.spread()),
        };
        let mut hit = self.hit(&address, chosen.method, &target, status, size, &agent);
        if kind < 70 && self.random.chance(0.7) {
            let page = PAGES[self.random.below(8) as usize].target;
            hit.referrer = format!("https://www.shop.example{}", self.fill(page));
        }
        self.pending.push_back(hit);
    }

    fn attack(&mut self) {
        // Some attackers hide among the visitors.
        let kind = if self.random.chance(0.2) { 0 } else { 1000 };
        let address = self.address(kind);
        let agent = match self.random.below(4) {
            0 => self.agent(&SCANNERS),
            1 => self.agent(&PROGRAMS),
            _ => self.agent(&BROWSERS),
        };
        let count = 1 + self.random.below(6);
        match self.random.below(12) {
            0..=5 => {
                let family = *self.random.pick(&attacks::FAMILIES);
                for _ in 0..count {
                    let target = self.spoilt(family);
                    let status = *self.random.pick(&[200, 200, 400, 403, 404, 500]);
                    let method = *self.random.pick(&["GET", "GET", "POST"]);
                    self.anomaly(&address, method, &target, status, 11.0, &agent, family);
                }
            }
            6 | 7 => {
                for _ in 0..count * 2 {
                    let probe = *self.random.pick(&PROBES);
                    let status = *self.random.pick(&[404, 404, 404, 403]);
                    self.anomaly(&address, "GET", probe, status, 9.0, &agent, "probe");
                }
            }
            8 => {
                for _ in 0..15 + self.random.below(25) {
                    let status = if self.random.chance(0.97) { 401 } else { 200 };
                    self.anomaly(&address, "POST", "/login", status, 8.5, &agent, "guessed_passwords");
                }
            }
            9 => {
                let scanner = self.agent(&SCANNERS);
                for _ in 0..count * 2 {
                    let target =
                        format!("/{}{}", self.random.pick(&WORDS), self.random.pick(&[".php", ".asp", "/", ".bak", ".zip", ""]));
                    self.anomaly(&address, "GET", &target, 404, 9.0, &scanner, "scanner");
                }
            }
            10 => {
                let route = *self.random.pick(&[
                    "/account/orders?from={y}-{d}-01",
                    "/api/v1/users/{x}/profile",
                    "/search?q={w}+{w}",
                    "/products",
                ]);
                let target = self.fill(route);
                let size = 23.0 + 3.0 * self.random.unit();
                self.anomaly(&address, "GET", &target, 200, size, &agent, "large_response");
            }
            _ => {
                let method =
                    *self.random.pick(&["TRACE", "CONNECT", "PROPFIND", "DEBUG", "TRACK", "PUT", "DELETE", "\\x16\\x03\\x01"]);
                let target = match method {
                    "PUT" => "/upload/shell.jsp".into(),
                    "DELETE" => "/index.html".into(),
                    _ => self.fill("/{w}"),
                };
                let status = *self.random.pick(&[405, 400, 501, 403]);
                self.anomaly(&address, method, &target, status, 8.5, &agent, "rare_method");
            }
        }
    }

    fn spoilt(&mut self, family: &'static str) -> String {
        let payload = attacks::payload(&mut self.random, family);
        let payload = disguise(&mut self.random, &payload);
        let target = *self.random.pick(&[
            "/products?id=",
            "/search?q=",
            "/category/boots?page=1&sort=",
            "/api/v1/products?limit=10&offset=",
            "/redirect?url=",
            "/index.php?file=",
            "/",
        ]);
        format!("{target}{payload}")
    }

    #[expect(clippy::too_many_arguments, reason = "a line of a log has that many columns")]
    fn anomaly(&mut self, address: &str, method: &str, target: &str, status: u16, size: f32, agent: &str, anomaly: &'static str) {
        let mut hit = self.hit(address, method, target, status, size, agent);
        hit.anomaly = Some(anomaly);
        self.pending.push_back(hit);
    }

    fn hit(&mut self, address: &str, method: &str, target: &str, status: u16, size: f32, agent: &str) -> Hit {
        let protocol = if self.random.chance(0.3) { "HTTP/2.0" } else { "HTTP/1.1" };
        let bytes = if size > 0.0 { size.exp2() as u64 + self.random.below(64) } else { 0 };
        let request = format!("{method} {target} {protocol}");
        Hit { address: address.into(), request, status, bytes, referrer: "-".into(), agent: agent.into(), anomaly: None }
    }

    /// Visitors are many, crawlers, programs and monitors few; attackers are strangers.
    fn address(&mut self, kind: u64) -> String {
        let host = |random: &mut SplitMix64, count: u64, net: &str| {
            let host = random.below(count);
            format!("{net}.{}.{}", host / 250, 1 + host % 250)
        };
        match kind {
            0 => host(&mut self.random, 30_000, "84.17"),
            70..=79 => host(&mut self.random, 40, "66.24"),
            80..=97 => host(&mut self.random, 400, "10.8"),
            98..=99 => "10.0.0.5".into(),
            _ => host(&mut self.random, 2000, "185.220"),
        }
    }

    fn agent(&mut self, agents: &[&str]) -> String {
        let agent = *self.random.pick(agents);
        agent.replace("{v}", &(115 + self.random.below(20)).to_string()).replace("{m}", &self.random.below(8).to_string())
    }

    fn fill(&mut self, target: &str) -> String {
        let mut filled = String::new();
        let mut rest = target;
        while let Some((text, slot, behind)) = next_slot(rest) {
            filled.push_str(text);
            match slot {
                "n" => filled.push_str(&(1 + self.random.below(5000)).to_string()),
                "p" => filled.push_str(&(1 + self.random.below(9)).to_string()),
                "w" => filled.push_str(self.random.pick::<&str>(&WORDS)),
                "o" => filled.push_str(self.random.pick::<&str>(&["price", "name", "new"])),
                "l" => filled.push_str(self.random.pick::<&str>(&["en", "es", "de"])),
                "y" => filled.push_str(&(2015 + self.random.below(11)).to_string()),
                "d" => filled.push_str(&format!("{:02}", 1 + self.random.below(12))),
                "s" => {
                    let title = [*self.random.pick(&WORDS), *self.random.pick(&WORDS), *self.random.pick(&WORDS)].join("-");
                    filled.push_str(&escape(&title, false));
                }
                _ => filled.push_str(&format!("{:016x}", self.random.next_u64())),
            }
            rest = behind;
        }
        filled + rest
    }

    /// About normally distributed around 0 with a spread of 1.
    fn spread(&mut self) -> f32 {
        (0..4).map(|_| self.random.unit() - 0.5).sum::<f32>() * 1.73
    }
}

fn next_slot(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (slot, behind) = rest.split_once('}')?;
    Some((before, slot, behind))
}

fn written(at: Timestamp, hit: &Hit) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = at.civil();
    let second = at.millis_of_day() / 1000;
    let month = MONTHS[month as usize - 1];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let Hit { address, request, status, bytes, referrer, agent, .. } = hit;
    let mut line = String::new();
    // Writing to a text does not fail.
    let _ = write!(
        line,
        "{address} - - [{day:02}/{month}/{year}:{hour:02}:{minute:02}:{second:02} +0000] \"{request}\" {status} {bytes} \"{referrer}\" \"{agent}\""
    );
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(seed: u64, count: i64) -> Vec<Line> {
        let mut generator = Generator::new(seed);
        (0..count).map(|at| generator.line(Timestamp::saturating_from_unix_millis(1_700_000_000_000 + at * 100))).collect()
    }

    #[test]
    fn a_seed_gives_the_same_lines_again() {
        assert_eq!(lines(1, 500), lines(1, 500));
        assert_ne!(lines(1, 500), lines(2, 500));
    }

    #[test]
    fn about_the_share_asked_for_is_anomalous_and_every_line_is_whole() {
        let lines = lines(3, 100_000);
        let anomalies = lines.iter().filter(|line| line.anomaly.is_some()).count();
        assert!((4_000..6_000).contains(&anomalies), "{anomalies}");
        for line in &lines {
            assert_eq!(line.text.matches('"').count(), 6, "{}", line.text);
            assert!(!line.text.contains('\n') && !line.text.contains('{'), "{}", line.text);
        }
    }
}
