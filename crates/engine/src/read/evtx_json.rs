//! What the `evtx` crate makes of chunks: JSON, or the error of a record.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};

use evtx::err::EvtxError;
use evtx::{EvtxParser, ParserSettings, RenderedChunk};

use super::evtx::{CHUNK_BYTES, HEADER_BYTES, MAGIC};

/// Each of the chunks that are wanted with its place among all of them, in any order.
pub(super) fn rendered(chunks: &[[u8; CHUNK_BYTES]], is_wanted: &[bool]) -> Result<Vec<(usize, RenderedChunk)>, EvtxError> {
    let chunk = Cell::new(0);
    let file = File { header: file_header(), chunks, is_wanted, at: 0, chunk: &chunk };
    let settings = ParserSettings::new().num_threads(1).indent(false);
    let mut parser = EvtxParser::from_read_seek(file)?.with_configuration(settings);
    // One thread reads a chunk and renders it before it reads the next.
    Ok(parser.chunks_json_bytes(false).map(|rendered| (chunk.get(), rendered)).collect())
}

/// A file of chunks, for a crate that reads files: they come behind a header of ours. The chunks that are
/// not wanted are empty, which the crate passes over.
struct File<'a> {
    header: [u8; HEADER_BYTES],
    chunks: &'a [[u8; CHUNK_BYTES]],
    is_wanted: &'a [bool],
    at: u64,
    /// The place of the chunk that was read last.
    chunk: &'a Cell<usize>,
}

/// The crate finds chunks by their places and needs nothing but the magic and the sizes.
pub(super) fn file_header() -> [u8; HEADER_BYTES] {
    const NO_CHECKSUM: u8 = 4;
    let mut header = [0; HEADER_BYTES];
    header[..8].copy_from_slice(MAGIC);
    header[32] = 128;
    header[36] = 1;
    header[38] = 3;
    header[40..42].copy_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
    header[120] = NO_CHECKSUM;
    header
}

impl Read for File<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        static EMPTY: [u8; CHUNK_BYTES] = [0; CHUNK_BYTES];
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        let mut rest = match self.header.get(at..) {
            Some(header) if !header.is_empty() => header,
            _ => {
                let (chunk, offset) = ((at - HEADER_BYTES) / CHUNK_BYTES, (at - HEADER_BYTES) % CHUNK_BYTES);
                let Some(bytes) = self.chunks.get(chunk) else { return Ok(0) };
                self.chunk.set(chunk);
                if self.is_wanted[chunk] { &bytes[offset..] } else { &EMPTY[offset..] }
            }
        };
        let read = rest.read(buffer)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for File<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = (HEADER_BYTES + size_of_val(self.chunks)) as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
