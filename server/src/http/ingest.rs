//! `POST /api/ingest`: a JSON array or NDJSON of events.
//!
//! 200 when every record was taken; 400 when some were not understood, with the same answer, which
//! counts both and lists what was wrong. The good records of such a batch are kept.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::HttpBody,
    extract::{Query, Request, State, rejection::QueryRejection},
    http::StatusCode,
};
use radar_services::Asker;
use radar_types::wire::IngestAnswer;

use super::{
    body::{self, Bounds},
    openapi::{Fails, NotAllTaken, SentEvents, SentLines},
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

/// Send events
///
/// In JSON, an array of them or a single one, or one a line. The answer comes when they are on disk. An event that was
/// sent before is counted as a duplicate and not kept twice. A token says to which collection; with the cookie of a session
/// it is the one in view.
#[utoipa::path(
    post,
    path = "/api/ingest",
    tag = "Events",
    params(("file" = Option<String>, Query, nullable = false, description = "The name of the file they are from")),
    request_body(content((SentEvents = "application/json"), (SentLines = "application/x-ndjson"))),
    responses(
        (status = 200, description = "Every record was taken", body = IngestAnswer),
        (status = 400, description = "Some records were not taken; the others are kept", body = NotAllTaken),
        Fails<401>, Fails<403>, Fails<404>, Fails<408>, Fails<409>, Fails<413>, Fails<500>, Fails<503>, Fails<507>,
    ),
    security((), ("token" = ["ingest"]), ("session" = [])),
)]
pub(super) async fn ingest(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
    sent: Result<Query<Sent>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<IngestAnswer>), Failure> {
    let (Query(sent), Asker { actor, side, .. }) = (sent?, &asker);
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
