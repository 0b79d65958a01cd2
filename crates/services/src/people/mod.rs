//! People: their accounts, their sessions, the tokens of their collectors, and what they did.
//!
//! Everything secret is stored so that whoever reads the store can't use it: passwords as argon2id, the ids of sessions,
//! tokens and invitations as a hash of 128 random bits or more, which need no slow one.

mod account;
mod audit;
mod invitation;
mod password;
mod secret;
mod session;
mod throttle;
mod token;

use radar_store::{Expect, Record, Table};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use account::{AccountRules, Credentials};
pub use secret::new_code;
pub use session::Session;

pub(crate) use audit::named;
pub(crate) use password::Passwords;
pub(crate) use secret::hashed;
pub(crate) use throttle::{Rate, Throttle};

use crate::{Error, Result};

/// Attempts at changing a record that others change too.
const ATTEMPTS: usize = 5;

pub(crate) fn read<T: DeserializeOwned>(record: &Record) -> Result<T> {
    serde_json::from_slice(&record.value).map_err(Error::internal)
}

pub(crate) fn write(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(Error::internal)
}

impl crate::Services {
    /// Reads a record, changes it, and writes it unless somebody else did meanwhile; then all over again. Gives back what
    /// was written, or `None` where there is no record.
    async fn change<T: Serialize + DeserializeOwned>(
        &self,
        table: Table,
        key: &str,
        now: radar_types::Timestamp,
        mut change: impl FnMut(&mut T) -> Result<()>,
    ) -> Result<Option<T>> {
        for attempt in 1.. {
            let Some(record) = self.store.find(table, key, now).await? else { return Ok(None) };
            let mut value: T = read(&record)?;
            change(&mut value)?;
            let expect = Expect::Version(record.version);
            match self.store.put(table, Record { value: write(&value)?, ..record }, expect).await {
                Ok(_) => return Ok(Some(value)),
                Err(error) if error.kind() == radar_store::ErrorKind::Conflict && attempt < ATTEMPTS => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
