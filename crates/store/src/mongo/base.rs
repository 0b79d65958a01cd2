//! The connection, and what this process knows of the collections behind it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use mongodb::{Client, Collection, Database};
use radar_types::CollectionId;

use super::fault::{self, SERVER_MIN};
use super::settings::MongoSettings;
use super::{indexes, registry};
use crate::{Error, ErrorKind, Result};

/// Our own collections. Whatever has another name is an event collection, or not ours.
pub(super) const COLLECTIONS: &str = "radar.collections";
pub(super) const RECORDS: &str = "radar.records";
/// Where existing RADAR databases have their users. Documents of other programs there are left alone.
pub(super) const USERS: &str = "Users";
pub(super) const STATE: &str = "radar.state";

/// Of the documents. A database with a higher one was written by a newer RADAR.
const LAYOUT_VERSION: i64 = 1;
/// Of how many collections more than the name is remembered.
const KNOWN_MAX: usize = 10_000;

pub(super) struct Base {
    client: Client,
    pub database: Database,
    pub settings: MongoSettings,
    known: Mutex<HashMap<CollectionId, Arc<Known>>>,
}

/// A collection, as this process knows it.
#[derive(Default)]
pub(super) struct Known {
    /// Who adds events holds it, so that those of one process are there in the order of their places.
    pub turn: Arc<tokio::sync::Mutex<()>>,
    /// Whether it is registered and has the indexes without which nothing may be added.
    is_ready: AtomicBool,
    /// When documents of other programs were last looked for.
    looked: Mutex<Option<Instant>>,
    /// Whether some of those were left over then.
    pub is_behind: AtomicBool,
    /// Whether none were left over, at the last time that somebody could look.
    is_through: AtomicBool,
}

impl Base {
    pub(super) async fn connect(settings: MongoSettings) -> Result<Self> {
        settings.check()?;
        let client = Client::with_options(settings.options().await?)?;
        let database = client.database(&settings.database);
        let base = Self { client, database, settings, known: Mutex::default() };
        base.within(base.check_server()).await?;
        base.within(base.check_layout()).await?;
        base.within(indexes::of_records(&base)).await?;
        Ok(base)
    }

    /// The documents of a collection.
    pub(super) fn events(&self, id: &CollectionId) -> Result<Collection<Document>> {
        Ok(self.database.collection(self.name(id)?))
    }

    /// What a collection is called in the database.
    pub(super) fn name<'a>(&'a self, id: &'a CollectionId) -> Result<&'a str> {
        let public = self.settings.collection.as_str();
        if *id == CollectionId::public() {
            Ok(public)
        } else if id.as_str() == public {
            let message = format!("The public collection has the name {public:?} in the database; use another one.");
            Err(Error::new(ErrorKind::Invalid, message))
        } else {
            Ok(id.as_str())
        }
    }

    pub(super) fn own(&self, name: &str) -> Collection<Document> {
        self.database.collection(name)
    }

    /// Gives up when the time of an operation has passed.
    pub(super) async fn within<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let late =
            || Error::new(ErrorKind::Unavailable, "The database did not answer in time; check that it runs and is not overloaded.");
        // The driver's own limits come first and say more.
        let patience = self.settings.operation() + Duration::from_millis(500);
        tokio::time::timeout(patience, work).await.unwrap_or_else(|_| Err(late()))
    }

    pub(super) fn known(&self, id: &CollectionId) -> Arc<Known> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.retain(|_, known| Arc::strong_count(known) > 1);
        }
        Arc::clone(known.entry(id.clone()).or_default())
    }

    /// A collection to which events can be added; made where there is none.
    pub(super) async fn ready(self: &Arc<Self>, id: &CollectionId) -> Result<Arc<Known>> {
        let known = self.known(id);
        if !known.is_ready.load(Ordering::Acquire) {
            registry::create(self, id, crate::collection::now()).await?;
            known.is_ready.store(true, Ordering::Release);
        }
        Ok(known)
    }

    /// The server says that it is there, and that it takes writes.
    pub(super) async fn check(&self) -> Result<()> {
        let now = doc! { "$currentDate": { "checked": true } };
        self.own(STATE).update_one(doc! { "_id": "layout" }, now).upsert(true).await?;
        Ok(())
    }

    pub(super) async fn version(&self) -> Result<String> {
        let info = self.database.run_command(doc! { "buildInfo": 1 }).await?;
        Ok(info.get_str("version").unwrap_or("unknown").to_owned())
    }

    pub(super) async fn shut(&self) {
        self.client.clone().shutdown().immediate(true).await;
    }

    async fn check_server(&self) -> Result<()> {
        let version = self.version().await?;
        let number = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
        if number(&version) < number(SERVER_MIN) {
            let message = format!("The database is MongoDB {version}, which is too old; RADAR needs {SERVER_MIN} or newer.");
            return Err(Error::new(ErrorKind::Unavailable, message));
        }
        Ok(())
    }

    async fn check_layout(&self) -> Result<()> {
        let state = self.own(STATE);
        let layout = state.find_one_and_update(doc! { "_id": "layout" }, doc! { "$setOnInsert": { "version": LAYOUT_VERSION } });
        let layout = match layout.upsert(true).return_document(ReturnDocument::After).await {
            Ok(layout) => layout,
            // Another RADAR did so at the same moment.
            Err(cause) if fault::is_duplicate(&cause) => state.find_one(doc! { "_id": "layout" }).await?,
            Err(cause) => return Err(cause.into()),
        };
        let version = layout.as_ref().and_then(|layout| int(layout.get("version")?)).unwrap_or(LAYOUT_VERSION);
        if version > LAYOUT_VERSION {
            let message = format!("A newer RADAR wrote the database (layout {version}); start that one, or name another database.");
            return Err(Error::new(ErrorKind::NewerVersion, message));
        }
        Ok(())
    }
}

impl Known {
    pub(super) fn forget(&self) {
        self.is_ready.store(false, Ordering::Release);
        *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether it is time to look for documents of other programs; then it is so again after `every`.
    pub(super) fn is_due(&self, every: Duration) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = looked.is_none_or(|looked| looked.elapsed() >= every);
        if is_due {
            *looked = Some(Instant::now());
        }
        is_due
    }

    pub(super) fn is_through(&self) -> bool {
        self.is_through.load(Ordering::Acquire)
    }

    /// Notes whether there is more, and if so, that the next one looks again.
    pub(super) fn found_more(&self, is_more: bool) {
        self.is_behind.store(is_more, Ordering::Release);
        self.is_through.store(!is_more, Ordering::Release);
        if is_more {
            *self.looked.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// A whole number, whichever of its types the database chose.
pub(super) fn int(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        _ => None,
    }
}
