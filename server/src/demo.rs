//! Demonstration mode: the generator's events, sent to this server's own `POST /api/ingest`, so
//! that a first visit shows what RADAR does.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use radar_services::{Actor, Asker};
use radar_types::{Event, Timestamp, wire::DEMO_COLLECTOR};
use tokio::task::JoinHandle;
use tower::ServiceExt;
use tracing::warn;

use crate::{generate::Generator, state::now};

/// The past that is made up at the start, so that the timeline has a shape at once.
const PAST_SECS: i64 = 3600;
const EVENTS_PER_SECOND: i64 = 2;
const BATCH_EVENTS: usize = 1000;
const ANOMALY_SHARE: f64 = 0.03;
/// A demonstration nobody stops ends by itself, after two days, before it fills a disk.
const EVENTS_MAX: i64 = 48 * 3600 * EVENTS_PER_SECOND;

/// The generator with the past already sent. It goes on with [`Demo::start`].
pub(crate) struct Demo {
    router: Router,
    generator: Generator,
}

impl Demo {
    /// Makes up the past, so that the first page somebody opens has a picture to show.
    pub(crate) async fn with_past(router: Router) -> Self {
        let start = now().saturating_add_millis(-PAST_SECS * 1000);
        let mut generator = Generator::new(start.unix_millis() as u64, start).with_anomalies(ANOMALY_SHARE);
        let past: Vec<Event> = (0..PAST_SECS * EVENTS_PER_SECOND)
            .map(|index| start.saturating_add_millis(index * 1000 / EVENTS_PER_SECOND))
            .map(|at| next_event(&mut generator, at))
            .collect();
        for batch in past.chunks(BATCH_EVENTS) {
            send(&router, batch).await;
        }
        Self { router, generator }
    }

    pub(crate) fn start(self) -> JoinHandle<()> {
        let Self { router, mut generator } = self;
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(1000 / EVENTS_PER_SECOND as u64));
            ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
            for _ in PAST_SECS * EVENTS_PER_SECOND..EVENTS_MAX {
                ticks.tick().await;
                send(&router, &[next_event(&mut generator, now())]).await;
            }
        })
    }
}

fn next_event(generator: &mut Generator, at: Timestamp) -> Event {
    Event { collector: DEMO_COLLECTOR.into(), ..generator.event(at).event }
}

async fn send(router: &Router, events: &[Event]) {
    let Ok(json) = serde_json::to_vec(events) else { return };
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/ingest")
        .header(header::CONTENT_TYPE, "application/json")
        // The generator is part of this program, so it needs no token.
        .extension(Asker::new(Actor::sender(), None, IpAddr::V4(Ipv4Addr::LOCALHOST)))
        .body(Body::from(json));
    let Ok(request) = request else { return };
    match router.clone().oneshot(request).await {
        Ok(response) if response.status() == StatusCode::OK => {}
        Ok(response) => warn!(status = %response.status(), "demonstration events were not taken"),
        Err(never) => match never {},
    }
}
