//! `POST /api/ingest`: a JSON array or NDJSON of events.
//!
//! 200 when every record was taken; 400 when some were not understood, with the same answer, which
//! counts both and lists what was wrong. The good records of such a batch are kept.

use axum::{
    Json,
    body::HttpBody,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header},
};
use radar_services::Actor;
use radar_types::wire::IngestAnswer;

use super::{
    body,
    openapi::{Fails, NotAllTaken, SentEvents, SentLines},
    problem::Failure,
};
use crate::{AppState, config::IngestRule, state::now};

/// Send events
///
/// In JSON, an array of them or a single one, or one a line. The answer comes when they are on disk. An event that was
/// sent before is counted as a duplicate and not kept twice.
#[utoipa::path(
    post,
    path = "/api/ingest",
    tag = "Events",
    request_body(content((SentEvents = "application/json"), (SentLines = "application/x-ndjson"))),
    responses(
        (status = 200, description = "Every record was taken", body = IngestAnswer),
        (status = 400, description = "Some records were not taken; the others are kept", body = NotAllTaken),
        Fails<401>, Fails<408>, Fails<413>, Fails<500>, Fails<503>, Fails<507>,
    ),
    security((), ("token" = ["ingest"])),
)]
pub(super) async fn ingest(State(state): State<AppState>, request: Request) -> Result<(StatusCode, Json<IngestAnswer>), Failure> {
    let (parts, body) = request.into_parts();
    // The generator inside this program calls the route with its right already given; what comes
    // from outside has no extensions.
    let actor = parts.extensions.get::<Actor>().copied().unwrap_or_else(|| actor_of(&parts.headers, &state.ingest_rule));
    let room = state.services.room_for_ingest(&actor, body.size_hint().exact()).await?;
    let body = body::read(body, room.bytes_max()).await?;
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::new(StatusCode::BAD_REQUEST, "empty", "The body is empty. Send a JSON array or NDJSON of events."));
    }
    let answer = state.services.ingest(&actor, room, body, now()).await?;
    let status = if answer.rejected == 0 { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    Ok((status, Json(answer)))
}

fn actor_of(headers: &HeaderMap, rule: &IngestRule) -> Actor {
    match rule {
        IngestRule::Anybody => Actor::Sender,
        IngestRule::Nobody => Actor::Visitor,
        IngestRule::Token(token) => {
            let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
            if shown.is_some_and(|shown| is_same_secret(shown, token.as_bytes())) { Actor::Sender } else { Actor::Visitor }
        }
    }
}

/// Takes the same time wherever the first difference stands.
fn is_same_secret(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_who_shows_the_whole_token() {
        let rule = IngestRule::Token("0123456789abcdef".into());
        let check = |shown: &str, expected: Actor| {
            let headers = HeaderMap::from_iter([(header::AUTHORIZATION, shown.parse().unwrap())]);
            assert_eq!(actor_of(&headers, &rule), expected, "{shown}");
        };
        check("Bearer 0123456789abcdef", Actor::Sender);
        check("Bearer 0123456789abcde", Actor::Visitor);
        check("Bearer 0123456789abcdeg", Actor::Visitor);
        check("bearer", Actor::Visitor);
        check("", Actor::Visitor);
        assert_eq!(actor_of(&HeaderMap::new(), &rule), Actor::Visitor);
    }
}
