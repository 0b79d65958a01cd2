//! The thread that writes, and the way to it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use radar_types::wire::Seq;
use radar_types::{CollectionId, Scored};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;

use super::folder::Owned;
use super::row::Texts;
use super::{ask, folder, stopped};
use crate::{Appended, Error, ErrorKind, Result, Stored};

/// Appends that may wait for the thread, and what their events may weigh together. A batch that
/// weighs more waits until it is alone.
const WAITING_JOBS_MAX: usize = 64;
const WAITING_KIB_MAX: u32 = 64 * 1024;

/// A commit takes in no further jobs once it has this many events or this weight. Large enough to
/// share the flush, small enough to keep the first of them waiting for a moment only.
const COMMIT_EVENTS: usize = 10_000;
const COMMIT_KIB: u32 = 8 * 1024;

/// Words the thread remembers the numbers of; longer ones are looked up each time.
const WORDS_MAX: usize = 4_096;
const WORD_BYTES_MAX: usize = 512;

pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    room: Arc<Semaphore>,
    thread: Mutex<Option<JoinHandle<Result<()>>>>,
}

enum Job {
    Append { collection: CollectionId, batch: Vec<Scored>, kib: u32, _room: OwnedSemaphorePermit, answer: Answer<Appended> },
    Check { answer: Answer<()> },
}

type Answer<T> = oneshot::Sender<Result<T>>;

impl Writer {
    pub(super) fn start(owned: Owned) -> Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_JOBS_MAX);
        let thread = thread::Builder::new().name("store-writer".into()).spawn(move || run(owned, receiver));
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
        self.ask(|answer| Job::Append { collection, batch, kib, _room: room, answer }).await
    }

    pub(super) async fn check(&self) -> Result<()> {
        self.ask(|answer| Job::Check { answer }).await
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
    let of_one = |scored: &Scored| {
        let event = &scored.event;
        let required = [&event.hostname, &event.source, &event.os_type, &event.level, &event.message, &event.collector];
        let optional = [&event.record_id, &event.channel, &event.user, &event.address];
        let fields: usize = event.fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        let reasons: usize = scored.reasons.iter().map(|reason| reason.code.len() + reason.text.len()).sum();
        size_of::<Scored>()
            + required.iter().map(|text| text.len()).sum::<usize>()
            + optional.into_iter().flatten().map(String::len).sum::<usize>()
            + fields
            + reasons
    };
    batch.iter().map(of_one).sum()
}

fn run(mut owned: Owned, mut jobs: mpsc::Receiver<Job>) -> Result<()> {
    let mut words = Words::default();
    while let Some(first) = jobs.blocking_recv() {
        let mut group = vec![first];
        // Whoever came while the last commit was under way shares this one.
        while has_room(&group) {
            let Ok(job) = jobs.try_recv() else { break };
            group.push(job);
        }
        commit(&mut owned, &mut words, group);
    }
    owned.close()
}

fn has_room(group: &[Job]) -> bool {
    let (mut events, mut weight_kib) = (0, 0);
    for job in group {
        if let Job::Append { batch, kib, .. } = job {
            events += batch.len();
            weight_kib += kib;
        }
    }
    events < COMMIT_EVENTS && weight_kib < COMMIT_KIB
}

/// Commits the jobs together, or one by one where that fails, so that nobody suffers for another's
/// batch.
fn commit(owned: &mut Owned, words: &mut Words, mut group: Vec<Job>) {
    match write(&mut owned.connection, words, &group) {
        Ok(outcomes) => group.into_iter().zip(outcomes).for_each(|(job, places)| job.finish(Ok(places))),
        Err(cause) => {
            // The numbers of words that were new in the commit went with it.
            words.known.clear();
            match group.pop() {
                Some(only) if group.is_empty() => only.finish(Err(owned.folder.error(cause))),
                last => group.into_iter().chain(last).for_each(|job| commit(owned, words, vec![job])),
            }
        }
    }
}

/// What became of a job: the place of each event that was new, `None` for those that were not.
#[derive(Default)]
struct Places {
    seqs: Vec<Option<Seq>>,
    last_seq: Seq,
}

impl Job {
    /// An asker who left gets no answer; what was written stays.
    fn finish(self, outcome: Result<Places>) {
        match self {
            Self::Append { batch, answer, .. } => drop(answer.send(outcome.map(|places| appended(batch, places)))),
            Self::Check { answer } => drop(answer.send(outcome.map(|_| ()))),
        }
    }
}

fn appended(batch: Vec<Scored>, places: Places) -> Appended {
    let mut appended = Appended { last_seq: places.last_seq, ..Appended::default() };
    for (scored, seq) in batch.into_iter().zip(places.seqs) {
        match seq {
            Some(seq) => appended.new.push(Stored { seq, scored }),
            None => appended.duplicates += 1,
        }
    }
    appended
}

fn write(connection: &mut Connection, words: &mut Words, group: &[Job]) -> rusqlite::Result<Vec<Places>> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        outcomes.push(match job {
            Job::Append { collection, batch, .. } => insert(&transaction, words, collection, batch)?,
            Job::Check { .. } => {
                folder::touch(&transaction)?;
                Places::default()
            }
        });
    }
    transaction.commit()?;
    Ok(outcomes)
}

