//! An index of events: Tantivy's, sorted by time, with one author.
//!
//! There are two at most, each made when it is first needed: the public collection has one of its own, and all others
//! share one, where every event carries the number of its collection. A commit says up to which entry of the log it
//! reaches, so after a crash what is missing is known exactly.

mod columns;
pub(super) mod docs;
mod doomed;
mod ids;
mod phrase;
mod piece;
mod segment;
mod spaced;
mod tiers;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tantivy::directory::error::LockError;
use tantivy::directory::{META_LOCK, MmapDirectory};
use tantivy::index::{IndexSettings, IndexSortByField, Order};
use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::IndexRecordOption;
use tantivy::store::{Compressor, ZstdCompressor};
use tantivy::tokenizer::TextAnalyzer;
use tantivy::{Directory, Index, IndexWriter, TantivyError};

pub(super) use columns::{TIME, Term, TextColumn, has_failed, has_score, level, score_number, score_of, term};
pub(super) use doomed::Doomed;
pub(super) use ids::CROWD;
pub(super) use phrase::Phrase;
pub(super) use segment::{Events, Numbers, Segment, damaged};

use super::view::Entry;
use columns::{Columns, SPACED};

/// What the author may keep in memory; it writes a piece when that is full.
const WRITER_BYTES: usize = 24 * 1024 * 1024;
/// Stored events are packed together up to this size. Larger blocks take less room and longer to open.
const BLOCK_BYTES: usize = 32 * 1024;
/// How the words of events are indexed, and how they were in older stores.
const WORDS: IndexRecordOption = IndexRecordOption::WithFreqsAndPositions;
const UNORDERED_WORDS: IndexRecordOption = IndexRecordOption::Basic;
/// A process that was killed keeps its lock until the system has taken it apart.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_RETRY: Duration = Duration::from_millis(20);

pub(super) struct Shelf {
    path: PathBuf,
    columns: Columns,
    index: Option<Index>,
    writer: Option<IndexWriter>,
    /// The last entry of the log that is in the index.
    indexed: u64,
    segments: Vec<Arc<Segment>>,
}

impl Shelf {
    /// Opens the index if it is there.
    pub(super) fn open(path: PathBuf, is_shared: bool) -> tantivy::Result<Self> {
        let mut shelf =
            Self { path, columns: Columns::new(is_shared, WORDS), index: None, writer: None, indexed: 0, segments: Vec::new() };
        if shelf.path.join("meta.json").exists() {
            shelf.make()?;
        }
        Ok(shelf)
    }

    /// The last entry of the log that is in the index.
    pub(super) fn indexed(&self) -> u64 {
        self.indexed
    }

    pub(super) fn is_there(&self) -> bool {
        self.index.is_some()
    }

    /// Takes in what it does not have yet, in one commit. A failure leaves the index as it was.
    pub(super) fn write(&mut self, entries: &[Arc<Entry>], last_op: u64) -> tantivy::Result<()> {
        let new: Vec<&Entry> = entries.iter().map(Arc::as_ref).filter(|entry| entry.op > self.indexed).collect();
        if new.is_empty() {
            return Ok(());
        }
        let mut changed: Vec<(i64, u64)> =
            new.iter().filter(|entry| entry.is_change).map(|entry| (entry.unix_millis(), entry.stored.seq.0)).collect();
        changed.sort_unstable();
        if changed.is_empty() { self.add(new, last_op) } else { self.replace(new, changed, last_op) }
    }

    /// Adds events of which the index has no other version.
    fn add(&mut self, new: Vec<&Entry>, last_op: u64) -> tantivy::Result<()> {
        let columns = self.columns.clone();
        self.commit(last_op, |writer| {
            for piece in piece::write(writer.index(), &columns, new)? {
                writer.add_segment(piece)?;
            }
            Ok(())
        })
    }

    /// Adds events in place of those versions that the index has of them. The index's own way sees to it that the new
    /// versions are not deleted with the old ones.
    fn replace(&mut self, new: Vec<&Entry>, changed: Vec<(i64, u64)>, last_op: u64) -> tantivy::Result<()> {
        let columns = self.columns.clone();
        let is_empty = self.is_empty()?;
        self.commit(last_op, |writer| {
            if !is_empty {
                writer.delete_query(Box::new(Doomed::Versions(Arc::new(changed))))?;
            }
            for entry in new {
                writer.add_document(columns.document(entry)?)?;
            }
            Ok(())
        })
    }

    pub(super) fn forget(&mut self, doomed: Doomed) -> tantivy::Result<()> {
        // Where no piece takes notice of it, it would be kept for those to come.
        if self.is_empty()? {
            return Ok(());
        }
        let indexed = self.indexed;
        self.commit(indexed, |writer| writer.delete_query(Box::new(doomed)).map(drop))
    }

    /// Removes the files that a failed commit began: they would take the room that somebody makes on a full disk.
    pub(super) fn tidy_up(&mut self) {
        if let Ok(writer) = self.writer() {
            let _ = writer.garbage_collect_files().wait();
        }
    }

