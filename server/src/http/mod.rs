//! The HTTP surface: every route there is, in one table.

mod body;
mod health;
mod ingest;
mod live;
mod openapi;
mod pages;
mod problem;
mod security;
mod site;

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{MethodRouter, get, post},
};
use leptos_axum::AxumRouteListing;

use crate::AppState;
pub use site::Site;

/// What programs ask for, beside the pages and the server functions.
fn endpoints() -> [(&'static str, MethodRouter<AppState>); 5] {
    [
        ("/healthz", get(health::healthz)),
        ("/readyz", get(health::readyz)),
        ("/api/ingest", post(ingest::ingest)),
        ("/api/live", get(live::live)),
        ("/api/openapi.json", get(openapi::document)),
    ]
}

pub fn router(state: AppState) -> Router {
    let router = endpoints().into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    let router = functions().fold(router, |router, (path, method)| {
        let handler = if method == Method::GET { get(pages::server_function) } else { post(pages::server_function) };
        router.route(path, handler)
    });
    pages()
        .iter()
        .fold(router, |router, page| router.route(page.path(), get(pages::page)))
        .fallback(pages::file_or_not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn(security::check_origin))
        .layer(middleware::from_fn(security::set_headers))
        .with_state(state)
}

/// Every path that answers with something of its own, for the test that tries each of them.
pub fn paths() -> Vec<String> {
    let endpoints = endpoints().into_iter().map(|(path, _)| path.to_owned());
    let pages = pages().into_iter().map(|page| page.path().to_owned());
    endpoints.chain(pages).chain(functions().map(|(path, _)| path.to_owned())).collect()
}

fn functions() -> impl Iterator<Item = (&'static str, Method)> {
    leptos::server_fn::axum::server_fn_paths()
}

fn pages() -> Vec<AxumRouteListing> {
    leptos_axum::generate_route_list(radar_app::App)
}
