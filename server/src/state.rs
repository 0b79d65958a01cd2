use std::{sync::Arc, time::SystemTime};

use radar_services::Services;
use radar_types::Timestamp;
use tokio::sync::watch;

use crate::{
    config::{Door, IngestRule},
    http::Site,
};

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub(crate) services: Services,
    pub(crate) ingest_rule: Arc<IngestRule>,
    pub(crate) site: Arc<Site>,
    pub(crate) door: Door,
    stopping: watch::Sender<bool>,
}

impl AppState {
    pub fn new(services: Services, ingest_rule: IngestRule, door: Door, site: Site) -> Self {
        let (ingest_rule, site) = (Arc::new(ingest_rule), Arc::new(site));
        Self { services, ingest_rule, site, door, stopping: watch::Sender::new(false) }
    }

    /// Ends what would otherwise never end.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }
}

/// The only place where the server reads the clock.
pub(crate) fn now() -> Timestamp {
    let millis = match SystemTime::now().duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    };
    Timestamp::saturating_from_unix_millis(millis)
}
