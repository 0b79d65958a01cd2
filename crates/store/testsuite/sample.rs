//! Events to store: plain ones, random ones, and ones that have broken something somewhere.

use std::collections::BTreeMap;

use radar_types::{Event, EventId, Reason, Score, ScoreState, Scored, Timestamp};

/// SplitMix64: small, seeded, and good enough to vary tests.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound
    }

    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len() as u64) as usize]
    }

    /// Whether this is one of so many times.
    pub(crate) fn is_one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}

pub(crate) fn time(unix_millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(unix_millis).unwrap()
}

pub(crate) fn score(raw: f32, calibrated: f32) -> ScoreState {
    ScoreState::Scored(Score {
        raw,
        calibrated,
        model: "event-autoencoder".into(),
        model_version: "1".into(),
        schema: "event".into(),
        schema_version: 1,
    })
}

/// A plain event; equal numbers have equal ids.
pub(crate) fn numbered(number: u64) -> Scored {
    let event = Event {
        timestamp: time(1_772_000_000_000 + number as i64),
        hostname: "ws-014".into(),
        source: "Security".into(),
        os_type: "Windows".into(),
        level: "Information".into(),
        message: format!("An account was logged on ({number})."),
        collector: "radar-collector".into(),
        record_id: Some(number.to_string()),
        channel: None,
        user: None,
        address: None,
        fields: BTreeMap::new(),
    };
    Scored { id: event.id(0), event, score: score(0.004, 0.5), reasons: vec![], template: None }
}

/// The numbered events from `first` up to, but not including, `end`.
pub(crate) fn batch(first: u64, end: u64) -> Vec<Scored> {
    (first..end).map(numbered).collect()
}

/// A plain event with this text everywhere.
fn saying(text: &str) -> Scored {
    let mut scored = numbered(0);
    let event = &mut scored.event;
    let required =
        [&mut event.hostname, &mut event.source, &mut event.os_type, &mut event.level, &mut event.message, &mut event.collector];
    required.into_iter().for_each(|field| text.clone_into(field));
    let optional = [&mut event.record_id, &mut event.channel, &mut event.user, &mut event.address];
    optional.into_iter().for_each(|field| *field = Some(text.to_owned()));
    event.fields = BTreeMap::from([(text.to_owned(), text.to_owned()), (String::new(), String::new())]);
    scored.reasons = vec![Reason { code: text.to_owned(), text: text.to_owned() }; 3];
    scored
}

/// Events that must come back as they are. Each has an id of its own.
pub(crate) fn awkward() -> Vec<Scored> {
    let planes: String =
        (0..=16).flat_map(|plane| [plane * 0x1_0000 + 0x21, plane * 0x1_0000 + 0xff_fd]).filter_map(char::from_u32).collect();
    let mut events: Vec<Scored> = [
        "",
        " ",
        "\0",
        "a\0b",
        "\u{1}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{feff}\u{202e}",
        "'; DROP TABLE event; --",
        r#"{"$where":"1"} \u0000 \\ "quoted" %_?"#,
        "e\u{301} and \u{e9} are two texts",
        "\r\n\t",
        planes.as_str(),
        &"large ".repeat(20 * 1024),
    ]
    .into_iter()
    .map(saying)
    .collect();

    let mut scored = numbered(0);
    scored.event.message = "large ".repeat(1024 * 1024 / 6);
    events.push(scored);

    let long_ago: Timestamp = "1601-01-01T00:00:00Z".parse().unwrap();
    let before_1970: Timestamp = "1969-12-31T23:59:59.999Z".parse().unwrap();
    let after_2100: Timestamp = "2262-04-12T00:00:00Z".parse().unwrap();
    for timestamp in [Timestamp::MIN, long_ago, before_1970, time(0), after_2100, Timestamp::MAX] {
        let mut scored = numbered(0);
        scored.event.timestamp = timestamp;
        events.push(scored);
    }

    let states = [
        ScoreState::NotScored,
        ScoreState::Failed { error: String::new() },
        ScoreState::Failed { error: "a\0\"b\"".into() },
        score(0.1 + 0.2, f32::MIN_POSITIVE),
        score(f32::MAX, -1.0),
        score(f32::INFINITY, f32::NEG_INFINITY),
        score(f32::NAN, 1.0),
        score(1.0, f32::NAN),
        score(-0.0, -0.0),
    ];
    events.extend(states.map(|state| Scored { score: state, ..numbered(0) }));

    for (index, scored) in events.iter_mut().enumerate() {
        scored.id = EventId::from_bytes([index as u8; 16]);
    }
    events
}
