//! What RADAR remembers: events with what the engine said of them, behind one trait.
//!
//! Callers hold a `dyn Store` and cannot tell which one they have. Severities are never stored: a
//! store keeps scores, and bands them on the scale that comes with the question, so a changed scale
//! changes every answer at once. Nothing here knows who asks; that is the business of the services.

pub mod embedded;
mod error;
mod timeline;

use async_trait::async_trait;
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, Scale, Scored, Timestamp};

pub use error::{Error, ErrorKind, Result};
pub use timeline::BUCKETS_MAX;

/// The most events of one page; a larger limit is read as this one.
pub const PAGE_EVENTS_MAX: u32 = 1_000;

#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Durable when it returns; idempotent by event id. Equal ids come with equal timestamps, as those
    /// of [`Event::id`](radar_types::Event::id) do.
    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended>;

    /// The latest arrivals before `before`, newest first. Ask for the next page with the last
    /// [`Seq`] of this one. A page of large events is shorter than its limit; only an empty page is
    /// the end.
    async fn newest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>>;

    /// What arrived after `after`, in the order of arrival. Pages end as those of
    /// [`newest`](Self::newest) do.
    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>>;

    /// The place of the latest arrival, 0 before the first.
    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq>;

    /// Counts the events whose timestamps are in the period.
    async fn summary(&self, collection: &CollectionId, period: Period, scale: &Scale) -> Result<Summary>;

    /// Counts over the whole period, empty buckets included. Buckets start at multiples of
    /// `bucket_millis`, so the first and the last may reach beyond the period; only events in the
    /// period count. More than [`BUCKETS_MAX`] buckets are [`ErrorKind::Invalid`].
    async fn histogram(&self, collection: &CollectionId, period: Period, bucket_millis: i64, scale: &Scale) -> Result<Vec<Bucket>>;

    /// Whether it can answer and write now.
    async fn check(&self) -> Result<()>;

    /// Finishes what was asked before and lets go of everything. Whatever is asked afterwards is
    /// [`ErrorKind::Unavailable`].
    async fn close(&self) -> Result<()>;
}

/// The times from `from` up to, but not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
}

/// An event in its place in the order of arrival. Places rise, with gaps.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    pub seq: Seq,
    pub scored: Scored,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appended {
    /// The events that were not there yet, in the order of the batch.
    pub new: Vec<Stored>,
    pub duplicates: u32,
    /// The place of the collection's latest arrival, this batch included.
    pub last_seq: Seq,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub tally: Tally,
    /// How many different hosts the events name.
    pub hosts: u64,
}
