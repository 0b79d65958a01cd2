//! `GET /api/live`: what arrives, as server-sent events.
//!
//! Each message is a `LiveUpdate` under the event name `update`, with its last place in the order
//! of arrival as the id; a client that reconnects sends that id back and misses nothing.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Query, State},
    http::HeaderMap,
    response::sse::{Event, KeepAlive, Sse},
};
use futures::Stream;
use radar_services::{Actor, LiveFeed};
use radar_types::wire::Seq;
use tokio::sync::watch;
use tracing::warn;

use super::problem::Failure;
use crate::AppState;

#[derive(serde::Deserialize)]
pub(super) struct After {
    after: Option<Seq>,
}

/// How long a client waits before it reconnects.
const RETRY: Duration = Duration::from_secs(1);
/// Often enough for proxies that cut silent connections after half a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn live(
    State(state): State<AppState>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let last_event_id = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok()).map(Seq);
    let feed = state.services.live(&Actor::Visitor, last_event_id.or(query.after)).await?;
    let stream = futures::stream::unfold((feed, state.stopping(), true), next_event);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

type FeedState = (LiveFeed, watch::Receiver<bool>, bool);

/// `None` ends the connection; the client comes back and goes on where it was.
async fn next_event((mut feed, mut stopping, is_first): FeedState) -> Option<(Result<Event, Infallible>, FeedState)> {
    if is_first {
        // Something must be sent at once, or a proxy may hold back the headers.
        return Some((Ok(Event::default().retry(RETRY).comment("ready")), (feed, stopping, false)));
    }
    let message = tokio::select! {
        message = feed.next() => message,
        _ = stopping.wait_for(|stopping| *stopping) => return None,
    };
    match message {
        Ok(message) => {
            let message = message?;
            let event = Event::default().event("update").id(message.last_seq.0.to_string()).data(&*message.json);
            Some((Ok(event), (feed, stopping, false)))
        }
        Err(error) => {
            warn!(error = &error as &dyn std::error::Error, "a live feed ended");
            None
        }
    }
}
