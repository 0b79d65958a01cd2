//! What the driver's errors mean to people.

use mongodb::error::{Error as Cause, ErrorKind as CauseKind, WriteFailure};

use crate::{Error, ErrorKind};

/// The oldest server that can do what is asked of it here, and the oldest that the driver speaks to.
pub(super) const SERVER_MIN: &str = "4.4";

pub(super) const DUPLICATE: i32 = 11_000;

/// The numbers that MongoDB gives its errors.
const UNAUTHORIZED: i32 = 13;
const AUTHENTICATION_FAILED: i32 = 18;
const NAMESPACE_NOT_FOUND: i32 = 26;
const MAX_TIME_EXPIRED: i32 = 50;
/// No such cursor, a plan that was killed, a cursor that was killed.
const GONE: [i32; 3] = [43, 175, 237];
/// No such command, no such stage, not supported, and not without a replica set.
const NO_CHANGES: [i32; 4] = [59, 115, 40_324, 40_573];
const WRITE_CONCERN_FAILED: i32 = 64;
const EXCEEDED_TIME_LIMIT: i32 = 262;
/// Hosted databases answer so to whatever is not allowed.
const ATLAS_ERROR: i32 = 8_000;
const OUT_OF_DISK_SPACE: i32 = 14_031;
const OBJECT_TOO_LARGE: i32 = 10_334;

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        let (kind, message) = meaning(&cause);
        Self::new(kind, message).with_source(cause)
    }
}

/// The number the server gave it.
pub(super) fn code(cause: &Cause) -> Option<i32> {
    match cause.kind.as_ref() {
        CauseKind::Command(command) => Some(command.code),
        CauseKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
        CauseKind::Write(WriteFailure::WriteConcernError(error)) => Some(error.code),
        CauseKind::InsertMany(many) => {
            let failed = many.write_errors.iter().flatten().find(|error| error.code != DUPLICATE);
            failed.map(|error| error.code).or(many.write_concern_error.as_ref().map(|error| error.code))
        }
        _ => None,
    }
}

pub(super) fn is_missing_collection(cause: &Cause) -> bool {
    code(cause) == Some(NAMESPACE_NOT_FOUND)
}

/// Whether what was being read was removed meanwhile.
pub(super) fn is_gone(cause: &Cause) -> bool {
    code(cause).is_some_and(|code| GONE.contains(&code))
}

/// Whether the server does not say what changes: it is no replica set, or whoever logged in may not know.
pub(super) fn has_no_changes(cause: &Cause) -> bool {
    code(cause).is_some_and(|code| NO_CHANGES.contains(&code) || code == UNAUTHORIZED)
}

pub(super) fn is_duplicate(cause: &Cause) -> bool {
    code(cause) == Some(DUPLICATE)
}

fn meaning(cause: &Cause) -> (ErrorKind, String) {
    let text = cause.to_string();
    match cause.kind.as_ref() {
        CauseKind::Authentication { .. } => refused_name(),
        CauseKind::IncompatibleServer { .. } => too_old(),
        // What kept the driver from choosing a server stands in its text alone.
        CauseKind::ServerSelection { .. } if text.contains("Authentication failed") || text.contains("SCRAM failure") => {
            refused_name()
        }
        CauseKind::ServerSelection { .. } if text.contains("requires at least") => too_old(),
        CauseKind::InvalidArgument { .. } => {
            (ErrorKind::Invalid, "The address or settings of the database cannot be used; correct them.".into())
        }
        CauseKind::InvalidTlsConfig { .. } => {
            (ErrorKind::Invalid, "The TLS settings of the database cannot be used; correct them.".into())
        }
        CauseKind::DnsResolve { .. } => {
            (ErrorKind::Unavailable, "The name of the database's host is not known; check the address and the network.".into())
        }
        CauseKind::Bson(_) | CauseKind::InvalidResponse { .. } => (
            ErrorKind::Damaged,
            "The database answered something that cannot be read; `radar doctor` lists what does not fit.".into(),
        ),
        CauseKind::Shutdown => (ErrorKind::Unavailable, "The store is closed; start RADAR again.".into()),
        _ => code(cause).map_or_else(no_answer, by_code),
    }
}

pub(super) fn by_code(code: i32) -> (ErrorKind, String) {
    match code {
        UNAUTHORIZED | ATLAS_ERROR => (
            ErrorKind::Forbidden,
            "The database lets RADAR in but not do this; give its user the role readWrite on the database.".into(),
        ),
        AUTHENTICATION_FAILED => refused_name(),
        // A question says then that it has a part of the answer.
        code if GONE.contains(&code) => (ErrorKind::Deadline, "The database removed what was being read; ask again.".into()),
        MAX_TIME_EXPIRED | EXCEEDED_TIME_LIMIT => {
            (ErrorKind::Deadline, "The database did not finish in time; ask for a shorter period or try again.".into())
        }
        WRITE_CONCERN_FAILED => (
            ErrorKind::Unavailable,
            "A majority of the database's members did not confirm in time; check the replica set, then try again.".into(),
        ),
        OUT_OF_DISK_SPACE => (ErrorKind::Full, "The database has no room left; make some, then try again.".into()),
        OBJECT_TOO_LARGE => (ErrorKind::Invalid, "A document would be larger than the database takes; send less at once.".into()),
        DUPLICATE => (ErrorKind::Conflict, "Another RADAR wrote the same at the same moment; try again.".into()),
        _ => no_answer(),
    }
}

fn refused_name() -> (ErrorKind, String) {
    (ErrorKind::Forbidden, "The database refuses the name or the password; correct them in its address.".into())
}

fn too_old() -> (ErrorKind, String) {
    (ErrorKind::Unavailable, format!("The database is too old; RADAR needs MongoDB {SERVER_MIN} or newer."))
}

fn no_answer() -> (ErrorKind, String) {
    (ErrorKind::Unavailable, "The database does not answer; check that it runs and can be reached.".into())
}
