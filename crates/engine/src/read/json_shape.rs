//! Windows events of one kind, which differ in nothing but their values.
//!
//! What stands between the values of an event (names, braces, quotes) is compared as a whole with
//! that of an event of its kind that was read before. Where all of it is the same, only the values
//! are read; where anything differs, the event is read from scratch and the next ones are compared with it.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use super::json_flat::{Flat, object_with_places};
use super::json_scan::{Mismatch, Scanner};

/// A power of two.
const SHAPES: usize = 64;
/// The number of an event stands within so many bytes.
const KIND_BYTES_MAX: usize = 512;
const KIND: &[u8] = b"\"EventID\":";

/// What was read before, by a hash of the number of the event.
#[derive(Default)]
pub(super) struct Shapes<'a> {
    known: Vec<Option<Shape<'a>>>,
}

struct Shape<'a> {
    parts: Vec<Part<'a>>,
    /// Behind the last value.
    end: &'a str,
    windows_data: Option<Range<usize>>,
}

struct Part<'a> {
    /// What stands in front of the value.
    before: &'a str,
    name: Cow<'a, str>,
    is_string: bool,
}

impl<'a> Shapes<'a> {
    /// Reads a text that is one event and nothing else.
    pub(super) fn event(&mut self, text: &'a str) -> Result<Flat<'a>, Mismatch> {
        if self.known.is_empty() {
            self.known.resize_with(SHAPES, || None);
        }
        let known = &mut self.known[kind(text.as_bytes())];
        if let Some(flat) = known.as_ref().and_then(|shape| shape.read(text)) {
            return Ok(flat);
        }
        let flat = object_with_places(text)?;
        *known = Shape::of(text, &flat);
        Ok(flat)
    }
}

/// The place of the shapes of this kind of event. Kinds that share one replace each other.
fn kind(text: &[u8]) -> usize {
    let head = &text[..text.len().min(KIND_BYTES_MAX)];
    let behind = memmem::find(head, KIND).map_or(0, |at| at + KIND.len());
    let number = head[behind..].iter().take_while(|byte| **byte != b',');
    number.fold(0_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(*byte))) % SHAPES
}

impl<'a> Shape<'a> {
    fn of(text: &'a str, flat: &Flat<'a>) -> Option<Self> {
        let mut end = 0;
        let mut parts = Vec::with_capacity(flat.pairs.len());
        for (place, (name, _)) in flat.places.as_ref()?.iter().zip(&flat.pairs) {
            let is_string = text.as_bytes().get(place.start) == Some(&b'"');
            parts.push(Part { before: text.get(end..place.start)?, name: name.clone(), is_string });
            end = place.end;
        }
        Some(Self { parts, end: text.get(end..)?, windows_data: flat.windows_data.clone() })
    }

    fn read(&self, text: &'a str) -> Option<Flat<'a>> {
        let mut scanner = Scanner::new(text);
        let mut pairs = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            if !scanner.pass(part.before) {
                return None;
            }
            let value = match scanner.peek()? {
                b'"' if part.is_string => scanner.string().ok()?,
                b'"' => return None,
                _ if part.is_string => return None,
                _ => Cow::Borrowed(scanner.scalar().ok().filter(|scalar| *scalar != "null")?),
            };
            pairs.push((part.name.clone(), value));
        }
        let is_whole = scanner.rest() == self.end;
        is_whole.then(|| Flat { pairs, windows_data: self.windows_data.clone(), places: None })
    }
}

#[cfg(test)]
mod tests {
    use super::super::json_flat::object;
    use super::*;

    const FIRST: &str = r##"{"Event":{"#attributes":{"xmlns":"x"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":7,"Keywords":null},"EventData":{"Who":"ann","What":"C:\\a"}}}"##;

    /// Reads several events one after the other, each of which must be read as if it were alone.
    fn check(texts: &[&str]) {
        let mut shapes = Shapes::default();
        for text in texts {
            match (shapes.event(text), object(text, 0)) {
                (Ok(found), Ok(expected)) => {
                    assert_eq!((found.pairs, found.windows_data), (expected.pairs, expected.windows_data), "{text}");
                }
                (found, expected) => assert_eq!(found.is_err(), expected.is_err(), "{text}"),
            }
        }
    }

    #[test]
    fn events_are_read_as_if_each_were_alone() {
        let other = |from: &str, to: &str| FIRST.replace(from, to);
        let texts = [
            FIRST.to_owned(),
            other("ann", r#"b\"o\u0062"#),
            other("7,", "8,"),
            other("\"ann\"", "12"),
            other("\"ann\"", "null"),
            other("\"ann\"", r#"["a","b"]"#),
            other("null", "5"),
            other(":7,", r##":{"#attributes":{"Qualifiers":3},"#text":7},"##),
            other("Who", "Whom"),
            other("}}}", "}},\"More\":1}"),
            other("}}}", "}}} x"),
            other("}}}", "}}"),
            String::new(),
            "{}".to_owned(),
        ];
        for first in &texts {
            for second in &texts {
                check(&[first, second, first]);
            }
        }
    }
}
