//! Schema `event`, version 1: one event alone, in numbers from 0 to 1. Nothing is remembered from
//! one event to the next, so any event can be scored anywhere, at any time, with the same result.
//!
//! Amounts that people judge by their order of magnitude (lengths, times, sizes) are logarithmic.
//! Values are computed with `portable` arithmetic only: they are the same bits on every platform.

use radar_types::{Event, Level};

use super::facts::{AddressClass, Facts, Subject};
use super::portable::{log2, sin_turn};
use super::words::Topic;

pub(crate) const SCHEMA: &str = "event";
pub(crate) const WIDTH: usize = Feature::ALL.len();

/// In the order of the model's input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Level,
    DaySin,
    DayCos,
    WeekSin,
    WeekCos,
    Length,
    Tokens,
    LongestToken,
    Lines,
    Entropy,
    Digits,
    Punctuation,
    Uppercase,
    NonAscii,
    Control,
    TroubleWords,
    AttackWords,
    TamperingWords,
    RefusedLogon,
    NightAdministrator,
    Address,
    ResponseTime,
    DataSize,
    Windows,
}

impl Feature {
    pub(crate) const ALL: [Self; 24] = [
        Self::Level,
        Self::DaySin,
        Self::DayCos,
        Self::WeekSin,
        Self::WeekCos,
        Self::Length,
        Self::Tokens,
        Self::LongestToken,
        Self::Lines,
        Self::Entropy,
        Self::Digits,
        Self::Punctuation,
        Self::Uppercase,
        Self::NonAscii,
        Self::Control,
        Self::TroubleWords,
        Self::AttackWords,
        Self::TamperingWords,
        Self::RefusedLogon,
        Self::NightAdministrator,
        Self::Address,
        Self::ResponseTime,
        Self::DataSize,
        Self::Windows,
    ];

    /// As manifests spell it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Level => "level",
            Self::DaySin => "day_sin",
            Self::DayCos => "day_cos",
            Self::WeekSin => "week_sin",
            Self::WeekCos => "week_cos",
            Self::Length => "length",
            Self::Tokens => "tokens",
            Self::LongestToken => "longest_token",
            Self::Lines => "lines",
            Self::Entropy => "entropy",
            Self::Digits => "digits",
            Self::Punctuation => "punctuation",
            Self::Uppercase => "uppercase",
            Self::NonAscii => "non_ascii",
            Self::Control => "control",
            Self::TroubleWords => "trouble_words",
            Self::AttackWords => "attack_words",
            Self::TamperingWords => "tampering_words",
            Self::RefusedLogon => "refused_logon",
            Self::NightAdministrator => "night_administrator",
            Self::Address => "address",
            Self::ResponseTime => "response_time",
            Self::DataSize => "data_size",
            Self::Windows => "windows",
        }
    }

    /// How much a difference in this feature counts beside the others; a model is trained with it
    /// as its normalisation. The calendar counts little, since people do work late; what is only
    /// ever written of attacks counts most.
    pub(crate) fn weight(self) -> f32 {
        match self {
            Self::WeekSin | Self::WeekCos => 0.25,
            Self::DaySin | Self::DayCos | Self::Windows | Self::Address => 0.5,
            Self::Entropy | Self::Digits | Self::Punctuation | Self::Uppercase => 1.0,
            Self::Level | Self::Length | Self::Tokens | Self::LongestToken => 1.25,
            Self::Lines | Self::NonAscii | Self::Control | Self::TroubleWords => 1.5,
            Self::AttackWords | Self::TamperingWords | Self::RefusedLogon | Self::NightAdministrator => 1.5,
            Self::ResponseTime | Self::DataSize => 2.0,
        }
    }

    fn value(self, facts: &Facts) -> f64 {
        let day = f64::from(facts.minute_of_day) / 1440.0;
        let week = (f64::from(facts.weekday) + day) / 7.0;
        match self {
            Self::Level => level_value(facts.level),
            Self::DaySin => circle(day),
            Self::DayCos => circle(day + 0.25),
            Self::WeekSin => circle(week),
            Self::WeekCos => circle(week + 0.25),
            Self::Length => magnitude(facts.bytes as f64, LENGTH_BITS),
            Self::Tokens => magnitude(facts.tokens as f64, TOKEN_BITS),
            Self::LongestToken => magnitude(facts.longest_token_bytes as f64, TOKEN_BITS),
            Self::Lines => magnitude(facts.lines.saturating_sub(1) as f64, LINE_BITS),
            Self::Entropy => facts.entropy / 8.0,
            Self::Digits => facts.digits,
            Self::Punctuation => facts.punctuation,
            Self::Uppercase => facts.uppercase,
            Self::NonAscii => facts.non_ascii,
            // A few are enough to make a text strange.
            Self::Control => facts.control * 4.0,
            Self::TroubleWords => several(facts.found.count(Topic::Trouble), 0.5),
            Self::AttackWords => several(facts.found.count(Topic::Attack), 0.25),
            Self::TamperingWords => several(facts.found.count(Topic::Tampering), 0.25),
            Self::RefusedLogon => match (facts.found.has(Topic::RefusedLogon), facts.address) {
                (false, _) => 0.0,
                (true, Some(AddressClass::Public)) => 1.0,
                (true, Some(AddressClass::Internal) | None) => 0.25,
            },
            Self::NightAdministrator => flag(facts.is_night() && facts.is_administrator_logon()),
            Self::Address => match facts.address {
                None => 0.0,
                Some(AddressClass::Internal) => 0.5,
                Some(AddressClass::Public) => 1.0,
            },
            Self::ResponseTime => magnitude(facts.response_millis.unwrap_or_default(), RESPONSE_BITS),
            Self::DataSize => magnitude(facts.data_bytes.unwrap_or_default(), DATA_BITS),
            Self::Windows => flag(facts.is_windows),
        }
    }
}

