//! Random events and random questions about them, of so few different values that questions find something.

use radar_store::{Record, Table};
use radar_types::query::{Field, Filter, Order, Period, State, Text, WORD_BYTES_MAX};
use radar_types::{Level, Reason, Scale, ScoreState, Scored, Severity, TemplateId, Timestamp, Verdict};

use super::asking::{ORDERS, quarters};
use super::sample::{Random, numbered, score, time};

const HOUR_MILLIS: i64 = 3_600_000;
const DAYS: i64 = 3;

const HOSTS: [&str; 6] = ["ws-014", "WS-014", "db.example", "", "größe", "ws"];
const SOURCES: [&str; 4] = ["Security", "sshd", "security sshd", "$where"];
const LEVELS: [&str; 6] = ["Information", "WARN", "error", "emerg", "debug", "purple"];
const USERS: [&str; 4] = ["ann", "Ann Other", "root", ""];
const NAMES: [&str; 8] = ["LogonType", "logontype", "message", "Host", "a.b", "$where", "", "東京"];
const VALUES: [&str; 6] = ["3", "10", "failed login", "", "ann", "10.0.0.7"];
const WORDS: [&str; 16] = [
    "Failed",
    "failed",
    "login",
    "LOGIN",
    "for",
    "root",
    "from",
    "10.0.0.7",
    "東京都庁",
    "Straße",
    "ΑΣ",
    "fail",
    "e\u{301}t",
    "a",
    "ab",
    "abc",
];
const NUMBERS: [f32; 16] =
    [0.0, -0.0, 0.01, 0.010_000_001, 0.02, 0.05, 0.25, 0.5, 0.75, 0.99, 1.0, -1.0, 7.5, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];

impl Random {
    fn text(&mut self, choices: &[&str]) -> String {
        (*self.pick(choices)).to_owned()
    }

