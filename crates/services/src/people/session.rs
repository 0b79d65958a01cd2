//! What a browser's cookie stands for: who logged in with it, which collection is in view, and a private collection that
//! vanishes with it.

use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Duration;

use radar_store::{Expect, Record, Table};
use radar_types::people::{PrivateSession, SessionState};
use radar_types::{CollectionId, Email, SessionAlias, Side, Timestamp};
use serde::{Deserialize, Serialize};

use super::{ATTEMPTS, Rate, read, secret, write};
use crate::{Actor, Asker, Result, Services};

const PAGE: u32 = 100;

/// Who has no account and opens private sessions, from one address.
const SESSIONS: Rate = Rate { at_once: 30, every: Duration::from_secs(2) };
/// A session that is used lasts on; that is written down so often in its idle time.
const TOUCHES: i64 = 20;
const FILE_CHARACTERS_MAX: usize = 200;

/// Kept by the HTTP layer under the secret of the cookie, and given back with each request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    alias: SessionAlias,
    created: Timestamp,
    side: Side,
    /// Whether it has a private collection of its own.
    is_private: bool,
    login: Option<Login>,
    file: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) email: Email,
    /// Of the account when it logged in; it changes when the account logs out everywhere.
    pub(super) epoch: u64,
}

impl Session {
    pub(crate) fn new(now: Timestamp) -> Result<Self> {
        let alias = SessionAlias::from_bytes(secret::random()?);
        Ok(Self { alias, created: now, side: Side::Public, is_private: false, login: None, file: None })
    }

    pub fn alias(&self) -> &SessionAlias {
        &self.alias
    }

    pub fn side(&self) -> Side {
        self.side
    }

    /// Whether it may do other things than before, so that its secret has to be another one, too.
    pub fn has_other_rights(&self, before: &Self) -> bool {
        (self.is_private, &self.login) != (before.is_private, &before.login)
    }

    /// The file whose events are being sent.
    pub fn name_file(&mut self, name: &str) {
        let shown = name.chars().filter(|character| !character.is_control()).take(FILE_CHARACTERS_MAX);
        self.file = Some(shown.collect());
    }

    pub(super) fn open_private(&mut self) {
        self.is_private = true;
        self.side = Side::Private;
    }

    pub(super) fn log_in(&mut self, login: Login) {
        self.login = Some(login);
        self.side = Side::Private;
    }
}

impl Services {
    /// Who asks, as far as the session says. An account that is gone, or that logged out everywhere, is not logged in.
    pub async fn actor_of(&self, session: &Session, now: Timestamp) -> Result<Actor> {
        if let Some(login) = &session.login
            && let Some(account) = self.account(&login.email, now).await?
            && account.epoch == login.epoch
        {
            return Ok(Actor::person(account.email, account.role));
        }
        Ok(if session.is_private { Actor::guest(session.alias.clone()) } else { Actor::visitor() })
    }

    /// A session for somebody who has none.
    pub fn begin_session(&self, from: IpAddr, now: Timestamp) -> Result<Session> {
        self.throttle.take(&format!("sessions from {from}"), SESSIONS, now)?;
        Session::new(now)
    }

    /// Chooses what is in view. Whoever has no collection of their own gets one that nobody else can read, for as long
    /// as the session lasts.
    pub fn look_at(&self, actor: &Actor, session: &mut Session, side: Side) {
        if side == Side::Private && actor.own_collection().is_none() {
            session.open_private();
        }
        session.side = side;
    }

    /// Until when it lasts, where somebody needs to know.
    pub fn private_session(&self, actor: &Actor, session: &Session) -> Option<PrivateSession> {
        let is_guests = session.is_private && actor.email().is_none();
        let idle_minutes = u32::try_from(self.rules.session_idle.as_secs().div_ceil(60)).unwrap_or(u32::MAX);
        is_guests.then(|| PrivateSession { ends: self.last_moment(session), idle_minutes })
    }

    /// What programs ask of a session.
    pub async fn session_state(&self, actor: &Actor, side: Side, session: &Session) -> Result<SessionState> {
        let collection = actor.reads(side)?;
        let manifest = self.engine.manifest();
        Ok(SessionState {
            session_id: session.alias.as_str().into(),
            current_file: session.file.clone(),
            current_model: format!("{} {}", manifest.name, manifest.version),
            has_results: !self.store.latest(&collection, None, 1).await?.is_empty(),
        })
    }

