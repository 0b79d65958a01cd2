//! Passes over JSON without building anything of it.

use std::borrow::Cow;

use memchr::memchr2;

/// What stood where something else was expected.
#[derive(Debug)]
pub(super) struct Mismatch {
    pub(super) offset: usize,
    pub(super) expected: &'static str,
}

/// Where the first quote or backslash is in eight bytes, all of which are looked at at once.
fn stop_in(bytes: [u8; 8]) -> Option<usize> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_le_bytes(bytes);
    // A byte that is zero borrows from its highest bit; what stands above the first such one may be wrong.
    let zeros = |word: u64| word.wrapping_sub(EACH) & !word & (EACH << 7);
    let stops = zeros(word ^ (EACH * u64::from(b'"'))) | zeros(word ^ (EACH * u64::from(b'\\')));
    (stops != 0).then(|| stops.trailing_zeros() as usize / 8)
}

/// A place in a JSON text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn mismatch(&self, expected: &'static str) -> Mismatch {
        Mismatch { offset: self.at, expected }
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), Mismatch> {
        if self.eat(byte) { Ok(()) } else { Err(self.mismatch(expected)) }
    }

    /// What is left of the text.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Takes so many bytes, which must end with a character.
    pub(super) fn take(&mut self, bytes: usize) -> &'a str {
        let taken = &self.text[self.at..self.at + bytes];
        self.at += bytes;
        taken
    }

    /// A string, borrowed where nothing in it is escaped. Control characters are let through.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, Mismatch> {
        self.expect(b'"', "'\"'")?;
        let start = self.at;
        let bytes = self.text.as_bytes();
        // Most strings are too short for a search of many bytes at a time to pay off at once.
        let (near, far) = match bytes[start..].as_chunks::<8>().0 {
            [first, second, ..] => (stop_in(*first).or_else(|| Some(8 + stop_in(*second)?)), start + 16),
            _ => (None, start),
        };
        let stop = near.or_else(|| Some(far - start + memchr2(b'"', b'\\', &bytes[far..])?));
        let Some(stop) = stop else {
            self.at = bytes.len();
            return Err(self.mismatch("'\"' at the end of a string"));
        };
        self.at = start + stop;
        if bytes[self.at] == b'"' {
            self.at += 1;
            return Ok(Cow::Borrowed(&self.text[start..self.at - 1]));
        }
        self.unescaped(start).map(Cow::Owned)
    }

    /// The rest of a string whose first escape is here.
    fn unescaped(&mut self, start: usize) -> Result<String, Mismatch> {
        let bytes = self.text.as_bytes();
        let mut text = String::with_capacity((self.at - start) * 2 + 32);
        let mut copied = start;
        loop {
            let Some(stop) = memchr2(b'"', b'\\', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Err(self.mismatch("'\"' at the end of a string"));
            };
            self.at += stop;
            text.push_str(&self.text[copied..self.at]);
            if bytes[self.at] == b'"' {
                self.at += 1;
                return Ok(text);
            }
            text.push(self.escape()?);
            copied = self.at;
        }
    }

    fn escape(&mut self) -> Result<char, Mismatch> {
        let character = match self.text.as_bytes().get(self.at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(*byte),
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.mismatch("a known escape")),
        };
        self.at += 2;
        Ok(character)
    }

    /// Half a pair of surrogates becomes the replacement character.
    fn unicode_escape(&mut self) -> Result<char, Mismatch> {
        let unit = self.unit_at(self.at).ok_or_else(|| self.mismatch("four hexadecimal digits after '\\u'"))?;
        self.at += 6;
        if (0xd800..0xdc00).contains(&unit)
            && let Some(low @ 0xdc00..0xe000) = self.unit_at(self.at)
        {
            self.at += 6;
            let code = 0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit_at(&self, at: usize) -> Option<u32> {
        let digits = self.text.as_bytes().get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
    }

    /// Passes over a text that may stand here.
    pub(super) fn pass(&mut self, text: &str) -> bool {
        let is_here = self.rest().as_bytes().starts_with(text.as_bytes());
        self.at += if is_here { text.len() } else { 0 };
        is_here
    }

    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// A number or a word, as it is written.
    pub(super) fn scalar(&mut self) -> Result<&'a str, Mismatch> {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let length = self.rest().bytes().take_while(is_part).count();
        let text = &self.rest()[..length];
        let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
            && text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
        if !is_number && !matches!(text, "true" | "false" | "null") {
            return Err(self.mismatch("a value"));
        }
        self.at += length;
        Ok(text)
    }
}
