//! One kind of evidence against a record: how many bits it counts, and the sentence that says so.

use radar_types::{Level, Reason, grouped};

use crate::feature::line::Rarity;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Part<'a> {
    pub(super) bits: f32,
    pub(super) what: What<'a>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum What<'a> {
    NewTemplate {
        events: u64,
    },
    RareTemplate {
        count: u64,
        events: u64,
    },
    RareWord {
        word: &'a str,
        count: u64,
        events: u64,
    },
    Level {
        level: Level,
        count: u64,
        events: u64,
    },
    Trouble {
        word: &'a str,
    },
    Attack {
        pattern: &'static str,
    },
    /// A user, host, source or address seen seldom or never.
    Rare {
        code: &'static str,
        what: &'static str,
        value: &'a str,
        count: u64,
        events: u64,
    },
    /// Two that are each usual and not usual together.
    Pair {
        user: &'a str,
        source: &'a str,
        count: u64,
    },
    Far {
        /// The name in front of it, or nothing.
        name: &'a str,
        text: &'a str,
        middle: f64,
        spreads: f32,
    },
    RareValue {
        name: &'a str,
        text: &'a str,
        count: u64,
        events: u64,
    },
    Burst {
        count: u64,
        usual: f32,
    },
    Hour {
        hour: i64,
        count: u64,
        events: u64,
    },
}

/// What each further part adds to the first, strongest first: evidence of one thing often comes twice.
const SHARES: [f32; 5] = [1.0, 0.8, 0.5, 0.3, 0.2];
/// Parts below say nothing to people.
const REASON_BITS_MIN: f32 = 0.5;
const REASONS_MAX: usize = 5;
/// Values are shown up to here.
const SHOWN_CHARS_MAX: usize = 60;

