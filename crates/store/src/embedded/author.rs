//! The one who writes: gives events their places, makes them durable in the log, shows them, and sees to it that the
//! indexes take them in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use radar_types::wire::Seq;
use radar_types::{CollectionId, EventId, Scored, Timestamp};
use rusqlite::{Transaction, TransactionBehavior};

use super::catalog::{self, Catalog, Known};
use super::folder::Owned;
use super::index::{Indexer, Task};
use super::log::{self, Counters, Doom};
use super::present::present;
use super::shelf::Doomed;
use super::view::{Board, Entry, Number, Place, View};
use super::write::Job;
use crate::page::Bulky;
use crate::{Error, ErrorKind, Result, Stored, collection};

/// The indexes take in what is new once it is so much, or as many events as [`Rounds`] says.
const ROUND_BYTES: usize = 16 * 1024 * 1024;
/// More than this is never in the log alone: whoever appends waits.
const UNINDEXED_EVENTS_MAX: usize = 60_000;
const UNINDEXED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A tenth of a round is left in the log when the store is closed, and is in memory again as soon as it is opened.
const CLOSING_PART: usize = 10;
/// After a failure, the indexes are not tried again for so long.
const RETRY: Duration = Duration::from_secs(1);
/// An entry of the log ends with the event that brings it to this size.
const ENTRY_BYTES: usize = 4 * 1024 * 1024;

/// How many new events the indexes take in at once. More in a round are less work, and take more memory.
#[derive(Clone, Copy, Debug)]
pub struct Rounds {
    pub events: usize,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { events: 20_000 }
    }
}

/// What became of an append: the place of each event that was new, `None` for those that were not.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) seqs: Vec<Option<Seq>>,
    pub(super) last_seq: Seq,
}

/// A commit while it is being made. Nothing of it is known outside before it is on the disk.
pub(super) struct Draft {
    pub(super) counters: Counters,
    catalog: Arc<Catalog>,
    /// What was shown when it began.
    view: Arc<View>,
    changed: HashMap<CollectionId, Known>,
    ids: HashSet<(u64, EventId)>,
    entries: Vec<Arc<Entry>>,
}

impl Draft {
    /// The collection as this commit leaves it; made, where there was none.
    pub(super) fn collection(
        &mut self,
        transaction: &Transaction<'_>,
        id: &CollectionId,
        now: Timestamp,
    ) -> rusqlite::Result<&mut Known> {
        if !self.changed.contains_key(id) {
            let known = match self.catalog.get(id) {
                Some(known) => known,
                None => catalog::insert(transaction, id, now)?,
            };
            self.changed.insert(id.clone(), known);
        }
        self.changed.get_mut(id).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    pub(super) fn has(&self, id: &CollectionId) -> bool {
        self.changed.contains_key(id) || self.catalog.get(id).is_some()
    }
}

/// How much is in no index yet.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    events: usize,
    bytes: usize,
}

impl Load {
    fn of<'a>(entries: impl Iterator<Item = &'a Arc<Entry>>) -> Self {
        entries.fold(Self::default(), |load, entry| Self { events: load.events + 1, bytes: load.bytes + entry.bytes() })
    }

    fn plus(self, other: Self) -> Self {
        Self { events: self.events + other.events, bytes: self.bytes + other.bytes }
    }

    fn reaches(self, events: usize, bytes: usize) -> bool {
        self.events >= events || self.bytes >= bytes
    }
}

/// What was given to the indexes and not confirmed.
struct Round {
    last_op: u64,
    done: Receiver<Result<()>>,
    load: Load,
    ids: HashSet<(u64, EventId)>,
}

pub(super) struct Author {
    owned: Owned,
    pub(super) board: Arc<Board>,
    pub(super) catalog: Arc<Catalog>,
    places: HashMap<u64, Place>,
    pub(super) counters: Counters,
    load: Load,
    /// Of all that is in no index and no round.
    ids: HashSet<(u64, EventId)>,
    round: Option<Round>,
    /// The log is not needed up to here.
    indexed: u64,
    failed: Option<Instant>,
    rounds: Rounds,
    tasks: Sender<Task>,
    indexer: JoinHandle<Result<()>>,
}

