//! Accounts: made, used, changed and removed.
//!
//! Nobody learns from an answer, or from how long it takes, whether an address has an account: logging in checks a
//! password in any case, and registering hashes one and says the same whether the address was free or not.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use radar_store::{Expect, PAGE_EVENTS_MAX, Record, Table};
use radar_types::people::{AccountInfo, Me, Registration, Viewer};
use radar_types::{Email, Role, Timestamp};
use serde::{Deserialize, Serialize};

use super::password::{self, Checked, Hash};
use super::session::{Login, Session};
use super::{Rate, read, secret, write};
use crate::{Actor, Asker, Error, Result, Services};

/// Tries at one account from one address, at one account from anywhere, and from one address at whatever accounts.
const TRIES: Rate = Rate { at_once: 10, every: Duration::from_secs(30) };
const TRIES_AT_ACCOUNT: Rate = Rate { at_once: 100, every: Duration::from_secs(30) };
const TRIES_FROM_ADDRESS: Rate = Rate { at_once: 50, every: Duration::from_secs(10) };
/// Longer than it takes, so that nobody learns from the time whether an address was free.
const REGISTERING: Duration = Duration::from_millis(500);
const REGISTRATIONS: Rate = Rate { at_once: 10, every: Duration::from_secs(60) };

/// What the program was told about people at its start.
#[derive(Clone, Debug)]
pub struct AccountRules {
    pub registration: Registration,
    /// What makes the first administrator, where anybody could try. Nothing where only this machine can.
    pub setup_code: Option<String>,
    /// A session that nothing was asked with for so long ends.
    pub session_idle: Duration,
    /// And one so old does in any case.
    pub session_at_most: Duration,
    /// How many requests a second one address may send, and one token, on average.
    pub requests_per_second: Option<NonZeroU32>,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self {
            registration: Registration::default(),
            setup_code: None,
            session_idle: Duration::from_secs(60 * 60),
            session_at_most: Duration::from_secs(24 * 60 * 60),
            requests_per_second: None,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Account {
    pub(super) email: Email,
    pub(super) role: Role,
    password: Hash,
    /// Rises when the account logs out everywhere.
    pub(super) epoch: u64,
    created: Timestamp,
    last_login: Option<Timestamp>,
}

/// What somebody typed to be let in.
#[derive(Clone, Copy, Debug)]
pub struct Credentials<'a> {
    pub email: &'a str,
    pub password: &'a str,
    /// Where it came from.
    pub from: IpAddr,
}

impl Services {
    /// Lets the session in.
    pub async fn log_in(&self, session: &mut Session, shown: Credentials<'_>, now: Timestamp) -> Result<()> {
        let account = self.checked(shown, now).await?;
        session.log_in(Login { email: account.email.clone(), epoch: account.epoch });
        self.note(account.email.as_str(), "logged in", format!("from {}", shown.from), now).await;
        Ok(())
    }

    /// Makes an account, if that is allowed and the address is free; it does not say whether it was, and takes the same
    /// time.
    pub async fn register(&self, shown: Credentials<'_>, invitation: &str, now: Timestamp) -> Result<()> {
        let invitation = Some(invitation.trim()).filter(|secret| !secret.is_empty());
        self.throttle.take(&format!("register {}", shown.from), REGISTRATIONS, now)?;
        let role = match (self.rules.registration, invitation) {
            (Registration::Off, _) => None,
            (Registration::Open, None) => Some(Role::Viewer),
            (Registration::Open | Registration::Invitation, Some(secret)) => self.invitation(secret, now).await?,
            (Registration::Invitation, None) => None,
        };
        let role = role.ok_or_else(|| Error::not_allowed("Accounts are made by invitation here. Ask an administrator for one."))?;
        let email = Email::new(shown.email).map_err(|error| Error::invalid(error.to_string()))?;
        password::is_fit(shown.password)?;
        let answer_at = tokio::time::Instant::now() + REGISTERING;
        let hash = self.passwords.hash(shown.password).await?;
        if let Some(secret) = invitation
            && !self.use_up_invitation(secret).await?
        {
            return Err(Error::not_allowed("This invitation was used already. Ask an administrator for another one."));
        }
        // What is in the store under an address, for example of an older RADAR, is for who is invited.
        if invitation.is_some() || !self.has_collection(&email.collection()).await? {
            self.insert(email, role, hash, now).await?;
        }
        tokio::time::sleep_until(answer_at).await;
        Ok(())
    }

    /// Whether nobody administers yet, so that somebody has to begin.
    pub async fn needs_setup(&self, now: Timestamp) -> Result<bool> {
        // One is always left, so nobody has to ask again.
        if !self.is_administered.load(Ordering::Relaxed) {
            let is_administered = self.administrator_but(None, now).await?;
            self.is_administered.store(is_administered, Ordering::Relaxed);
        }
        Ok(!self.is_administered.load(Ordering::Relaxed))
    }

