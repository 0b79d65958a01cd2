//! What programs ask of the session that their cookie stands for, and how they end it.

use axum::extract::State;
use axum::{Extension, Json};
use radar_services::Asker;
use radar_types::people::SessionState;
use serde::Serialize;
use utoipa::ToSchema;

use super::{openapi::Fails, problem::Failure};
use crate::{AppState, state::now};

/// The session that the cookie stands for
///
/// Begins one where there is none.
#[utoipa::path(
    get,
    path = "/api/session",
    tag = "Session",
    responses((status = 200, description = "What it is", body = SessionState), Fails<404>, Fails<429>, Fails<500>, Fails<503>, Fails<507>),
    security((), ("session" = [])),
)]
pub(super) async fn session(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
) -> Result<Json<SessionState>, Failure> {
    let session = asker.session_or_new(&state.services, now())?;
    let shown = state.services.session_state(&asker.actor, asker.side, &session).await?;
    asker.keep(Some(session));
    Ok(Json(shown))
}

#[derive(Serialize, ToSchema)]
pub(super) struct Cleared {
    success: bool,
}

/// Clear the session
///
/// Removes its private collection, and the tokens for it.
#[utoipa::path(
    post,
    path = "/clear-session",
    tag = "Session",
    responses((status = 200, description = "Nothing of it is left", body = Cleared), Fails<500>, Fails<503>, Fails<507>),
    security((), ("session" = [])),
)]
pub(super) async fn clear(State(state): State<AppState>, Extension(asker): Extension<Asker>) -> Result<Json<Cleared>, Failure> {
    if let Some(mut session) = asker.session() {
        state.services.clear_session(&mut session, now()).await?;
        asker.keep(Some(session));
    }
    Ok(Json(Cleared { success: true }))
}
