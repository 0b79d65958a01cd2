//! The HTTP surface: every route there is, in one table.

mod asker;
mod body;
mod client;
mod health;
mod ingest;
pub mod listener;
mod live;
mod pages;
mod patience;
mod problem;
mod security;
mod session;
mod sessions;
mod site;

use axum::{
    Router, middleware,
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
fn endpoints() -> [(&'static str, MethodRouter<AppState>); 4] {
    [
        ("/api/ingest", post(ingest::ingest)),
        ("/api/live", get(live::live)),
        ("/api/session", get(session::session)),
        ("/clear-session", post(session::clear)),
    ]
}

pub fn router(state: AppState) -> Router {
    let router = endpoints().into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    let router = pages()
        .iter()
        .fold(router, |router, page| router.route(page.path(), get(pages::page)))
        .route("/api/fn/{*function}", get(pages::server_function).post(pages::server_function))
        .fallback(get(pages::not_found))
        .method_not_allowed_fallback(problem::method_not_allowed)
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
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    endpoints.chain(pages).chain(functions).collect()
}

fn pages() -> Vec<AxumRouteListing> {
    leptos_axum::generate_route_list(radar_app::App)
}
