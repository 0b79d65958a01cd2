//! How much a message speaks of trouble, as somebody reads it who knows systems but not this one.
//!
//! Grave words say that something broke; plain ones that something did not work; words that say it was
//! dealt with calm, and so does a mistake of whoever asked (a file that is not there). A line that
//! only shows the state of something (`register ......0`, `r1=0x0`) belongs to another line's trouble.

use radar_types::Level;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Trouble {
    pub(super) points: f32,
    /// The gravest word, as a span of the message.
    pub(super) word: (usize, usize),
}

const GRAVE: f32 = 3.0;
const PLAIN: f32 = 2.0;
const SLIGHT: f32 = 1.2;
const CALM: f32 = -1.0;
/// What every further word of trouble adds to the first, in parts of itself.
const FURTHER_SHARE: f32 = 0.25;
/// Of words beyond this nothing is added.
const WORDS_MAX: usize = 64;
const WORD_BYTES_MAX: usize = 24;

/// Beginnings of words, with what they say; the longest that fits counts.
const WORDS: [(&str, f32); 76] = [
    ("abort", GRAVE),
    ("breach", GRAVE),
    ("broken", PLAIN),
    ("corrupt", GRAVE),
    ("crash", GRAVE),
    ("critical", PLAIN),
    ("damage", GRAVE),
    ("dead", PLAIN),
    ("deadlock", GRAVE),
    ("died", GRAVE),
    ("emergency", GRAVE),
    ("exhaust", GRAVE),
    ("fatal", GRAVE),
    ("fault", PLAIN),
    ("default", 0.0),
    ("halt", PLAIN),
    ("hang", PLAIN),
    ("hung", PLAIN),
    ("kill", PLAIN),
    ("leak", PLAIN),
    ("lockup", GRAVE),
    ("malfunction", GRAVE),
    ("malware", GRAVE),
    ("oops", GRAVE),
    ("overheat", GRAVE),
    ("panic", GRAVE),
    ("parity", SLIGHT),
    ("poison", GRAVE),
    ("segfault", GRAVE),
    ("sever", GRAVE),
    ("several", 0.0),
    ("terminated", PLAIN),
    ("unrecover", GRAVE),
    ("uncorrect", GRAVE),
    ("unreachable", PLAIN),
    ("violat", PLAIN),
    ("assert", SLIGHT),
    ("bad", SLIGHT),
    ("cannot", SLIGHT),
    ("denied", SLIGHT),
    ("disconnect", SLIGHT),
    ("down", SLIGHT),
    ("download", 0.0),
    ("drop", SLIGHT),
    ("error", PLAIN),
    ("exceed", SLIGHT),
    ("exception", PLAIN),
    ("fail", PLAIN),
    ("illegal", SLIGHT),
    ("incomplete", SLIGHT),
    ("interrupt", SLIGHT),
    ("invalid", SLIGHT),
    ("lost", PLAIN),
    ("missing", SLIGHT),
    ("overflow", PLAIN),
    ("refus", PLAIN),
    ("reject", SLIGHT),
    ("reset", SLIGHT),
    ("suspicious", PLAIN),
    ("timed", SLIGHT),
    ("timeout", PLAIN),
    ("trap", SLIGHT),
    ("unable", SLIGHT),
    ("unauthori", PLAIN),
    ("unavailable", PLAIN),
    ("unexpected", PLAIN),
    ("warn", SLIGHT),
    ("correctable", CALM),
    ("corrected", -2.0),
    ("recovered", -2.0),
    ("restored", CALM),
    ("retrying", CALM),
    ("succe", CALM),
    ("complet", CALM),
    ("suppress", CALM),
    ("healthy", CALM),
];

/// Mistakes of whoever asked, not of the system.
const MISTAKES: [&str; 6] = ["no such file", "permission denied", "not found", "does not exist", "usage:", "invalid or missing"];

pub(super) fn trouble(message: &str) -> Trouble {
    let bytes = message.as_bytes();
    let (mut gravest, mut word, mut further, mut calm) = (0.0_f32, (0, 0), 0.0_f32, 0.0_f32);
    let mut at = 0;
    for _ in 0..WORDS_MAX {
        let Some(start) = bytes[at..].iter().position(u8::is_ascii_alphabetic).map(|skipped| at + skipped) else { break };
        let end = bytes[start..].iter().position(|byte| !byte.is_ascii_alphabetic()).map_or(bytes.len(), |length| start + length);
        at = end;
        let points = word_points(&bytes[start..end]);
        if points > gravest {
            (further, gravest, word) = (further + gravest, points, (start, end));
        } else if points > 0.0 {
            further += points;
        }
        calm = calm.min(points);
    }
    let mut points = gravest + (further * FURTHER_SHARE).min(1.0) + calm;
    let lower = message.get(..message.len().min(512)).unwrap_or(message).to_ascii_lowercase();
    if gravest > 0.0 && MISTAKES.iter().any(|mistake| lower.contains(mistake)) {
        points -= 1.0;
    }
    if is_state(bytes) {
        points -= 1.5;
    }
    Trouble { points, word }
}

