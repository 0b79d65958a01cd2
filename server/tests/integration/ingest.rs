use std::convert::Infallible;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use futures::FutureExt;
use radar_server::IngestRule;
use radar_services::Actor;
use radar_types::Side;
use serde_json::{Value, json};

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    the_seven_field_record_is_taken_alone_in_an_array_and_in_lines,
    a_batch_that_is_sent_again_inserts_nothing_twice,
    a_bad_record_costs_only_itself_and_is_named,
    lines_that_are_no_json_are_rejected_one_by_one,
    an_array_that_breaks_off_keeps_what_came_before,
    an_empty_or_oversized_body_is_a_problem_that_says_so,
    a_body_of_unknown_length_is_read_up_to_the_same_bound,
    a_body_that_breaks_off_is_not_called_too_large,
    more_records_than_a_body_may_have_are_refused_as_a_whole,
    who_may_not_send_is_told_before_the_body_is_read,
    bodies_under_way_hold_bounded_room,
    what_was_taken_is_scored_with_its_provenance,
    an_attack_scores_above_the_usual_line_and_says_why,
    a_server_with_a_token_takes_events_only_with_it,
    concurrent_senders_lose_nothing_and_double_nothing,
}

/// Status, accepted, duplicates, rejected.
async fn check(app: &TestApp, body: String, expected: (u16, u64, u64, u64)) -> Value {
    let answer = app.ingest(body).await;
    let json = answer.json();
    let count = |name: &str| json[name].as_u64().unwrap();
    assert_eq!((answer.status.as_u16(), count("accepted"), count("duplicates"), count("rejected")), expected, "{json}");
    json
}

async fn the_seven_field_record_is_taken_alone_in_an_array_and_in_lines(home: &Home) {
    let app = TestApp::start(home).await;
    check(&app, json!([record("one"), record("two")]).to_string(), (200, 2, 0, 0)).await;
    check(&app, format!("{}\n\n{}\r\n", record("three"), record("four")), (200, 2, 0, 0)).await;
    check(&app, record("five").to_string(), (200, 1, 0, 0)).await;
    check(&app, "[]".into(), (200, 0, 0, 0)).await;
}

async fn a_batch_that_is_sent_again_inserts_nothing_twice(home: &Home) {
    let app = TestApp::start(home).await;
    let same = record("the same line");
    let batch = json!([same, same, record("another")]).to_string();
    check(&app, batch.clone(), (200, 3, 0, 0)).await;
    check(&app, batch, (200, 0, 3, 0)).await;
}

async fn a_bad_record_costs_only_itself_and_is_named(home: &Home) {
    let app = TestApp::start(home).await;
    let mut no_host = record("no host");
    no_host.as_object_mut().unwrap().remove("hostname");
    let batch = json!([record("good"), no_host, 7, record("also good")]).to_string();
    let answer = check(&app, batch, (400, 2, 0, 2)).await;
    let rejects = answer["rejects"].as_array().unwrap();
    assert_eq!(rejects[0]["index"], 1);
    assert!(rejects[0]["expected"].as_str().unwrap().contains("hostname"), "{answer}");
    assert_eq!(rejects[1]["index"], 2);
    let kept = app.get("/api/fn/overview?range=1h").await.json();
    assert_eq!(kept["newest"].as_array().unwrap().len(), 2);
}

async fn lines_that_are_no_json_are_rejected_one_by_one(home: &Home) {
    let app = TestApp::start(home).await;
    let body = format!("{}\nnot json\n{}\n{{\"a\":", record("first"), record("last"));
    let answer = check(&app, body, (400, 2, 0, 2)).await;
    let indexes: Vec<u64> = answer["rejects"].as_array().unwrap().iter().map(|reject| reject["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, [1, 3]);
}

async fn an_array_that_breaks_off_keeps_what_came_before(home: &Home) {
    let app = TestApp::start(home).await;
    let body = format!("[{}, {}, {{\"timestamp\": ", record("one"), record("two"));
    let answer = check(&app, body, (400, 2, 0, 1)).await;
    assert_eq!(answer["rejects"][0]["index"], 2);
}

async fn an_empty_or_oversized_body_is_a_problem_that_says_so(home: &Home) {
    let app = TestApp::start(home).await;
    for (body, status, code) in
        [("".to_owned(), 400, "empty"), (" \n".into(), 400, "empty"), ("x".repeat(17 << 20), 413, "body_too_large")]
    {
        let answer = app.ingest(body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (status, Some(code)));
    }
}

async fn a_body_of_unknown_length_is_read_up_to_the_same_bound(home: &Home) {
    let app = TestApp::start(home).await;
    let pieces = (0..17).map(|_| Ok::<_, Infallible>("x".repeat(1 << 20)));
    let answer = app.ingest(Body::from_stream(futures::stream::iter(pieces))).await;
    assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (413, Some("body_too_large")));
}

async fn a_body_that_breaks_off_is_not_called_too_large(home: &Home) {
    let app = TestApp::start(home).await;
    let pieces = [Ok(record("whole").to_string()), Err(std::io::Error::other("the line was cut"))];
    let answer = app.ingest(Body::from_stream(futures::stream::iter(pieces))).await;
    assert_eq!((answer.status.as_u16(), answer.json()["code"].as_str()), (400, Some("body_broken")));
    assert_eq!(app.get("/api/fn/overview?range=1h").await.json()["newest"], json!([]));
}

async fn more_records_than_a_body_may_have_are_refused_as_a_whole(home: &Home) {
    let app = TestApp::start(home).await;
    // Shorter than any event, so that so many fit in a body; each of them is rejected.
    let body = |records: usize| format!("[{}7]", "7,".repeat(records - 1));
    let most = app.ingest(body(100_000)).await.json();
    assert_eq!(most["rejected"], 100_000);
    let too_many = app.ingest(body(100_001)).await;
    assert_eq!(too_many.status, StatusCode::BAD_REQUEST);
    assert!(too_many.json()["message"].as_str().unwrap().contains("100000 records"), "{}", too_many.text());
}

async fn who_may_not_send_is_told_before_the_body_is_read(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Nobody).await;
    let endless = Body::from_stream(futures::stream::pending::<Result<String, Infallible>>());
    assert_eq!(app.ingest(endless).await.status, StatusCode::UNAUTHORIZED);
}

