//! What RADAR remembers: events with what the engine and people said of them, and everything else that
//! has to survive a restart, behind one trait.
//!
//! Callers hold a `dyn Store` and cannot tell which one they have. Severities are never stored: a
//! store keeps scores, and bands them on the scale that comes with the question, so a changed scale
//! changes every answer at once. Nothing here knows who asks; that is the business of the services.

mod collection;
mod cursor;
pub mod embedded;
mod error;
mod inspection;
pub mod memory;
#[cfg(feature = "mongo")]
pub mod mongo;
mod page;
mod question;
mod record;
mod templates;
mod timeline;
mod tops;

use async_trait::async_trait;
use radar_types::query::{Field, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, Reason, ScoreState, Scored, Severity, TemplateId, Timestamp, Verdict};

pub use collection::{CollectionInfo, Retention, Stats};
pub use cursor::{Cursor, CursorError};
pub use error::{Error, ErrorKind, Result};
pub use inspection::{Inspected, Inspection, Unfit};
pub use question::{Ask, PageAsk, Partly};
pub use record::{Expect, KEY_BYTES_MAX, RECORD_BYTES_MAX, Record, Table};
pub use templates::{BARS_MAX, TemplateCount};
pub use timeline::BUCKETS_MAX;

/// The most events or records of one page, or values of one list; a larger limit is read as this one.
pub const PAGE_EVENTS_MAX: u32 = 1_000;
/// A page ends with the event that brings its texts to this size: its columns, fields and reasons. One of records
/// ends with the one that brings keys, owners and values to it.
pub const PAGE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// The most bounds between which scores are counted.
pub const BOUNDS_MAX: usize = 1_000;

