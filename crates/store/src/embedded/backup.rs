//! A copy of the folder, taken while the store is in use, by this process or any other. It only reads, and asks nobody.
//!
//! # Why the copy is of one moment
//! The files of an index are written once and then only deleted; what it consists of is its list of pieces, `meta.json`, which is
//! replaced in one step. So this is done:
//! 1. Both lists are read.
//! 2. The files they name are copied, if they weren't before.
//! 3. A transaction of SQLite begins, which sees the database as it is at this moment, however long it is read.
//! 4. Both lists are read again. If one is not what it was, all begins anew.
//!
//! Every commit of an index writes a list that was never there before, because the number of its last operation rises. So
//! if the lists are the same in step 4, the indexes were the same from 1 to 4, and in step 3 too. The copy is what a killed process
//! would have left at the moment of step 3, and opening it is the recovery that such a folder gets:
//! - An event that was acknowledged before is in the log of the database or in an index: it leaves the log only in a
//!   transaction that begins after the commit of the index that has it.
//! - It is there once: of the log, what the commit of the index reaches is not taken in again.
//! - What is half done (a collection being removed, a round given to one index and not yet to the other) goes on
//!   at the opening, as it does after a crash.
//! - No index is ahead of the database, so no place or number is given twice.
//!
//! A file that vanishes in step 2 belonged to a list that is not there any more, and step 4 finds that out.
//!
//! # Constraints
//! The first turn copies nearly everything; each further one only what was written during the one before, so the turns become short, and one of
//! them fits between two commits. Where that doesn't happen, because the other disk is too slow, the copy is given up.
//! The list and the database come last, so that what was broken off is no store and isn't taken for one.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior, backup};
use serde_json::Value;
use tantivy::Directory;
use tantivy::directory::MmapDirectory;

use super::folder::{DATABASE, Folder};
use super::repair::{self, MANAGED, META};
use super::salvage;
use super::view::Place;
use crate::{Error, ErrorKind, Result};

/// How often it is begun anew.
const TURNS_MAX: u32 = 1_000;
/// The database under this name is not finished.
const UNFINISHED: &str = "radar.sqlite.unfinished";

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    pub files: u64,
    pub bytes: u64,
    /// What is wrong with the copy, as sentences, because it is wrong in the folder.
    pub complaints: Vec<String>,
}

pub(super) fn backup(from: &Folder, to: &Folder) -> Result<Backup> {
    from.check_is_store()?;
    to.make_empty()?;
    let copied = copy(from, to).and_then(|copied| {
        let owned = to.open()?;
        let complaints = salvage::complaint(to).into_iter().chain(repair::complaints(to)).collect();
        owned.close()?;
        Ok(Backup { complaints, ..copied })
    });
    if copied.is_err() {
        to.discard();
    }
    copied
}

fn copy(from: &Folder, to: &Folder) -> Result<Backup> {
    let connection = from.open_reader()?;
    let mut copy = Copy { from, to, files: HashMap::new() };
    let unreadable = |cause| from.error(cause);
    for _ in 0..TURNS_MAX {
        let lists = lists(from)?;
        copy.add(&lists)?;
        let snapshot = Transaction::new_unchecked(&connection, TransactionBehavior::Deferred).map_err(unreadable)?;
        // A transaction sees what there is when it first looks.
        snapshot.query_row("SELECT count(*) FROM counters", [], |_| Ok(())).map_err(unreadable)?;
        if self::lists(from)? == lists {
            return copy.finish(&lists, &snapshot);
        }
    }
    let message = format!(
        "The store in {} is written to faster than it can be copied to {}; choose a folder on a faster disk, or try again later.",
        from.path().display(),
        to.path().display()
    );
    Err(Error::new(ErrorKind::Deadline, message))
}

/// The list of pieces of an index.
#[derive(PartialEq, Eq)]
struct List {
    place: Place,
    bytes: Vec<u8>,
    files: Vec<String>,
}

/// Those of the indexes that are there.
fn lists(folder: &Folder) -> Result<Vec<List>> {
    let mut lists = Vec::new();
    for place in Place::ALL {
        let bytes = match fs::read(folder.events(place).join(META)) {
            Ok(bytes) => bytes,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => continue,
            Err(cause) => return Err(folder.file_error(cause)),
        };
        let content: Option<Value> = serde_json::from_slice(&bytes).ok();
        let pieces = content.as_ref().and_then(|content| content.get("segments")?.as_array());
        let pieces = pieces.ok_or_else(|| folder.damaged_index(place))?;
        let files = pieces.iter().flat_map(repair::files).map(|(file, _)| file).collect();
        lists.push(List { place, bytes, files });
    }
    Ok(lists)
}

