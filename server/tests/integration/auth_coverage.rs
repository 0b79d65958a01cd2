//! Every path the program answers on, tried as all kinds of people and programs. A path without an expectation here fails.

use axum::body::Body;
use axum::http::{Method, Request, header};
use radar_server::{IngestRule, http};
use radar_types::Role;
use tower::ServiceExt;

use crate::people::{Somebody, form};
use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    everybody_gets_what_is_theirs_and_nothing_more,
    a_server_on_the_network_without_a_token_takes_nothing,
    a_foreign_page_changes_nothing_anywhere,
    other_methods_are_told_so,
}

/// The statuses for those who may ask something: nobody, a viewer and an analyst who look at what is public, an administrator
/// who does, the owner of another collection who looks at that, and tokens that may read and that may send.
struct Expected {
    path: &'static str,
    method: Method,
    sent: &'static str,
    nobody: u16,
    viewer: u16,
    analyst: u16,
    administrator: u16,
    owner: u16,
    reader: u16,
    sender: u16,
}

const fn all(path: &'static str, method: Method, sent: &'static str, statuses: [u16; 7]) -> Expected {
    let [nobody, viewer, analyst, administrator, owner, reader, sender] = statuses;
    Expected { path, method, sent, nobody, viewer, analyst, administrator, owner, reader, sender }
}

const fn get(path: &'static str, statuses: [u16; 7]) -> Expected {
    all(path, Method::GET, "", statuses)
}

const fn post(path: &'static str, sent: &'static str, statuses: [u16; 7]) -> Expected {
    all(path, Method::POST, sent, statuses)
}

const EVERYBODY: [u16; 7] = [200; 7];
const READERS: [u16; 7] = [200, 200, 200, 200, 200, 200, 404];
const ACCOUNTS: [u16; 7] = [401, 200, 200, 200, 200, 401, 401];
const WORKERS: [u16; 7] = [401, 403, 200, 200, 200, 401, 401];
const CLEARERS: [u16; 7] = [401, 403, 403, 200, 200, 401, 401];
const ADMINISTRATORS: [u16; 7] = [404, 404, 404, 200, 404, 404, 404];

const EXPECTED: &[Expected] = &[
    get("/healthz", EVERYBODY),
    get("/readyz", EVERYBODY),
    post("/api/ingest", "RECORD", [401, 401, 200, 200, 200, 403, 200]),
    get("/api/live", READERS),
    get("/api/export?format=jsonl&span=1h", READERS),
    get("/api/session", READERS),
    post("/clear-session", "", EVERYBODY),
    get("/api/openapi.json", EVERYBODY),
    get("/", READERS),
    get("/analyze", EVERYBODY),
    get("/explore", READERS),
    get("/patterns", READERS),
    get("/graph", READERS),
    get("/history", READERS),
    get("/settings", READERS),
    get("/log-in", EVERYBODY),
    get("/register", EVERYBODY),
    get("/set-up", EVERYBODY),
    get("/api/fn/overview?range=1h", READERS),
    get("/api/fn/breakdown?range=1h", READERS),
    get("/api/fn/picture?span=1h", READERS),
    get("/api/fn/facets?span=1h", READERS),
    get("/api/fn/events?span=1h&limit=9", READERS),
    get("/api/fn/event?seq=0", [404; 7]),
    post("/api/fn/judge", "seq=0&verdict=expected", [401, 403, 404, 404, 404, 401, 401]),
    get("/api/fn/complete?span=1h&field=host", READERS),
    get("/api/fn/patterns?span=1h", READERS),
    post("/api/fn/rename_pattern", "template=00000000000000ff&name=x", [401, 403, 404, 404, 404, 401, 401]),
    post("/api/fn/mute_pattern", "template=00000000000000ff&is_muted=true", [401, 403, 404, 404, 404, 401, 401]),
    get("/api/fn/history", READERS),
    get("/api/fn/searches", READERS),
    post("/api/fn/save_search", "name=x&span=1h", [401, 200, 200, 200, 200, 401, 404]),
    post("/api/fn/remove_search", "id=VICTIM", [404; 7]),
    get("/api/fn/viewer", EVERYBODY),
    post("/api/fn/choose_side", "side=public", EVERYBODY),
    post("/api/fn/clear_session", "", EVERYBODY),
    post("/api/fn/log_in", "email=victim%40example.org&password=a+wrong+guess", [401; 7]),
    post("/api/fn/log_out", "", EVERYBODY),
    post("/api/fn/register", "email=eve%40example.org&password=a+long+password", [403; 7]),
    post("/api/fn/set_up", "email=eve%40example.org&password=a+long+password", [404; 7]),
    post("/api/fn/change_password", "old=a+wrong+guess&new=a+long+password", [401; 7]),
    post("/api/fn/log_out_everywhere", "", ACCOUNTS),
    post("/api/fn/delete_account", "password=a+wrong+guess", [401; 7]),
    get("/api/fn/tokens", WORKERS),
    post("/api/fn/create_token", "name=x&may_send=true", WORKERS),
    post("/api/fn/revoke_token", "id=VICTIM", [401, 403, 404, 404, 404, 401, 401]),
    get("/api/fn/keeping", READERS),
    post("/api/fn/set_keeping", "days=30", CLEARERS),
    get("/api/fn/graph?span=1h", READERS),
    get("/api/fn/thresholds", READERS),
    get("/api/fn/try_thresholds?low=0.4&medium=0.5&high=0.6&critical=0.7", READERS),
    post("/api/fn/set_thresholds", "low=0.4&medium=0.5&high=0.6&critical=0.7", CLEARERS),
    post("/api/fn/clear_collection", "", CLEARERS),
    get("/api/fn/accounts", ADMINISTRATORS),
    post("/api/fn/set_role", "email=victim%40example.org&role=analyst", ADMINISTRATORS),
    post("/api/fn/remove_user", "email=gone%40example.org", ADMINISTRATORS),
    post("/api/fn/invite", "role=analyst", ADMINISTRATORS),
    get("/api/fn/audit", ADMINISTRATORS),
];

