//! What the server gives to a page or a server function while it renders or runs it.

use std::collections::HashMap;

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::{nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use radar_services::{Asker, Services, Session};
use radar_types::{Timestamp, wire::Problem};

use super::ApiError;
use crate::reader::Theme;

/// The addresses of the page's files; their names carry a hash of their content.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Assets {
    pub start: String,
    /// What `start` imports, so that the browser need not read it to know.
    #[serde(default)]
    pub start_modules: Vec<String>,
    /// What draws charts.
    #[serde(default)]
    pub chart_modules: Vec<String>,
    pub frontend_wasm: String,
    /// What a page needs beside that, by the name of the page.
    #[serde(default)]
    pub parts: HashMap<String, Vec<String>>,
    pub worker: String,
    pub worker_wasm: String,
    pub style: String,
}

/// Provided by the server for each request.
#[derive(Clone)]
pub struct ServerContext {
    pub services: Services,
    pub asker: Asker,
    pub now: Timestamp,
    pub assets: std::sync::Arc<Assets>,
}

impl ServerContext {
    /// The session of whoever asks, or a new one.
    pub(super) fn session(&self) -> Result<Session, ApiError> {
        Ok(self.asker.session_or_new(&self.services, self.now)?)
    }

    /// What the session is from now on.
    pub(super) fn keep(&self, session: Session) -> Result<(), ApiError> {
        self.asker.keep(Some(session));
        Ok(())
    }
}

pub(super) fn context() -> ServerContext {
    expect_context()
}

impl From<radar_services::Error> for ApiError {
    fn from(error: radar_services::Error) -> Self {
        set_status(error.kind().status());
        if error.kind().status() >= 500 {
            tracing::error!(error = &error as &dyn std::error::Error, "a server function failed");
        }
        if let (Some(response), Some(wait)) = (use_context::<ResponseOptions>(), error.retry_after()) {
            response.insert_header(header::RETRY_AFTER, HeaderValue::from(wait.as_secs() + 1));
        }
        Self(Problem { code: error.kind().code().into(), message: error.to_string() })
    }
}

/// Of the answer to the request that is being served.
pub(super) fn set_status(status: u16) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.set_status(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
}

/// The theme the reader chose, if they did; without one the page follows the system.
pub(crate) fn page_theme() -> Option<Theme> {
    let parts = use_context::<Parts>()?;
    let cookies = parts.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    Theme::of_name(cookies.flat_map(|line| line.split(';')).find_map(|cookie| cookie.trim().strip_prefix("theme="))?)
}

/// A page may run what this server sent with it and nothing else.
pub(crate) fn set_page_headers(assets: &Assets) {
    let Some(response) = use_context::<ResponseOptions>() else { return };
    let nonce = use_nonce().map(|nonce| format!(" 'nonce-{nonce}'")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{nonce}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    );
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    // The browser fetches these while it still reads the page: first what it needs to show it, then what the page runs on.
    let style = format!("<{}>; rel=preload; as=style", assets.style);
    let wasm = [&assets.frontend_wasm].into_iter().chain(assets.parts.get(page_name().as_str()).into_iter().flatten());
    let wasm = wasm.map(|module| format!("<{module}>; rel=preload; as=fetch; crossorigin=anonymous; type=\"application/wasm\""));
    for preload in [style].into_iter().chain(wasm) {
        if let Ok(preload) = HeaderValue::from_str(&preload) {
            response.append_header(header::LINK, preload);
        }
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// What the page that is asked for draws charts with. They are drawn once the page runs, and would be fetched only then.
pub(crate) fn chart_modules(assets: &Assets) -> &[String] {
    if ["overview", "explore", "graph"].contains(&page_name().as_str()) { &assets.chart_modules } else { &[] }
}

fn page_name() -> String {
    let path = use_context::<Parts>().map(|parts| parts.uri.path().to_owned()).unwrap_or_default();
    match path.trim_matches('/') {
        "" => "overview".into(),
        page => page.into(),
    }
}

pub(crate) fn set_not_found() {
    set_status(404);
}
