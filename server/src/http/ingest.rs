//! `POST /api/ingest`: a JSON array or NDJSON of events.
//!
//! 200 when every record was taken; 400 when some were not understood, with the same answer, which
//! counts both and lists what was wrong. The good records of such a batch are kept.

use std::time::Duration;

use axum::{
    Extension, Json,
    body::{Body, Bytes, HttpBody},
    extract::{Query, Request, State},
    http::StatusCode,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use radar_services::Asker;
use radar_types::wire::IngestAnswer;

use super::problem::Failure;
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
    let body = read(body, room.bytes_max()).await?;
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

async fn read(body: Body, bytes_max: usize) -> Result<Bytes, Failure> {
    let reading = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(READ_PATIENCE, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The body is larger than {bytes_max} bytes. Send smaller batches.");
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message))
        }
        Ok(Err(_)) => Err(Failure::new(StatusCode::BAD_REQUEST, "body_broken", "The body broke off. Send it again.")),
        Err(_) => {
            let message = format!("The body took longer than {} s. Send smaller batches.", READ_PATIENCE.as_secs());
            Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message))
        }
    }
}
