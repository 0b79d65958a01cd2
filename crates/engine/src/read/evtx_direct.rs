//! The fields of a chunk's events, taken from the binary records as they are.
//!
//! A record is the place of a template and a list of values. How the values of a template become fields is
//! worked out once; what is left for a record is their text. This is several times faster than to have JSON made
//! of a record and to read it. A chunk with anything in it that is not plain (damage, rare kinds of values, values
//! that have a structure) is left to JSON as a whole, so there is one answer to what such a thing means.

use std::ops::Range;
use std::rc::Rc;

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
const FIELDS_USUAL: usize = 4096;
const VALUES_MAX: usize = 4096;
/// A list of values that is longer when written as one is left to JSON, which is where its bound is.
const LIST_BYTES_MAX: usize = 32 << 10;

/// Many small records may name one large template. What leads to more fields or text of a chunk than this, which is many
/// times what chunks have, is left to JSON, which has its own bound.
const CHUNK_FIELDS_MAX: usize = 64 << 10;
const CHUNK_TEXT_BYTES_MAX: usize = 2 << 20;

/// The fields of a block's events.
#[derive(Debug, Default)]
pub(super) struct Fields {
    words: Words,
    chunks: Vec<Chunk>,
}

/// The fields of a chunk's events.
#[derive(Debug, Default)]
struct Chunk {
    fields: Vec<Field>,
    /// Their values, one behind the other.
    text: String,
}

/// A name, which is a word, and where the value ends that begins at the end of the one before it.
#[derive(Clone, Copy, Debug)]
struct Field {
    name: u32,
    end: u32,
}

#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: u64,
    chunk: usize,
    fields: Range<usize>,
    /// Which of its fields its provider wrote.
    pub(super) data: Range<usize>,
}

impl Fields {
    /// Adds the events of a chunk, if all of it is plain.
    pub(super) fn add(&mut self, chunk: &[u8]) -> Option<Vec<Event>> {
        if !chunk.starts_with(CHUNK_MAGIC) {
            let is_blank = chunk.iter().all(|byte| *byte == 0);
            return is_blank.then(Vec::new);
        }
        let mut reader = Reader {
            chunk,
            index: self.chunks.len(),
            words: &mut self.words,
            fields: Vec::with_capacity(FIELDS_USUAL),
            text: Vec::with_capacity(chunk.len()),
            plans: Vec::new(),
            values: Vec::new(),
        };
        let events = reader.events()?;
        let Reader { fields, text, .. } = reader;
        self.chunks.push(Chunk { fields, text: String::from_utf8(text).ok()? });
        Some(events)
    }

    /// What fields may be called, and more.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.words.all()
    }

    /// The fields of an event: the place of the name among the words, and the value.
    pub(super) fn of(&self, event: &Event) -> impl ExactSizeIterator<Item = (u32, &str)> {
        const NONE: &Chunk = &Chunk { fields: Vec::new(), text: String::new() };
        let Chunk { fields, text } = self.chunks.get(event.chunk).unwrap_or(NONE);
        let before = event.fields.start.checked_sub(1).and_then(|before| fields.get(before));
        let mut start = before.map_or(0, |field| field.end as usize);
        fields.get(event.fields.clone()).unwrap_or_default().iter().map(move |field| {
            let value = text.get(start..field.end as usize).unwrap_or_default();
            start = field.end as usize;
            (field.name, value)
        })
    }
}

/// A value where it stands in the chunk.
#[derive(Clone, Copy)]
struct Raw<'a> {
    kind: u8,
    at: usize,
    bytes: &'a [u8],
}

/// The place of a template, and what is around it if it stands in another one.
type PlanKey = (u32, Option<u32>);

struct Reader<'a, 'w> {
    chunk: &'a [u8],
    index: usize,
    words: &'w mut Words,
    fields: Vec<Field>,
    text: Vec<u8>,
    plans: Vec<(PlanKey, Rc<Plan>)>,
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
            let start = self.fields.len();
            let data = self.event(stream, cursor.at)?;
            events.push(Event { id, chunk: self.index, fields: start..self.fields.len(), data });
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
        let start = self.fields.len();
        let (plan, end) = self.instance(at + 5, None)?;
        if !is_over(stream, end - at) {
            return None;
        }
        let mut data = None;
        self.fields(&plan, 0, &mut data)?;
        if self.fields.len() > CHUNK_FIELDS_MAX || self.text.len() > CHUNK_TEXT_BYTES_MAX {
            return None;
        }
        let data = data.unwrap_or(start..start);
        Some(data.start - start..data.end - start)
    }

    /// Reads a place of a template and the values for it, and says where they end.
    fn instance(&mut self, at: usize, parent: Option<u32>) -> Option<(Rc<Plan>, usize)> {
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
        Some((self.plan(place, parent)?, cursor.at))
    }

    fn plan(&mut self, place: u32, parent: Option<u32>) -> Option<Rc<Plan>> {
        let key = (place, parent);
        if let Some((_, plan)) = self.plans.iter().find(|(known, _)| *known == key) {
            return Some(Rc::clone(plan));
        }
        let plan = Rc::new(plan(self.chunk, place, parent, self.words)?);
        self.plans.push((key, Rc::clone(&plan)));
        Some(plan)
    }

    /// Adds the fields of the values from `first` on.
    fn fields(&mut self, plan: &Plan, first: usize, data: &mut Option<Range<usize>>) -> Option<()> {
        let mut parts = plan.parts.iter();
        while let Some(part) = parts.next() {
            match part {
                Part::Text { name, text } => {
                    self.text.extend_from_slice(self.words.get(*text).as_bytes());
                    self.push(*name);
                }
                Part::Value { name, hole, is_kept_empty, may_be_list } => {
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
                    self.push(*name);
                }
                Part::List { name, holes } => {
                    let start = self.text.len();
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
                    if self.text.len() - start > LIST_BYTES_MAX {
                        return None;
                    }
                    self.push(*name);
                }
                Part::Child { hole, parent, siblings } => {
                    if let Some(raw) = self.values.get(first + usize::from(*hole)).copied() {
                        self.child(raw, *parent, siblings, plan.has_data, data)?;
                    }
                }
                Part::Guard { hole, parts: guarded } => {
                    let is_null = |raw: &Raw<'_>| raw.kind == NULL || (raw.kind == BINARY_XML && raw.bytes.is_empty());
                    if self.values.get(first + usize::from(*hole)).is_some_and(is_null)
                        && let Some(last) = guarded.checked_sub(1)
                    {
                        parts.nth(last);
                    }
                }
                Part::DataStart => *data = Some(self.fields.len()..self.fields.len()),
                Part::DataEnd => data.as_mut()?.end = self.fields.len(),
            }
        }
        Some(())
    }

    /// Ends the value of a field.
    fn push(&mut self, name: u32) {
        self.fields.push(Field { name, end: self.text.len() as u32 });
    }

    /// Adds the fields of a template that stands in a hole of another one.
    fn child(
        &mut self,
        raw: Raw<'_>,
        parent: u32,
        siblings: &[u32],
        has_data: bool,
        data: &mut Option<Range<usize>>,
    ) -> Option<()> {
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
        let (plan, end) = self.instance(start, Some(parent))?;
        if !is_over(raw.bytes, end - raw.at) || siblings.contains(&plan.root) || (has_data && plan.has_data) {
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
