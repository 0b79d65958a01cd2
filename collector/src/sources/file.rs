//! A growing file, read line by line from a known offset.
//!
//! Only the standard library's portable file handling is used, so a file's identity is not its
//! inode but its first bytes: they are the same for an appended file, and differ once it was
//! rotated or truncated and written anew. The file is read through one handle until it is drained,
//! so lines written just before a rotation are still read.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// A longer line is counted and skipped, so that no line can fill the memory.
pub(crate) const LINE_BYTES_MAX: usize = 1024 * 1024;
/// How many of a file's first bytes tell it from another.
const HEAD_BYTES_MAX: usize = 1024;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[derive(Debug)]
pub(crate) struct FileSource {
    path: PathBuf,
    reader: BufReader<File>,
    /// The first bytes of the file, as far as they were read, [`HEAD_BYTES_MAX`] at most.
    head: Vec<u8>,
    /// Where the line that is being read starts.
    line_start: u64,
    line: Vec<u8>,
    line_bytes: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) from: u64,
    /// Where the next line starts.
    pub(crate) to: u64,
    /// Whether a line end was read, or only the file's.
    pub(crate) is_ended: bool,
    /// Without its line end. `None` when it is longer than [`LINE_BYTES_MAX`].
    pub(crate) bytes: Option<Vec<u8>>,
}

/// What to do with a last line that has no line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unended {
    Leave,
    Take,
}

/// How a file turned out not to be the one that was read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replaced {
    Shorter { length: u64 },
    BeginsDifferently,
}

impl FileSource {
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let file = File::open(path).map_err(|error| cannot_open(path, error))?;
        let metadata = file.metadata().with_context(|| format!("cannot read {}", path.display()))?;
        if metadata.is_dir() {
            bail!("{} is a folder; name the files in it", path.display());
        }
        if !metadata.is_file() {
            bail!("{} is not a regular file, so no place in it can be kept", path.display());
        }
        let mut source = Self {
            path: path.to_owned(),
            reader: BufReader::with_capacity(64 * 1024, file),
            head: Vec::new(),
            line_start: 0,
            line: Vec::new(),
            line_bytes: 0,
        };
        source.refuse_utf16()?;
        Ok(source)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The first bytes of the file, up to `offset`.
    pub(crate) fn head(&self, offset: u64) -> &[u8] {
        let length = usize::try_from(offset).unwrap_or(usize::MAX).min(self.head.len());
        &self.head[..length]
    }

    /// Moves to `offset`, which must have been reached before in the file that `is_same_head`
    /// recognises by its first bytes.
    pub(crate) fn resume(&mut self, offset: u64, is_same_head: impl Fn(&[u8]) -> bool) -> io::Result<Result<(), Replaced>> {
        let length = self.reader.get_ref().metadata()?.len();
        if length < offset {
            return Ok(Err(Replaced::Shorter { length }));
        }
        let head = read_head(self.reader.get_mut(), offset)?;
        if !is_same_head(&head) {
            self.reader.rewind()?;
            return Ok(Err(Replaced::BeginsDifferently));
        }
        self.head = head;
        self.line_start = offset;
        self.reader.seek(SeekFrom::Start(offset))?;
        Ok(Ok(()))
    }

    /// Moves back to the start of an unended line that was taken, when more was written to it.
    pub(crate) fn step_back_if_grown(&mut self, unended_from: u64) -> io::Result<bool> {
        let next = self.reader.fill_buf()?.first().copied();
        let has_grown = next.is_some_and(|byte| byte != b'\n' && byte != b'\r');
        if has_grown {
            self.line_start = unended_from;
            self.reader.seek(SeekFrom::Start(unended_from))?;
        }
        Ok(has_grown)
    }

