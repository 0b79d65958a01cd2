//! What the server learns from what is sent to it, over a restart and over damage.

use radar_store::{Expect, Record, Table};
use radar_types::{Timestamp, wire::Learning};
use serde_json::{Value, json};

use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    what_was_learned_is_known_after_a_restart_and_what_was_not_is_new,
    what_is_sent_again_is_not_learned_again,
    a_state_that_can_not_be_read_is_no_reason_to_stop,
}

const MINUTES: i64 = 300;
const EVENTS_PER_MINUTE: i64 = 5;

/// An event at so many minutes before the present.
fn event(minutes_ago: i64, number: i64, user: &str, message: &str) -> Value {
    let mut event = record(message);
    let now: Timestamp = serde_json::from_value(event["timestamp"].take()).unwrap();
    event["timestamp"] = json!(now.saturating_add_millis(number - minutes_ago * 60_000));
    event["user"] = user.into();
    event
}

/// Ordinary events up to a few minutes before the present.
fn past() -> Vec<Value> {
    let one = |number: i64| {
        let message = format!("Job {number} of the nightly export was finished");
        event(MINUTES + 10 - number / EVENTS_PER_MINUTE, number, ["ann", "bob"][(number % 2) as usize], &message)
    };
    (0..MINUTES * EVENTS_PER_MINUTE).map(one).collect()
}

async fn send(app: &TestApp, events: &[Value]) {
    let answer = app.ingest(json!(events).to_string()).await.json();
    assert_eq!(answer["accepted"], events.len(), "{answer}");
}

async fn overview(app: &TestApp) -> Value {
    app.get("/api/fn/overview?range=24h").await.json()
}

/// The codes of the reasons of the newest event.
async fn newest_codes(app: &TestApp) -> Vec<String> {
    let overview = overview(app).await;
    let reasons = overview["newest"][0]["scored"]["reasons"].as_array().unwrap().clone();
    reasons.iter().map(|reason| reason["code"].as_str().unwrap().to_owned()).collect()
}

fn learning(overview: &Value) -> Learning {
    serde_json::from_value(overview["learning"].clone()).unwrap()
}

async fn what_was_learned_is_known_after_a_restart_and_what_was_not_is_new(home: &Home) {
    let app = TestApp::start(home).await;
    assert!(!learning(&overview(&app).await).is_over());
    let page = app.get("/").await;
    assert!(page.text().contains(r#"data-testid="learning""#), "{}", page.text());
    send(&app, &past()).await;
    let learned = learning(&overview(&app).await);
    assert!(learned.is_over() && learned.events == 1500, "{learned:?}");
    app.services.close().await.unwrap();
    drop(app);

    let app = TestApp::start(home).await;
    assert_eq!(learning(&overview(&app).await), learned);
    assert!(!app.get("/").await.text().contains(r#"data-testid="learning""#));
    send(&app, &[event(2, 0, "ann", "Job 7 of the nightly export was finished")]).await;
    assert_eq!(newest_codes(&app).await, Vec::<String>::new());
    send(&app, &[event(1, 0, "ann", "The volume was detached by somebody in the cellar")]).await;
    assert!(newest_codes(&app).await.contains(&"new_template".to_owned()), "{:?}", newest_codes(&app).await);
    send(&app, &[event(0, 0, "mallory", "Job 8 of the nightly export was finished")]).await;
    assert!(newest_codes(&app).await.contains(&"new_user".to_owned()), "{:?}", newest_codes(&app).await);
}

async fn what_is_sent_again_is_not_learned_again(home: &Home) {
    let app = TestApp::start(home).await;
    let batch = json!(past()).to_string();
    app.ingest(batch.clone()).await;
    let before = learning(&overview(&app).await);
    assert_eq!(app.ingest(batch).await.json()["duplicates"], before.events);
    assert_eq!(learning(&overview(&app).await), before);
}

async fn a_state_that_can_not_be_read_is_no_reason_to_stop(home: &Home) {
    let app = TestApp::start(home).await;
    send(&app, &past()).await;
    app.services.close().await.unwrap();
    drop(app);
    let store = home.open().await;
    let pieces = store.list(Table::States, Some("Event_Logs"), Some("Event_Logs/"), 10, Timestamp::MIN).await.unwrap();
    let [piece] = pieces.as_slice() else { panic!("{} pieces", pieces.len()) };
    let torn = Record { value: piece.value[..piece.value.len() / 2].to_vec(), ..piece.clone() };
    store.put(Table::States, torn, Expect::Anything).await.unwrap();
    store.close().await.unwrap();

    let app = TestApp::start(home).await;
    assert_eq!(learning(&overview(&app).await).events, 0);
    send(&app, &[event(0, 0, "ann", "The first one")]).await;
    app.services.close().await.unwrap();
    drop(app);
    let app = TestApp::start(home).await;
    assert_eq!(learning(&overview(&app).await).events, 1);
}
