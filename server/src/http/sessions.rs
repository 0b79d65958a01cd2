//! Sessions of browsers: where they are kept, and what their cookie is like.
//!
//! The store knows a session by a hash of its cookie, so whoever reads the store can't take one over. A session ends when
//! nothing was asked with it for a while, and a day after it began whatever was asked.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use radar_services::{Services, Session, SessionRecord};
use radar_types::Timestamp;
use tower_sessions::cookie::{SameSite, time};
use tower_sessions::session::{Id, Record};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore, session_store};

use crate::state::now;

/// Under which what the services know of a session is kept.
pub(super) const KEY: &str = "radar";
/// Ids of sessions are 128 random bits. Should one come up twice all the same, others are tried.
const IDS_TRIED: usize = 3;

/// How long sessions last, and whether their cookie goes over encrypted connections alone.
#[derive(Clone, Copy, Debug)]
pub struct SessionRules {
    pub idle: Duration,
    pub at_most: Duration,
    pub is_secure: bool,
}

impl Default for SessionRules {
    fn default() -> Self {
        Self { idle: Duration::from_secs(3600), at_most: Duration::from_secs(24 * 3600), is_secure: true }
    }
}

pub(super) fn layer(services: Services, rules: SessionRules) -> SessionManagerLayer<Sessions> {
    let idle = time::Duration::try_from(rules.idle).unwrap_or(time::Duration::HOUR);
    SessionManagerLayer::new(Sessions { services, at_most: rules.at_most })
        // A browser takes a cookie of this name from this host alone, and only if it is secure.
        .with_name(if rules.is_secure { "__Host-radar" } else { "radar" })
        .with_secure(rules.is_secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(idle))
}

#[derive(Clone)]
pub(super) struct Sessions {
    services: Services,
    at_most: Duration,
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        for _ in 0..IDS_TRIED {
            if self.services.create_session(&record.id.to_string(), self.stored(record)?).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(session_store::Error::Backend("the system gives the same random numbers again and again".into()))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.services.save_session(&record.id.to_string(), self.stored(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(value) = self.services.load_session(&id.to_string(), now()).await.map_err(backend)? else { return Ok(None) };
        let record: Record = serde_json::from_slice(&value).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        // The id is the secret, so it is not stored.
        Ok(Some(Record { id: *id, ..record }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.services.forget_session(&id.to_string()).await.map_err(backend)
    }
}

impl Sessions {
    fn stored(&self, record: &Record) -> session_store::Result<SessionRecord> {
        let session: Option<Session> = record.data.get(KEY).and_then(|value| serde_json::from_value(value.clone()).ok());
        let idle_until = i64::try_from(record.expiry_date.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX);
        let at_most = i64::try_from(self.at_most.as_millis()).unwrap_or(i64::MAX);
        let until = session.as_ref().map_or(i64::MAX, |session| session.created().unix_millis().saturating_add(at_most));
        let value = serde_json::to_vec(&Record { id: Id(0), ..record.clone() });
        Ok(SessionRecord {
            alias: session.map(|session| session.alias().clone()),
            expires: Timestamp::saturating_from_unix_millis(idle_until.min(until)),
            value: value.map_err(|error| session_store::Error::Encode(error.to_string()))?,
        })
    }
}

fn backend(error: radar_services::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
