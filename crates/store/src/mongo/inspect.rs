//! What `radar doctor` says of a database.

use std::sync::Arc;

use mongodb::bson::{Document, doc};
use radar_types::Timestamp;

use super::base::{Base, int};
use super::{change, indexes, plan, registry};
use crate::{CollectionInfo, Inspected, Inspection, Result, Stats, Unfit};

pub(super) async fn inspect(base: &Arc<Base>) -> Result<Inspection> {
    let mut inspection = Inspection {
        store: format!("MongoDB {}", base.within(base.version()).await?),
        place: format!("the database {}", base.settings.database),
        ..Inspection::default()
    };
    for info in base.within(registry::all(base)).await? {
        base.within(collection(base, info, &mut inspection)).await?;
    }
    Ok(inspection)
}

async fn collection(base: &Arc<Base>, info: CollectionInfo, inspection: &mut Inspection) -> Result<()> {
    let events = base.events(&info.id)?;
    let name = base.name(&info.id)?;
    let indexes = events.list_index_names().await?;
    let expected = indexes::of_events().into_iter().map(|(name, _)| name.to_owned());
    let missing: Vec<String> = expected.filter(|name| !indexes.contains(name)).collect();
    if !missing.is_empty() {
        inspection.complaints.push(format!(
            "The collection {name} has no index {}, so some questions are slow; a running RADAR makes them, if it has the right to.",
            missing.join(", ")
        ));
    }
    let unread = events.count_documents(doc! { "radar.seq": null, "radar": { "$exists": false } }).await?;
    if unread > 0 {
        inspection.complaints.push(format!(
            "{unread} documents in {name} are of other programs and were not taken up yet; a running RADAR does that."
        ));
    }
    let somebodys = doc! { "radar.seq": null, "radar": { "$exists": true } };
    let unfit = doc! { "$or": [{ "radar.seq": 0_i64 }, somebodys] };
    let mut unfit_shown = Vec::new();
    let mut cursor = events.find(unfit.clone()).limit(Inspected::UNFIT_SHOWN as i64).await?;
    while cursor.advance().await? {
        let found: Document = cursor.deserialize_current()?;
        let id = found.get("_id").map_or_else(String::new, ToString::to_string);
        let why = found.get_document("radar").ok().and_then(|ours| ours.get_str("unfit").ok());
        unfit_shown.push(Unfit { id, why: why.unwrap_or("it has a field radar that RADAR did not write").to_owned() });
    }
    inspection.collections.push(Inspected {
        stats: stats(base, &info.id).await?,
        indexes,
        unfit: events.count_documents(unfit).await?,
        unfit_shown,
        info,
    });
    Ok(())
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
