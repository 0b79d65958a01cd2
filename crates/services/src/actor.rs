use radar_types::{CollectionId, Email, Role, Scope, SessionAlias, Side};

use crate::{Error, Result};

/// Who asks. Made from what a request shows, judged only here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(Who);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Visitor,
    /// Without an account, with a private session.
    Guest(SessionAlias),
    Person {
        email: Email,
        role: Role,
    },
    Bearer {
        /// Its public name.
        token: String,
        collection: CollectionId,
        scopes: Vec<Scope>,
    },
    Sender,
}

/// Whose place in the store must still be there when something is added to it.
pub(crate) enum Anchor<'a> {
    Account(&'a Email),
    Session(&'a SessionAlias),
    Token(&'a str),
}

impl Actor {
    /// Anybody who can reach the server: reads the public collection.
    pub fn visitor() -> Self {
        Self(Who::Visitor)
    }

    /// May send to the public collection and nothing else: it holds the server's own token, or the server listens to
    /// this machine alone.
    pub fn sender() -> Self {
        Self(Who::Sender)
    }

    pub(crate) fn guest(session: SessionAlias) -> Self {
        Self(Who::Guest(session))
    }

    pub(crate) fn person(email: Email, role: Role) -> Self {
        Self(Who::Person { email, role })
    }

    pub(crate) fn bearer(token: String, collection: CollectionId, scopes: Vec<Scope>) -> Self {
        Self(Who::Bearer { token, collection, scopes })
    }

    /// What its rights hang on. A visitor's hang on nothing.
    pub(crate) fn anchor(&self) -> Option<Anchor<'_>> {
        match &self.0 {
            Who::Visitor | Who::Sender => None,
            Who::Guest(session) => Some(Anchor::Session(session)),
            Who::Person { email, .. } => Some(Anchor::Account(email)),
            Who::Bearer { token, .. } => Some(Anchor::Token(token)),
        }
    }

    /// Whether requests count for the token and not for where they come from alone.
    pub(crate) fn token(&self) -> Option<&str> {
        match &self.0 {
            Who::Bearer { token, .. } => Some(token),
            Who::Visitor | Who::Guest(_) | Who::Person { .. } | Who::Sender => None,
        }
    }

    /// The account, where there is one.
    pub fn email(&self) -> Option<&Email> {
        match &self.0 {
            Who::Person { email, .. } => Some(email),
            Who::Visitor | Who::Guest(_) | Who::Bearer { .. } | Who::Sender => None,
        }
    }

    pub fn role(&self) -> Option<Role> {
        match &self.0 {
            Who::Person { role, .. } => Some(*role),
            Who::Visitor | Who::Guest(_) | Who::Bearer { .. } | Who::Sender => None,
        }
    }

    /// The collection that is nobody else's.
    pub(crate) fn own_collection(&self) -> Option<CollectionId> {
        match &self.0 {
            Who::Person { email, .. } => Some(email.collection()),
            Who::Guest(session) => Some(session.collection()),
            Who::Visitor | Who::Bearer { .. } | Who::Sender => None,
        }
    }

    /// The collection it reads. What it may not read is not there.
    pub(crate) fn reads(&self, side: Side) -> Result<CollectionId> {
        match (&self.0, side) {
            (Who::Bearer { collection, scopes, .. }, _) if scopes.contains(&Scope::Read) => Ok(collection.clone()),
            (Who::Bearer { .. }, _) => Err(Error::missing()),
            (_, Side::Public) => Ok(CollectionId::public()),
            (_, Side::Private) => self.own_collection().ok_or_else(Error::missing),
        }
    }

    /// The collection it adds events to.
    pub(crate) fn sends_to(&self, side: Side) -> Result<CollectionId> {
        match (&self.0, side) {
            (Who::Bearer { collection, scopes, .. }, _) if scopes.contains(&Scope::Ingest) => Ok(collection.clone()),
            (Who::Bearer { .. }, _) => Err(Error::not_allowed("This token is not for sending events. Make another one that is.")),
            (Who::Sender, Side::Public) => Ok(CollectionId::public()),
            (Who::Person { role, .. }, Side::Public) if *role >= Role::Analyst => Ok(CollectionId::public()),
            (_, Side::Public) => Err(Error::not_a_sender()),
            (_, Side::Private) => self.own_collection().ok_or_else(Error::missing),
        }
    }

    /// The collection whose events it judges, and for which it makes tokens.
    pub(crate) fn works_on(&self, side: Side) -> Result<CollectionId> {
        self.may(
            side,
            Role::Analyst,
            "Your account only reads the public collection. Ask an administrator for the role of an analyst.",
        )
    }

    /// The collection it clears.
    pub(crate) fn clears(&self, side: Side) -> Result<CollectionId> {
        self.may(side, Role::Administrator, "Only an administrator clears the public collection.")
    }

    fn may(&self, side: Side, least: Role, otherwise: &str) -> Result<CollectionId> {
        match (side, self.role()) {
            (Side::Private, _) => self.own_collection().ok_or_else(Error::missing),
            (Side::Public, Some(role)) if role >= least => Ok(CollectionId::public()),
            (Side::Public, Some(_)) => Err(Error::not_allowed(otherwise)),
            (Side::Public, None) => Err(Error::log_in_needed()),
        }
    }

    /// Its account, if that is an administrator's. Whoever is none does not learn what there is.
    pub(crate) fn administers(&self) -> Result<&Email> {
        match &self.0 {
            Who::Person { email, role: Role::Administrator } => Ok(email),
            _ => Err(Error::missing()),
        }
    }

    pub(crate) fn has_account(&self) -> Result<&Email> {
        self.email().ok_or_else(Error::log_in_needed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    fn ann(role: Role) -> Actor {
        Actor::person(Email::new("ann@example.org").unwrap(), role)
    }

    fn guest() -> Actor {
        Actor::guest(SessionAlias::from_bytes([1; 16]))
    }

    fn bearer(scope: Scope) -> Actor {
        Actor::bearer("token".into(), CollectionId::new("ann@example.org").unwrap(), vec![scope])
    }

    /// Of the public collection and of one's own: what it is called, or why not.
    fn check(
        name: &str,
        may: impl Fn(Side) -> Result<CollectionId>,
        public: Result<&str, ErrorKind>,
        own: Result<&str, ErrorKind>,
    ) {
        for (side, expected) in [(Side::Public, public), (Side::Private, own)] {
            let found = may(side).map_err(|error| error.kind());
            assert_eq!(found.as_ref().map(CollectionId::as_str), expected.as_ref().copied(), "{name}, {side:?}");
        }
    }

    const PUBLIC: Result<&str, ErrorKind> = Ok("Event_Logs");
    const ANN: Result<&str, ErrorKind> = Ok("ann@example.org");
    const GUEST: Result<&str, ErrorKind> = Ok("session:01010101010101010101010101010101");
    const NONE: Result<&str, ErrorKind> = Err(ErrorKind::Missing);

    #[test]
    fn everybody_reads_what_is_public_and_what_is_their_own() {
        check("visitor", |side| Actor::visitor().reads(side), PUBLIC, NONE);
        check("guest", |side| guest().reads(side), PUBLIC, GUEST);
        check("viewer", |side| ann(Role::Viewer).reads(side), PUBLIC, ANN);
        check("sender", |side| Actor::sender().reads(side), PUBLIC, NONE);
    }

    #[test]
    fn a_token_is_for_one_collection_and_what_it_says() {
        check("read", |side| bearer(Scope::Read).reads(side), ANN, ANN);
        check("read", |side| bearer(Scope::Ingest).reads(side), NONE, NONE);
        check("send", |side| bearer(Scope::Ingest).sends_to(side), ANN, ANN);
        let refused = Err(ErrorKind::NotAllowed);
        check("send", |side| bearer(Scope::Read).sends_to(side), refused, refused);
        check("work", |side| bearer(Scope::Read).works_on(side), Err(ErrorKind::LogInNeeded), NONE);
        check("clear", |side| bearer(Scope::Ingest).clears(side), Err(ErrorKind::LogInNeeded), NONE);
    }

    #[test]
    fn events_come_from_those_who_may_send() {
        let refused = Err(ErrorKind::NotASender);
        check("visitor", |side| Actor::visitor().sends_to(side), refused, NONE);
        check("guest", |side| guest().sends_to(side), refused, GUEST);
        check("viewer", |side| ann(Role::Viewer).sends_to(side), refused, ANN);
        check("analyst", |side| ann(Role::Analyst).sends_to(side), PUBLIC, ANN);
        check("sender", |side| Actor::sender().sends_to(side), PUBLIC, NONE);
    }

    #[test]
    fn the_role_counts_where_others_are_concerned() {
        let unknown = Err(ErrorKind::LogInNeeded);
        let refused = Err(ErrorKind::NotAllowed);
        check("visitor", |side| Actor::visitor().works_on(side), unknown, NONE);
        check("guest", |side| guest().works_on(side), unknown, GUEST);
        check("viewer", |side| ann(Role::Viewer).works_on(side), refused, ANN);
        check("analyst", |side| ann(Role::Analyst).works_on(side), PUBLIC, ANN);
        check("analyst", |side| ann(Role::Analyst).clears(side), refused, ANN);
        check("administrator", |side| ann(Role::Administrator).clears(side), PUBLIC, ANN);
        check("guest", |side| guest().clears(side), unknown, GUEST);
    }

    #[test]
    fn who_does_not_administer_finds_nothing_to_administer() {
        assert!(ann(Role::Administrator).administers().is_ok());
        for actor in [Actor::visitor(), guest(), ann(Role::Viewer), ann(Role::Analyst), bearer(Scope::Read), Actor::sender()] {
            assert_eq!(actor.administers().unwrap_err().kind(), ErrorKind::Missing);
        }
    }
}
