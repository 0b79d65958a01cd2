use std::{borrow::Cow, net::Ipv4Addr, sync::Arc};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Request, StatusCode},
};
use http_body_util::BodyExt;
use radar_engine::Engine;
use radar_server::{AppState, Door, IngestRule, http};
use radar_services::{AccountRules, Actor, Asker, Services};
use radar_store::{Store, embedded::EmbeddedStore};
use radar_types::{Role, Scope, Side, Timestamp, people::NewToken};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::database::TestDatabase;
use crate::people::PASSWORD;

pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) services: Services,
    pub(crate) store: Arc<dyn Store>,
}

/// Where a server keeps everything, also while it is stopped.
pub(crate) enum Home {
    Folder(TempDir),
    Database(TestDatabase),
}

/// Makes of each case one test on the embedded store and one on MongoDB.
macro_rules! on_every_store {
    ($($case:ident,)*) => {
        mod embedded {
            $(
                #[tokio::test]
                async fn $case() {
                    super::$case(&$crate::support::Home::folder()).await;
                }
            )*
        }

        mod mongo {
            $(
                #[tokio::test]
                async fn $case() {
                    if let Some(home) = $crate::support::Home::database() {
                        super::$case(&home).await;
                    }
                }
            )*
        }
    };
}
pub(crate) use on_every_store;

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

impl Home {
    pub(crate) fn folder() -> Self {
        Self::Folder(TempDir::new().unwrap())
    }

    /// `None` where this machine has no server to give, after that was said.
    pub(crate) fn database() -> Option<Self> {
        TestDatabase::new().map(Self::Database)
    }

    /// What tells the program where this is.
    pub(crate) fn arguments(&self) -> Vec<&str> {
        match self {
            Self::Folder(folder) => vec!["--data", folder.path().to_str().unwrap()],
            Self::Database(database) => vec!["--mongo", &database.uri, "--mongo-db", &database.name],
        }
    }

    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Folder(folder) => Arc::new(EmbeddedStore::open(folder.path()).await.unwrap()),
            Self::Database(database) => Arc::new(database.store().await),
        }
    }
}

impl TestApp {
    /// A server that goes on with what is there.
    pub(crate) async fn start(home: &Home) -> Self {
        Self::with_rule(home, IngestRule::Anybody).await
    }

    pub(crate) async fn with_rule(home: &Home, rule: IngestRule) -> Self {
        Self::with_store(home.open().await, rule).await
    }

    pub(crate) async fn with_store(store: Arc<dyn Store>, rule: IngestRule) -> Self {
        let door = Door { trusted_hops: 1, ..Door::default() };
        Self::with_rules(store, rule, AccountRules::default(), door).await
    }

    pub(crate) async fn with_rules(store: Arc<dyn Store>, rule: IngestRule, rules: AccountRules, door: Door) -> Self {
        let services = Services::start(Arc::clone(&store), Arc::new(Engine::shipped().unwrap()), rules).await.unwrap();
        Self { router: http::router(AppState::new(services.clone(), rule, door, site())), services, store }
    }

    /// An account with [`PASSWORD`]. Nobody but an administrator makes one, so there is one.
    pub(crate) async fn make_account(&self, email: &str, role: Role) {
        let (services, root) = (&self.services, "keeper@example.org");
        services.ensure_administrator(root, PASSWORD, now()).await.unwrap();
        let asker = Asker::new(Actor::visitor(), None, Ipv4Addr::LOCALHOST.into());
        let mut session = asker.session_or_new(services, now()).unwrap();
        services.log_in(&mut session, asker.credentials(root, PASSWORD), now()).await.unwrap();
        let root = services.actor_of(&session, now()).await.unwrap();
        let invitation = services.invite(&root, role, now()).await.unwrap();
        services.register(asker.credentials(email, PASSWORD), &invitation, now()).await.unwrap();
    }

    /// A token of an account that was good for a moment.
    pub(crate) async fn expired_token(&self, email: &str) -> String {
        let asker = Asker::new(Actor::visitor(), None, Ipv4Addr::LOCALHOST.into());
        let mut session = asker.session_or_new(&self.services, now()).unwrap();
        self.services.log_in(&mut session, asker.credentials(email, PASSWORD), now()).await.unwrap();
        let actor = self.services.actor_of(&session, now()).await.unwrap();
        let expires = Some(now().saturating_add_millis(1));
        let new = NewToken { name: "for a moment".into(), scopes: vec![Scope::Ingest, Scope::Read], expires };
        let token = self.services.create_token(&actor, Side::Private, new, now()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        token
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

fn site() -> http::Site {
    http::Site::from_files(vec![(Cow::Borrowed("assets.json"), Bytes::from(assets()))]).unwrap()
}

/// The rendered page names its files; these tests load none of them.
pub(crate) fn assets() -> String {
    let assets = json!({
        "start": "/pkg/start.js", "frontend_wasm": "/pkg/frontend.wasm", "style": "/pkg/main.css",
        "worker": "/pkg/worker.js", "worker_wasm": "/pkg/worker.wasm",
    });
    assets.to_string()
}

/// A record of exactly the seven fields of existing RADAR databases, of the present moment.
pub(crate) fn record(message: &str) -> Value {
    json!({
        "timestamp": now().to_string(), "hostname": "WS-014", "source": "Security", "os_type": "Windows",
        "level": "Information", "message": message, "collector": "test",
    })
}

pub(crate) fn now() -> Timestamp {
    let millis = std::time::SystemTime::now().duration_since(std::time::SystemTime::UNIX_EPOCH).unwrap().as_millis();
    Timestamp::from_unix_millis(millis as i64).unwrap()
}
