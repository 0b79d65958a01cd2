//! The fields of a chunk's events, taken from the binary records as they are.
//!
//! A record is the place of a template and a list of values. How the values of a template become fields is
//! worked out once; what is left for a record is their text. This is several times faster than to have JSON made
//! of a record and to read it. A chunk with anything in it that is not plain (damage, rare kinds of values, values
//! that have a structure) is left to JSON as a whole, so there is one answer to what such a thing means.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;

use super::assemble::Pairs;
use super::evtx::CHUNK_MAGIC;
use super::evtx_bytes::Cursor;
use super::evtx_plan::{Part, Plan, Words, plan};
use super::evtx_template::{HEADER_BYTES, has_sound_names};
use super::evtx_value::{BINARY_XML, NULL, TEXTS, is_empty, is_known, is_time, write, write_utf16};

const CHUNK_HEADER_BYTES: usize = 512;
const RECORD_MAGIC: [u8; 4] = *b"**\0\0";
/// In front of the list of values: a fragment's header and the token of an instance of a template.
const FRAGMENT: u8 = 0x0f;
const INSTANCE: u8 = 0x0c;
/// A chunk has about so many.
const EVENTS_USUAL: usize = 128;
const VALUES_MAX: usize = 4096;
/// A list of values that is longer when written as one is left to JSON, which is where its bound is.
const LIST_BYTES_MAX: usize = 32 << 10;

/// The fields of a block's events.
#[derive(Debug, Default)]
pub(super) struct Fields {
    words: Words,
    /// The values that are not words, one after the other, of a chunk each.
    texts: Vec<String>,
    fields: Vec<Field>,
}

/// A name, which is a word, and a value.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: u32,
    value: Value,
}

#[derive(Clone, Copy, Debug)]
enum Value {
    Word(u32),
    Text { start: u32, end: u32 },
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: u64,
    /// Which of the texts has its values.
    text: usize,
    /// Among all of the block.
    pub(super) fields: Range<usize>,
    /// Which of them its provider wrote.
    pub(super) data: Range<usize>,
}

impl Fields {
    /// Adds the events of a chunk, if all of it is plain.
    pub(super) fn add(&mut self, chunk: &[u8]) -> Option<Vec<Event>> {
        if !chunk.starts_with(CHUNK_MAGIC) {
            let is_blank = chunk.iter().all(|byte| *byte == 0);
            return is_blank.then(Vec::new);
        }
        let fields = self.fields.len();
        let text = Vec::with_capacity(chunk.len());
        let mut reader = Reader { chunk, out: self, text, plans: Vec::new(), values: Vec::new() };
        let events = reader.events();
        match String::from_utf8(reader.text) {
            Ok(text) if events.is_some() => self.texts.push(text),
            _ => {
                self.fields.truncate(fields);
                return None;
            }
        }
        events
    }

    /// The fields of an event, and which of them its provider wrote.
    pub(super) fn pairs(&self, event: &Event) -> (Pairs<'_>, Range<usize>) {
        let text = self.texts.get(event.text).map_or("", String::as_str);
        let value = |value| match value {
            Value::Word(word) => self.words.get(word),
            Value::Text { start, end } => text.get(start as usize..end as usize).unwrap_or_default(),
        };
        let pair = |field: &Field| (Cow::Borrowed(self.words.get(field.name)), Cow::Borrowed(value(field.value)));
        let fields = self.fields.get(event.fields.clone()).unwrap_or_default();
        (fields.iter().map(pair).collect(), event.data.clone())
    }
}

/// A value where it stands in the chunk.
#[derive(Clone, Copy)]
struct Raw<'a> {
    kind: u8,
    at: usize,
    bytes: &'a [u8],
}

struct Reader<'a, 'o> {
    chunk: &'a [u8],
    out: &'o mut Fields,
    text: Vec<u8>,
    /// The plans of the chunk's templates by place, and by whether they stand in another one.
    plans: Vec<((u32, bool), Rc<Plan>)>,
    /// Of the templates that are being read, the outer ones' first.
    values: Vec<Raw<'a>>,
}

