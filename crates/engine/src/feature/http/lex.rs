//! A decoded value as tokens: what SQL, HTML, shells and filters have in common.
//!
//! Strings are not read as one token: an injected value begins in the middle of somebody else's
//! string, so which half is inside is not known. White space only marks the token behind it.

use super::words::{self, Parts};

/// A longer value is read so far.
const TOKENS_MAX: usize = 4096;

pub(super) const WORD: u8 = b'a';
pub(super) const NUMBER: u8 = b'0';
/// A comment of C and SQL. What `/*!` hides is read, as a database does.
pub(super) const COMMENT: u8 = b'/' | 0x80;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// [`WORD`], [`NUMBER`], [`COMMENT`], or the byte itself.
    pub(super) kind: u8,
    /// White space stands in front.
    pub(super) is_spaced: bool,
    /// Of a word.
    pub(super) parts: Parts,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Token {
    pub(super) fn text<'a>(&self, value: &'a [u8]) -> &'a [u8] {
        &value[self.start as usize..self.end as usize]
    }

    pub(super) fn is_quote(&self) -> bool {
        matches!(self.kind, b'\'' | b'"')
    }

    pub(super) fn plays(&self, parts: Parts) -> bool {
        self.parts & parts != 0
    }
}

pub(super) fn tokens(value: &[u8], tokens: &mut Vec<Token>) {
    tokens.clear();
    let mut at = 0;
    let mut is_spaced = false;
    while at < value.len() && tokens.len() < TOKENS_MAX {
        let start = at;
        let byte = value[at];
        let mut parts = words::NONE;
        let kind = match byte {
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {
                is_spaced = true;
                at += 1;
                continue;
            }
            b'/' if value[at..].starts_with(b"/*") => {
                if value[at..].starts_with(b"/*!") {
                    at += 3 + value[at + 3..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                } else {
                    let length = value[at + 2..].windows(2).position(|pair| pair == b"*/");
                    at = length.map_or(value.len(), |length| at + 4 + length);
                }
                COMMENT
            }
            b'0'..=b'9' => {
                at += value[at..].iter().take_while(|byte| is_word_byte(**byte)).count();
                let text = &value[start..at];
                let is_hex = text.len() > 2 && text.starts_with(b"0x") && text[2..].iter().all(u8::is_ascii_hexdigit);
                if is_hex || text.iter().all(u8::is_ascii_digit) { NUMBER } else { WORD }
            }
            byte if is_word_byte(byte) => {
                let mut hash = words::HASH_START;
                while at < value.len() && is_word_byte(value[at]) {
                    hash = words::hash_on(hash, value[at]);
                    at += 1;
                }
                parts = words::parts(&value[start..at], hash);
                WORD
            }
            byte => {
                at += 1;
                byte
            }
        };
        tokens.push(Token { kind, is_spaced, parts, start: start as u32, end: at as u32 });
        is_spaced = false;
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str, expected: &str) {
        let mut found = Vec::new();
        tokens(value.as_bytes(), &mut found);
        let kinds: String = found.iter().map(|token| if token.kind == COMMENT { 'c' } else { char::from(token.kind) }).collect();
        assert_eq!(kinds, expected, "{value}");
    }

    #[test]
    fn values_are_read_as_tokens() {
        check("", "");
        check("' or 1=0x1f --", "'a0=0--");
        check("un/**/ion/*!50000select*/1", "acaca*/0");
        check("7b /* open", "ac");
        check("/*", "c");
        check("café $(id)", "a$(a)");
    }
}
