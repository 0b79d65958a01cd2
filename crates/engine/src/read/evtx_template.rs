//! The definition of a template of events: a little tree in binary XML, with holes for values.
//!
//! Only what definitions are made of is read: elements, attributes, text and holes. For anything else
//! there is `None`, as there is for names that would have to be escaped.

use super::evtx_bytes::Cursor;
use super::evtx_value::{TEXT, write_utf16};

/// In front of a definition: the place of another, a GUID, and the length.
pub(super) const HEADER_BYTES: usize = 24;
const CHILDREN_USUAL: usize = 16;
const NO_DEPENDENCY: u16 = 0xffff;
const DEPTH_MAX: usize = 16;
/// Some tokens have a flag that says whether more follows. It mostly shows by itself.
const MORE: u8 = 0x40;
const END_OF_STREAM: u8 = 0x00;
const ELEMENT: u8 = 0x01;
const END_OF_START: u8 = 0x02;
const END_OF_EMPTY: u8 = 0x03;
const END_OF_ELEMENT: u8 = 0x04;
const VALUE: u8 = 0x05;
const ATTRIBUTE: u8 = 0x06;
const HOLE: u8 = 0x0d;
const OPTIONAL_HOLE: u8 = 0x0e;
const FRAGMENT: u8 = 0x0f;

#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: String,
    /// It is left out where this value is null.
    pub(super) dependency: Option<u16>,
    pub(super) attributes: Vec<(String, Content)>,
    pub(super) children: Vec<Node>,
}

#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Content(Content),
}

#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    /// The place of a value in the list of a record.
    Hole(u16),
}

/// Reads the definition at a place of a chunk.
pub(super) fn read(chunk: &[u8], place: u32) -> Option<Element> {
    let mut cursor = Cursor { bytes: chunk, at: usize::try_from(place).ok()?.checked_add(HEADER_BYTES - 4)? };
    let length = usize::try_from(cursor.u32()?).ok()?;
    let end = cursor.at.checked_add(length)?;
    // Names stand anywhere in the chunk, tokens in the definition.
    let mut reader = Reader { chunk, cursor: Cursor { bytes: chunk.get(..end)?, at: cursor.at } };
    if reader.cursor.peek()? == FRAGMENT {
        reader.cursor.take(4)?;
    }
    let token = reader.cursor.u8()?;
    let root = if plain(token) == ELEMENT { reader.element(token, 0)? } else { return None };
    let is_over = reader.cursor.peek().is_none_or(|token| token == END_OF_STREAM);
    is_over.then_some(root)
}

/// Whether the list of the names of a chunk is whole. Nothing else is read of a chunk where it isn't.
pub(super) fn has_sound_names(chunk: &[u8]) -> bool {
    const LISTS: usize = 64;
    const LISTS_AT: usize = 128;
    /// A name has at least so many bytes.
    const NAME_BYTES_MIN: usize = 10;
    let mut names_left = chunk.len() / NAME_BYTES_MIN;
    let mut starts = Cursor { bytes: chunk, at: LISTS_AT };
    (0..LISTS).all(|_| {
        let Some(mut place) = starts.u32() else { return false };
        while place > 0 {
            match name_at(chunk, place) {
                Some((next, _)) if names_left > 0 => place = next,
                _ => return false,
            }
            names_left -= 1;
        }
        true
    })
}

/// A name, and the place of the next one in its list.
fn name_at(chunk: &[u8], place: u32) -> Option<(u32, &[u8])> {
    let mut cursor = Cursor { bytes: chunk, at: usize::try_from(place).ok()? };
    let next = cursor.u32()?;
    let _hash = cursor.u16()?;
    let length = 2 * usize::from(cursor.u16()?);
    let name = cursor.take(length)?;
    let _zero = cursor.u16()?;
    let is_surrogate = |unit: &[u8; 2]| matches!(unit[1], 0xd8..=0xdf);
    (!name.as_chunks::<2>().0.iter().any(is_surrogate)).then_some((next, name))
}

struct Reader<'a> {
    chunk: &'a [u8],
    cursor: Cursor<'a>,
}

impl Reader<'_> {
    /// What follows the token of an element.
    fn element(&mut self, token: u8, depth: usize) -> Option<Element> {
        if depth > DEPTH_MAX {
            return None;
        }
        let dependency = Some(self.cursor.u16()?).filter(|dependency| *dependency != NO_DEPENDENCY);
        let _length = self.cursor.u32()?;
        let name = self.name()?;
        if token & MORE != 0 {
            let _length = self.cursor.u32()?;
        }
        let mut element = Element { name, dependency, attributes: Vec::new(), children: Vec::new() };
        loop {
            match plain(self.cursor.u8()?) {
                ATTRIBUTE => {
                    let name = self.name()?;
                    let token = self.cursor.u8()?;
                    element.attributes.push((name, self.content(token)?));
                }
                END_OF_EMPTY => return Some(element),
                END_OF_START => break,
                _ => return None,
            }
        }
        loop {
            let token = self.cursor.u8()?;
            let child = match plain(token) {
                ELEMENT => Node::Element(self.element(token, depth + 1)?),
                END_OF_ELEMENT => return Some(element),
                _ => Node::Content(self.content(token)?),
            };
            if matches!(child, Node::Element(_)) && element.children.is_empty() {
                element.children.reserve(CHILDREN_USUAL);
            }
            element.children.push(child);
        }
    }

    /// What follows the token of a text or a hole.
    fn content(&mut self, token: u8) -> Option<Content> {
        match plain(token) {
            VALUE => {
                if self.cursor.u8()? != TEXT {
                    return None;
                }
                let length = 2 * usize::from(self.cursor.u16()?);
                utf8(self.cursor.take(length)?).map(Content::Text)
            }
            HOLE | OPTIONAL_HOLE => {
                let place = self.cursor.u16()?;
                let _kind = self.cursor.u8()?;
                Some(Content::Hole(place))
            }
            _ => None,
        }
    }

    /// A name is written where it is used first, and referred to from then on.
    fn name(&mut self) -> Option<String> {
        let place = self.cursor.u32()?;
        let (_, name) = name_at(self.chunk, place)?;
        if usize::try_from(place) == Ok(self.cursor.at) {
            self.cursor.take(name.len() + 10)?;
        }
        utf8(name).filter(|name| !name.is_empty() && name.chars().all(is_plain))
    }
}

/// A token without its flag, if it may have one.
fn plain(token: u8) -> u8 {
    match token & !MORE {
        plain @ (ELEMENT | VALUE | ATTRIBUTE) => plain,
        _ => token,
    }
}

fn utf8(utf16: &[u8]) -> Option<String> {
    let mut text = Vec::with_capacity(utf16.len() / 2);
    write_utf16(utf16, &mut text);
    String::from_utf8(text).ok()
}

/// Whether a character of a name is never escaped.
fn is_plain(character: char) -> bool {
    !matches!(character, '\0'..=' ' | '"' | '\\' | '\u{7f}' | char::REPLACEMENT_CHARACTER)
}
