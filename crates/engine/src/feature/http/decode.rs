//! What a value of a request says once its disguises are off.
//!
//! Percent escapes (also doubled), `%u0041`, `\u0041`, `\x41`, HTML entities, over-long UTF-8 and full-width letters become
//! what a server behind them may read, letters become small. It happens in place: no escape is
//! shorter than what it stands for. How it was hidden is remembered, as that says something too.

/// Attacks are seldom wrapped more often; each further round costs a pass.
const ROUNDS_MAX: usize = 3;

/// How a value was disguised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Disguise {
    /// Something was escaped twice.
    pub(crate) is_doubled: bool,
    /// ASCII was written in more bytes than it has, or as full-width letters.
    pub(crate) is_overlong: bool,
    /// A letter or digit was written as `%u0041`, `\u0041`, `\x41` or an HTML entity.
    pub(crate) is_respelt: bool,
}

/// Decodes `text` in place. In a query a plus stands for a space.
pub(crate) fn decode(text: &mut Vec<u8>, is_query: bool) -> Disguise {
    let mut disguise = Disguise::default();
    for round in 0..ROUNDS_MAX {
        if !decode_once(text, is_query && round == 0, round, &mut disguise) {
            break;
        }
    }
    if !text.is_ascii() {
        narrow(text, &mut disguise);
    }
    text.make_ascii_lowercase();
    disguise
}

/// Whether anything was decoded that may hold a further escape.
fn decode_once(text: &mut Vec<u8>, is_query: bool, round: usize, disguise: &mut Disguise) -> bool {
    let (mut from, mut to) = (0, 0);
    let mut is_changed = false;
    while from < text.len() {
        let rest = &text[from..];
        let (point, length) = match rest[0] {
            b'+' if is_query => (Some(u32::from(b' ')), 1),
            b'%' => percent(rest),
            b'\\' => backslash(rest),
            b'&' => entity(rest),
            _ => (None, 1),
        };
        let Some(point) = point else {
            text[to] = rest[0];
            from += 1;
            to += 1;
            continue;
        };
        let is_plain_percent = rest[0] == b'%' && length == 3;
        if length > 1 {
            is_changed = true;
            disguise.is_doubled |= is_plain_percent && round > 0;
            disguise.is_respelt |= !is_plain_percent && point < 0x80;
        }
        // A percent escape is a byte, the others are characters.
        if is_plain_percent || point < 0x80 {
            text[to] = point as u8;
            to += 1;
        } else {
            let mut utf8 = [0; 4];
            let encoded = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut utf8).as_bytes();
            let encoded = &encoded[..encoded.len().min(length)];
            text[to..to + encoded.len()].copy_from_slice(encoded);
            to += encoded.len();
        }
        from += length;
    }
    text.truncate(to);
    is_changed
}

fn percent(rest: &[u8]) -> (Option<u32>, usize) {
    if rest.len() >= 6 && rest[1] | 0x20 == b'u' {
        return (hex(&rest[2..6]), 6);
    }
    if rest.len() >= 3 { (hex(&rest[1..3]), 3) } else { (None, 1) }
}

fn backslash(rest: &[u8]) -> (Option<u32>, usize) {
    match rest.get(1) {
        Some(b'u') if rest.len() >= 6 => (hex(&rest[2..6]), 6),
        Some(b'x') if rest.len() >= 4 => (hex(&rest[2..4]).filter(|point| *point < 0x80), 4),
        _ => (None, 1),
    }
}

fn entity(rest: &[u8]) -> (Option<u32>, usize) {
    const NAMES: [(&[u8], u8); 11] = [
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
        (b"&amp;", b'&'),
        (b"&lpar;", b'('),
        (b"&rpar;", b')'),
        (b"&colon;", b':'),
        (b"&tab;", b'\t'),
        (b"&newline;", b'\n'),
        (b"&sol;", b'/'),
    ];
    if rest.get(1) != Some(&b'#') {
        let name = NAMES.iter().find(|(name, _)| rest.len() >= name.len() && rest[..name.len()].eq_ignore_ascii_case(name));
        return name.map_or((None, 1), |(name, byte)| (Some(u32::from(*byte)), name.len()));
    }
    let is_hex = rest.get(2).is_some_and(|byte| byte | 0x20 == b'x');
    let start = if is_hex { 3 } else { 2 };
    let digits =
        rest[start..].iter().take(7).take_while(|byte| if is_hex { byte.is_ascii_hexdigit() } else { byte.is_ascii_digit() });
    let end = start + digits.count();
    let radix = if is_hex { 16 } else { 10 };
    let point = str::from_utf8(&rest[start..end]).ok().and_then(|digits| u32::from_str_radix(digits, radix).ok());
    let length = end + usize::from(rest.get(end) == Some(&b';'));
    (point.filter(|point| *point <= 0x0010_ffff && length >= 4), length)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// Over-long sequences of two and three bytes, and full-width letters, become the ASCII they stand for.
fn narrow(text: &mut Vec<u8>, disguise: &mut Disguise) {
    let (mut from, mut to) = (0, 0);
    while from < text.len() {
        let (byte, length) = match &text[from..] {
            [first @ (0xc0 | 0xc1), second @ 0x80..=0xbf, ..] => ((first & 1) << 6 | second & 0x3f, 2),
            [0xe0, second @ (0x80 | 0x81), third @ 0x80..=0xbf, ..] => ((second & 1) << 6 | third & 0x3f, 3),
            [0xef, 0xbc, third @ 0x81..=0xbf, ..] => (third - 0x80 + 0x20, 3),
            [0xef, 0xbd, third @ 0x80..=0x9e, ..] => (third - 0x80 + 0x60, 3),
            rest => (rest[0], 1),
        };
        disguise.is_overlong |= length > 1;
        text[to] = byte;
        from += length;
        to += 1;
    }
    text.truncate(to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &str) -> Disguise {
        let mut text = raw.as_bytes().to_vec();
        let disguise = decode(&mut text, true);
        assert_eq!(String::from_utf8_lossy(&text), expected, "{raw}");
        disguise
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(check("abc-1.2_x", "abc-1.2_x"), Disguise::default());
        assert_eq!(check("", ""), Disguise::default());
        assert_eq!(check("50% of 7%zz and 4%", "50% of 7%zz and 4%"), Disguise::default());
        assert_eq!(check("r&d &c;", "r&d &c;"), Disguise::default());
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert!(!check("a%20b+c", "a b c").is_doubled);
        assert!(check("%2527", "'").is_doubled);
        assert!(check("%u0027 \\u003cscript\\x3e", "' <script>").is_respelt);
        assert!(check("&lt;IMG&#x3e;&#106;&#0000106", "<img>jj").is_respelt);
        assert!(check("%c0%ae%c0%af", "./").is_overlong);
        assert!(check("＜Script＞", "<script>").is_overlong);
        assert!(!check("%F1and%FA %C3%B1", "\u{fffd}and\u{fffd} ñ").is_overlong);
    }

    #[test]
    fn broken_escapes_end_nowhere() {
        for raw in [
            "%",
            "%u",
            "%u00",
            "\\",
            "\\u12",
            "\\x",
            "&",
            "&#",
            "&#x",
            "&#x;",
            "&#99999999;",
            "%uD800",
            "\\ud800&#xD800;",
            "\u{c0}",
        ] {
            let mut text = raw.as_bytes().to_vec();
            decode(&mut text, true);
            assert!(text.len() <= raw.len(), "{raw}");
        }
    }
}
