//! What a request may send at most, asked of the real router.

use std::convert::Infallible;

use axum::{
    body::Body,
    http::{Request, header},
};

use crate::support::{Home, TestApp, on_every_store};

on_every_store! {
    a_server_function_reads_no_more_than_a_question,
    every_answer_forbids_what_no_page_here_needs,
}

async fn a_server_function_reads_no_more_than_a_question(home: &Home) {
    let app = TestApp::start(home).await;
    let ask = |body: Body| app.send(Request::get("/api/fn/overview?range=1h").body(body).unwrap());
    let megabyte = "x".repeat(1 << 20);
    let pieces: Vec<Result<String, Infallible>> = vec![Ok("x".repeat(1 << 10)); 1 << 10];
    for body in [Body::from(megabyte), Body::from_stream(futures::stream::iter(pieces))] {
        let answer = ask(body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (413, Some("body_too_large")));
        assert!(answer.json()["message"].as_str().unwrap().contains("65536 bytes"), "{}", answer.text());
    }
    assert_eq!(ask("x".repeat(64 << 10).into()).await.status, 200);
    // What is no server function isn't read at all.
    let endless = Body::from_stream(futures::stream::pending::<Result<String, Infallible>>());
    assert_eq!(app.send(Request::post("/api/fn/nothing").body(endless).unwrap()).await.status, 404);
}

async fn every_answer_forbids_what_no_page_here_needs(home: &Home) {
    let app = TestApp::start(home).await;
    for path in ["/", "/nothing", "/healthz", "/api/fn/overview?range=1h", "/api/nothing"] {
        let headers = app.get(path).await.headers;
        assert!(headers["permissions-policy"].to_str().unwrap().contains("camera=()"), "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "{path}");
    }
}
