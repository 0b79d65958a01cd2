//! What can be read of damaged indexes is kept, the rest is left out. Nothing is deleted: an index that says nothing
//! at all is put aside under another name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tantivy::directory::error::OpenReadError;
use tantivy::directory::{ManagedDirectory, MmapDirectory};

use super::folder::Folder;
use super::view::Place;
use crate::{Error, ErrorKind, Result};

/// The list of pieces of an index, in its folder.
pub(super) const META: &str = "meta.json";
/// The list of files that may be tidied up.
pub(super) const MANAGED: &str = ".managed.json";
/// Names under which what is damaged may be put aside.
const ASIDE_MAX: u32 = 1_000;

/// What a repair left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// A sentence for each thing that is gone.
    pub lost: Vec<String>,
    /// How many events those were, where it is known.
    pub events: u64,
}

/// What is wrong with the indexes, as sentences. Every byte of them is read.
pub(super) fn complaints(folder: &Folder) -> Vec<String> {
    let mut complaints = Vec::new();
    for place in Place::ALL {
        let path = folder.events(place);
        if !path.join(META).exists() {
            continue;
        }
        match pieces(&path) {
            Ok((_, _, broken)) => complaints.extend(broken.iter().map(|piece| {
                let (name, events) = told(piece);
                format!(
                    "The piece {name} of the index in {}, with up to {events} events, is damaged; stop RADAR and repair it with radar doctor --repair.",
                    path.display()
                )
            })),
            Err(_) => complaints.push(format!(
                "The index in {} can't be read; stop RADAR and repair it with radar doctor --repair.",
                path.display()
            )),
        }
    }
    complaints
}

/// Nobody else has the folder meanwhile.
pub(super) fn repair(folder: &Folder) -> Result<Repair> {
    let mut repair = Repair::default();
    for place in Place::ALL {
        let path = folder.events(place);
        if path.exists() {
            repair_index(&path, &mut repair).map_err(|cause| {
                let message =
                    format!("The index in {} can't be repaired: its disk fails; check it, then try again.", path.display());
                Error::new(ErrorKind::Unavailable, message).with_source(cause)
            })?;
        }
    }
    Ok(repair)
}

fn repair_index(path: &Path, repair: &mut Repair) -> io::Result<()> {
    if read_meta(path).is_none() {
        let aside = put_aside(path)?;
        repair.lost.push(format!(
            "The index in {} can't be read at all, and was put aside as {}.",
            path.display(),
            aside.display()
        ));
        return Ok(());
    }
    let directory = MmapDirectory::open(path).map_err(io::Error::other)?;
    if ManagedDirectory::wrap(Box::new(directory)).is_err() {
        // Without it, none of those there are is ever tidied up.
        fs::remove_file(path.join(MANAGED))?;
    }
    let (mut content, whole, broken) = pieces(path)?;
    if broken.is_empty() {
        return Ok(());
    }
    for piece in &broken {
        let (name, events) = told(piece);
        repair.events += events;
        repair.lost.push(format!("The piece {name} of the index in {} is damaged, with up to {events} events.", path.display()));
    }
    content["segments"] = Value::Array(whole);
    // In two steps, so that there is a list of pieces at any time.
    let new = path.join("radar.meta.new");
    fs::write(&new, serde_json::to_vec(&content).map_err(io::Error::other)?)?;
    fs::File::open(&new)?.sync_all()?;
    fs::rename(&new, path.join(META))
}

/// The list of pieces, and its content.
fn read_meta(path: &Path) -> Option<(Value, Vec<Value>)> {
    let content: Value = serde_json::from_slice(&fs::read(path.join(META)).ok()?).ok()?;
    let pieces = content.get("segments")?.as_array().cloned()?;
    Some((content, pieces))
}

/// The content of the list of pieces, those that are as they were written, and those that are not.
fn pieces(path: &Path) -> io::Result<(Value, Vec<Value>, Vec<Value>)> {
    let (content, pieces) = read_meta(path).ok_or(io::ErrorKind::InvalidData)?;
    let directory = MmapDirectory::open(path).map_err(io::Error::other)?;
    let directory = ManagedDirectory::wrap(Box::new(directory)).map_err(io::Error::other)?;
    let (whole, broken) = pieces.into_iter().partition(|piece| is_whole(&directory, piece));
    Ok((content, whole, broken))
}

/// The name of a piece, and how many events it has at most.
fn told(piece: &Value) -> (&str, u64) {
    let events = piece.get("max_doc").and_then(Value::as_u64).unwrap_or_default();
    (piece.get("segment_id").and_then(Value::as_str).unwrap_or("without a name"), events)
}

/// Whether every file of a piece is as it was written.
fn is_whole(directory: &ManagedDirectory, piece: &Value) -> bool {
    let files = files(piece);
    let is_whole = |(file, is_needed): &(String, bool)| match directory.validate_checksum(Path::new(file)) {
        Ok(is_whole) => is_whole,
        Err(OpenReadError::FileDoesNotExist(_)) => !is_needed,
        Err(_) => false,
    };
    !files.is_empty() && files.iter().all(is_whole)
}

/// The files of a piece, and whether it has to have them. None of one without a name.
pub(super) fn files(piece: &Value) -> Vec<(String, bool)> {
    let Some(id) = piece.get("segment_id").and_then(Value::as_str) else { return Vec::new() };
    let id: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    let mut files: Vec<(String, bool)> =
        ["idx", "term", "fast", "store"].map(|extension| (format!("{id}.{extension}"), true)).into();
    files.extend(["pos", "fieldnorm"].map(|extension| (format!("{id}.{extension}"), false)));
    let removed = piece.get("deletes").and_then(|deletes| deletes.get("opstamp")?.as_u64());
    files.extend(removed.map(|opstamp| (format!("{id}.{opstamp}.del"), true)));
    files
}

/// Gives it a name under which nothing looks for it.
pub(super) fn put_aside(path: &Path) -> io::Result<PathBuf> {
    for number in 1..ASIDE_MAX {
        let aside = PathBuf::from(format!("{}.damaged-{number}", path.display()));
        if !aside.exists() {
            return fs::rename(path, &aside).map(|()| aside);
        }
    }
    Err(io::Error::other("too much that is damaged was put aside before"))
}
