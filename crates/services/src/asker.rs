use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use radar_types::{Side, Timestamp};

use crate::{Actor, Credentials, Result, Services, Session};

/// One request's: who asks, which collection is in view, and the session, which the request may change. Cheap to clone;
/// all clones have one session.
#[derive(Clone, Debug)]
pub struct Asker {
    pub actor: Actor,
    pub side: Side,
    /// Where the request came from.
    pub from: IpAddr,
    session: Arc<Mutex<Option<Session>>>,
}

impl Asker {
    pub fn new(actor: Actor, session: Option<Session>, from: IpAddr) -> Self {
        // A session that has no collection of its own any more sees what everybody does.
        let own = actor.own_collection();
        let side = own.and(session.as_ref()).map(Session::side).unwrap_or_default();
        Self { actor, side, from, session: Arc::new(Mutex::new(session)) }
    }

    pub fn session(&self) -> Option<Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The session, or a new one.
    pub fn session_or_new(&self, services: &Services, now: Timestamp) -> Result<Session> {
        self.session().map_or_else(|| services.begin_session(self.from, now), Ok)
    }

    /// What the session is when the request has been answered; `None` ends it.
    pub fn keep(&self, session: Option<Session>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }

    pub fn credentials<'a>(&self, email: &'a str, password: &'a str) -> Credentials<'a> {
        Credentials { email, password, from: self.from }
    }
}
