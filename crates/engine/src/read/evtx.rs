//! Windows event log files.
//!
//! A file is a header and chunks of 64 KiB, each of which can be read without the others, so blocks
//! are runs of chunks. What is plain in them is read directly ([`super::evtx_direct`]). For a chunk in
//! which anything is not, the `evtx` crate makes JSON of it, and a block keeps that text for its records
//! to borrow from; both ways lead to the same records.
//!
//! The crate is free of unsafe code, bounds what a record may make it do, and answers damage with
//! errors; no panic of it is known, so none is caught here. A record that is damaged is a reject
//! under its number, the others of its chunk are kept. Checksums are not compared: a file that was
//! copied while in use has wrong ones and good records.

use std::borrow::Cow;

use evtx::{RenderedChunk, RenderedChunkItem};

use super::assemble::Assembler;
use super::evtx_bytes::Cursor;
use super::evtx_direct::{Event, Fields};
use super::json_shape::Shapes;
use super::role::{Known, Names};
use super::time::Clock;
use super::{Records, Reject, evtx_json, windows_event};
use crate::parse::reject::excerpt;

pub(super) const MAGIC: &[u8] = b"ElfFile\0";
pub(super) const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
pub(super) const HEADER_BYTES: usize = 4096;
pub(super) const CHUNK_BYTES: usize = 64 << 10;
/// In a chunk, with the last one behind it.
const FIRST_ID_AT: usize = 24;
const BLOCK_BYTES_MIN: usize = 256 << 10;

/// What the records of a block borrow from.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// JSON of one chunk each.
    texts: Vec<String>,
    fields: Fields,
    /// In the order of the file.
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
    Direct(Event),
    Record { id: u64, chunk: usize, start: usize, end: usize },
    Damaged { id: u64, found: String },
}

pub(super) fn sniff(sample: &[u8]) -> bool {
    sample.starts_with(MAGIC)
}

/// The length of the whole chunks that a window begins with, or 0 for a small window: what the crate
/// learned of a chunk's templates serves the other chunks of a block.
pub(super) fn cut(window: &[u8]) -> usize {
    if window.len() < BLOCK_BYTES_MIN {
        return 0;
    }
    let header = header_bytes(window);
    header + (window.len() - header) / CHUNK_BYTES * CHUNK_BYTES
}

fn header_bytes(bytes: &[u8]) -> usize {
    if bytes.starts_with(MAGIC) { HEADER_BYTES.min(bytes.len()) } else { 0 }
}

/// Makes the text of a block.
pub(super) fn text(bytes: &[u8]) -> Text {
    make(bytes, true)
}

/// What is plain is read directly, if it may be.
fn make(bytes: &[u8], is_direct: bool) -> Text {
    let bytes = &bytes[header_bytes(bytes)..];
    let (chunks, cut) = bytes.as_chunks::<CHUNK_BYTES>();
    let mut text = Text::default();
    let mut direct: Vec<Option<Vec<Event>>> =
        chunks.iter().map(|chunk| if is_direct { text.fields.add(chunk) } else { None }).collect();
    let is_wanted: Vec<bool> = direct.iter().map(Option::is_none).collect();
    let mut rendered: Vec<Option<RenderedChunk>> = chunks.iter().map(|_| None).collect();
    let mut last_id = 0;
    if is_wanted.contains(&true) {
        match evtx_json::rendered(chunks, &is_wanted) {
            Ok(chunks) => chunks.into_iter().for_each(|(place, chunk)| rendered[place] = Some(chunk)),
            Err(error) => text.items.push(damaged(&error, last_id)),
        }
    }
    for place in in_order(chunks) {
        for event in direct[place].take().into_iter().flatten() {
            last_id = event.id;
            text.items.push(Item::Direct(event));
        }
        if let Some(chunk) = rendered[place].take() {
            text.add(chunk, &mut last_id);
        }
    }
    if cut.starts_with(CHUNK_MAGIC) {
        let found = format!("only {} of a chunk's {CHUNK_BYTES} bytes", cut.len());
        text.items.push(Item::Damaged { id: last_id.saturating_add(1), found });
    }
    text
}

