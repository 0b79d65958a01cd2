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
    let page = somebody.get(app, "/").await;
    let others = ["ann", "bob", "one", "other"].into_iter().filter(|other| *other != who);
    for other in others {
        assert!(!page.text().contains(&format!("host-of-{other}")), "{who} sees {other}");
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
        })
    });
    join_all(work).await;

    for ((who, somebody), (_, bearer)) in people.iter().zip(&tokens) {
        check_sees_only(&app, who, somebody).await;
        check_sees_only(&app, who, bearer).await;
        assert_eq!(somebody.get(&app, "/api/fn/tokens").await.json().as_array().unwrap().len(), 1);
    }
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
