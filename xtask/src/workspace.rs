//! Where things are.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use walkdir::WalkDir;

use crate::report;

/// Folders that hold what was made or fetched, never what was written.
const MADE: [&str; 5] = [".git", "target", "node_modules", "data", "results"];

/// The checkout this program was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

pub(crate) fn target() -> PathBuf {
    root().join("target")
}

/// Keeps what this program remembers between runs.
pub(crate) fn own() -> PathBuf {
    target().join("xtask")
}

/// Keeps other runs of this program out until what is returned is dropped.
pub(crate) fn lock(name: &str) -> Result<File> {
    fs::create_dir_all(own())?;
    let path = own().join(format!("{name}.lock"));
    let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => report::note("waiting", "for another `cargo xtask` to finish"),
        Err(TryLockError::Error(_)) => {}
    }
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

/// The path of a program cargo built, such as `target/debug/radar`.
pub(crate) fn binary(folder: &str, name: &str) -> PathBuf {
    target().join(folder).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// Every written file under `start` (a file or a folder), in a stable order. What is not there has no files.
pub(crate) fn files(start: &Path) -> Result<Vec<PathBuf>> {
    if !start.exists() {
        return Ok(Vec::new());
    }
    let written = WalkDir::new(start).sort_by_file_name().into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !(entry.file_type().is_dir() && MADE.contains(&name.as_ref()))
    });
    let mut files = Vec::new();
    for entry in written {
        let entry = entry.with_context(|| format!("cannot list {}", start.display()))?;
        if entry.file_type().is_file() {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

/// A path as people write it, from the checkout's root and with forward slashes everywhere.
pub(crate) fn name_of(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
