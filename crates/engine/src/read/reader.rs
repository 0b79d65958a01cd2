use std::sync::Arc;

use radar_types::Timestamp;
use thiserror::Error;

use super::{Format, Records, text};

/// So much of an input is looked at to find its format.
const SAMPLE_BYTES: usize = 64 << 10;
/// Blocks are about so large: much work beside the cost of handing one over, and little memory.
const BLOCK_BYTES: usize = 1 << 20;
/// A longer record is a reject.
const RECORD_BYTES_MAX: usize = 1 << 20;

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
}

/// Takes one input in pieces of any size, and gives blocks of whole records.
pub struct Reader {
    options: Options,
    layout: Option<Arc<Layout>>,
    pending: Vec<u8>,
    next_line: u64,
}

/// What the records of a block have in common.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) now: Timestamp,
}

/// Some whole records of an input.
#[derive(Debug)]
pub struct Block {
    bytes: Vec<u8>,
    first_line: u64,
    layout: Arc<Layout>,
}

impl Reader {
    pub fn new(options: Options) -> Self {
        Self { options, layout: None, pending: Vec::new(), next_line: 1 }
    }

    /// Known once enough was fed to tell, at the latest after [`Reader::finish`].
    pub fn format(&self) -> Option<Format> {
        self.layout.as_ref().map(|layout| layout.format)
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Result<Vec<Block>, Unreadable> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() < BLOCK_BYTES.max(SAMPLE_BYTES) {
            return Ok(Vec::new());
        }
        Ok(self.blocks(false))
    }

    pub fn finish(&mut self) -> Result<Vec<Block>, Unreadable> {
        Ok(self.blocks(true))
    }

    fn blocks(&mut self, is_end: bool) -> Vec<Block> {
        let layout = Arc::clone(self.layout.get_or_insert_with(|| {
            let format = self.options.format.unwrap_or(Format::Text);
            Arc::new(Layout { format, now: self.options.now })
        }));
        let length = text::cut(&self.pending, is_end);
        let rest = self.pending.split_off(length);
        let bytes = std::mem::replace(&mut self.pending, rest);
        let first_line = self.next_line;
        self.next_line += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        if bytes.is_empty() { Vec::new() } else { vec![Block { bytes, first_line, layout }] }
    }
}

impl Block {
    pub fn records(&self) -> Records<'_> {
        let mut records = Records::default();
        text::records(&self.bytes, self.first_line, &self.layout, &mut records);
        records
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }
}
