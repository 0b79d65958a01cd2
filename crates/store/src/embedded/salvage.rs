//! What can be saved of a damaged database: all rows that can still be read. The old file is put aside and not deleted.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::folder::{self, DATABASE, Folder, SCHEMA};
use super::repair::put_aside;
use crate::{Error, ErrorKind, Result};

/// Places and numbers that may have been given out by a database that can't tell any more.
const LEAP: i64 = 1 << 40;

/// What is wrong with the database, as a sentence. Every page of it is read.
pub(super) fn complaint(folder: &Folder) -> Option<String> {
    match damage(folder) {
        Ok(None) => None,
        Ok(Some(why)) => {
            Some(format!("The database {DATABASE} is damaged ({why}); stop RADAR and repair it with radar doctor --repair."))
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Makes a new database of what can be read of a damaged one, and says what was done.
pub(super) fn salvage(folder: &Folder) -> Result<Option<String>> {
    if !folder.path().join(DATABASE).exists() {
        return Ok(None);
    }
    let _lock = folder.lock()?;
    let Some(why) = damage(folder)? else { return Ok(None) };
    let (kept, aside) = rebuild_database(folder).map_err(|cause| {
        let message =
            format!("{} could not be repaired; restore the folder from a backup.", folder.path().join(DATABASE).display());
        Error::new(ErrorKind::Damaged, message).with_source(cause)
    })?;
    Ok(Some(format!("The database {DATABASE} is damaged ({why}); {kept} rows of it could be read, and the old file is {aside}.")))
}

/// What is wrong in the database. One that can't be opened or read at the moment is no damage but an error.
fn damage(folder: &Folder) -> Result<Option<String>> {
    let check = || -> rusqlite::Result<String> {
        let connection = Connection::open_with_flags(folder.path().join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(answer) if answer == "ok" => Ok(None),
        Ok(answer) => Ok(Some(answer)),
        Err(cause) => {
            let why = cause.to_string();
            let error = folder.error(cause);
            if error.kind() == ErrorKind::Damaged { Ok(Some(why)) } else { Err(error) }
        }
    }
}

/// A new database with all rows of the old one that can be read. Returns how many those are, and the old one's new name.
fn rebuild_database(folder: &Folder) -> io::Result<(u64, String)> {
    let path = folder.path().join(DATABASE);
    let aside = put_aside(&path)?;
    // Their names have to follow the file they belong to.
    for beside in ["-wal", "-shm"] {
        let log = folder.path().join(format!("{DATABASE}{beside}"));
        if log.exists() {
            fs::rename(&log, format!("{}{beside}", aside.display()))?;
        }
    }
    let kept = fill(&path, &aside).map_err(io::Error::other)?;
    Ok((kept, aside.display().to_string()))
}

fn fill(path: &Path, aside: &Path) -> rusqlite::Result<u64> {
    let mut new = Connection::open(path)?;
    let transaction = new.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let mut kept = 0;
    if let Ok(old) = Connection::open(aside) {
        for table in ["counters", "collection", "pending", "doomed", "record"] {
            kept += copy(&old, &transaction, table)?;
        }
    }
    transaction.execute(
        "UPDATE counters SET last_seq = last_seq + ?1, last_op = last_op + ?1, last_version = last_version + ?1",
        [LEAP],
    )?;
    folder::mark(&transaction)?;
    transaction.commit()?;
    Ok(kept)
}

/// Copies the rows of a table up to the first that can't be read.
fn copy(old: &Connection, new: &Connection, table: &str) -> rusqlite::Result<u64> {
    let Ok(mut select) = old.prepare(&format!("SELECT * FROM {table}")) else { return Ok(0) };
    let width = select.column_count();
    let places = vec!["?"; width].join(", ");
    let mut insert = new.prepare(&format!("INSERT OR REPLACE INTO {table} VALUES ({places})"))?;
    if table == "counters" {
        new.execute("DELETE FROM counters", [])?;
    }
    let mut kept = 0;
    if let Ok(mut rows) = select.query([]) {
        while let Ok(Some(row)) = rows.next() {
            let values: rusqlite::Result<Vec<rusqlite::types::Value>> = (0..width).map(|at| row.get(at)).collect();
            if values.is_ok_and(|values| insert.execute(rusqlite::params_from_iter(values)).is_ok()) {
                kept += 1;
            }
        }
    }
    if table == "counters" && kept == 0 {
        new.execute("INSERT INTO counters VALUES (0, 0, 0)", [])?;
    }
    Ok(kept)
}

#[cfg(test)]
#[path = "salvage_tests.rs"]
mod tests;