    fn some<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!self.is_one_in(3)).then(|| some(self))
    }

    fn several<T>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..self.below(most + 1)).map(|_| one(self)).collect()
    }

    /// Nothing now and then.
    fn one_or_more<T>(&mut self, most: u64, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = if self.is_one_in(15) { 0 } else { 1 + self.below(most) };
        (0..count).map(|_| one(self)).collect()
    }

    fn sentence(&mut self) -> String {
        let mut words = self.several(6, |random| random.text(&WORDS));
        if self.is_one_in(20) {
            words.push("long".repeat(WORD_BYTES_MAX / 4 + self.below(2) as usize));
        }
        words.join(self.pick::<&str>(&[" ", "-", ", ", "\0"]))
    }

    fn number_f32(&mut self) -> f32 {
        if self.is_one_in(2) { *self.pick(&NUMBERS) } else { self.below(101) as f32 / 100.0 }
    }

    /// Some are equal, a few very far away.
    pub(crate) fn moment(&mut self) -> Timestamp {
        match self.below(30) {
            0 => *self.pick(&[Timestamp::MIN, Timestamp::MAX, time(-1), time(0), time(4_102_444_800_000)]),
            1 => time(self.below(DAYS as u64 * 24 * HOUR_MILLIS as u64) as i64),
            _ => time(self.below(DAYS as u64 * 24 * 4) as i64 * HOUR_MILLIS / 4),
        }
    }

    pub(crate) fn period(&mut self) -> Period {
        let (from, to) = (self.moment(), self.moment());
        // Now and then the wrong way round.
        if from > to && !self.is_one_in(10) { Period { from: to, to: from } } else { Period { from, to } }
    }

    pub(crate) fn state(&mut self) -> ScoreState {
        match self.below(8) {
            0 => ScoreState::NotScored,
            1 => ScoreState::Failed { error: "the model does not know this event".into() },
            _ => score(self.number_f32(), self.number_f32()),
        }
    }

    pub(crate) fn reasons(&mut self) -> Vec<Reason> {
        self.several(2, |random| Reason { code: random.text(&WORDS), text: random.sentence() })
    }

    pub(crate) fn template(&mut self) -> Option<TemplateId> {
        self.some(|random| TemplateId(*random.pick(&[0, 1, 2, 3, 4, u64::MAX])))
    }

    /// Ids up to `ids`, so that some come again, with other content and the same time.
    pub(crate) fn scored(&mut self, ids: u64) -> Scored {
        let number = self.below(ids);
        let mut scored = numbered(number);
        let event = &mut scored.event;
        event.timestamp = Random(number).moment();
        event.hostname = self.text(&HOSTS);
        event.source = self.text(&SOURCES);
        event.level = self.text(&LEVELS);
        event.message = self.sentence();
        event.user = self.some(|random| random.text(&USERS));
        event.address = self.some(|random| random.text(&VALUES));
        event.channel = self.some(|random| random.text(&SOURCES));
        event.fields = self.several(4, |random| (random.text(&NAMES), random.text(&VALUES))).into_iter().collect();
        scored.score = self.state();
        scored.reasons = self.reasons();
        scored.template = self.template();
        scored
    }

    pub(crate) fn order(&mut self) -> Order {
        *self.pick(&ORDERS)
    }

    pub(crate) fn scale(&mut self) -> Scale {
        match self.below(3) {
            0 => quarters(),
            1 => Scale { low: -1.0, critical: None, ..quarters() },
            _ => Scale::radar(),
        }
    }

    pub(crate) fn field(&mut self) -> Field {
        match self.below(12) {
            0 => Field::Host,
            1 => Field::Source,
            2 => Field::User,
            3 => Field::Address,
            4 => Field::Channel,
            5 => Field::Os,
            6 => Field::Collector,
            7 => Field::Level,
            8 => Field::Template,
            9 => Field::Verdict,
            _ => Field::Named(self.text(&NAMES)),
        }
    }

    fn value(&mut self, field: &Field) -> String {
        match field {
            _ if self.is_one_in(20) => self.sentence(),
            Field::Host => self.text(&HOSTS),
            Field::Source | Field::Channel => self.text(&SOURCES),
            Field::User => self.text(&USERS),
            Field::Level => self.pick(&Level::ALL).name().to_owned(),
            Field::Verdict => self.pick(&Verdict::ALL).name().to_owned(),
            Field::Template => self.template().map_or_else(String::new, |template| template.to_string()),
            Field::Os => self.text(&["Windows", "windows"]),
            Field::Collector => self.text(&["radar-collector", "radar"]),
            Field::Address | Field::Named(_) => self.text(&VALUES),
        }
    }

    /// A tree of up to `depth` levels below this one.
    pub(crate) fn filter(&mut self, depth: u32) -> Filter {
        if depth > 0 && self.is_one_in(2) {
            return match self.below(6) {
                0 | 1 => Filter::All(self.one_or_more(3, |random| random.filter(depth - 1))),
                2 | 3 => Filter::Any(self.one_or_more(3, |random| random.filter(depth - 1))),
                _ => Filter::Not(Box::new(self.filter(depth - 1))),
            };
        }
        match self.below(12) {
            0 | 1 => Filter::Time(self.period()),
            2 => Filter::Severity(self.one_or_more(3, |random| *random.pick(&Severity::ALL))),
            3 => Filter::Score(self.number_f32(), self.number_f32()),
            4 => Filter::State(self.one_or_more(2, |random| *random.pick(&[State::NotScored, State::Failed, State::Scored]))),
            5 => Filter::Level(self.one_or_more(3, |random| *random.pick(&Level::ALL))),
            6 => Filter::Verdict(self.one_or_more(2, |random| *random.pick(&Verdict::ALL))),
            7 | 8 => {
                let field = self.field();
                let value = self.value(&field);
                Filter::Is(field, value)
            }
            _ => Filter::Text(self.words()),
        }
    }

    fn words(&mut self) -> Text {
        let pasted = match self.below(4) {
            0 => self.sentence(),
            1 => self.text(&VALUES),
            2 => self.text(&HOSTS),
            _ => self.text(&WORDS),
        };
        let mut words: Vec<String> = radar_types::query::words(&pasted).take(3).collect();
        let is_prefix = self.is_one_in(3);
        if let Some(last) = words.last_mut().filter(|_| is_prefix) {
            *last = last.chars().take(1 + self.below(3) as usize).collect();
        }
        let columns =
            ["message", "HOST", "hostname", "source", "user", "address", "channel", "level", "os", "collector", "record_id"];
        let field = match self.below(4) {
            0 => Some(self.text(&columns)),
            1 => Some(self.text(&NAMES)),
            _ => None,
        };
        Text { field, words, is_prefix }
    }

    pub(crate) fn bounds(&mut self) -> Vec<f32> {
        let mut bounds: Vec<f32> = self.several(6, Self::number_f32);
        if !self.is_one_in(5) {
            bounds.retain(|bound| !bound.is_nan());
            bounds.sort_by(f32::total_cmp);
            bounds.dedup();
        }
        bounds
    }

    pub(crate) fn key(&mut self) -> String {
        self.text(&["a", "b", "ab", "B", "é", "e\u{301}", "東京", "\u{10fffd}", "a.b", "$where", " ", "\u{ffff}"])
    }

    pub(crate) fn record(&mut self) -> Record {
        Record {
            key: self.key(),
            owner: self.owner(),
            expires: self.some(Self::moment),
            value: self.several(5, |random| random.below(256) as u8),
            version: self.below(3),
        }
    }

    pub(crate) fn owner(&mut self) -> String {
        self.text(&["", "ann@example.org", "$where"])
    }

    pub(crate) fn table(&mut self) -> Table {
        *self.pick(&[Table::Users, Table::Sessions, Table::States])
    }
}
