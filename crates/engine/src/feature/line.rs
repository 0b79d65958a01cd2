//! Schema `event`, version 2: an event among those of its log.
//!
//! What is usual differs from log to log, so nearly every column is relative to the log itself: how
//! far the length is from the mean of its lines, how rare its template. A model that was trained on
//! some logs can therefore read others. What is bad anywhere, such as the words of attacks, stands as
//! it is.

use super::column::{Norm, bits, flag, signed};
use super::event::{self, Feature};
use super::facts::Facts;
use super::portable::log2;

/// What is measured of a line and compared with the other lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Length,
    Tokens,
    LongestToken,
    Lines,
    Entropy,
    Digits,
    Punctuation,
    Uppercase,
    NonAscii,
    ResponseTime,
    DataSize,
}

/// What is rare about a line, in bits of surprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rarity {
    Template,
    Word,
    Level,
    Attack,
    Source,
    Host,
    User,
    Address,
    Pair,
    Number,
    Value,
    Burst,
    Hour,
}

/// What a line says by itself.
const ALONE: [Feature; 12] = [
    Feature::Level,
    Feature::DaySin,
    Feature::DayCos,
    Feature::WeekSin,
    Feature::WeekCos,
    Feature::Control,
    Feature::TroubleWords,
    Feature::AttackWords,
    Feature::TamperingWords,
    Feature::RefusedLogon,
    Feature::NightAdministrator,
    Feature::Address,
];
/// How long ago the template was first seen, as a share of the log.
const AGE: &str = "template_age";

pub(crate) const MEASURES: usize = Measure::ALL.len();
pub(crate) const RARITIES: usize = Rarity::ALL.len();
pub(crate) const WIDTH: usize = MEASURES + ALONE.len() + RARITIES + 1;

impl Measure {
    pub(crate) const ALL: [Self; 11] = [
        Self::Length,
        Self::Tokens,
        Self::LongestToken,
        Self::Lines,
        Self::Entropy,
        Self::Digits,
        Self::Punctuation,
        Self::Uppercase,
        Self::NonAscii,
        Self::ResponseTime,
        Self::DataSize,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Length => "length_z",
            Self::Tokens => "tokens_z",
            Self::LongestToken => "longest_token_z",
            Self::Lines => "lines_z",
            Self::Entropy => "entropy_z",
            Self::Digits => "digits_z",
            Self::Punctuation => "punctuation_z",
            Self::Uppercase => "uppercase_z",
            Self::NonAscii => "non_ascii_z",
            Self::ResponseTime => "response_time_z",
            Self::DataSize => "data_size_z",
        }
    }

    /// What people call it, and how much of it there is.
    pub(crate) fn told(self, facts: &Facts) -> (&'static str, String) {
        let percent = |share: f64| format!("{:.0}%", share * 100.0);
        match self {
            Self::Length => ("Length of the message", format!("{} bytes", facts.bytes)),
            Self::Tokens => ("Number of words", facts.tokens.to_string()),
            Self::LongestToken => ("Longest word", format!("{} bytes", facts.longest_token_bytes)),
            Self::Lines => ("Number of lines", facts.lines.max(1).to_string()),
            Self::Entropy => ("Information of the message", format!("{:.1} bits a byte", facts.entropy)),
            Self::Digits => ("Share of digits", percent(facts.digits)),
            Self::Punctuation => ("Share of punctuation", percent(facts.punctuation)),
            Self::Uppercase => ("Share of capital letters", percent(facts.uppercase)),
            Self::NonAscii => ("Share of letters beyond ASCII", percent(facts.non_ascii)),
            Self::ResponseTime => ("Time that something took", format!("{:.0} ms", facts.response_millis.unwrap_or_default())),
            Self::DataSize => ("Amount of data", format!("{:.0} bytes", facts.data_bytes.unwrap_or_default())),
        }
    }

    /// Not a number where the line says nothing of it. Amounts of which the order of magnitude counts are logarithms.
    pub(crate) fn value(self, facts: &Facts) -> f32 {
        let magnitude = |amount: f64| log2(1.0 + amount) as f32;
        match self {
            Self::Length => magnitude(facts.bytes as f64),
            Self::Tokens => magnitude(facts.tokens as f64),
            Self::LongestToken => magnitude(facts.longest_token_bytes as f64),
            Self::Lines => magnitude(facts.lines as f64),
            Self::Entropy => facts.entropy as f32,
            Self::Digits => facts.digits as f32,
            Self::Punctuation => facts.punctuation as f32,
            Self::Uppercase => facts.uppercase as f32,
            Self::NonAscii => facts.non_ascii as f32,
            Self::ResponseTime => facts.response_millis.map_or(f32::NAN, magnitude),
            Self::DataSize => facts.data_bytes.map_or(f32::NAN, magnitude),
        }
    }
}

