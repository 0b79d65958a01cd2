//! Collections as a whole: how long they keep their events, cleared, and removed with all that hangs on them.
//!
//! A collection that is removed must not come back, because its name may be given again: somebody deletes the account, and
//! somebody else registers under the same address. So whoever adds to a private collection passes a gate and shows there
//! that what the right hangs on is still there; whoever removes one takes that away first, and then shuts the gate.

use std::sync::Arc;

use radar_store::{Retention, Table};
use radar_types::people::Keeping;
use radar_types::{CollectionId, Email, Side, Timestamp};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::actor::Anchor;
use crate::people::named;
use crate::{Actor, Error, Result, Services};

const PAGE: u32 = 100;

/// While somebody holds it, the collection is not removed.
pub(crate) struct Entry(#[expect(dead_code, reason = "it is held, not read")] Option<OwnedRwLockReadGuard<()>>);

impl Services {
    /// How long the public collection keeps its events from now on, as the program was told at its start.
    pub async fn keep(&self, retention: Retention, now: Timestamp) -> Result<()> {
        let collection = CollectionId::public();
        self.store.create(&collection, now).await?;
        Ok(self.store.set_retention(&collection, retention).await?)
    }

    /// How long the collection in view keeps its events.
    pub async fn keeping(&self, actor: &Actor, side: Side) -> Result<Keeping> {
        let collection = actor.reads(side)?;
        let infos = self.store.collections().await?;
        let retention = infos.into_iter().find(|info| info.id == collection).map(|info| info.retention).unwrap_or_default();
        Ok(Keeping { days: retention.days, bytes: retention.bytes })
    }

    /// From now on; what is over goes soon.
    pub async fn set_keeping(&self, actor: &Actor, side: Side, keeping: Keeping, now: Timestamp) -> Result<()> {
        let collection = actor.clears(side)?;
        let retention = Retention { days: keeping.days.filter(|days| *days > 0), bytes: keeping.bytes.filter(|bytes| *bytes > 0) };
        let _entry = self.enter(actor, &collection, now).await?;
        self.store.create(&collection, now).await?;
        self.store.set_retention(&collection, retention).await?;
        self.note_by(actor, "changed how long events are kept", named(&collection), now).await;
        Ok(())
    }

    /// Removes every event of the collection in view.
    pub async fn clear(&self, actor: &Actor, side: Side, now: Timestamp) -> Result<()> {
        let collection = actor.clears(side)?;
        self.store.clear(&collection).await?;
        self.note_by(actor, "cleared", named(&collection), now).await;
        Ok(())
    }

    /// Removes what no collection keeps any more, and says how many events that was. The program asks for it from
    /// time to time.
    pub async fn expire(&self, now: Timestamp) -> Result<u64> {
        for table in [Table::Audit, Table::Tokens, Table::Settings] {
            while !self.store.take_expired(table, PAGE, now).await?.is_empty() {}
        }
        Ok(self.store.expire(now).await?)
    }

    /// Leave to add to a collection, for as long as the entry is held.
    pub(crate) async fn enter(&self, actor: &Actor, collection: &CollectionId, now: Timestamp) -> Result<Entry> {
        if *collection == CollectionId::public() {
            return Ok(Entry(None));
        }
        let gate = self.gates.find_or(collection, || RwLock::new(()));
        let entry = Entry(Some(gate.read_owned().await));
        let is_there = match actor.anchor() {
            None => true,
            Some(Anchor::Account(email)) => self.has_account(email, now).await?,
            Some(Anchor::Session(alias)) => self.has_session(alias, now).await?,
            Some(Anchor::Token(id)) => self.store.find(Table::Tokens, id, now).await?.is_some(),
        };
        if is_there { Ok(entry) } else { Err(Error::missing()) }
    }

    pub(crate) async fn has_collection(&self, collection: &CollectionId) -> Result<bool> {
        Ok(self.store.collections().await?.iter().any(|info| info.id == *collection))
    }

    async fn has_account(&self, email: &Email, now: Timestamp) -> Result<bool> {
        Ok(self.store.find(Table::Users, email.as_str(), now).await?.is_some())
    }

    /// Removes a collection and what hangs on it. Tokens go first, so that nothing can be added any more.
    pub(crate) async fn remove_collection(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        self.remove_owned(Table::Tokens, collection, now).await?;
        self.rights_changed();
        let gate = self.gates.find_or(collection, || RwLock::new(()));
        let _shut: tokio::sync::OwnedRwLockWriteGuard<()> = Arc::clone(&gate).write_owned().await;
        // Those that were just being made when the others went.
        self.remove_owned(Table::Tokens, collection, now).await?;
        self.streams.forget(collection).await;
        self.remove_owned(Table::States, collection, now).await?;
        self.remove_owned(Table::Searches, collection, now).await?;
        self.forget_thresholds(collection).await?;
        self.remove_owned(Table::Templates, collection, now).await?;
        Ok(self.store.drop_collection(collection).await?)
    }

    async fn remove_owned(&self, table: Table, owner: &CollectionId, now: Timestamp) -> Result<()> {
        loop {
            let records = self.store.list(table, Some(owner.as_str()), None, PAGE, now).await?;
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                self.store.remove(table, &record.key).await?;
            }
        }
    }
}