// The magnitudes that are 1: 64 KiB, 4096 tokens or bytes of one, 256 lines, 17 minutes, 1 TiB.
pub(crate) const LENGTH_BITS: f64 = 16.0;
pub(crate) const TOKEN_BITS: f64 = 12.0;
pub(crate) const LINE_BITS: f64 = 8.0;
pub(crate) const RESPONSE_BITS: f64 = 20.0;
pub(crate) const DATA_BITS: f64 = 40.0;

fn level_value(level: Level) -> f64 {
    match level {
        Level::Debug => 0.0,
        Level::Info => 0.25,
        Level::Warning => 0.5,
        Level::Error => 0.75,
        Level::Critical => 1.0,
    }
}

fn circle(turns: f64) -> f64 {
    (sin_turn(turns) + 1.0) / 2.0
}

fn magnitude(amount: f64, bits: f64) -> f64 {
    log2(1.0 + amount) / bits
}

/// The amount that a magnitude stands for. Only for people, so the platform's power will do.
pub(crate) fn amount(magnitude: f64, bits: f64) -> f64 {
    (magnitude.clamp(0.0, 1.0) * bits).exp2() - 1.0
}

/// Each further one of a kind says less: the first leaves `rest`, the second `rest` of that.
fn several(count: usize, rest: f64) -> f64 {
    1.0 - (0..count).fold(1.0, |left, _| left * rest)
}

fn flag(is_set: bool) -> f64 {
    if is_set { 1.0 } else { 0.0 }
}

/// One feature, from 0 to 1.
pub(crate) fn value(feature: Feature, facts: &Facts) -> f32 {
    feature.value(facts).clamp(0.0, 1.0) as f32
}

/// The rows of a batch, one after the other, each [`WIDTH`] wide.
pub(crate) fn rows<'a>(events: impl IntoIterator<Item = &'a Event>) -> Vec<f32> {
    let mut rows = Vec::new();
    for event in events {
        let facts = Facts::of(&Subject::of(event));
        rows.extend(Feature::ALL.map(|feature| value(feature, &facts)));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(level: &str, message: &str) -> Vec<f32> {
        let event = serde_json::json!({"timestamp": "2026-03-02T12:00:00Z", "hostname": "h", "source": "s", "os_type": "Linux",
            "level": level, "message": message, "collector": "c"});
        rows([&serde_json::from_value(event).unwrap()])
    }

    fn check(level: &str, message: &str, feature: Feature, expected: f32) {
        let value = row(level, message)[feature as usize];
        assert!((value - expected).abs() < 1e-6, "{message:?}: {feature:?} is {value}");
    }

    #[test]
    fn values_are_what_they_say() {
        check("CRITICAL", "x", Feature::Level, 1.0);
        check("INFO", "x", Feature::DayCos, 0.0);
        check("INFO", &"x".repeat(255), Feature::Length, 0.5);
        check("INFO", "error", Feature::TroubleWords, 0.5);
        check("INFO", "error: failed", Feature::TroubleWords, 0.75);
        check("INFO", "Failed password for ana from 203.0.113.9", Feature::RefusedLogon, 1.0);
        check("INFO", "Failed password for ana from 10.1.2.3", Feature::RefusedLogon, 0.25);
        check("INFO", "done in 1023 ms", Feature::ResponseTime, 0.5);
    }

    #[test]
    fn values_stay_between_0_and_1_whatever_is_written() {
        let hostile = ["", "\0\0\0", &"9".repeat(100_000), &"\n".repeat(5000), "1e999 ms 99999999999999999 TB", "ﷺ%00%ff%"];
        for message in hostile {
            let row = row("", message);
            assert_eq!(row.len(), WIDTH);
            assert!(row.iter().all(|value| (0.0..=1.0).contains(value)), "{row:?}");
        }
    }

    #[test]
    fn names_are_unique_and_stand_in_the_order_of_the_columns() {
        for (index, feature) in Feature::ALL.into_iter().enumerate() {
            assert_eq!(feature as usize, index);
            assert!(Feature::ALL[..index].iter().all(|other| other.name() != feature.name()));
        }
    }
}