impl Author {
    /// Brings back what the log has and the indexes don't.
    pub(super) fn open(owned: Owned, board: Arc<Board>, rounds: Rounds) -> Result<Self> {
        let folder = owned.folder.clone();
        let error = |cause| folder.error(cause);
        let mut indexer = Indexer::open(folder.clone(), Arc::clone(&board))?;
        let connection = &owned.connection;
        for doom in Doom::all(connection).map_err(error)? {
            let collection = (doom.place == Place::Shared).then_some(doom.collection);
            indexer.forget(doom.place, Doomed::UpTo { collection, seq: doom.last_seq })?;
            doom.done(connection).map_err(error)?;
        }
        let catalog = Arc::new(Catalog::read(connection).map_err(error)?);
        let places: HashMap<u64, Place> = catalog.numbers().into_iter().map(|number| (number.number, number.place)).collect();
        let mut load = Load::default();
        let mut ids = HashSet::new();
        let mut first_needed = None;
        let read = log::read(connection, |logged| {
            // What is of no collection was dropped while it was being logged.
            let Some(place) = places.get(&logged.collection) else { return };
            if logged.op <= indexer.indexed(*place) {
                return;
            }
            first_needed = first_needed.or(Some(logged.op));
            let (op, collection, is_change) = (logged.op, logged.collection, logged.is_change);
            let entry = |stored| Arc::new(Entry { op, collection, is_change, stored });
            let entries: Vec<Arc<Entry>> = logged.events.into_iter().map(entry).collect();
            ids.extend(entries.iter().map(|entry| (entry.collection, entry.stored.scored.id)));
            load = load.plus(Load::of(entries.iter()));
            board.add(entries, |_| *place);
        });
        read.map_err(error)?;
        let counters = Counters::read(connection).map_err(error)?;
        let indexed = first_needed.map_or(counters.last_op, |op| op - 1);
        let (tasks, indexer) = indexer.start()?;
        Ok(Self { owned, board, catalog, places, counters, load, ids, round: None, indexed, failed: None, rounds, tasks, indexer })
    }

    #[cfg(test)]
    pub(super) fn connection(&mut self) -> &mut rusqlite::Connection {
        &mut self.owned.connection
    }

    /// Commits the jobs in one transaction, and shows what they did.
    pub(super) fn commit(&mut self, group: &mut [Job]) -> Result<Vec<Places>> {
        if group.iter().any(|job| matches!(job, Job::Append(_))) {
            self.make_room()?;
        }
        let now = collection::now();
        let (draft, places) = self.transact(|author, transaction, draft| {
            group.iter_mut().map(|job| author.work(transaction, draft, job, now)).collect::<rusqlite::Result<Vec<Places>>>()
        })?;
        self.publish(draft);
        self.index_if_due();
        Ok(places)
    }

