//! What programs ask of the session that their cookie stands for, and how they end it.

use axum::extract::State;
use axum::{Extension, Json};
use radar_services::Asker;
use radar_types::people::SessionState;
use serde::Serialize;

use super::problem::Failure;
use crate::{AppState, state::now};

/// `GET /api/session`: begins a session where there is none.
pub(super) async fn session(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
) -> Result<Json<SessionState>, Failure> {
    let session = asker.session_or_new(&state.services, now())?;
    let shown = state.services.session_state(&asker.actor, asker.side, &session).await?;
    asker.keep(Some(session));
    Ok(Json(shown))
}

#[derive(Serialize)]
pub(super) struct Cleared {
    success: bool,
}

/// `POST /clear-session`: removes the private collection of the session, and the tokens for it.
pub(super) async fn clear(State(state): State<AppState>, Extension(asker): Extension<Asker>) -> Result<Json<Cleared>, Failure> {
    if let Some(mut session) = asker.session() {
        state.services.clear_session(&mut session, now()).await?;
        asker.keep(Some(session));
    }
    Ok(Json(Cleared { success: true }))
}
