//! Who did what, for administrators to read.

use radar_store::{Expect, Record, Table};
use radar_types::people::{AuditPage, Deed};
use radar_types::{CollectionId, Timestamp};
use tracing::warn;

use super::{read, secret, write};
use crate::{Actor, Result, Services};

const KEPT_DAYS: i64 = 365;
const DAY_MILLIS: i64 = 86_400_000;

impl Services {
    pub async fn audit(&self, actor: &Actor, after: Option<&str>, limit: u32, now: Timestamp) -> Result<AuditPage> {
        actor.administers()?;
        let records = self.store.list(Table::Audit, None, after, limit, now).await?;
        let is_full = records.len() >= limit as usize;
        let next = records.last().filter(|_| is_full).map(|record| record.key.clone());
        Ok(AuditPage { deeds: records.iter().map(read).collect::<Result<_>>()?, next })
    }

    /// What was done is done, so a failure to write it down is for the log.
    pub(super) async fn note(&self, who: &str, what: &str, about: impl Into<String>, now: Timestamp) {
        if let Err(error) = self.try_note(Deed { when: now, who: who.into(), what: what.into(), about: about.into() }).await {
            warn!(error = &error as &dyn std::error::Error, who, what, "what somebody did could not be written down");
        }
    }

    /// What somebody with an account did. Who has none can do it to nothing but what is theirs, as often as they like.
    pub(crate) async fn note_by(&self, actor: &Actor, what: &str, about: impl Into<String>, now: Timestamp) {
        if let Some(email) = actor.email() {
            self.note(email.as_str(), what, about, now).await;
        }
    }

    async fn try_note(&self, deed: Deed) -> Result<()> {
        // Records come in the order of their keys, and the latest is to be the first.
        let before_the_end = u64::MAX - deed.when.unix_millis().cast_unsigned();
        let record = Record {
            key: format!("{before_the_end:016x}-{}", secret::hex(&secret::random::<8>()?)),
            expires: Some(deed.when.saturating_add_millis(KEPT_DAYS * DAY_MILLIS)),
            value: write(&deed)?,
            ..Record::default()
        };
        self.store.put(Table::Audit, record, Expect::Nothing).await?;
        Ok(())
    }
}

/// A collection as people call it.
pub(crate) fn named(collection: &CollectionId) -> String {
    if *collection == CollectionId::public() { "the public collection".into() } else { collection.as_str().into() }
}