    fn transact<T>(&mut self, work: impl FnOnce(&Self, &Transaction<'_>, &mut Draft) -> rusqlite::Result<T>) -> Result<(Draft, T)> {
        self.poll_round();
        let mut draft = Draft {
            counters: self.counters,
            catalog: Arc::clone(&self.catalog),
            view: self.board.view(),
            changed: HashMap::new(),
            ids: HashSet::new(),
            entries: Vec::new(),
        };
        let write = || -> rusqlite::Result<T> {
            let connection = &self.owned.connection;
            let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            let outcome = work(self, &transaction, &mut draft)?;
            draft.changed.values().try_for_each(|known| catalog::update(&transaction, known))?;
            draft.counters.write(&transaction)?;
            if self.indexed > 0 {
                log::forget(&transaction, self.indexed)?;
            }
            transaction.commit()?;
            Ok(outcome)
        };
        let outcome = write().map_err(|cause| self.owned.folder.error(cause))?;
        Ok((draft, outcome))
    }

    fn publish(&mut self, draft: Draft) {
        self.indexed = 0;
        self.counters = draft.counters;
        for known in draft.changed.values() {
            self.places.insert(known.number.number, known.number.place);
        }
        if !draft.entries.is_empty() {
            self.load = self.load.plus(Load::of(draft.entries.iter()));
            self.ids.extend(draft.ids);
            let places = &self.places;
            self.board.add(draft.entries, |entry| places.get(&entry.collection).copied().unwrap_or(Place::Shared));
        }
        // Whoever knows of a place finds what is there.
        draft.changed.into_iter().for_each(|(id, known)| self.catalog.set(id, known));
    }

    fn work(&self, transaction: &Transaction<'_>, draft: &mut Draft, job: &mut Job, now: Timestamp) -> rusqlite::Result<Places> {
        match job {
            Job::Append(append) => self.append(transaction, draft, &append.collection, &append.batch, now),
            Job::Light(light) => light.work(transaction, draft).map(|()| Places::default()),
            Job::Heavy(_) => Ok(Places::default()),
        }
    }

    fn append(
        &self,
        transaction: &Transaction<'_>,
        draft: &mut Draft,
        id: &CollectionId,
        batch: &[Scored],
        now: Timestamp,
    ) -> rusqlite::Result<Places> {
        if batch.is_empty() {
            let known = draft.changed.get(id).cloned().or_else(|| self.catalog.get(id));
            return Ok(Places { seqs: vec![], last_seq: known.map_or(Seq(0), |known| known.last_seq) });
        }
        let number = draft.collection(transaction, id, now)?.number;
        let indexed = present(&draft.view, number, batch);
        let mut seqs = Vec::with_capacity(batch.len());
        let mut new = Vec::with_capacity(batch.len());
        for scored in batch {
            let key = (number.number, scored.id);
            let is_known = self.ids.contains(&key)
                || self.round.as_ref().is_some_and(|round| round.ids.contains(&key))
                || indexed.contains(&scored.id)
                || !draft.ids.insert(key);
            seqs.push((!is_known).then(|| {
                draft.counters.last_seq += 1;
                let seq = Seq(draft.counters.last_seq);
                new.push(Stored { seq, scored: scored.clone(), verdict: None });
                seq
            }));
        }
        let last_seq = {
            let last = new.last().map(|stored| stored.seq);
            let known = draft.collection(transaction, id, now)?;
            known.last_seq = last.unwrap_or(known.last_seq);
            known.last_seq
        };
        write_log(transaction, draft, number, false, new)?;
        Ok(Places { seqs, last_seq })
    }

    /// Replaces events by what `change` makes of them, and says how many those are.
    pub(super) fn change(&mut self, id: &CollectionId, seqs: &HashSet<u64>, change: impl Fn(&mut Stored)) -> Result<u64> {
        let Some(known) = self.catalog.get(id) else { return Ok(0) };
        self.make_room()?;
        let view = self.board.view();
        let mut found = super::arrival::by_seq(&view, known.number, seqs)
            .map_err(|cause| self.owned.folder.asked(known.number.place, cause))?;
        if found.is_empty() {
            return Ok(0);
        }
        found.iter_mut().for_each(change);
        let count = found.len() as u64;
        let (draft, ()) = self.transact(|_, transaction, draft| write_log(transaction, draft, known.number, true, found))?;
        self.publish(draft);
        self.index_if_due();
        Ok(count)
    }

    /// Removes every event of a collection, and itself if it is to be `gone`.
    pub(super) fn clear(&mut self, id: &CollectionId, is_gone: bool) -> Result<()> {
        let Some(known) = self.catalog.get(id) else { return Ok(()) };
        // A round that failed has kept its events in the log, where they are removed now.
        let _ = self.finish_round();
        let number = known.number;
        let doom = Doom { collection: number.number, place: number.place, last_seq: self.counters.last_seq };
        let (draft, ()) = self.transact(|_, transaction, _| {
            log::forget_collection(transaction, number.number)?;
            doom.write(transaction)
        })?;
        self.publish(draft);
        self.board.forget(&HashSet::from([number.number]));
        self.ids.retain(|(collection, _)| *collection != number.number);
        self.load = Load::of(self.board.view().entries());
        let collection = (number.place == Place::Shared).then_some(number.number);
        self.forget(number.place, Doomed::UpTo { collection, seq: doom.last_seq })?;
        let finish = |transaction: &Transaction<'_>| {
            doom.done(transaction)?;
            if is_gone { catalog::delete(transaction, &known) } else { Ok(()) }
        };
        let (draft, ()) = self.transact(|_, transaction, _| finish(transaction))?;
        self.publish(draft);
        if is_gone {
            self.catalog.remove(id);
        }
        Ok(())
    }

    /// Removes the events of a collection before a time, and at that time before a place.
    pub(super) fn expire(&mut self, number: Number, before: (i64, u64)) -> Result<()> {
        let view = self.board.view();
        let is_old = |entry: &&Arc<Entry>| entry.collection == number.number && (entry.unix_millis(), entry.stored.seq.0) < before;
        if self.round.is_some() || view.entries().any(|entry| is_old(&entry)) {
            self.index_all()?;
        }
        let collection = (number.place == Place::Shared).then_some(number.number);
        self.forget(number.place, Doomed::Before { collection, unix_millis: before.0, seq: before.1 })
    }

    fn forget(&mut self, place: Place, doomed: Doomed) -> Result<()> {
        let (done, answer) = mpsc::sync_channel(1);
        self.tasks.send(Task::Forget { place, doomed, done }).map_err(|_| Error::closed())?;
        answer.recv().map_err(|_| Error::closed())?
    }

