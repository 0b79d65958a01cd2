//! The target of a request in its parts, and the shape of a value.

use memchr::memchr;

use super::counts::{fold, hash};
use crate::feature::http::printable;

/// Deeper directories are one.
pub(super) const DEPTH_MAX: usize = 8;
/// Further parameters are left out.
pub(super) const PARAMETERS_MAX: usize = 64;
/// Of a longer part the beginning counts.
const PART_BYTES_MAX: usize = 96;
/// Shorter words are no identifiers.
const IDENTIFIER_BYTES_MIN: usize = 8;
/// So many letters from a to f are an identifier even without a digit.
const IDENTIFIER_LETTERS_MIN: usize = 12;
/// Longer runs of shapes are open text.
const RUNS_MAX: usize = 6;
const EXACT_LENGTH_MAX: usize = 20;

/// Path and query of a URI, without scheme, host and fragment.
pub(super) fn split(uri: &[u8]) -> (&[u8], Option<&[u8]>) {
    let uri = match uri {
        [b'h', b't', b't', b'p', rest @ ..] => {
            let rest = rest.strip_prefix(b"s").unwrap_or(rest);
            let host = rest.strip_prefix(b"://");
            host.and_then(|host| host.iter().position(|byte| *byte == b'/').map(|at| &host[at..])).unwrap_or(uri)
        }
        _ => uri,
    };
    match memchr(b'?', uri) {
        Some(at) => (&uri[..at], Some(&uri[at + 1..])),
        None => (uri, None),
    }
}

/// Names and values of a query or a form.
pub(super) fn parameters(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let pairs = query.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()).take(PARAMETERS_MAX);
    pairs.map(|pair| match pair.iter().position(|byte| *byte == b'=') {
        Some(at) => (&pair[..at], &pair[at + 1..]),
        None => (&b""[..], pair),
    })
}

/// The keys of a path, from its first directory to itself. Numbers and identifiers in it are placeholders.
pub(super) struct Levels {
    keys: [u64; DEPTH_MAX + 1],
    count: usize,
}

impl Levels {
    pub(super) fn of(path: &[u8]) -> Self {
        let mut levels = Self { keys: [0x70a7; DEPTH_MAX + 1], count: 0 };
        for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()) {
            let at = (levels.count + 1).min(DEPTH_MAX);
            levels.keys[at] = fold(levels.keys[at - 1], part_hash(part));
            levels.count = at;
        }
        if levels.count == 0 {
            levels.count = 1;
            levels.keys[1] = fold(levels.keys[0], 1);
        }
        levels
    }

    /// Each level with the one above it.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        self.keys[..=self.count].windows(2).map(|pair| (pair[0], pair[1]))
    }

    pub(super) fn page(&self) -> u64 {
        self.keys[self.count]
    }
}

/// A path with placeholders for numbers and identifiers, as people read it.
pub(super) fn page_text(path: &[u8]) -> String {
    let mut text = String::new();
    for part in path.split(|byte| *byte == b'/').filter(|part| !part.is_empty()).take(DEPTH_MAX) {
        let mut folded = [0; PART_BYTES_MAX];
        let length = fold_part(part, &mut folded);
        text.push('/');
        text.push_str(&printable(&folded[..length]));
    }
    if text.is_empty() { "/".into() } else { text }
}

/// A part of a path or a name in which numbers and identifiers are placeholders.
pub(super) fn part_hash(part: &[u8]) -> u64 {
    if !part.iter().any(u8::is_ascii_digit) && part.len() < IDENTIFIER_LETTERS_MIN {
        return hash(part, 2);
    }
    let mut folded = [0; PART_BYTES_MAX];
    let length = fold_part(part, &mut folded);
    hash(&folded[..length], 3)
}

/// Writes `#` for an identifier and `0` for a number, and says how long that is.
fn fold_part(part: &[u8], folded: &mut [u8; PART_BYTES_MAX]) -> usize {
    let mut length = 0;
    let mut rest = &part[..part.len().min(PART_BYTES_MAX)];
    while let Some(first) = rest.first() {
        let word = Word::at_start(rest);
        if word.length == 0 {
            folded[length] = *first;
            length += 1;
            rest = &rest[1..];
            continue;
        }
        let (text, behind) = rest.split_at(word.length);
        rest = behind;
        if word.is_identifier() {
            folded[length] = b'#';
            length += 1;
        } else if word.digits == 0 {
            folded[length..length + text.len()].copy_from_slice(text);
            length += text.len();
        } else {
            let mut is_in_number = false;
            for byte in text {
                let is_digit = byte.is_ascii_digit();
                if !(is_digit && is_in_number) {
                    folded[length] = if is_digit { b'0' } else { *byte };
                    length += 1;
                }
                is_in_number = is_digit;
            }
        }
    }
    length
}

/// Letters and digits in a row.
struct Word {
    length: usize,
    digits: usize,
    is_hex: bool,
}

