//! The live feed: what the store took in, carried to every open dashboard.
//!
//! Appends finish in any order on many tasks, so nobody publishes what it appended. An append only
//! wakes one pump, and the pump reads what is new from the store, whose order is the order of
//! arrival. That gives three things at once: no dashboard sees a gap or a step back; the store is
//! read, and the message written, once for all of them; and the rate is bounded however fast
//! events come in. A feed that fell behind, or resumes, reads the store itself. Of what
//! other servers write to the same store some stores give news; of what other programs write nobody does, so the pump also
//! looks by itself.

use std::sync::Arc;
use std::time::Duration;

use radar_store::Store;
use radar_types::{
    CollectionId, Side,
    wire::{LiveUpdate, Row, Seq},
};
use tokio::sync::{Notify, broadcast};
use tracing::warn;

use crate::{Actor, Result, Services, overview::row, task::AbortOnDrop, thresholds::scale_of};

/// The least time between two messages. Short enough to look immediate.
const UPDATE_INTERVAL: Duration = Duration::from_millis(50);
/// How often to look for what others wrote to the same store.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);
/// How long until a store whose news broke off is asked for them again.
const LISTEN_INTERVAL: Duration = Duration::from_secs(60);
/// How long to wait before a store that failed is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Messages a slow feed may lag behind before it has to read the store.
const MESSAGES_BUFFERED: usize = 16;

/// A [`LiveUpdate`], written once for all who read it.
#[derive(Clone, Debug)]
pub struct LiveMessage {
    pub last_seq: Seq,
    pub json: Arc<str>,
}

/// Of one collection.
pub(crate) struct Hub {
    wake: Arc<Notify>,
    messages: broadcast::Sender<LiveMessage>,
    _tasks: [AbortOnDrop; 2],
}

impl Hub {
    pub(crate) async fn start(store: Arc<dyn Store>, collection: CollectionId) -> Result<Self> {
        let wake = Arc::new(Notify::new());
        let (messages, _) = broadcast::channel(MESSAGES_BUFFERED);
        let mut source = Source { seen: store.last_seq(&collection).await?, store, collection };
        let others = Arc::new(Notify::new());
        let listener = tokio::spawn(listen(Arc::clone(&source.store), source.collection.clone(), Arc::clone(&others)));
        let pump = tokio::spawn({
            let (wake, messages) = (Arc::clone(&wake), messages.clone());
            async move {
                loop {
                    let is_woken = tokio::select! {
                        () = wake.notified() => true,
                        () = others.notified() => false,
                        () = tokio::time::sleep(LOOK_INTERVAL) => false,
                    };
                    let message = if is_woken { source.next_message().await } else { source.message_of_others().await };
                    match message {
                        // An error means nobody listens, which is no error.
                        Ok(Some(message)) => drop(messages.send(message)),
                        Ok(None) => {}
                        Err(error) => {
                            warn!(error = &error as &dyn std::error::Error, "the live feed can't read the store");
                            tokio::time::sleep(RETRY_INTERVAL).await;
                            wake.notify_one();
                        }
                    }
                    tokio::time::sleep(UPDATE_INTERVAL).await;
                }
            }
        });
        Ok(Self { wake, messages, _tasks: [pump, listener].map(|task| AbortOnDrop(task.abort_handle())) })
    }

    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

/// Tells of each news that the store has, if it has any. What is missed meanwhile is found by looking.
async fn listen(store: Arc<dyn Store>, collection: CollectionId, others: Arc<Notify>) {
    loop {
        match store.watch(&collection).await {
            Ok(Some(mut news)) => {
                while news.next().await.is_ok() {
                    others.notify_one();
                }
            }
            Ok(None) => return,
            // Whoever looks says what is wrong.
            Err(_) => {}
        }
        tokio::time::sleep(LISTEN_INTERVAL).await;
    }
}

/// Reads from the store what came after `seen`.
struct Source {
    store: Arc<dyn Store>,
    collection: CollectionId,
    seen: Seq,
}

impl Source {
    async fn next_message(&mut self) -> Result<Option<LiveMessage>> {
        let newest = self.store.latest(&self.collection, None, LiveUpdate::ROWS_MAX as u32).await?;
        let oldest = newest.last().map(|stored| stored.seq);
        let scale = scale_of(&*self.store, &self.collection).await?;
        let rows: Vec<Row> =
            newest.into_iter().take_while(|stored| stored.seq > self.seen).map(|stored| row(&scale, stored)).collect();
        let Some(last_seq) = rows.first().map(|row| row.seq) else { return Ok(None) };
        let before = self.store.latest(&self.collection, oldest, 1).await?;
        let is_whole = before.first().is_none_or(|stored| stored.seq <= self.seen);
        // Where the page holds not all of them, this is their number at most: places have gaps.
        let added = if is_whole { rows.len() as u64 } else { last_seq.0 - self.seen.0 };
        let update = LiveUpdate { last_seq, added: u32::try_from(added).unwrap_or(u32::MAX), rows };
        self.seen = last_seq;
        let json = serde_json::to_string(&update).map_err(crate::Error::internal)?;
        Ok(Some(LiveMessage { last_seq, json: json.into() }))
    }

    /// The same, at little cost where nothing came.
    async fn message_of_others(&mut self) -> Result<Option<LiveMessage>> {
        let is_new = self.store.last_seq(&self.collection).await? > self.seen;
        if is_new { self.next_message().await } else { Ok(None) }
    }
}

/// One dashboard's feed.
pub struct LiveFeed {
    source: Source,
    messages: broadcast::Receiver<LiveMessage>,
    must_catch_up: bool,
    /// A private collection has a hub while somebody looks at it.
    _hub: Arc<Hub>,
}

impl LiveFeed {
    /// The next message, in order of arrival, with nothing between it and the one before. `None`
    /// when the server stops.
    pub async fn next(&mut self) -> Result<Option<LiveMessage>> {
        loop {
            if self.must_catch_up {
                self.must_catch_up = false;
                if let Some(message) = self.source.next_message().await? {
                    return Ok(Some(message));
                }
            }
            match self.messages.recv().await {
                Ok(message) if message.last_seq > self.source.seen => {
                    self.source.seen = message.last_seq;
                    return Ok(Some(message));
                }
                Ok(_) => {}
                Err(broadcast::error::RecvError::Lagged(_)) => self.must_catch_up = true,
                Err(broadcast::error::RecvError::Closed) => return Ok(None),
            }
        }
    }
}

impl Services {
    /// A feed of all that arrives after `after`, or from now on.
    pub async fn live(&self, actor: &Actor, side: Side, after: Option<Seq>) -> Result<LiveFeed> {
        let collection = actor.reads(side)?;
        let hub = match self.hubs.find(&collection) {
            Some(hub) => hub,
            None => {
                let hub = Hub::start(Arc::clone(&self.store), collection.clone()).await?;
                self.hubs.find_or(&collection, || hub)
            }
        };
        // Subscribing comes before reading, so that what arrives in between is in one or the other.
        let messages = hub.messages.subscribe();
        let last_seq = self.store.last_seq(&collection).await?;
        // A place beyond the end is from a store that has been replaced since.
        let seen = after.map_or(last_seq, |after| after.min(last_seq));
        let source = Source { store: Arc::clone(&self.store), collection, seen };
        Ok(LiveFeed { source, messages, must_catch_up: after.is_some(), _hub: hub })
    }
}
