use super::{Kind, Masks, classify::classify};

/// Of a longer message only the beginning makes its template.
pub(super) const TOKENS_MAX: usize = 64;
/// Longer runs without a space are cut here, so that no message takes more than linear time.
const CHUNK_BYTES_MAX: usize = 2048;
/// What a parameter is in the text of a template.
pub(super) const SLOT: &str = "<*>";

/// A piece of a message, with what stands before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'a> {
    pub before: &'a str,
    pub text: &'a str,
    pub kind: Kind,
    /// Whether it only goes on with the list that the token before it began.
    pub continues: bool,
}

/// The tokens of a message, at most `TOKENS_MAX` of them. Of a run of parameters with nothing but
/// spaces or commas between them only the first counts in a template: lists are of any length.
pub fn tokens<'a, 'm>(message: &'a str, masks: &'m Masks) -> impl Iterator<Item = Token<'a>> + use<'a, 'm> {
    let mut previous: Option<Token<'a>> = None;
    let cutter = Cutter { message, at: 0, chunk_end: 0, masks };
    let marked = cutter.map(move |token| {
        let continues = previous.replace(token).is_some_and(|previous| continues(&previous, &token));
        Token { continues, ..token }
    });
    marked.take(TOKENS_MAX)
}

/// The hash of what is constant in a message. Equal signatures are the same template, always.
pub fn signature(message: &str, masks: &Masks) -> u64 {
    let mut hash = Hash::default();
    for token in tokens(message, masks) {
        hash_token(&mut hash, &token);
    }
    hash.finish()
}

/// A message with what plainly varies left out: what its template is like, as far as one message tells.
pub fn masked(message: &str) -> String {
    let masks = Masks::default();
    let counting = tokens(message, &masks).filter(|token| !token.continues);
    counting.flat_map(|token| [token.before.to_owned(), constant(&token)]).collect()
}

pub(crate) fn hash_token(hash: &mut Hash, token: &Token<'_>) {
    if token.continues {
        return;
    }
    match token.kind {
        Kind::Word => hash.write(token.text.as_bytes()),
        Kind::Numbered => {
            let (start, end) = around_digits(token.text);
            hash.write(start.as_bytes());
            hash.write(b"#");
            hash.write(end.as_bytes());
        }
        _ => hash.write(b"\0"),
    }
    hash.write(b" ");
}

/// The token as it stands in a template.
pub(super) fn constant(token: &Token<'_>) -> String {
    match token.kind {
        Kind::Word => token.text.to_owned(),
        Kind::Numbered => {
            let (start, end) = around_digits(token.text);
            [start, SLOT, end].concat()
        }
        _ => SLOT.to_owned(),
    }
}

/// FNV-1a over eight bytes at a time, with a final mix. Not against an adversary: two messages that
/// collide share a template, and that is all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            let mut value = [0; 8];
            value.copy_from_slice(word);
            self.word(u64::from_le_bytes(value));
        }
        let rest = words.remainder();
        let mut value = [0; 8];
        value[..rest.len()].copy_from_slice(rest);
        self.word(u64::from_le_bytes(value) ^ ((rest.len() as u64) << 56));
    }

    pub(crate) fn word(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 ^= self.0 >> 29;
    }

    pub(crate) fn finish(self) -> u64 {
        let mixed = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        mixed ^ (mixed >> 32)
    }
}

struct Cutter<'a, 'm> {
    message: &'a str,
    at: usize,
    /// Up to the next space; what was cut from one chunk is not searched for its end again.
    chunk_end: usize,
    masks: &'m Masks,
}

impl<'a> Iterator for Cutter<'a, '_> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.message.as_bytes();
        let start = bytes[self.at..].iter().position(|byte| !is(*byte, LEAD)).map(|skipped| self.at + skipped)?;
        if self.chunk_end <= start {
            let look_end = self.message.floor_char_boundary(start.saturating_add(CHUNK_BYTES_MAX));
            let space = bytes[start..look_end].iter().position(|byte| is(*byte, SPACE));
            self.chunk_end = space.map_or(look_end, |length| start + length);
        }
        let before = &self.message[self.at..start];
        let (end, kind) = self.token_end(start);
        self.at = end;
        Some(Token { before, text: &self.message[start..end], kind, continues: false })
    }
}

impl Cutter<'_, '_> {
    /// The longest reading first: all up to the space, then up to a bracket or the like, then up to
    /// a colon.
    fn token_end(&self, start: usize) -> (usize, Kind) {
        let bytes = self.message.as_bytes();
        let chunk = &bytes[start..self.chunk_end];
        let trimmed = start + chunk.iter().rposition(|byte| !is(*byte, TRAIL)).map_or(1, |last| last + 1);
        let cut = bytes[start..trimmed].iter().position(|byte| is(*byte, CUT)).map_or(trimmed, |length| start + length.max(1));
        let kind = self.kind(start, trimmed);
        // Brackets belong to few kinds; in others they part what a mask would swallow.
        let may_hold_cuts = !matches!(kind, Kind::Id | Kind::Path | Kind::Time | Kind::Email);
        if kind.is_masked() && (cut == trimmed || may_hold_cuts) {
            return (trimmed, kind);
        }
        let kind = if cut < trimmed { self.kind(start, cut) } else { kind };
        if kind.is_masked() {
            return (cut, kind);
        }
        let colon = bytes[start..cut].iter().position(|byte| *byte == b':').map_or(cut, |length| start + length.max(1));
        (colon, if colon < cut { self.kind(start, colon) } else { kind })
    }

