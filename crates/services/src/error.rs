use std::time::Duration;

use radar_types::query::ParseError;
use thiserror::Error;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Sending needs a token that was not shown.
    NotASender,
    /// Only somebody with an account may do this.
    LogInNeeded,
    /// The e-mail address or the password is wrong.
    WrongLogin,
    /// Whoever asks sees it, and may not do this.
    NotAllowed,
    /// Tried too often; the same request may work later.
    TooMany,
    /// The store can't answer at the moment; the same request may work later.
    StoreUnavailable,
    /// The store's disk is full.
    StoreFull,
    /// Others keep the server busy; the same request may work later.
    Busy,
    /// The body is larger than one request may be.
    TooLarge,
    /// The request itself can't be answered.
    Invalid,
    /// The question can't be read.
    Question,
    /// What was asked for is not there.
    Missing,
    /// Somebody else changed it in the meantime.
    Conflict,
    /// A defect of ours.
    Internal,
}

impl ErrorKind {
    /// The name that programs match.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotASender => "token_needed",
            Self::LogInNeeded => "log_in_needed",
            Self::WrongLogin => "wrong_login",
            Self::NotAllowed => "not_allowed",
            Self::TooMany => "too_many",
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreFull => "store_full",
            Self::Busy => "busy",
            Self::TooLarge => "body_too_large",
            Self::Invalid => "invalid",
            Self::Question => "question",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that says the same.
    pub fn status(self) -> u16 {
        match self {
            Self::NotASender | Self::LogInNeeded | Self::WrongLogin => 401,
            Self::NotAllowed => 403,
            Self::TooMany => 429,
            Self::StoreUnavailable | Self::Busy => 503,
            Self::StoreFull => 507,
            Self::TooLarge => 413,
            Self::Invalid | Self::Question => 400,
            Self::Missing => 404,
            Self::Conflict => 409,
            Self::Internal => 500,
        }
    }
}

/// Its text is safe to show to whoever asked; the details are in its source, for the log.
#[derive(Debug, Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: String,
    retry_after: Option<Duration>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// When the same request may work, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), retry_after: None, source: None }
    }

    pub(crate) fn not_a_sender() -> Self {
        let message = "Sending events here needs a token: make one in the settings, or start the server with \
                       RADAR_INGEST_TOKEN set, and send it as `Authorization: Bearer <token>`.";
        Self::new(ErrorKind::NotASender, message)
    }

    pub(crate) fn log_in_needed() -> Self {
        Self::new(ErrorKind::LogInNeeded, "Log in first.")
    }

    pub(crate) fn wrong_login() -> Self {
        Self::new(ErrorKind::WrongLogin, "The e-mail address or the password is wrong.")
    }

    pub(crate) fn not_allowed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::NotAllowed, message)
    }

    /// Also for what is there, where whoever asks may not know it.
    pub(crate) fn missing() -> Self {
        Self::new(ErrorKind::Missing, "There is nothing here.")
    }

    /// Of a page that doesn't follow on any.
    pub(crate) fn no_place() -> Self {
        Self::new(ErrorKind::Missing, "There is no such page in this order. Begin with the first one.")
    }

    pub(crate) fn too_many(retry_after: Duration) -> Self {
        let message = format!("That was tried too often. Try again in {} s.", retry_after.as_secs().max(1));
        Self { retry_after: Some(retry_after), ..Self::new(ErrorKind::TooMany, message) }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, message)
    }

    pub(crate) fn question(question: &str, error: &ParseError) -> Self {
        let message = format!("The question can't be read at character {}: {error}.", error.character(question));
        Self::new(ErrorKind::Question, message)
    }

    /// For who has nowhere to keep something.
    pub(crate) fn place_needed() -> Self {
        let message = "Log in or begin a private session first; what you save is kept there.";
        Self::new(ErrorKind::LogInNeeded, message)
    }

    pub(crate) fn full_session() -> Self {
        Self::new(ErrorKind::StoreFull, "This private session is full. Clear it, or log in to an account and send there.")
    }

    pub(crate) fn too_large(bytes_max: usize) -> Self {
        Self::new(ErrorKind::TooLarge, format!("The body is larger than {bytes_max} bytes. Send smaller batches."))
    }

    pub(crate) fn busy() -> Self {
        let message = "Others keep the server as busy as it can be. Try again shortly.";
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(ErrorKind::Busy, message) }
    }

    pub(crate) fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = "Something went wrong on the server. Its log says what.";
        Self { source: Some(Box::new(source)), ..Self::new(ErrorKind::Internal, message) }
    }
}

impl From<radar_store::Error> for Error {
    fn from(error: radar_store::Error) -> Self {
        use radar_store::ErrorKind as Store;
        let (kind, message): (ErrorKind, String) = match error.kind() {
            Store::Full => (ErrorKind::StoreFull, "The disk of the event store is full. Make room, then send again.".into()),
            Store::Invalid => (ErrorKind::Invalid, error.to_string()),
            Store::Missing => (ErrorKind::Missing, error.to_string()),
            Store::Conflict => {
                (ErrorKind::Conflict, "Somebody else changed this in the meantime. Look at it again, then try again.".into())
            }
            _ => (ErrorKind::StoreUnavailable, "The event store can't answer at the moment. Try again shortly.".into()),
        };
        Self { source: Some(Box::new(error)), ..Self::new(kind, message) }
    }
}