    /// Who looks at a page, for the page to say so.
    pub async fn viewer(&self, asker: &Asker, now: Timestamp) -> Result<Viewer> {
        let actor = &asker.actor;
        let account = actor.email().zip(actor.role()).map(|(email, role)| Me { email: email.clone(), role });
        Ok(Viewer {
            side: asker.side,
            account,
            session: asker.session().and_then(|session| self.private_session(actor, &session)),
            registration: self.rules.registration,
            needs_setup: self.needs_setup(now).await?,
            needs_setup_code: self.rules.setup_code.is_some(),
        })
    }

    /// Makes the first administrator and logs them in. `code` is what the program printed at its start, where it did.
    pub async fn set_up(&self, session: &mut Session, shown: Credentials<'_>, code: &str, now: Timestamp) -> Result<()> {
        self.throttle.take(&format!("set up {}", shown.from), REGISTRATIONS, now)?;
        if !self.needs_setup(now).await? {
            return Err(Error::missing());
        }
        // Hashes are compared, so that the time it takes says nothing of the code.
        if self.rules.setup_code.as_deref().is_some_and(|expected| secret::hashed(code.trim()) != secret::hashed(expected)) {
            return Err(Error::not_allowed("This is not the code that the server wrote to its log when it started."));
        }
        let email = Email::new(shown.email).map_err(|error| Error::invalid(error.to_string()))?;
        password::is_fit(shown.password)?;
        let hash = self.passwords.hash(shown.password).await?;
        // Of two who set up at the same time, one is the first.
        let _turn = self.setting_up.lock().await;
        if !self.needs_setup(now).await? {
            return Err(Error::missing());
        }
        if self.account(&email, now).await?.is_some() {
            return Err(Error::invalid("This address has an account already. Begin with another one, and raise that later."));
        }
        self.insert(email, Role::Administrator, hash, now).await?;
        self.log_in(session, shown, now).await
    }

    /// Sees to it that this account is there and administers: for a server that takes it from its environment. Who has the
    /// address already and is no administrator becomes one only if the password is theirs: somebody else may have been
    /// faster.
    pub async fn ensure_administrator(&self, email: &str, password: &str, now: Timestamp) -> Result<()> {
        let email = Email::new(email).map_err(|error| Error::invalid(error.to_string()))?;
        if let Some(account) = self.account(&email, now).await?
            && account.role < Role::Administrator
            && self.passwords.check(password, Some(&account.password)).await? == Checked::Wrong
        {
            let message = format!("Somebody else registered as {email}, with another password. Remove that account first.");
            return Err(Error::not_allowed(message));
        }
        let promoted = self.change(Table::Users, email.as_str(), now, |account: &mut Account| {
            account.role = Role::Administrator;
            Ok(())
        });
        if promoted.await?.is_some() {
            return Ok(());
        }
        password::is_fit(password)?;
        let hash = self.passwords.hash(password).await?;
        self.insert(email, Role::Administrator, hash, now).await
    }

    /// Every other session of the account is logged out by it.
    pub async fn change_password(&self, asker: &Asker, old: &str, new: &str, now: Timestamp) -> Result<()> {
        let email = asker.actor.has_account()?;
        let mut session = asker.session().ok_or_else(Error::log_in_needed)?;
        password::is_fit(new)?;
        self.checked(asker.credentials(email.as_str(), old), now).await?;
        let hash = self.passwords.hash(new).await?;
        let changed = self.change(Table::Users, email.as_str(), now, |account: &mut Account| {
            account.password.clone_from(&hash);
            account.epoch += 1;
            Ok(())
        });
        let account = changed.await?.ok_or_else(Error::missing)?;
        session.log_in(Login { email: account.email, epoch: account.epoch });
        asker.keep(Some(session));
        self.rights_changed();
        self.note(email.as_str(), "changed the password", "", now).await;
        Ok(())
    }

    pub async fn log_out_everywhere(&self, actor: &Actor, now: Timestamp) -> Result<()> {
        let email = actor.has_account()?;
        let changed = self.change(Table::Users, email.as_str(), now, |account: &mut Account| {
            account.epoch += 1;
            Ok(())
        });
        changed.await?.ok_or_else(Error::missing)?;
        self.rights_changed();
        self.note(email.as_str(), "logged out everywhere", "", now).await;
        Ok(())
    }

    /// Removes the account with all that is its own, and ends the session.
    pub async fn delete_account(&self, asker: &Asker, password: &str, now: Timestamp) -> Result<()> {
        let email = asker.actor.has_account()?;
        let account = self.checked(asker.credentials(email.as_str(), password), now).await?;
        let _turn = self.setting_up.lock().await;
        if account.role == Role::Administrator {
            self.keep_an_administrator(email, now).await?;
        }
        self.remove_account(email, now).await?;
        self.note(email.as_str(), "deleted the account", "", now).await;
        self.log_out(asker, now).await
    }

    pub async fn accounts(&self, actor: &Actor, after: Option<&str>, limit: u32, now: Timestamp) -> Result<Vec<AccountInfo>> {
        actor.administers()?;
        let records = self.store.list(Table::Users, None, after, limit, now).await?;
        records.iter().map(|record| read::<Account>(record).map(AccountInfo::from)).collect()
    }

