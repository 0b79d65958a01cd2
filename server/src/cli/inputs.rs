//! The files to analyse, each as a source of blocks that can be read more than once.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use radar_engine::read::{Block, Format, Options, Reader};

/// How much is read at a time.
const READ_BYTES: usize = 1 << 20;

/// One input. What comes through a pipe is kept in a temporary file without a name, since it is
/// needed twice.
pub(super) struct Input {
    /// As it was named on the command line.
    pub(super) name: String,
    file: File,
    bytes: u64,
}

impl Input {
    /// `-` is the standard input.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Self::spool(io::stdin().lock()).context("the standard input can't be read");
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("{name} can't be opened"))?;
        let metadata = file.metadata().with_context(|| format!("{name} can't be opened"))?;
        anyhow::ensure!(!metadata.is_dir(), "{name} is a folder; name the files in it");
        if !metadata.is_file() {
            return Ok(Self { name: name.clone(), ..Self::spool(file).with_context(|| format!("{name} can't be read"))? });
        }
        Ok(Self { name, file, bytes: metadata.len() })
    }

    fn spool(mut from: impl Read) -> Result<Self> {
        let mut file = tempfile::tempfile().context("a temporary file can't be made")?;
        let bytes = io::copy(&mut from, &mut file)?;
        file.flush()?;
        Ok(Self { name: "-".into(), file, bytes })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Reads from the beginning.
    pub(super) fn blocks(&self, options: Options) -> Result<Blocks<'_>> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(0)).with_context(|| format!("{} can't be read again", self.name))?;
        Ok(Blocks {
            input: self,
            reader: Reader::new(options),
            buffer: vec![0; READ_BYTES],
            unfed: 0..0,
            ready: Vec::new().into_iter(),
            is_read: false,
            is_over: false,
            damage: None,
        })
    }
}

pub(super) struct Blocks<'a> {
    input: &'a Input,
    reader: Reader,
    buffer: Vec<u8>,
    /// What of the buffer the reader has not taken yet.
    unfed: Range<usize>,
    ready: std::vec::IntoIter<Block>,
    /// Whether the file has been read to its end.
    is_read: bool,
    is_over: bool,
    damage: Option<String>,
}

impl Blocks<'_> {
    /// The next block, and how many bytes of the file were read for it.
    pub(super) fn next(&mut self) -> Result<Option<(Block, u64)>> {
        let mut bytes_read = 0;
        loop {
            if let Some(block) = self.ready.next() {
                return Ok(Some((block, bytes_read)));
            }
            if self.is_over {
                return Ok(None);
            }
            if self.unfed.is_empty() && !self.is_read {
                let mut file = &self.input.file;
                let length = match file.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    length => length.with_context(|| format!("{} can't be read", self.input.name))?,
                };
                bytes_read += length as u64;
                self.unfed = 0..length;
                self.is_read = length == 0;
            }
            // A little at a time, since what is packed may be a thousand times as large.
            let blocks = if self.is_read {
                self.reader.finish_some().map(|blocks| {
                    self.is_over = blocks.is_none();
                    blocks.unwrap_or_default()
                })
            } else {
                self.reader.feed_some(&self.buffer[self.unfed.clone()]).map(|(taken, blocks)| {
                    self.unfed.start += taken;
                    blocks
                })
            };
            self.ready = match blocks {
                Ok(blocks) => blocks,
                // What came before the damage is analysed all the same.
                Err(damage) => {
                    self.damage = Some(format!("{} is read up to where it is damaged: {damage}", self.input.name));
                    self.is_over = true;
                    damage.before
                }
            }
            .into_iter();
        }
    }

    /// Known once anything was read.
    pub(super) fn format(&self) -> Option<Format> {
        self.reader.format()
    }

    /// Why the input was not read to its end, if it was not.
    pub(super) fn damage(&mut self) -> Option<String> {
        self.damage.take()
    }
}

/// Opens them all before anything is analysed, so that a wrong name costs no time.
pub(super) fn open_all(paths: &[PathBuf]) -> Result<Vec<Input>> {
    paths.iter().map(|path| Input::open(path)).collect()
}
