use axum::{body::Body, http::Request};
use radar_types::wire::LiveUpdate;
use serde_json::{Value, json};

use crate::feed::Feed;
use crate::people::Somebody;
use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    an_open_feed_gets_what_arrives,
    a_feed_begins_with_the_version_of_the_page,
    a_feed_resumes_where_it_was,
    a_feed_that_asks_for_a_place_beyond_the_end_gets_what_comes,
    senders_at_once_reach_a_feed_in_order_and_without_a_gap,
    more_than_a_message_holds_is_counted,
}

fn messages(update: &LiveUpdate) -> Vec<&str> {
    update.rows.iter().map(|row| row.scored.event.message.as_str()).collect()
}

async fn an_open_feed_gets_what_arrives(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("before").to_string()).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live").await;
    app.ingest(json!([record("one"), record("two")]).to_string()).await;
    let mut seen = vec![];
    while !seen.contains(&"two".to_owned()) {
        seen.splice(0..0, messages(&feed.next().await.1).into_iter().map(str::to_owned));
    }
    assert_eq!(seen.into_iter().filter(|message| message != "before").collect::<Vec<_>>(), ["two", "one"]);
}

async fn a_feed_begins_with_the_version_of_the_page(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live").await;
    let greeting = feed.greeting().await;
    assert!(greeting.contains("event: server") && greeting.contains("/pkg/start.js"), "{greeting}");
}

async fn a_feed_resumes_where_it_was(home: &Home) {
    let app = TestApp::start(home).await;
    app.ingest(record("one").to_string()).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live?after=0").await;
    let (id, first) = feed.next().await;
    assert_eq!(messages(&first), ["one"]);
    drop(feed);
    app.ingest(record("two").to_string()).await;
    // The header a browser sends on its own goes before the address it first asked for.
    let request = Request::get("/api/live?after=0").header("last-event-id", &id).body(Body::empty()).unwrap();
    let (_, second) = Feed::open_with(&app, request).await.next().await;
    assert_eq!(messages(&second), ["two"]);
}

async fn a_feed_that_asks_for_a_place_beyond_the_end_gets_what_comes(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live?after=999999").await;
    app.ingest(record("one").to_string()).await;
    assert_eq!(messages(&feed.next().await.1), ["one"]);
}

async fn senders_at_once_reach_a_feed_in_order_and_without_a_gap(home: &Home) {
    let app = TestApp::start(home).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live?after=0").await;
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
    let mut feed = Feed::open(&here, &Somebody::default(), "/api/live").await;
    there.ingest(record("taken in elsewhere").to_string()).await;
    assert_eq!(messages(&feed.next().await.1), ["taken in elsewhere"]);
}

async fn more_than_a_message_holds_is_counted(home: &Home) {
    let app = TestApp::start(home).await;
    let batch: Vec<Value> = (0..250).map(|index| record(&format!("{index}"))).collect();
    app.ingest(Value::from(batch).to_string()).await;
    let mut feed = Feed::open(&app, &Somebody::default(), "/api/live?after=0").await;
    let (_, update) = feed.next().await;
    assert_eq!((update.rows.len(), update.added), (LiveUpdate::ROWS_MAX, 250));
    assert_eq!(update.rows[0].scored.event.message, "249");
}
