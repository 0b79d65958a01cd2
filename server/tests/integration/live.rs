use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::Request,
};
use futures::StreamExt;
use radar_types::wire::LiveUpdate;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    an_open_feed_gets_what_arrives,
    a_feed_begins_with_the_version_of_the_page,
    a_feed_resumes_where_it_was,
    a_feed_that_asks_for_a_place_beyond_the_end_gets_what_comes,
    senders_at_once_reach_a_feed_in_order_and_without_a_gap,
    more_than_a_message_holds_is_counted,
}

/// Reads server-sent events off a live connection.
struct Feed {
    body: BodyDataStream,
    buffered: String,
}

impl Feed {
    async fn open(app: &TestApp, request: Request<Body>) -> Self {
        let response = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), buffered: String::new() }
    }

    /// The first message, which names the version of the page.
    async fn greeting(&mut self) -> String {
        while !self.buffered.contains("\n\n") {
            let chunk = self.body.next().await.unwrap().unwrap();
            self.buffered.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        self.buffered.split_once("\n\n").unwrap().0.to_owned()
    }

    /// The next update, with the id under which the feed resumes.
    async fn next(&mut self) -> (String, LiveUpdate) {
        loop {
            if let Some((message, rest)) = self.buffered.split_once("\n\n") {
                let field = |name: &str| message.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
                let found = (field("id: "), field("data: "));
                self.buffered = rest.to_owned();
                if let (Some(id), Some(data)) = found {
                    return (id, serde_json::from_str(&data).unwrap());
                }
                continue;
            }
            let chunk =
                tokio::time::timeout(Duration::from_secs(10), self.body.next()).await.expect("an update within ten seconds");
            self.buffered.push_str(std::str::from_utf8(&chunk.unwrap().unwrap()).unwrap());
        }
    }
}

fn messages(update: &LiveUpdate) -> Vec<&str> {
    update.rows.iter().map(|row| row.scored.event.message.as_str()).collect()
}

async fn an_open_feed_gets_what_arrives(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("before").to_string()).await;
    let mut feed = Feed::open(&app, Request::get("/api/live").body(Body::empty()).unwrap()).await;
    app.ingest(json!([record("one"), record("two")]).to_string()).await;
    let mut seen = vec![];
    while !seen.contains(&"two".to_owned()) {
        seen.splice(0..0, messages(&feed.next().await.1).into_iter().map(str::to_owned));
    }
    assert_eq!(seen.into_iter().filter(|message| message != "before").collect::<Vec<_>>(), ["two", "one"]);
}

async fn a_feed_begins_with_the_version_of_the_page(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, Request::get("/api/live").body(Body::empty()).unwrap()).await;
    let greeting = feed.greeting().await;
    assert!(greeting.contains("event: server") && greeting.contains("/pkg/start.js"), "{greeting}");
}

async fn a_feed_resumes_where_it_was(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("one").to_string()).await;
    let mut feed = Feed::open(&app, Request::get("/api/live?after=0").body(Body::empty()).unwrap()).await;
    let (id, first) = feed.next().await;
    assert_eq!(messages(&first), ["one"]);
    drop(feed);
    app.ingest(record("two").to_string()).await;
    // The header a browser sends on its own goes before the address it first asked for.
    let request = Request::get("/api/live?after=0").header("last-event-id", &id).body(Body::empty()).unwrap();
    let (_, second) = Feed::open(&app, request).await.next().await;
    assert_eq!(messages(&second), ["two"]);
}

async fn a_feed_that_asks_for_a_place_beyond_the_end_gets_what_comes(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, Request::get("/api/live?after=999999").body(Body::empty()).unwrap()).await;
    app.ingest(record("one").to_string()).await;
    assert_eq!(messages(&feed.next().await.1), ["one"]);
}

async fn senders_at_once_reach_a_feed_in_order_and_without_a_gap(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, Request::get("/api/live?after=0").body(Body::empty()).unwrap()).await;
    let sends = (0..12).map(|sender| {
        let batch: Vec<Value> = (0..5).map(|index| record(&format!("{sender}-{index}"))).collect();
        app.ingest(Value::from(batch).to_string())
    });
    let reads = async {
        let mut seqs = vec![];
        while seqs.len() < 60 {
            let (_, update) = feed.next().await;
            let newest_known = seqs.last().copied().unwrap_or_default();
            seqs.extend(update.rows.iter().rev().map(|row| row.seq.0).filter(|seq| *seq > newest_known));
        }
        seqs
    };
    let (_, seqs) = tokio::join!(futures::future::join_all(sends), reads);
    let first = seqs[0];
    assert_eq!(seqs, (first..first + 60).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_another_server_takes_in_reaches_a_feed() {
    let Some(home) = Home::database() else { return };
    let (here, there) = (TestApp::start(&home).await, TestApp::start(&home).await);
    let mut feed = Feed::open(&here, Request::get("/api/live").body(Body::empty()).unwrap()).await;
    there.ingest(record("taken in elsewhere").to_string()).await;
    assert_eq!(messages(&feed.next().await.1), ["taken in elsewhere"]);
}

async fn more_than_a_message_holds_is_counted(home: &Home) {
    let app = TestApp::start(home).await;
    let batch: Vec<Value> = (0..250).map(|index| record(&format!("{index}"))).collect();
    app.ingest(Value::from(batch).to_string()).await;
    let mut feed = Feed::open(&app, Request::get("/api/live?after=0").body(Body::empty()).unwrap()).await;
    let (_, update) = feed.next().await;
    assert_eq!((update.rows.len(), update.added), (LiveUpdate::ROWS_MAX, 250));
    assert_eq!(update.rows[0].scored.event.message, "249");
}
