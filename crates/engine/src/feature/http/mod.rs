//! The schema `http`: what a request to a web server holds, as evidence.
//!
//! A value is decoded, read as tokens, and held against small grammars of what attackers write:
//! how one gets out of a string of SQL, opens an element, ends a command, leaves a directory. Every
//! finding has a weight, and the weights add up; a single quote or the word `select` is no attack.
//! Values of letters and digits, which most are, are not read at all.
//!
//! It refuses to know the application: whether a page or a parameter is usual is for
//! [`crate::analyze`] to say, from the file itself.

mod decode;
mod files;
mod lex;
mod markup;
mod rule;
mod shell;
mod sql;
mod words;

pub(crate) use rule::Findings;
pub use rule::Kind;

use rule::Rule;

/// A longer value is read so far; its length is evidence of its own.
const VALUE_BYTES_MAX: usize = 16 << 10;
const EXCERPT_CHARS_MAX: usize = 60;
/// Findings of so many points are an alert.
const POINTS_OF_ALERT: f32 = 10.0;

/// Where a value stands, as the same text means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Path,
    Value,
    /// A user agent or referrer, which are full of brackets and semicolons.
    Prose,
}

/// What a single value looks like, without any context.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Suspicion {
    /// 0 to 1; an outright attack is at .9 and above.
    pub score: f32,
    /// The sum of the evidence, without a bound: a finer order than the score.
    pub points: f32,
    pub kind: Option<Kind>,
    /// The decoded part of the value that weighs most.
    pub evidence: String,
}

/// Judges one value, for example of a parameter.
pub fn suspicion(value: &str) -> Suspicion {
    let mut inspector = Inspector::default();
    let findings = inspector.inspect(value.as_bytes(), Place::Value);
    let points = findings.points + inspector.oddness(value.as_bytes());
    let score = score_of_points(points);
    let kind = findings.strongest.map(|(kind, ..)| kind);
    Suspicion { score, points, kind, evidence: inspector.excerpt(&findings) }
}

/// Points on the scale of the ensemble: 4 are low, 6 medium, 8 high, 10 an alert.
pub(crate) fn score_of_points(points: f32) -> f32 {
    const KNOTS: [(f32, f32); 6] = [(0.0, 0.0), (4.0, 0.5), (6.0, 0.7), (8.0, 0.8), (POINTS_OF_ALERT, 0.9), (25.0, 0.99)];
    for pair in KNOTS.windows(2) {
        let [(from, low), (to, high)] = [pair[0], pair[1]];
        if points < to {
            return low + (points.max(0.0) - from) / (to - from) * (high - low);
        }
    }
    // Ever nearer to 1, so that stronger evidence still ranks higher.
    1.0 - 0.01 * 25.0 / points
}

/// Reads values, one after the other, in memory that it keeps.
#[derive(Debug, Default)]
pub(crate) struct Inspector {
    text: Vec<u8>,
    tokens: Vec<lex::Token>,
}

impl Inspector {
    pub(crate) fn inspect(&mut self, raw: &[u8], place: Place) -> Findings {
        self.text.clear();
        let mut findings = Findings::default();
        if place == Place::Value && is_plain(raw) {
            return findings;
        }
        self.text.extend_from_slice(&raw[..raw.len().min(VALUE_BYTES_MAX)]);
        if place == Place::Path && is_plain_path(raw) {
            self.text.make_ascii_lowercase();
            files::names(&self.text, place, &mut findings);
            return findings;
        }
        let disguise = decode::decode(&mut self.text, place == Place::Value);
        lex::tokens(&self.text, &mut self.tokens);
        if place == Place::Prose {
            for token in &self.tokens {
                if token.plays(words::SCANNER) {
                    findings.add(Rule::ScannerName, token.start, token.end);
                } else if token.plays(words::TOOL) {
                    findings.add(Rule::ToolName, token.start, token.end);
                }
            }
        }
        markup::find(&self.text, &self.tokens, &mut findings);
        files::find(&self.text, &self.tokens, place, &mut findings);
        if place != Place::Prose {
            sql::find(&self.text, &self.tokens, &mut findings);
            shell::find(&self.text, &self.tokens, &mut findings);
        }
        let end = self.text.len() as u32;
        if disguise.is_overlong {
            findings.add(Rule::Overlong, 0, end);
        }
        if findings.points >= 3.0 {
            if disguise.is_doubled {
                findings.add(Rule::DoublyEscaped, 0, end);
            }
            if disguise.is_respelt {
                findings.add(Rule::Respelt, 0, end);
            }
        }
        findings
    }

