//! The streams of collections: what their events taught so far, in memory and in the store. That of the public collection is
//! always in memory, of the others those that were used last.
//!
//! Batches are parsed and scored beside each other; only judging and learning take turns, and the turn
//! decides the order of learning. An event is learned before it is stored, because what it is held
//! against are the events before it, those of its own batch included. Where storing fails, its sender
//! sends it again, and the stream knows it again by its id.
//!
//! It is saved at every stop and once a minute while something is learned: in pieces, beside those of the
//! last time, and then a head that names the new ones. A process that is killed forgets what it learned
//! in the last minute, not what it stored. A state that can't be read is left alone with a warning until
//! the next one is saved, and the stream learns anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use radar_engine::Engine;
use radar_engine::stream::Stream;
use radar_store::{Expect, PAGE_EVENTS_MAX, Record, Store, Table};
use radar_types::wire::Learning;
use radar_types::{CollectionId, Scored, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use tracing::warn;

use crate::{Error, Result, task::AbortOnDrop};

const SAVE_INTERVAL: Duration = Duration::from_secs(60);
/// Of one record.
const PIECE_BYTES: usize = 4 << 20;

/// Of private collections, in memory at once. Each is some megabytes.
const IN_MEMORY_MAX: usize = 8;

pub(crate) struct Streams {
    store: Arc<dyn Store>,
    public: Keeper,
    others: tokio::sync::Mutex<HashMap<CollectionId, Used>>,
}

struct Used {
    keeper: Keeper,
    last: Instant,
}

impl Streams {
    pub(crate) async fn start(store: Arc<dyn Store>) -> Result<Self> {
        let public = Keeper::start(Arc::clone(&store), CollectionId::public()).await?;
        Ok(Self { store, public, others: tokio::sync::Mutex::default() })
    }

    /// From memory, or from the store in the place of one that is not in use.
    pub(crate) async fn of(&self, collection: &CollectionId) -> Result<Keeper> {
        if *collection == CollectionId::public() {
            return Ok(self.public.clone());
        }
        let mut others = self.others.lock().await;
        if let Some(used) = others.get_mut(collection) {
            used.last = Instant::now();
            return Ok(used.keeper.clone());
        }
        if others.len() >= IN_MEMORY_MAX {
            let idle = others.iter().filter(|(_, used)| used.keeper.is_idle()).min_by_key(|(_, used)| used.last);
            let idle = idle.map(|(id, _)| id.clone()).ok_or_else(Error::busy)?;
            if let Some(used) = others.remove(&idle) {
                used.keeper.save().await;
            }
        }
        let keeper = Keeper::start(Arc::clone(&self.store), collection.clone()).await?;
        others.insert(collection.clone(), Used { keeper: keeper.clone(), last: Instant::now() });
        Ok(keeper)
    }

    /// Without taking another one's place for it.
    pub(crate) async fn learning(&self, collection: &CollectionId) -> Result<Learning> {
        if *collection == CollectionId::public() {
            return Ok(self.public.learning());
        }
        if let Some(used) = self.others.lock().await.get(collection) {
            return Ok(used.keeper.learning());
        }
        let place = Place { store: Arc::clone(&self.store), collection: collection.clone(), head: Head::default(), is_over: false };
        let head: Option<Head> = place.head().await?.and_then(|record| serde_json::from_slice(&record.value).ok());
        Ok(head.and_then(|head| head.learning).unwrap_or_else(|| Stream::default().learning()))
    }

    /// Nothing of it is saved from now on. What is stored of it is left to the caller.
    pub(crate) async fn forget(&self, collection: &CollectionId) {
        if let Some(used) = self.others.lock().await.remove(collection) {
            used.keeper.kept.place.lock().await.is_over = true;
        }
    }

    pub(crate) async fn save(&self) {
        self.public.save().await;
        for used in self.others.lock().await.values() {
            used.keeper.save().await;
        }
    }
}

#[derive(Clone)]
pub(crate) struct Keeper {
    kept: Arc<Kept>,
    /// Stops saving when the last clone is gone.
    saver: Arc<AbortOnDrop>,
}

struct Kept {
    stream: Mutex<Stream>,
    /// Beside the stream, so that nobody who asks waits for a batch.
    learning: Mutex<Learning>,
    has_changed: AtomicBool,
    /// One writer at a time.
    place: tokio::sync::Mutex<Place>,
}

impl Keeper {
    async fn start(store: Arc<dyn Store>, collection: CollectionId) -> Result<Self> {
        let mut place = Place { store, collection, head: Head::default(), is_over: false };
        let stream = place.load().await?;
        let learning = Mutex::new(stream.learning());
        let kept = Kept { stream: Mutex::new(stream), learning, has_changed: AtomicBool::new(false), place: place.into() };
        let kept = Arc::new(kept);
        let saver = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move {
                loop {
                    tokio::time::sleep(SAVE_INTERVAL).await;
                    kept.save().await;
                }
            }
        });
        Ok(Self { kept, saver: Arc::new(AbortOnDrop(saver.abort_handle())) })
    }

    /// Judges events that the engine scored, and learns them. Keeps a processor busy.
    pub(crate) fn follow(&self, engine: &Engine, scored: &mut [Scored], now: Timestamp) {
        let mut stream = locked(&self.kept.stream);
        engine.follow(&mut stream, scored, now);
        *locked(&self.kept.learning) = stream.learning();
        self.kept.has_changed.store(true, Ordering::Relaxed);
    }

    /// Whether whoever asks is the only one that has it.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.saver) == 1
    }

    fn learning(&self) -> Learning {
        *locked(&self.kept.learning)
    }

    async fn save(&self) {
        self.kept.save().await;
    }
}

