use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    the_overview_comes_with_its_rows,
    an_empty_store_says_what_to_do,
    script_in_a_log_is_text_on_the_page,
    every_script_on_the_page_is_allowed_by_its_policy,
    an_unknown_address_is_not_found,
    the_chosen_theme_is_there_from_the_first_byte,
    a_range_that_is_none_is_an_answer_and_no_crash,
}

async fn the_overview_comes_with_its_rows(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("a line to be seen").to_string()).await;
    let page = app.get("/?show=events").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("a line to be seen"), "{}", page.text());
    assert!(page.text().contains(r#"data-testid="event-row""#));
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
}

async fn an_empty_store_says_what_to_do(home: &Home) {
    let page = TestApp::start(home).await.get("/").await;
    assert!(page.text().contains("No event has arrived yet"), "{}", page.text());
}

async fn script_in_a_log_is_text_on_the_page(home: &Home) {
    let app = TestApp::start(home).await;
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
    let mut event = record(hostile);
    for field in ["hostname", "source", "os_type", "level", "collector"] {
        event[field] = hostile.into();
    }
    assert_eq!(app.ingest(event.to_string()).await.status, StatusCode::OK);
    let page = app.get("/").await;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(!page.text().contains("<img"), "{}", page.text());
    assert!(page.text().contains("&lt;img"), "{}", page.text());
}

async fn every_script_on_the_page_is_allowed_by_its_policy(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("x").to_string()).await;
    let page = app.get("/").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let (_, rest) = policy.split_once("'nonce-").unwrap();
    let (nonce, _) = rest.split_once('\'').unwrap();
    let text = page.text();
    let scripts: Vec<&str> =
        text.split("<script").skip(1).filter_map(|script| script.split_once('>').map(|(tag, _)| tag)).collect();
    assert!(!scripts.is_empty());
    for script in scripts {
        assert!(script.contains("src=") || script.contains(&format!("nonce=\"{nonce}\"")), "<script{script}>");
    }
    assert!(!text.contains(" style=\""), "inline styles are forbidden by the policy");
}

async fn an_unknown_address_is_not_found(home: &Home) {
    let app = TestApp::start(home).await;
    for path in ["/nothing", "/analyze/nothing", "/..%2f..%2fetc%2fpasswd"] {
        let page = app.get(path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(page.text().contains("There is nothing here"), "{path}");
    }
    for path in ["/api/nothing", "/pkg/nothing.js", "/api/fn/nothing"] {
        let answer = app.get(path).await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (StatusCode::NOT_FOUND, Some("not_found")), "{path}");
    }
}

async fn the_chosen_theme_is_there_from_the_first_byte(home: &Home) {
    let app = TestApp::start(home).await;
    for (cookie, expected) in [
        ("theme=dark", Some("data-theme=\"dark\"")),
        ("a=b; theme=light", Some("data-theme=\"light\"")),
        ("theme=\"><script>", None),
    ] {
        let page = app.send(Request::get("/").header(header::COOKIE, cookie).body(Body::empty()).unwrap()).await;
        match expected {
            Some(expected) => assert!(page.text().contains(expected), "{cookie}"),
            None => assert!(!page.text().contains("data-theme="), "{cookie}"),
        }
    }
}

async fn a_range_that_is_none_is_an_answer_and_no_crash(home: &Home) {
    let app = TestApp::start(home).await;
    assert_eq!(app.get("/?range=nonsense").await.status, StatusCode::OK);
    let answer = app.get("/api/fn/overview?range=nonsense").await;
    assert!(answer.status.is_client_error() || answer.status.is_server_error());
    assert_eq!(answer.json()["code"], "invalid");
}
