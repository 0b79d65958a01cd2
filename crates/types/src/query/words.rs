//! What a word is, to every store.
//!
//! A word is letters and digits in a row, in small letters. Everything else stands between words, so
//! `WS-014` is `ws` and `014`, and `C:\Windows` is `c` and `windows`. A text in a script without
//! spaces is one long word, found by its beginning.

/// Of a longer word the beginning counts.
pub const WORD_BYTES_MAX: usize = 64;

/// The words of a text, in their order.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(normal)
}

fn normal(word: &str) -> String {
    let mut normal = if word.is_ascii() {
        word[..word.len().min(WORD_BYTES_MAX)].to_ascii_lowercase()
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
    fn long_words_are_cut_at_a_character() {
        check(&"X".repeat(70), &[&"x".repeat(WORD_BYTES_MAX)]);
        let long: Vec<String> = words(&"ä".repeat(70)).collect();
        assert_eq!(long, ["ä".repeat(32)]);
        let odd: Vec<String> = words(&format!("a{}", "ä".repeat(70))).collect();
        assert_eq!(odd, [format!("a{}", "ä".repeat(31))]);
    }
}