/// What the writer's own word for the urgency adds.
pub(super) fn level_points(level: Level) -> f32 {
    match level {
        Level::Debug => -0.5,
        Level::Info => 0.0,
        Level::Warning => 1.0,
        Level::Error => 2.0,
        Level::Critical => 3.5,
    }
}

/// The level among the first words of a line that was not taken apart.
pub(super) fn level_in(message: &str) -> Option<Level> {
    const HEAD_WORDS: usize = 14;
    const NAMES: [&str; 20] = [
        "DEBUG",
        "TRACE",
        "INFO",
        "NOTICE",
        "WARN",
        "WARNING",
        "ERROR",
        "ERR",
        "SEVERE",
        "FAILURE",
        "FATAL",
        "CRITICAL",
        "CRIT",
        "ALERT",
        "EMERG",
        "PANIC",
        "VERBOSE",
        "INFORMATION",
        "EMERGENCY",
        "FINE",
    ];
    let head =
        message.split(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '[' | ']' | '|' | ':' | '<' | '>' | '='));
    let is_bracketed = |word: &str| message.contains(&["[", word, "]"].concat());
    let is_level = |word: &&str| NAMES.contains(word) || (Level::from_text(word) != Level::Info && is_bracketed(word));
    head.filter(|word| !word.is_empty()).take(HEAD_WORDS).find(is_level).map(Level::from_text)
}

fn word_points(word: &[u8]) -> f32 {
    let mut lower = [0; WORD_BYTES_MAX];
    // The end of a name says what it is: NullPointerException, readError.
    let (tail, is_tail) = match word.len() {
        length @ 0..=WORD_BYTES_MAX => (&word[..length], false),
        length => (&word[length - WORD_BYTES_MAX..], true),
    };
    let lower = &mut lower[..tail.len()];
    lower.copy_from_slice(tail);
    lower.make_ascii_lowercase();
    let fits = |(start, _): &&(&str, f32)| !is_tail && lower.starts_with(start.as_bytes());
    let known = WORDS.iter().filter(fits).max_by_key(|(start, _)| start.len());
    let is_named = || word.len() > 9 && (lower.ends_with(b"exception") || lower.ends_with(b"error") || lower.ends_with(b"failure"));
    known.map_or_else(|| if is_named() { PLAIN } else { 0.0 }, |(_, points)| *points)
}

/// Only names and their values, or a name that dots lead to its value.
fn is_state(bytes: &[u8]) -> bool {
    let has_leader = bytes.windows(4).any(|window| window == b"....");
    let words = bytes.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (mut pairs, mut others) = (0, 0);
    for word in words.take(WORDS_MAX) {
        if word.contains(&b'=') || word.iter().any(u8::is_ascii_digit) { pairs += 1 } else { others += 1 }
    }
    has_leader || (pairs > 0 && others == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Messages from the least to the most alarming.
    fn check(messages: &[&str]) {
        let points: Vec<f32> = messages.iter().map(|message| trouble(message).points).collect();
        assert!(points.is_sorted_by(|a, b| a < b), "{points:?}");
    }

    #[test]
    fn graver_words_weigh_more() {
        check(&["retry succeeded", "session closed", "disk missing", "read error", "kernel panic"]);
        check(&["parity error corrected", "parity error"]);
        check(&["several defaults", "a trap", "java.lang.NullPointerException"]);
    }

    #[test]
    fn mistakes_of_the_user_and_rows_of_state_weigh_less() {
        check(&["open failed: No such file", "open failed: link lost"]);
        check(&["machine error enable.......0", "machine error"]);
    }

    #[test]
    fn the_level_is_found_in_the_head_of_a_line() {
        for (line, level) in [
            ("2026-03-01 08:30:00 [ERROR] pay - x", Some(Level::Error)),
            ("1117 R02 RAS KERNEL FATAL data", Some(Level::Critical)),
            ("[Sun Dec 04] [notice] x", None),
            ("[Sun Dec 04] [error] x", Some(Level::Error)),
            ("an error happened", None),
        ] {
            assert_eq!(level_in(line), level, "{line}");
        }
    }
}
