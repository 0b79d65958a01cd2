//! New pieces of an index.
//!
//! Events are brought into the order of the index before they are written, on the caller's thread. Left to itself,
//! the index writes them as they come, sorts them when it has them all, and writes them once more, which takes twice
//! the work.

use tantivy::indexer::{AddOperation, SegmentWriter};
use tantivy::{Index, SegmentMeta};

use super::columns::Columns;
use crate::embedded::view::Entry;

/// A piece ends with the event that makes its author's memory as large as this.
const PIECE_BYTES: usize = 24 * 1024 * 1024;

/// Writes the events into pieces that the index does not have yet.
pub(super) fn write(index: &Index, columns: &Columns, mut entries: Vec<&Entry>) -> tantivy::Result<Vec<SegmentMeta>> {
    entries.sort_by_key(|entry| entry.unix_millis());
    let mut presorted = index.clone();
    presorted.settings_mut().sort_by_field = None;
    let mut pieces = Vec::new();
    let mut rest = entries.into_iter().peekable();
    while rest.peek().is_some() {
        let segment = presorted.new_segment();
        let mut author = SegmentWriter::for_segment(PIECE_BYTES, segment.clone())?;
        while let Some(entry) = rest.next_if(|_| author.mem_usage() < PIECE_BYTES) {
            // What was deleted before is told apart by its time and place, not by this.
            author.add_document(AddOperation { opstamp: 0, document: columns.document(entry)? })?;
        }
        let events = author.max_doc();
        author.finalize()?;
        let segment = segment.with_max_doc(events);
        segment.meta().untrack_temp_docstore();
        pieces.push(segment.meta().clone());
    }
    Ok(pieces)
}