    /// The next line, or `None` at the end of what is written so far.
    pub(crate) fn next_line(&mut self, unended: Unended) -> io::Result<Option<Line>> {
        loop {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                let take = unended == Unended::Take && self.line_bytes > 0;
                return Ok(take.then(|| self.finish_line(false)));
            }
            let newline = available.iter().position(|byte| *byte == b'\n');
            let taken = newline.map_or(available.len(), |at| at + 1);
            // After a step back the same bytes are read again, and the head has the first of them.
            let position = self.line_start + self.line_bytes;
            let known = (self.head.len() as u64).saturating_sub(position) as usize;
            let head_room = HEAD_BYTES_MAX - self.head.len();
            if position <= self.head.len() as u64 && known < taken {
                self.head.extend_from_slice(&available[known..taken.min(known + head_room)]);
            }
            let text = &available[..newline.unwrap_or(taken)];
            let line_room = (LINE_BYTES_MAX + 2).saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(line_room)]);
            self.line_bytes += taken as u64;
            self.reader.consume(taken);
            if newline.is_some() {
                return Ok(Some(self.finish_line(true)));
            }
        }
    }

    fn finish_line(&mut self, is_ended: bool) -> Line {
        let from = self.line_start;
        let to = from + self.line_bytes;
        self.line_start = to;
        self.line_bytes = 0;
        let mut bytes = std::mem::take(&mut self.line);
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
        if from == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        Line { from, to, is_ended, bytes: (bytes.len() <= LINE_BYTES_MAX).then_some(bytes) }
    }

    /// Whether the path now leads to another file, or to one that was cut short. A path that leads
    /// nowhere is a rotation half done: the answer comes with the next look.
    pub(crate) fn replaced(&self) -> io::Result<Option<Replaced>> {
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let length = file.metadata()?.len();
        if length < self.line_start + self.line_bytes {
            return Ok(Some(Replaced::Shorter { length }));
        }
        let head = read_head(&mut file, self.head.len() as u64)?;
        Ok((head != self.head).then_some(Replaced::BeginsDifferently))
    }

    fn refuse_utf16(&mut self) -> anyhow::Result<()> {
        let start = self.reader.fill_buf().with_context(|| format!("cannot read {}", self.path.display()))?;
        if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
            bail!("{} is UTF-16; convert it to UTF-8 first", self.path.display());
        }
        Ok(())
    }
}

/// Reads from the file's start, and leaves the file's position behind what it read.
fn read_head(file: &mut File, offset: u64) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.rewind()?;
    file.take(offset.min(HEAD_BYTES_MAX as u64)).read_to_end(&mut head)?;
    Ok(head)
}

