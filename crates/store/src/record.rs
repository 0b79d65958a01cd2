//! Everything that is no event: small, looked up by its key, and the business of the services.

use radar_types::Timestamp;

use crate::{Error, ErrorKind, Result};

/// The most bytes of a key, and of an owner.
pub const KEY_BYTES_MAX: usize = 512;
/// The most bytes of a record's value.
pub const RECORD_BYTES_MAX: usize = 8 * 1024 * 1024;

/// What a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    Users,
    Sessions,
    Tokens,
    Audit,
    Searches,
    Alerts,
    Settings,
    Models,
    /// What entities of a stream usually do.
    States,
    Heartbeats,
    /// Names that people gave to templates.
    Templates,
}

impl Table {
    pub const ALL: [Self; 11] = [
        Self::Users,
        Self::Sessions,
        Self::Tokens,
        Self::Audit,
        Self::Searches,
        Self::Alerts,
        Self::Settings,
        Self::Models,
        Self::States,
        Self::Heartbeats,
        Self::Templates,
    ];

    /// As stores write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Sessions => "sessions",
            Self::Tokens => "tokens",
            Self::Audit => "audit",
            Self::Searches => "searches",
            Self::Alerts => "alerts",
            Self::Settings => "settings",
            Self::Models => "models",
            Self::States => "states",
            Self::Heartbeats => "heartbeats",
            Self::Templates => "templates",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Unique in its table; records are listed in the order of its bytes.
    pub key: String,
    /// Whose it is, to be listed by; a collection, an account, or nobody's.
    pub owner: String,
    /// From then on it is not found.
    pub expires: Option<Timestamp>,
    pub value: Vec<u8>,
    /// Rises with every change while the record is there; a store sets it, whatever it was given.
    pub version: u64,
}

/// What has to be there for a record to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Anything,
    /// No record of this key, whether it has expired or not.
    Nothing,
    /// The record of this version, whether it has expired or not.
    Version(u64),
}

impl Expect {
    /// Whether a record of this version, or none, is as expected. One that has expired is still there.
    pub(crate) fn check(self, version: Option<u64>) -> Result<()> {
        let is_as_expected = match self {
            Self::Anything => true,
            Self::Nothing => version.is_none(),
            Self::Version(expected) => version == Some(expected),
        };
        let conflict = || Error::new(ErrorKind::Conflict, "Somebody else changed this meanwhile; load it again, then change it.");
        is_as_expected.then_some(()).ok_or_else(conflict)
    }
}

impl Record {
    pub(crate) fn has_expired(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    pub(crate) fn check(&self) -> Result<()> {
        let is_fit = |text: &str| text.len() <= KEY_BYTES_MAX && !text.contains('\0');
        if !is_fit(&self.key) || !is_fit(&self.owner) || self.key.is_empty() {
            let message = format!("A key has 1 to {KEY_BYTES_MAX} bytes, an owner up to as many, and neither has a NUL.");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        if self.value.len() > RECORD_BYTES_MAX {
            let message = format!("A record has at most {RECORD_BYTES_MAX} bytes; keep less of it.");
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        Ok(())
    }
}
