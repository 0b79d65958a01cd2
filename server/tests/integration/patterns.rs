//! Patterns and the history of a collection, asked over HTTP.

use radar_types::Role;
use serde_json::{Value, json};

use crate::people::{Somebody, code, form};
use crate::support::{Home, TestApp, now, on_every_store, record};

on_every_store! {
    patterns_are_counted_named_and_muted,
    names_and_mutes_outlive_a_restart,
    hostile_text_is_told_as_it_is,
    the_past_is_told_by_hours,
    the_pages_hold_what_there_is,
}

const HOUR_MILLIS: i64 = 3_600_000;

fn past(message: &str, hours: i64) -> Value {
    let mut event = record(message);
    event["timestamp"] = json!(now().saturating_add_millis(-hours * HOUR_MILLIS).to_string());
    event
}

/// Jobs that finish, the first of them two days ago, and one disk that fails.
async fn with_jobs(app: &TestApp, ann: &Somebody) {
    let mut events: Vec<Value> =
        (0..20).map(|number| past(&format!("Job {number} finished after {number} ms"), 2 * number)).collect();
    events.push(past("Disk failure on the array", 0));
    events.push(past("Job 90 finished after 9 ms", 48));
    let answer = ann.ingest(app, Value::from(events).to_string()).await;
    assert_eq!(answer.json()["accepted"], 22, "{}", answer.text());
}

async fn patterns(app: &TestApp, ann: &Somebody, parameters: &str) -> Value {
    let answer = ann.get(app, &format!("/api/fn/patterns?span=7d{parameters}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn texts(patterns: &Value) -> Vec<&str> {
    patterns["rows"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect()
}

const JOBS: &str = "Job <*> finished after <*> ms";
const DISK: &str = "Disk failure on the array";

async fn patterns_are_counted_named_and_muted(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    with_jobs(&app, &ann).await;
    let all = patterns(&app, &ann, "").await;
    assert_eq!((texts(&all), &all["events"], &all["choices"]), (vec![JOBS, DISK], &json!(22), &json!([2, 1, 0])));
    let jobs = &all["rows"][0];
    let trend: u64 = jobs["trend"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!((trend, &jobs["is_new"], &jobs["name"]), (21, &json!(false), &Value::Null));
    assert_eq!(texts(&patterns(&app, &ann, "&order=rarity").await), [DISK, JOBS]);
    assert_eq!(texts(&patterns(&app, &ann, "&choice=new").await), [DISK]);
    assert_eq!(texts(&patterns(&app, &ann, "&find=finished").await), [JOBS]);
    let refused = ann.get(&app, "/api/fn/patterns?span=7d&find=severity:loud").await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (400, json!("question")));

    let disk = all["rows"][1]["template"].as_str().unwrap();
    let say = async |path: &str, said: &str| ann.post(&app, path, &format!("template={disk}&{said}")).await.status.as_u16();
    assert_eq!(say("/api/fn/rename_pattern", "name=The+array").await, 200);
    assert_eq!(say("/api/fn/mute_pattern", "is_muted=true").await, 200);
    assert_eq!(say("/api/fn/mute_pattern", "is_muted=perhaps").await, 400);
    assert_eq!(texts(&patterns(&app, &ann, "").await), [JOBS]);
    let muted = patterns(&app, &ann, "&choice=muted&find=ARRAY").await;
    assert_eq!((&muted["rows"][0]["name"], &muted["choices"]), (&json!("The array"), &json!([1, 0, 1])));
    // Found and counted as before, under its name.
    let facets = ann.get(&app, "/api/fn/facets?span=7d").await.json();
    let templates = facets.as_array().unwrap().iter().find(|facet| facet["field"] == "template").unwrap();
    assert_eq!((&templates["values"][1]["label"], &templates["values"][1]["count"]), (&json!("The array"), &json!(1)));
    assert_eq!(say("/api/fn/mute_pattern", "is_muted=false").await, 200);
    assert_eq!(say("/api/fn/rename_pattern", "").await, 200);
    assert_eq!(patterns(&app, &ann, "").await, all, "as if nothing had been said");
}

async fn names_and_mutes_outlive_a_restart(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    with_jobs(&app, &ann).await;
    let template = patterns(&app, &ann, "").await["rows"][0]["template"].as_str().unwrap().to_owned();
    let said = form(&[("template", &template), ("name", "Jobs é <b>")]);
    assert_eq!(ann.post(&app, "/api/fn/rename_pattern", &said).await.status, 200);
    assert_eq!(ann.post(&app, "/api/fn/mute_pattern", &format!("template={template}&is_muted=true")).await.status, 200);
    app.services.close().await.unwrap();
    let app = TestApp::start(home).await;
    let muted = patterns(&app, &ann, "&choice=muted").await;
    assert_eq!((&muted["rows"][0]["name"], &muted["rows"][0]["is_muted"]), (&json!("Jobs é <b>"), &json!(true)));
}

async fn hostile_text_is_told_as_it_is(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    let attack = "<script>alert(\"x\")</script> \u{202e}evil";
    assert_eq!(ann.ingest(&app, record(attack).to_string()).await.status, 200);
    let found = patterns(&app, &ann, "").await;
    assert!(texts(&found)[0].starts_with("<script>"), "{found}");
    let template = found["rows"][0]["template"].as_str().unwrap();
    let said = form(&[("template", template), ("name", attack)]);
    assert_eq!(ann.post(&app, "/api/fn/rename_pattern", &said).await.status, 200);
    let page = ann.get(&app, "/patterns").await;
    assert!(!page.text().contains("<script>alert"), "{}", page.text());
    assert!(page.text().contains("&lt;script&gt;alert"), "{}", page.text());
    for template in ["", "1", "$ne", "00000000000000zz", "{}"] {
        let said = form(&[("template", template), ("name", "x")]);
        assert_eq!(ann.post(&app, "/api/fn/rename_pattern", &said).await.status, 400, "{template}");
    }
}

async fn the_past_is_told_by_hours(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    with_jobs(&app, &ann).await;
    for minutes in [0, 15, 30, 45] {
        let history = ann.get(&app, &format!("/api/fn/history?minutes_past={minutes}")).await.json();
        let events: Vec<u64> = history["events"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        assert_eq!((events.iter().sum::<u64>(), events[0]), (22, 1), "{minutes}");
        let from: radar_types::Timestamp = history["from"].as_str().unwrap().parse().unwrap();
        assert_eq!(from.unix_millis().rem_euclid(HOUR_MILLIS), minutes * 60_000);
    }
}

async fn the_pages_hold_what_there_is(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    assert!(ann.get(&app, "/patterns").await.text().contains("no events in this range"));
    assert!(ann.get(&app, "/history").await.text().contains("Nothing happened here"));
    with_jobs(&app, &ann).await;
    let page = ann.get(&app, "/patterns?sort=rarity").await;
    assert!(page.text().contains("Job &lt;*&gt; finished after &lt;*&gt; ms"), "{}", page.text());
    assert!(page.text().contains("1 in 22"), "{}", page.text());
    let page = ann.get(&app, "/history").await;
    assert!(page.text().contains("events, "), "{}", page.text());
}