    fn kind(&self, start: usize, end: usize) -> Kind {
        let text = &self.message[start..end];
        if !self.masks.is_empty() && self.masks.find(text).is_some() { Kind::Own } else { classify(text) }
    }
}

const SPACE: u8 = 1;
/// Ends a token, and is none.
const CUT: u8 = 1 << 1;
/// May stand before a token.
const LEAD: u8 = 1 << 2;
/// May stand behind the last token of a chunk.
const TRAIL: u8 = 1 << 3;

/// What each byte may be.
static ROLES: [u8; 256] = {
    let mut roles = [0; 256];
    let mut byte = 0;
    while byte < roles.len() {
        roles[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0c => SPACE | LEAD,
            b'=' | b',' | b';' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'"' | b'\'' | b'|' | b'<' | b'>' => CUT | LEAD | TRAIL,
            b':' => LEAD | TRAIL,
            b'.' | b'!' | b'?' => TRAIL,
            _ => 0,
        };
        byte += 1;
    }
    roles
};

fn is(byte: u8, role: u8) -> bool {
    ROLES[usize::from(byte)] & role != 0
}

fn continues(previous: &Token<'_>, token: &Token<'_>) -> bool {
    let is_list = !token.before.is_empty() && token.before.bytes().all(|byte| is(byte, SPACE) || byte == b',');
    let both_masked = previous.kind.is_masked() && token.kind.is_masked();
    let both_numbered = previous.kind == Kind::Numbered
        && token.kind == Kind::Numbered
        && around_digits(previous.text) == around_digits(token.text);
    is_list && (both_masked || both_numbered)
}

/// What stands before and behind the digits; a minus after a separator belongs to them.
fn around_digits(text: &str) -> (&str, &str) {
    let start = text.find(|letter: char| letter.is_ascii_digit()).unwrap_or(text.len());
    let is_signed = text[..start].strip_suffix('-').is_some_and(|name| name.ends_with(['_', '.', '/']));
    let start = if is_signed { start - 1 } else { start };
    let end = text.rfind(|letter: char| letter.is_ascii_digit()).map_or(text.len(), |last| last + 1);
    (&text[..start], &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The message's template, slots without their spaces.
    fn check(message: &str, expected: &str) {
        let masks = Masks::default();
        let counting = tokens(message, &masks).filter(|token| !token.continues);
        let constants: Vec<String> = counting.map(|token| constant(&token)).collect();
        assert_eq!(constants.join(" "), expected, "{message}");
        for token in tokens(message, &masks) {
            assert!(message.contains(token.text) && !token.text.is_empty(), "{message}");
        }
    }

    #[test]
    fn what_varies_is_masked_and_what_is_constant_stays() {
        check("Receiving block blk_-16 src: /10.0.0.1:500 dest: /10.0.0.2:501", "Receiving block blk_<*> src <*> dest <*>");
        check("session opened for user ann by (uid=0)", "session opened for user ann by uid <*>");
        check("r24=0x0f r25=0x03", "r<*> <*> r<*> <*>");
        check("took 12ms, 3.5 MB", "took <*> MB");
        check("open '/a/b' failed: No such file", "open <*> failed No such file");
        check("at 2026-03-01 08:30:00 on R02-M1", "at <*> on <*>");
        check("[core:error] [pid 77] x", "core error pid <*> x");
        check("user=ann,host=h1", "user ann host h<*>");
    }

    #[test]
    fn lists_of_any_length_are_one_slot() {
        check("nodes an14 an15 an16 lost", "nodes an<*> lost");
        check("values 1 2 3, 4", "values <*>");
        let masks = Masks::default();
        assert_eq!(signature("ids 1 2", &masks), signature("ids 7 8 9 10", &masks));
    }

    #[test]
    fn odd_messages_end() {
        for message in ["", " ", ":::", "((((", "= = =", "ü", "….", "a:", ":a", "\u{0}", "'''x'''"] {
            let masks = Masks::default();
            assert!(tokens(message, &masks).count() <= 4, "{message}");
        }
        assert_eq!(tokens(&"a=".repeat(10_000), &Masks::default()).count(), TOKENS_MAX);
    }

    #[test]
    fn own_masks_come_first() {
        let masks = Masks::new(vec![("who".into(), "u-*".into())]).unwrap();
        assert_eq!(signature("hello u-ann", &masks), signature("hello u-bob", &masks));
        assert_ne!(signature("hello u-ann", &Masks::default()), signature("hello u-bob", &Masks::default()));
    }
}
