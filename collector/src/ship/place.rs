//! How far a file was sent, kept on disk.
//!
//! One small JSON file for each file and server. It is replaced as a whole: written beside, synced,
//! renamed. A rename that is lost with the power leaves the place before it, from where the same
//! events are sent again and recognised by their ids, so the folder itself needs no syncing.
//!
//! A lock file beside it keeps a second collector out. A state file that cannot be read is never
//! overwritten: the person is told.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use radar_types::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::batch::End;
use crate::sources::{FileSource, Replaced};

const FORMAT_VERSION: u32 = 1;
const STATE_BYTES_MAX: u64 = 64 * 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    version: u32,
    /// For the person who looks into the folder.
    file: String,
    server: String,
    /// Everything before this was answered for.
    offset: u64,
    /// Of the first bytes, as many as lie before `offset` and the source keeps.
    head_sha256: String,
    /// Where the last line started, if it was sent before it had its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unended_from: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim>,
}

/// Lines without a time up to `to` happened at `read_at`. Written before they are sent, so that a
/// retry after a crash gives them the same time, and with it the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claim {
    pub(super) to: u64,
    pub(super) read_at: Timestamp,
}

pub(super) struct PlaceKeeper {
    state_path: PathBuf,
    /// Held, not read: the lock ends with it.
    _lock: File,
    place: Place,
}

impl PlaceKeeper {
    pub(super) fn open(folder: &Path, file: &Path, server: &str) -> anyhow::Result<Self> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the state folder {}; choose another with --state", folder.display()))?;
        let name = state_name(file, server)?;
        let lock = lock(&folder.join(format!("{name}.lock")), file)?;
        let state_path = folder.join(format!("{name}.json"));
        let place = match read_place(&state_path)? {
            Some(place) => place,
            None => Place {
                version: FORMAT_VERSION,
                file: file.display().to_string(),
                server: server.to_owned(),
                offset: 0,
                head_sha256: sha256(b""),
                unended_from: None,
                claim: None,
            },
        };
        Ok(Self { state_path, _lock: lock, place })
    }

    /// Moves a newly opened source to the place, or starts over where the file is another one.
    pub(super) fn resume(&mut self, source: &mut FileSource) -> anyhow::Result<()> {
        let cannot_read = || format!("cannot read {}", self.place.file);
        let is_same_head = |head: &[u8]| sha256(head) == self.place.head_sha256;
        if let Err(replaced) = source.resume(self.place.offset, is_same_head).with_context(cannot_read)? {
            return self.start_over(source, replaced);
        }
        if let Some(from) = self.place.unended_from
            && source.step_back_if_grown(from).with_context(cannot_read)?
        {
            eprintln!("{}: the last line has grown since it was sent, so it is sent once more", self.place.file);
            self.place.offset = from;
        }
        Ok(())
    }

    pub(super) fn start_over(&mut self, source: &FileSource, replaced: Replaced) -> anyhow::Result<()> {
        let (file, offset) = (&self.place.file, self.place.offset);
        match replaced {
            Replaced::Shorter { length } => {
                eprintln!("{file} was cut to {length} bytes, of which {offset} were sent before: reading it from its beginning");
            }
            Replaced::BeginsDifferently => eprintln!(
                "{file} is a new file since {offset} bytes were sent: reading it from its beginning. \
                 If the old one has unsent lines, send it under its new name; what is known already is stored once"
            ),
        }
        self.place.claim = None;
        self.advance(End { to: 0, unended_from: None }, source)
    }

    /// Applies to what lies between the place and its end.
    pub(super) fn claim(&self) -> Option<Claim> {
        self.place.claim.filter(|claim| claim.to > self.place.offset)
    }

    pub(super) fn set_claim(&mut self, to: u64, read_at: Timestamp) -> anyhow::Result<()> {
        self.place.claim = Some(Claim { to, read_at });
        self.write()
    }

    /// Everything before `end` was answered for.
    pub(super) fn advance(&mut self, end: End, source: &FileSource) -> anyhow::Result<()> {
        self.place.head_sha256 = sha256(source.head(end.to));
        self.place.offset = end.to;
        self.place.unended_from = end.unended_from;
        self.place.claim = self.claim();
        self.write()
    }

    fn write(&self) -> anyhow::Result<()> {
        let replace = || -> io::Result<()> {
            let beside = self.state_path.with_extension("json.new");
            let mut file = File::create(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(&self.place)?)?;
            file.sync_all()?;
            drop(file);
            fs::rename(&beside, &self.state_path)
        };
        replace().with_context(|| {
            format!("cannot write {}; make room there, or choose another folder with --state", self.state_path.display())
        })
    }
}

/// The path tells most files apart for a person, the hash all of them for us.
fn state_name(file: &Path, server: &str) -> anyhow::Result<String> {
    let absolute = std::path::absolute(file).with_context(|| format!("cannot name {}", file.display()))?;
    let key = [absolute.as_os_str().as_encoded_bytes(), b"\0", server.as_bytes()].concat();
    let plain = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let readable: String = file.file_name().unwrap_or_default().to_string_lossy().chars().take(40).map(plain).collect();
    Ok(format!("{readable}-{}", &sha256(&key)[..16]))
}

