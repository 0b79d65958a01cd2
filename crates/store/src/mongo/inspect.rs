//! What `radar doctor` says of a database.

use std::sync::Arc;

use mongodb::bson::{Document, doc};
use radar_types::Timestamp;

use super::base::{Base, int};
use super::{change, indexes, plan, registry};
use crate::{CollectionInfo, Result, Stats};

/// Of how many documents that don't fit the reasons are listed.
pub const UNFIT_LISTED_MAX: i64 = 10;

#[derive(Clone, Debug)]
pub struct Inspection {
    /// Of the server.
    pub version: String,
    pub database: String,
    pub collections: Vec<InspectedCollection>,
}

#[derive(Clone, Debug)]
pub struct InspectedCollection {
    pub info: CollectionInfo,
    /// Its name in the database.
    pub name: String,
    pub stats: Stats,
    pub indexes: Vec<String>,
    /// Those that are not there, or not yet.
    pub missing_indexes: Vec<String>,
    /// Documents of other programs that were not taken in yet.
    pub unread: u64,
    /// Documents that are no events.
    pub unfit: u64,
    /// The first of them.
    pub listed: Vec<Unfit>,
}

/// A document that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    /// Its `_id`.
    pub id: String,
    pub reason: String,
}

pub(super) async fn inspect(base: &Arc<Base>) -> Result<Inspection> {
    let mut collections = Vec::new();
    for info in base.within(registry::all(base)).await? {
        collections.push(base.within(collection(base, info)).await?);
    }
    Ok(Inspection { version: base.within(base.version()).await?, database: base.settings.database.clone(), collections })
}

async fn collection(base: &Arc<Base>, info: CollectionInfo) -> Result<InspectedCollection> {
    let events = base.events(&info.id)?;
    let indexes = events.list_index_names().await?;
    let expected = indexes::of_events().into_iter().map(|(name, _)| name.to_owned());
    let missing_indexes = expected.filter(|name| !indexes.contains(name)).collect();
    let somebodys = doc! { "radar.seq": null, "radar": { "$exists": true } };
    let unfit = doc! { "$or": [{ "radar.seq": 0_i64 }, somebodys] };
    let mut listed = Vec::new();
    let mut cursor = events.find(unfit.clone()).limit(UNFIT_LISTED_MAX).await?;
    while cursor.advance().await? {
        let found: Document = cursor.deserialize_current()?;
        let id = found.get("_id").map_or_else(String::new, ToString::to_string);
        let reason = found.get_document("radar").ok().and_then(|ours| ours.get_str("unfit").ok());
        listed.push(Unfit { id, reason: reason.unwrap_or("it has a field radar that RADAR did not write").to_owned() });
    }
    Ok(InspectedCollection {
        name: base.name(&info.id)?.to_owned(),
        stats: stats(base, &info.id).await?,
        indexes,
        missing_indexes,
        unread: events.count_documents(doc! { "radar.seq": null, "radar": { "$exists": false } }).await?,
        unfit: events.count_documents(unfit).await?,
        listed,
        info,
    })
}

pub(super) async fn stats(base: &Base, id: &radar_types::CollectionId) -> Result<Stats> {
    let events = base.events(id)?;
    let end = async |direction: i32| -> Result<Option<Timestamp>> {
        let found = events.find_one(plan::every()).sort(doc! { "radar.time": direction, "radar.seq": direction });
        let found = found.projection(doc! { "radar.time": 1 }).await?;
        Ok(found.and_then(|found| Timestamp::from_unix_millis(int(found.get_document("radar").ok()?.get("time")?)?)))
    };
    Ok(Stats {
        events: events.count_documents(plan::every()).await?,
        bytes: change::size(base, id).await?,
        oldest: end(1).await?,
        newest: end(-1).await?,
    })
}
