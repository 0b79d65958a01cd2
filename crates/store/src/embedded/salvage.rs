//! What can be saved of a damaged database: all rows that can still be read. The old file is put aside and not deleted.

use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::folder::{self, DATABASE, Folder, SCHEMA};
use crate::{Error, ErrorKind, Result};

/// Names under which damaged databases may be put aside.
const ASIDE_MAX: u32 = 1_000;
/// Places and numbers that may have been given out by a database that can't tell any more.
const LEAP: i64 = 1 << 40;

/// What is wrong with the database, as a sentence. Every page of it is read.
pub(super) fn complaint(folder: &Folder) -> Option<String> {
    let why = check_database(folder).err()?;
    Some(format!("The database {DATABASE} is damaged ({why}); stop RADAR and repair it with radar doctor --repair."))
}

/// Makes a new database of what can be read of a damaged one, and says what was done.
pub(super) fn salvage(folder: &Folder) -> Result<Option<String>> {
    if !folder.path().join(DATABASE).exists() {
        return Ok(None);
    }
    let _lock = folder.lock()?;
    let Err(why) = check_database(folder) else { return Ok(None) };
    let (kept, aside) = rebuild_database(folder).map_err(|cause| {
        let message =
            format!("{} could not be repaired; restore the folder from a backup.", folder.path().join(DATABASE).display());
        Error::new(ErrorKind::Damaged, message).with_source(cause)
    })?;
    Ok(Some(format!("The database {DATABASE} is damaged ({why}); {kept} rows of it could be read, and the old file is {aside}.")))
}

fn check_database(folder: &Folder) -> std::result::Result<(), String> {
    let check = || -> rusqlite::Result<String> {
        let connection = Connection::open_with_flags(folder.path().join(DATABASE), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
    };
    match check() {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(answer) => Err(answer),
        Err(error) => Err(error.to_string()),
    }
}

fn free_name(folder: &Path) -> io::Result<String> {
    let names = (1..ASIDE_MAX).map(|number| format!("{DATABASE}.damaged-{number}"));
    names
        .into_iter()
        .find(|name| !folder.join(name).exists())
        .ok_or_else(|| io::Error::other("too many damaged databases are here"))
}

/// A new database with all rows of the old one that can be read. Returns how many those are, and the old one's new name.
fn rebuild_database(folder: &Folder) -> io::Result<(u64, String)> {
    let path = folder.path().join(DATABASE);
    let aside = free_name(folder.path())?;
    fs::rename(&path, folder.path().join(&aside))?;
    // Their names have to follow the file they belong to.
    for beside in ["-wal", "-shm"] {
        let log = folder.path().join(format!("{DATABASE}{beside}"));
        if log.exists() {
            fs::rename(&log, folder.path().join(format!("{aside}{beside}")))?;
        }
    }
    let kept = fill(&path, &folder.path().join(&aside)).map_err(io::Error::other)?;
    Ok((kept, aside))
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
