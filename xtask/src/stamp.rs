//! Knows whether a result is still that of its inputs, so that a second run does nothing twice.
//!
//! Contents are hashed rather than times compared: switching branches back and forth, or a fresh
//! checkout beside a cached `target`, rebuilds only what differs. What was made is recognised by
//! its length and time, so a result that something else has overwritten is made again.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::workspace;

pub(crate) struct Stamp {
    path: PathBuf,
    inputs: String,
    output: PathBuf,
}

impl Stamp {
    /// Takes the inputs as they are now, before the work: an edit made meanwhile makes the result stale.
    pub(crate) fn new(name: &str, inputs: &[&str], output: PathBuf) -> Result<Self> {
        let mut hash = Sha256::new();
        for input in inputs {
            for file in workspace::files(&workspace::root().join(input))? {
                let contents = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
                hash.update(workspace::name_of(&file));
                hash.update([0]);
                hash.update(Sha256::digest(&contents));
            }
        }
        let path = workspace::own().join(format!("{name}.stamp"));
        Ok(Self { path, inputs: hex(&hash.finalize()), output })
    }

    pub(crate) fn is_current(&self) -> bool {
        let remembered = fs::read_to_string(&self.path).ok();
        remembered.is_some() && remembered == self.text()
    }

    pub(crate) fn write(&self) -> Result<()> {
        let text = self.text().with_context(|| format!("{} was not made", self.output.display()))?;
        fs::create_dir_all(workspace::own())?;
        fs::write(&self.path, text).with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn text(&self) -> Option<String> {
        Some(format!("{}\n{}\n", self.inputs, identity(&self.output)?))
    }
}

/// Does `work` unless its result is there and current.
pub(crate) fn unless_current(stamp: &Stamp, work: impl FnOnce() -> Result<()>) -> Result<()> {
    if stamp.is_current() {
        return Ok(());
    }
    work()?;
    stamp.write()
}

fn identity(path: &Path) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{} {}", metadata.len(), modified.as_nanos()))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_current_until_an_input_or_the_result_itself_changes() {
        let folder = workspace::own().join("stamp-test");
        let input = folder.join("input");
        let output = folder.join("output");
        fs::create_dir_all(&folder).unwrap();
        fs::write(&input, "one").unwrap();
        fs::write(&output, "made").unwrap();
        let stamp = || Stamp::new("stamp-test/stamp", &["target/xtask/stamp-test/input"], output.clone()).unwrap();

        let _ = fs::remove_file(folder.join("stamp.stamp"));
        assert!(!stamp().is_current(), "nothing was ever made");
        stamp().write().unwrap();
        assert!(stamp().is_current());

        fs::write(&input, "two").unwrap();
        assert!(!stamp().is_current(), "the input changed");
        stamp().write().unwrap();
        assert!(stamp().is_current());

        fs::write(&output, "overwritten").unwrap();
        assert!(!stamp().is_current(), "the result was overwritten");
        fs::remove_file(&output).unwrap();
        assert!(!stamp().is_current(), "the result is gone");
        assert!(stamp().write().is_err(), "what was not made cannot be stamped");
    }

    #[test]
    fn bytes_are_written_in_lower_case_hexadecimal() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
    }
}