/// The places of chunks from the one with the oldest events on, which are where a log that is full goes on writing.
fn in_order(chunks: &[[u8; CHUNK_BYTES]]) -> impl Iterator<Item = usize> {
    let first_id = |chunk: &[u8; CHUNK_BYTES]| {
        let mut header = Cursor { bytes: chunk, at: FIRST_ID_AT };
        let (first, last) = (header.u64()?, header.u64()?);
        (chunk.starts_with(CHUNK_MAGIC) && first <= last && first < u64::MAX).then_some(first)
    };
    let ids = chunks.iter().enumerate().filter_map(|(place, chunk)| Some((first_id(chunk)?, place)));
    let oldest = ids.min().map_or(0, |(_, place)| place);
    (oldest..chunks.len()).chain(0..oldest)
}

impl Text {
    /// Adds what JSON was made of.
    fn add(&mut self, chunk: RenderedChunk, last_id: &mut u64) {
        let index = self.texts.len();
        // What is no UTF-8 keeps its length, so that the places of the records hold.
        let data = String::from_utf8(chunk.data);
        self.texts.push(data.unwrap_or_else(|error| error.into_bytes().into_iter().map(|byte| char::from(byte & 0x7f)).collect()));
        let mut start = 0;
        for item in chunk.items {
            match item {
                RenderedChunkItem::Record { event_record_id, end } => {
                    *last_id = event_record_id;
                    self.items.push(Item::Record { id: event_record_id, chunk: index, start, end });
                    start = end;
                }
                RenderedChunkItem::Failed(error) => self.items.push(damaged(&error, *last_id)),
            }
        }
    }
}

fn damaged(error: &evtx::err::EvtxError, last_id: u64) -> Item {
    let id = match error {
        evtx::err::EvtxError::FailedToParseRecord { record_id, .. } => *record_id,
        _ => last_id.saturating_add(1),
    };
    let mut found = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        found = format!("{found}: {error}");
        cause = error.source();
    }
    Item::Damaged { id, found: excerpt(&found) }
}

pub(super) fn records<'a>(text: &'a Text, clock: Clock, out: &mut Records<'a>) {
    let mut assembler = Assembler::new(clock);
    let mut shapes = Shapes::default();
    // Names are looked up when they come first; most words are other than names.
    let mut names: Vec<(&str, Option<Option<Known>>)> = text.fields.words().map(|word| (word, None)).collect();
    let mut known = Vec::new();
    out.records.reserve(text.items.len());
    for item in &text.items {
        match item {
            Item::Direct(event) => {
                known.clear();
                let pair = |(name, value)| {
                    let (name, of_name) = &mut names[name as usize];
                    known.push(*of_name.get_or_insert_with(|| Names::get().find(name)));
                    (Cow::Borrowed(*name), Cow::Borrowed(value))
                };
                let pairs = text.fields.of(event).map(pair).collect();
                out.records.push(windows_event::record_of_known(event.id, pairs, event.data.clone(), &known, &assembler));
            }
            Item::Damaged { id, found } => out.rejects.push(reject(*id, found.clone())),
            Item::Record { id, chunk, start, end } => match text.texts[*chunk].get(*start..*end).map(|text| shapes.event(text)) {
                Some(Ok(flat)) => out.records.push(flat.into_record(*id, "", &mut assembler)),
                Some(Err(mismatch)) => out.rejects.push(reject(*id, format!("other than {}", mismatch.expected))),
                None => out.rejects.push(reject(*id, "text that is not UTF-8".into())),
            },
        }
    }
}

fn reject(line: u64, found: String) -> Reject {
    Reject { line, expected: format!("an intact event record, number {line}"), found }
}

#[cfg(test)]
#[path = "evtx_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "evtx_direct_tests.rs"]
mod direct_tests;

#[cfg(test)]
#[path = "evtx_made.rs"]
mod made;