    /// The part of the last value that a finding stands in, safe to print.
    pub(crate) fn excerpt(&self, findings: &Findings) -> String {
        let Some((_, _, start, end)) = findings.strongest else { return String::new() };
        let length = self.text.len();
        let (start, end) = ((start as usize).min(length), (end as usize).min(length));
        // What fits is shown as a whole: an excerpt is easier to read with what stands before it.
        let (start, end) = if length <= EXCERPT_CHARS_MAX { (0, length) } else { (start, end) };
        printable(&self.text[start..end.max(start)])
    }

    /// Punctuation that values seldom hold, a little each; it orders what no grammar knows.
    pub(crate) fn oddness(&self, raw: &[u8]) -> f32 {
        let text = if self.text.is_empty() { raw } else { &self.text };
        let odd = text.iter().filter(|byte| {
            matches!(
                byte,
                b'\''
                    | b'"'
                    | b'<'
                    | b'>'
                    | b';'
                    | b'|'
                    | b'`'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b'\\'
                    | b'^'
                    | b'$'
                    | b'*'
                    | b'='
                    | b'#'
                    | b'~'
            )
        });
        let length = text.len() as f32;
        (odd.count() as f32 * 0.4).min(2.5) + (length / 400.0).min(1.0)
    }
}

/// Letters, digits, and what joins them: nothing to read there.
fn is_plain(raw: &[u8]) -> bool {
    raw.len() < files::REPETITION_MIN && !files::is_serialised(raw) && are_plain(raw, IN_VALUE)
}

/// Parts of letters and digits, none of which is hidden or leads upwards: only their names can mean something.
fn is_plain_path(raw: &[u8]) -> bool {
    raw.len() < files::REPETITION_MIN * 4 && are_plain(raw, IN_PATH) && !raw.split(|byte| *byte == b'/').any(is_root)
}

/// Whether all bytes are plain in a place, and none of `..`, `//`, `--` and `0x` is among them.
fn are_plain(raw: &[u8], place: u8) -> bool {
    let mut last = 0;
    raw.iter().all(|byte| {
        let (plain, partner) = PLAIN[usize::from(*byte)];
        let is_pair = partner == last;
        last = *byte;
        plain & place != 0 && !is_pair
    })
}

const IN_VALUE: u8 = 1;
const IN_PATH: u8 = 1 << 1;
/// A byte that is plain nowhere.
const NONE: u8 = 0xff;

/// Where each byte is plain, and behind which other it isn't.
static PLAIN: [(u8, u8); 256] = {
    let mut plain = [(0, NONE); 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = match byte as u8 {
            b'x' => (IN_VALUE | IN_PATH, b'0'),
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => (IN_VALUE | IN_PATH, NONE),
            b'-' => (IN_VALUE | IN_PATH, b'-'),
            b',' => (IN_VALUE, NONE),
            b'/' => (IN_PATH, b'/'),
            b'.' => (IN_PATH, b'.'),
            _ => (0, NONE),
        };
        byte += 1;
    }
    plain
};

/// Directories of a system, which other rules read.
fn is_root(part: &[u8]) -> bool {
    matches!(part, b"etc" | b"proc" | b"winnt" | b"inetpub" | b"bin" | b"sbin")
}

/// Cut short, and with everything escaped that could steer a terminal or turn text around.
pub(crate) fn printable(bytes: &[u8]) -> String {
    let mut shown = String::new();
    let text = String::from_utf8_lossy(bytes);
    for (count, character) in text.chars().enumerate() {
        if count == EXCERPT_CHARS_MAX {
            shown.push('…');
            break;
        }
        let is_turning =
            matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if character.is_control() || is_turning {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

#[cfg(test)]
mod tests;
