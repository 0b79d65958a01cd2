//! Who answers questions: a few at a time, each under a deadline.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

use super::folder::Folder;
use super::stopped;
use crate::{Error, ErrorKind, Result};

/// Questions answered at the same time; more wait their turn.
const READERS: u32 = 4;
/// How many of SQLite's instructions pass between two looks at the clock: well under a millisecond.
const INSTRUCTIONS_PER_LOOK: i32 = 1_000;

pub(super) struct Readers {
    folder: Folder,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(folder: Folder) -> Self {
        Self { folder, turns: Arc::new(Semaphore::new(READERS as usize)), idle: Mutex::default() }
    }

    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Answers a question of SQLite.
    pub(super) async fn ask<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        self.think(patience, move |_, end| readers.answer(end, question)).await
    }

    /// Answers a question on a thread that may block, and tells it when it has to be done. One whose asker has left runs
    /// on until then at most.
    pub(super) async fn think<T: Send + 'static>(
        self: &Arc<Self>,
        patience: Duration,
        question: impl FnOnce(&Folder, Instant) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let end = Instant::now() + patience;
        let turn = tokio::time::timeout_at(end.into(), Arc::clone(&self.turns).acquire_owned()).await;
        let turn = match turn {
            Ok(turn) => turn.map_err(|_| Error::closed())?,
            Err(_) => return Err(too_busy()),
        };
        self.answer_in(turn, end, question).await
    }

    /// The same for a question that has an answer even when its time is up, and needs none to give it.
    pub(super) async fn think_at_once<T: Send + 'static>(
        self: &Arc<Self>,
        end: Instant,
        question: impl FnOnce(&Folder, Instant) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = tokio::time::timeout_at(end.into(), Arc::clone(&self.turns).acquire_owned()).await;
        match turn {
            Ok(turn) => self.answer_in(turn.map_err(|_| Error::closed())?, end, question).await,
            Err(_) if self.turns.is_closed() => Err(Error::closed()),
            Err(_) => question(&self.folder, end),
        }
    }

    async fn answer_in<T: Send + 'static>(
        self: &Arc<Self>,
        turn: OwnedSemaphorePermit,
        end: Instant,
        question: impl FnOnce(&Folder, Instant) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = Arc::clone(self);
        let answer = spawn_blocking(move || {
            let answer = question(&readers.folder, end);
            // Only now: whoever closes the store has all turns and finds all connections idle.
            drop(turn);
            answer
        });
        answer.await.map_err(stopped)?
    }

    /// Waits for the questions being answered and refuses all others.
    pub(super) async fn close(&self) {
        if let Ok(_all) = self.turns.acquire_many(READERS).await {
            self.turns.close();
            self.idle().clear();
        }
    }

    fn answer<T>(&self, end: Instant, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let waiting = self.idle().pop();
        let mut connection = match waiting {
            Some(connection) => connection,
            None => self.folder.open_reader()?,
        };
        let is_late = move || Instant::now() >= end;
        let answer = connection.progress_handler(INSTRUCTIONS_PER_LOOK, Some(is_late)).and_then(|()| question(&connection));
        let answer = answer.map_err(|cause| self.folder.error(cause))?;
        // A connection that failed is not used again.
        self.idle().push(connection);
        Ok(answer)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_busy() -> Error {
    Error::new(ErrorKind::Deadline, "The store had more questions than it could answer in time; ask again later.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_question_that_takes_too_long_is_stopped() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(&home.path().join("data"));
        let _owned = folder.open().unwrap();
        let readers = Arc::new(Readers::new(folder));
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";
        let question = move |connection: &Connection| connection.query_row(endless, [], |row| row.get::<_, i64>(0));
        assert_eq!(readers.ask(Duration::from_millis(50), question).await.unwrap_err().kind(), ErrorKind::Deadline);
        assert_eq!(
            readers
                .ask(Duration::from_secs(5), |connection| connection.query_row("SELECT 7", [], |row| row.get::<_, i64>(0)))
                .await
                .unwrap(),
            7
        );
    }

    #[tokio::test]
    async fn a_question_that_waits_too_long_for_its_turn_is_told_so() {
        let home = tempfile::tempdir().unwrap();
        let readers = Arc::new(Readers::new(Folder::new(home.path())));
        let _all = readers.turns.acquire_many(READERS).await.unwrap();
        assert_eq!(readers.ask(Duration::from_millis(20), |_| Ok(())).await.unwrap_err().kind(), ErrorKind::Deadline);
    }
}
