use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use radar_engine::Engine;
use radar_store::memory::MemoryStore;
use radar_store::{Expect, Record, Store, Table};
use radar_types::people::{NewToken, Registration};
use radar_types::{CollectionId, Email, Role, Scope, SessionAlias, Side, Timestamp};

use super::*;
use crate::{Actor, Asker, ErrorKind, Services};

const PASSWORD: &str = "a few good words";
const MINUTE: i64 = 60_000;

struct House {
    services: Services,
    store: Arc<dyn Store>,
}

impl House {
    async fn new(registration: Registration) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let rules = AccountRules {
            registration,
            setup_code: Some("the code".into()),
            session_idle: Duration::from_millis(MINUTE as u64),
            ..AccountRules::default()
        };
        let services = Services::start(Arc::clone(&store), Arc::new(Engine::shipped().unwrap()), rules).await.unwrap();
        Self { services: services.with_quick_passwords(), store }
    }

    async fn with_administrator() -> (Self, Actor) {
        let house = Self::new(Registration::Invitation).await;
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
        self.services.actor_of(session, at(0)).await.unwrap()
    }

    async fn person(&self, administrator: &Actor, email: &str, role: Role) -> (Session, Actor) {
        let invitation = self.services.invite(administrator, role, at(0)).await.unwrap();
        self.services.register(shown(email, PASSWORD), &invitation, at(0)).await.unwrap();
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

fn asker(actor: &Actor, session: &Session) -> Asker {
    Asker::new(actor.clone(), Some(session.clone()), IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn email(text: &str) -> Email {
    Email::new(text).unwrap()
}

#[tokio::test]
async fn the_first_administrator_is_made_once_and_by_who_reads_the_log() {
    let house = House::new(Registration::Off).await;
    let services = &house.services;
    assert!(services.needs_setup(at(0)).await.unwrap());
    let mut session = Session::new(at(0)).unwrap();
    let mut set_up = async |who, code| {
        let done = services.set_up(&mut session, shown(who, PASSWORD), code, at(0)).await;
        (done.map_err(|error| error.kind()), house.actor(&session).await.role())
    };
    assert_eq!(set_up("root@example.org", "guessed").await, (Err(ErrorKind::NotAllowed), None));
    assert_eq!(set_up("root@example.org", " the code\n").await, (Ok(()), Some(Role::Administrator)));
    assert!(!services.needs_setup(at(0)).await.unwrap());
    assert_eq!(set_up("eve@example.org", "the code").await.0, Err(ErrorKind::Missing));
    let error = services.register(shown("eve@example.org", PASSWORD), "", at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
}

#[tokio::test]
async fn who_registers_first_where_everybody_may_does_not_administer() {
    let house = House::new(Registration::Open).await;
    house.services.register(shown("eve@example.org", PASSWORD), "", at(0)).await.unwrap();
    let (_, eve) = house.logged_in("eve@example.org", PASSWORD).await;
    assert_eq!(eve.role(), Some(Role::Viewer));
    assert!(house.services.needs_setup(at(0)).await.unwrap());
    let mut session = Session::new(at(0)).unwrap();
    house.services.set_up(&mut session, shown("root@example.org", PASSWORD), "the code", at(0)).await.unwrap();
    assert!(!house.services.needs_setup(at(0)).await.unwrap());
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
    house.services.register(shown("ann@example.org", "a password of eve"), &invitation, at(0)).await.unwrap();
    let (_, ann) = house.logged_in("ann@example.org", PASSWORD).await;
    assert_eq!(ann.role(), Some(Role::Analyst));
    // Nor does what became of the invitation tell.
    let error = house.services.register(shown("eve@example.org", PASSWORD), &invitation, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
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
    let (here, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let (there, _) = house.logged_in("ann@example.org", PASSWORD).await;
    let asker = asker(&ann, &here);
    for (old, new, expected) in
        [("wrong password", "another password", ErrorKind::WrongLogin), (PASSWORD, "short", ErrorKind::Invalid)]
    {
        let error = house.services.change_password(&asker, old, new, at(0)).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{old} {new}");
    }
    house.services.change_password(&asker, PASSWORD, "another password", at(0)).await.unwrap();
    let here = asker.session().unwrap();
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
    let (root, _) = house.logged_in("root@example.org", PASSWORD).await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let own = email("ann@example.org").collection();
    house.store.create(&own, at(0)).await.unwrap();
    let token = new_token(vec![Scope::Ingest]);
    let secret = house.services.create_token(&ann, Side::Private, token, at(0)).await.unwrap();
    let (ann, root) = (asker(&ann, &session), asker(&administrator, &root));
    let error = house.services.delete_account(&ann, "wrong password", at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongLogin);
    house.services.delete_account(&ann, PASSWORD, at(0)).await.unwrap();
    assert_eq!(ann.session(), None);
    assert_eq!(house.actor(&session).await, Actor::visitor());
    assert_eq!(house.services.bearer(&secret, at(0)).await.unwrap(), None);
    assert!(!house.has_collection(&own).await);
    let error = house.services.delete_account(&root, PASSWORD, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed, "somebody has to be left");
}

#[tokio::test]
async fn roles_change_at_once_and_one_administrator_is_left() {
    let (house, administrator) = House::with_administrator().await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let error = house.services.set_role(&ann, "ann@example.org", Role::Administrator, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    let root = "root@example.org";
    let error = house.services.set_role(&administrator, root, Role::Viewer, at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotAllowed);
    house.services.set_role(&administrator, "ann@example.org", Role::Administrator, at(0)).await.unwrap();
    let ann = house.actor(&session).await;
    assert_eq!(ann.role(), Some(Role::Administrator));
    house.services.set_role(&ann, root, Role::Viewer, at(0)).await.unwrap();
    house.services.remove_user(&ann, root, at(0)).await.unwrap();
    let accounts = house.services.accounts(&ann, None, 10, at(0)).await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.email.as_str()).collect::<Vec<_>>(), ["ann@example.org"]);
}

fn new_token(scopes: Vec<Scope>) -> NewToken {
    NewToken { name: "collector".into(), scopes, expires: None }
}

#[tokio::test]
async fn a_token_opens_its_collection_until_it_is_revoked_or_ends() {
    let (house, administrator) = House::with_administrator().await;
    let (_, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let services = &house.services;
    let lasting = services.create_token(&ann, Side::Private, new_token(vec![Scope::Read, Scope::Ingest]), at(0)).await.unwrap();
    let ending = NewToken { expires: Some(at(MINUTE)), ..new_token(vec![Scope::Read]) };
    let ending = services.create_token(&ann, Side::Private, ending, at(1)).await.unwrap();
    let bearer = services.bearer(&lasting, at(2)).await.unwrap().unwrap();
    for side in [Side::Public, Side::Private] {
        assert_eq!(bearer.reads(side).unwrap(), email("ann@example.org").collection());
        assert_eq!(bearer.sends_to(side).unwrap(), email("ann@example.org").collection());
    }
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
    for (side, new, expected) in [
        (Side::Public, new_token(vec![Scope::Read]), ErrorKind::NotAllowed),
        (Side::Private, new_token(vec![]), ErrorKind::Invalid),
        (Side::Private, NewToken { name: " \n".into(), ..new_token(vec![Scope::Read]) }, ErrorKind::Invalid),
        (Side::Private, NewToken { name: "x".repeat(81), ..new_token(vec![Scope::Read]) }, ErrorKind::Invalid),
        (Side::Private, NewToken { expires: Some(at(0)), ..new_token(vec![Scope::Read]) }, ErrorKind::Invalid),
    ] {
        assert_eq!(services.create_token(&viewer, side, new.clone(), at(0)).await.unwrap_err().kind(), expected, "{new:?}");
    }
    let error = services.create_token(&Actor::visitor(), Side::Private, new_token(vec![Scope::Read]), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing);
    for _ in 0..100 {
        services.create_token(&viewer, Side::Private, new_token(vec![Scope::Read]), at(0)).await.unwrap();
    }
    let error = services.create_token(&viewer, Side::Private, new_token(vec![Scope::Read]), at(0)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
}

/// A session with a private collection in which there is something.
async fn private_session(house: &House, secret: &str) -> Session {
    let mut session = Session::new(at(0)).unwrap();
    house.services.look_at(&Actor::visitor(), &mut session, Side::Private);
    assert!(house.services.create_session(secret, &session, at(0)).await.unwrap());
    house.store.create(&session.alias().collection(), at(0)).await.unwrap();
    session
}

#[tokio::test]
async fn a_private_session_vanishes_with_everything_when_its_time_is_over() {
    let house = House::new(Registration::Off).await;
    let services = &house.services;
    let session = private_session(&house, "the secret").await;
    assert!(!services.create_session("the secret", &session, at(0)).await.unwrap(), "a secret is one session's");
    let own = session.alias().collection();
    let guest = house.actor(&session).await;
    let token = new_token(vec![Scope::Ingest]);
    let token = services.create_token(&guest, Side::Private, token, at(0)).await.unwrap();
    assert_eq!(services.end_expired_sessions(at(MINUTE - 1)).await.unwrap(), 0);
    assert!(house.has_collection(&own).await);
    assert_eq!(services.load_session("the secret", at(1)).await.unwrap(), Some(session));
    assert_eq!(services.load_session("the secret", at(MINUTE)).await.unwrap(), None);
    assert_eq!(services.end_expired_sessions(at(MINUTE)).await.unwrap(), 1);
    assert!(!house.has_collection(&own).await);
    assert_eq!(services.bearer(&token, at(1)).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_is_used_lasts_but_not_longer_than_a_day() {
    let house = House::new(Registration::Off).await;
    private_session(&house, "the secret").await;
    const DAY: i64 = 24 * 60 * MINUTE;
    for millis in (0..DAY).step_by(MINUTE as usize / 2) {
        assert!(house.services.load_session("the secret", at(millis)).await.unwrap().is_some(), "{millis}");
    }
    assert!(house.services.load_session("the secret", at(DAY)).await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_that_ended_is_not_saved_again() {
    let house = House::new(Registration::Off).await;
    let session = private_session(&house, "the secret").await;
    house.services.forget_session("the secret").await.unwrap();
    house.services.save_session("the secret", &session, at(0)).await.unwrap();
    assert_eq!(house.services.load_session("the secret", at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn a_session_that_changes_its_secret_keeps_what_it_has() {
    let house = House::new(Registration::Off).await;
    let services = &house.services;
    let session = private_session(&house, "old").await;
    let own = session.alias().collection();
    services.forget_session("old").await.unwrap();
    services.end_expired_sessions(at(0)).await.unwrap();
    services.create_session("new", &session, at(0)).await.unwrap();
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
    let mut one = private_session(&house, "one").await;
    let other = private_session(&house, "other").await;
    let own = one.alias().collection();
    let guest = house.actor(&one).await;
    house.services.clear_session(&mut one, at(0)).await.unwrap();
    assert!(!house.has_collection(&own).await);
    assert!(house.has_collection(&other.alias().collection()).await);
    assert_eq!(house.actor(&one).await, Actor::visitor());
    assert_ne!(one.alias().collection(), own, "what is still on its way finds nothing");
    assert!(house.services.enter(&guest, &own, at(0)).await.is_ok(), "the session is stored as it was");
    house.services.forget_session("one").await.unwrap();
    assert_eq!(house.services.enter(&guest, &own, at(0)).await.err().map(|error| error.kind()), Some(ErrorKind::Missing));
}

#[tokio::test]
async fn a_new_account_of_the_same_address_is_another_one() {
    let (house, administrator) = House::with_administrator().await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Administrator).await;
    let token = house.services.create_token(&ann, Side::Private, new_token(vec![Scope::Read]), at(0)).await.unwrap();
    house.services.delete_account(&asker(&ann, &session), PASSWORD, at(0)).await.unwrap();
    house.person(&administrator, "ann@example.org", Role::Viewer).await;
    assert_eq!(house.actor(&session).await, Actor::visitor());
    assert_eq!(house.services.bearer(&token, at(0)).await.unwrap(), None);
}

#[tokio::test]
async fn what_waits_to_be_added_to_a_collection_that_is_removed_does_not_bring_it_back() {
    let (house, administrator) = House::with_administrator().await;
    let (session, ann) = house.person(&administrator, "ann@example.org", Role::Viewer).await;
    let asker = asker(&ann, &session);
    let own = email("ann@example.org").collection();
    let entry = house.services.enter(&ann, &own, at(0)).await.unwrap();
    let deletion = house.services.delete_account(&asker, PASSWORD, at(0));
    let addition = async {
        tokio::task::yield_now().await;
        house.store.create(&own, at(0)).await.unwrap();
        drop(entry);
    };
    let (deleted, ()) = tokio::join!(deletion, addition);
    deleted.unwrap();
    assert!(!house.has_collection(&own).await);
    assert_eq!(house.services.enter(&ann, &own, at(0)).await.err().map(|error| error.kind()), Some(ErrorKind::Missing));
}

#[tokio::test]
async fn no_secret_is_stored() {
    let (house, administrator) = House::with_administrator().await;
    let (mut session, ann) = house.person(&administrator, "ann@example.org", Role::Analyst).await;
    session.open_private();
    house.services.create_session("the secret of a cookie", &session, at(0)).await.unwrap();
    let token = house.services.create_token(&ann, Side::Private, new_token(vec![Scope::Read]), at(0)).await.unwrap();
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
    house.services.create_token(&ann, Side::Public, new_token(vec![Scope::Ingest]), at(1)).await.unwrap();
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
    let count = |n: &mut u32| {
        *n += 1;
        Ok(())
    };
    let add = async || house.services.change(Table::Settings, "n", at(0), count).await.unwrap();
    let (a, b, c) = tokio::join!(add(), add(), add());
    assert_eq!([a, b, c].into_iter().flatten().max(), Some(3));
    assert_eq!(house.services.change(Table::Settings, "none", at(0), count).await.unwrap(), None);
}