impl Reader<'_, '_> {
    fn events(&mut self) -> Option<Vec<Event>> {
        let mut events = Vec::with_capacity(EVENTS_USUAL);
        let mut header = Cursor { bytes: self.chunk, at: 32 };
        let last_id = header.u64()?;
        header.at = 48;
        let end = usize::try_from(header.u32()?).ok()?.min(self.chunk.len());
        if !has_sound_names(self.chunk) {
            return None;
        }
        let mut at = CHUNK_HEADER_BYTES;
        while at < end {
            let mut cursor = Cursor { bytes: self.chunk, at };
            let is_record = cursor.array()? == RECORD_MAGIC;
            let length = usize::try_from(cursor.u32()?).ok()?;
            let id = cursor.u64()?;
            if !is_record || !is_time(cursor.u64()?) {
                return None;
            }
            // The length stands at the end once more.
            let stream = self.chunk.get(cursor.at..at.checked_add(length)?.checked_sub(4)?)?;
            let start = self.out.fields.len();
            let data = self.event(stream, cursor.at)?;
            events.push(Event { id, text: self.out.texts.len(), fields: start..self.out.fields.len(), data });
            at += length;
            if id == last_id {
                break;
            }
        }
        Some(events)
    }

    /// Adds the fields of a record, and says which its provider wrote.
    fn event(&mut self, stream: &[u8], at: usize) -> Option<Range<usize>> {
        let [FRAGMENT, _, _, _, INSTANCE, _, ..] = stream else { return None };
        self.values.clear();
        let start = self.out.fields.len();
        let (plan, end) = self.instance(at + 5, false)?;
        if !is_over(stream, end - at) {
            return None;
        }
        let mut data = None;
        self.fields(&plan, 0, &mut data)?;
        let data = data.unwrap_or(start..start);
        Some(data.start - start..data.end - start)
    }

    /// Reads a place of a template and the values for it, and says where they end.
    fn instance(&mut self, at: usize, is_inner: bool) -> Option<(Rc<Plan>, usize)> {
        let mut cursor = Cursor { bytes: self.chunk, at };
        let _unknown = cursor.u8()?;
        let _id = cursor.u32()?;
        let place = cursor.u32()?;
        if usize::try_from(place) == Ok(cursor.at) {
            // The template is written where it is used first.
            let _header = cursor.take(HEADER_BYTES - 4)?;
            let length = usize::try_from(cursor.u32()?).ok()?;
            cursor.take(length)?;
        }
        let count = usize::try_from(cursor.u32()?).ok().filter(|count| *count <= VALUES_MAX)?;
        let lengths = cursor.take(count * 4)?;
        for [low, high, kind, _] in lengths.as_chunks().0 {
            let at = cursor.at;
            let bytes = cursor.take(usize::from(u16::from_le_bytes([*low, *high])))?;
            if !is_known(*kind, bytes) {
                return None;
            }
            self.values.push(Raw { kind: *kind, at, bytes });
        }
        Some((self.plan(place, is_inner)?, cursor.at))
    }

    fn plan(&mut self, place: u32, is_inner: bool) -> Option<Rc<Plan>> {
        let key = (place, is_inner);
        if let Some((_, plan)) = self.plans.iter().find(|(known, _)| *known == key) {
            return Some(Rc::clone(plan));
        }
        let plan = Rc::new(plan(self.chunk, place, is_inner, &mut self.out.words)?);
        self.plans.push((key, Rc::clone(&plan)));
        Some(plan)
    }