fn cannot_open(path: &Path, error: io::Error) -> anyhow::Error {
    let advice = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file",
        io::ErrorKind::PermissionDenied => "this user may not read it; run the collector as one who may",
        _ => return anyhow::Error::new(error).context(format!("cannot open {}", path.display())),
    };
    anyhow::anyhow!("cannot open {}: {advice}", path.display())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn written(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    /// Each line as its offsets and text; a line that is too long has no text.
    fn check(bytes: &[u8], unended: Unended, expected: &[(u64, u64, Option<&str>)]) {
        let (_folder, path) = written(bytes);
        let mut source = FileSource::open(&path).unwrap();
        let mut lines = Vec::new();
        while let Some(line) = source.next_line(unended).unwrap() {
            lines.push((line.from, line.to, line.bytes.map(|bytes| String::from_utf8(bytes).unwrap())));
        }
        let expected: Vec<_> = expected.iter().map(|(from, to, text)| (*from, *to, text.map(str::to_owned))).collect();
        assert_eq!(lines, expected);
    }

    #[test]
    fn lines_end_in_either_fashion() {
        check(b"", Unended::Take, &[]);
        check(b"a\nbc\n", Unended::Take, &[(0, 2, Some("a")), (2, 5, Some("bc"))]);
        check(b"a\r\n\r\nb\n", Unended::Take, &[(0, 3, Some("a")), (3, 5, Some("")), (5, 7, Some("b"))]);
        check(b"a\rb\n", Unended::Take, &[(0, 4, Some("a\rb"))]);
    }

    #[test]
    fn an_unended_line_is_left_or_taken() {
        check(b"a\nb", Unended::Leave, &[(0, 2, Some("a"))]);
        check(b"a\nb", Unended::Take, &[(0, 2, Some("a")), (2, 3, Some("b"))]);
    }

    #[test]
    fn offsets_count_bytes_not_characters() {
        check("é☃𝄞\nb\n".as_bytes(), Unended::Take, &[(0, 10, Some("é☃𝄞")), (10, 12, Some("b"))]);
        check("\u{feff}a\n\u{feff}b\n".as_bytes(), Unended::Take, &[(0, 5, Some("a")), (5, 10, Some("\u{feff}b"))]);
    }

    #[test]
    fn a_line_of_a_mebibyte_is_read_and_a_longer_one_is_not() {
        let longest = "x".repeat(LINE_BYTES_MAX);
        let end = LINE_BYTES_MAX as u64;
        check(format!("{longest}\nb\n").as_bytes(), Unended::Take, &[(0, end + 1, Some(&longest)), (end + 1, end + 3, Some("b"))]);
        check(
            format!("{longest}\r\nb\n").as_bytes(),
            Unended::Take,
            &[(0, end + 2, Some(&longest)), (end + 2, end + 4, Some("b"))],
        );
        check(format!("{longest}x\nb\n").as_bytes(), Unended::Take, &[(0, end + 2, None), (end + 2, end + 4, Some("b"))]);
        check(format!("{longest}{longest}x").as_bytes(), Unended::Take, &[(0, 2 * end + 1, None)]);
    }

    #[test]
    fn an_unended_line_is_completed_by_what_is_appended() {
        let (_folder, path) = written(b"a\nhal");
        let mut source = FileSource::open(&path).unwrap();
        assert!(source.next_line(Unended::Leave).unwrap().is_some());
        assert_eq!(source.next_line(Unended::Leave).unwrap(), None);
        fs::write(&path, b"a\nhalf\n").unwrap();
        let line = source.next_line(Unended::Leave).unwrap().unwrap();
        assert_eq!(line, Line { from: 2, to: 7, is_ended: true, bytes: Some(b"half".to_vec()) });
        assert_eq!(source.head(7), b"a\nhalf\n");
    }

    #[test]
    fn a_file_is_known_by_its_head() {
        let (_folder, path) = written(b"a\nb\n");
        let mut source = FileSource::open(&path).unwrap();
        assert_eq!(source.resume(2, |head| head == b"a\n").unwrap(), Ok(()));
        assert_eq!(source.next_line(Unended::Leave).unwrap().unwrap().from, 2);
        let mut source = FileSource::open(&path).unwrap();
        assert_eq!(source.resume(2, |head| head == b"x\n").unwrap(), Err(Replaced::BeginsDifferently));
        assert_eq!(source.next_line(Unended::Leave).unwrap().unwrap().from, 0);
        assert_eq!(source.resume(9, |_| true).unwrap(), Err(Replaced::Shorter { length: 4 }));
    }

    #[test]
    fn a_rotation_is_seen() {
        let (_folder, path) = written(b"a\nb\n");
        let mut source = FileSource::open(&path).unwrap();
        while source.next_line(Unended::Leave).unwrap().is_some() {}
        assert_eq!(source.replaced().unwrap(), None);
        let aside = path.with_extension("log.1");
        fs::rename(&path, &aside).unwrap();
        assert_eq!(source.replaced().unwrap(), None);
        fs::write(&path, b"x\ny\nz\n").unwrap();
        assert_eq!(source.replaced().unwrap(), Some(Replaced::BeginsDifferently));
        fs::write(&path, b"").unwrap();
        assert_eq!(source.replaced().unwrap(), Some(Replaced::Shorter { length: 0 }));
        // What is still written to the old file is still read.
        fs::write(&aside, b"a\nb\nc\n").unwrap();
        assert_eq!(source.next_line(Unended::Leave).unwrap().unwrap().bytes.unwrap(), b"c");
    }

    #[test]
    fn what_is_no_file_is_refused_with_a_sentence() {
        let error = |kind: io::ErrorKind| cannot_open(Path::new("app.log"), kind.into()).to_string();
        assert_eq!(error(io::ErrorKind::NotFound), "cannot open app.log: there is no such file");
        assert!(error(io::ErrorKind::PermissionDenied).contains("this user may not read it"));
        let (folder, path) = written(b"\xff\xfea\0");
        assert!(FileSource::open(&path).unwrap_err().to_string().ends_with("is UTF-16; convert it to UTF-8 first"));
        if cfg!(unix) {
            assert!(FileSource::open(folder.path()).unwrap_err().to_string().ends_with("is a folder; name the files in it"));
        }
    }
}
