//! News of what other servers add, where the database is a replica set.
//!
//! What is watched is the collection's one document in `radar.collections`, which changes twice with a batch, and not the
//! events, each of which would be sent. What other programs write does not touch it, so it is found by looking.

use async_trait::async_trait;
use mongodb::bson::{Document, doc};
use mongodb::change_stream::ChangeStream;
use radar_types::CollectionId;

use super::base::{Base, COLLECTIONS};
use super::fault;
use crate::{Error, Result, Watch};

pub(super) async fn watch(base: &Base, id: &CollectionId) -> Result<Option<Box<dyn Watch>>> {
    let only = doc! { "$match": { "documentKey._id": id.as_str() } };
    // The rest of a change is not needed, and the driver needs this much of it.
    let little = doc! { "$project": { "_id": 1 } };
    match base.own(COLLECTIONS).watch().pipeline([only, little]).await {
        Ok(stream) => Ok(Some(Box::new(Changes(stream.with_type())))),
        Err(cause) if fault::has_no_changes(&cause) => Ok(None),
        Err(cause) => Err(cause.into()),
    }
}

struct Changes(ChangeStream<Document>);

#[async_trait]
impl Watch for Changes {
    async fn next(&mut self) -> Result<()> {
        // The server answers after a while even if there was no change.
        while self.0.is_alive() {
            if self.0.next_if_any().await?.is_some() {
                return Ok(());
            }
        }
        Err(Error::closed())
    }
}