    /// Stores a session under its secret, unless that is another one's already.
    pub async fn create_session(&self, secret: &str, session: &Session, now: Timestamp) -> Result<bool> {
        match self.store.put(Table::Sessions, self.record_of(secret, session, now)?, Expect::Nothing).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == radar_store::ErrorKind::Conflict => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// A session that has ended meanwhile does not come back.
    pub async fn save_session(&self, secret: &str, session: &Session, now: Timestamp) -> Result<()> {
        let record = self.record_of(secret, session, now)?;
        for attempt in 1.. {
            let Some(there) = self.store.find(Table::Sessions, &record.key, now).await? else { return Ok(()) };
            match self.store.put(Table::Sessions, record.clone(), Expect::Version(there.version)).await {
                Err(error) if error.kind() == radar_store::ErrorKind::Conflict && attempt < ATTEMPTS => {}
                saved => return Ok(saved.map(drop)?),
            }
        }
        Ok(())
    }

    /// What was stored under the secret. To ask for it is to use it.
    pub async fn load_session(&self, secret: &str, now: Timestamp) -> Result<Option<Session>> {
        let Some(record) = self.store.find(Table::Sessions, &secret::hashed(secret), now).await? else { return Ok(None) };
        let session: Session = read(&record)?;
        let expires = self.expires(&session, now);
        let gained = record.expires.map_or(0, |before| expires.unix_millis().saturating_sub(before.unix_millis()));
        if gained > self.idle_millis() / TOUCHES {
            let expect = Expect::Version(record.version);
            match self.store.put(Table::Sessions, Record { expires: Some(expires), ..record }, expect).await {
                // Somebody else uses it, too, or has just ended it.
                Err(error) if error.kind() == radar_store::ErrorKind::Conflict => {}
                touched => drop(touched?),
            }
        }
        Ok(Some(session))
    }

    /// Forgets the secret. What the session had stays, until somebody clears it or finds that it is nobody's.
    pub async fn forget_session(&self, secret: &str) -> Result<()> {
        self.store.remove(Table::Sessions, &secret::hashed(secret)).await?;
        self.rights_changed();
        Ok(())
    }

    /// Ends the session of whoever asks, with its private collection where it has one, and the tokens for that.
    pub async fn log_out(&self, asker: &Asker, now: Timestamp) -> Result<()> {
        if let Some(email) = asker.actor.email() {
            self.note(email.as_str(), "logged out", "", now).await;
        }
        if let Some(mut session) = asker.session() {
            self.clear_session(&mut session, now).await?;
        }
        asker.keep(None);
        Ok(())
    }

    /// Removes the private collection of a session, and the tokens for it. It is one without a private collection then.
    pub async fn clear_session(&self, session: &mut Session, now: Timestamp) -> Result<()> {
        session.file = None;
        if session.is_private {
            session.is_private = false;
            session.side = Side::Public;
            let collection = session.alias.collection();
            // A name that was used is not used again: whatever is still on its way to it must not be seen.
            session.alias = SessionAlias::from_bytes(secret::random()?);
            self.remove_collection(&collection, now).await?;
        }
        Ok(())
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

    pub(crate) async fn has_session(&self, alias: &SessionAlias, now: Timestamp) -> Result<bool> {
        Ok(!self.store.list(Table::Sessions, Some(alias.as_str()), None, 1, now).await?.is_empty())
    }

    async fn remove_if_nobodys(&self, collection: &CollectionId, now: Timestamp) -> Result<()> {
        if self.is_nobodys(collection, now).await? { self.remove_collection(collection, now).await } else { Ok(()) }
    }

    async fn is_nobodys(&self, collection: &CollectionId, now: Timestamp) -> Result<bool> {
        let Some(alias) = SessionAlias::of_collection(collection) else { return Ok(false) };
        Ok(!self.has_session(&alias, now).await?)
    }

    fn idle_millis(&self) -> i64 {
        i64::try_from(self.rules.session_idle.as_millis()).unwrap_or(i64::MAX)
    }

    fn last_moment(&self, session: &Session) -> Timestamp {
        session.created.saturating_add_millis(i64::try_from(self.rules.session_at_most.as_millis()).unwrap_or(i64::MAX))
    }

    /// When it ends, if it is used now and not again.
    fn expires(&self, session: &Session, now: Timestamp) -> Timestamp {
        now.saturating_add_millis(self.idle_millis()).min(self.last_moment(session))
    }

    fn record_of(&self, secret: &str, session: &Session, now: Timestamp) -> Result<Record> {
        Ok(Record {
            key: secret::hashed(secret),
            owner: session.alias.as_str().to_owned(),
            expires: Some(self.expires(session, now)),
            value: write(session)?,
            ..Record::default()
        })
    }
}
