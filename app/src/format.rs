//! Numbers and log text as people read them.

use std::fmt::Write;

use radar_types::ScoreState;

/// 1234567 as "1,234,567".
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

pub(crate) fn score_text(score: &ScoreState) -> String {
    match score {
        ScoreState::Scored(score) => format!("{:.4}", score.raw),
        ScoreState::NotScored => "not scored".into(),
        ScoreState::Failed { .. } => "failed".into(),
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
    fn thousands_are_set_apart() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (u64::MAX, "18,446,744,073,709,551,615")]
        {
            assert_eq!(grouped(number), text);
        }
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
