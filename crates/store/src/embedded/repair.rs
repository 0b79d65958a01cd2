//! What can be saved of a damaged folder.
//!
//! An index is made of pieces that are written once and carry a checksum, so a damaged piece is known and can be left
//! out; the events of the others stay. Of a damaged database all rows are kept that can still be read. What is left
//! out is set aside and not deleted.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use tantivy::Index;
use tantivy::directory::MmapDirectory;

use super::folder::{DATABASE, Folder, SCHEMA};
use super::view::Place;
use crate::{Error, ErrorKind, Result};

const META: &str = "meta.json";
/// Behind the name of what was set aside.
const ASIDE: &str = ".damaged";
/// Places and numbers that may have been given out by a database that can't tell any more.
const LEAP: i64 = 1 << 40;

/// What is wrong with the files, as sentences. Every byte of them is read.
pub(super) fn complaints(folder: &Folder) -> Vec<String> {
    let mut complaints = Vec::new();
    if let Err(why) = check_database(folder) {
        complaints.push(format!("The database {DATABASE} is damaged: {why}. Stop RADAR and repair it with radar doctor --repair."));
    }
    for place in Place::ALL {
        let path = folder.events(place);
        if !path.join(META).exists() {
            continue;
        }
        match Pieces::read(&path) {
            Ok(pieces) => complaints.extend(pieces.damaged.iter().map(|piece| {
                format!(
                    "A piece of {} with {piece} events is damaged. Stop RADAR and repair it with radar doctor --repair.",
                    place.folder(),
                    piece = pieces.events(piece)
                )
            })),
            Err(why) => complaints.push(format!(
                "The index {} can't be read: {why}. Stop RADAR and repair it with radar doctor --repair.",
                place.folder()
            )),
        }
    }
    complaints
}

/// Repairs what is damaged, and says what was done.
pub(super) fn repair(folder: &Folder) -> Result<Vec<String>> {
    let _lock = folder.lock()?;
    let mut done = Vec::new();
    for place in Place::ALL {
        let path = folder.events(place);
        if !path.exists() {
            continue;
        }
        let name = place.folder();
        match Pieces::read(&path) {
            Ok(pieces) if pieces.damaged.is_empty() => {}
            Ok(pieces) => {
                let lost: u64 = pieces.damaged.iter().map(|piece| pieces.events(piece)).sum();
                pieces.leave_out_damaged(&path).map_err(|cause| unrepaired(&path).with_source(cause))?;
                done.push(format!("{} damaged pieces of {name} were left out, and with them {lost} events", pieces.damaged.len()));
            }
            Err(why) => {
                let aside = set_aside(&path).map_err(|cause| unrepaired(&path).with_source(cause))?;
                done.push(format!(
                    "{name} can't be read ({why}); it is set aside as {aside}, and its events are no longer in the store"
                ));
            }
        }
    }
    if let Err(why) = check_database(folder) {
        let database = folder.path().join(DATABASE);
        let (kept, aside) = rebuild_database(folder).map_err(|cause| unrepaired(&database).with_source(cause))?;
        done.push(format!("{DATABASE} is damaged ({why}); {kept} rows of it could be read, and the old file is {aside}"));
    }
    Ok(done)
}

fn unrepaired(path: &Path) -> Error {
    let message = format!("{} could not be repaired; restore the folder from a backup.", path.display());
    Error::new(ErrorKind::Damaged, message)
}

/// The pieces of an index, by its list of them.
struct Pieces {
    meta: Value,
    damaged: BTreeSet<String>,
}

impl Pieces {
    fn read(path: &Path) -> Result<Self, String> {
        let text = fs::read(path.join(META)).map_err(|error| error.to_string())?;
        let meta: Value = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
        let directory = MmapDirectory::open(path).map_err(|error| error.to_string())?;
        let index = Index::open(directory).map_err(|error| error.to_string())?;
        let metas = index.searchable_segment_metas().map_err(|error| error.to_string())?;
        let mut damaged = BTreeSet::new();
        for segment in metas {
            let is_whole = |file: &Path| matches!(index.directory().validate_checksum(file), Ok(true));
            // Some kinds of files are listed whether a piece has them or not; what it needs tells itself when it is opened.
            let is_there = |file: &Path| path.join(file).exists();
            let are_whole = segment.list_files().iter().all(|file| !is_there(file) || is_whole(file));
            if !are_whole || tantivy::SegmentReader::open(&index.segment(segment.clone())).is_err() {
                damaged.insert(segment.id().uuid_string());
            }
        }
        Ok(Self { meta, damaged })
    }

    fn is(segment: &Value, piece: &str) -> bool {
        segment["segment_id"].as_str().is_some_and(|id| id.replace('-', "") == piece)
    }

    fn events(&self, piece: &str) -> u64 {
        let segments = self.meta["segments"].as_array().into_iter().flatten();
        segments.filter(|segment| Self::is(segment, piece)).filter_map(|segment| segment["max_doc"].as_u64()).sum()
    }

    fn leave_out_damaged(&self, path: &Path) -> io::Result<()> {
        let mut meta = self.meta.clone();
        if let Some(segments) = meta["segments"].as_array_mut() {
            segments.retain(|segment| !self.damaged.iter().any(|piece| Self::is(segment, piece)));
        }
        for piece in &self.damaged {
            for entry in fs::read_dir(path)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(piece) {
                    set_aside(&entry.path())?;
                }
            }
        }
        let new = path.join("meta.json.new");
        fs::write(&new, serde_json::to_vec_pretty(&meta)?)?;
        fs::File::open(&new)?.sync_all()?;
        fs::rename(new, path.join(META))
    }
}

/// Gives it another name, under which nothing looks for it, and says which.
fn set_aside(path: &Path) -> io::Result<String> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(ASIDE);
    let mut aside = path.with_file_name(&name);
    for number in 2.. {
        if !aside.exists() {
            break;
        }
        let mut numbered = name.clone();
        numbered.push(number.to_string());
        aside = path.with_file_name(numbered);
    }
    fs::rename(path, &aside)?;
    Ok(aside.file_name().unwrap_or_default().to_string_lossy().into_owned())
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

/// A new database with all rows of the old one that can be read. Returns how many those are, and the old one's new name.
fn rebuild_database(folder: &Folder) -> std::result::Result<(u64, String), Box<dyn std::error::Error + Send + Sync>> {
    let path = folder.path().join(DATABASE);
    let aside = set_aside(&path)?;
    // Their names have to follow the file they belong to.
    for beside in ["-wal", "-shm"] {
        let log = folder.path().join(format!("{DATABASE}{beside}"));
        if log.exists() {
            fs::rename(&log, folder.path().join(format!("{aside}{beside}")))?;
        }
    }
    let mut new = Connection::open(&path)?;
    let transaction = new.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let mut kept = 0;
    if let Ok(old) = Connection::open(folder.path().join(&aside)) {
        for table in ["counters", "collection", "pending", "doomed", "record"] {
            kept += salvage(&old, &transaction, table)?;
        }
    }
    transaction.execute(
        "UPDATE counters SET last_seq = last_seq + ?1, last_op = last_op + ?1, last_version = last_version + ?1",
        [LEAP],
    )?;
    super::folder::mark(&transaction)?;
    transaction.commit()?;
    Ok((kept, aside))
}

/// Copies the rows of a table up to the first that can't be read.
fn salvage(old: &Connection, new: &Connection, table: &str) -> rusqlite::Result<u64> {
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
#[path = "repair_tests.rs"]
mod tests;
