//! Windows event log files.
//!
//! A file is a header and chunks of 64 KiB, each of which can be read without the others, so blocks
//! are runs of chunks. The `evtx` crate turns a chunk's records into JSON faster than it gives their
//! parts away, and a block keeps that text for its records to borrow from.
//!
//! The crate is free of unsafe code, bounds what a record may make it do, and answers damage with
//! errors; no panic of it is known, so none is caught here. A record that is damaged is a reject
//! under its number, the others of its chunk are kept. Checksums are not compared: a file that was
//! copied while in use has wrong ones and good records.

use std::io::{self, Read, Seek, SeekFrom};

use evtx::{EvtxParser, ParserSettings, RenderedChunkItem};

use super::assemble::Assembler;
use super::json_shape::Shapes;
use super::time::Clock;
use super::{Records, Reject};
use crate::parse::reject::excerpt;

const MAGIC: &[u8] = b"ElfFile\0";
const CHUNK_MAGIC: &[u8] = b"ElfChnk\0";
const HEADER_BYTES: usize = 4096;
const CHUNK_BYTES: usize = 64 << 10;
const BLOCK_BYTES_MIN: usize = 1 << 20;

/// The records of a block as JSON.
#[derive(Debug)]
pub(super) struct Text {
    /// Of one chunk each.
    texts: Vec<String>,
    /// In the order of the file.
    items: Vec<Item>,
}

#[derive(Debug)]
enum Item {
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
    let chunks = &bytes[header_bytes(bytes)..];
    let mut text = Text { texts: Vec::new(), items: Vec::new() };
    let settings = ParserSettings::new().num_threads(1).indent(false);
    let parser = EvtxParser::from_read_seek(File { header: file_header(), chunks, at: 0 });
    let mut last_id = 0;
    match parser {
        Ok(parser) => {
            for chunk in parser.with_configuration(settings).chunks_json_bytes(false) {
                let index = text.texts.len();
                // What is no UTF-8 keeps its length, so that the places of the records hold.
                let data = String::from_utf8(chunk.data);
                text.texts.push(
                    data.unwrap_or_else(|error| error.into_bytes().into_iter().map(|byte| char::from(byte & 0x7f)).collect()),
                );
                let mut start = 0;
                for item in chunk.items {
                    match item {
                        RenderedChunkItem::Record { event_record_id, end } => {
                            last_id = event_record_id;
                            text.items.push(Item::Record { id: last_id, chunk: index, start, end });
                            start = end;
                        }
                        RenderedChunkItem::Failed(error) => text.items.push(damaged(&error, last_id)),
                    }
                }
            }
        }
        Err(error) => text.items.push(damaged(&error, last_id)),
    }
    let cut_bytes = chunks.len() % CHUNK_BYTES;
    if chunks[chunks.len() - cut_bytes..].starts_with(CHUNK_MAGIC) {
        let found = format!("only {cut_bytes} of a chunk's {CHUNK_BYTES} bytes");
        text.items.push(Item::Damaged { id: last_id + 1, found });
    }
    text
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
    out.records.reserve(text.items.len());
    for item in &text.items {
        match item {
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

/// A file of a block's chunks, for a crate that reads files: they come behind a header of ours.
struct File<'a> {
    header: [u8; HEADER_BYTES],
    chunks: &'a [u8],
    at: u64,
}

/// The crate finds chunks by their places and needs nothing but the magic and the sizes.
fn file_header() -> [u8; HEADER_BYTES] {
    const NO_CHECKSUM: u8 = 4;
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[32] = 128;
    header[36] = 1;
    header[38] = 3;
    header[40..42].copy_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    header[120] = NO_CHECKSUM;
    header
}

impl Read for File<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let mut rest = match self.header.get(at..) {
            Some(header) if !header.is_empty() => header,
            _ => self.chunks.get(at.saturating_sub(HEADER_BYTES)..).unwrap_or_default(),
        };
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for File<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = (HEADER_BYTES + self.chunks.len()) as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
#[path = "evtx_tests.rs"]
mod tests;
