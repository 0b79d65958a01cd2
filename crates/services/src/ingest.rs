use std::{sync::Arc, time::Duration};

use radar_engine::parse;
use radar_types::{SessionAlias, Side, Timestamp, wire::IngestAnswer};
use tokio::sync::OwnedSemaphorePermit;

use crate::{Actor, Error, Result, Services};

/// The largest body of one ingest. About 50,000 events of the usual size.
pub const INGEST_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Bodies held in memory at once are bounded together, in pieces of this size.
pub(crate) const ROOM_PIECE_BYTES: usize = 64 * 1024;
pub(crate) const ROOM_PIECES: usize = 4 * INGEST_BYTES_MAX / ROOM_PIECE_BYTES;
pub(crate) const GUESTS_ROOM_PIECES: usize = 2 * INGEST_BYTES_MAX / ROOM_PIECE_BYTES;
/// What a private session may keep, about, of somebody nobody knows.
const SESSION_BYTES_MAX: u64 = 256 << 20;
/// How long a sender waits for room before it is asked to come back.
const ROOM_PATIENCE: Duration = Duration::from_secs(30);

/// Leave to hand in one body, with memory set aside for it. It comes before the body is read, so
/// that those who may not send, or send too much at once, cost nothing.
pub struct IngestRoom {
    bytes_max: usize,
    _pieces: OwnedSemaphorePermit,
}

impl IngestRoom {
    /// How much of the body may be read.
    pub fn bytes_max(&self) -> usize {
        self.bytes_max
    }
}

impl Services {
    /// `bytes_announced` is the length of the body, where the sender says it beforehand.
    pub async fn room_for_ingest(&self, actor: &Actor, side: Side, bytes_announced: Option<u64>) -> Result<IngestRoom> {
        let collection = actor.sends_to(side)?;
        let is_guests = SessionAlias::of_collection(&collection).is_some();
        if is_guests && self.store.stats(&collection).await?.bytes >= SESSION_BYTES_MAX {
            return Err(Error::full_session());
        }
        let bytes_max = bytes_announced.map_or(INGEST_BYTES_MAX, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
        if bytes_max > INGEST_BYTES_MAX {
            return Err(Error::too_large(INGEST_BYTES_MAX));
        }
        let pieces = bytes_max.div_ceil(ROOM_PIECE_BYTES).max(1) as u32;
        let room = if is_guests { &self.guests_room } else { &self.ingest_room };
        let waiting = Arc::clone(room).acquire_many_owned(pieces);
        let pieces = tokio::time::timeout(ROOM_PATIENCE, waiting).await.map_err(|_| Error::busy())?;
        Ok(IngestRoom { bytes_max, _pieces: pieces.map_err(Error::internal)? })
    }

    /// Takes a JSON array or NDJSON of events: parses and scores them, lets the stream learn them in
    /// the order in which batches come to it, stores them, and tells the live feeds. The accepted ones are on disk when
    /// this returns; a record that is not understood costs only itself.
    pub async fn ingest(
        &self,
        actor: &Actor,
        side: Side,
        room: IngestRoom,
        body: impl AsRef<[u8]> + Send + 'static,
        now: Timestamp,
    ) -> Result<IngestAnswer> {
        let collection = actor.sends_to(side)?;
        let _entry = self.enter(actor, &collection, now).await?;
        if body.as_ref().len() > room.bytes_max {
            return Err(Error::too_large(room.bytes_max));
        }
        let stream = self.streams.of(&collection).await?;
        let turn = Arc::clone(&self.ingest_turns).acquire_owned().await.map_err(Error::internal)?;
        let engine = Arc::clone(&self.engine);
        // Parsing and scoring keep a processor busy, so they run beside the threads that answer.
        let (scored, rejects) = tokio::task::spawn_blocking(move || {
            let _held = (turn, room);
            let limits = parse::Limits::default();
            let parsed = parse::json_records(body.as_ref(), now, &limits);
            if parsed.truncated {
                let records_max = limits.records_max;
                return Err(Error::invalid(format!("The body has more than {records_max} records. Send smaller batches.")));
            }
            let events = parsed.events.into_iter().map(|(_, event)| event).collect();
            let mut scored = engine.score(parse::with_ids(events));
            stream.follow(&engine, &mut scored, now);
            Ok((scored, parsed.rejects))
        })
        .await
        .map_err(Error::internal)??;

        let mut answer = IngestAnswer { rejected: rejects.len() as u32, rejects, ..IngestAnswer::default() };
        answer.rejects.truncate(IngestAnswer::REJECTS_LISTED_MAX);
        if !scored.is_empty() {
            let appended = self.store.append(&collection, scored).await?;
            answer.accepted = appended.new.len() as u32;
            answer.duplicates = appended.duplicates;
            if let Some(hub) = self.hubs.find(&collection) {
                hub.wake();
            }
        }
        Ok(answer)
    }
}
