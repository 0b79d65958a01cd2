//! The folder of an embedded store: who may have it, what may be in it, and what its errors mean.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tantivy::TantivyError;
use tantivy::directory::error::{LockError, OpenDirectoryError, OpenReadError, OpenWriteError};

use super::view::Place;
use crate::{Error, ErrorKind, Result};

/// "RADR", where SQLite keeps the mark of the program a file belongs to.
const APPLICATION_ID: i32 = 0x5241_4452;
/// The layout in `schema.sql` and of new indexes.
pub(super) const FORMAT_VERSION: i32 = 3;
/// The same, but for indexes that do not know the order of words; these stay as they are.
const UNORDERED_VERSION: i32 = 2;
/// The layout that had the events in tables of SQLite.
const FIRST_VERSION: i32 = 1;

pub(super) const SCHEMA: &str = include_str!("schema.sql");

pub(super) const DATABASE: &str = "radar.sqlite";
const LOCK: &str = "radar.lock";
/// How the names of all files begin that RADAR puts in the folder, whoever of us it is.
const OURS: &str = "radar.";

/// A process that was killed keeps its lock until the system has taken it apart.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
const LOCK_RETRY: Duration = Duration::from_millis(50);

/// The writer may keep this much of the file in memory; a reader gets SQLite's small default,
/// because the system caches the file anyway.
const WRITER_CACHE_KIB: i32 = 32 * 1024;
/// The log is folded into the file when it has grown to this many pages of 4 KiB.
const LOG_PAGES: i32 = 4_000;
/// A log that a long question made grow beyond this is cut back to it.
const LOG_BYTES_KEPT: i64 = 64 * 1024 * 1024;

#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

