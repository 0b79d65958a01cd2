//! The HTTP surface: every route there is, in one table.

mod health;
mod ingest;
mod live;
mod pages;
mod problem;
mod security;
mod site;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use crate::AppState;
pub use site::Site;

pub fn router(state: AppState) -> Router {
    let pages = leptos_axum::generate_route_list(radar_app::App);
    pages
        .iter()
        .fold(Router::new(), |router, page| router.route(page.path(), get(pages::page)))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/api/ingest", post(ingest::ingest))
        .route("/api/live", get(live::live))
        .route("/api/fn/{*function}", get(pages::server_function).post(pages::server_function))
        .fallback(get(pages::file_or_not_found))
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn(security::check_origin))
        .layer(middleware::from_fn(security::set_headers))
        .with_state(state)
}
