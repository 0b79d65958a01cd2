//! The store that needs no server: one folder, one SQLite file, one process.
//!
//! # Constraints
//! What was acknowledged survives a killed process and a lost power supply; a half-written
//! transaction was never acknowledged. Other processes are kept out, so that the order of arrival
//! has one author. Questions never wait for writes, nor writes for questions.
//!
//! # Layout
//! - `radar.sqlite`, with SQLite's `-wal` and `-shm` beside it while the store is open. Its
//!   `application_id` says that it is ours, its `user_version` which layout it has. The tables are in
//!   `schema.sql`.
//! - `radar.lock`, empty. Whoever holds the operating system's lock on it has the store.
//!
//! # Recovery
//! SQLite replays or drops what a killed process left in the write-ahead log. The lock goes with the
//! process that held it. A file that was damaged otherwise is refused or reported when the damage is
//! met, and is never written over.
//!
//! One thread writes. Appends that wait for it are committed together, which shares the cost of the
//! disk's flush among them. Questions run on a few read-only connections, each question against one
//! snapshot and under a deadline.

mod ask;
mod folder;
mod read;
mod row;
mod write;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use radar_types::wire::{Bucket, Seq};
use radar_types::{CollectionId, Scale, Scored};
use tokio::task::spawn_blocking;

use crate::timeline::Timeline;
use crate::{Appended, Error, ErrorKind, PAGE_EVENTS_MAX, Period, Result, Store, Stored, Summary};

use folder::Folder;
use read::Readers;
use write::Writer;

/// How long one question may take, waiting included.
const DEADLINE: Duration = Duration::from_secs(10);

pub struct EmbeddedStore {
    readers: Arc<Readers>,
    writer: Writer,
}

impl EmbeddedStore {
    /// Opens the store in the folder and makes it where there is none.
    pub async fn open(folder: &Path) -> Result<Self> {
        let folder = Folder::new(folder);
        let opened = spawn_blocking(move || {
            let owned = folder.open()?;
            let readers = Readers::new(folder, DEADLINE);
            Ok(Self { readers: Arc::new(readers), writer: Writer::start(owned)? })
        });
        opened.await.map_err(stopped)?
    }
}

#[async_trait]
impl Store for EmbeddedStore {
    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        self.writer.append(collection.clone(), batch).await
    }

    async fn newest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
        let collection = collection.clone();
        let limit = limit.min(PAGE_EVENTS_MAX);
        self.readers.ask(move |connection| ask::newest(connection, &collection, before, limit)).await
    }

    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
        let collection = collection.clone();
        let limit = limit.min(PAGE_EVENTS_MAX);
        self.readers.ask(move |connection| ask::tail(connection, &collection, after, limit)).await
    }

    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq> {
        let collection = collection.clone();
        self.readers.ask(move |connection| ask::last_seq(connection, &collection)).await
    }

    async fn summary(&self, collection: &CollectionId, period: Period, scale: &Scale) -> Result<Summary> {
        let (collection, scale) = (collection.clone(), scale.clone());
        self.readers.ask(move |connection| ask::summary(connection, &collection, period, &scale)).await
    }

    async fn histogram(&self, collection: &CollectionId, period: Period, bucket_millis: i64, scale: &Scale) -> Result<Vec<Bucket>> {
        let timeline = Timeline::new(period, bucket_millis)?;
        let (collection, scale) = (collection.clone(), scale.clone());
        self.readers.ask(move |connection| ask::histogram(connection, &collection, period, timeline, &scale)).await
    }

    async fn check(&self) -> Result<()> {
        self.readers.ask(ask::ping).await?;
        self.writer.check().await
    }

    async fn close(&self) -> Result<()> {
        // The writer goes last: only a connection that may write can fold the log into the file,
        // and only when nobody reads from it any more.
        self.readers.close().await;
        self.writer.close().await
    }
}

fn stopped(cause: tokio::task::JoinError) -> Error {
    Error::new(ErrorKind::Unavailable, "The store stopped in the middle of its work; start RADAR again.").with_source(cause)
}
