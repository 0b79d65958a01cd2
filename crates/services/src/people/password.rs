//! Passwords, as argon2id.
//!
//! One takes 50 to 150 ms of a processor and 19 MiB, on purpose, so they are hashed two at a time, and who comes when too
//! many wait is asked to come back.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::{Error, Result};

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 4;
const AT_ONCE: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

const LENGTH_MIN: usize = 10;
const LENGTH_MAX: usize = 256;

/// How a password is stored.
pub(super) type Hash = String;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Wrong,
    Right,
    /// It was stored with other parameters than those of today: this is how to store it now.
    RightAndOutdated(Hash),
}

#[derive(Clone)]
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// What is checked where there is no account, so that this takes the same time.
    nobodys: Arc<str>,
}

impl Passwords {
    pub(crate) fn new() -> Result<Self> {
        Self::with(MEMORY_KIB, PASSES)
    }

    /// Passwords that take no time.
    #[cfg(test)]
    pub(crate) fn quick() -> Result<Self> {
        Self::with(64, 1)
    }

    fn with(memory_kib: u32, passes: u32) -> Result<Self> {
        let params =
            Params::new(memory_kib, passes, 1, None).map_err(|error| Error::internal(std::io::Error::other(error.to_string())))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon2, "nobody")?.into();
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(AT_ONCE)), nobodys })
    }

    pub(super) async fn hash(&self, password: &str) -> Result<Hash> {
        let (argon2, password) = (self.argon2.clone(), password.to_owned());
        self.in_turn(move || hash(&argon2, &password)).await
    }

    /// Takes the same time with a hash and without one.
    pub(super) async fn check(&self, password: &str, stored: Option<&str>) -> Result<Checked> {
        if !may_be_one(password) {
            return Ok(Checked::Wrong);
        }
        let argon2 = self.argon2.clone();
        let (password, is_somebodys) = (password.to_owned(), stored.is_some());
        let stored = stored.unwrap_or(&self.nobodys).to_owned();
        self.in_turn(move || {
            let parsed = PasswordHash::new(&stored).map_err(|error| Error::internal(std::io::Error::other(error.to_string())))?;
            let is_right = argon2.verify_password(password.as_bytes(), &parsed).is_ok() && is_somebodys;
            let is_of_today = Params::try_from(&parsed).is_ok_and(|params| {
                let today = argon2.params();
                (params.m_cost(), params.t_cost(), params.p_cost()) == (today.m_cost(), today.t_cost(), today.p_cost())
            });
            Ok(match (is_right, is_of_today) {
                (false, _) => Checked::Wrong,
                (true, true) => Checked::Right,
                (true, false) => Checked::RightAndOutdated(hash(&argon2, &password)?),
            })
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await.map_err(|_| Error::busy())?;
        let turn = turn.map_err(Error::internal)?;
        spawn_blocking(move || {
            let _turn = turn;
            work()
        })
        .await
        .map_err(Error::internal)?
    }
}

/// Nobody has a longer one, and whoever sent it knows how long it is.
pub(super) fn may_be_one(password: &str) -> bool {
    password.chars().count() <= LENGTH_MAX
}

/// Whether it is fit to be one; why not, otherwise.
pub(super) fn is_fit(password: &str) -> Result<()> {
    if !may_be_one(password) {
        return Err(Error::invalid(format!("A password has at most {LENGTH_MAX} characters.")));
    }
    if password.chars().count() < LENGTH_MIN {
        return Err(Error::invalid(format!("A password has at least {LENGTH_MIN} characters. A few words make a good one.")));
    }
    Ok(())
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<Hash> {
    let hash: PasswordHash =
        argon2.hash_password(password.as_bytes()).map_err(|error| Error::internal(std::io::Error::other(error.to_string())))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[tokio::test]
    async fn only_the_password_itself_is_right() {
        let passwords = Passwords::with(64, 1).unwrap();
        let stored = passwords.hash("correct horse").await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{stored}");
        assert_eq!(passwords.check("correct horse", Some(&stored)).await.unwrap(), Checked::Right);
        for wrong in ["", "correct hors", "correct horse ", "Correct horse", &"x".repeat(1 << 20)] {
            assert_eq!(passwords.check(wrong, Some(&stored)).await.unwrap(), Checked::Wrong);
        }
        assert_eq!(passwords.check("nobody", None).await.unwrap(), Checked::Wrong);
        assert_ne!(passwords.hash("correct horse").await.unwrap(), stored, "every hash has a salt of its own");
    }

    #[tokio::test]
    async fn what_was_stored_with_less_is_stored_again() {
        let (weak, today) = (Passwords::with(64, 1).unwrap(), Passwords::with(128, 2).unwrap());
        let stored = weak.hash("correct horse").await.unwrap();
        let Checked::RightAndOutdated(renewed) = today.check("correct horse", Some(&stored)).await.unwrap() else {
            panic!("it is not outdated")
        };
        assert_eq!(today.check("correct horse", Some(&renewed)).await.unwrap(), Checked::Right);
        assert_eq!(today.check("wrong", Some(&stored)).await.unwrap(), Checked::Wrong);
    }

    #[tokio::test]
    async fn a_stored_text_that_is_no_hash_is_a_defect_and_no_password() {
        let passwords = Passwords::with(64, 1).unwrap();
        assert_eq!(passwords.check("x", Some("x")).await.unwrap_err().kind(), ErrorKind::Internal);
    }

    #[test]
    fn a_password_is_neither_short_nor_endless() {
        for password in
            ["correct horse", "\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}"]
        {
            assert!(is_fit(password).is_ok(), "{password}");
        }
        for password in ["", "123456789", &"x".repeat(LENGTH_MAX + 1)] {
            assert_eq!(is_fit(password).unwrap_err().kind(), ErrorKind::Invalid);
        }
    }
}
