//! Flattens an object on the way through it.
//!
//! Names are joined by dots, so a nested object and one whose names have dots in them read the same.
//! An array of plain values is one value, joined by commas; other items of arrays are numbered.
//! Windows events in the nesting that their XML has keep the last part of each name alone, which is
//! how every other form of them names the same things.

use std::borrow::Cow;
use std::ops::Range;

use super::assemble::{Assembler, FIELDS_MAX, NAME_BYTES_MAX, Pairs};
use super::json_scan::{Mismatch, Scanner};
use super::{Record, windows_event};
use crate::parse::json::value_end;

/// Deeper values are kept as they were written.
const DEPTH_MAX: usize = 64;
/// A joined array is cut to about this.
const JOINED_BYTES_MAX: usize = 64 << 10;

/// An object as named values.
pub(super) struct Flat<'a> {
    pub(super) pairs: Pairs<'a>,
    /// Of a Windows event in the nesting of its XML: which of the pairs its provider wrote.
    pub(super) windows_data: Option<Range<usize>>,
    /// Where in the text the values stand, where each is a string or a scalar of its own.
    pub(super) places: Option<Vec<Range<usize>>>,
}

impl<'a> Flat<'a> {
    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(super) fn into_record(self, line: u64, raw: &'a str, assembler: &mut Assembler<'a>) -> Record<'a> {
        match self.windows_data {
            Some(data) => windows_event::record(line, self.pairs, data, assembler),
            None => assembler.record(line, raw, with_unpacked_message(self.pairs)),
        }
    }
}

/// Reads a text that is one object and nothing else. Room is made for as many fields as the record
/// before it had.
pub(super) fn object(text: &str, fields: usize) -> Result<Flat<'_>, Mismatch> {
    flat(text, fields, None)
}

/// The same, with the places of the values.
pub(super) fn object_with_places(text: &str) -> Result<Flat<'_>, Mismatch> {
    flat(text, 0, Some(Vec::new()))
}

fn flat(text: &str, fields: usize, places: Option<Vec<Range<usize>>>) -> Result<Flat<'_>, Mismatch> {
    let mut flattener = Flattener { scanner: Scanner::new(text), pairs: Vec::with_capacity(fields), windows_data: None, places };
    flattener.members(&Cow::Borrowed(""), 0)?;
    if flattener.scanner.peek().is_some() {
        return Err(flattener.scanner.mismatch("the end"));
    }
    Ok(Flat { pairs: flattener.pairs, windows_data: flattener.windows_data, places: flattener.places })
}

/// Containers' logs wrap what a program wrote, which often is an object as well: its members take
/// the place of the message.
fn with_unpacked_message(mut pairs: Pairs<'_>) -> Pairs<'_> {
    let is_object = |text: &str| text.trim_ascii_end().ends_with('}') && text.starts_with("{\"");
    let wraps =
        |(name, value): &(Cow<'_, str>, Cow<'_, str>)| matches!(&**name, "log" | "message" | "msg" | "MESSAGE") && is_object(value);
    if let Some(place) = pairs.iter().position(wraps)
        && let Ok(inner) = object(pairs[place].1.trim_ascii_end(), 0)
    {
        let inner: Pairs<'_> =
            inner.pairs.into_iter().map(|(name, value)| (Cow::Owned(name.into_owned()), Cow::Owned(value.into_owned()))).collect();
        let outer = std::mem::replace(&mut pairs, inner);
        let others = outer.into_iter().enumerate().filter(|(index, _)| *index != place).map(|(_, pair)| pair);
        pairs.extend(others);
        pairs.truncate(FIELDS_MAX);
    }
    pairs
}

struct Flattener<'a> {
    scanner: Scanner<'a>,
    pairs: Pairs<'a>,
    windows_data: Option<Range<usize>>,
    places: Option<Vec<Range<usize>>>,
}

impl<'a> Flattener<'a> {
    /// Reads an object whose members are named below `path`.
    #[expect(clippy::ptr_arg, reason = "names are made of it, and a borrowed one costs nothing to clone")]
    fn members(&mut self, path: &Cow<'a, str>, depth: usize) -> Result<(), Mismatch> {
        self.scanner.expect(b'{', "an object")?;
        if self.scanner.eat(b'}') {
            return Ok(());
        }
        loop {
            let name = self.scanner.string()?;
            self.scanner.expect(b':', "':'")?;
            self.member(path, name, depth)?;
            if !self.scanner.eat(b',') {
                return self.scanner.expect(b'}', "',' or '}'");
            }
        }
    }

