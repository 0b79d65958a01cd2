//! The store that needs no server: one folder, one process.
//!
//! # Constraints
//! What was acknowledged survives a killed process and a lost power supply; a half-written transaction was never
//! acknowledged. Other processes are kept out, so that the order of arrival has one author. Questions never wait for
//! writes, nor writes for questions, but for how much memory both may take.
//!
//! # Layout
//! - `radar.sqlite`, with SQLite's `-wal` and `-shm` beside it while the store is open: collections, records, and the
//!   log of what is in no index yet. Its `application_id` says that it is ours, its `user_version` which layout it has.
//!   The tables are in `schema.sql`.
//! - `radar.events.public` and `radar.events.shared`, each a Tantivy index of events, made when it is first needed. All
//!   collections but the public one share the second.
//! - `radar.lock`, empty. Whoever holds the operating system's lock on it has the store.
//!
//! # How an event goes
//! One thread writes. It gives new events their places and puts them in the log; that commit, shared by all who wait,
//! makes them durable. Then they are shown, in memory, and the append is answered. Another thread brings them into an
//! index in larger rounds, shows the new pieces in place of what was in memory, and only then are they taken out of the
//! log. A change of an event goes the same way; the version it replaces is hidden until the index has forgotten it.
//!
//! # Recovery
//! SQLite replays or drops what a killed process left in the write-ahead log. Each index says up to which entry of the
//! log it reaches, so what it lacks is in memory again when the store is open. A file that was damaged otherwise is
//! refused or reported when the damage is met, and is never written over.

mod arrival;
mod ask;
mod author;
mod backup;
mod catalog;
mod codec;
mod folder;
mod index;
mod log;
mod present;
mod read;
mod records;
mod repair;
mod salvage;
mod shelf;
mod view;
mod write;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use radar_types::query::{Field, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, Scored, Timestamp, Verdict};
use tokio::task::spawn_blocking;

use crate::timeline::Timeline;
use crate::{
    Appended, Ask, CollectionInfo, Error, ErrorKind, Expect, Inspected, Inspection, LevelBucket, Page, PageAsk, Pair, Partly,
    Record, Rescored, Result, Retention, Stats, Store, Stored, Table, TemplateCount, Top, question, templates,
};

pub use author::Rounds;
pub use backup::Backup;
pub use repair::Repair;

use ask::Question;
use author::Author;
use catalog::Catalog;
use folder::Folder;
use read::Readers;
use view::{Board, Number, View};
use write::Writer;

/// How long a question without a deadline of its own may take, waiting included.
const DEADLINE: Duration = Duration::from_secs(10);
/// How long looking at every byte may take.
const INSPECTION: Duration = Duration::from_secs(3600);

pub struct EmbeddedStore {
    readers: Arc<Readers>,
    writer: Writer,
    board: Arc<Board>,
    catalog: Arc<Catalog>,
}

impl EmbeddedStore {
    /// Opens the store in the folder and makes it where there is none.
    pub async fn open(folder: &Path) -> Result<Self> {
        Self::open_with(folder, Rounds::default()).await
    }

    pub async fn open_with(folder: &Path, rounds: Rounds) -> Result<Self> {
        let folder = Folder::new(folder);
        let opened = spawn_blocking(move || {
            let owned = folder.open()?;
            let board = Arc::new(Board::default());
            let author = Author::open(owned, Arc::clone(&board), rounds)?;
            let catalog = Arc::clone(&author.catalog);
            Ok(Self { readers: Arc::new(Readers::new(folder)), writer: Writer::start(author)?, board, catalog })
        });
        opened.await.map_err(stopped)?
    }

    /// Copies the store to an empty folder, as it is at one moment, and looks at every byte of the copy. Whoever has the store, in
    /// this process or another, goes on with it. On the same disk the copy shares files with the folder.
    pub async fn backup(folder: &Path, to: &Path) -> Result<Backup> {
        let (folder, to) = (Folder::new(folder), Folder::new(to));
        spawn_blocking(move || backup::backup(&folder, &to)).await.map_err(stopped)?
    }