impl Kept {
    /// A failure is for the log: the next try comes in a minute, and no event is lost by it.
    async fn save(self: &Arc<Self>) {
        let mut place = self.place.lock().await;
        if place.is_over || !self.has_changed.swap(false, Ordering::Relaxed) {
            return;
        }
        let kept = Arc::clone(self);
        let state = spawn_blocking(move || {
            let stream = locked(&kept.stream);
            (stream.to_bytes(), stream.learning())
        });
        let saved = match state.await {
            Ok((bytes, learning)) => place.save(&bytes, learning).await,
            Err(error) => Err(Error::internal(error)),
        };
        if let Err(error) = saved {
            self.has_changed.store(true, Ordering::Relaxed);
            warn!(error = &error as &dyn std::error::Error, "what the stream has learned could not be saved");
        }
    }
}

/// Where the state is in the store.
struct Place {
    store: Arc<dyn Store>,
    collection: CollectionId,
    /// Of the state that is there.
    head: Head,
    /// The collection is gone.
    is_over: bool,
}

/// Which pieces are the state.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Head {
    generation: u64,
    pieces: usize,
    /// For whoever asks while the state is not in memory.
    #[serde(default)]
    learning: Option<Learning>,
}

/// Nothing of a stream expires.
const ANY_TIME: Timestamp = Timestamp::MIN;

impl Place {
    async fn load(&mut self) -> Result<Stream> {
        let Some(head) = self.head().await? else { return Ok(Stream::default()) };
        let refused = |why: &dyn std::fmt::Display| {
            warn!("what the stream had learned can't be used: {why}. It learns anew");
            Ok(Stream::default())
        };
        let head: Head = match serde_json::from_slice(&head.value) {
            Ok(head) => head,
            Err(error) => return refused(&error),
        };
        self.head = head;
        self.remove_others().await?;
        let mut bytes = Vec::new();
        for number in 0..head.pieces {
            let Some(piece) = self.store.find(Table::States, &self.key(head.generation, number), ANY_TIME).await? else {
                return refused(&"a piece of it is missing");
            };
            bytes.extend(piece.value);
            // One byte more than a stream may have is enough to refuse it.
            if bytes.len() > Stream::BYTES_MAX {
                break;
            }
        }
        match spawn_blocking(move || Stream::from_bytes(&bytes)).await.map_err(Error::internal)? {
            Ok(stream) => Ok(stream),
            Err(error) => refused(&error),
        }
    }

    async fn head(&self) -> Result<Option<Record>> {
        Ok(self.store.find(Table::States, self.collection.as_str(), ANY_TIME).await?)
    }

    async fn save(&mut self, bytes: &[u8], learning: Learning) -> Result<()> {
        let generation = self.head.generation + 1;
        let mut pieces = 0;
        for piece in bytes.chunks(PIECE_BYTES) {
            self.put(self.key(generation, pieces), piece.to_vec()).await?;
            pieces += 1;
        }
        let head = Head { generation, pieces, learning: Some(learning) };
        let value = serde_json::to_vec(&head).map_err(Error::internal)?;
        self.put(self.collection.as_str().to_owned(), value).await?;
        let old = std::mem::replace(&mut self.head, head);
        for number in 0..old.pieces {
            self.store.remove(Table::States, &self.key(old.generation, number)).await?;
        }
        Ok(())
    }

    /// What is of another generation was left by a process that was killed while it saved.
    async fn remove_others(&self) -> Result<()> {
        let current = self.key(self.head.generation, 0);
        let current = current.trim_end_matches('0');
        let records = self.store.list(Table::States, Some(self.collection.as_str()), None, PAGE_EVENTS_MAX, ANY_TIME).await?;
        for record in records {
            if record.key != self.collection.as_str() && !record.key.starts_with(current) {
                self.store.remove(Table::States, &record.key).await?;
            }
        }
        Ok(())
    }

    async fn put(&self, key: String, value: Vec<u8>) -> Result<()> {
        let record = Record { key, owner: self.collection.as_str().to_owned(), value, ..Record::default() };
        self.store.put(Table::States, record, Expect::Anything).await?;
        Ok(())
    }

    fn key(&self, generation: u64, piece: usize) -> String {
        format!("{}/{generation}/{piece}", self.collection.as_str())
    }
}

/// A stream whose learning panicked midway is a little off, and no reason to stop.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