    #[expect(clippy::ptr_arg, reason = "names are made of it, and a borrowed one costs nothing to clone")]
    fn member(&mut self, path: &Cow<'a, str>, name: Cow<'a, str>, depth: usize) -> Result<(), Mismatch> {
        let is_object = self.scanner.peek() == Some(b'{');
        if depth == 0 && is_object {
            match &*name {
                "Event" => self.windows_data = Some(0..0),
                // The extra fields of an event that RADAR itself wrote are no deeper than the others.
                "fields" => return self.members(&Cow::Borrowed(""), depth + 1),
                _ => {}
            }
        }
        if self.windows_data.is_none() {
            // Names that nobody will see are not made.
            let name = if self.pairs.len() < FIELDS_MAX { joined(path, name) } else { Cow::Borrowed("") };
            return self.value(name, depth);
        }
        let is_data = windows_event::is_data(&name);
        let start = self.pairs.len();
        if &*name != "xmlns" {
            self.value(windows_event::name(path, name), depth)?;
        } else {
            self.scanner.string()?;
        }
        if is_data {
            self.windows_data = Some(start..self.pairs.len());
        }
        Ok(())
    }

    fn value(&mut self, name: Cow<'a, str>, depth: usize) -> Result<(), Mismatch> {
        match self.scanner.peek() {
            Some(b'"') => {
                let start = self.scanner.offset();
                let text = self.scanner.string()?;
                self.push(name, text, Some(start));
            }
            Some(b'{' | b'[') if depth == DEPTH_MAX => {
                let end = value_end(self.scanner.rest().as_bytes()).ok_or_else(|| self.scanner.mismatch("a complete value"))?;
                let text = self.scanner.take(end);
                self.push(name, Cow::Borrowed(text), None);
            }
            Some(b'{') => self.members(&name, depth + 1)?,
            Some(b'[') => self.array(name, depth + 1)?,
            _ => {
                let start = self.scanner.offset();
                match self.scanner.scalar()? {
                    "null" => {}
                    text => self.push(name, Cow::Borrowed(text), Some(start)),
                }
            }
        }
        Ok(())
    }

    fn array(&mut self, name: Cow<'a, str>, depth: usize) -> Result<(), Mismatch> {
        self.scanner.expect(b'[', "an array")?;
        if self.scanner.eat(b']') {
            return Ok(());
        }
        let mut joined_items: Option<Cow<'a, str>> = None;
        let mut index = 0_u32;
        loop {
            let item = match self.scanner.peek() {
                Some(b'{' | b'[') => {
                    let item_name =
                        if self.windows_data.is_some() { name.clone() } else { joined(&name, index.to_string().into()) };
                    self.value(item_name, depth)?;
                    None
                }
                Some(b'"') => Some(self.scanner.string()?),
                _ => Some(self.scanner.scalar()?.into()),
            };
            match (&mut joined_items, item) {
                (_, None) => {}
                (None, item) => joined_items = item,
                (Some(items), Some(item)) if items.len() < JOINED_BYTES_MAX => {
                    let items = items.to_mut();
                    items.push_str(", ");
                    items.push_str(&item);
                }
                (Some(_), Some(_)) => {}
            }
            index += 1;
            if !self.scanner.eat(b',') {
                self.scanner.expect(b']', "',' or ']'")?;
                break;
            }
        }
        if let Some(items) = joined_items {
            // The journal writes text that is not UTF-8 as an array of its bytes.
            let items = if name == "MESSAGE" { text_of_bytes(&items).map_or(items, Cow::Owned) } else { items };
            self.push(name, items, None);
        }
        Ok(())
    }

    /// `start` is where the value begins, if it is one that ends here.
    fn push(&mut self, name: Cow<'a, str>, value: Cow<'a, str>, start: Option<usize>) {
        let is_kept = self.pairs.len() < FIELDS_MAX && name.len() <= NAME_BYTES_MAX && !name.is_empty();
        if is_kept {
            self.pairs.push((name, value));
        }
        match (&mut self.places, start) {
            (Some(places), Some(start)) if is_kept => places.push(start..self.scanner.offset()),
            _ => self.places = None,
        }
    }
}

fn joined<'a>(path: &Cow<'a, str>, name: Cow<'a, str>) -> Cow<'a, str> {
    if path.is_empty() {
        name
    } else if path.len() > NAME_BYTES_MAX {
        // It is left out whatever comes after it.
        path.clone()
    } else {
        Cow::Owned([path, ".", &name].concat())
    }
}

fn text_of_bytes(items: &str) -> Option<String> {
    let bytes: Vec<u8> = items.split(", ").map(|item| item.parse().ok()).collect::<Option<_>>()?;
    Some(super::text::decoded(&bytes).into_owned())
}
