//! What is somebody's own is nobody else's: neither to read, nor to count, nor to follow, nor to add to.

use futures::future::join_all;
use radar_types::Role;
use serde_json::{Value, json};

use crate::feed::Feed;
use crate::people::{PASSWORD, Somebody, form};
use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    accounts_and_sessions_at_once_see_nothing_of_each_other,
    a_cleared_session_is_gone_and_the_others_are_not,
    a_private_collection_learns_for_itself,
    an_account_that_is_deleted_leaves_nothing_to_who_comes_after,
}

const EACH: usize = 12;

fn batch(who: &str, number: usize) -> String {
    let events: Vec<Value> = (0..5)
        .map(|index| {
            let mut event = record(&format!("{who} {number} {index}"));
            event["hostname"] = json!(format!("host-of-{who}"));
            event
        })
        .collect();
    Value::from(events).to_string()
}

async fn check_sees_only(app: &TestApp, who: &str, somebody: &Somebody) {
    let overview = somebody.get(app, "/api/fn/overview?range=1h").await.json();
    let rows = overview["newest"].as_array().unwrap();
    assert_eq!(rows.len(), 5 * EACH, "{who}");
    for row in rows {
        assert_eq!(row["scored"]["event"]["hostname"], format!("host-of-{who}"));
    }
    let counted: u64 = overview["tally"]["by_severity"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!((counted, overview["hosts"].as_u64()), (5 * EACH as u64, Some(1)), "{who}");
    let breakdown = somebody.get(app, "/api/fn/breakdown?range=1h").await;
    check_holds_nothing_of_others(who, "/api/fn/breakdown", &breakdown.text());
    let breakdown = breakdown.json();
    let sum = |counts: &Value| counts.as_array().unwrap().iter().filter_map(Value::as_u64).sum::<u64>();
    assert_eq!((sum(&breakdown["scores"]), sum(&breakdown["by_level"])), (5 * EACH as u64, 5 * EACH as u64), "{who}");
    for host in breakdown["hosts"].as_array().unwrap() {
        assert_eq!(host["value"], format!("host-of-{who}"));
    }
    check_holds_nothing_of_others(who, "/", &somebody.get(app, "/").await.text());
    check_explores_only(app, who, somebody).await;
}

const EVERYBODY: [&str; 4] = ["ann", "bob", "one", "other"];

fn check_holds_nothing_of_others(who: &str, path: &str, text: &str) {
    for other in EVERYBODY.into_iter().filter(|other| *other != who) {
        assert!(!text.contains(&format!("host-of-{other}")), "{who} sees {other} in {path}: {text}");
    }
}

/// Whatever can be asked of events, by a question for everything and by one for what others have.
fn questions() -> Vec<String> {
    let asked = ["", "host=\"host-of-ann\"", "-host=\"nothing\"", "host:host-of-bob OR host:host-of-one OR \"host of other\""];
    let asked = asked.map(|question| form(&[("question", question)]));
    let mut paths: Vec<String> = vec![
        "/api/fn/complete?span=1h&field=host".into(),
        "/api/fn/complete?span=1h&field=host&start=host-of-".into(),
        "/api/fn/complete?span=1h&field=message".into(),
        "/api/fn/complete?span=1h".into(),
        "/api/fn/searches".into(),
        "/api/fn/thresholds".into(),
        "/api/fn/try_thresholds?low=0.1&medium=0.2&high=0.3&critical=0.4".into(),
        "/api/fn/history".into(),
        "/api/fn/patterns?span=1h&find=host:host-of-bob+OR+host:host-of-one".into(),
        "/api/fn/patterns?span=1h&choice=muted".into(),
    ];
    for question in asked {
        paths.push(format!("/api/fn/picture?span=1h&{question}"));
        paths.push(format!("/api/fn/facets?span=1h&{question}"));
        paths.push(format!("/api/fn/graph?span=1h&{question}"));
        for order in ["newest", "oldest", "score", "rarity"] {
            paths.push(format!("/api/fn/events?span=1h&limit=500&order={order}&{question}"));
        }
        paths.push(format!("/api/export?span=1h&format=csv&{question}"));
        paths.push(format!("/api/export?span=1h&format=jsonl&order=oldest&{question}"));
    }
    paths
}

/// Asks all of it at the same time.
async fn check_asks_in_vain_for_others(app: &TestApp, who: &str, somebody: &Somebody) {
    let asked = questions().into_iter().map(|path| async move {
        let answer = somebody.get(app, &path).await;
        assert_eq!(answer.status, 200, "{who} {path}: {}", answer.text());
        check_holds_nothing_of_others(who, &path, &answer.text());
    });
    join_all(asked).await;
}

async fn check_explores_only(app: &TestApp, who: &str, somebody: &Somebody) {
    check_asks_in_vain_for_others(app, who, somebody).await;
    let (all, own) = (5 * EACH, format!("host-of-{who}"));
    let picture = somebody.get(app, "/api/fn/picture?span=1h").await.json();
    let counted: u64 = picture["tally"]["by_severity"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(counted, all as u64, "{who}");
    for other in EVERYBODY {
        let question = form(&[("question", &format!("host=\"host-of-{other}\""))]);
        let page = somebody.get(app, &format!("/api/fn/events?span=1h&limit=500&{question}")).await.json();
        let expected = if other == who { all } else { 0 };
        assert_eq!(page["rows"].as_array().unwrap().len(), expected, "{who} asks for {other}");
        let lines = somebody.get(app, &format!("/api/export?span=1h&format=jsonl&{question}")).await;
        assert_eq!(lines.text().lines().count(), expected, "{who} exports {other}");
    }
    let facets = somebody.get(app, "/api/fn/facets?span=1h").await.json();
    let hosts = facets.as_array().unwrap().iter().find(|facet| facet["field"] == "host").unwrap();
    let (values, distinct) = (hosts["values"].as_array().unwrap(), hosts["distinct"].as_u64());
    assert_eq!((values.len(), &values[0]["value"], values[0]["count"].as_u64()), (1, &json!(own), Some(all as u64)));
    assert_eq!(distinct, Some(1));
    let graph = somebody.get(app, "/api/fn/graph?span=1h").await.json();
    let hosts = graph["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == "host");
    let hosts: Vec<_> = hosts.map(|node| (node["name"].as_str(), node["events"].as_u64())).collect();
    assert_eq!(hosts, [(Some(own.as_str()), Some(all as u64))]);
    let thresholds = somebody.get(app, "/api/fn/thresholds").await.json();
    let scored: u64 = thresholds["scores"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(scored, all as u64, "{who}");
    let patterns = somebody.get(app, "/api/fn/patterns?span=1h").await.json();
    assert_eq!(patterns["events"].as_u64(), Some(all as u64), "{who}");
    let history = somebody.get(app, "/api/fn/history").await.json();
    let counted: u64 = history["events"].as_array().unwrap().iter().filter_map(Value::as_u64).sum();
    assert_eq!(counted, all as u64, "{who}");
}

/// The places of all events that somebody sees.
async fn places(app: &TestApp, somebody: &Somebody) -> Vec<String> {
    let page = somebody.get(app, "/api/fn/events?span=1h&limit=500").await.json();
    page["rows"].as_array().unwrap().iter().map(|row| row["seq"].as_str().unwrap().to_owned()).collect()
}

/// A place is guessed easily, and in some stores each collection counts for itself: what is there must be one's own.
async fn check_reaches_no_place_of_others(app: &TestApp, who: &str, somebody: &Somebody, all: &[String], own: &[String]) {
    for seq in all {
        let detail = somebody.get(app, &format!("/api/fn/event?seq={seq}")).await;
        let judged = somebody.post(app, "/api/fn/judge", &format!("seq={seq}&verdict=expected")).await;
        if own.contains(seq) {
            assert_eq!((detail.status.as_u16(), judged.status.as_u16()), (200, 200), "{who} {seq}");
            check_holds_nothing_of_others(who, seq, &detail.text());
            assert_eq!(
                detail.json()["before"].as_array().unwrap().len().min(1),
                usize::from(own.last() != Some(seq)),
                "{who} {seq}"
            );
        } else {
            assert_eq!((detail.status.as_u16(), judged.status.as_u16()), (404, 404), "{who} {seq}");
        }
    }
}

async fn accounts_and_sessions_at_once_see_nothing_of_each_other(home: &Home) {
    let app = TestApp::start(home).await;
    let people = [
        ("ann", Somebody::with_account(&app, "ann@example.org", Role::Administrator).await),
        ("bob", Somebody::with_account(&app, "bob@example.org", Role::Analyst).await),
        ("one", Somebody::with_session(&app).await),
        ("other", Somebody::with_session(&app).await),
    ];
    let mut feeds = Vec::new();
    for (who, somebody) in &people {
        feeds.push((*who, Feed::open(&app, somebody, "/api/live?after=0").await));
    }
    let mut tokens = Vec::new();
    for (who, somebody) in &people {
        let token = somebody.token(&app, &[("may_send", "true"), ("may_read", "true")]).await;
        tokens.push((*who, Somebody::with_token(token)));
    }
    // By cookie and by token, all at once, and reading all the while.
    let app_ref = &app;
    let work = people.iter().zip(&tokens).flat_map(|((who, somebody), (_, bearer))| {
        (0..EACH).map(move |number| async move {
            let sender = if number % 2 == 0 { somebody } else { bearer };
            assert_eq!(sender.ingest(app_ref, batch(who, number)).await.status, 200);
            for message in somebody.messages(app_ref).await {
                assert!(message.starts_with(who), "{who} reads {message}");
            }
            // Beside each other, while all of them send.
            if number % 4 == 0 {
                let reader = if number % 8 == 0 { bearer } else { somebody };
                check_asks_in_vain_for_others(app_ref, who, reader).await;
            }
        })
    });
    join_all(work).await;

    for ((who, somebody), (_, bearer)) in people.iter().zip(&tokens) {
        check_sees_only(&app, who, somebody).await;
        check_sees_only(&app, who, bearer).await;
        assert_eq!(somebody.get(&app, "/api/fn/tokens").await.json().as_array().unwrap().len(), 1);
    }
    let mut all_places = Vec::new();
    for (_, somebody) in &people {
        all_places.push(places(&app, somebody).await);
    }
    let all = all_places.concat();
    for ((who, somebody), own) in people.iter().zip(&all_places) {
        check_reaches_no_place_of_others(&app, who, somebody, &all, own).await;
    }
    check_searches_are_everybodys_own(&app, &people).await;
    check_patterns_are_everybodys_own(&app, &people).await;
    for (who, feed) in &mut feeds {
        let mut seen = 0;
        while seen < 5 * EACH as u32 {
            let (_, update) = feed.next().await;
            seen += update.added;
            for row in update.rows {
                assert_eq!(row.scored.event.hostname, format!("host-of-{who}"));
            }
        }
        assert_eq!(seen, 5 * EACH as u32);
    }
    let nobody = Somebody::new();
    assert_eq!(nobody.messages(&app).await, Vec::<String>::new(), "nothing of it is public");
    // An administrator is no exception, in any way that is theirs.
    let (_, ann) = &people[0];
    let accounts = ann.get(&app, "/api/fn/accounts").await.text().into_owned();
    let audit = ann.get(&app, "/api/fn/audit").await.text().into_owned();
    assert!(!accounts.contains("host-of-bob") && !audit.contains("host-of-bob"));
}

async fn check_searches_are_everybodys_own(app: &TestApp, people: &[(&str, Somebody)]) {
    let mut ids = Vec::new();
    for (who, somebody) in people {
        let new = form(&[("name", "mine"), ("question", &format!("host:host-of-{who}")), ("span", "1h")]);
        let saved = somebody.post(app, "/api/fn/save_search", &new).await;
        assert_eq!(saved.status, 200, "{who}: {}", saved.text());
        ids.push(saved.json()["id"].as_str().unwrap().to_owned());
    }
    for (at, (who, somebody)) in people.iter().enumerate() {
        for id in ids.iter().enumerate().filter(|(of, _)| *of != at).map(|(_, id)| id) {
            assert_eq!(somebody.post(app, "/api/fn/remove_search", &form(&[("id", id)])).await.status, 404, "{who}");
        }
    }
    for (who, somebody) in people {
        let listed = somebody.get(app, "/api/fn/searches").await;
        assert_eq!(listed.json().as_array().unwrap().len(), 1, "{who}: {}", listed.text());
        check_holds_nothing_of_others(who, "searches", &listed.text());
    }
    assert_eq!(Somebody::new().get(app, "/api/fn/searches").await.json(), json!([]));
}

async fn check_patterns_are_everybodys_own(app: &TestApp, people: &[(&str, Somebody)]) {
    let mut templates = Vec::new();
    for (who, somebody) in people {
        let patterns = somebody.get(app, "/api/fn/patterns?span=1h").await.json();
        let template = patterns["rows"][0]["template"].as_str().unwrap().to_owned();
        let name = form(&[("template", &template), ("name", &format!("host-of-{who}"))]);
        assert_eq!(somebody.post(app, "/api/fn/rename_pattern", &name).await.status, 200, "{who}");
        templates.push(template);
    }
    for (at, (who, somebody)) in people.iter().enumerate() {
        for template in templates.iter().filter(|template| **template != templates[at]) {
            for (path, said) in [("rename_pattern", "name=x"), ("mute_pattern", "is_muted=true")] {
                let answer = somebody.post(app, &format!("/api/fn/{path}"), &format!("template={template}&{said}")).await;
                assert_eq!(answer.status, 404, "{who} {path}");
            }
        }
        let patterns = somebody.get(app, "/api/fn/patterns?span=1h").await;
        assert!(patterns.text().contains(&format!("host-of-{who}")), "{who}: {}", patterns.text());
        check_holds_nothing_of_others(who, "patterns", &patterns.text());
    }
    assert_eq!(Somebody::new().get(app, "/api/fn/patterns?span=1h").await.json()["rows"], json!([]));
}

async fn a_cleared_session_is_gone_and_the_others_are_not(home: &Home) {
    let app = TestApp::start(home).await;
    let (one, other) = (Somebody::with_session(&app).await, Somebody::with_session(&app).await);
    let token = Somebody::with_token(one.token(&app, &[("may_send", "true")]).await);
    for (who, somebody) in [("one", &one), ("other", &other)] {
        assert_eq!(somebody.ingest(&app, batch(who, 0)).await.status, 200);
    }
    let state = one.get(&app, "/api/session").await.json();
    assert_eq!((state["has_results"].as_bool(), state["current_file"].is_null()), (Some(true), true));
    let stolen = one.on_page_of("http://radar.example");
    let answer = one.post(&app, "/clear-session", "").await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"success": true})));
    assert_eq!(one.messages(&app).await, Vec::<String>::new());
    assert_eq!(token.ingest(&app, batch("one", 1)).await.status, 401, "its tokens are gone");
    assert_eq!(stolen.messages(&app).await, Vec::<String>::new(), "its cookie is gone");
    assert_eq!(other.messages(&app).await.len(), 5);
    // A new one begins empty.
    assert_eq!(one.post(&app, "/api/fn/choose_side", "side=private").await.status, 200);
    assert_eq!(one.messages(&app).await, Vec::<String>::new());
}

