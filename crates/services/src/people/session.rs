//! What a browser's cookie stands for: who logged in with it, which collection is in view, and a private collection that
//! vanishes with it.

use std::collections::HashSet;

use radar_store::{Expect, Record, Table};
use radar_types::{CollectionId, Email, SessionAlias, Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::secret;
use crate::{Actor, Result, Services};

const PAGE: u32 = 100;

/// Kept by the HTTP layer under the secret of the cookie, and given back with each request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    alias: SessionAlias,
    created: Timestamp,
    side: Side,
    /// Whether it has a private collection of its own.
    is_private: bool,
    login: Option<Login>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) email: Email,
    /// Of the account when it logged in; it changes when the account logs out everywhere.
    pub(super) epoch: u64,
}

impl Session {
    pub fn new(now: Timestamp) -> Result<Self> {
        let alias = SessionAlias::from_bytes(secret::random()?);
        Ok(Self { alias, created: now, side: Side::Public, is_private: false, login: None })
    }

    pub fn alias(&self) -> &SessionAlias {
        &self.alias
    }

    pub fn created(&self) -> Timestamp {
        self.created
    }

    pub fn side(&self) -> Side {
        self.side
    }

    pub fn is_private(&self) -> bool {
        self.is_private
    }

    pub fn look_at(&mut self, side: Side) {
        self.side = side;
    }

    /// From now on, it has a collection that nobody else can read, and that is in view.
    pub fn open_private(&mut self) {
        self.is_private = true;
        self.side = Side::Private;
    }

    pub(super) fn log_in(&mut self, login: Login) {
        self.login = Some(login);
        self.side = Side::Private;
    }
}

/// A session as it is stored.
#[derive(Clone, Debug)]
pub struct SessionRecord {
    pub alias: Option<SessionAlias>,
    pub expires: Timestamp,
    pub value: Vec<u8>,
}

impl Services {
    /// Who asks, as far as the session says. An account that is gone, or that logged out everywhere, is not logged in.
    pub async fn actor_of(&self, session: Option<&Session>, now: Timestamp) -> Result<Actor> {
        let Some(session) = session else { return Ok(Actor::visitor()) };
        if let Some(login) = &session.login
            && let Some(account) = self.account(&login.email, now).await?
            && account.epoch == login.epoch
        {
            return Ok(Actor::person(account.email, account.role));
        }
        Ok(if session.is_private { Actor::guest(session.alias.clone()) } else { Actor::visitor() })
    }

    /// Stores a session under its secret, unless that is another one's already.
    pub async fn create_session(&self, secret: &str, session: SessionRecord) -> Result<bool> {
        match self.store.put(Table::Sessions, record_of(secret, session), Expect::Nothing).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == radar_store::ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub async fn save_session(&self, secret: &str, session: SessionRecord) -> Result<()> {
        self.store.put(Table::Sessions, record_of(secret, session), Expect::Anything).await?;
        Ok(())
    }

    pub async fn load_session(&self, secret: &str, now: Timestamp) -> Result<Option<Vec<u8>>> {
        Ok(self.store.find(Table::Sessions, &secret::hashed(secret), now).await?.map(|record| record.value))
    }

    /// Forgets the secret; what the session had stays until [`end_session`](Self::end_session).
    pub async fn forget_session(&self, secret: &str) -> Result<()> {
        self.store.remove(Table::Sessions, &secret::hashed(secret)).await?;
        Ok(())
    }

    /// Removes the private collection of a session, and the tokens for it.
    pub async fn end_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        if session.is_private {
            self.note(session.alias.collection().as_str(), "cleared", "a private session", now).await;
        }
        self.remove_collection(&session.alias.collection(), now).await
    }

    /// Removes sessions whose time is over, with all they had. The program asks for it from time to time.
    pub async fn end_expired_sessions(&self, now: Timestamp) -> Result<u64> {
        let mut ended = 0;
        loop {
            let expired = self.store.take_expired(Table::Sessions, PAGE, now).await?;
            if expired.is_empty() {
                break;
            }
            for record in expired {
                ended += 1;
                if let Ok(alias) = SessionAlias::new(&record.owner) {
                    self.remove_if_nobodys(&alias.collection(), now).await?;
                }
            }
        }
        // A process that is killed in between leaves a collection without a session. One look is not enough: a session
        // that changes its secret is nowhere for a moment.
        let mut nobodys = HashSet::new();
        for info in self.store.collections().await? {
            if SessionAlias::of_collection(&info.id).is_some() && self.is_nobodys(&info.id, now).await? {
                nobodys.insert(info.id);
            }
        }
        let before = std::mem::replace(&mut *self.nobodys.lock().await, nobodys.clone());
        for collection in nobodys.intersection(&before) {
            self.remove_if_nobodys(collection, now).await?;
        }
        Ok(ended)
    }

    async fn remove_if_nobodys(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        if self.is_nobodys(collection, now).await? { self.remove_collection(collection, now).await } else { Ok(()) }
    }

    async fn is_nobodys(&self, collection: &CollectionId, now: Timestamp) -> Result<bool> {
        let Some(alias) = SessionAlias::of_collection(collection) else { return Ok(false) };
        Ok(self.store.list(Table::Sessions, Some(alias.as_str()), None, 1, now).await?.is_empty())
    }

    /// Removes a collection and what hangs on it. Tokens go first, so that nothing can be added any more.
    pub(super) async fn remove_collection(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        self.remove_owned(Table::Tokens, collection.as_str(), now).await?;
        self.remove_owned(Table::Searches, collection.as_str(), now).await?;
        Ok(self.store.drop_collection(collection).await?)
    }

    async fn remove_owned(&self, table: Table, owner: &str, now: Timestamp) -> Result<()> {
        loop {
            let records = self.store.list(table, Some(owner), None, PAGE, now).await?;
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                self.store.remove(table, &record.key).await?;
            }
        }
    }
}

fn record_of(secret: &str, session: SessionRecord) -> Record {
    Record {
        key: secret::hashed(secret),
        owner: session.alias.map(|alias| alias.as_str().to_owned()).unwrap_or_default(),
        expires: Some(session.expires),
        value: session.value,
        ..Record::default()
    }
}
