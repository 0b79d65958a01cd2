//! Who asks: the bearer of a token, somebody with a session, or anybody.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use radar_services::{Actor, Asker, Session};
use tower_sessions::session::Id;
use tracing::error;

use super::client::{client_address, counted_as};
use super::problem::Failure;
use super::sessions::KEY;
use crate::config::IngestRule;
use crate::{AppState, state::now};

/// By what somebody was known, to look again later whether they still are.
#[derive(Clone)]
pub(super) enum Proof {
    Nothing,
    Token(String),
    Session(Id),
}

impl Proof {
    /// Whether it still shows the same actor.
    pub(super) async fn still_shows(&self, actor: &Actor, state: &AppState) -> Result<bool, radar_services::Error> {
        let shown = match self {
            Self::Nothing => return Ok(true),
            Self::Token(token) => shown_token(state, token).await?,
            Self::Session(id) => match state.services.load_session(&id.to_string(), now()).await? {
                Some(session) => Some(state.services.actor_of(&session, now()).await?),
                None => None,
            },
        };
        Ok(shown.as_ref() == Some(actor))
    }
}

/// Puts an [`Asker`] and a [`Proof`] beside the request, and keeps what became of the session.
pub(super) async fn identify(State(state): State<AppState>, request: Request, next: Next) -> Response {
    // The generator inside this program comes with its right; nothing from outside has extensions.
    if request.extensions().get::<Asker>().is_some() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let (asker, proof) = match known(&state, &parts).await {
        Ok(known) => known,
        Err(failure) => return failure.into_response(),
    };
    if let Err(refused) = state.services.admit_actor(&asker.actor, now()) {
        return Failure::from(refused).into_response();
    }
    // Who shows a token needs no session.
    let cookie = parts.extensions.get::<tower_sessions::Session>().filter(|_| !matches!(proof, Proof::Token(_))).cloned();
    let before = asker.session();
    parts.extensions.insert(asker.clone());
    parts.extensions.insert(proof);
    let changes_something = ![Method::GET, Method::HEAD].contains(&parts.method);
    let request = Request::from_parts(parts, body);
    let work = async move {
        let response = next.run(request).await;
        let Some(cookie) = cookie else { return response };
        match keep(&cookie, before, asker.session()).await {
            Ok(()) => response,
            Err(cause) => unreadable(&cause).into_response(),
        }
    };
    if !changes_something {
        return work.await;
    }
    // What was begun is done to its end, also when whoever asked has gone: half an account must not be left.
    match tokio::spawn(work).await {
        Ok(response) => response,
        Err(panicked) => {
            error!(error = &panicked as &dyn std::error::Error, "a request failed");
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on the server. Its log says what.")
                .into_response()
        }
    }
}

/// One address may send so many requests, whatever it shows: even to find a token wrong takes work.
pub(super) async fn admit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let request = |parts| Request::from_parts(parts, body);
    match state.services.admit_from(address(&state, &parts), now()) {
        Ok(()) => next.run(request(parts)).await,
        Err(refused) => Failure::from(refused).into_response(),
    }
}

fn address(state: &AppState, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    counted_as(client_address(peer, &parts.headers, state.door.trusted_hops))
}

async fn known(state: &AppState, parts: &Parts) -> Result<(Asker, Proof), Failure> {
    let from = address(state, parts);
    if let Some(token) = bearer(&parts.headers) {
        let message = "This token is not known here. It may have been revoked, or its time is over.";
        let wrong = || Failure::new(StatusCode::UNAUTHORIZED, "wrong_token", message);
        let actor = shown_token(state, token).await?.ok_or_else(wrong)?;
        return Ok((Asker::new(actor, None, from), Proof::Token(token.to_owned())));
    }
    let stranger = |session| Asker::new(nobody(state), session, from);
    let Some(cookie) = parts.extensions.get::<tower_sessions::Session>() else { return Ok((stranger(None), Proof::Nothing)) };
    let session: Option<Session> = cookie.get(KEY).await.map_err(|cause| unreadable(&cause))?;
    let (Some(session), Some(id)) = (session, cookie.id()) else { return Ok((stranger(None), Proof::Nothing)) };
    let actor = state.services.actor_of(&session, now()).await?;
    let is_visitor = actor == Actor::visitor();
    let asker = if is_visitor { stranger(Some(session)) } else { Asker::new(actor, Some(session), from) };
    Ok((asker, if is_visitor { Proof::Nothing } else { Proof::Session(id) }))
}

/// A session with other rights gets another secret, so that one that was planted beforehand is of no use.
async fn keep(
    cookie: &tower_sessions::Session,
    before: Option<Session>,
    after: Option<Session>,
) -> Result<(), tower_sessions::session::Error> {
    match (before, after) {
        (None, None) => Ok(()),
        (Some(_), None) => cookie.flush().await,
        (before, Some(after)) if before.as_ref() == Some(&after) => Ok(()),
        (before, Some(after)) => {
            if before.is_some_and(|before| after.has_other_rights(&before)) {
                cookie.cycle_id().await?;
            }
            cookie.insert(KEY, after).await
        }
    }
}

fn unreadable(cause: &tower_sessions::session::Error) -> Failure {
    error!(error = cause as &dyn std::error::Error, "a session could not be read or written");
    let message = "The event store can't answer at the moment. Try again shortly.";
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, "store_unavailable", message)
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn shown_token(state: &AppState, shown: &str) -> Result<Option<Actor>, radar_services::Error> {
    match &*state.ingest_rule {
        IngestRule::Token(token) if is_same_secret(shown.as_bytes(), token.as_bytes()) => Ok(Some(Actor::sender())),
        _ => state.services.bearer(shown, now()).await,
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