/// The one connection that writes, and the lock that keeps other processes out. The connection
/// is dropped first.
pub(super) struct Owned {
    pub(super) connection: Connection,
    pub(super) folder: Folder,
    _lock: File,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf() }
    }

    /// Takes the folder for this process and opens what is in it, or makes a new store.
    pub(super) fn open(&self) -> Result<Owned> {
        make_private(&self.path).map_err(|cause| self.unwritable().with_source(cause))?;
        self.refuse_foreign_files()?;
        let lock = self.lock()?;
        let database = self.path.join(DATABASE);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(database, flags).map_err(|cause| self.error(cause))?;
        // SQLite opens what it may not write all the same, to be read.
        if connection.is_readonly("main").map_err(|cause| self.error(cause))? {
            return Err(self.unwritable());
        }
        let mut owned = Owned { connection, folder: self.clone(), _lock: lock };
        owned.claim()?;
        let journal = owned.configure().map_err(|cause| self.error(cause))?;
        if journal == "wal" { Ok(owned) } else { Err(self.unsuitable()) }
    }

    /// A connection for questions. Where nobody has the store open, SQLite wants to write beside its file all the same.
    pub(super) fn open_reader(&self) -> Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let open = || {
            let connection = Connection::open_with_flags(self.path.join(DATABASE), flags)?;
            distrust(&connection)?;
            Ok(connection)
        };
        open().map_err(|cause| self.error(cause))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where an index of events is.
    pub(super) fn events(&self, place: Place) -> PathBuf {
        self.path.join(place.folder())
    }

    /// Says what a failure of an index means for the person who runs the store.
    pub(super) fn index_error(&self, place: Place, cause: TantivyError) -> Error {
        let error = match kind_of(&cause) {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => self.full(),
            Some(io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem) => self.unwritable(),
            Some(io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound) => self.damaged_index(place),
            _ => match &cause {
                TantivyError::DataCorruption(_) | TantivyError::IncompatibleIndex(_) | TantivyError::OpenReadError(_) => {
                    self.damaged_index(place)
                }
                TantivyError::LockFailure(..) => self.locked(),
                // A thread that failed keeps the reason to itself, and others wrap it in something of their own.
                _ if self.is_full(place) => self.full(),
                _ => Error::new(
                    ErrorKind::Unavailable,
                    format!(
                        "The index in {} fails to read or write; check its disk, then start RADAR again.",
                        self.events(place).display()
                    ),
                ),
            },
        };
        error.with_source(cause)
    }

    /// The same, for a question: whatever is wrong then was written wrong.
    pub(super) fn asked(&self, place: Place, cause: TantivyError) -> Error {
        self.index_error(place, cause)
    }

    /// Whether a small file is one too many.
    fn is_full(&self, place: Place) -> bool {
        let path = self.events(place).join("radar.probe");
        let written = fs::write(&path, [0; 64 * 1024]).and_then(|()| File::open(&path)?.sync_all());
        let _ = fs::remove_file(&path);
        written.is_err_and(|cause| matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
    }

    pub(super) fn damaged_index(&self, place: Place) -> Error {
        let message = format!(
            "The index in {} is damaged; restore the folder from a backup, or repair it with radar doctor --repair.",
            self.events(place).display()
        );
        Error::new(ErrorKind::Damaged, message)
    }

    /// Says what a failure to read or write a file of the folder means.
    pub(super) fn file_error(&self, cause: io::Error) -> Error {
        let error = match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => self.full(),
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => self.unwritable(),
            _ => self.failing(),
        };
        error.with_source(cause)
    }

    /// Says what a failure of SQLite means for the person who runs the store.
    pub(super) fn error(&self, cause: rusqlite::Error) -> Error {
        let error = match &cause {
            rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
                ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => self.damaged(),
                ErrorCode::DiskFull => self.full(),
                // The shared memory beside the file is the first to meet a full disk when a store is opened.
                ErrorCode::SystemIoFailure if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE => self.full(),
                ErrorCode::SystemIoFailure => self.failing(),
                ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen => self.unwritable(),
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => self.locked(),
                ErrorCode::OperationInterrupted => {
                    Error::new(ErrorKind::Deadline, "The question took too long and was stopped; ask about a shorter period.")
                }
                ErrorCode::TooBig => Error::new(ErrorKind::Invalid, "An event is too large for the store; send it in parts."),
                _ => self.unexpected(),
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..) => self.damaged(),
            _ => self.unexpected(),
        };
        error.with_source(cause)
    }

    /// A store is made in an empty folder only, so that a mistyped path spoils nothing. Hidden files
    /// and the rescue folder of a freshly made disk don't count.
    fn refuse_foreign_files(&self) -> Result<()> {
        let unreadable = |cause: io::Error| self.unwritable().with_source(cause);
        if self.path.join(DATABASE).try_exists().map_err(unreadable)? {
            return Ok(());
        }
        for entry in fs::read_dir(&self.path).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            let name = name.to_string_lossy();
            if Place::ALL.iter().any(|place| place.folder() == name) {
                let message = format!(
                    "The folder {} has events but no {DATABASE}; restore it from a backup, or choose another folder with --data.",
                    self.path.display()
                );
                return Err(Error::new(ErrorKind::Damaged, message));
            }
            let is_ours = name.starts_with(OURS);
            if !is_ours && !name.starts_with('.') && name != "lost+found" {
                let path = self.path.display();
                let message =
                    format!("The folder {path} holds other files ({name:?}) and no store; choose an empty folder with --data.");
                return Err(Error::new(ErrorKind::Foreign, message));
            }
        }
        Ok(())
    }

    /// Whether the database is a store of this version; if not, it is empty.
    fn is_store(&self, connection: &Connection) -> Result<bool> {
        let path = self.path.join(DATABASE);
        let path = path.display();
        let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i32>(0)).map_err(|cause| self.error(cause));
        let application_id = number("PRAGMA application_id")?;
        let version = number("PRAGMA user_version")?;
        let tables = number("SELECT count(*) FROM sqlite_schema")?;
        match (application_id, version) {
            (0, 0) if tables == 0 => Ok(false),
            (APPLICATION_ID, UNORDERED_VERSION | FORMAT_VERSION) => Ok(true),
            (APPLICATION_ID, FORMAT_VERSION..) => Err(Error::new(
                ErrorKind::NewerVersion,
                format!("The store file {path} is from a newer RADAR; start that one, or choose another folder with --data."),
            )),
            (APPLICATION_ID, FIRST_VERSION) => Err(Error::new(
                ErrorKind::Foreign,
                format!(
                    "The store file {path} is from an older RADAR; export its events with that one, then import them in another folder with --data."
                ),
            )),
            (APPLICATION_ID, _) => Err(self.damaged()),
            _ => Err(Error::new(
                ErrorKind::Foreign,
                format!("The file {path} belongs to another program; choose another folder with --data."),
            )),
        }
    }

    /// Makes sure that there is a store of this version, whoever has it.
    pub(super) fn check_is_store(&self) -> Result<()> {
        if self.path.join(DATABASE).exists() && self.is_store(&self.open_reader()?)? {
            return Ok(());
        }
        let message = format!("There is no store in {}; name the folder with the data with --data.", self.path.display());
        Err(Error::new(ErrorKind::Missing, message))
    }

    /// Makes the folder where there is none; one that has anything in it is refused.
    pub(super) fn make_empty(&self) -> Result<()> {
        let unwritable = |cause| self.unwritable().with_source(cause);
        fs::create_dir_all(&self.path).map_err(unwritable)?;
        if fs::read_dir(&self.path).map_err(unwritable)?.next().is_none() {
            return Ok(());
        }
        let message = format!("The folder {} is not empty; name a new one, so that nothing is overwritten.", self.path.display());
        Err(Error::new(ErrorKind::Foreign, message))
    }

    /// Removes what RADAR put here, as far as that is possible.
    pub(super) fn discard(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(OURS) {
                let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
            }
        }
    }

    pub(super) fn lock(&self) -> Result<File> {
        let path = self.path.join(LOCK);
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path);
        let file = file.map_err(|cause| self.unwritable().with_source(cause))?;
        let give_up = Instant::now() + LOCK_PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) if Instant::now() < give_up => thread::sleep(LOCK_RETRY),
                Err(TryLockError::WouldBlock) => return Err(self.locked()),
                Err(TryLockError::Error(cause)) => return Err(self.unsuitable().with_source(cause)),
            }
        }
    }

    fn damaged(&self) -> Error {
        let file = self.path.join(DATABASE);
        let message = format!(
            "The store file {} is damaged; restore the folder from a backup, or move it away to start with an empty store.",
            file.display()
        );
        Error::new(ErrorKind::Damaged, message)
    }

    fn failing(&self) -> Error {
        let message =
            format!("The disk that holds {} fails to read or write; check it, then start RADAR again.", self.path.display());
        Error::new(ErrorKind::Unavailable, message)
    }

    fn unwritable(&self) -> Error {
        let message = format!(
            "The folder {} cannot be used for data; allow this user to write there, or choose another folder with --data.",
            self.path.display()
        );
        Error::new(ErrorKind::Unwritable, message)
    }

    fn unsuitable(&self) -> Error {
        let message = format!(
            "The disk that holds {} cannot lock or share files, as some network disks can't; choose a folder on a local disk with --data.",
            self.path.display()
        );
        Error::new(ErrorKind::Unwritable, message)
    }

    fn locked(&self) -> Error {
        let message = format!(
            "Another process is using the store in {}; stop it, or choose another folder with --data.",
            self.path.display()
        );
        Error::new(ErrorKind::Locked, message)
    }

    fn full(&self) -> Error {
        let message = format!("The disk that holds {} is full; make room, then try again.", self.path.display());
        Error::new(ErrorKind::Full, message)
    }

    fn unexpected(&self) -> Error {
        let message = format!("The store in {} failed in a way it does not know; please report it.", self.path.display());
        Error::new(ErrorKind::Unavailable, message)
    }
}

