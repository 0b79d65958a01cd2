//! Sessions of browsers: where they are kept, and what their cookie is like.
//!
//! The store knows a session by a hash of its cookie, so whoever reads the store can't take one over. When it ends is the
//! store's to say; the cookie goes with the browser.

use std::fmt;

use async_trait::async_trait;
use radar_services::{Services, Session};
use tower_sessions::cookie::{SameSite, time};
use tower_sessions::session::{Id, Record};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore, session_store};

use crate::state::now;

/// Under which what the services know of a session is kept. There is nothing else.
pub(super) const KEY: &str = "radar";
/// Ids of sessions are 128 random bits. Should one come up twice all the same, others are tried.
const IDS_TRIED: usize = 3;

/// A secure cookie goes over encrypted connections alone.
pub(super) fn layer(services: Services, is_secure: bool) -> SessionManagerLayer<Sessions> {
    SessionManagerLayer::new(Sessions(services))
        // A browser takes a cookie of this name from this host alone, and only if it is secure.
        .with_name(if is_secure { "__Host-radar" } else { "radar" })
        .with_secure(is_secure)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnSessionEnd)
}

#[derive(Clone)]
pub(super) struct Sessions(Services);

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sessions")
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        let session = kept(record)?;
        for _ in 0..IDS_TRIED {
            if self.0.create_session(&record.id.to_string(), &session, now()).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
        Err(session_store::Error::Backend("the system gives the same random numbers again and again".into()))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.0.save_session(&record.id.to_string(), &kept(record)?, now()).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let Some(session) = self.0.load_session(&id.to_string(), now()).await.map_err(backend)? else { return Ok(None) };
        let value = serde_json::to_value(session).map_err(|error| session_store::Error::Decode(error.to_string()))?;
        // It was found, so it has not expired.
        let expiry_date = time::OffsetDateTime::now_utc() + time::Duration::DAY;
        Ok(Some(Record { id: *id, data: [(KEY.to_owned(), value)].into(), expiry_date }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.forget_session(&id.to_string()).await.map_err(backend)
    }
}

fn kept(record: &Record) -> session_store::Result<Session> {
    let value = record.data.get(KEY).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| session_store::Error::Encode(error.to_string()))
}

fn backend(error: radar_services::Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}
