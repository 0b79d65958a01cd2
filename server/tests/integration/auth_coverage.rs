//! Every path the program answers on, tried as those who may and those who may not. A path without
//! an expectation here fails.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use radar_server::{IngestRule, http};

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    nobody_gets_more_than_is_public,
    a_server_on_the_network_without_a_token_takes_nothing,
    a_foreign_page_changes_nothing_anywhere,
    other_methods_are_told_so,
}

/// Path, method, and the status for anybody who shows no token.
const EXPECTED: &[(&str, Method, StatusCode)] = &[
    ("/healthz", Method::GET, StatusCode::OK),
    ("/readyz", Method::GET, StatusCode::OK),
    ("/api/ingest", Method::POST, StatusCode::UNAUTHORIZED),
    ("/api/live", Method::GET, StatusCode::OK),
    ("/api/openapi.json", Method::GET, StatusCode::OK),
    ("/", Method::GET, StatusCode::OK),
    ("/analyze", Method::GET, StatusCode::OK),
    ("/api/fn/overview", Method::GET, StatusCode::OK),
];

fn expectation(path: &str) -> &'static (&'static str, Method, StatusCode) {
    EXPECTED.iter().find(|(known, ..)| *known == path).unwrap_or_else(|| panic!("{path} has no expectation in auth_coverage.rs"))
}

fn request(method: &Method, path: &str, origin: Option<&str>) -> Request<Body> {
    let uri = if path == "/api/fn/overview" { format!("{path}?range=1h") } else { path.to_owned() };
    let mut request = Request::builder().method(method).uri(uri).header(header::HOST, "radar.example");
    if let Some(origin) = origin {
        request = request.header(header::ORIGIN, origin);
    }
    let body = if *method == Method::POST { Body::from(record("x").to_string()) } else { Body::empty() };
    request.body(body).unwrap()
}

/// The status alone: the live feed's body never ends.
async fn status(app: &TestApp, request: Request<Body>) -> StatusCode {
    use tower::ServiceExt;
    app.router.clone().oneshot(request).await.unwrap().status()
}

async fn nobody_gets_more_than_is_public(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Token("0123456789abcdef".into())).await;
    let paths = http::paths();
    assert_eq!(paths.len(), EXPECTED.len(), "{paths:?}");
    for path in paths {
        let (_, method, expected) = expectation(&path);
        assert_eq!(status(&app, request(method, &path, None)).await, *expected, "{method} {path}");
    }
}

async fn a_server_on_the_network_without_a_token_takes_nothing(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Nobody).await;
    assert_eq!(status(&app, request(&Method::POST, "/api/ingest", None)).await, StatusCode::UNAUTHORIZED);
}

async fn a_foreign_page_changes_nothing_anywhere(home: &Home) {
    let app = TestApp::start(home).await;
    for path in http::paths().into_iter().chain(["/nothing".into()]) {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            for origin in ["https://evil.example", "null"] {
                assert_eq!(
                    status(&app, request(&method, &path, Some(origin))).await,
                    StatusCode::FORBIDDEN,
                    "{method} {path} from {origin}"
                );
            }
        }
    }
    assert_eq!(status(&app, request(&Method::POST, "/api/ingest", Some("https://radar.example"))).await, StatusCode::OK);
}

async fn other_methods_are_told_so(home: &Home) {
    let app = TestApp::start(home).await;
    for (path, method) in
        [("/api/ingest", Method::GET), ("/healthz", Method::POST), ("/", Method::DELETE), ("/api/live", Method::PUT)]
    {
        assert_eq!(status(&app, request(&method, path, None)).await, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
    }
}
