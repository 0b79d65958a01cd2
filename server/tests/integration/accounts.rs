//! Accounts and sessions as a browser meets them: cookies, what ends them, and what hostile input does to them.

use std::num::NonZeroU32;
use std::time::Duration;

use axum::http::header;
use radar_server::{Door, IngestRule};
use radar_services::AccountRules;
use radar_types::Role;
use radar_types::people::Registration;
use serde_json::json;

use crate::feed::Feed;
use crate::people::{PASSWORD, Somebody, code, form};
use crate::support::{Home, TestApp, on_every_store, record};

on_every_store! {
    nobody_gets_a_cookie_without_a_need,
    cookies_are_for_this_server_alone_and_no_script_reads_them,
    logging_in_gives_the_session_another_secret,
    what_ends_a_session_ends_it_everywhere,
    an_open_feed_ends_with_the_right_to_it,
    a_session_that_nobody_uses_is_gone_with_its_collection,
    the_first_administrator_is_made_on_the_page,
    the_environment_raises_nobody_who_was_faster,
    what_is_there_under_an_address_is_for_who_is_invited,
    a_browser_without_scripts_is_led_back_to_its_form,
    who_guesses_passwords_waits,
    who_asks_too_much_is_asked_to_wait,
    addresses_come_from_trusted_proxies_alone,
    hostile_names_and_passwords_are_only_wrong,
    a_name_that_is_taken_answers_as_one_that_is_free,
    private_answers_are_nobodys_to_keep,
}

const SECURE: Door = Door { is_local: false, is_secure: true, trusted_hops: 0 };

async fn with(home: &Home, rules: AccountRules, door: Door) -> TestApp {
    TestApp::with_rules(home.open().await, IngestRule::Nobody, rules, door).await
}

async fn nobody_gets_a_cookie_without_a_need(home: &Home) {
    let app = TestApp::start(home).await;
    for path in ["/", "/settings", "/log-in", "/api/fn/viewer", "/api/fn/overview?range=1h", "/healthz", "/nothing"] {
        let answer = Somebody::new().get(&app, path).await;
        assert_eq!(answer.headers.get(header::SET_COOKIE), None, "{path}");
    }
}

