//! What a word is, to every store.
//!
//! A word is letters and digits in a row, in small letters. Everything else stands between words, so
//! `WS-014` is `ws` and `014`, and `C:\Windows` is `c` and `windows`. A text in a script without
//! spaces is one long word, found by its beginning.

/// Of a longer word the beginning counts.
pub const WORD_BYTES_MAX: usize = 64;

/// The words of a text, in their order.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    written(text).map(normal)
}

/// The words of a text as they are written.
pub(super) fn written(text: &str) -> impl Iterator<Item = &str> + Clone {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// Whether a word as it is written is this one.
pub(super) fn is(written: &str, word: &str) -> bool {
    if !written.is_ascii() {
        return normal(written) == word;
    }
    cut(written).len() == word.len() && begins(written, word)
}

/// Whether a word as it is written begins so.
pub(super) fn begins(written: &str, start: &str) -> bool {
    if !written.is_ascii() {
        return normal(written).starts_with(start);
    }
    let mut letters = cut(written).bytes().map(|letter| letter.to_ascii_lowercase());
    start.bytes().all(|letter| letters.next() == Some(letter))
}

/// What counts of a word in ASCII.
fn cut(written: &str) -> &str {
    &written[..written.len().min(WORD_BYTES_MAX)]
}

fn normal(word: &str) -> String {
    let mut normal = if word.is_ascii() {
        cut(word).to_ascii_lowercase()
    } else {
        // Some capitals become more than one character.
        word.chars().take(WORD_BYTES_MAX).flat_map(char::to_lowercase).collect()
    };
    if normal.len() > WORD_BYTES_MAX {
        let end = (0..=WORD_BYTES_MAX).rev().find(|end| normal.is_char_boundary(*end)).unwrap_or_default();
        normal.truncate(end);
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(words(text).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn words_are_letters_and_digits_in_small_letters() {
        check("", &[]);
        check(" -- ", &[]);
        check("Failed login for ROOT from 10.0.0.7", &["failed", "login", "for", "root", "from", "10", "0", "0", "7"]);
        check(r"C:\Windows\System32\cmd.exe", &["c", "windows", "system32", "cmd", "exe"]);
        check("user_id=7", &["user", "id", "7"]);
        check("Straße ΑΣ İ 東京 e\u{301}", &["straße", "ασ", "i\u{307}", "東京", "e"]);
        check("a\0b", &["a", "b"]);
    }

    #[test]
    fn a_written_word_is_known_by_its_word_and_by_how_that_begins() {
        let long = "X".repeat(70);
        for text in ["Failed", "ROOT", "7", "İstanbul", "ΑΣ", "Straße", &long, &"ä".repeat(70)] {
            let word = normal(text);
            assert!(is(text, &word) && begins(text, &word) && begins(text, ""), "{text}");
            let (last, _) = word.char_indices().next_back().unwrap();
            assert!(begins(text, &word[..last]) && !is(text, &word[..last]) && !is(text, ""), "{text}");
            assert!(!is(text, &format!("{word}x")) && !begins(text, &format!("{word}x")), "{text}");
        }
        assert!(!is("failed", "Failed") && !begins("failed", "F"), "words are in small letters");
    }

    #[test]
    fn long_words_are_cut_at_a_character() {
        check(&"X".repeat(70), &[&"x".repeat(WORD_BYTES_MAX)]);
        let long: Vec<String> = words(&"ä".repeat(70)).collect();
        assert_eq!(long, ["ä".repeat(32)]);
        let odd: Vec<String> = words(&format!("a{}", "ä".repeat(70))).collect();
        assert_eq!(odd, [format!("a{}", "ä".repeat(31))]);
    }
}
