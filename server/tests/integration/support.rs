use std::{borrow::Cow, path::Path, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use radar_engine::Engine;
use radar_server::{AppState, IngestRule, http};
use radar_services::Services;
use radar_store::{Store, embedded::EmbeddedStore};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) services: Services,
    _folder: Option<TempDir>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with_rule(IngestRule::Anybody).await
    }

    pub(crate) async fn with_rule(rule: IngestRule) -> Self {
        let folder = TempDir::new().unwrap();
        let app = Self::in_folder(folder.path(), rule).await;
        Self { _folder: Some(folder), ..app }
    }

    /// A server that keeps everything in a folder, and goes on with what is there.
    pub(crate) async fn in_folder(folder: &Path, rule: IngestRule) -> Self {
        let store = EmbeddedStore::open(folder).await.unwrap();
        Self::with_store(Arc::new(store), rule).await
    }

    pub(crate) async fn with_store(store: Arc<dyn Store>, rule: IngestRule) -> Self {
        let services = Services::start(store, Arc::new(Engine::shipped().unwrap())).await.unwrap();
        Self { router: http::router(AppState::new(services.clone(), rule, site())), services, _folder: None }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        Answer { status: parts.status, headers: parts.headers, body: body.collect().await.unwrap().to_bytes() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn ingest(&self, body: impl Into<Body>) -> Answer {
        self.send(Request::post("/api/ingest").body(body.into()).unwrap()).await
    }
}

/// The rendered page names its files; these tests load none of them.
fn site() -> http::Site {
    let assets = json!({
        "start": "/pkg/start.js", "frontend_wasm": "/pkg/frontend.wasm", "style": "/pkg/main.css",
        "worker": "/pkg/worker.js", "worker_wasm": "/pkg/worker.wasm",
    });
    http::Site::from_files(vec![(Cow::Borrowed("assets.json"), Bytes::from(assets.to_string()))]).unwrap()
}

/// A record of exactly the seven fields of existing RADAR databases, of the present moment.
pub(crate) fn record(message: &str) -> Value {
    json!({
        "timestamp": now(), "hostname": "WS-014", "source": "Security", "os_type": "Windows",
        "level": "Information", "message": message, "collector": "test",
    })
}

fn now() -> String {
    let millis = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_millis();
    radar_types::Timestamp::from_unix_millis(millis as i64).unwrap().to_string()
}
