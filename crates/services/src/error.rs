use thiserror::Error;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What callers tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Sending needs a token that was not shown.
    NotASender,
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
            Self::StoreUnavailable => "store_unavailable",
            Self::StoreFull => "store_full",
            Self::Busy => "busy",
            Self::TooLarge => "body_too_large",
            Self::Invalid => "invalid",
            Self::Missing => "missing",
            Self::Conflict => "conflict",
            Self::Internal => "internal",
        }
    }

    /// The HTTP status that says the same.
    pub fn status(self) -> u16 {
        match self {
            Self::NotASender => 401,
            Self::StoreUnavailable | Self::Busy => 503,
            Self::StoreFull => 507,
            Self::TooLarge => 413,
            Self::Invalid => 400,
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
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    pub(crate) fn not_a_sender() -> Self {
        let message = "Sending events here needs the ingest token: start the server with RADAR_INGEST_TOKEN set, \
                       and send it as `Authorization: Bearer <token>`.";
        Self { kind: ErrorKind::NotASender, message: message.into(), source: None }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Invalid, message: message.into(), source: None }
    }

    pub(crate) fn too_large(bytes_max: usize) -> Self {
        let message = format!("The body is larger than {bytes_max} bytes. Send smaller batches.");
        Self { kind: ErrorKind::TooLarge, message, source: None }
    }

    pub(crate) fn busy() -> Self {
        let message = "Others are sending as much as the server can take. Try again shortly.".into();
        Self { kind: ErrorKind::Busy, message, source: None }
    }

    pub(crate) fn internal(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        let message = "Something went wrong on the server. Its log says what.".into();
        Self { kind: ErrorKind::Internal, message, source: Some(Box::new(source)) }
    }
}

impl From<radar_store::Error> for Error {
    fn from(error: radar_store::Error) -> Self {
        use radar_store::ErrorKind as Store;
        let (kind, message) = match error.kind() {
            Store::Full => (ErrorKind::StoreFull, "The disk of the event store is full. Make room, then send again.".into()),
            Store::Invalid => (ErrorKind::Invalid, error.to_string()),
            Store::Missing => (ErrorKind::Missing, error.to_string()),
            Store::Conflict => {
                (ErrorKind::Conflict, "Somebody else changed this in the meantime. Look at it again, then try again.".into())
            }
            _ => (ErrorKind::StoreUnavailable, "The event store can't answer at the moment. Try again shortly.".into()),
        };
        Self { kind, message, source: Some(Box::new(error)) }
    }
}
