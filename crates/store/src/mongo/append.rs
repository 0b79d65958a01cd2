use std::collections::HashSet;
use std::sync::Arc;

use mongodb::bson::Document;
use mongodb::error::{Error as Cause, ErrorKind as CauseKind};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scored};

use super::base::Base;
use super::fault::DUPLICATE;
use super::{document, registry};
use crate::{Appended, Error, ErrorKind, Result, Stored};

/// Goes on to its end even if nobody waits for it any more, so that the places it took are given back.
pub(super) async fn append(base: Arc<Base>, id: CollectionId, batch: Vec<Scored>) -> Result<Appended> {
    let stopped = |cause| {
        Error::new(ErrorKind::Unavailable, "The store stopped in the middle of its work; start RADAR again.").with_source(cause)
    };
    tokio::spawn(async move {
        let within = Arc::clone(&base);
        within.within(add(base, id, batch)).await
    })
    .await
    .map_err(stopped)?
}

async fn add(base: Arc<Base>, id: CollectionId, batch: Vec<Scored>) -> Result<Appended> {
    if batch.is_empty() {
        let last_seq = registry::reach(&base, &id).await?.last;
        return Ok(Appended { last_seq, ..Appended::default() });
    }
    let known = base.ready(&id).await?;
    let _turn = known.turn.lock().await;

    let sent = batch.len();
    let mut ids = HashSet::with_capacity(sent);
    let batch: Vec<Scored> = batch.into_iter().filter(|scored| ids.insert(scored.id)).collect();
    let places = registry::take(&base, &id, batch.len()).await?;
    let seq = |index: usize| Seq(places.first.cast_unsigned() + index as u64);
    let documents = batch.iter().enumerate().map(|(index, scored)| document::written(scored, seq(index)));
    let there = match documents.collect::<Result<Vec<Document>>>() {
        Ok(documents) => insert(&base, &id, documents).await?,
        Err(error) => {
            registry::settle(&base, &id, places, None).await?;
            return Err(error);
        }
    };

    let with_places = batch.into_iter().enumerate().filter(|(index, _)| !there.contains(index));
    let new: Vec<Stored> = with_places.map(|(index, scored)| Stored { seq: seq(index), scored, verdict: None }).collect();
    let latest = new.last().map(|stored| document::signed(stored.seq));
    let duplicates = u32::try_from(sent - new.len()).unwrap_or(u32::MAX);
    let last_seq = registry::settle(&base, &id, places, latest).await?;
    Ok(Appended { new, duplicates, last_seq })
}

/// Says which were there already. After any other error the places stay taken for a while: what the database has of the
/// batch may still appear.
async fn insert(base: &Base, id: &CollectionId, documents: Vec<Document>) -> Result<HashSet<usize>> {
    match base.events(id)?.insert_many(documents).ordered(false).await {
        Ok(_) => Ok(HashSet::new()),
        Err(cause) => duplicates(&cause).ok_or_else(|| cause.into()),
    }
}

fn duplicates(cause: &Cause) -> Option<HashSet<usize>> {
    let CauseKind::InsertMany(many) = cause.kind.as_ref() else { return None };
    let errors = many.write_errors.as_deref()?;
    let are_all = many.write_concern_error.is_none() && errors.iter().all(|error| error.code == DUPLICATE);
    are_all.then(|| errors.iter().map(|error| error.index).collect())
}
