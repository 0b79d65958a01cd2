//! The thread that brings what is in the log into the indexes.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, SyncSender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::folder::Folder;
use super::shelf::{Doomed, Shelf};
use super::view::{Board, Entry, Place};
use crate::{Error, ErrorKind, Result};

/// Pieces are put together behind our back. For so long after a commit we look whether they were, so often.
const LOOK: Duration = Duration::from_millis(500);
const LOOKS_FOR: Duration = Duration::from_secs(120);

pub(super) enum Task {
    /// Everything up to an entry of the log, and which collection is where.
    Write {
        entries: Vec<(Place, Vec<Arc<Entry>>)>,
        last_op: u64,
        done: SyncSender<Result<()>>,
    },
    Forget {
        place: Place,
        doomed: Doomed,
        done: SyncSender<Result<()>>,
    },
}

pub(super) struct Indexer {
    folder: Folder,
    board: Arc<Board>,
    shelves: Vec<(Place, Shelf)>,
    /// The last entry of the log that was shown.
    shown: u64,
    /// One index is further than what is shown, because another one failed.
    is_torn: bool,
}

impl Indexer {
    pub(super) fn open(folder: Folder, board: Arc<Board>) -> Result<Self> {
        let mut shelves = Vec::new();
        for place in Place::ALL {
            let shelf = Shelf::open(folder.events(place), place == Place::Shared);
            shelves.push((place, shelf.map_err(|cause| folder.index_error(place, cause))?));
        }
        let mut indexer = Self { folder, board, shelves, shown: 0, is_torn: false };
        indexer.show()?;
        Ok(indexer)
    }

    pub(super) fn indexed(&self, place: Place) -> u64 {
        self.shelves.iter().find(|(of, _)| *of == place).map_or(0, |(_, shelf)| shelf.indexed())
    }

    pub(super) fn forget(&mut self, place: Place, doomed: Doomed) -> Result<()> {
        if let Some((_, shelf)) = self.shelves.iter_mut().find(|(of, _)| *of == place) {
            let forgotten = shelf.forget(doomed);
            forgotten.map_err(|cause| failed(&self.folder, place, shelf, cause))?;
        }
        if self.is_torn { Ok(()) } else { self.show() }
    }

    pub(super) fn start(self) -> Result<(Sender<Task>, JoinHandle<Result<()>>)> {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::Builder::new().name("store-index".into()).spawn(move || self.run(&receiver));
        let thread = thread.map_err(|cause| {
            Error::new(ErrorKind::Unavailable, "The system gives the store no thread; stop other programs, then start RADAR again.")
                .with_source(cause)
        })?;
        Ok((sender, thread))
    }

    fn run(mut self, tasks: &Receiver<Task>) -> Result<()> {
        let mut look_until = Instant::now();
        loop {
            let task = if Instant::now() < look_until {
                tasks.recv_timeout(LOOK)
            } else {
                tasks.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match task {
                Ok(Task::Write { entries, last_op, done }) => {
                    let outcome = self.write(&entries, last_op);
                    // Nobody waits for it any more if the writer is gone.
                    let _ = done.send(outcome);
                }
                Ok(Task::Forget { place, doomed, done }) => {
                    let outcome = self.forget(place, doomed);
                    let _ = done.send(outcome);
                }
                Err(RecvTimeoutError::Timeout) => {
                    if !self.is_torn && self.shelves.iter().any(|(_, shelf)| shelf.has_other_segments()) {
                        // The view that is up stays right, so a failure can wait for the next commit.
                        let _ = self.show();
                    }
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            look_until = Instant::now() + LOOKS_FOR;
        }
        self.board.clear();
        let mut outcome = Ok(());
        for (place, shelf) in self.shelves {
            outcome = outcome.and(shelf.close().map_err(|cause| self.folder.index_error(place, cause)));
        }
        outcome
    }

    fn write(&mut self, entries: &[(Place, Vec<Arc<Entry>>)], last_op: u64) -> Result<()> {
        self.is_torn = true;
        for (place, shelf) in &mut self.shelves {
            for (_, entries) in entries.iter().filter(|(of, _)| of == place) {
                let written = shelf.write(entries, last_op);
                written.map_err(|cause| failed(&self.folder, *place, shelf, cause))?;
            }
        }
        self.is_torn = false;
        self.shown = last_op;
        self.show()
    }

    fn show(&mut self) -> Result<()> {
        let mut pieces = Vec::new();
        for (place, shelf) in &mut self.shelves {
            if shelf.is_there() {
                pieces.push((*place, shelf.segments().map_err(|cause| self.folder.index_error(*place, cause))?));
            }
        }
        self.board.show(pieces, self.shown);
        Ok(())
    }
}

/// What a failed commit means, as long as what it left behind still shows it; that is removed then.
fn failed(folder: &Folder, place: Place, shelf: &mut Shelf, cause: tantivy::TantivyError) -> Error {
    let error = folder.index_error(place, cause);
    shelf.tidy_up();
    error
}
