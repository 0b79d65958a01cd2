//! The way to the thread that writes, and how it shares its commits among those who wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use radar_types::{CollectionId, Scored};
use rusqlite::Transaction;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::author::{Author, Draft, Places};
use super::stopped;
use crate::page::Bulky;
use crate::{Appended, Error, ErrorKind, Result, Stored};

/// Jobs that may wait for the thread, and what their events may weigh together. A batch that weighs more waits until
/// it is alone.
const WAITING_JOBS_MAX: usize = 64;
const WAITING_KIB_MAX: u32 = 64 * 1024;

/// A commit takes in no further jobs once it has this many events or this weight. Large enough to share the flush,
/// small enough to keep the first of them waiting for a moment only.
const COMMIT_EVENTS: usize = 10_000;
const COMMIT_KIB: u32 = 8 * 1024;

pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    room: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<Result<()>>>>,
}

pub(super) enum Job {
    Append(Append),
    /// Small enough to share a commit.
    Light(Box<dyn Light>),
    /// With commits of its own.
    Heavy(Box<dyn FnOnce(&mut Author) + Send>),
}

pub(super) struct Append {
    pub(super) collection: CollectionId,
    pub(super) batch: Vec<Scored>,
    kib: u32,
    _room: Option<OwnedSemaphorePermit>,
    answer: Answer<Appended>,
}

/// Work in a commit that may be done again, when the commit failed for another's sake.
pub(super) trait Light: Send {
    fn work(&mut self, transaction: &Transaction<'_>, draft: &mut Draft) -> rusqlite::Result<()>;
    fn finish(self: Box<Self>, committed: Result<()>);
}

struct LightJob<T, W> {
    work: W,
    outcome: Option<Result<T>>,
    answer: Answer<T>,
}

impl<T: Send, W: FnMut(&Transaction<'_>, &mut Draft) -> rusqlite::Result<Result<T>> + Send> Light for LightJob<T, W> {
    fn work(&mut self, transaction: &Transaction<'_>, draft: &mut Draft) -> rusqlite::Result<()> {
        self.outcome = Some((self.work)(transaction, draft)?);
        Ok(())
    }

    fn finish(self: Box<Self>, committed: Result<()>) {
        let Self { outcome, answer, .. } = *self;
        drop(answer.send(committed.and_then(|()| outcome.unwrap_or_else(|| Err(Error::closed())))));
    }
}

type Answer<T> = oneshot::Sender<Result<T>>;

impl Writer {
    pub(super) fn start(author: Author) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_JOBS_MAX);
        let thread = thread::Builder::new().name("store-writer".into()).spawn(move || run(author, receiver));
        let thread = thread.map_err(|cause| {
            Error::new(ErrorKind::Unavailable, "The system gives the store no thread; stop other programs, then start RADAR again.")
                .with_source(cause)
        })?;
        Ok(Self {
            jobs: Mutex::new(Some(sender)),
            room: Arc::new(Semaphore::new(WAITING_KIB_MAX as usize)),
            thread: Mutex::new(Some(thread)),
        })
    }

    pub(super) async fn append(&self, collection: CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        let kib = u32::try_from(weight(&batch) / 1024 + 1).unwrap_or(u32::MAX).min(WAITING_KIB_MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(kib).await.map_err(|_| Error::closed())?;
        self.ask(|answer| Job::Append(Append { collection, batch, kib, _room: Some(room), answer })).await
    }

    /// Does something small in a commit that others may share.
    pub(super) async fn light<T: Send + 'static>(
        &self,
        work: impl FnMut(&Transaction<'_>, &mut Draft) -> rusqlite::Result<Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.ask(|answer| Job::Light(Box::new(LightJob { work, outcome: None, answer }))).await
    }

    pub(super) async fn heavy<T: Send + 'static>(&self, work: impl FnOnce(&mut Author) -> Result<T> + Send + 'static) -> Result<T> {
        self.ask(|answer: Answer<T>| Job::Heavy(Box::new(move |author| drop(answer.send(work(author)))))).await
    }

    /// Waits for everything that was sent before, then for the thread to let go of the folder.
    pub(super) async fn close(&self) -> Result<()> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return Ok(()) };
        let ended = spawn_blocking(|| thread.join()).await.map_err(stopped)?;
        ended.unwrap_or_else(|_| Err(Error::closed()))
    }

    async fn ask<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T> {
        let sender = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(Error::closed)?;
        let (answer, answered) = oneshot::channel();
        sender.send(job(answer)).await.map_err(|_| Error::closed())?;
        drop(sender);
        answered.await.map_err(|_| Error::closed())?
    }
}

/// About what the batch takes in memory.
fn weight(batch: &[Scored]) -> usize {
    batch.iter().map(|scored| size_of::<Stored>() + scored.text_bytes()).sum()
}

fn run(mut author: Author, mut jobs: mpsc::Receiver<Job>) -> Result<()> {
    let mut next = None;
    while let Some(first) = next.take().or_else(|| jobs.blocking_recv()) {
        if let Job::Heavy(work) = first {
            work(&mut author);
            continue;
        }
        let mut group = vec![first];
        // Whoever came while the last commit was under way shares this one.
        while has_room(&group) {
            match jobs.try_recv() {
                Ok(heavy @ Job::Heavy(_)) => {
                    next = Some(heavy);
                    break;
                }
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        commit(&mut author, group);
    }
    author.close()
}

fn has_room(group: &[Job]) -> bool {
    let (mut events, mut weight_kib) = (0, 0);
    for job in group {
        if let Job::Append(append) = job {
            events += append.batch.len();
            weight_kib += append.kib;
        }
    }
    events < COMMIT_EVENTS && weight_kib < COMMIT_KIB && group.len() < WAITING_JOBS_MAX
}

/// Commits the jobs together, or one by one where that fails, so that nobody suffers for another's batch.
pub(super) fn commit(author: &mut Author, mut group: Vec<Job>) {
    match author.commit(&mut group) {
        Ok(places) => group.into_iter().zip(places).for_each(|(job, places)| job.finish(Ok(places))),
        Err(error) => match group.pop() {
            Some(only) if group.is_empty() => only.finish(Err(error)),
            last => group.into_iter().chain(last).for_each(|job| commit(author, vec![job])),
        },
    }
}

impl Job {
    /// An asker who left gets no answer; what was written stays.
    fn finish(self, outcome: Result<Places>) {
        match self {
            Self::Append(Append { batch, answer, .. }) => drop(answer.send(outcome.map(|places| appended(batch, places)))),
            Self::Light(light) => light.finish(outcome.map(drop)),
            Self::Heavy(_) => {}
        }
    }
}

fn appended(batch: Vec<Scored>, places: Places) -> Appended {
    let mut appended = Appended { last_seq: places.last_seq, ..Appended::default() };
    for (scored, seq) in batch.into_iter().zip(places.seqs) {
        match seq {
            Some(seq) => appended.new.push(Stored { seq, scored, verdict: None }),
            None => appended.duplicates += 1,
        }
    }
    appended
}

#[cfg(test)]
#[path = "write_tests.rs"]
mod tests;
