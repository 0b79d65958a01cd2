//! `GET /api/live`: what arrives, as server-sent events.
//!
//! Each message is a `LiveUpdate` under the event name `update`, with its last place in the order
//! of arrival as the id; a client that reconnects sends that id back and misses nothing. The first
//! message is a `server` event with the version of the page, by which an open page learns that it
//! is out of date.

use std::{convert::Infallible, time::Duration};

use axum::{
    Extension,
    extract::{Query, State, rejection::QueryRejection},
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};
use radar_services::{Actor, Asker, LiveFeed};
use radar_types::wire::Seq;
use tokio::{sync::watch, time::Instant};
use tracing::warn;

use super::{
    asker::Proof,
    openapi::{Fails, LiveEvent},
    problem::Failure,
};
use crate::AppState;

#[derive(serde::Deserialize)]
pub(super) struct After {
    after: Option<Seq>,
}

/// How long a client waits before it reconnects.
const RETRY: Duration = Duration::from_secs(1);
/// Often enough for proxies that cut silent connections after half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How often a feed looks whether its reader still may, unless it hears that rights have changed. Another server may have
/// changed them. To look is also to use the session: an open page is in use.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// The least time between two looks.
const LOOK_APART: Duration = Duration::from_secs(1);

/// Events as they arrive
///
/// A stream of server-sent events that never ends. The first is `server`; each `update` after it tells of what was added.
#[utoipa::path(
    get,
    path = "/api/live",
    tag = "Events",
    params(
        ("after" = Option<Seq>, Query, description = "The last place in the order of arrival that is known already"),
        ("last-event-id" = Option<String>, Header, nullable = false, description = "The same from a client that was connected \
            before; it comes first, and what is no place counts as nothing said"),
    ),
    responses(
        (status = 200, description = "The feed", body = LiveEvent, content_type = "text/event-stream"),
        Fails<400>, Fails<500>, Fails<503>, Fails<507>,
    ),
    security((), ("token" = ["read"]), ("session" = [])),
)]
pub(super) async fn live(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
    Extension(proof): Extension<Proof>,
    query: Result<Query<After>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let Query(query) = query?;
    let last_event_id = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok()).map(Seq);
    let (actor, side) = (asker.actor, asker.side);
    let feed = state.services.live(&actor, side, last_event_id.or(query.after)).await?;
    // Sent at once, so that no proxy holds back the headers.
    let greeting = Event::default().event("server").retry(RETRY).data(state.site.version());
    let reader = Reader {
        feed,
        stopping: state.stopping(),
        rights: state.services.rights(),
        actor,
        proof,
        state,
        looked: Instant::now(),
        must_look: false,
    };
    let updates = futures::stream::unfold(reader, next_event);
    let stream = futures::stream::once(async { Ok(greeting) }).chain(updates);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

struct Reader {
    feed: LiveFeed,
    stopping: watch::Receiver<bool>,
    rights: watch::Receiver<()>,
    actor: Actor,
    proof: Proof,
    state: AppState,
    looked: Instant,
    /// Rights have changed since.
    must_look: bool,
}

/// `None` ends the connection; the client comes back, shows again who it is, and goes on where it was.
async fn next_event(mut reader: Reader) -> Option<(Result<Event, Infallible>, Reader)> {
    let message = loop {
        let look_at = reader.looked + if reader.must_look { LOOK_APART } else { LOOK_AGAIN };
        tokio::select! {
            message = reader.feed.next() => break message,
            _ = reader.stopping.wait_for(|stopping| *stopping) => return None,
            _ = reader.rights.changed(), if !reader.must_look => {
                reader.must_look = true;
                continue;
            }
            () = tokio::time::sleep_until(look_at) => {}
        }
        (reader.looked, reader.must_look) = (Instant::now(), false);
        if !matches!(reader.proof.still_shows(&reader.actor, &reader.state).await, Ok(true)) {
            return None;
        }
    };
    match message {
        Ok(message) => {
            let message = message?;
            let event = Event::default().event("update").id(message.last_seq.0.to_string()).data(&*message.json);
            Some((Ok(event), reader))
        }
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "a live feed ended");
            None
        }
    }
}
