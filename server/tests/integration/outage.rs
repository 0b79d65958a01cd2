//! The store breaks and comes back; the server says so and goes on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use axum::http::{StatusCode, header};
use radar_server::IngestRule;
use radar_store::{
    Appended, Ask, CollectionInfo, Error, ErrorKind, Expect, Inspection, LevelBucket, Page, PageAsk, Pair, Partly, Record,
    Rescored, Result, Retention, Stats, Store, Stored, Table, TemplateCount, Top,
};
use radar_types::query::{Field, Period};
use radar_types::wire::{Bucket, Seq, Tally};
use radar_types::{CollectionId, Scored, Timestamp, Verdict};

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    an_unreachable_store_is_a_passing_state,
    a_full_disk_says_so,
}

/// A real store behind a line that can be cut.
struct CutStore {
    store: Arc<dyn Store>,
    is_cut: Arc<AtomicBool>,
    kind: ErrorKind,
}

impl CutStore {
    fn reach(&self) -> Result<&dyn Store> {
        if self.is_cut.load(Ordering::SeqCst) { Err(Error::new(self.kind, "cut for the test")) } else { Ok(&*self.store) }
    }
}

/// Every question goes through to the store, as long as the line is whole.
macro_rules! through {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        #[async_trait]
        impl Store for CutStore {
            $(
                async fn $name(&self $(, $argument: $kind)*) -> Result<$answer> {
                    self.reach()?.$name($($argument),*).await
                }
            )*

            async fn close(&self) -> Result<()> {
                self.store.close().await
            }
        }
    };
}

through! {
    create(collection: &CollectionId, now: Timestamp) -> ();
    collections() -> Vec<CollectionInfo>;
    stats(collection: &CollectionId) -> Stats;
    clear(collection: &CollectionId) -> ();
    drop_collection(collection: &CollectionId) -> ();
    set_retention(collection: &CollectionId, retention: Retention) -> ();
    expire(now: Timestamp) -> u64;
    append(collection: &CollectionId, batch: Vec<Scored>) -> Appended;
    latest(collection: &CollectionId, before: Option<Seq>, limit: u32) -> Vec<Stored>;
    tail(collection: &CollectionId, after: Seq, limit: u32) -> Vec<Stored>;
    last_seq(collection: &CollectionId) -> Seq;
    get(collection: &CollectionId, seq: Seq) -> Option<Stored>;
    search(ask: &Ask, page: &PageAsk) -> Partly<Page>;
    tally(ask: &Ask) -> Partly<Tally>;
    histogram(ask: &Ask, period: Period, bucket_millis: i64) -> Partly<Vec<Bucket>>;
    levels(ask: &Ask, period: Period, bucket_millis: i64) -> Partly<Vec<LevelBucket>>;
    top(ask: &Ask, field: &Field, limit: u32) -> Partly<Vec<Top>>;
    pairs(ask: &Ask, fields: &[Field; 2], limit: u32) -> Partly<Vec<Pair>>;
    distinct(ask: &Ask, field: &Field) -> Partly<u64>;
    templates(ask: &Ask, period: Period, bar_millis: i64) -> Partly<Vec<TemplateCount>>;
    scores(ask: &Ask, bounds: &[f32]) -> Partly<Vec<u64>>;
    rescore(collection: &CollectionId, rescored: Vec<Rescored>) -> u64;
    judge(collection: &CollectionId, seqs: Vec<Seq>, verdict: Option<Verdict>) -> u64;
    put(table: Table, record: Record, expect: Expect) -> u64;
    find(table: Table, key: &str, now: Timestamp) -> Option<Record>;
    list(table: Table, owner: Option<&str>, after: Option<&str>, limit: u32, now: Timestamp) -> Vec<Record>;
    remove(table: Table, key: &str) -> bool;
    take_expired(table: Table, limit: u32, now: Timestamp) -> Vec<Record>;
    inspect() -> Inspection;
    check() -> ();
}

async fn check_outage(home: &Home, kind: ErrorKind, status: StatusCode, code: &str) {
    let is_cut = Arc::new(AtomicBool::new(false));
    let store = CutStore { store: home.open().await, is_cut: Arc::clone(&is_cut), kind };
    let app = TestApp::with_store(Arc::new(store), IngestRule::Anybody).await;
    let event = record("sent again after the outage").to_string();

    is_cut.store(true, Ordering::SeqCst);
    for answer in [app.ingest(event.clone()).await, app.get("/readyz").await, app.get("/api/fn/overview?range=1h").await] {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{}", answer.text());
        assert_eq!(answer.headers.contains_key(header::RETRY_AFTER), status == StatusCode::SERVICE_UNAVAILABLE);
        assert!(!answer.text().contains("cut for the test"), "details belong in the log: {}", answer.text());
    }
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK, "the process itself is well");
    let page = app.get("/").await;
    assert_eq!(page.status, status);
    assert!(page.text().contains("can&#x27;t be shown") || page.text().contains("can't be shown"), "{}", page.text());

    is_cut.store(false, Ordering::SeqCst);
    assert_eq!(app.ingest(event).await.json()["accepted"], 1);
    let learning = app.get("/api/fn/overview?range=1h").await.json()["learning"].clone();
    assert_eq!(learning["events"], 1, "what was sent again is learned once");
    assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
}

async fn an_unreachable_store_is_a_passing_state(home: &Home) {
    check_outage(home, ErrorKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE, "store_unavailable").await;
}

async fn a_full_disk_says_so(home: &Home) {
    check_outage(home, ErrorKind::Full, StatusCode::INSUFFICIENT_STORAGE, "store_full").await;
}