impl Word {
    fn at_start(text: &[u8]) -> Self {
        let mut word = Self { length: 0, digits: 0, is_hex: true };
        for byte in text.iter().take_while(|byte| byte.is_ascii_alphanumeric()) {
            word.length += 1;
            word.digits += usize::from(byte.is_ascii_digit());
            word.is_hex &= byte.is_ascii_hexdigit();
        }
        word
    }

    fn is_identifier(&self) -> bool {
        let Self { length, digits, is_hex } = *self;
        if length < IDENTIFIER_BYTES_MIN {
            return false;
        }
        (is_hex && (digits > 0 && digits < length || length >= IDENTIFIER_LETTERS_MIN)) || length >= 20 && digits >= 3
    }
}

/// What a value is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The classes of its characters, as bits.
    pub(super) classes: u16,
    /// The order in which they come, as far as that is simple.
    pub(super) runs: u64,
    /// Exact where short, coarse where long.
    pub(super) length: u32,
    pub(super) chars: u32,
}

pub(super) const LETTER: u16 = 1;
pub(super) const DIGIT: u16 = 1 << 1;
const SPACE: u16 = 1 << 2;
const ACCENT: u16 = 1 << 3;
const JOINER: u16 = 1 << 4;
const MARK: u16 = 1 << 5;
pub(super) const ODD: u16 = 1 << 6;
pub(super) const CONTROL: u16 = 1 << 7;

impl Shape {
    pub(super) fn of(value: &[u8]) -> Self {
        let mut shape = Self::default();
        let (mut at, mut chars, mut runs, mut last) = (0, 0_usize, 0, 0);
        while at < value.len() {
            let (byte, length) = unescaped(&value[at..]);
            at += length;
            chars += 1;
            let class = class(byte);
            shape.classes |= class;
            // A letter with an accent continues a word.
            let run = if class == ACCENT { LETTER } else { class };
            if run != last {
                runs += 1;
                if runs <= RUNS_MAX {
                    shape.runs = shape.runs << 8 | u64::from(run);
                }
                last = run;
            }
        }
        if runs > RUNS_MAX {
            shape.runs = u64::MAX;
        }
        shape.chars = chars as u32;
        // Quarters of a doubling, by the leading bits.
        let leading = chars.max(1).ilog2();
        let coarse = EXACT_LENGTH_MAX as u32 + leading * 4 + (chars >> leading.saturating_sub(2)) as u32 % 4;
        shape.length = if chars <= EXACT_LENGTH_MAX { chars as u32 } else { coarse };
        shape
    }
}

fn unescaped(value: &[u8]) -> (u8, usize) {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    match *value {
        [b'+', ..] => (b' ', 1),
        [b'%', high, low, ..] => match digit(high).zip(digit(low)) {
            Some((high, low)) => ((high * 16 + low) as u8, 3),
            None => (b'%', 1),
        },
        [byte, ..] => (byte, 1),
        [] => (0, 1),
    }
}

fn class(byte: u8) -> u16 {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' => LETTER,
        b'0'..=b'9' => DIGIT,
        b' ' => SPACE,
        0x80.. => ACCENT,
        b'-' | b'_' | b'.' | b',' => JOINER,
        b'@' | b':' | b'/' => MARK,
        0..=31 | 127 => CONTROL,
        _ => ODD,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_split() {
        fn check(uri: &str, path: &str, query: Option<&str>) {
            assert_eq!(split(uri.as_bytes()), (path.as_bytes(), query.map(str::as_bytes)), "{uri}");
        }
        check("/a/b?c=d?e", "/a/b", Some("c=d?e"));
        check("http://h:80/a", "/a", None);
        check("https://h", "https://h", None);
        check("", "", None);
        check("*", "*", None);
    }

    #[test]
    fn pages_that_differ_in_numbers_are_one() {
        let page = |path: &str| Levels::of(path.as_bytes()).page();
        assert_eq!(page("/shop/12/a"), page("/shop/9/a"));
        assert_eq!(page("/x/550e8400e29b41d4.js"), page("/x/abcdefabcdefabcd.js"));
        assert_eq!(page("/img/a7.png"), page("/img/a123.png"));
        assert_ne!(page("/shop"), page("/shops"));
        assert_ne!(page("/a/b"), page("/ab"));
        assert_eq!(Levels::of(b"/a/b/c").pairs().count(), 3);
        assert_eq!(Levels::of(b"/").pairs().count(), 1);
        assert!(Levels::of(&b"/a".repeat(1000)).pairs().count() <= DEPTH_MAX);
    }

    #[test]
    fn values_have_shapes() {
        let shape = |value: &str| Shape::of(value.as_bytes());
        assert_eq!(shape("12").classes, DIGIT);
        assert_eq!(shape("12345678A").runs, shape("1Z").runs);
        assert_eq!(shape("a%20b"), shape("a+b"));
        assert_eq!(shape("a%20b").chars, 3);
        assert_ne!(shape("a@b.c").runs, shape("a.b@c").runs);
        assert!(shape(&"x".repeat(5000)).length > shape(&"x".repeat(100)).length);
    }
}
