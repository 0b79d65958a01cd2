//! UTF-16 to UTF-8. What is no character becomes the replacement character; nothing is refused.

/// Mostly characters below 256, with so few exceptions among them, is UTF-16 without a mark.
const EXCEPTIONS_SHARE_MAX: usize = 8;
const PAIRS_MIN: usize = 8;

pub(super) struct Utf16 {
    is_big_endian: bool,
    odd_byte: Option<u8>,
    high_surrogate: Option<u16>,
}

impl Utf16 {
    /// Judges by the first bytes of an input. With it comes the length of the byte order mark.
    pub(super) fn detect(first: &[u8]) -> Option<(Self, usize)> {
        let (is_big_endian, mark_bytes) = match first {
            [0xff, 0xfe, ..] => (false, 2),
            [0xfe, 0xff, ..] => (true, 2),
            _ => (is_big_endian_without_mark(first)?, 0),
        };
        Some((Self { is_big_endian, odd_byte: None, high_surrogate: None }, mark_bytes))
    }

    pub(super) fn feed(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if let (Some(first), Some((second, rest))) = (self.odd_byte, bytes.split_first()) {
            self.odd_byte = None;
            bytes = rest;
            self.push([first, *second], out);
        }
        let (pairs, odd) = bytes.as_chunks::<2>();
        out.reserve(pairs.len());
        for pair in pairs {
            self.push(*pair, out);
        }
        if let [byte] = odd {
            self.odd_byte = Some(*byte);
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.high_surrogate.take().is_some() {
            put(char::REPLACEMENT_CHARACTER, out);
        }
        if self.odd_byte.take().is_some() {
            put(char::REPLACEMENT_CHARACTER, out);
        }
    }

    fn push(&mut self, pair: [u8; 2], out: &mut Vec<u8>) {
        let unit = if self.is_big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
        if let Some(high) = self.high_surrogate.take() {
            if (0xdc00..0xe000).contains(&unit) {
                let code = 0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                return put(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), out);
            }
            put(char::REPLACEMENT_CHARACTER, out);
        }
        match unit {
            0..0x80 => out.push(unit as u8),
            0xd800..0xdc00 => self.high_surrogate = Some(unit),
            _ => put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), out),
        }
    }
}

/// In the text of logs nearly every character is below 256, so every second byte is NUL, and the
/// others never are.
fn is_big_endian_without_mark(first: &[u8]) -> Option<bool> {
    let (pairs, _) = first.as_chunks::<2>();
    let exceptions_max = pairs.len() / EXCEPTIONS_SHARE_MAX;
    let is_text = |text: usize, zero: usize| {
        pairs.len() >= PAIRS_MIN
            && pairs.iter().all(|pair| pair[text] != 0 || pair[zero] != 0)
            && pairs.iter().filter(|pair| pair[zero] != 0 || pair[text] == 0).count() <= exceptions_max
    };
    if is_text(0, 1) { Some(false) } else { is_text(1, 0).then_some(true) }
}

fn put(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}
