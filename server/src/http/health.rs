use axum::{extract::State, http::StatusCode};

use super::{openapi::Fails, problem::Failure};
use crate::AppState;

/// The process answers
#[utoipa::path(get, path = "/healthz", tag = "Server", responses((status = 200, description = "It does", body = String)))]
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// An event sent now would be kept
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "Server",
    responses((status = 200, description = "It would", body = String), Fails<500>, Fails<503>, Fails<507>),
)]
pub(super) async fn readyz(State(state): State<AppState>) -> Result<(StatusCode, &'static str), Failure> {
    state.services.ready().await?;
    Ok((StatusCode::OK, "ready\n"))
}
