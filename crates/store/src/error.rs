use std::error::Error as StdError;

use thiserror::Error;

pub type Result<T> = std::result::Result<T, Error>;

/// What callers match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The store is closed, or the disk or database behind it does not answer.
    Unavailable,
    /// What is on the disk is not what was written.
    Damaged,
    /// Another process has the store.
    Locked,
    /// A newer RADAR wrote the store.
    NewerVersion,
    /// The place holds something that is not a store.
    Foreign,
    /// The place cannot be written.
    Unwritable,
    /// There is no room left. Appending works again once there is.
    Full,
    /// The question took too long.
    Deadline,
    /// The question cannot be answered as it was asked.
    Invalid,
    /// What was to be changed is not as it was expected to be.
    Conflict,
    /// What was to be changed is not there.
    Missing,
    /// The database refuses the name or the password, or lacks a right.
    Forbidden,
}

/// Its text is one sentence that tells a person what to do; the cause, where there is one, is the
/// source.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub fn with_source(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Self { source: Some(Box::new(source)), ..self }
    }

    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Unavailable, "The store is closed; start RADAR again.")
    }
}
