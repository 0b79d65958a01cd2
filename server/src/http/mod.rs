//! The HTTP surface: every route there is, in one table.

mod asker;
mod body;
mod client;
mod export;
mod health;
mod ingest;
pub mod listener;
mod live;
mod openapi;
mod packing;
mod pages;
mod patience;
mod problem;
mod security;
mod session;
mod sessions;
mod site;

use std::sync::LazyLock;

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{MethodRouter, get, post},
};
use leptos_axum::AxumRouteListing;

use crate::AppState;
pub use site::Site;

/// What is asked without saying who asks.
fn health() -> [(&'static str, MethodRouter<AppState>); 2] {
    [("/healthz", get(health::healthz)), ("/readyz", get(health::readyz))]
}

/// What programs ask for, beside the pages and the server functions.
fn endpoints() -> [(&'static str, MethodRouter<AppState>); 6] {
    [
        ("/api/ingest", post(ingest::ingest)),
        ("/api/live", get(live::live)),
        ("/api/export", get(export::export)),
        ("/api/session", get(session::session)),
        ("/clear-session", post(session::clear)),
        ("/api/openapi.json", get(openapi::document)),
    ]
}

pub fn router(state: AppState) -> Router {
    let router = endpoints().into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    let router = functions().fold(router, |router, (path, method)| {
        let handler = if method == Method::GET { get(pages::server_function) } else { post(pages::server_function) };
        router.route(path, handler)
    });
    let router = pages()
        .iter()
        .fold(router, |router, page| router.route(page.path(), get(pages::page)))
        .fallback(pages::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(packing::layer())
        .layer(middleware::from_fn(packing::leave_plain_for_other_sites))
        .layer(middleware::from_fn_with_state(state.clone(), asker::identify))
        .layer(sessions::layer(state.services.clone(), state.door.is_secure))
        .layer(middleware::from_fn_with_state(state.clone(), asker::admit))
        .layer(middleware::from_fn_with_state(state.clone(), pages::file));
    health()
        .into_iter()
        .fold(router, |router, (path, handler)| router.route(path, handler))
        .layer(middleware::from_fn_with_state(patience::ANSWER_PATIENCE, patience::limit_time))
        .layer(middleware::from_fn(security::check_origin))
        .layer(middleware::from_fn_with_state(state.door, security::check_host))
        .layer(middleware::from_fn_with_state(state.door, security::set_headers))
        .with_state(state)
}

/// Every path that answers with something of its own, for the test that tries each of them.
pub fn paths() -> Vec<String> {
    let endpoints = health().into_iter().chain(endpoints()).map(|(path, _)| path.to_owned());
    let pages = pages().into_iter().map(|page| page.path().to_owned());
    endpoints.chain(pages).chain(functions().map(|(path, _)| path.to_owned())).collect()
}

fn functions() -> impl Iterator<Item = (&'static str, Method)> {
    leptos::server_fn::axum::server_fn_paths()
}

/// Listed once for the whole program: while leptos lists them, no page that is being rendered loads anything.
fn pages() -> Vec<AxumRouteListing> {
    static PAGES: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| leptos_axum::generate_route_list(radar_app::App));
    PAGES.clone()
}