    /// The pieces the index has now.
    pub(super) fn segments(&mut self) -> tantivy::Result<Vec<Arc<Segment>>> {
        let Some(index) = &self.index else { return Ok(Vec::new()) };
        // No piece is deleted between being listed and being opened.
        let _lock = index.directory().acquire_lock(&META_LOCK).map_err(|cause| TantivyError::LockFailure(cause, None))?;
        let mut segments = Vec::new();
        for found in index.searchable_segments()? {
            let known = self.segments.iter().find(|segment| segment.is(found.id(), found.meta().delete_opstamp()));
            segments.push(match known {
                Some(known) => Arc::clone(known),
                None => Arc::new(Segment::open(&found, &self.columns)?),
            });
        }
        segments.retain(|segment| segment.documents() > 0);
        self.segments.clone_from(&segments);
        Ok(segments)
    }

    /// Whether pieces were put together since they were last listed.
    pub(super) fn has_other_segments(&self) -> bool {
        let ids = self.index.as_ref().and_then(|index| index.searchable_segment_ids().ok()).unwrap_or_default();
        ids.len() != self.segments.len() || ids.iter().any(|id| self.segments.iter().all(|segment| segment.id() != *id))
    }

    pub(super) fn close(mut self) -> tantivy::Result<()> {
        self.segments.clear();
        let Some(writer) = self.writer.take() else { return Ok(()) };
        // What is being put together is finished, and nothing begun.
        writer.set_merge_policy(Box::new(tantivy::merge_policy::NoMergePolicy));
        writer.wait_merging_threads()
    }

    fn is_empty(&self) -> tantivy::Result<bool> {
        self.index.as_ref().map_or(Ok(true), |index| Ok(index.searchable_segment_ids()?.is_empty()))
    }

    fn commit(&mut self, last_op: u64, write: impl FnOnce(&mut IndexWriter) -> tantivy::Result<()>) -> tantivy::Result<()> {
        let commit = || {
            let writer = self.writer()?;
            write(writer)?;
            let mut prepared = writer.prepare_commit()?;
            prepared.set_payload(&last_op.to_string());
            prepared.commit()?;
            // Tantivy leaves the new name of its list to chance, and the log forgets what the list has.
            match &self.index {
                Some(index) => Ok(index.directory().sync_directory()?),
                None => Ok(()),
            }
        };
        let outcome = commit();
        match &outcome {
            Ok(()) => self.indexed = last_op,
            // What it has in its hands is lost, and it may be of no use any more; the next commit gets another.
            Err(_) => {
                self.writer = None;
                // The commit may have reached the disk all the same.
                self.indexed = self.index.as_ref().map_or(Ok(0), reached).unwrap_or(self.indexed);
            }
        }
        outcome
    }

    fn writer(&mut self) -> tantivy::Result<&mut IndexWriter> {
        if self.index.is_none() {
            self.make()?;
        }
        if self.writer.is_none() {
            let index = self.index.as_ref().ok_or_else(|| damaged("the index is missing"))?;
            let writer = open_writer(index)?;
            writer.set_merge_policy(Box::new(tiers::Tiers));
            self.writer = Some(writer);
        }
        self.writer.as_mut().ok_or_else(|| damaged("the index has no author"))
    }

    fn make(&mut self) -> tantivy::Result<()> {
        fs::create_dir_all(&self.path)?;
        let directory = MmapDirectory::open(&self.path)?;
        let index = if Index::exists(&directory)? {
            Index::open(directory)?
        } else {
            let settings = IndexSettings {
                sort_by_field: Some(IndexSortByField { field: TIME.into(), order: Order::Asc }),
                docstore_compression: Compressor::Zstd(ZstdCompressor::default()),
                docstore_compress_dedicated_thread: false,
                docstore_blocksize: BLOCK_BYTES,
                ..IndexSettings::default()
            };
            Index::create(directory, self.columns.schema.clone(), settings)?
        };
        if index.schema() != self.columns.schema {
            self.columns = Columns::new(self.columns.collection.is_some(), UNORDERED_WORDS);
        }
        if index.schema() != self.columns.schema {
            return Err(damaged("the index has other columns"));
        }
        index.tokenizers().register(SPACED, TextAnalyzer::from(spaced::Spaced::default()));
        self.indexed = reached(&index)?;
        self.index = Some(index);
        Ok(())
    }
}

fn reached(index: &Index) -> tantivy::Result<u64> {
    match index.load_metas()?.payload {
        None => Ok(0),
        Some(payload) => payload.parse().map_err(|_| damaged("the index does not say how far it reaches")),
    }
}

fn open_writer(index: &Index) -> tantivy::Result<IndexWriter> {
    let options =
        IndexWriterOptions::builder().memory_budget_per_thread(WRITER_BYTES).num_worker_threads(1).num_merge_threads(1).build();
    let give_up = Instant::now() + LOCK_PATIENCE;
    loop {
        match index.writer_with_options(options.clone()) {
            // The folder is ours, so whoever has this is on its way out.
            Err(TantivyError::LockFailure(LockError::LockBusy, _)) if Instant::now() < give_up => thread::sleep(LOCK_RETRY),
            outcome => return outcome,
        }
    }
}
