//! What RADAR does for those who ask: one function for each use case, and the only place that
//! decides who may.
//!
//! Every use case takes the [`Actor`] first, checks the right it needs, and only then touches the
//! engine or the store. HTTP handlers and server functions hold no rules of their own; that is how
//! a route can't forget one. Only what the program itself asks at its start, at its end and for its
//! health takes no actor: it tells nothing of what is stored.

mod actor;
mod error;
mod ingest;
mod live;
mod overview;
mod people;
mod retention;
mod stream;
mod task;

use std::collections::HashSet;
use std::sync::Arc;

use radar_engine::Engine;
use radar_store::Store;
use radar_types::CollectionId;
use tokio::sync::Semaphore;

pub use actor::Actor;
pub use error::{Error, ErrorKind, Result};
pub use ingest::{INGEST_BYTES_MAX, IngestRoom};
pub use live::{LiveFeed, LiveMessage};
pub use people::{
    AccountInfo, AccountRules, AuditPage, Credentials, Deed, NewToken, Registration, Session, SessionRecord, TokenInfo,
};
pub use radar_store::Retention;

/// Ingests that parse and score at once. More only take each other's processor time; the rest wait
/// their turn, and their senders with them.
const INGESTS_AT_ONCE: usize = 4;

/// The use cases, with what they work on. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    store: Arc<dyn Store>,
    engine: Arc<Engine>,
    collection: CollectionId,
    ingest_room: Arc<Semaphore>,
    ingest_turns: Arc<Semaphore>,
    hub: live::Hub,
    stream: stream::Keeper,
    rules: Arc<AccountRules>,
    passwords: people::Passwords,
    throttle: people::Throttle,
    /// Collections of sessions that were found without one at the last look.
    nobodys: Arc<tokio::sync::Mutex<HashSet<CollectionId>>>,
}

impl Services {
    /// Starts the tasks that carry new events to the live feeds and save what the stream of events
    /// has learned; they end with the last clone.
    pub async fn start(store: Arc<dyn Store>, engine: Arc<Engine>, rules: AccountRules) -> Result<Self> {
        let collection = CollectionId::public();
        let stream = stream::Keeper::start(Arc::clone(&store), collection.clone()).await?;
        let hub = live::Hub::start(Arc::clone(&store), Arc::clone(&engine), collection.clone()).await?;
        Ok(Self {
            store,
            engine,
            collection,
            ingest_room: Arc::new(Semaphore::new(ingest::ROOM_PIECES)),
            ingest_turns: Arc::new(Semaphore::new(INGESTS_AT_ONCE)),
            hub,
            stream,
            rules: Arc::new(rules),
            passwords: people::Passwords::new()?,
            throttle: people::Throttle::default(),
            nobodys: Arc::default(),
        })
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
        Ok(self.store.latest(&self.collection, None, 1).await?.is_empty())
    }

    /// Writes out what is pending. Nothing can be asked afterwards.
    pub async fn close(&self) -> Result<()> {
        self.stream.save().await;
        Ok(self.store.close().await?)
    }
}
