//! The store in a MongoDB database: hosted, shared by several servers, and readable by the programs that were there before.
//!
//! # Layout
//! - Each collection of events is one of the database's, by its own name; the public one by the name in the settings. An event
//!   is a document with the seven fields of existing RADAR databases, and one field `radar` with everything of ours
//!   (`document`). Documents without it are taken in as they are (`adopt`).
//! - `radar.collections` has a document for each, with the places that were given to its events (`registry`);
//!   `radar.records` everything that is no event (`records`); `radar.state` the version of this layout.
//!
//! # Constraints
//! What was acknowledged is on a majority of the replica set. An event is there once, by a unique index. Readers see the order of
//! arrival without gaps that fill later, whoever writes. Nothing waits without an end: the driver's time-outs are bounded, and so
//! is every operation. The driver connects again by itself, so an outage ends without a restart.
//!
//! ADR 0010 has the reasons.

mod adopt;
mod append;
mod ask;
mod base;
mod change;
mod counts;
mod document;
mod fault;
mod indexes;
mod inspect;
mod number;
mod plan;
mod records;
mod registry;
mod search;
mod settings;
mod watch;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use radar_types::query::{Field, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, Scored, Timestamp, Verdict};
use tokio::sync::RwLock;
use tokio::task::JoinHandle;

use base::Base;
pub use settings::MongoSettings;

use crate::{
    Appended, Ask, CollectionInfo, Error, Expect, Inspection, LevelBucket, Page, PageAsk, Pair, Partly, Record, Rescored, Result,
    Retention, Stats, Store, Stored, Table, TemplateCount, Top, Watch,
};

/// After a failure.
const ADOPT_AGAIN: Duration = Duration::from_secs(10);

pub struct MongoStore {
    /// Nothing once it is closed. Whoever works holds it for reading, so closing waits for them.
    base: RwLock<Option<Arc<Base>>>,
    adopting: JoinHandle<()>,
}

impl MongoStore {
    /// Connects, and begins to make indexes and to take in what other programs wrote.
    pub async fn open(settings: MongoSettings) -> Result<Self> {
        let base = Arc::new(Base::connect(settings).await?);
        let adopted = Arc::clone(&base);
        let adopting = tokio::spawn(async move {
            while adopt::all(&adopted).await.is_err() {
                // Whoever asks something meanwhile is told what is wrong.
                tokio::time::sleep(ADOPT_AGAIN).await;
            }
        });
        Ok(Self { base: RwLock::new(Some(base)), adopting })
    }

