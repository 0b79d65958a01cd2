//! Who asks: the bearer of a token, somebody with a session, or anybody.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use radar_services::{Actor, Session};
use radar_types::Side;
use tracing::error;

use super::problem::Failure;
use super::sessions::KEY;
use crate::config::IngestRule;
use crate::{AppState, state::now};

/// A session that is in use lasts on. That is written down so often.
const SEEN: &str = "seen";
const SEEN_EVERY_MILLIS: i64 = 60_000;

/// Who asks, and which collection is in view. Every handler gets it with the request.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) actor: Actor,
    pub(super) side: Side,
    pub(super) session: Option<Session>,
}

pub(super) async fn identify(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    // The generator inside this program comes with its right; nothing from outside has extensions.
    if request.extensions().get::<Asker>().is_none() {
        match asker(&state, &request).await {
            Ok(asker) => drop(request.extensions_mut().insert(asker)),
            Err(failure) => return failure.into_response(),
        }
    }
    next.run(request).await
}

impl Asker {
    /// Whoever is not known further.
    pub(super) fn of(actor: Actor) -> Self {
        Self { actor, side: Side::Public, session: None }
    }
}

async fn asker(state: &AppState, request: &Request) -> Result<Asker, Failure> {
    if let Some(shown) = bearer(request.headers()) {
        return Ok(Asker::of(match shown_token(state, shown).await? {
            Some(actor) => actor,
            None => return Err(Failure::new(StatusCode::UNAUTHORIZED, "wrong_token", "This token is not known here. It may have been revoked, or its time is over.")),
        }));
    }
    let Some(cookie) = request.extensions().get::<tower_sessions::Session>() else { return Ok(Asker::of(nobody(state))) };
    let session: Option<Session> = cookie.get(KEY).await.map_err(|cause| {
        error!(error = &cause as &dyn std::error::Error, "a session could not be read");
        Failure::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", "The event store can't answer at the moment. Try again shortly.")
    })?;
    let Some(session) = session else { return Ok(Asker::of(nobody(state))) };
    let minute = now().unix_millis() / SEEN_EVERY_MILLIS;
    // A failure is met when the session is saved.
    let _ = cookie.insert(SEEN, minute).await;
    let actor = state.services.actor_of(Some(&session), now()).await?;
    let is_visitor = actor == Actor::visitor();
    let side = if is_visitor { Side::Public } else { session.side() };
    Ok(Asker { actor: if is_visitor { nobody(state) } else { actor }, side, session: Some(session) })
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

async fn shown_token(state: &AppState, shown: &str) -> Result<Option<Actor>, Failure> {
    match &*state.ingest_rule {
        IngestRule::Token(token) if is_same_secret(shown.as_bytes(), token.as_bytes()) => Ok(Some(Actor::sender())),
        _ => Ok(state.services.bearer(shown, now()).await?),
    }
}

/// Who shows nothing at all.
fn nobody(state: &AppState) -> Actor {
    match &*state.ingest_rule {
        IngestRule::Anybody => Actor::sender(),
        IngestRule::Token(_) | IngestRule::Nobody => Actor::visitor(),
    }
}

/// Takes the same time wherever the first difference stands.
fn is_same_secret(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}