impl Owned {
    /// Makes sure that the file is a store of this version, and makes it one if it is empty.
    fn claim(&mut self) -> Result<()> {
        if self.folder.is_store(&self.connection)? {
            self.check_schema()?;
            self.mark_as_current().map_err(|cause| self.folder.error(cause))
        } else {
            self.create().map_err(|cause| self.folder.error(cause))
        }
    }

    /// The tables are exactly those of `schema.sql`: none lost, and no trigger slipped in.
    fn check_schema(&self) -> Result<()> {
        let schema = |connection: &Connection| -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement =
                connection.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")?;
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        let expected = || {
            let connection = Connection::open_in_memory()?;
            connection.execute_batch(SCHEMA)?;
            schema(&connection)
        };
        let error = |cause| self.folder.error(cause);
        if schema(&self.connection).map_err(error)? == expected().map_err(error)? { Ok(()) } else { Err(self.folder.damaged()) }
    }

    /// New indexes in an older store are none that an older RADAR reads.
    fn mark_as_current(&self) -> rusqlite::Result<()> {
        let version: i32 = self.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == FORMAT_VERSION { Ok(()) } else { touch(&self.connection) }
    }

    /// All or nothing: a process killed in here leaves an empty database, which counts as none.
    fn create(&mut self) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(SCHEMA)?;
        mark(&transaction)?;
        transaction.commit()
    }

    /// Returns the kind of journal the file has from now on, which the disk has a say in.
    fn configure(&self) -> rusqlite::Result<String> {
        let connection = &self.connection;
        distrust(connection)?;
        let journal = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        connection.pragma_update_and_check(None, "wal_autocheckpoint", LOG_PAGES, |_| Ok(()))?;
        connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES_KEPT, |_| Ok(()))?;
        Ok(journal)
    }

    /// Folds the log into the file, so that the folder can be copied as it is.
    pub(super) fn close(self) -> Result<()> {
        let Self { connection, folder, _lock } = self;
        let folded = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let closed = connection.close().map_err(|(_, cause)| cause);
        folded.and(closed).map_err(|cause| folder.error(cause))
    }
}

/// What the system said, where it said something.
fn kind_of(cause: &TantivyError) -> Option<io::ErrorKind> {
    match cause {
        TantivyError::IoError(cause) => Some(cause.kind()),
        TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
        | TantivyError::OpenWriteError(OpenWriteError::IoError { io_error, .. })
        | TantivyError::OpenDirectoryError(OpenDirectoryError::IoError { io_error, .. })
        | TantivyError::LockFailure(LockError::IoError(io_error), _) => Some(io_error.kind()),
        _ => None,
    }
}

/// Says that a database is ours, and of which layout.
pub(super) fn mark(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", FORMAT_VERSION)
}

/// Writing the version again is the smallest write there is.
pub(super) fn touch(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "user_version", FORMAT_VERSION)
}

/// The file may have been tampered with, and must not get more than its data into this process.
fn distrust(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)
}
/// Makes a folder that no other user of the machine reads. One that is there stays as it is.
fn make_private(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