async fn a_private_collection_learns_for_itself(home: &Home) {
    let app = TestApp::start(home).await;
    let one = Somebody::with_session(&app).await;
    one.ingest(&app, batch("one", 0)).await;
    let learned = |overview: Value| overview["learning"]["events"].as_u64();
    assert_eq!(learned(one.get(&app, "/api/fn/overview?range=1h").await.json()), Some(5));
    assert_eq!(learned(app.get("/api/fn/overview?range=1h").await.json()), Some(0));
    assert_eq!(learned(Somebody::with_session(&app).await.get(&app, "/api/fn/overview?range=1h").await.json()), Some(0));
}

async fn an_account_that_is_deleted_leaves_nothing_to_who_comes_after(home: &Home) {
    let app = TestApp::start(home).await;
    app.make_account("root@example.org", Role::Administrator).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    ann.ingest(&app, batch("ann", 0)).await;
    assert_eq!(ann.messages(&app).await.len(), 5);
    let before = ann.on_page_of("http://radar.example");
    assert_eq!(ann.post(&app, "/api/fn/delete_account", &form(&[("password", PASSWORD)])).await.status, 200);
    let again = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    assert_eq!(again.messages(&app).await, Vec::<String>::new());
    again.ingest(&app, batch("again", 0)).await;
    assert_eq!(before.messages(&app).await, Vec::<String>::new(), "an old session is not the new account's");
}