fn insert(
    transaction: &Transaction<'_>,
    words: &mut Words,
    collection: &CollectionId,
    batch: &[Scored],
) -> rusqlite::Result<Places> {
    transaction
        .prepare_cached("INSERT INTO collection (name) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([collection.as_str()])?;
    let number: i64 = transaction
        .prepare_cached("SELECT id FROM collection WHERE name = ?1")?
        .query_row([collection.as_str()], |row| row.get(0))?;
    let mut statement = transaction.prepare_cached(
        "INSERT INTO event (collection, id, time, host, scored, raw, calibrated, state, event, reasons)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (collection, time, id) DO NOTHING",
    )?;
    let mut seqs = Vec::with_capacity(batch.len());
    for scored in batch {
        let texts = Texts::of(scored)?;
        let score = scored.score.score();
        let inserted = statement.execute(params![
            number,
            scored.id.as_bytes(),
            scored.event.timestamp.unix_millis(),
            words.number(transaction, &scored.event.hostname)?,
            score.is_some(),
            score.map(|score| score.raw),
            score.map(|score| score.calibrated),
            words.number(transaction, &texts.state)?,
            texts.event,
            texts.reasons,
        ])?;
        let is_new = inserted == 1;
        seqs.push(is_new.then(|| Seq(transaction.last_insert_rowid().cast_unsigned())));
    }
    Ok(Places { seqs, last_seq: ask::last_seq(transaction, collection)? })
}

/// The numbers of the words in use.
#[derive(Default)]
struct Words {
    known: HashMap<String, i64>,
}

impl Words {
    fn number(&mut self, transaction: &Transaction<'_>, word: &str) -> rusqlite::Result<i64> {
        if let Some(&number) = self.known.get(word) {
            return Ok(number);
        }
        transaction.prepare_cached("INSERT INTO word (text) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([word])?;
        let number = transaction.prepare_cached("SELECT id FROM word WHERE text = ?1")?.query_row([word], |row| row.get(0))?;
        if word.len() <= WORD_BYTES_MAX {
            if self.known.len() == WORDS_MAX {
                self.known.clear();
            }
            self.known.insert(word.to_owned(), number);
        }
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use radar_types::{Event, EventId, ScoreState, Timestamp};

    use super::super::folder::Folder;
    use super::*;

    fn scored(id: u8) -> Scored {
        let event = Event {
            timestamp: Timestamp::saturating_from_unix_millis(0),
            hostname: format!("host-{id}"),
            source: "source".into(),
            os_type: "Linux".into(),
            level: "Info".into(),
            message: "m".repeat(100_000),
            collector: "test".into(),
            record_id: None,
            channel: None,
            user: None,
            address: None,
            fields: Default::default(),
        };
        Scored { id: EventId::from_bytes([id; 16]), event, score: ScoreState::NotScored, reasons: vec![], template: None }
    }

    fn append(batch: Vec<Scored>) -> (Job, oneshot::Receiver<Result<Appended>>) {
        let room = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
        let (answer, answered) = oneshot::channel();
        (Job::Append { collection: CollectionId::public(), batch, kib: 1, _room: room, answer }, answered)
    }

    fn limit_pages(connection: &Connection, pages: u32) {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).unwrap();
    }

    #[test]
    fn a_full_store_says_so_keeps_what_it_has_and_works_again_when_there_is_room() {
        let home = tempfile::tempdir().unwrap();
        let mut owned = Folder::new(home.path()).open().unwrap();
        let mut words = Words::default();
        limit_pages(&owned.connection, 60);

        let (small, small_answer) = append(vec![scored(1)]);
        let (large, large_answer) = append((2..9).map(scored).collect());
        commit(&mut owned, &mut words, vec![small, large]);
        assert_eq!(small_answer.blocking_recv().unwrap().unwrap().new.len(), 1);
        let error = large_answer.blocking_recv().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Full, "{error}");

        limit_pages(&owned.connection, 10_000);
        let (again, answer) = append((1..9).map(scored).collect());
        commit(&mut owned, &mut words, vec![again]);
        let appended = answer.blocking_recv().unwrap().unwrap();
        assert_eq!((appended.new.len(), appended.duplicates), (7, 1));
        let page = ask::tail(&owned.connection, &CollectionId::public(), Seq(0), 100).unwrap();
        let hosts: Vec<String> = page.into_iter().map(|stored| stored.scored.event.hostname).collect();
        assert_eq!(hosts, (1..9).map(|id| format!("host-{id}")).collect::<Vec<_>>());
    }

    #[test]
    fn jobs_that_waited_together_share_one_commit() {
        let home = tempfile::tempdir().unwrap();
        let mut owned = Folder::new(home.path()).open().unwrap();
        let commits = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&commits);
        let count = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            false
        };
        owned.connection.commit_hook(Some(count)).unwrap();
        let (jobs, answers): (Vec<Job>, Vec<_>) = (0..5).map(|id| append(vec![scored(id), scored(0)])).unzip();
        let (check, checked) = oneshot::channel();
        let group = jobs.into_iter().chain([Job::Check { answer: check }]).collect();
        commit(&mut owned, &mut Words::default(), group);
        let answers: Vec<Appended> = answers.into_iter().map(|answer| answer.blocking_recv().unwrap().unwrap()).collect();
        assert!(answers.iter().all(|appended| (appended.new.len(), appended.duplicates) == (1, 1)));
        assert!(answers.is_sorted_by(|a, b| a.last_seq < b.last_seq));
        checked.blocking_recv().unwrap().unwrap();
        assert_eq!(commits.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn words_are_found_again_after_the_memory_of_them_was_cleared() {
        let home = tempfile::tempdir().unwrap();
        let mut owned = Folder::new(home.path()).open().unwrap();
        let transaction = owned.connection.transaction().unwrap();
        let mut words = Words::default();
        let first = words.number(&transaction, "first").unwrap();
        for index in 0..WORDS_MAX {
            words.number(&transaction, &index.to_string()).unwrap();
        }
        assert!(!words.known.contains_key("first") && words.known.len() <= WORDS_MAX);
        assert_eq!(words.number(&transaction, "first").unwrap(), first);
    }
}