    pub async fn set_role(&self, actor: &Actor, email: &str, role: Role, now: Timestamp) -> Result<()> {
        let administrator = actor.administers()?;
        let email = &Email::new(email).map_err(|_| Error::missing())?;
        let _turn = self.setting_up.lock().await;
        if role < Role::Administrator {
            self.keep_an_administrator(email, now).await?;
        }
        let changed = self.change(Table::Users, email.as_str(), now, |account: &mut Account| {
            account.role = role;
            Ok(())
        });
        changed.await?.ok_or_else(Error::missing)?;
        self.rights_changed();
        self.note(administrator.as_str(), "changed a role", format!("{email} is now {}", role.name()), now).await;
        Ok(())
    }

    pub async fn remove_user(&self, actor: &Actor, email: &str, now: Timestamp) -> Result<()> {
        let administrator = actor.administers()?;
        let email = &Email::new(email).map_err(|_| Error::missing())?;
        let _turn = self.setting_up.lock().await;
        self.account(email, now).await?.ok_or_else(Error::missing)?;
        self.keep_an_administrator(email, now).await?;
        self.remove_account(email, now).await?;
        self.note(administrator.as_str(), "removed an account", email.as_str(), now).await;
        Ok(())
    }

    pub(super) async fn account(&self, email: &Email, now: Timestamp) -> Result<Option<Account>> {
        self.store.find(Table::Users, email.as_str(), now).await?.as_ref().map(read).transpose()
    }

    async fn insert(&self, email: Email, role: Role, password: Hash, now: Timestamp) -> Result<()> {
        let name = email.as_str().to_owned();
        // Not from zero: who was logged in to an account that is gone must not be to another one of the same address.
        let epoch = u64::from(u32::from_le_bytes(secret::random()?));
        let account = Account { email, role, password, epoch, created: now, last_login: None };
        let record = Record { key: name.clone(), value: write(&account)?, ..Record::default() };
        match self.store.put(Table::Users, record, Expect::Nothing).await {
            Ok(_) => self.note(&name, "registered", role.name(), now).await,
            // The address is taken, and whoever tried it learns no more than others.
            Err(error) if error.kind() == radar_store::ErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The account, if the password is its own.
    async fn checked(&self, shown: Credentials<'_>, now: Timestamp) -> Result<Account> {
        if !password::may_be_one(shown.password) {
            return Err(Error::wrong_login());
        }
        let email = Email::new(shown.email).ok();
        let name = email.as_ref().map_or("", Email::as_str);
        let tries = format!("{name} {}", shown.from);
        self.throttle.take(&format!("from {}", shown.from), TRIES_FROM_ADDRESS, now)?;
        self.throttle.take(&tries, TRIES, now)?;
        self.throttle.take(&format!("at {name}"), TRIES_AT_ACCOUNT, now)?;
        let account = match &email {
            Some(email) => self.account(email, now).await?,
            None => None,
        };
        let checked = self.passwords.check(shown.password, account.as_ref().map(|account| &*account.password)).await?;
        let (Some(account), Checked::Right | Checked::RightAndOutdated(_)) = (account, &checked) else {
            return Err(Error::wrong_login());
        };
        self.throttle.forget(&tries);
        let renewed = self.change(Table::Users, account.email.as_str(), now, |stored: &mut Account| {
            stored.last_login = Some(now);
            // Somebody who changed the password in between keeps theirs.
            if let Checked::RightAndOutdated(hash) = &checked
                && stored.password == account.password
            {
                stored.password.clone_from(hash);
            }
            Ok(())
        });
        renewed.await?.ok_or_else(Error::wrong_login)
    }

    async fn keep_an_administrator(&self, but: &Email, now: Timestamp) -> Result<()> {
        if self.administrator_but(Some(but), now).await? {
            return Ok(());
        }
        Err(Error::not_allowed("This is the only administrator. Make somebody else one first."))
    }

    /// Whether there is one beside this one.
    async fn administrator_but(&self, but: Option<&Email>, now: Timestamp) -> Result<bool> {
        let mut after = None;
        loop {
            let records = self.store.list(Table::Users, None, after.as_deref(), PAGE_EVENTS_MAX, now).await?;
            let Some(last) = records.last() else { return Ok(false) };
            after = Some(last.key.clone());
            for record in &records {
                let account: Account = read(record)?;
                if account.role == Role::Administrator && Some(&account.email) != but {
                    return Ok(true);
                }
            }
        }
    }

    async fn remove_account(&self, email: &Email, now: Timestamp) -> Result<()> {
        // Without the account, nobody is logged in to it, and its tokens go with its collection.
        self.store.remove(Table::Users, email.as_str()).await?;
        self.remove_collection(&email.collection(), now).await
    }
}

impl From<Account> for AccountInfo {
    fn from(account: Account) -> Self {
        let Account { email, role, created, last_login, .. } = account;
        Self { email, role, created, last_login }
    }
}