    async fn with<T, F>(&self, work: impl FnOnce(Arc<Base>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        self.with_steps(async |base| {
            let within = Arc::clone(&base);
            within.within(work(base)).await
        })
        .await
    }

    /// Work that bounds each of its steps itself.
    async fn with_steps<T, F>(&self, work: impl FnOnce(Arc<Base>) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let base = self.base.read().await;
        work(Arc::clone(base.as_ref().ok_or_else(Error::closed)?)).await
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn create(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        self.with(async |base| registry::create(&base, collection, now).await).await
    }

    async fn collections(&self) -> Result<Vec<CollectionInfo>> {
        self.with(async |base| registry::all(&base).await).await
    }

    async fn stats(&self, collection: &CollectionId) -> Result<Stats> {
        self.with(async |base| inspect::stats(&base, collection).await).await
    }

    async fn clear(&self, collection: &CollectionId) -> Result<()> {
        self.with_steps(async |base| change::clear(&base, collection).await).await
    }

    async fn drop_collection(&self, collection: &CollectionId) -> Result<()> {
        self.with(async |base| registry::drop_collection(&base, collection).await).await
    }

    async fn set_retention(&self, collection: &CollectionId, retention: Retention) -> Result<()> {
        self.with(async |base| registry::set_retention(&base, collection, retention).await).await
    }

    async fn expire(&self, now: Timestamp) -> Result<u64> {
        self.with_steps(async |base| change::expire(&base, now).await).await
    }

    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        self.with_steps(async |base| append::append(base, collection.clone(), batch).await).await
    }

    async fn latest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
        self.with(async |base| search::latest(&base, collection, before, limit).await).await
    }

    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
        self.with(async |base| search::tail(&base, collection, after, limit).await).await
    }

    async fn watch(&self, collection: &CollectionId) -> Result<Option<Box<dyn Watch>>> {
        self.with(async |base| watch::watch(&base, collection).await).await
    }

    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq> {
        self.with(async |base| search::last_seq(&base, collection).await).await
    }

    async fn get(&self, collection: &CollectionId, seq: Seq) -> Result<Option<Stored>> {
        self.with(async |base| search::get(&base, collection, seq).await).await
    }

    async fn search(&self, ask: &Ask, page: &PageAsk) -> Result<Partly<Page>> {
        self.with_steps(async |base| search::search(&base, ask, page).await).await
    }

    async fn tally(&self, ask: &Ask) -> Result<Partly<Tally>> {
        self.with_steps(async |base| counts::tally(&base, ask).await).await
    }

    async fn histogram(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<Bucket>>> {
        self.with_steps(async |base| counts::histogram(&base, ask, period, bucket_millis).await).await
    }

    async fn levels(&self, ask: &Ask, period: Period, bucket_millis: i64) -> Result<Partly<Vec<LevelBucket>>> {
        self.with_steps(async |base| counts::levels(&base, ask, period, bucket_millis).await).await
    }

    async fn top(&self, ask: &Ask, field: &Field, limit: u32) -> Result<Partly<Vec<Top>>> {
        self.with_steps(async |base| counts::top(&base, ask, field, limit).await).await
    }

    async fn pairs(&self, ask: &Ask, fields: &[Field; 2], limit: u32) -> Result<Partly<Vec<Pair>>> {
        self.with_steps(async |base| counts::pairs(&base, ask, fields, limit).await).await
    }

    async fn distinct(&self, ask: &Ask, field: &Field) -> Result<Partly<u64>> {
        self.with_steps(async |base| counts::distinct(&base, ask, field).await).await
    }

    async fn templates(&self, ask: &Ask, period: Period, bar_millis: i64) -> Result<Partly<Vec<TemplateCount>>> {
        self.with_steps(async |base| counts::templates(&base, ask, period, bar_millis).await).await
    }

    async fn scores(&self, ask: &Ask, bounds: &[f32]) -> Result<Partly<Vec<u64>>> {
        self.with_steps(async |base| counts::scores(&base, ask, bounds).await).await
    }

    async fn rescore(&self, collection: &CollectionId, rescored: Vec<Rescored>) -> Result<u64> {
        self.with_steps(async |base| change::rescore(&base, collection, rescored).await).await
    }

    async fn judge(&self, collection: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> Result<u64> {
        self.with_steps(async |base| change::judge(&base, collection, seqs, verdict).await).await
    }

    async fn put(&self, table: Table, record: Record, expect: Expect) -> Result<u64> {
        self.with(async |base| records::put(&base, table, record, expect).await).await
    }

    async fn find(&self, table: Table, key: &str, now: Timestamp) -> Result<Option<Record>> {
        self.with(async |base| records::find(&base, table, key, now).await).await
    }

    async fn list(
        &self,
        table: Table,
        owner: Option<&str>,
        after: Option<&str>,
        limit: u32,
        now: Timestamp,
    ) -> Result<Vec<Record>> {
        self.with(async |base| records::list(&base, table, owner, after, limit, now).await).await
    }

    async fn remove(&self, table: Table, key: &str) -> Result<bool> {
        self.with(async |base| records::remove(&base, table, key).await).await
    }

    async fn take_expired(&self, table: Table, limit: u32, now: Timestamp) -> Result<Vec<Record>> {
        self.with(async |base| records::take_expired(&base, table, limit, now).await).await
    }

    async fn inspect(&self) -> Result<Inspection> {
        self.with_steps(async |base| inspect::inspect(&base).await).await
    }

    async fn check(&self) -> Result<()> {
        self.with(async |base| base.check().await).await
    }

    async fn close(&self) -> Result<()> {
        // Behind whoever is at work.
        let Some(base) = self.base.write().await.take() else { return Ok(()) };
        self.adopting.abort();
        base.shut().await;
        Ok(())
    }
}

impl Drop for MongoStore {
    fn drop(&mut self) {
        self.adopting.abort();
    }
}
