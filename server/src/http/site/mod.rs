//! The page's files: scripts, wasm, styles and icons, with their compressed forms.
//!
//! A released program holds them inside (`embedded.rs`); while working on RADAR they are read from
//! the folder that the build wrote (`folder.rs`). Both load everything at the start, so a request
//! touches no disk and a path can name nothing but what was loaded.

#[cfg(feature = "embed")]
mod embedded;
#[cfg(not(feature = "embed"))]
mod folder;

#[cfg(feature = "embed")]
use embedded::files;
#[cfg(not(feature = "embed"))]
use folder::files;

use std::{borrow::Cow, collections::HashMap, sync::Arc};

use anyhow::{Context, Result};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use radar_app::api::Assets;

use crate::state::now;

/// Written by the build beside the files: the name that each asset got with its hash.
const ASSETS_FILE: &str = "assets.json";

pub struct Site {
    files: HashMap<String, File>,
    assets: Arc<Assets>,
    version: Arc<str>,
}

#[derive(Default)]
struct File {
    plain: Bytes,
    brotli: Option<Bytes>,
    gzip: Option<Bytes>,
}

impl Site {
    pub fn load() -> Result<Self> {
        Self::from_files(files()?)
    }

    /// Sorts `name`, `name.br` and `name.gz` into one file of three forms.
    pub fn from_files(listed: Vec<(Cow<'static, str>, Bytes)>) -> Result<Self> {
        let mut files = HashMap::<String, File>::new();
        let mut assets = None;
        for (path, content) in listed {
            if path == ASSETS_FILE {
                assets = Some(serde_json::from_slice(&content).context("the list of the page's files is damaged; build it again")?);
            } else if let Some(path) = path.strip_suffix(".br") {
                files.entry(format!("/{path}")).or_default().brotli = Some(content);
            } else if let Some(path) = path.strip_suffix(".gz") {
                files.entry(format!("/{path}")).or_default().gzip = Some(content);
            } else {
                files.entry(format!("/{path}")).or_default().plain = content;
            }
        }
        let assets: Assets = assets.context("the page has not been built; `cargo xtask serve` builds and starts it")?;
        let version = [&assets.start, &assets.frontend_wasm, &assets.style].map(String::as_str).join(" ").into();
        Ok(Self { files, assets: Arc::new(assets), version })
    }

    /// Makes every start a version of its own: while RADAR is worked on, a page is loaded anew after each.
    pub(crate) fn changing_with_each_start(mut self) -> Self {
        self.version = format!("{} {}", self.version, now()).into();
        self
    }

    /// Differs where the page that a browser holds is not the one this server would give it.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn assets(&self) -> Arc<Assets> {
        Arc::clone(&self.assets)
    }

    /// The file at a URL's path, in the smallest form that the client takes.
    pub(super) fn file(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        let file = self.files.get(path)?;
        let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (content, encoding) = match (&file.brotli, &file.gzip) {
            (Some(brotli), _) if accepts(accepted, "br") => (brotli, Some("br")),
            (_, Some(gzip)) if accepts(accepted, "gzip") => (gzip, Some("gzip")),
            _ => (&file.plain, None),
        };
        let mut response = Response::new(Body::from(content.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if let Some(encoding) = encoding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        // A name with a hash means this content for ever; the others are few and small.
        let caching = if path.starts_with("/pkg/") { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
        Some(response)
    }
}

/// Whether an `Accept-Encoding` names the encoding and doesn't refuse it with `q=0`.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let is_refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0)));
        is_named && !is_refused
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("json" | "map") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let assets = r#"{"start":"/pkg/s.1.js","frontend_wasm":"f","worker":"w","worker_wasm":"ww","style":"st"}"#;
        let file = |path: &'static str, content: &'static str| (Cow::Borrowed(path), Bytes::from_static(content.as_bytes()));
        Site::from_files(vec![
            file("assets.json", assets),
            file("pkg/s.1.js", "plain"),
            file("pkg/s.1.js.br", "brotli"),
            file("favicon.svg", "icon"),
        ])
        .unwrap()
    }

    fn check(path: &str, accepted: &'static str, expected: Option<Option<&str>>) {
        let request = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
        let encoding = site().file(path, &request).map(|response| response.headers().get(header::CONTENT_ENCODING).cloned());
        assert_eq!(encoding, expected.map(|expected| expected.map(|name| name.parse().unwrap())), "{path} {accepted}");
    }

    #[test]
    fn the_smallest_accepted_form_is_served() {
        check("/pkg/s.1.js", "gzip, deflate, br", Some(Some("br")));
        check("/pkg/s.1.js", "gzip", Some(None));
        check("/pkg/s.1.js", "br;q=0, gzip", Some(None));
        check("/favicon.svg", "br", Some(None));
    }

    #[test]
    fn a_path_names_nothing_but_what_was_loaded() {
        for path in ["/", "/assets.json", "/pkg/../favicon.svg", "//favicon.svg", "/pkg/s.1.js.br", "/pkg/"] {
            check(path, "", None);
        }
    }
}
