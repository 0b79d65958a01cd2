use axum::{extract::State, http::StatusCode};

use super::problem::Failure;
use crate::AppState;

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// An event sent now would be kept.
pub(super) async fn readyz(State(state): State<AppState>) -> Result<(StatusCode, &'static str), Failure> {
    state.services.ready().await?;
    Ok((StatusCode::OK, "ready\n"))
}