    /// Waits while too much is in no index.
    fn make_room(&mut self) -> Result<()> {
        self.poll_round();
        let is_full = |author: &Self| {
            author
                .load
                .plus(author.round.as_ref().map_or(Load::default(), |round| round.load))
                .reaches(UNINDEXED_EVENTS_MAX, UNINDEXED_BYTES_MAX)
        };
        if is_full(self) {
            // One that failed was begun before. Whether there is room now, the next one shows.
            let _ = self.finish_round();
        }
        if is_full(self) { self.index_all() } else { Ok(()) }
    }

    fn index_if_due(&mut self) {
        let is_tired = self.failed.is_some_and(|failed| failed.elapsed() < RETRY);
        if self.round.is_none() && !is_tired && self.load.reaches(self.rounds.events, ROUND_BYTES) {
            self.start_round();
        }
    }

    pub(super) fn index_all(&mut self) -> Result<()> {
        self.finish_round()?;
        self.start_round();
        self.finish_round()
    }

    fn start_round(&mut self) {
        let mut entries: Vec<(Place, Vec<Arc<Entry>>)> = Place::ALL.into_iter().map(|place| (place, Vec::new())).collect();
        let view = self.board.view();
        for entry in view.entries() {
            let place = self.places.get(&entry.collection).copied().unwrap_or(Place::Shared);
            if let Some((_, entries)) = entries.iter_mut().find(|(of, _)| *of == place) {
                entries.push(Arc::clone(entry));
            }
        }
        let (done, answer) = mpsc::sync_channel(1);
        let last_op = self.counters.last_op;
        // A thread that is gone is met when the answer is waited for.
        let _ = self.tasks.send(Task::Write { entries, last_op, done });
        let (load, ids) = (std::mem::take(&mut self.load), std::mem::take(&mut self.ids));
        self.round = Some(Round { last_op, done: answer, load, ids });
    }

    fn poll_round(&mut self) {
        let outcome = self.round.as_ref().map(|round| round.done.try_recv());
        match outcome {
            None | Some(Err(TryRecvError::Empty)) => {}
            Some(Ok(outcome)) => drop(self.end_round(outcome)),
            Some(Err(TryRecvError::Disconnected)) => drop(self.end_round(Err(Error::closed()))),
        }
    }

    fn finish_round(&mut self) -> Result<()> {
        let outcome = self.round.as_ref().map(|round| round.done.recv());
        match outcome {
            None => Ok(()),
            Some(outcome) => self.end_round(outcome.unwrap_or_else(|_| Err(Error::closed()))),
        }
    }

    fn end_round(&mut self, outcome: Result<()>) -> Result<()> {
        if let Some(round) = self.round.take() {
            if outcome.is_ok() {
                self.indexed = round.last_op;
                self.failed = None;
            } else {
                self.ids.extend(round.ids);
                self.load = self.load.plus(round.load);
                self.failed = Some(Instant::now());
            }
        }
        outcome
    }

    pub(super) fn close(mut self) -> Result<()> {
        // What can't be indexed now is in the log.
        let _ = self.finish_round();
        if self.load.reaches(self.rounds.events / CLOSING_PART + 1, usize::MAX) {
            let _ = self.index_all();
        }
        let forgotten = self.transact(|_, _, _| Ok(())).map(drop);
        let Self { owned, board, tasks, indexer, .. } = self;
        drop(tasks);
        let indexed =
            indexer.join().unwrap_or_else(|_| Err(Error::new(ErrorKind::Unavailable, "The index stopped; start RADAR again.")));
        board.clear();
        forgotten.and(indexed).and(owned.close())
    }
}

/// Writes events to the log, in entries of a bounded size.
fn write_log(
    transaction: &Transaction<'_>,
    draft: &mut Draft,
    number: Number,
    is_change: bool,
    events: Vec<Stored>,
) -> rusqlite::Result<()> {
    let mut events = events.into_iter().peekable();
    while events.peek().is_some() {
        let mut bytes = 0;
        let mut entry = Vec::new();
        draft.counters.last_op += 1;
        let (op, collection) = (draft.counters.last_op, number.number);
        while let Some(stored) = events.next_if(|_| bytes < ENTRY_BYTES) {
            bytes += stored.text_bytes();
            entry.push(Arc::new(Entry { op, collection, is_change, stored }));
        }
        log::write(transaction, op, collection, is_change, entry.iter().map(|entry| &entry.stored))?;
        draft.entries.extend(entry);
    }
    Ok(())
}
