use std::sync::Arc;

use radar_engine::parse;
use radar_types::{Timestamp, wire::IngestAnswer};

use crate::{Actor, Error, Result, Services};

/// The largest body of one ingest. About 50,000 events of the usual size.
pub const INGEST_BYTES_MAX: usize = 16 * 1024 * 1024;

impl Services {
    /// Takes a JSON array or NDJSON of events: parses, scores and stores them, and tells the live
    /// feeds. The accepted ones are on disk when this returns; a record that is not understood
    /// costs only itself.
    pub async fn ingest(&self, actor: &Actor, body: impl AsRef<[u8]> + Send + 'static, now: Timestamp) -> Result<IngestAnswer> {
        actor.may_ingest()?;
        if body.as_ref().len() > INGEST_BYTES_MAX {
            return Err(Error::invalid(format!("The body is larger than {INGEST_BYTES_MAX} bytes. Send smaller batches.")));
        }
        let turn = Arc::clone(&self.ingest_turns).acquire_owned().await.map_err(Error::internal)?;
        let engine = Arc::clone(&self.engine);
        // Parsing and scoring keep a processor busy, so they run beside the threads that answer.
        let (scored, rejects) = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let parsed = parse::json_records(body.as_ref(), now, &parse::Limits::default());
            let events = parsed.events.into_iter().map(|(_, event)| event).collect();
            (engine.score(parse::with_ids(events)), parsed.rejects)
        })
        .await
        .map_err(Error::internal)?;

        let mut answer = IngestAnswer { rejected: rejects.len() as u32, rejects, ..IngestAnswer::default() };
        answer.rejects.truncate(IngestAnswer::REJECTS_LISTED_MAX);
        if !scored.is_empty() {
            let appended = self.store.append(&self.collection, scored).await?;
            answer.accepted = appended.new.len() as u32;
            answer.duplicates = appended.duplicates;
            self.hub.wake();
        }
        Ok(answer)
    }
}
