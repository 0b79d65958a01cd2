use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use radar_app::{api::ServerContext, shell};
use radar_services::Actor;

use super::{body, problem::Failure};
use crate::{AppState, state::now};

/// The largest form that a server function takes.
const FORM_BYTES_MAX: usize = 1024 * 1024;

/// Renders the page of the route.
pub(super) async fn page(State(state): State<AppState>, request: Request) -> Response {
    let context = context_of(&state);
    leptos_axum::render_app_async_with_context(move || provide_context(context.clone()), shell)(request).await
}

pub(super) async fn server_function(State(state): State<AppState>, mut request: Request) -> Response {
    // Leptos knows of no HEAD; axum keeps its answer's body back.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    // Leptos would read a form of any length.
    if request.method() == Method::POST {
        let (parts, form) = request.into_parts();
        match body::read(form, FORM_BYTES_MAX).await {
            Ok(form) => request = Request::from_parts(parts, form.into()),
            Err(failure) => return failure.into_response(),
        }
    }
    let context = context_of(&state);
    let mut response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request).await.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// A file of the page, or the page that says there is nothing here. Programs that ask below `/api`
/// get the same in their language.
pub(super) async fn file_or_not_found(State(state): State<AppState>, request: Request) -> Response {
    if ![Method::GET, Method::HEAD].contains(request.method()) {
        return Failure::not_found().into_response();
    }
    if let Some(file) = state.site.file(request.uri().path(), request.headers()) {
        return file;
    }
    let path = request.uri().path();
    if path.starts_with("/api/") || path.starts_with("/pkg/") {
        return Failure::not_found().into_response();
    }
    let mut response = page(State(state), request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn context_of(state: &AppState) -> ServerContext {
    ServerContext { services: state.services.clone(), actor: Actor::Visitor, now: now(), assets: state.site.assets() }
}
