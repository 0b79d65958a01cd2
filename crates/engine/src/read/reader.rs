//! From pieces of an input to blocks of whole records.
//!
//! The reader holds at most a window of the input. A block is cut off the front of a full window, at
//! the end of a record, so where blocks begin depends on the bytes alone and never on how they were
//! fed. The window grows while no record ends in it, up to a bound: a record that is longer still is
//! skipped while it streams by, and is one reject.

use std::fmt;
use std::sync::{Arc, OnceLock};

use memchr::{memchr, memchr_iter, memrchr};
use radar_types::Timestamp;
use thiserror::Error;

use super::decode::Decoder;
use super::time::Clock;
use super::{Columns, Format, Records, Reject, detect, evtx, json, lines, table, xml};

/// So much of an input is looked at to find its format.
const SAMPLE_BYTES: usize = 64 << 10;
/// A longer record is a reject.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 20;
/// Blocks are about so large: their records fit into a processor's cache, and handing one over costs
/// little beside reading it.
const WINDOW_BYTES_MIN: usize = 256 << 10;
/// Any record of allowed length ends in a window of this size.
const WINDOW_BYTES_MAX: usize = 2 * RECORD_BYTES_MAX;

#[derive(Clone, Debug)]
pub struct Options {
    /// `None` finds it by content.
    pub format: Option<Format>,
    /// Gives its year to times that have none.
    pub now: Timestamp,
}

/// An input that is damaged as a whole. What came before is still good.
#[derive(Debug, Error)]
#[error("expected {expected} at byte {offset} of the input, found {found}")]
pub struct Unreadable {
    pub offset: u64,
    pub expected: String,
    pub found: String,
    /// The blocks before the damage that were not handed out yet.
    pub before: Vec<Block>,
}

impl Unreadable {
    /// Puts blocks before those that it has.
    fn behind(mut self, blocks: &mut Vec<Block>) -> Self {
        blocks.append(&mut self.before);
        Self { before: std::mem::take(blocks), ..self }
    }
}

/// Takes one input in pieces of any size, and gives blocks of whole records.
pub struct Reader {
    options: Options,
    decoder: Decoder,
    /// Kept from call to call for its room.
    decoded: Vec<u8>,
    is_damaged: bool,
    is_finished: bool,
    layout: Option<Arc<Layout>>,
    window: Vec<u8>,
    /// The window is full at this length.
    window_bytes: usize,
    next_line: u64,
    /// Whether the rest of a record that is too long is passing by.
    is_skipping: bool,
    /// Whether lines end with a carriage return alone.
    has_bare_returns: bool,
}

/// What the records of a block have in common.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) now: Timestamp,
    pub(super) shape: Shape,
}

/// What a format has to know of the input before a block to read that block.
#[derive(Clone, Debug)]
pub(super) enum Shape {
    Lines(lines::Shape),
    JsonLines(Clock),
    Json(Clock),
    Table(table::Shape),
    Evtx(Clock),
    WindowsXml(Clock),
}

/// Some whole records of an input.
pub struct Block {
    bytes: Vec<u8>,
    first_line: u64,
    layout: Arc<Layout>,
    /// Of a record that was not kept.
    reject: Option<Reject>,
    made: OnceLock<evtx::Text>,
}

impl Reader {
    pub fn new(options: Options) -> Self {
        Self {
            options,
            decoder: Decoder::new(),
            decoded: Vec::new(),
            is_damaged: false,
            is_finished: false,
            layout: None,
            window: Vec::new(),
            window_bytes: WINDOW_BYTES_MIN,
            next_line: 1,
            is_skipping: false,
            has_bare_returns: false,
        }
    }

    /// Known once enough was fed to tell, at the latest after [`Reader::finish`].
    pub fn format(&self) -> Option<Format> {
        self.layout.as_ref().map(|layout| layout.format)
    }

