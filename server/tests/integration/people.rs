//! Somebody with a browser, or with a token: what they send with each request.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use axum::body::Body;
use axum::http::{Method, Request, header, request::Builder};
use radar_types::Role;
use serde_json::Value;

use crate::support::{Answer, TestApp};

pub(crate) const PASSWORD: &str = "a few good words";
const ORIGIN: &str = "http://radar.example";

#[derive(Default)]
pub(crate) struct Somebody {
    cookie: Mutex<Option<String>>,
    token: Option<String>,
    origin: Option<String>,
    from: Option<String>,
}

impl Somebody {
    /// A browser without a cookie.
    pub(crate) fn new() -> Self {
        Self { origin: Some(ORIGIN.into()), ..Self::default() }
    }

    /// A browser that no other one shares its address with.
    pub(crate) fn elsewhere() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0x0a00_0000);
        let from = Ipv4Addr::from_bits(COUNT.fetch_add(1, Ordering::Relaxed)).to_string();
        Self { from: Some(from), ..Self::new() }
    }

    pub(crate) fn with_token(token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..Self::default() }
    }

    /// A browser that shows somebody else's page, with this one's cookie.
    pub(crate) fn on_page_of(&self, origin: &str) -> Self {
        Self { cookie: Mutex::new(self.cookie()), token: self.token.clone(), origin: Some(origin.into()), from: self.from.clone() }
    }

    pub(crate) async fn with_session(app: &TestApp) -> Self {
        let somebody = Self::new();
        let answer = somebody.post(app, "/api/fn/choose_side", "side=private").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        somebody
    }

    /// Somebody with a new account, logged in and looking at their own collection.
    pub(crate) async fn with_account(app: &TestApp, email: &str, role: Role) -> Self {
        app.make_account(email, role).await;
        let somebody = Self::new();
        somebody.log_in(app, email).await;
        somebody
    }

    pub(crate) async fn log_in(&self, app: &TestApp, email: &str) {
        let answer = self.post(app, "/api/fn/log_in", &form(&[("email", email), ("password", PASSWORD)])).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    pub(crate) fn cookie(&self) -> Option<String> {
        self.cookie.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn request(&self, method: &Method, path: &str) -> Builder {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "radar.example");
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if let Some(from) = &self.from {
            request = request.header("x-forwarded-for", from);
        }
        if let Some(origin) = &self.origin {
            request = request.header(header::ORIGIN, origin);
        }
        request
    }

    pub(crate) async fn send(&self, app: &TestApp, request: Request<Body>) -> Answer {
        let answer = app.send(request).await;
        self.remember(&answer);
        answer
    }

    fn remember(&self, answer: &Answer) {
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let is_gone = pair.ends_with('=');
            *self.cookie.lock().unwrap_or_else(PoisonError::into_inner) = (!is_gone).then_some(pair);
        }
    }

    pub(crate) async fn get(&self, app: &TestApp, path: &str) -> Answer {
        self.send(app, self.request(&Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, app: &TestApp, path: &str, form: &str) -> Answer {
        let request = self.request(&Method::POST, path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(app, request.body(Body::from(form.to_owned())).unwrap()).await
    }

    pub(crate) async fn ingest(&self, app: &TestApp, body: String) -> Answer {
        self.send(app, self.request(&Method::POST, "/api/ingest").body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn token(&self, app: &TestApp, fields: &[(&str, &str)]) -> String {
        let fields = [&[("name", "test")], fields].concat();
        let answer = self.post(app, "/api/fn/create_token", &form(&fields)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json().as_str().unwrap().to_owned()
    }

    /// The messages of the newest events in view, newest first.
    pub(crate) async fn messages(&self, app: &TestApp) -> Vec<String> {
        let overview = self.get(app, "/api/fn/overview?range=1h").await;
        assert_eq!(overview.status, 200, "{}", overview.text());
        let rows = overview.json()["newest"].as_array().unwrap().clone();
        rows.iter().map(|row| row["scored"]["event"]["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// The fields as a form sends them.
pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let escaped = |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        text.bytes().map(escaped).collect::<String>()
    };
    fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

pub(crate) fn code(answer: &Answer) -> Value {
    answer.json()["code"].clone()
}