fn lock(path: &Path, file: &Path) -> anyhow::Result<File> {
    let open = File::options().create(true).truncate(false).write(true).open(path);
    let lock = open.with_context(|| format!("cannot write {}; choose another folder with --state", path.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => bail!("{} is being sent already, by this collector or another", file.display()),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

fn read_place(path: &Path) -> anyhow::Result<Option<Place>> {
    let mut bytes = Vec::new();
    match File::open(path) {
        Ok(file) => {
            file.take(STATE_BYTES_MAX).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", path.display()))?
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let place: Place = serde_json::from_slice(&bytes).with_context(|| {
        format!(
            "{} is damaged; delete it to send the file from its beginning, what is known already is stored once",
            path.display()
        )
    })?;
    if place.version != FORMAT_VERSION {
        bail!("{} was written by another version of radar-collector ({}); use that version", path.display(), place.version);
    }
    Ok(Some(place))
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::Unended;

    const SERVER: &str = "http://127.0.0.1:7171";

    struct Desk {
        folder: tempfile::TempDir,
    }

    impl Desk {
        fn new(content: &str) -> Self {
            let desk = Self { folder: tempfile::tempdir().unwrap() };
            desk.write(content);
            desk
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("app.log")
        }

        fn write(&self, content: &str) {
            fs::write(self.file(), content).unwrap();
        }

        fn open(&self) -> anyhow::Result<PlaceKeeper> {
            PlaceKeeper::open(&self.folder.path().join("state"), &self.file(), SERVER)
        }

        /// Reads what a run would send, and keeps the place behind it.
        fn run(&self) -> String {
            let mut keeper = self.open().unwrap();
            let mut source = FileSource::open(&self.file()).unwrap();
            keeper.resume(&mut source).unwrap();
            let mut sent = String::new();
            while let Some(line) = source.next_line(Unended::Take).unwrap() {
                sent.push_str(str::from_utf8(&line.bytes.unwrap()).unwrap());
                sent.push('|');
                keeper.advance(End { to: line.to, unended_from: (!line.is_ended).then_some(line.from) }, &source).unwrap();
            }
            sent
        }
    }

    /// What a second run sends when the file has changed in between.
    fn check(before: &str, after: &str, expected: &str) {
        let desk = Desk::new(before);
        desk.run();
        desk.write(after);
        assert_eq!(desk.run(), expected, "{before:?} -> {after:?}");
        assert_eq!(desk.run(), "", "a third run has nothing to send");
    }

    #[test]
    fn a_run_goes_on_where_the_last_one_stopped() {
        check("a\nb\n", "a\nb\n", "");
        check("a\nb\n", "a\nb\nc\n", "c|");
        check("", "a\n", "a|");
        let long = "a line like many others\n".repeat(200);
        check(&long, &format!("{long}more\n"), "more|");
    }

    #[test]
    fn another_file_is_sent_from_its_beginning() {
        check("a\nb\n", "a\n", "a|");
        check("a\nb\n", "", "");
        check("a\nb\n", "x\ny\nz\n", "x|y|z|");
    }

    #[test]
    fn a_last_line_that_grew_is_sent_whole() {
        check("a\nhal", "a\nhalf\n", "half|");
        check("a\nhal", "a\nhal\nb\n", "|b|");
        check("a\nhal", "a\nhal\r\nb\n", "|b|");
        check("hal", "half", "half|");
    }

    #[test]
    fn a_claim_outlives_the_run_and_ends_with_its_lines() {
        let desk = Desk::new("a\nb\nc\n");
        let mut source = FileSource::open(&desk.file()).unwrap();
        let read_at = "2026-03-01T00:00:00Z".parse().unwrap();
        desk.open().unwrap().set_claim(4, read_at).unwrap();
        let mut keeper = desk.open().unwrap();
        assert_eq!(keeper.claim(), Some(Claim { to: 4, read_at }));
        source.next_line(Unended::Leave).unwrap();
        keeper.advance(End { to: 2, unended_from: None }, &source).unwrap();
        assert!(keeper.claim().is_some());
        source.next_line(Unended::Leave).unwrap();
        keeper.advance(End { to: 4, unended_from: None }, &source).unwrap();
        assert_eq!(keeper.claim(), None);
    }

    #[test]
    fn one_collector_sends_a_file_at_a_time() {
        let desk = Desk::new("a\n");
        let keeper = desk.open().unwrap();
        let message = desk.open().err().unwrap().to_string();
        assert!(message.ends_with("is being sent already, by this collector or another"), "{message}");
        drop(keeper);
        assert!(desk.open().is_ok());
    }

    #[test]
    fn a_state_that_cannot_be_read_is_never_overwritten() {
        let desk = Desk::new("a\n");
        desk.run();
        let state_path = desk.open().unwrap().state_path;
        let good = fs::read_to_string(&state_path).unwrap();
        for (state, expected) in [
            ("", "is damaged; delete it"),
            (&good[..good.len() / 2], "is damaged; delete it"),
            (&good.replace("\"version\": 1", "\"version\": 2"), "another version of radar-collector (2)"),
        ] {
            fs::write(&state_path, state).unwrap();
            let message = desk.open().err().unwrap().to_string();
            assert!(message.contains(expected), "{message}");
            assert_eq!(fs::read_to_string(&state_path).unwrap(), state);
        }
    }

    #[test]
    fn the_place_in_one_file_for_one_server_is_its_own() {
        let name = |file: &str, server: &str| state_name(Path::new(file), server).unwrap();
        assert_ne!(name("/a/app.log", SERVER), name("/b/app.log", SERVER));
        assert_ne!(name("/a/app.log", SERVER), name("/a/app.log", "http://127.0.0.1:1"));
        assert!(name("/a/../é \u{1b}.log", SERVER).starts_with("____log-"));
        assert!(name(&"x".repeat(500), SERVER).len() < 64);
    }
}