    /// Takes a piece whole. After an error nothing more can be read.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
        let mut blocks = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (taken, more) = self.feed_some(rest).map_err(|damage| damage.behind(&mut blocks))?;
            blocks.extend(more);
            rest = &rest[taken..];
        }
        Ok(blocks)
    }

    /// Takes the beginning of a piece, until there are blocks, and says how much that was. What is packed
    /// may unpack to a thousand times its size, so this is what holds the memory within bounds.
    pub fn feed_some(&mut self, bytes: &[u8]) -> Result<(usize, Vec<Block>), Unreadable> {
        let mut blocks = Vec::new();
        let mut taken = 0;
        while taken < bytes.len() && blocks.is_empty() {
            let rest = &bytes[taken..];
            if self.is_damaged {
                return Ok((bytes.len(), blocks));
            }
            if self.decoder.is_plain() {
                self.take(rest, &mut blocks);
                return Ok((bytes.len(), blocks));
            }
            let mut decoded = std::mem::take(&mut self.decoded);
            let fed = self.decoder.feed(rest, &mut decoded);
            self.take(&decoded, &mut blocks);
            decoded.clear();
            self.decoded = decoded;
            match fed {
                Ok(bytes) => taken += bytes,
                Err(damage) => return Err(self.damaged(damage, blocks)),
            }
        }
        Ok((taken, blocks))
    }

    /// Ends the input, and gives all that is left of it.
    pub fn finish(&mut self) -> Result<Vec<Block>, Unreadable> {
        let mut blocks = Vec::new();
        while let Some(more) = self.finish_some().map_err(|damage| damage.behind(&mut blocks))? {
            blocks.extend(more);
        }
        Ok(blocks)
    }

    /// The same a few blocks at a time: `None` when nothing is left.
    pub fn finish_some(&mut self) -> Result<Option<Vec<Block>>, Unreadable> {
        let mut blocks = Vec::new();
        while !self.is_finished && blocks.is_empty() {
            let mut decoded = Vec::new();
            let finished = if self.is_damaged { Ok(true) } else { self.decoder.finish(&mut decoded) };
            self.take(&decoded, &mut blocks);
            match finished {
                Ok(false) => {}
                Ok(true) => {
                    self.is_finished = true;
                    self.cut_block(true, &mut blocks);
                }
                Err(damage) => {
                    self.is_finished = true;
                    return Err(self.damaged(damage, blocks));
                }
            }
        }
        let is_over = self.is_finished && blocks.is_empty();
        Ok((!is_over).then_some(blocks))
    }

    fn damaged(&mut self, damage: Unreadable, mut blocks: Vec<Block>) -> Unreadable {
        self.is_damaged = true;
        self.cut_block(true, &mut blocks);
        Unreadable { before: blocks, ..damage }
    }

    /// Takes bytes of text, or of a binary format: unpacked and decoded.
    fn take(&mut self, mut bytes: &[u8], blocks: &mut Vec<Block>) {
        while !bytes.is_empty() {
            if self.is_skipping {
                bytes = self.skip(bytes);
                continue;
            }
            let (fitting, rest) = bytes.split_at(bytes.len().min(self.window_bytes - self.window.len()));
            let start = self.window.len();
            self.window.extend_from_slice(fitting);
            if self.has_bare_returns {
                returns_to_newlines(&mut self.window[start..]);
            }
            bytes = rest;
            while !self.is_skipping && self.window.len() >= self.window_bytes {
                self.cut_block(false, blocks);
            }
        }
    }

    /// Passes over the rest of a record that is too long, and gives what follows it.
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let end = if self.has_bare_returns { b'\r' } else { b'\n' };
        let Some(at) = memchr(end, bytes) else { return &[] };
        self.is_skipping = false;
        self.next_line += 1;
        &bytes[at + 1..]
    }

    /// Cuts whole records off the full window, or all that is left at the end of the input.
    fn cut_block(&mut self, is_end: bool, blocks: &mut Vec<Block>) {
        if self.window.is_empty() {
            return;
        }
        let layout = self.layout();
        let is_largest = self.window_bytes == WINDOW_BYTES_MAX;
        let length = if is_end { self.window.len() } else { layout.cut(&self.window[..self.window_bytes], is_largest) };
        if length > 0 {
            let block = self.block(length, layout);
            if !matches!(block.layout.shape, Shape::Evtx(_)) {
                self.next_line += memchr_iter(b'\n', &block.bytes).count() as u64;
            }
            if let Some(shape) = block.layout.shape_after(&block.bytes) {
                self.layout = Some(Arc::new(Layout { shape, ..Layout::clone(&block.layout) }));
            }
            blocks.push(block);
            self.window_bytes = WINDOW_BYTES_MIN;
        } else if is_largest {
            blocks.push(Block { reject: Some(overlong(self.next_line)), ..self.block(0, layout) });
            self.is_skipping = true;
            self.window.clear();
            self.window_bytes = WINDOW_BYTES_MIN;
        } else {
            self.window_bytes *= 2;
        }
    }

    fn block(&mut self, length: usize, layout: Arc<Layout>) -> Block {
        // Little is left behind the last record, so that is what is copied.
        let mut rest = Vec::with_capacity(WINDOW_BYTES_MIN);
        rest.extend_from_slice(&self.window[length..]);
        let mut bytes = std::mem::replace(&mut self.window, rest);
        bytes.truncate(length);
        Block { bytes, first_line: self.next_line, layout, reject: None, made: OnceLock::new() }
    }

    /// Found once, from the beginning of the input.
    fn layout(&mut self) -> Arc<Layout> {
        if let Some(layout) = &self.layout {
            return Arc::clone(layout);
        }
        if memchr(b'\n', &self.window).is_none() && memchr(b'\r', &self.window).is_some() && !evtx::sniff(&self.window) {
            self.has_bare_returns = true;
            returns_to_newlines(&mut self.window);
        }
        let sample = &self.window[..self.window.len().min(SAMPLE_BYTES)];
        let layout = Arc::new(detect::layout(sample, &self.options));
        self.layout = Some(Arc::clone(&layout));
        layout
    }
}

