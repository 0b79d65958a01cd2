//! `POST /api/ingest`: a JSON array or NDJSON of events.
//!
//! 200 when every record was taken; 400 when some were not understood, with the same answer, which
//! counts both and lists what was wrong. The good records of such a batch are kept.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::HttpBody,
    extract::{Query, Request, State},
    http::StatusCode,
};
use radar_services::Asker;
use radar_types::wire::IngestAnswer;

use super::{
    body::{self, Bounds},
    problem::Failure,
};
use crate::{AppState, state::now};

/// How long a body may take to arrive. Until then it holds room that others wait for.
const READ_PATIENCE: Duration = Duration::from_secs(60);

/// What is sent, for the page to say so.
#[derive(serde::Deserialize)]
pub(super) struct Sent {
    file: Option<String>,
}

pub(super) async fn ingest(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
    Query(sent): Query<Sent>,
    request: Request,
) -> Result<(StatusCode, Json<IngestAnswer>), Failure> {
    let Asker { actor, side, .. } = &asker;
    let body = request.into_body();
    let room = state.services.room_for_ingest(actor, *side, body.size_hint().exact()).await?;
    let bounds = Bounds { bytes_max: room.bytes_max(), patience: READ_PATIENCE, advice: "Send smaller batches." };
    let body = body::read(body, bounds).await?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "empty", "The body is empty. Send a JSON array or NDJSON of events."));
    }
    let answer = state.services.ingest(actor, *side, room, body, now()).await?;
    if let (Some(file), Some(mut session)) = (sent.file, asker.session()) {
        session.name_file(&file);
        asker.keep(Some(session));
    }
    let status = if answer.rejected == 0 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, Json(answer)))
}
