//! Levels, in the many ways they are written.

use std::borrow::Cow;

/// The level of a message is looked for among so many of its first words.
const WORDS_MAX: usize = 12;

/// What RFC 5424 calls the severities of a priority.
pub(super) const SEVERITIES: [&str; 8] = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

/// Whether a word is a level, in small letters or capitals.
pub(super) fn is_level(word: &str) -> bool {
    let Some(first) = word.as_bytes().first() else { return false };
    let names: &[&str] = match first.to_ascii_lowercase() {
        b'i' => &["info", "inf", "information"],
        b'e' => &["error", "err", "emerg", "emergency"],
        b'w' => &["warn", "warning", "wrn"],
        b'd' => &["debug", "dbg", "debug1", "debug2", "debug3", "debug4", "debug5"],
        b't' => &["trace", "trc"],
        b'n' => &["notice", "note"],
        b'f' => &["fatal", "ftl", "fine", "finer", "finest", "failure"],
        b'c' => &["critical", "crit", "config"],
        b'a' => &["alert", "audit"],
        b's' => &["severe", "security"],
        b'v' => &["verbose", "vrb"],
        b'p' => &["panic"],
        b'l' => &["log"],
        _ => return false,
    };
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Words that are levels only where nothing but a level can stand.
fn is_common_word(word: &str) -> bool {
    ["config", "fine", "finer", "finest", "note", "failure", "audit", "security", "log", "panic", "alert", "trace", "notice"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
}

/// The level that a message begins with or has among its first words.
pub(super) fn find(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let is_space = |at: &usize| matches!(bytes[*at], b' ' | b'\t' | b'|');
    let mut end = 0;
    for index in 0..WORDS_MAX {
        let start = (end..bytes.len()).find(|at| !is_space(at))?;
        end = (start..bytes.len()).find(is_space).unwrap_or(bytes.len());
        // Most words are small letters, and no level but at the beginning.
        if index > 0 && bytes[start].is_ascii_lowercase() {
            continue;
        }
        if let Some(level) = in_token(&text[start..end], index == 0) {
            return Some(level);
        }
    }
    None
}

/// The level that a word is: `[INFO]`, `INFO`, `info:`, `<err>`, `[warn][api]:`.
fn in_token(token: &str, is_first: bool) -> Option<&str> {
    let bare = token.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    if is_level(bare) {
        let is_upper = bare.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_bracketed = token.starts_with(['[', '(', '<', '{']);
        let is_followed = token.ends_with(':') && is_first;
        let is_whole = token.len() == bare.len();
        if is_bracketed || (is_upper && !(is_common_word(bare) && !is_followed && !is_first)) || is_followed {
            return Some(bare);
        }
        return (is_whole && is_first && !is_common_word(bare)).then_some(bare);
    }
    // `[warn][api]:`, `[vaultwarden::api][ERROR]`, `web[123].ERR`, `WARN:main:`, `kernel.err`
    if token.len() <= 128 && (token.starts_with('[') || token.contains("].") || token.contains(':')) {
        return token.split(['[', ']', ':', '.']).find(|part| {
            is_level(part)
                && (token.starts_with('[') || part.bytes().all(|byte| byte.is_ascii_uppercase()))
                && !is_common_word(part)
        });
    }
    None
}

/// The level of a line that gives it as a letter: `I0311 …`, `W, [2026-…`, `(W) 2026-…`, `[E] `.
pub(super) fn of_letter(line: &str) -> Option<Cow<'static, str>> {
    let bytes = line.as_bytes();
    let letter = match bytes {
        [letter, b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', ..] => letter,
        [letter, b',', b' ', b'[', ..] => letter,
        [b'(', letter, b')', b' ', ..] | [b'[', letter, b']', ..] => letter,
        _ => return None,
    };
    of_code(*letter).map(Cow::Borrowed)
}

fn of_code(letter: u8) -> Option<&'static str> {
    Some(match letter {
        b'I' => "INFO",
        b'W' => "WARN",
        b'E' => "ERROR",
        b'F' => "FATAL",
        b'C' => "CRITICAL",
        b'D' => "DEBUG",
        b'V' => "VERBOSE",
        b'N' => "NOTICE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(find(text).unwrap_or("none"), expected, "{text}");
    }

    #[test]
    fn a_level_is_found_where_one_is_written() {
        check("INFO dfs.DataNode: x", "INFO");
        check("[error] mod_jk child", "error");
        check("148 INFO dfs", "INFO");
        check("error: no such file", "error");
        check("- INFO  [Quorum] - x", "INFO");
        check("[warn][API]: x", "warn");
        check("[a::b][ERROR] x", "ERROR");
        check("web_php[118770].ERR [x]", "ERR");
        check("2.2|Warn|Auth|x", "none");
        check("R02 RAS KERNEL FATAL data", "FATAL");
        check("WARN:main: x", "WARN");
    }

    #[test]
    fn words_of_a_sentence_are_no_levels() {
        check("session opened without error for bob", "none");
        check("the error was", "none");
        check("ALERTING NOW", "none");
        check("config loaded", "none");
        check("", "none");
    }
}
