use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use radar_engine::Engine;
use radar_store::memory::MemoryStore;
use radar_store::{Expect, Record, Store, Table};
use radar_types::{CollectionId, Email, Role, Scope, SessionAlias, Side, Timestamp};

use super::*;
use crate::{Actor, ErrorKind, Services};

const PASSWORD: &str = "a few good words";
const MINUTE: i64 = 60_000;

struct House {
    services: Services,
    store: Arc<dyn Store>,
}

impl House {
    async fn new(registration: Registration) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let rules = AccountRules { registration, setup_code: Some("the code".into()) };
        let services = Services::start(Arc::clone(&store), Arc::new(Engine::shipped().unwrap()), rules).await.unwrap();
        Self { services: services.with_quick_passwords(), store }
    }

    async fn with_administrator() -> (Self, Actor) {
        let house = Self::new(Registration::ByInvitation).await;
        house.services.ensure_administrator("root@example.org", PASSWORD, at(0)).await.unwrap();
        let (_, actor) = house.logged_in("root@example.org", PASSWORD).await;
        (house, actor)
    }

    async fn logged_in(&self, email: &str, password: &str) -> (Session, Actor) {
        let mut session = Session::new(at(0)).unwrap();
        self.services.log_in(&mut session, shown(email, password), at(0)).await.unwrap();
        let actor = self.actor(&session).await;
        (session, actor)
    }

    async fn actor(&self, session: &Session) -> Actor {
        self.services.actor_of(Some(session), at(0)).await.unwrap()
    }

    async fn person(&self, administrator: &Actor, email: &str, role: Role) -> (Session, Actor) {
        let invitation = self.services.invite(administrator, role, at(0)).await.unwrap();
        self.services.register(shown(email, PASSWORD), Some(&invitation), at(0)).await.unwrap();
        self.logged_in(email, PASSWORD).await
    }

    /// What is stored of all kinds, as one text.
    async fn everything(&self) -> String {
        let mut all = String::new();
        for table in Table::ALL {
            for record in self.store.list(table, None, None, 1_000, at(0)).await.unwrap() {
                all += &format!("{} {} {}\n", record.key, record.owner, String::from_utf8_lossy(&record.value));
            }
        }
        all
    }

    async fn has_collection(&self, id: &CollectionId) -> bool {
        self.store.collections().await.unwrap().iter().any(|info| info.id == *id)
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_767_225_600_000 + millis).unwrap()
}

fn shown<'a>(email: &'a str, password: &'a str) -> Credentials<'a> {
    Credentials { email, password, from: IpAddr::V4(Ipv4Addr::LOCALHOST) }
}

fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_by_who_reads_the_log() {
    let House { services, .. } = House::new(Registration::Off).await;
    assert!(services.needs_setup(at(0)).await.unwrap());
    let error = services.set_up(shown("root@example.org", PASSWORD), "guessed", at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    services.set_up(shown("root@example.org", PASSWORD), " the code\n", at(0)).await.unwrap();
    assert!(!services.needs_setup(at(0)).await.unwrap());
    let error = services.set_up(shown("eve@example.org", PASSWORD), "the code", at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    let error = services.register(shown("eve@example.org", PASSWORD), None, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
}

#[tokio::test]
async fn who_knows_the_password_is_let_in_and_nobody_else() {
    let (house, administrator) = House::with_administrator().await;
    assert_eq!(administrator.role(), Some(Role::Administrator));
    let (_, ann) = house.person(&administrator, "Ann@Example.org", Role::Analyst).await;
    assert_eq!((ann.email(), ann.role()), (Some(&email("ann@example.org")), Some(Role::Analyst)));
    let mut session = Session::new(at(0)).unwrap();
    for (who, password) in [
        ("ann@example.org", "another password"),
        ("bob@example.org", PASSWORD),
        ("{\"$ne\":null}", PASSWORD),
        ("", ""),
        ("ann@example.org", &"x".repeat(1 << 20)),
    ] {
        let error = house.services.log_in(&mut session, shown(who, password), at(0)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WrongLogin, "{who}");
    }
    assert_eq!(house.actor(&session).await, Actor::visitor());
}

#[tokio::test]
async fn an_address_that_is_taken_is_not_told_and_not_changed() {
    let (house, administrator) = House::with_administrator().await;
    house.person(&administrator, "ann@example.org", Role::Analyst).await;
    let invitation = house.services.invite(&administrator, Role::Administrator, at(0)).await.unwrap();
    house.services.register(shown("ann@example.org", "a password of eve"), Some(&invitation), at(0)).await.unwrap();
    let (_, ann) = house.logged_in("ann@example.org", PASSWORD).await;
    assert_eq!(ann.role(), Some(Role::Analyst));
    // The invitation is still good.
    house.services.register(shown("bob@example.org", PASSWORD), Some(&invitation), at(0)).await.unwrap();
    let error = house.services.register(shown("eve@example.org", PASSWORD), Some(&invitation), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed, "it was good for one account");
}

#[tokio::test]
async fn who_tries_too_often_waits() {
    let (house, _) = House::with_administrator().await;
    let mut session = Session::new(at(0)).unwrap();
    let mut kinds = Vec::new();
    for _ in 0..12 {
        let tried = house.services.log_in(&mut session, shown("ann@example.org", "wrong password"), at(0)).await;
        kinds.push(tried.unwrap_err().kind());
    }
    assert_eq!(kinds[..10], [ErrorKind::WrongLogin; 10]);
    assert_eq!(kinds[10..], [ErrorKind::TooMany; 2]);
    // Others are let in meanwhile.
    house.logged_in("root@example.org", PASSWORD).await;
    let error = house.services.log_in(&mut session, shown("ann@example.org", "x"), at(31_000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongLogin);
}

#[tokio::test]
async fn a_changed_password_and_log_out_everywhere_end_all_other_sessions() {
    let (house, administrator) = House::with_administrator().await;
    let (mut here, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let (there, _) = house.logged_in("ann@example.org", PASSWORD).await;
    let old = shown("ann@example.org", PASSWORD);
    for (credentials, new, expected) in [
        (shown("ann@example.org", "wrong password"), "another password", ErrorKind::WrongLogin),
        (shown("root@example.org", PASSWORD), "another password", ErrorKind::WrongLogin),
        (old, "short", ErrorKind::Invalid),
    ] {
        let error = house.services.change_password(&ann, &mut here, credentials, new, at(0)).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{credentials:?}");
    }
    house.services.change_password(&ann, &mut here, old, "another password", at(0)).await.unwrap();
    assert_eq!(house.actor(&here).await, ann);
    assert_eq!(house.actor(&there).await, Actor::visitor());
    let (there, _) = house.logged_in("ann@example.org", "another password").await;
    house.services.log_out_everywhere(&ann, at(0)).await.unwrap();
    for session in [&here, &there] {
        assert_eq!(house.actor(session).await, Actor::visitor());
    }
}

#[tokio::test]
async fn an_account_goes_with_everything_in_it() {
    let (house, administrator) = House::with_administrator().await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let own = email("ann@example.org").collection();
    house.store.create(&own, at(0)).await.unwrap();
    let token = new_token(Side::Private, vec![Scope::Ingest]);
    let secret = house.services.create_token(&ann, token, at(0)).await.unwrap();
    let error = house.services.delete_account(&ann, shown("ann@example.org", "wrong password"), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongLogin);
    house.services.delete_account(&ann, shown("ann@example.org", PASSWORD), at(0)).await.unwrap();
    assert_eq!(house.actor(&session).await, Actor::visitor());
    assert_eq!(house.services.bearer(&secret, at(0)).await.unwrap(), None);
    assert!(!house.has_collection(&own).await);
    let error = house.services.delete_account(&administrator, shown("root@example.org", PASSWORD), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed, "somebody has to be left");
}

#[tokio::test]
async fn roles_change_at_once_and_one_administrator_is_left() {
    let (house, administrator) = House::with_administrator().await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let error = house.services.set_role(&ann, &email("ann@example.org"), Role::Administrator, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    let root = email("root@example.org");
    let error = house.services.set_role(&administrator, &root, Role::Viewer, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    house.services.set_role(&administrator, &email("ann@example.org"), Role::Administrator, at(0)).await.unwrap();
    let ann = house.actor(&session).await;
    assert_eq!(ann.role(), Some(Role::Administrator));
    house.services.set_role(&ann, &root, Role::Viewer, at(0)).await.unwrap();
    house.services.remove_user(&ann, &root, at(0)).await.unwrap();
    let accounts = house.services.accounts(&ann, None, 10, at(0)).await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.email.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
}

fn new_token(side: Side, scopes: Vec<Scope>) -> NewToken {
    NewToken { name: "collector".into(), side, scopes, expires: None }
}

#[tokio::test]
async fn a_token_opens_its_collection_until_it_is_revoked_or_ends() {
    let (house, administrator) = House::with_administrator().await;
    let (_, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let services = &house.services;
    let lasting = services.create_token(&ann, new_token(Side::Private, vec![Scope::Read, Scope::Ingest]), at(0)).await.unwrap();
    let ending = NewToken { expires: Some(at(MINUTE)), ..new_token(Side::Private, vec![Scope::Read]) };
    let ending = services.create_token(&ann, ending, at(1)).await.unwrap();
    let expected = Actor::bearer(email("ann@example.org").collection(), vec![Scope::Ingest, Scope::Read]);
    assert_eq!(services.bearer(&lasting, at(2)).await.unwrap(), Some(expected));
    assert!(services.bearer(&ending, at(2)).await.unwrap().is_some());
    assert_eq!(services.bearer(&ending, at(MINUTE)).await.unwrap(), None);
    for guess in ["", "radar_", "radar_00", &lasting.to_uppercase(), &lasting[..lasting.len() - 1]] {
        assert_eq!(services.bearer(guess, at(2)).await.unwrap(), None, "{guess}");
    }
    let listed = services.tokens(&ann, Side::Private, at(MINUTE)).await.unwrap();
    assert_eq!(listed.iter().map(|token| token.last_used).collect::<Vec<_>>(), [Some(at(2))]);
    // Somebody else does not find it, whoever they are.
    let error = services.revoke_token(&administrator, Side::Private, &listed[0].id, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    services.revoke_token(&ann, Side::Private, &listed[0].id, at(0)).await.unwrap();
    assert_eq!(services.bearer(&lasting, at(3)).await.unwrap(), None);
}

#[tokio::test]
async fn tokens_have_a_name_a_purpose_and_a_bound() {
    let (house, administrator) = House::with_administrator().await;
    let (_, viewer) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let services = &house.services;
    for (new, expected) in [
        (new_token(Side::Public, vec![Scope::Read]), ErrorKind::NotAllowed),
        (new_token(Side::Private, vec![]), ErrorKind::Invalid),
        (NewToken { name: " \n".into(), ..new_token(Side::Private, vec![Scope::Read]) }, ErrorKind::Invalid),
        (NewToken { name: "x".repeat(81), ..new_token(Side::Private, vec![Scope::Read]) }, ErrorKind::Invalid),
        (NewToken { expires: Some(at(0)), ..new_token(Side::Private, vec![Scope::Read]) }, ErrorKind::Invalid),
    ] {
        assert_eq!(services.create_token(&viewer, new.clone(), at(0)).await.unwrap_err().kind(), expected, "{new:?}");
    }
    let error = services.create_token(&Actor::visitor(), new_token(Side::Private, vec![Scope::Read]), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    for _ in 0..100 {
        services.create_token(&viewer, new_token(Side::Private, vec![Scope::Read]), at(0)).await.unwrap();
    }
    let error = services.create_token(&viewer, new_token(Side::Private, vec![Scope::Read]), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

fn stored(session: &Session, expires: Timestamp) -> SessionRecord {
    SessionRecord { alias: Some(session.alias().clone()), expires, value: write(session).unwrap() }
}

#[tokio::test]
async fn a_private_session_vanishes_with_everything_when_its_time_is_over() {
    let house = House::new(Registration::Off).await;
    let services = &house.services;
    let mut session = Session::new(at(0)).unwrap();
    assert_eq!(house.actor(&session).await, Actor::visitor());
    session.open_private();
    let guest = house.actor(&session).await;
    assert!(services.create_session("the secret", stored(&session, at(MINUTE))).await.unwrap());
    assert!(!services.create_session("the secret", stored(&session, at(MINUTE))).await.unwrap(), "a secret is one session's");
    let own = session.alias().collection();
    house.store.create(&own, at(0)).await.unwrap();
    let token = services.create_token(&guest, new_token(Side::Private, vec![Scope::Ingest]), at(0)).await.unwrap();
    assert_eq!(services.end_expired_sessions(at(MINUTE - 1)).await.unwrap(), 0);
    assert!(house.has_collection(&own).await);
    assert_eq!(services.load_session("the secret", at(MINUTE - 1)).await.unwrap(), Some(write(&session).unwrap()));
    assert_eq!(services.load_session("the secret", at(MINUTE)).await.unwrap(), None);
    assert_eq!(services.end_expired_sessions(at(MINUTE)).await.unwrap(), 1);
    assert!(!house.has_collection(&own).await);
    assert_eq!(services.bearer(&token, at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_changes_its_secret_keeps_what_it_has() {
    let house = House::new(Registration::Off).await;
    let services = &house.services;
    let mut session = Session::new(at(0)).unwrap();
    session.open_private();
    let own = session.alias().collection();
    services.create_session("old", stored(&session, at(MINUTE))).await.unwrap();
    house.store.create(&own, at(0)).await.unwrap();
    services.forget_session("old").await.unwrap();
    services.end_expired_sessions(at(0)).await.unwrap();
    services.create_session("new", stored(&session, at(MINUTE))).await.unwrap();
    services.end_expired_sessions(at(0)).await.unwrap();
    assert!(house.has_collection(&own).await);
    // One that a killed process left behind goes at the second look.
    services.forget_session("new").await.unwrap();
    services.end_expired_sessions(at(0)).await.unwrap();
    assert!(house.has_collection(&own).await);
    services.end_expired_sessions(at(0)).await.unwrap();
    assert!(!house.has_collection(&own).await);
}

#[tokio::test]
async fn clearing_a_session_leaves_the_others() {
    let house = House::new(Registration::Off).await;
    let mut sessions = [Session::new(at(0)).unwrap(), Session::new(at(0)).unwrap()];
    for session in &mut sessions {
        session.open_private();
        house.store.create(&session.alias().collection(), at(0)).await.unwrap();
    }
    house.services.end_session(&sessions[0], at(0)).await.unwrap();
    assert!(!house.has_collection(&sessions[0].alias().collection()).await);
    assert!(house.has_collection(&sessions[1].alias().collection()).await);
}

#[tokio::test]
async fn no_secret_is_stored() {
    let (house, administrator) = House::with_administrator().await;
    let (mut session, ann) = house.person(&administrator, "ann@example.org", Role::Analyst).await;
    session.open_private();
    house.services.create_session("the secret of a cookie", stored(&session, at(MINUTE))).await.unwrap();
    let token = house.services.create_token(&ann, new_token(Side::Private, vec![Scope::Read]), at(0)).await.unwrap();
    let invitation = house.services.invite(&administrator, Role::Viewer, at(0)).await.unwrap();
    let everything = house.everything().await;
    for secret in [PASSWORD, "the secret of a cookie", &token, &token["radar_".len()..], &invitation] {
        assert!(!everything.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn administrators_read_what_was_done_latest_first() {
    let (house, administrator) = House::with_administrator().await;
    let (_, ann) = house.person(&administrator, "ann@example.org", Role::Analyst).await;
    house.services.create_token(&ann, new_token(Side::Public, vec![Scope::Ingest]), at(1)).await.unwrap();
    let page = house.services.audit(&administrator, None, 2, at(2)).await.unwrap();
    assert_eq!((&*page.deeds[0].who, &*page.deeds[0].what), ("ann@example.org", "made a token"));
    assert_eq!(page.deeds[0].about, "collector for the public collection");
    assert_eq!(page.deeds.len(), 2);
    let rest = house.services.audit(&administrator, page.next.as_deref(), 100, at(2)).await.unwrap();
    let whats: Vec<&str> = page.deeds.iter().chain(&rest.deeds).map(|deed| &*deed.what).collect();
    for expected in ["made a token", "logged in", "registered", "invited"] {
        assert!(whats.contains(&expected), "{expected} in {whats:?}");
    }
    for actor in [ann, Actor::visitor(), Actor::sender(), Actor::guest(SessionAlias::from_bytes([1; 16]))] {
        assert_eq!(house.services.audit(&actor, None, 2, at(2)).await.unwrap_err().kind(), ErrorKind::Missing);
    }
}

#[tokio::test]
async fn what_others_change_meanwhile_is_not_lost() {
    let (house, _) = House::with_administrator().await;
    let put = |value: u32| Record { key: "n".into(), value: write(&value).unwrap(), ..Record::default() };
    house.store.put(Table::Settings, put(0), Expect::Nothing).await.unwrap();
    let add = async || house.services.change(Table::Settings, "n", at(0), |n: &mut u32| Ok(*n += 1)).await.unwrap();
    let (a, b, c) = tokio::join!(add(), add(), add());
    assert_eq!([a, b, c].into_iter().flatten().max(), Some(3));
    assert_eq!(house.services.change(Table::Settings, "none", at(0), |n: &mut u32| Ok(*n += 1)).await.unwrap(), None);
}
