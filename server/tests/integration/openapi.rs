//! What the OpenAPI document promises of every address, where a client would notice first that it is not so. `cargo xtask
//! test api` tries the rest against the running program.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use serde_json::Value;

use crate::support::{Answer, Home, TestApp};

async fn asked(method: Method, uri: &str) -> Answer {
    let app = TestApp::start(&Home::folder()).await;
    app.send(Request::builder().method(method).uri(uri).body(Body::empty()).unwrap()).await
}

/// A problem with a code and a sentence, as JSON.
fn check_problem(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    let problem = answer.json();
    assert_eq!(problem["code"], code);
    assert!(problem["message"].as_str().is_some_and(|message| !message.is_empty()), "{problem}");
}

#[tokio::test]
async fn the_document_is_there_for_everybody() {
    let answer = asked(Method::GET, "/api/openapi.json").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/json");
    assert_eq!(answer.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn parameters_that_are_not_understood_are_the_fault_of_who_asks() {
    for uri in ["/api/fn/overview", "/api/fn/overview?range=2h", "/api/fn/overview?range[]=1h", "/api/live?after=soon"] {
        check_problem(&asked(Method::GET, uri).await, StatusCode::BAD_REQUEST, "invalid");
    }
}

#[tokio::test]
async fn a_method_that_is_not_described_is_told_which_are() {
    for (method, uri, allowed) in [
        (Method::POST, "/api/fn/overview?range=1h", "GET,HEAD"),
        (Method::GET, "/api/ingest", "POST"),
        (Method::DELETE, "/api/openapi.json", "GET,HEAD"),
    ] {
        let answer = asked(method, uri).await;
        check_problem(&answer, StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed");
        assert_eq!(answer.headers[header::ALLOW], allowed, "{uri}");
    }
}

#[tokio::test]
async fn a_function_that_is_not_there_is_not_found() {
    check_problem(&asked(Method::GET, "/api/fn/nothing").await, StatusCode::NOT_FOUND, "not_found");
    check_problem(&asked(Method::POST, "/api/fn/nothing").await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn a_server_function_answers_to_head_as_to_get() {
    let answer = asked(Method::HEAD, "/api/fn/overview?range=1h").await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::OK, 0));
}

#[tokio::test]
async fn the_live_feed_is_described_as_it_is() {
    let document = asked(Method::GET, "/api/openapi.json").await.json();
    let answers = &document["paths"]["/api/live"]["get"]["responses"];
    let names = &document["components"]["schemas"]["LiveEventName"]["enum"];
    assert!(answers["200"]["content"]["text/event-stream"].is_object(), "{answers}");
    assert_eq!(names, &Value::from(vec!["server", "update"]));
}