/// Questions about a collection that was never created have the answers of an empty one.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // Collections

    /// Makes a collection where there is none. Appending an event does so too.
    async fn create(&self, collection: &CollectionId, now: Timestamp) -> Result<()>;

    /// All of them, by name.
    async fn collections(&self) -> Result<Vec<CollectionInfo>>;

    async fn stats(&self, collection: &CollectionId) -> Result<Stats>;

    /// Removes every event. Their places are not used again.
    async fn clear(&self, collection: &CollectionId) -> Result<()>;

    /// Removes it with every event, as if it had never been there, but its places are not used again. One that is not
    /// there is no error; one that is somebody else's is [`ErrorKind::Foreign`], and stays.
    async fn drop_collection(&self, collection: &CollectionId) -> Result<()>;

    /// How long its events are kept from now on. An unknown collection is [`ErrorKind::Missing`].
    async fn set_retention(&self, collection: &CollectionId, retention: Retention) -> Result<()>;

    /// Removes the events that every collection's [`Retention`] no longer keeps, and says how many those were.
    async fn expire(&self, now: Timestamp) -> Result<u64>;

    // Events

    /// Durable when it returns; idempotent by event id, what came first stays. Equal ids come with equal timestamps, as
    /// those of [`Event::id`](radar_types::Event::id) do. An empty batch changes nothing.
    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended>;

    /// The latest arrivals before `before`, latest first. Pages end as those of [`tail`](Self::tail) do.
    async fn latest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>>;

    /// What arrived after `after`, in the order of arrival. A page of large events is shorter than its limit;
    /// only an empty page is the end. Whoever goes on from the last place of a page, or from
    /// [`last_seq`](Self::last_seq), misses nothing, however many write meanwhile.
    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>>;

    /// News of what others add, in a store that hears of it. In one that doesn't, whoever wants to know has to look.
    async fn watch(&self, _collection: &CollectionId) -> Result<Option<Box<dyn Watch>>> {
        Ok(None)
    }

    /// The place of the latest arrival, 0 before the first. It does not fall when events are removed.
    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq>;

    async fn get(&self, collection: &CollectionId, seq: Seq) -> Result<Option<Stored>>;

    /// A page of the events the question finds, in its order. Pages join: an event that the question finds all the
    /// while is on exactly one of them. In the order by score that does not hold for what is rescored meanwhile, and in
    /// the order by rarity for nothing, once events are changed or removed; but what arrives meanwhile moves no page,
    /// may be on a later one in the other orders, and is on none in this. Pages end as those of [`tail`](Self::tail) do.
    async fn search(&self, ask: &Ask, page: &PageAsk) -> Result<Partly<Page>>;

    /// Counts them by severity.
    async fn tally(&self, ask: &Ask) -> Result<Partly<Tally>>;

    /// Counts them over the whole period, empty buckets included; those outside of the period do not count.
    /// Buckets start at multiples of `bucket_millis`, so the first and the last may reach beyond the period. More
    /// than [`BUCKETS_MAX`] buckets are [`ErrorKind::Invalid`].
    async fn histogram(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<Bucket>>>;

    /// The same by [`Level`](radar_types::Level), in the order of its `ALL`.
    async fn levels(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<LevelBucket>>>;

    /// The most frequent values of a field, of equally frequent ones the first in the order of their bytes.
    /// Events that have no such field do not count. A field with very many values is counted in part.
    async fn top(&self, ask: &Ask, field: &Field, limit: u32) -> Result<Partly<Vec<Top>>>;

    /// The most frequent pairs of values of two fields in one event, of equally frequent ones the first in the order of
    /// their bytes. Events that lack one of the fields do not count. Very many pairs are counted in part.
    async fn pairs(&self, ask: &Ask, fields: &[Field; 2], limit: u32) -> Result<Partly<Vec<Pair>>>;

    /// How many different values a field has; of very many, the answer says that they are at least so many.
    async fn distinct(&self, ask: &Ask, field: &Field) -> Result<Partly<u64>>;

    /// What the question finds of each template, in the order of their ids: counted within the period, as bars too, which
    /// are those of [`histogram`](Self::histogram), and when it came at all. A template that only came outside of the
    /// period counts nothing, but is there. Of very many templates the answer is a part. More than [`BARS_MAX`] bars
    /// are [`ErrorKind::Invalid`].
    async fn templates(&self, ask: &Ask, period: Period, bar_millis: i64) -> Result<Partly<Vec<TemplateCount>>>;

    /// How many calibrated scores lie below the first bound, from each bound up to the next, and from the last
    /// bound on: one count more than there are bounds, which rise. Bounds that don't, and more than
    /// [`BOUNDS_MAX`], are [`ErrorKind::Invalid`]. What has no score, or one that is no number, does not count.
    async fn scores(&self, ask: &Ask, bounds: &[f32]) -> Result<Partly<Vec<u64>>>;

    /// Replaces what the engine said of events; of an event named twice, the last counts. Says how many events that is.
    async fn rescore(&self, collection: &CollectionId, rescored: Vec<Rescored>) -> Result<u64>;

    /// Replaces what people said of events; `None` takes it back. Says how many events that is.
    async fn judge(&self, collection: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> Result<u64>;

    // Everything else

    /// Writes a record and says its new version. One that is not as expected is [`ErrorKind::Conflict`].
    async fn put(&self, table: Table, record: Record, expect: Expect) -> Result<u64>;

    /// A record that has expired at `now` is not found, here and below. Nor is one by a key that none can have.
    async fn find(&self, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>>;

    /// Records after the key `after`, by key; of one owner where one is named. Pages end as those of
    /// [`tail`](Self::tail) do.
    async fn list(&self, table: Table, owner: Option<&str>, after: Option<&str>, limit: u32, now: Timestamp)
    -> Result<Vec<Record>>;

    /// Whether it was there, expired or not.
    async fn remove(&self, table: Table, key: &str) -> Result<bool>;

    /// Removes up to `limit` records that have expired, and gives them back: what hangs on them goes with them. Pages
    /// end as those of [`tail`](Self::tail) do.
    async fn take_expired(&self, table: Table, limit: u32, now: Timestamp) -> Result<Vec<Record>>;

    // The store itself

    /// Looks at everything without changing it, which may take a while.
    async fn inspect(&self) -> Result<Inspection>;

    /// Whether it can answer and write now.
    async fn check(&self) -> Result<()>;

    /// Finishes what was asked before and lets go of everything. Whatever is asked afterwards is
    /// [`ErrorKind::Unavailable`], but to close it again is no error.
    async fn close(&self) -> Result<()>;
}

/// News of a collection; see [`Store::watch`].
#[async_trait]
pub trait Watch: Send {
    /// Returns when something may have arrived since it was last asked. After an error it is of no more use.
    async fn next(&mut self) -> Result<()>;
}

/// An event in its place in the order of arrival. Places rise, with gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub seq: Seq,
    pub scored: Scored,
    pub verdict: Option<Verdict>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appended {
    /// The events that were not there yet, in the order of the batch.
    pub new: Vec<Stored>,
    pub duplicates: u32,
    /// The place of the collection's latest arrival, this batch included.
    pub last_seq: Seq,
}

/// What the engine says of an event now.
#[derive(Clone, Debug, PartialEq)]
pub struct Rescored {
    pub seq: Seq,
    pub score: ScoreState,
    pub reasons: Vec<Reason>,
    pub template: Option<TemplateId>,
}

/// Events that were found, and where the next page begins. Without a next, there are no more, unless the answer is
/// partial: then it ended too early to know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    pub events: Vec<Stored>,
    pub next: Option<Cursor>,
}

/// One bar of a histogram by level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LevelBucket {
    pub start: Timestamp,
    pub counts: [u64; 5],
}

/// A value of a field, how many events have it, and the worst of them; `None` where none has a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Top {
    pub value: String,
    pub count: u64,
    pub worst: Option<Severity>,
}

/// Values of two fields that events have together, how many have, and the worst of them; `None` where none has a score.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub values: [String; 2],
    pub count: u64,
    pub worst: Option<Severity>,
}