    /// Leaves out what can't be read of the files in the folder, so that it can be opened again, and says what that was.
    /// A store that is not damaged stays as it is.
    pub async fn repair(folder: &Path) -> Result<Repair> {
        let folder = Folder::new(folder);
        let repaired = spawn_blocking(move || {
            let salvaged = salvage::salvage(&folder)?;
            let owned = folder.open()?;
            let repaired = repair::repair(&folder);
            let mut repaired = owned.close().and(repaired)?;
            repaired.lost.extend(salvaged);
            Ok(repaired)
        });
        repaired.await.map_err(stopped)?
    }

    /// Answers a question about the events of a collection from one view of them.
    async fn events<T: Send + Default + 'static>(
        &self,
        collection: &CollectionId,
        answer: impl FnOnce(&View, Number) -> tantivy::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (board, catalog, id) = (Arc::clone(&self.board), Arc::clone(&self.catalog), collection.clone());
        let think = self.readers.think(DEADLINE, move |folder, _| {
            let Some(known) = catalog.get(&id) else { return Ok(T::default()) };
            answer(&board.view(), known.number).map_err(|cause| folder.asked(known.number.place, cause))
        });
        think.await
    }

    async fn question<T: Send + 'static>(
        &self,
        ask: &Ask,
        answer: impl FnOnce(&Question<'_>) -> tantivy::Result<Partly<T>> + Send + 'static,
    ) -> Result<Partly<T>> {
        ask.check()?;
        let end = Instant::now() + ask.patience();
        let (board, catalog, ask) = (Arc::clone(&self.board), Arc::clone(&self.catalog), ask.clone());
        let think = self.readers.think_at_once(end, move |folder, end| {
            // In this order: what is known of is in the view.
            let known = catalog.get(&ask.collection);
            let view = board.view();
            let (of, last_seq) = known.map_or((None, Seq(0)), |known| (Some(known.number), known.last_seq));
            let question = Question { view: &view, of, last_seq, filter: &ask.filter, scale: &ask.scale, end };
            let place = of.map_or(view::Place::Public, |of| of.place);
            answer(&question).map_err(|cause| folder.asked(place, cause))
        });
        think.await
    }

    /// Before which time and place the events of a collection are to go, so that the rest takes no more than so many bytes.
    async fn bound_to_fit(&self, id: &CollectionId, bytes_max: u64) -> Result<(i64, u64)> {
        let bound = move |view: &View, of: Number| {
            let stats = arrival::stats(view, of)?;
            let kept = u128::from(stats.events) * u128::from(bytes_max) / u128::from(stats.bytes.max(1));
            let surplus = stats.events - u64::try_from(kept).unwrap_or(u64::MAX).min(stats.events);
            let (Some(oldest), Some(newest)) = (stats.oldest, stats.newest) else { return Ok(NOTHING) };
            if surplus == 0 {
                return Ok(NOTHING);
            }
            // The last time that has no more than these before it.
            let (mut low, mut high) = (oldest.unix_millis(), newest.unix_millis() + 1);
            while low < high {
                let middle = low + (high - low + 1) / 2;
                let before = arrival::count_before(view, of, (middle, 0))?;
                if before <= surplus { low = middle } else { high = middle - 1 }
            }
            let left = surplus - arrival::count_before(view, of, (low, 0))?;
            let seqs = arrival::seqs_at(view, of, low)?;
            let seq = usize::try_from(left).ok().and_then(|left| seqs.get(left).copied());
            Ok((low, seq.unwrap_or(u64::MAX)))
        };
        self.events(id, bound).await
    }
}

/// Before this is no event.
const NOTHING: (i64, u64) = (i64::MIN, 0);

#[async_trait]
impl Store for EmbeddedStore {
    async fn create(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        let id = collection.clone();
        self.writer.light(move |transaction, draft| draft.collection(transaction, &id, now).map(|_| Ok(()))).await
    }

    async fn collections(&self) -> Result<Vec<CollectionInfo>> {
        let catalog = Arc::clone(&self.catalog);
        self.readers.think(DEADLINE, move |_, _| Ok(catalog.infos())).await
    }

    async fn stats(&self, collection: &CollectionId) -> Result<Stats> {
        self.events(collection, arrival::stats).await
    }