/// Sorts the parts, strongest first, and adds them up.
pub(super) fn total(parts: &mut [Part<'_>]) -> f32 {
    parts.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    parts.iter().zip(SHARES).map(|(part, share)| part.bits * share).sum()
}

/// The sentences of sorted parts; never none where there is a part.
pub(super) fn reasons(parts: &[Part<'_>]) -> Vec<Reason> {
    let strong = parts.iter().enumerate().filter(|(rank, part)| *rank == 0 || part.bits >= REASON_BITS_MIN);
    strong.take(REASONS_MAX).map(|(_, part)| part.what.reason()).collect()
}

impl What<'_> {
    /// The column of a line's features that it counts in.
    pub(super) fn rarity(&self) -> Rarity {
        match self {
            Self::NewTemplate { .. } | Self::RareTemplate { .. } => Rarity::Template,
            Self::RareWord { .. } => Rarity::Word,
            Self::Level { .. } | Self::Trouble { .. } => Rarity::Level,
            Self::Attack { .. } => Rarity::Attack,
            Self::Rare { code: "rare_source", .. } => Rarity::Source,
            Self::Rare { code: "rare_host", .. } => Rarity::Host,
            Self::Rare { code: "rare_user", .. } => Rarity::User,
            Self::Rare { .. } => Rarity::Address,
            Self::Pair { .. } => Rarity::Pair,
            Self::Far { .. } => Rarity::Number,
            Self::RareValue { .. } => Rarity::Value,
            Self::Burst { .. } => Rarity::Burst,
            Self::Hour { .. } => Rarity::Hour,
        }
    }

    fn reason(&self) -> Reason {
        let (code, text) = match self {
            Self::NewTemplate { events } => {
                ("new_template", format!("First time this template was seen in {} events", grouped(*events)))
            }
            Self::RareTemplate { count, events } => {
                ("rare_template", format!("This template is in {} of {} events", grouped(*count), grouped(*events)))
            }
            Self::RareWord { word, count: 0, events } => {
                ("rare_word", format!("The word `{}` was in none of {} events", shown(word), grouped(*events)))
            }
            Self::RareWord { word, count, events } => {
                ("rare_word", format!("The word `{}` is in {} of {} events", shown(word), grouped(*count), grouped(*events)))
            }
            Self::Level { level, count, events } => {
                let (count, events) = (grouped(*count), grouped(*events));
                ("level", format!("Level is {}; {count} of {events} events are as grave as this one", level_name(*level)))
            }
            Self::Trouble { word } => ("trouble_words", format!("Message speaks of trouble: `{}`", shown(word))),
            Self::Attack { pattern } => {
                ("attack_words", format!("Message holds what is known from attacks: `{}`", shown(pattern.trim())))
            }
            Self::Rare { code, what, value, count: 0, events } => {
                (*code, format!("{what} `{}` was never seen in {} events", shown(value), grouped(*events)))
            }
            Self::Rare { code, what, value, count, events } => {
                (*code, format!("{what} `{}` is in {} of {} events", shown(value), grouped(*count), grouped(*events)))
            }
            Self::Pair { user, source, count } => {
                let times = match count {
                    0 => "never".to_owned(),
                    1 => "once".to_owned(),
                    more => format!("{} times", grouped(*more)),
                };
                ("rare_pair", format!("`{}` and `{}` were seen together {times}", shown(user), shown(source)))
            }
            Self::Far { name, text, middle, spreads } => {
                let usual = if *middle < 10.0 { format!("{middle:.1}") } else { grouped(middle.round() as u64) };
                let what = named(name, text);
                ("far_number", format!("{what} is {spreads:.0} spreads from the usual {usual} in its place"))
            }
            Self::RareValue { name, text, count: 0, events } => {
                ("rare_value", format!("{} was never seen in its place in {} events", named(name, text), grouped(*events)))
            }
            Self::RareValue { name, text, count, events } => {
                let (count, events) = (grouped(*count), grouped(*events));
                ("rare_value", format!("{} stands in its place in {count} of {events} events", named(name, text)))
            }
            Self::Burst { count, usual } => {
                ("burst", format!("{} of this template in one minute, where {usual:.1} are usual", grouped(*count)))
            }
            Self::Hour { hour, count, events } => {
                let (count, events) = (grouped(*count), grouped(*events));
                ("rare_hour", format!("Written between {hour:02}:00 and {hour:02}:59 UTC, like {count} of {events} events"))
            }
        };
        Reason { code: code.to_owned(), text }
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "information",
        Level::Warning => "warning",
        Level::Error => "error",
        Level::Critical => "critical",
    }
}

/// A value, with the name it has.
fn named(name: &str, text: &str) -> String {
    if name.is_empty() { format!("`{}`", shown(text)) } else { format!("`{}` of `{}`", shown(text), shown(name)) }
}

/// Short, and without what a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    let cut = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    let mut shown: String = cut.take(SHOWN_CHARS_MAX).collect();
    if text.chars().nth(SHOWN_CHARS_MAX).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: What<'_>, code: &str, text: &str) {
        let reason = what.reason();
        assert_eq!((reason.code.as_str(), reason.text.as_str()), (code, text));
    }

    #[test]
    fn a_reason_says_its_number() {
        check(What::NewTemplate { events: 41_200 }, "new_template", "First time this template was seen in 41,200 events");
        check(What::RareWord { word: "parity", count: 3, events: 2000 }, "rare_word", "The word `parity` is in 3 of 2,000 events");
        let rare = What::Rare { code: "rare_host", what: "Host", value: "node-17", count: 0, events: 999 };
        check(rare, "rare_host", "Host `node-17` was never seen in 999 events");
        let far = What::Far { name: "", text: "48MB", middle: 20_480.4, spreads: 31.2 };
        check(far, "far_number", "`48MB` is 31 spreads from the usual 20,480 in its place");
        let value = What::RareValue { name: "LogonType", text: "10", count: 2, events: 4000 };
        check(value, "rare_value", "`10` of `LogonType` stands in its place in 2 of 4,000 events");
        check(What::Pair { user: "ann", source: "ci", count: 1 }, "rare_pair", "`ann` and `ci` were seen together once");
    }

    #[test]
    fn what_is_shown_is_short_and_safe() {
        assert_eq!(shown("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(shown(&"x".repeat(61)), "x".repeat(60) + "…");
    }

    #[test]
    fn the_strongest_part_counts_in_full_and_comes_first() {
        let part = |bits: f32, events: u64| Part { bits, what: What::NewTemplate { events } };
        let mut parts = [part(1.0, 1), part(4.0, 2)];
        assert!((total(&mut parts) - 4.8).abs() < 1e-6);
        assert_eq!(reasons(&parts)[0].text, "First time this template was seen in 2 events");
    }
}
