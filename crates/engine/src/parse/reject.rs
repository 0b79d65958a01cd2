//! How a record that was not understood is described: short, and safe to print anywhere.

use radar_types::wire::Reject;
use serde_json::Value;

const FOUND_CHARS_MAX: usize = 96;

/// What a parser expected and found, before it is known which record that was.
#[derive(Debug)]
pub(super) struct Mismatch {
    expected: String,
    found: String,
}

impl Mismatch {
    /// `found` may be any text at all: it is escaped and cut here.
    pub(super) fn new(expected: impl Into<String>, found: &str) -> Self {
        Self { expected: expected.into(), found: excerpt(found) }
    }

    pub(super) fn at(self, index: u64) -> Reject {
        Reject { index, expected: self.expected, found: self.found }
    }
}

/// A value as a reject shows it: scalars as they were written, the others by their kind.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("an array of {}", items.len()),
        Value::Object(members) => format!("an object of {}", members.len()),
        // Only the beginning is shown, so only the beginning is written out.
        Value::String(text) => Value::String(text.chars().take(FOUND_CHARS_MAX).collect()).to_string(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The beginning of a text with everything escaped that could act on a terminal or hide on a page:
/// control characters, and those that change the direction or presence of what follows them.
pub(crate) fn excerpt(text: &str) -> String {
    let mut excerpt = String::new();
    let mut length = 0;
    for c in text.chars() {
        let is_hidden =
            c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        let start = excerpt.len();
        if is_hidden {
            excerpt.extend(c.escape_default())
        } else {
            excerpt.push(c)
        }
        length += excerpt[start..].chars().count();
        if length > FOUND_CHARS_MAX {
            excerpt.truncate(start);
            excerpt.push('…');
            break;
        }
    }
    excerpt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(excerpt(text), expected);
    }

    #[test]
    fn plain_text_is_shown_as_it_is() {
        check("plain, grün", "plain, grün");
    }

    #[test]
    fn characters_that_act_or_hide_are_escaped() {
        check("\u{1b}[31mred\r\n", "\\u{1b}[31mred\\r\\n");
        check("a\u{202e}b\u{feff}", "a\\u{202e}b\\u{feff}");
    }

    #[test]
    fn long_text_is_cut() {
        let cut = excerpt(&"\u{1}".repeat(1000));
        assert!(cut.ends_with('…') && cut.chars().count() <= FOUND_CHARS_MAX + 1, "{cut}");
        check(&"x".repeat(96), &"x".repeat(96));
        assert_eq!(excerpt(&"x".repeat(97)).chars().count(), 97);
    }
}