impl Expected {
    fn request(&self, somebody: &Somebody, victims_token: &str) -> Request<Body> {
        let sent = match self.sent {
            "RECORD" => record("x").to_string(),
            sent => sent.replace("VICTIM", victims_token),
        };
        let mut request = somebody.request(&self.method, self.path);
        if self.method == Method::POST && self.path.starts_with("/api/fn/") {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        request.body(Body::from(sent)).unwrap()
    }

    async fn check(&self, app: &TestApp, who: &str, somebody: &Somebody, victims_token: &str, expected: u16) {
        let status = status(app, self.request(somebody, victims_token)).await;
        assert_eq!(status, expected, "{} {} as {who}", self.method, self.path);
    }
}

/// The status alone: the live feed's body never ends.
async fn status(app: &TestApp, request: Request<Body>) -> u16 {
    app.router.clone().oneshot(request).await.unwrap().status().as_u16()
}

async fn person(app: &TestApp, email: &str) -> Somebody {
    let somebody = Somebody::elsewhere();
    somebody.log_in(app, email).await;
    assert_eq!(somebody.post(app, "/api/fn/choose_side", "side=public").await.status, 200);
    somebody
}

async fn everybody_gets_what_is_theirs_and_nothing_more(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Token("0123456789abcdef".into())).await;
    for path in http::paths() {
        let is_expected = EXPECTED.iter().any(|expected| expected.path.split('?').next() == Some(&*path));
        assert!(is_expected, "{path} has no expectation in auth_coverage.rs");
    }
    assert_eq!(http::paths().len(), EXPECTED.len());

    for (email, role) in [
        ("viewer@example.org", Role::Viewer),
        ("analyst@example.org", Role::Analyst),
        ("root@example.org", Role::Administrator),
        ("owner@example.org", Role::Viewer),
        ("gone@example.org", Role::Viewer),
    ] {
        app.make_account(email, role).await;
    }
    let victim = Somebody::with_account(&app, "victim@example.org", Role::Viewer).await;
    let reader = Somebody::with_token(victim.token(&app, &[("may_read", "true")]).await);
    let sender = Somebody::with_token(victim.token(&app, &[("may_send", "true")]).await);
    let revoked = Somebody::with_token(victim.token(&app, &[("may_read", "true"), ("may_send", "true")]).await);
    let listed = victim.get(&app, "/api/fn/tokens").await.json();
    let ids: Vec<&str> = listed.as_array().unwrap().iter().map(|token| token["id"].as_str().unwrap()).collect();
    // The latest is the first.
    assert_eq!(victim.post(&app, "/api/fn/revoke_token", &form(&[("id", ids[0])])).await.status, 200);
    let expired = Somebody::with_token(app.expired_token("victim@example.org").await);

    for expected in EXPECTED {
        let is_health = ["/healthz", "/readyz"].contains(&expected.path);
        // Some of these end the session, so each begins with another one.
        let owner = Somebody::elsewhere();
        owner.log_in(&app, "owner@example.org").await;
        for (who, somebody, status) in [
            ("nobody", &Somebody::new(), expected.nobody),
            ("a program that names no origin", &Somebody::default(), expected.nobody),
            ("a viewer", &person(&app, "viewer@example.org").await, expected.viewer),
            ("an analyst", &person(&app, "analyst@example.org").await, expected.analyst),
            ("an administrator", &person(&app, "root@example.org").await, expected.administrator),
            ("the owner of another collection", &owner, expected.owner),
            ("a token that may read", &reader, expected.reader),
            ("a token that may send", &sender, expected.sender),
            ("a revoked token", &revoked, if is_health { 200 } else { 401 }),
            ("a token that is over", &expired, if is_health { 200 } else { 401 }),
            ("a wrong token", &Somebody::with_token("radar_0123"), if is_health { 200 } else { 401 }),
        ] {
            expected.check(&app, who, somebody, ids[1], status).await;
        }
        if expected.method == Method::POST {
            let elsewhere = person(&app, "root@example.org").await.on_page_of("https://evil.example");
            expected.check(&app, "an administrator on a foreign page", &elsewhere, ids[1], 403).await;
        }
    }
}

async fn a_server_on_the_network_without_a_token_takes_nothing(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Nobody).await;
    assert_eq!(app.ingest(record("x").to_string()).await.status, 401);
}

async fn a_foreign_page_changes_nothing_anywhere(home: &Home) {
    let app = TestApp::start(home).await;
    for path in http::paths().into_iter().chain(["/nothing".into()]) {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            for origin in ["https://evil.example", "null", "http://radar.example.evil", "http://radar.example:81"] {
                let request = Somebody::new().on_page_of(origin).request(&method, &path).body(Body::empty()).unwrap();
                assert_eq!(status(&app, request).await, 403, "{method} {path} from {origin}");
            }
        }
    }
    let own = Somebody::new().on_page_of("https://radar.example");
    assert_eq!(own.ingest(&app, record("x").to_string()).await.status, 200);
}

async fn other_methods_are_told_so(home: &Home) {
    let app = TestApp::start(home).await;
    for (path, method) in [
        ("/api/ingest", Method::GET),
        ("/healthz", Method::POST),
        ("/", Method::DELETE),
        ("/api/live", Method::PUT),
        ("/clear-session", Method::GET),
    ] {
        let request = Request::builder().method(&method).uri(path).body(Body::empty()).unwrap();
        assert_eq!(status(&app, request).await, 405, "{method} {path}");
    }
}