async fn bodies_under_way_hold_bounded_room(home: &Home) {
    let app = TestApp::start(home).await;
    let sender = Actor::sender();
    let room = |bytes_announced| app.services.room_for_ingest(&sender, Side::Public, bytes_announced);
    // Nobody says how long these are, so each gets the most that a body may have.
    let mut held = futures::future::try_join_all((0..4).map(|_| room(None))).await.unwrap();
    assert!(room(Some(1)).now_or_never().is_none(), "the fifth waits");
    held.pop();
    let small = futures::future::try_join_all((0..256).map(|_| room(Some(1)))).await.unwrap();
    assert!(room(Some(1)).now_or_never().is_none());
    drop((held, small));
    assert_eq!(app.ingest(record("there is room again").to_string()).await.status, StatusCode::OK);
}

async fn what_was_taken_is_scored_with_its_provenance(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("An account was successfully logged on.").to_string()).await;
    let overview = app.get("/api/fn/overview?range=1h").await.json();
    let row = &overview["newest"][0];
    let score = &row["scored"]["score"];
    assert_eq!(score["state"], "scored", "{row}");
    assert_eq!((score["model"].as_str(), score["schema"].as_str()), (Some("ensemble"), Some("event")));
    assert!(score["raw"].as_f64().unwrap() > 0.0);
    assert!(row["severity"].is_string());
    assert_eq!(overview["tally"]["by_severity"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>(), 1);
}

async fn an_attack_scores_above_the_usual_line_and_says_why(home: &Home) {
    let app = TestApp::start(home).await;
    let attack = "powershell.exe -nop -w hidden -enc JABjAD0ATgBlAHcALQBPAGIAagBlAGMAdAAgAFMAeQBzAHQAZQBtAC4ATgBlAHQA \
                  union select password from users -- ../../../../etc/passwd <script>alert(1)</script>";
    app.ingest(json!([record("An account was successfully logged on."), record(attack)]).to_string()).await;
    let overview = app.get("/api/fn/overview?range=1h").await.json();
    let (attack, usual) = (&overview["newest"][0], &overview["newest"][1]);
    let raw = |row: &Value| row["scored"]["score"]["raw"].as_f64().unwrap();
    assert!(raw(attack) > 2.0 * raw(usual), "{attack} {usual}");
    assert!(["low", "medium", "high", "critical"].contains(&attack["severity"].as_str().unwrap()), "{attack}");
    assert!(!attack["scored"]["reasons"][0]["text"].as_str().unwrap().is_empty());
}

async fn a_server_with_a_token_takes_events_only_with_it(home: &Home) {
    let app = TestApp::with_rule(home, IngestRule::Token("0123456789abcdef".into())).await;
    for (authorization, status) in [
        (None, StatusCode::UNAUTHORIZED),
        (Some("Bearer wrong"), StatusCode::UNAUTHORIZED),
        (Some("Bearer 0123456789abcdef"), StatusCode::OK),
    ] {
        let mut request = Request::post("/api/ingest");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let answer = app.send(request.body(Body::from(record("x").to_string())).unwrap()).await;
        assert_eq!(answer.status, status, "{authorization:?}");
    }
}

async fn concurrent_senders_lose_nothing_and_double_nothing(home: &Home) {
    let app = TestApp::start(home).await;
    let sends = (0..16).map(|sender| {
        let batch: Vec<Value> = (0..50).map(|index| record(&format!("sender {} line {index}", sender / 2))).collect();
        app.ingest(Value::from(batch).to_string())
    });
    // Pairs of senders send the same lines at different milliseconds, so all of them are new.
    let answers = futures::future::join_all(sends).await;
    let accepted: u64 = answers.iter().map(|answer| answer.json()["accepted"].as_u64().unwrap()).sum();
    let duplicates: u64 = answers.iter().map(|answer| answer.json()["duplicates"].as_u64().unwrap()).sum();
    let overview = app.get("/api/fn/overview?range=1h").await.json();
    let stored: u64 = overview["tally"]["by_severity"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!((stored, accepted + duplicates), (accepted, 800));
}
