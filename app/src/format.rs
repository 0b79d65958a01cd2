//! Numbers and log text as people read them.

use std::fmt::Write;

use radar_types::{Score, ScoreState, grouped, wire::Learning};

/// How many there are of something.
pub(crate) fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { many })
}

/// The number that the severity comes from.
pub(crate) fn score_text(score: &ScoreState) -> String {
    match score {
        ScoreState::Scored(score) if score.model == Score::ENSEMBLE => format!("{:.3}", score.calibrated),
        ScoreState::Scored(score) => format!("{:.4}", score.raw),
        ScoreState::NotScored => "not scored".into(),
        ScoreState::Failed { .. } => "failed".into(),
    }
}

/// That what is usual is not known yet, as a tag and as the sentence behind it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LearningText {
    pub(crate) short: String,
    pub(crate) long: String,
}

impl LearningText {
    /// `None` when learning is over.
    pub(crate) fn of(learning: &Learning) -> Option<Self> {
        if learning.is_over() {
            return None;
        }
        let [events, events_needed, minutes, minutes_needed] =
            [learning.events, learning.events_needed, learning.minutes, learning.minutes_needed].map(grouped);
        Some(Self {
            short: format!("Learning: {:.0}%", (learning.share() * 100.0).floor()),
            long: format!(
                "What is usual here is learned from {events_needed} events in {minutes_needed} minutes or more. So far there were \
                 {events} events in {minutes} minutes. Until then what is new counts less; what is known to be bad counts in full."
            ),
        })
    }
}

/// Log text with everything that would act on the reader's screen, and not stand on it, made
/// visible: control characters, and the marks that reorder text.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push(' '),
            // Unicode has a picture for each control character of ASCII.
            '\0'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(character))),
            '\u{7f}' => shown.push('\u{2421}'),
            '\u{80}'..='\u{9f}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                let _ = write!(shown, "<U+{:04X}>", u32::from(character));
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_and_none_are_many() {
        let text = |count| counted(count, "event", "events");
        assert_eq!([text(0), text(1), text(1_234)], ["0 events", "1 event", "1,234 events"]);
    }

    #[test]
    fn a_score_is_shown_as_what_its_severity_comes_from() {
        let check = |model: &str, text: &str| {
            let (model, model_version, schema) = (model.to_owned(), "1".to_owned(), "event".to_owned());
            let score = Score { raw: 0.01234, calibrated: 0.8763, model, model_version, schema, schema_version: 1 };
            assert_eq!(score_text(&ScoreState::Scored(score)), text);
        };
        check("autoencoder", "0.0123");
        check(Score::ENSEMBLE, "0.876");
        assert_eq!(score_text(&ScoreState::NotScored), "not scored");
    }

    #[test]
    fn learning_says_how_far_it_is_until_it_is_over() {
        let learning = Learning { events: 12_345, events_needed: 1000, minutes: 59, minutes_needed: 60 };
        let text = LearningText::of(&learning).unwrap();
        assert_eq!(text.short, "Learning: 98%");
        assert!(text.long.contains("12,345 events in 59 minutes"), "{}", text.long);
        assert_eq!(LearningText::of(&Learning { minutes: 60, ..learning }), None);
    }

    #[test]
    fn nothing_in_a_log_acts_on_the_screen() {
        for (text, shown) in [
            ("plain text, 漢字, é", "plain text, 漢字, é"),
            ("a\tb\nc\0", "a b\u{240a}c\u{2400}"),
            ("\u{1b}[31mred", "\u{241b}[31mred"),
            ("invoice\u{202e}fdp.exe", "invoice<U+202E>fdp.exe"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
