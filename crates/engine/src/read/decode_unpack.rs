//! Unpacks gzip and zstd piece by piece.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Damage;

/// So many bytes tell what packed an input.
pub(super) const MAGIC_BYTES: usize = 4;
const GZIP_MAGIC: &[u8] = b"\x1f\x8b\x08";
const ZSTD_MAGIC: u32 = 0xfd2f_b528;
/// Frames that carry no content have one of sixteen magics.
const ZSTD_SKIPPABLE_MAGIC: u32 = 0x184d_2a50;
/// zstd's own programs need a flag of the user to unpack a larger window.
const ZSTD_WINDOW_BYTES_MAX: u64 = 128 << 20;
const ZSTD_HEADER_BYTES_MAX: usize = 18;
const ZSTD_BLOCK_HEADER_BYTES: usize = 3;
const ZSTD_CHECKSUM_BYTES: usize = 4;

pub(super) enum Unpack {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Zstd(Box<Zstd>),
}

impl Unpack {
    pub(super) fn for_magic(first: &[u8]) -> Option<Self> {
        if first.starts_with(GZIP_MAGIC) {
            return Some(Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))));
        }
        let magic = little_endian_u32(first)?;
        (magic == ZSTD_MAGIC || is_skippable(magic)).then(|| Self::Zstd(Box::new(Zstd::new())))
    }

    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Damage> {
        match self {
            Self::Zstd(zstd) => zstd.feed(bytes, out),
            Self::Gzip(gzip) => {
                let written = gzip.write_all(bytes).and_then(|()| gzip.flush());
                out.append(gzip.get_mut());
                written.map_err(|error| gzip_damage(&error))
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Damage> {
        match self {
            Self::Zstd(zstd) => zstd.finish(out),
            Self::Gzip(gzip) => {
                let finished = gzip.try_finish();
                out.append(gzip.get_mut());
                finished.map_err(|error| gzip_damage(&error))
            }
        }
    }
}

fn gzip_damage(error: &std::io::Error) -> Damage {
    let found = match error.kind() {
        std::io::ErrorKind::UnexpectedEof => "its end too early".to_owned(),
        _ => error.to_string(),
    };
    Damage { expected: "intact gzip data", found }
}

fn little_endian_u32(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn is_skippable(magic: u32) -> bool {
    magic & !0xf == ZSTD_SKIPPABLE_MAGIC
}

/// Cuts the input into the blocks of its frames, each at most 128 KiB, and hands these on whole.
pub(super) struct Zstd {
    frame: FrameDecoder,
    state: ZstdState,
    pending: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ZstdState {
    BetweenFrames,
    Skipping { bytes: u64 },
    InFrame { has_checksum: bool },
}

impl Zstd {
    fn new() -> Self {
        let mut frame = FrameDecoder::new();
        frame.set_max_window_size(ZSTD_WINDOW_BYTES_MAX);
        Self { frame, state: ZstdState::BetweenFrames, pending: Vec::new() }
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Damage> {
        self.pending.extend_from_slice(bytes);
        self.steps(false, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Damage> {
        self.steps(true, out)?;
        let is_whole = self.state == ZstdState::BetweenFrames && self.pending.is_empty();
        if is_whole {
            return Ok(());
        }
        // What the decoder still keeps for later references is good.
        self.frame.collect_to_writer(&mut *out).map_err(|error| damage(&error.to_string()))?;
        Err(damage("its end too early"))
    }

    fn steps(&mut self, is_end: bool, out: &mut Vec<u8>) -> Result<(), Damage> {
        let mut done = 0;
        let stepped = loop {
            match self.step(done, is_end, out) {
                Ok(0) => break Ok(()),
                Ok(bytes) => done += bytes,
                Err(damage) => break Err(damage),
            }
        };
        self.pending.drain(..done);
        stepped
    }

    /// Takes the next part off the pending bytes from `start` on and returns its length, 0 when it is
    /// not all there.
    fn step(&mut self, start: usize, is_end: bool, out: &mut Vec<u8>) -> Result<usize, Damage> {
        let pending = &self.pending[start..];
        match self.state {
            ZstdState::Skipping { bytes } => {
                let here = bytes.min(pending.len() as u64);
                self.state = match bytes - here {
                    0 => ZstdState::BetweenFrames,
                    bytes => ZstdState::Skipping { bytes },
                };
                Ok(here as usize)
            }
            ZstdState::BetweenFrames => {
                let Some(magic) = little_endian_u32(pending) else { return Ok(0) };
                if is_skippable(magic) {
                    let Some(bytes) = pending.get(4..).and_then(little_endian_u32) else { return Ok(0) };
                    self.state =
                        if bytes == 0 { ZstdState::BetweenFrames } else { ZstdState::Skipping { bytes: u64::from(bytes) } };
                    return Ok(8);
                }
                if magic != ZSTD_MAGIC {
                    return Err(damage("other bytes after a frame"));
                }
                if pending.len() < ZSTD_HEADER_BYTES_MAX && !is_end {
                    return Ok(0);
                }
                let mut rest = pending;
                self.frame.reset(&mut rest).map_err(|error| damage(&error.to_string()))?;
                // One bit of the byte after the magic says so.
                self.state = ZstdState::InFrame { has_checksum: pending[4] & 4 != 0 };
                Ok(pending.len() - rest.len())
            }
            ZstdState::InFrame { has_checksum } => self.block(start, has_checksum, out),
        }
    }

    fn block(&mut self, start: usize, has_checksum: bool, out: &mut Vec<u8>) -> Result<usize, Damage> {
        let pending = &self.pending[start..];
        let Some(header) = pending.first_chunk::<ZSTD_BLOCK_HEADER_BYTES>() else { return Ok(0) };
        let header = u32::from_le_bytes([header[0], header[1], header[2], 0]);
        let is_last = header & 1 == 1;
        let is_run = header >> 1 & 3 == 1;
        let content_bytes = if is_run { 1 } else { (header >> 3) as usize };
        // The decoder reads a checksum together with the last block.
        let checksum_bytes = if is_last && has_checksum { ZSTD_CHECKSUM_BYTES } else { 0 };
        let block_bytes = ZSTD_BLOCK_HEADER_BYTES + content_bytes + checksum_bytes;
        let Some(mut block) = pending.get(..block_bytes) else { return Ok(0) };
        let decoded = self.frame.decode_blocks(&mut block, BlockDecodingStrategy::UptoBlocks(1));
        let collected = self.frame.collect_to_writer(&mut *out);
        decoded.map_err(|error| damage(&error.to_string()))?;
        collected.map_err(|error| damage(&error.to_string()))?;
        if is_last {
            self.state = ZstdState::BetweenFrames;
            if checksum_bytes > 0 && self.frame.get_checksum_from_data() != self.frame.get_calculated_checksum() {
                return Err(damage("content that does not fit its checksum"));
            }
        }
        Ok(block_bytes)
    }
}

fn damage(found: &str) -> Damage {
    Damage { expected: "intact zstd data", found: found.to_owned() }
}
