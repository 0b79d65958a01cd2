//! The HTTP surface: every route there is, in one table.

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
mod site;

use axum::{
    Router, middleware,
    routing::{MethodRouter, get, post},
};
use leptos_axum::AxumRouteListing;

use crate::AppState;
pub use security::Reach;
pub use site::Site;

/// What programs ask for, beside the pages and the server functions.
fn endpoints() -> [(&'static str, MethodRouter<AppState>); 4] {
    [
        ("/healthz", get(health::healthz)),
        ("/readyz", get(health::readyz)),
        ("/api/ingest", post(ingest::ingest)),
        ("/api/live", get(live::live)),
    ]
}

pub fn router(state: AppState) -> Router {
    let router = endpoints().into_iter().fold(Router::new(), |router, (path, handler)| router.route(path, handler));
    pages()
        .iter()
        .fold(router, |router, page| router.route(page.path(), get(pages::page)))
        .route("/api/fn/{*function}", get(pages::server_function).post(pages::server_function))
        .fallback(get(pages::file_or_not_found))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn_with_state(patience::ANSWER_PATIENCE, patience::limit_time))
        .layer(middleware::from_fn(security::check_origin))
        .layer(middleware::from_fn_with_state(state.reach, security::check_host))
        .layer(middleware::from_fn_with_state(state.reach, security::set_headers))
        .with_state(state)
}

/// Every path that answers with something of its own, for the test that tries each of them.
pub fn paths() -> Vec<String> {
    let endpoints = endpoints().into_iter().map(|(path, _)| path.to_owned());
    let pages = pages().into_iter().map(|page| page.path().to_owned());
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned());
    endpoints.chain(pages).chain(functions).collect()
}

fn pages() -> Vec<AxumRouteListing> {
    leptos_axum::generate_route_list(radar_app::App)
}