    async fn clear(&self, collection: &CollectionId) -> Result<()> {
        let id = collection.clone();
        self.writer.heavy(move |author| author.clear(&id, false)).await
    }

    async fn drop_collection(&self, collection: &CollectionId) -> Result<()> {
        let id = collection.clone();
        self.writer.heavy(move |author| author.clear(&id, true)).await
    }

    async fn set_retention(&self, collection: &CollectionId, retention: Retention) -> Result<()> {
        let id = collection.clone();
        let set = self.writer.light(move |transaction, draft| {
            if !draft.has(&id) {
                return Ok(Err(Error::new(ErrorKind::Missing, "There is no collection of this name; create it first.")));
            }
            draft.collection(transaction, &id, Timestamp::MIN)?.retention = retention;
            Ok(Ok(()))
        });
        set.await
    }

    async fn expire(&self, now: Timestamp) -> Result<u64> {
        let catalog = Arc::clone(&self.catalog);
        let mut expired = 0;
        for known in self.readers.think(DEADLINE, move |_, _| Ok(catalog.with_retention())).await? {
            let (id, retention, of) = (known.id.clone(), known.retention, known.number);
            let mut before = (retention.oldest_kept(now).unix_millis(), 0);
            if let Some(bytes_max) = retention.bytes {
                before = before.max(self.bound_to_fit(&id, bytes_max).await?);
            }
            let count = self.events(&id, move |view, of| arrival::count_before(view, of, before)).await?;
            if count > 0 {
                expired += self.writer.heavy(move |author| author.expire(of, before)).await.map(|()| count)?;
            }
        }
        Ok(expired)
    }

    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        self.writer.append(collection.clone(), batch).await
    }

    async fn latest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
        self.events(collection, move |view, of| arrival::latest(view, of, before, limit)).await
    }

    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
        self.events(collection, move |view, of| arrival::tail(view, of, after, limit)).await
    }

    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq> {
        let (catalog, id) = (Arc::clone(&self.catalog), collection.clone());
        self.readers.think(DEADLINE, move |_, _| Ok(catalog.get(&id).map_or(Seq(0), |known| known.last_seq))).await
    }

    async fn get(&self, collection: &CollectionId, seq: Seq) -> Result<Option<Stored>> {
        self.events(collection, move |view, of| arrival::get(view, of, seq)).await
    }

    async fn search(&self, ask: &Ask, page: &PageAsk) -> Result<Partly<Page>> {
        page.check()?;
        let page = page.clone();
        self.question(ask, move |question| ask::search(question, &page)).await
    }

    async fn tally(&self, ask: &Ask) -> Result<Partly<Tally>> {
        self.question(ask, ask::tally).await
    }

    async fn histogram(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<Bucket>>> {
        let timeline = Timeline::new(period, bucket_millis)?;
        self.question(ask, move |question| ask::histogram(question, period, timeline)).await
    }

    async fn levels(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<LevelBucket>>> {
        let timeline = Timeline::new(period, bucket_millis)?;
        self.question(ask, move |question| ask::levels(question, period, timeline)).await
    }

    async fn top(&self, ask: &Ask, field: &Field, limit: u32) -> Result<Partly<Vec<Top>>> {
        let field = field.clone();
        self.question(ask, move |question| ask::top(question, &field, limit)).await
    }

    async fn pairs(&self, ask: &Ask, fields: &[Field; 2], limit: u32) -> Result<Partly<Vec<Pair>>> {
        let fields = fields.clone();
        self.question(ask, move |question| ask::pairs(question, &fields, limit)).await
    }

    async fn distinct(&self, ask: &Ask, field: &Field) -> Result<Partly<u64>> {
        let field = field.clone();
        self.question(ask, move |question| ask::distinct(question, &field)).await
    }

    async fn templates(&self, ask: &Ask, period: Period, bar_millis: i64) -> Result<Partly<Vec<TemplateCount>>> {
        let bars = templates::bars(period, bar_millis)?;
        self.question(ask, move |question| ask::templates(question, &bars)).await
    }

    async fn scores(&self, ask: &Ask, bounds: &[f32]) -> Result<Partly<Vec<u64>>> {
        question::check_bounds(bounds)?;
        let bounds = bounds.to_vec();
        self.question(ask, move |question| ask::scores(question, &bounds)).await
    }

    async fn rescore(&self, collection: &CollectionId, rescored: Vec<Rescored>) -> Result<u64> {
        // Of those for the same event, the last stays.
        let by_seq: HashMap<u64, Rescored> = rescored.into_iter().map(|rescored| (rescored.seq.0, rescored)).collect();
        let (id, seqs) = (collection.clone(), by_seq.keys().copied().collect::<HashSet<u64>>());
        let change = move |stored: &mut Stored| {
            if let Some(rescored) = by_seq.get(&stored.seq.0).cloned() {
                stored.scored.score = rescored.score;
                stored.scored.reasons = rescored.reasons;
                stored.scored.template = rescored.template;
            }
        };
        self.writer.heavy(move |author| author.change(&id, &seqs, change)).await
    }

    async fn judge(&self, collection: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> Result<u64> {
        let (id, seqs) = (collection.clone(), seqs.into_iter().map(|seq| seq.0).collect::<HashSet<u64>>());
        self.writer.heavy(move |author| author.change(&id, &seqs, |stored| stored.verdict = verdict)).await
    }

    async fn put(&self, table: Table, record: Record, expect: Expect) -> Result<u64> {
        record.check()?;
        let put = self.writer.light(move |transaction, draft| {
            if let Err(conflict) = expect.check(records::version(transaction, table, &record.key)?) {
                return Ok(Err(conflict));
            }
            draft.counters.last_version += 1;
            let version = draft.counters.last_version;
            records::write(transaction, table, &record, version)?;
            Ok(Ok(version))
        });
        put.await
    }

    async fn find(&self, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>> {
        let key = key.to_owned();
        self.readers.ask(DEADLINE, move |connection| records::find(connection, table, &key, now)).await
    }

    async fn list(
        &self,
        table: Table,
        owner: Option<&str>,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Record>> {
        let (owner, after) = (owner.map(str::to_owned), after.map(str::to_owned));
        let list = move |connection: &rusqlite::Connection| {
            records::list(connection, table, owner.as_deref(), after.as_deref(), limit, now)
        };
        self.readers.ask(DEADLINE, list).await
    }

    async fn remove(&self, table: Table, key: &str) -> Result<bool> {
        let key = key.to_owned();
        self.writer.light(move |transaction, _| records::remove(transaction, table, &key).map(Ok)).await
    }

    async fn take_expired(&self, table: Table, limit: u32, now: Timestamp) -> Result<Vec<Record>> {
        self.writer.light(move |transaction, _| records::take_expired(transaction, table, limit, now).map(Ok)).await
    }

    async fn inspect(&self) -> Result<Inspection> {
        let mut inspection = Inspection {
            store: format!("embedded, format {}", folder::FORMAT_VERSION),
            place: self.readers.folder().path().display().to_string(),
            ..Inspection::default()
        };
        for info in self.collections().await? {
            let stats = self.stats(&info.id).await?;
            inspection.collections.push(Inspected { info, stats, indexes: Vec::new(), unfit: 0, unfit_shown: Vec::new() });
        }
        let look = |folder: &Folder, _| Ok(salvage::complaint(folder).into_iter().chain(repair::complaints(folder)).collect());
        inspection.complaints = self.readers.think(INSPECTION, look).await?;
        Ok(inspection)
    }

    async fn check(&self) -> Result<()> {
        self.readers.ask(DEADLINE, |connection| connection.query_row("SELECT count(*) FROM counters", [], |_| Ok(()))).await?;
        self.writer.light(|transaction, _| folder::touch(transaction).map(Ok)).await
    }

    async fn close(&self) -> Result<()> {
        // The writer goes last: only a connection that may write can fold the log into the file, and only when nobody
        // reads from it any more.
        self.readers.close().await;
        self.writer.close().await
    }
}

fn stopped(cause: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Unavailable, "The store stopped in the middle of its work; start RADAR again.").with_source(cause)
}