    /// Adds the fields of the values from `first` on.
    fn fields(&mut self, plan: &Plan, first: usize, data: &mut Option<Range<usize>>) -> Option<()> {
        let mut parts = plan.parts.iter();
        while let Some(part) = parts.next() {
            match part {
                Part::Text { name, text } => self.out.fields.push(Field { name: *name, value: Value::Word(*text) }),
                Part::Value { name, hole, is_kept_empty, may_be_list } => {
                    let start = self.text.len() as u32;
                    match self.values.get(first + usize::from(*hole)) {
                        Some(raw) if raw.kind == TEXTS => {
                            if !may_be_list {
                                return None;
                            }
                            write_texts(raw.bytes, &mut self.text)?;
                        }
                        Some(raw) if !is_empty(raw.kind, raw.bytes) => write(raw.kind, raw.bytes, &mut self.text)?,
                        _ if *is_kept_empty => {}
                        _ => continue,
                    }
                    let value = Value::Text { start, end: self.text.len() as u32 };
                    self.out.fields.push(Field { name: *name, value });
                }
                Part::List { name, holes } => {
                    let start = self.text.len() as u32;
                    for (index, hole) in holes.iter().enumerate() {
                        if index > 0 {
                            self.text.extend_from_slice(b", ");
                        }
                        if let Some(raw) = self.values.get(first + usize::from(*hole))
                            && !is_empty(raw.kind, raw.bytes)
                        {
                            write(raw.kind, raw.bytes, &mut self.text)?;
                        }
                    }
                    let end = self.text.len() as u32;
                    if (end - start) as usize > LIST_BYTES_MAX {
                        return None;
                    }
                    self.out.fields.push(Field { name: *name, value: Value::Text { start, end } });
                }
                Part::Child { hole, siblings } => self.child(plan, first, *hole, siblings, data)?,
                Part::Guard { hole, parts: guarded } => {
                    let is_null = |raw: &Raw<'_>| raw.kind == NULL || (raw.kind == BINARY_XML && raw.bytes.is_empty());
                    if self.values.get(first + usize::from(*hole)).is_some_and(is_null)
                        && let Some(last) = guarded.checked_sub(1)
                    {
                        parts.nth(last);
                    }
                }
                Part::DataStart => *data = Some(self.out.fields.len()..self.out.fields.len()),
                Part::DataEnd => data.as_mut()?.end = self.out.fields.len(),
            }
        }
        Some(())
    }

    /// Adds the fields of a template that stands in a hole of another one.
    fn child(
        &mut self,
        outer: &Plan,
        first: usize,
        hole: u16,
        siblings: &[u32],
        data: &mut Option<Range<usize>>,
    ) -> Option<()> {
        let Some(raw) = self.values.get(first + usize::from(hole)).copied() else { return Some(()) };
        if is_empty(raw.kind, raw.bytes) {
            return Some(());
        }
        if raw.kind != BINARY_XML {
            return None;
        }
        let start = match raw.bytes {
            [FRAGMENT, _, _, _, INSTANCE, _, ..] => raw.at + 5,
            [INSTANCE, ..] => raw.at + 1,
            _ => return None,
        };
        let first = self.values.len();
        let (plan, end) = self.instance(start, true)?;
        if !is_over(raw.bytes, end - raw.at) || siblings.contains(&plan.root) || (outer.has_data && plan.has_data) {
            return None;
        }
        self.fields(&plan, first, data)
    }
}

/// Whether a stream ends behind its values.
fn is_over(stream: &[u8], values_end: usize) -> bool {
    stream.get(values_end..).is_some_and(|rest| matches!(rest, [] | [0, ..]))
}

/// Texts of which each ends with a zero.
fn write_texts(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let start = out.len();
    let texts = bytes.strip_suffix(&[0, 0])?.as_chunks::<2>().0.split(|unit| *unit == [0, 0]);
    for (index, text) in texts.enumerate() {
        if index > 0 {
            out.extend_from_slice(b", ");
        }
        write_utf16(text.as_flattened(), out);
    }
    (out.len() - start <= LIST_BYTES_MAX).then_some(())
}
