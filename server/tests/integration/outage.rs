//! The store breaks and comes back; the server says so and goes on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use axum::http::StatusCode;
use radar_server::IngestRule;
use radar_store::{Appended, Error, ErrorKind, Period, Result, Store, Stored, Summary, embedded::EmbeddedStore};
use radar_types::{
    CollectionId, Scale, Scored,
    wire::{Bucket, Seq},
};
use tempfile::TempDir;

use crate::support::{TestApp, record};

/// A real store behind a line that can be cut.
struct CutStore {
    store: EmbeddedStore,
    is_cut: Arc<AtomicBool>,
    kind: ErrorKind,
}

impl CutStore {
    fn reach(&self) -> Result<&EmbeddedStore> {
        if self.is_cut.load(Ordering::SeqCst) { Err(Error::new(self.kind, "cut for the test")) } else { Ok(&self.store) }
    }
}

#[async_trait]
impl Store for CutStore {
    async fn append(&self, collection: &CollectionId, batch: Vec<Scored>) -> Result<Appended> {
        self.reach()?.append(collection, batch).await
    }

    async fn newest(&self, collection: &CollectionId, before: Option<Seq>, limit: u32) -> Result<Vec<Stored>> {
        self.reach()?.newest(collection, before, limit).await
    }

    async fn tail(&self, collection: &CollectionId, after: Seq, limit: u32) -> Result<Vec<Stored>> {
        self.reach()?.tail(collection, after, limit).await
    }

    async fn last_seq(&self, collection: &CollectionId) -> Result<Seq> {
        self.reach()?.last_seq(collection).await
    }

    async fn summary(&self, collection: &CollectionId, period: Period, scale: &Scale) -> Result<Summary> {
        self.reach()?.summary(collection, period, scale).await
    }

    async fn histogram(&self, collection: &CollectionId, period: Period, bucket_millis: i64, scale: &Scale) -> Result<Vec<Bucket>> {
        self.reach()?.histogram(collection, period, bucket_millis, scale).await
    }

    async fn check(&self) -> Result<()> {
        self.reach()?.check().await
    }

    async fn close(&self) -> Result<()> {
        self.store.close().await
    }
}

async fn check_outage(kind: ErrorKind, status: StatusCode, code: &str) {
    let folder = TempDir::new().unwrap();
    let is_cut = Arc::new(AtomicBool::new(false));
    let store = CutStore { store: EmbeddedStore::open(folder.path()).await.unwrap(), is_cut: Arc::clone(&is_cut), kind };
    let app = TestApp::with_store(Arc::new(store), IngestRule::Anybody).await;
    let event = record("sent again after the outage").to_string();

    is_cut.store(true, Ordering::SeqCst);
    for answer in [app.ingest(event.clone()).await, app.get("/readyz").await, app.get("/api/fn/overview?range=1h").await] {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{}", answer.text());
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

#[tokio::test]
async fn an_unreachable_store_is_a_passing_state() {
    check_outage(ErrorKind::Unavailable, StatusCode::SERVICE_UNAVAILABLE, "store_unavailable").await;
}

#[tokio::test]
async fn a_full_disk_says_so() {
    check_outage(ErrorKind::Full, StatusCode::INSUFFICIENT_STORAGE, "store_full").await;
}