struct Copy<'a> {
    from: &'a Folder,
    to: &'a Folder,
    /// Copied so far, with their sizes.
    files: HashMap<(Place, String), u64>,
}

impl Copy<'_> {
    /// Copies the files in the lists that weren't yet, and that are there.
    fn add(&mut self, lists: &[List]) -> Result<()> {
        for List { place, files, .. } in lists {
            let (from, to) = (self.from.events(*place), self.to.events(*place));
            fs::create_dir_all(&to).map_err(|cause| self.to.file_error(cause))?;
            for file in files {
                let key = (*place, file.clone());
                if !self.files.contains_key(&key)
                    && let Some(bytes) = self.copy_file(&from.join(file), &to.join(file))?
                {
                    self.files.insert(key, bytes);
                }
            }
        }
        Ok(())
    }

    /// Gives a file that never changes a second name, or copies it to another disk. None where it is gone.
    fn copy_file(&self, from: &Path, to: &Path) -> Result<Option<u64>> {
        let mut file = match File::open(from) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(self.from.file_error(cause)),
        };
        if fs::hard_link(from, to).is_ok() {
            return Ok(Some(file.metadata().map_err(|cause| self.from.file_error(cause))?.len()));
        }
        let mut copy = || -> io::Result<u64> {
            let mut new = File::create_new(to)?;
            let bytes = io::copy(&mut file, &mut new)?;
            new.sync_all()?;
            Ok(bytes)
        };
        copy().map(Some).map_err(|cause| self.to.file_error(cause))
    }

    /// Completes what is the content of these lists with the database of the same moment.
    fn finish(mut self, lists: &[List], snapshot: &Connection) -> Result<Backup> {
        let is_named: HashSet<(Place, &str)> =
            lists.iter().flat_map(|list| list.files.iter().map(|file| (list.place, file.as_str()))).collect();
        let unwritable = |cause| self.to.file_error(cause);
        for ((place, file), _) in self.files.extract_if(|(place, file), _| !is_named.contains(&(*place, file.as_str()))) {
            fs::remove_file(self.to.events(place).join(file)).map_err(unwritable)?;
        }
        let mut backup = Backup { files: self.files.len() as u64, bytes: self.files.values().sum(), ..Backup::default() };
        for List { place, bytes, files } in lists {
            let folder = self.to.events(*place);
            // Without this list, none of the files would ever be tidied up.
            let managed: Vec<&str> = files.iter().map(String::as_str).chain([META]).collect();
            let managed = serde_json::to_vec(&managed).map_err(|cause| unwritable(cause.into()))?;
            for (name, bytes) in [(MANAGED, &managed), (META, bytes)] {
                write(&folder.join(name), bytes).map_err(unwritable)?;
                backup.files += 1;
                backup.bytes += bytes.len() as u64;
            }
            sync(&folder).map_err(unwritable)?;
        }
        let unfinished = self.to.path().join(UNFINISHED);
        copy_database(snapshot, &unfinished).map_err(|cause| match cause.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => self.from.error(cause),
            _ => self.to.error(cause),
        })?;
        let database = self.to.path().join(DATABASE);
        let finish = || -> io::Result<u64> {
            fs::rename(&unfinished, &database)?;
            sync(self.to.path())?;
            Ok(fs::metadata(&database)?.len())
        };
        backup.files += 1;
        backup.bytes += finish().map_err(unwritable)?;
        Ok(backup)
    }
}

/// Copies the database as the transaction sees it. Only SQLite may open its file: closing it would take its locks away
/// from others in this process.
fn copy_database(snapshot: &Connection, to: &PathBuf) -> rusqlite::Result<()> {
    const ALL_PAGES: i32 = -1;
    let mut new = Connection::open(to)?;
    match backup::Backup::new(snapshot, &mut new)?.step(ALL_PAGES)? {
        backup::StepResult::Done => {}
        _ => return Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None)),
    }
    new.close().map_err(|(_, cause)| cause)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Which files a folder has is on the disk only after this.
fn sync(folder: &Path) -> io::Result<()> {
    MmapDirectory::open(folder).map_err(io::Error::other)?.sync_directory()
}
