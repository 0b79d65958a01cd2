//! What RADAR does for those who ask: one function for each use case, and the only place that
//! decides who may.
//!
//! Every use case takes the [`Actor`] first, checks the right it needs, and only then touches the
//! engine or the store. HTTP handlers and server functions hold no rules of their own; that is how
//! a route can't forget one. Only what the program itself asks at its start, at its end and for its
//! health takes no actor: it tells nothing of what is stored.

mod actor;
mod asker;
mod collection;
mod error;
mod explore;
mod graph;
mod history;
mod ingest;
mod live;
mod overview;
mod patterns;
mod people;
mod shared;
mod stream;
mod task;
mod thresholds;

use std::collections::HashSet;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use radar_engine::Engine;
use radar_store::Store;
use radar_types::{CollectionId, Timestamp};
use tokio::sync::{Mutex, RwLock, Semaphore, watch};

use people::Rate;
use shared::Shared;

pub use actor::Actor;
pub use asker::Asker;
pub use error::{Error, ErrorKind, Result};
pub use explore::{EventPart, Export, NewSearch};
pub use ingest::{INGEST_BYTES_MAX, IngestRoom};
pub use live::{LiveFeed, LiveMessage};
pub use patterns::PatternQuestion;
pub use people::{AccountRules, Credentials, Session, new_code};
pub use radar_store::Retention;

/// Ingests that parse and score at once. More only take each other's processor time; the rest wait
/// their turn, and their senders with them.
const INGESTS_AT_ONCE: usize = 4;
/// Requests that one address or token may send at once, in seconds of its rate.
const BURST_SECONDS: NonZeroU32 = NonZeroU32::new(10).unwrap();

/// The use cases, with what they work on. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    ingest_room: Arc<Semaphore>,
    /// Of those without an account together, so that they take no room from others.
    guests_room: Arc<Semaphore>,
    ingest_turns: Arc<Semaphore>,
    export_turns: Arc<Semaphore>,
    hubs: Shared<live::Hub>,
    /// It goes on while nobody looks.
    _public_hub: Arc<live::Hub>,
    streams: Arc<stream::Streams>,
    gates: Shared<RwLock<()>>,
    rules: Arc<AccountRules>,
    passwords: people::Passwords,
    throttle: people::Throttle,
    /// Of requests, apart from the other one: they are many, and must not make it forget.
    requests: people::Throttle,
    rights: watch::Sender<()>,
    is_administered: Arc<AtomicBool>,
    setting_up: Arc<Mutex<()>>,
    /// Collections of sessions that were found without one at the last look.
    nobodys: Arc<Mutex<HashSet<CollectionId>>>,
}

impl Services {
    /// Starts the tasks that carry new events to the live feeds and save what the streams of events
    /// have learned; they end with the last clone.
    pub async fn start(store: Arc<dyn Store>, engine: Arc<Engine>, rules: AccountRules) -> Result<Self> {
        let public = CollectionId::public();
        let streams = stream::Streams::start(Arc::clone(&store)).await?;
        let hubs = Shared::default();
        let hub = live::Hub::start(Arc::clone(&store), public.clone()).await?;
        Ok(Self {
            store,
            engine,
            ingest_room: Arc::new(Semaphore::new(ingest::ROOM_PIECES)),
            guests_room: Arc::new(Semaphore::new(ingest::GUESTS_ROOM_PIECES)),
            ingest_turns: Arc::new(Semaphore::new(INGESTS_AT_ONCE)),
            export_turns: Arc::new(Semaphore::new(explore::EXPORT_PAGES_AT_ONCE)),
            _public_hub: hubs.find_or(&public, || hub),
            hubs,
            streams: Arc::new(streams),
            gates: Shared::default(),
            rules: Arc::new(rules),
            passwords: people::Passwords::new()?,
            throttle: people::Throttle::default(),
            requests: people::Throttle::default(),
            rights: watch::Sender::new(()),
            is_administered: Arc::default(),
            setting_up: Arc::default(),
            nobodys: Arc::default(),
        })
    }

    /// Lets a request in, or says when to come back: one address may send only so many, whoever asks.
    pub fn admit_from(&self, from: IpAddr, now: Timestamp) -> Result<()> {
        self.admit(|| format!("requests from {from}"), now)
    }

    /// The same of a token, wherever it is shown.
    pub fn admit_actor(&self, actor: &Actor, now: Timestamp) -> Result<()> {
        actor.token().map_or(Ok(()), |token| self.admit(|| format!("requests of {token}"), now))
    }

    fn admit(&self, who: impl FnOnce() -> String, now: Timestamp) -> Result<()> {
        let Some(a_second) = self.rules.requests_per_second else { return Ok(()) };
        let rate = Rate { at_once: a_second.saturating_mul(BURST_SECONDS).get(), every: Duration::from_secs(1) / a_second.get() };
        self.requests.take(&who(), rate, now)
    }

    /// Changes when somebody may have lost a right: whoever answers for long looks again whether they still may.
    pub fn rights(&self) -> watch::Receiver<()> {
        self.rights.subscribe()
    }

    fn rights_changed(&self) {
        self.rights.send_replace(());
    }

    #[cfg(test)]
    pub(crate) fn with_quick_passwords(self) -> Self {
        Self { passwords: people::Passwords::quick().unwrap_or(self.passwords), ..self }
    }

    /// Whether an event sent now would be kept. For load balancers, so it asks for no right and
    /// tells nothing else.
    pub async fn ready(&self) -> Result<()> {
        Ok(self.store.check().await?)
    }

    pub async fn is_empty(&self) -> Result<bool> {
        Ok(self.store.latest(&CollectionId::public(), None, 1).await?.is_empty())
    }

    /// Writes out what is pending. Nothing can be asked afterwards.
    pub async fn close(&self) -> Result<()> {
        self.streams.save().await;
        Ok(self.store.close().await?)
    }
}
