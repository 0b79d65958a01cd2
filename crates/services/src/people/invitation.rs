//! Invitations: a secret that makes one account, with a role that an administrator chose.

use std::time::Duration;

use radar_store::{Expect, Record, Table};
use radar_types::{Role, Timestamp};
use serde::{Deserialize, Serialize};

use super::{read, secret, write};
use crate::{Actor, Result, Services};

const VALID_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

#[derive(Serialize, Deserialize)]
struct Invitation {
    role: Role,
}

impl Services {
    /// The secret, shown once. It is good for one account, within a week.
    pub async fn invite(&self, actor: &Actor, role: Role, now: Timestamp) -> Result<String> {
        let administrator = actor.administers()?;
        let secret = secret::hex(&secret::random::<16>()?);
        let record = Record {
            key: key(&secret),
            owner: "invitation".into(),
            expires: Some(now.saturating_add_millis(VALID_FOR.as_millis() as i64)),
            value: write(&Invitation { role })?,
            ..Record::default()
        };
        self.store.put(Table::Settings, record, Expect::Nothing).await?;
        self.note(administrator.as_str(), "invited", role.name(), now).await;
        Ok(secret)
    }

    /// The role that an invitation gives, if it is one.
    pub(super) async fn invitation(&self, secret: &str, now: Timestamp) -> Result<Option<Role>> {
        let Some(record) = self.store.find(Table::Settings, &key(secret), now).await? else { return Ok(None) };
        Ok(Some(read::<Invitation>(&record)?.role))
    }

    /// Whether it was still there: of several who come at once, one uses it.
    pub(super) async fn use_up_invitation(&self, secret: &str) -> Result<bool> {
        Ok(self.store.remove(Table::Settings, &key(secret)).await?)
    }
}

fn key(secret: &str) -> String {
    format!("invitation:{}", secret::hashed(secret))
}