impl Rarity {
    pub(crate) const ALL: [Self; 13] = [
        Self::Template,
        Self::Word,
        Self::Level,
        Self::Attack,
        Self::Source,
        Self::Host,
        Self::User,
        Self::Address,
        Self::Pair,
        Self::Number,
        Self::Value,
        Self::Burst,
        Self::Hour,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Template => "template_rarity",
            Self::Word => "word_rarity",
            Self::Level => "level_rarity",
            Self::Attack => "attack_evidence",
            Self::Source => "source_rarity",
            Self::Host => "host_rarity",
            Self::User => "user_rarity",
            Self::Address => "address_rarity",
            Self::Pair => "pair_rarity",
            Self::Number => "number_distance",
            Self::Value => "value_rarity",
            Self::Burst => "burst",
            Self::Hour => "hour_rarity",
        }
    }
}

/// What is usual for the measures in one log.
#[derive(Clone, Debug, Default)]
pub(crate) struct Norms([Norm; MEASURES]);

impl Norms {
    pub(crate) fn of(facts: &[Facts]) -> Self {
        Self(Measure::ALL.map(|measure| Norm::of(facts.iter().map(|facts| measure.value(facts)))))
    }

    /// The measure that is farthest from what is usual, with its distance.
    pub(crate) fn farthest(&self, facts: &Facts) -> Option<(Measure, f32)> {
        let apart = Measure::ALL.into_iter().zip(&self.0).map(|(measure, norm)| (measure, norm.deviations(measure.value(facts))));
        apart.filter(|(_, deviations)| deviations.is_finite()).max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))
    }
}

pub(crate) fn names() -> Vec<&'static str> {
    let measures = Measure::ALL.into_iter().map(Measure::name);
    let alone = ALONE.into_iter().map(Feature::name);
    measures.chain(alone).chain(Rarity::ALL.into_iter().map(Rarity::name)).chain([AGE]).collect()
}

/// Adds the columns of a line. `age` is from 0 to 1.
pub(crate) fn push(facts: &Facts, norms: &Norms, rarities: &[f32; RARITIES], age: f32, row: &mut Vec<f32>) {
    row.extend(Measure::ALL.into_iter().zip(&norms.0).map(|(measure, norm)| signed(norm.deviations(measure.value(facts)))));
    row.extend(ALONE.into_iter().map(|feature| event::value(feature, facts)));
    row.extend(rarities.iter().map(|rarity| bits(*rarity)));
    row.push(if age.is_finite() { age.clamp(0.0, 1.0) } else { flag(false) });
}

#[cfg(test)]
mod tests {
    use radar_types::{Level, Timestamp};

    use super::super::Subject;
    use super::*;

    fn facts(message: &str) -> Facts {
        let time = Timestamp::saturating_from_unix_millis(1_772_409_600_000);
        Facts::of(&Subject { message, level: Level::Info, time, os_type: "", user: None, address: None, response: None })
    }

    #[test]
    fn measures_are_compared_with_those_of_the_log() {
        let usual: Vec<Facts> = ["job 1 done", "job 22 done", "job 3 done"].map(facts).to_vec();
        let norms = Norms::of(&usual);
        let long = facts(&"job 4 done ".repeat(30));
        assert!(matches!(norms.farthest(&long), Some((Measure::Tokens | Measure::Length, away)) if away > 3.0));
        let mut row = Vec::new();
        push(&long, &norms, &[0.0; RARITIES], 0.5, &mut row);
        push(&usual[0], &norms, &[3.0; RARITIES], f32::NAN, &mut row);
        assert_eq!(row.len(), 2 * WIDTH);
        assert!(row.iter().all(|value| (0.0..=1.0).contains(value)), "{row:?}");
        assert!(row[Measure::Length as usize] > 0.9 && row[WIDTH - 1] == 0.5);
        // A line that speaks of no time has no unusual one.
        assert_eq!(row[Measure::ResponseTime as usize], 0.5);
    }
}