impl Layout {
    /// The length of the whole records at the beginning of a full window, or 0 when it holds none.
    /// There is no larger window than the largest.
    fn cut(&self, window: &[u8], is_largest: bool) -> usize {
        match &self.shape {
            Shape::Lines(shape) => lines::cut(window, &lines::Context::new(self.format, shape, self.now), is_largest),
            Shape::JsonLines(_) => memrchr(b'\n', window).map_or(0, |at| at + 1),
            Shape::Json(_) => json::cut(window),
            Shape::Table(shape) => table::cut(window, shape),
            Shape::Evtx(_) => evtx::cut(window),
            Shape::WindowsXml(_) => xml::cut(window),
        }
    }

    /// What the block after these bytes has to know, where that is not what this one knew.
    fn shape_after(&self, bytes: &[u8]) -> Option<Shape> {
        match &self.shape {
            Shape::Lines(shape) => lines::shape_after(bytes, self.format, shape).map(Shape::Lines),
            Shape::Table(shape) => table::shape_after(shape).map(Shape::Table),
            Shape::JsonLines(_) | Shape::Json(_) | Shape::Evtx(_) | Shape::WindowsXml(_) => None,
        }
    }

    /// `made` holds the text that the records of a binary format borrow from.
    fn records<'a>(&'a self, bytes: &'a [u8], first_line: u64, made: &'a OnceLock<evtx::Text>, out: &mut Records<'a>) {
        match &self.shape {
            Shape::Lines(shape) => {
                lines::records(bytes, first_line, &lines::Context::new(self.format, shape, self.now), out);
            }
            Shape::JsonLines(clock) => json::line_records(bytes, first_line, *clock, out),
            Shape::Json(clock) => json::records(bytes, first_line, *clock, out),
            Shape::Table(shape) => table::records(bytes, first_line, shape, out),
            Shape::Evtx(clock) => evtx::records(made.get_or_init(|| evtx::text(bytes)), *clock, out),
            Shape::WindowsXml(clock) => xml::records(bytes, first_line, *clock, out),
        }
    }
}

impl Block {
    pub fn records(&self) -> Records<'_> {
        let mut records = Records::default();
        records.rejects.extend(self.reject.clone());
        self.layout.records(&self.bytes, self.first_line, &self.made, &mut records);
        records
    }

    pub fn format(&self) -> Format {
        self.layout.format
    }

    /// The columns of a table.
    pub fn columns(&self) -> Option<&Columns> {
        match &self.layout.shape {
            Shape::Table(shape) => Some(shape.columns()),
            _ => None,
        }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}

/// Without what it holds, which is nobody's business in a message about an error.
impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { bytes, first_line, layout, .. } = self;
        f.debug_struct("Block")
            .field("bytes", &bytes.len())
            .field("first_line", first_line)
            .field("format", &layout.format)
            .finish()
    }
}

/// The reject of a record that is longer than allowed.
pub(super) fn overlong(line: u64) -> Reject {
    Reject { line, expected: format!("a record of at most {RECORD_BYTES_MAX} bytes"), found: "a longer one".into() }
}

fn returns_to_newlines(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte == b'\r' {
            *byte = b'\n';
        }
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