async fn cookies_are_for_this_server_alone_and_no_script_reads_them(home: &Home) {
    let app = with(home, AccountRules::default(), SECURE).await;
    let answer = Somebody::new().post(&app, "/api/fn/choose_side", "side=private").await;
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    for part in ["__Host-radar=", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(part), "{part} is missing in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    // The public name of the session is not its secret.
    let somebody = Somebody::with_session(&app).await;
    let id = somebody.get(&app, "/api/session").await.json()["session_id"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    assert!(!somebody.cookie().unwrap().contains(&id));
}

async fn logging_in_gives_the_session_another_secret(home: &Home) {
    let app = TestApp::start(home).await;
    app.make_account("ann@example.org", Role::Viewer).await;
    let somebody = Somebody::with_session(&app).await;
    let planted = somebody.on_page_of("http://radar.example");
    somebody.log_in(&app, "ann@example.org").await;
    assert_ne!(somebody.cookie(), planted.cookie());
    let me = somebody.get(&app, "/api/fn/viewer").await.json();
    assert_eq!(me["account"], json!({"email": "ann@example.org", "role": "viewer"}));
    for path in ["/api/fn/viewer", "/api/fn/tokens"] {
        let answer = planted.get(&app, path).await;
        assert!(!answer.text().contains("ann@example.org"), "{}", answer.text());
    }
}

async fn what_ends_a_session_ends_it_everywhere(home: &Home) {
    let app = TestApp::start(home).await;
    let is_logged_in = async |somebody: &Somebody| !somebody.get(&app, "/api/fn/viewer").await.json()["account"].is_null();
    let here = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    let there = Somebody::new();
    there.log_in(&app, "ann@example.org").await;
    let copied = here.on_page_of("http://radar.example");

    assert_eq!(here.post(&app, "/api/fn/log_out", "").await.status, 200);
    assert!(here.cookie().is_none());
    assert!(!is_logged_in(&copied).await, "who has the cookie is logged out, too");
    assert!(is_logged_in(&there).await);

    here.log_in(&app, "ann@example.org").await;
    let passwords = form(&[("old", PASSWORD), ("new", "another few words")]);
    assert_eq!(here.post(&app, "/api/fn/change_password", &passwords).await.status, 200);
    assert!(is_logged_in(&here).await);
    assert!(!is_logged_in(&there).await);
    assert_eq!(here.post(&app, "/api/fn/log_out_everywhere", "").await.status, 200);
    assert!(!is_logged_in(&here).await);
}

async fn an_open_feed_ends_with_the_right_to_it(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    let bearer = Somebody::with_token(ann.token(&app, &[("may_read", "true")]).await);
    let mut by_cookie = Feed::open(&app, &ann, "/api/live?after=0").await;
    let mut by_token = Feed::open(&app, &bearer, "/api/live?after=0").await;
    let mut public = Feed::open(&app, &Somebody::default(), "/api/live?after=0").await;
    ann.ingest(&app, record("own").to_string()).await;
    by_cookie.next().await;
    by_token.next().await;
    let id = ann.get(&app, "/api/fn/tokens").await.json()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ann.post(&app, "/api/fn/revoke_token", &form(&[("id", &id)])).await.status, 200);
    by_token.end().await;
    ann.ingest(&app, record("still").to_string()).await;
    by_cookie.next().await;
    assert_eq!(ann.post(&app, "/api/fn/log_out", "").await.status, 200);
    by_cookie.end().await;
    // What everybody may read goes on.
    app.ingest(record("public").to_string()).await;
    public.next().await;
}

async fn a_session_that_nobody_uses_is_gone_with_its_collection(home: &Home) {
    let rules = AccountRules { session_idle: Duration::from_millis(1500), ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    let somebody = Somebody::with_session(&app).await;
    let bearer = Somebody::with_token(somebody.token(&app, &[("may_send", "true"), ("may_read", "true")]).await);
    assert_eq!(bearer.ingest(&app, record("here").to_string()).await.status, 200);
    assert_eq!(somebody.messages(&app).await, ["here"]);
    tokio::time::sleep(Duration::from_millis(1600)).await;
    assert_eq!(somebody.messages(&app).await, Vec::<String>::new(), "it sees what everybody does");
    app.services.end_expired_sessions(crate::support::now()).await.unwrap();
    assert_eq!(bearer.get(&app, "/api/fn/overview?range=1h").await.status, 401);
}

async fn the_first_administrator_is_made_on_the_page(home: &Home) {
    let rules = AccountRules { setup_code: Some("0123456789abcdef".into()), ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    assert!(app.get("/").await.text().contains("Nobody administers this server yet"));
    let first = Somebody::new();
    let fields = |code: &'static str| form(&[("email", "root@example.org"), ("password", PASSWORD), ("code", code)]);
    let refused = first.post(&app, "/api/fn/set_up", &fields("guessed")).await;
    assert_eq!((refused.status.as_u16(), code(&refused)), (403, json!("not_allowed")));
    assert_eq!(first.post(&app, "/api/fn/set_up", &fields("0123456789abcdef")).await.status, 200);
    assert_eq!(first.get(&app, "/api/fn/viewer").await.json()["account"]["role"], "administrator");
    assert!(!app.get("/").await.text().contains("Nobody administers this server yet"));
    let late = Somebody::new().post(&app, "/api/fn/set_up", &fields("0123456789abcdef")).await;
    assert_eq!(late.status, 404);
}

async fn the_environment_raises_nobody_who_was_faster(home: &Home) {
    let rules = AccountRules { registration: Registration::Open, ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    let faster = Somebody::new();
    faster.post(&app, "/api/fn/register", &form(&[("email", "root@example.org"), ("password", PASSWORD)])).await;
    let now = crate::support::now();
    assert!(app.services.ensure_administrator("root@example.org", "what the operator chose", now).await.is_err());
    faster.log_in(&app, "root@example.org").await;
    assert_eq!(faster.get(&app, "/api/fn/viewer").await.json()["account"]["role"], "viewer");
    app.services.ensure_administrator("root@example.org", PASSWORD, now).await.unwrap();
    assert_eq!(faster.get(&app, "/api/fn/viewer").await.json()["account"]["role"], "administrator");
}

async fn what_is_there_under_an_address_is_for_who_is_invited(home: &Home) {
    let rules = AccountRules { registration: Registration::Open, ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    let old = radar_types::CollectionId::new("ann@example.org").unwrap();
    app.store.create(&old, crate::support::now()).await.unwrap();
    let fields = form(&[("email", "ann@example.org"), ("password", PASSWORD)]);
    assert_eq!(Somebody::new().post(&app, "/api/fn/register", &fields).await.status, 200, "it says no more than to others");
    assert_eq!(Somebody::new().post(&app, "/api/fn/log_in", &fields).await.status, 401);
    Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
}

async fn a_browser_without_scripts_is_led_back_to_its_form(home: &Home) {
    let app = TestApp::start(home).await;
    let request = Somebody::new().request(&axum::http::Method::POST, "/api/fn/log_in");
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = request.header(header::ACCEPT, "text/html").header(header::REFERER, "http://radar.example/log-in");
    let fields = form(&[("email", "ann@example.org"), ("password", "a wrong guess")]);
    let answer = app.send(request.body(axum::body::Body::from(fields)).unwrap()).await;
    assert_eq!(answer.status, 303);
    let to = answer.headers[header::LOCATION].to_str().unwrap();
    assert!(to.starts_with("http://radar.example/log-in?__path="), "{to}");
    let page = app.get(to.strip_prefix("http://radar.example").unwrap()).await;
    assert!(page.text().contains("The e-mail address or the password is wrong."));
}

async fn who_guesses_passwords_waits(home: &Home) {
    let app = TestApp::start(home).await;
    app.make_account("ann@example.org", Role::Viewer).await;
    for email in ["ann@example.org", "nobody@example.org"] {
        let guess = form(&[("email", email), ("password", "a wrong guess")]);
        let mut statuses = Vec::new();
        for _ in 0..11 {
            let answer = Somebody::new().post(&app, "/api/fn/log_in", &guess).await;
            if answer.status == 429 {
                let wait: u64 = answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
                assert!((1..=60).contains(&wait));
                assert_eq!(code(&answer), "too_many");
            }
            statuses.push(answer.status.as_u16());
        }
        assert_eq!(statuses, [[401; 10].as_slice(), &[429]].concat(), "{email}");
    }
}

async fn who_asks_too_much_is_asked_to_wait(home: &Home) {
    let rules = AccountRules { requests_per_second: NonZeroU32::new(1), ..AccountRules::default() };
    let app = with(home, rules, Door { trusted_hops: 1, ..Door::default() }).await;
    let ask = async |from: &str| {
        let request = Somebody::default().request(&axum::http::Method::GET, "/api/fn/viewer").header("x-forwarded-for", from);
        app.send(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let mut last = ask("192.0.2.1").await;
    for _ in 0..11 {
        last = ask("192.0.2.1").await;
    }
    assert_eq!((last.status.as_u16(), code(&last)), (429, json!("too_many")));
    assert_eq!(last.headers[header::RETRY_AFTER], "1");
    assert_eq!(ask("192.0.2.2").await.status, 200, "others are not concerned");
    assert_eq!(app.get("/healthz").await.status, 200);
}

async fn addresses_come_from_trusted_proxies_alone(home: &Home) {
    let rules = AccountRules { requests_per_second: NonZeroU32::new(1), ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    let mut statuses = Vec::new();
    for number in 0..12 {
        let request = Somebody::default().request(&axum::http::Method::GET, "/api/fn/viewer");
        let request = request.header("x-forwarded-for", format!("192.0.2.{number}"));
        statuses.push(app.send(request.body(axum::body::Body::empty()).unwrap()).await.status.as_u16());
    }
    assert_eq!(statuses.last(), Some(&429), "a header that anybody can write changes nothing");
}

async fn hostile_names_and_passwords_are_only_wrong(home: &Home) {
    let rules = AccountRules { registration: Registration::Open, ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    app.make_account("ann@example.org", Role::Viewer).await;
    for email in [
        "",
        "{\"$ne\":null}",
        "{\"$gt\":\"\"}",
        "ann@example.org\0",
        "../../etc/passwd@example.org",
        "..\\..\\users@example.org",
        "\u{430}nn@example.org",
        "ann@example.org\u{200b}",
        "Event_Logs",
        "Users",
        "session:00000000000000000000000000000000",
        "<script>alert(1)</script>@example.org",
        "'; DROP TABLE users; --@example.org",
    ] {
        let log_in = Somebody::new().post(&app, "/api/fn/log_in", &form(&[("email", email), ("password", PASSWORD)])).await;
        assert!([401, 429].contains(&log_in.status.as_u16()), "{email:?}: {} {}", log_in.status, log_in.text());
        let register = Somebody::new().post(&app, "/api/fn/register", &form(&[("email", email), ("password", PASSWORD)])).await;
        assert!([400, 429].contains(&register.status.as_u16()), "{email:?}: {} {}", register.status, register.text());
    }
    // What a framework might read as a question to the database.
    for body in
        ["email[$ne]=x&password[$ne]=x", "email=ann%40example.org&password[$regex]=.*", "{\"email\":{\"$ne\":1}}", "%ff=%fe"]
    {
        let answer = Somebody::new().post(&app, "/api/fn/log_in", body).await;
        assert!([400, 401, 429].contains(&answer.status.as_u16()), "{body}: {} {}", answer.status, answer.text());
    }
    let long = form(&[("email", "ann@example.org"), ("password", &"x".repeat(1 << 20))]);
    assert_eq!(Somebody::new().post(&app, "/api/fn/log_in", &long).await.status, 413);
    let names: Vec<String> = app.store.collections().await.unwrap().into_iter().map(|info| info.id.as_str().to_owned()).collect();
    assert!(names.iter().all(|name| name == "Event_Logs"), "{names:?}");
}

async fn a_name_that_is_taken_answers_as_one_that_is_free(home: &Home) {
    let rules = AccountRules { registration: Registration::Open, ..AccountRules::default() };
    let app = with(home, rules, Door::default()).await;
    app.make_account("ann@example.org", Role::Viewer).await;
    let register = async |email: &str| {
        let fields = form(&[("email", email), ("password", "what eve would like")]);
        let answer = Somebody::new().post(&app, "/api/fn/register", &fields).await;
        let headers: Vec<String> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
        (answer.status, answer.text().into_owned(), headers)
    };
    assert_eq!(register("ann@example.org").await, register("free@example.org").await);
    Somebody::new().log_in(&app, "ann@example.org").await;
}

async fn private_answers_are_nobodys_to_keep(home: &Home) {
    let app = TestApp::start(home).await;
    let ann = Somebody::with_account(&app, "ann@example.org", Role::Viewer).await;
    for path in ["/", "/settings", "/api/session", "/api/fn/viewer", "/api/fn/overview?range=1h", "/api/fn/tokens", "/nothing"] {
        let answer = ann.get(&app, path).await;
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store", "{path}");
    }
}
