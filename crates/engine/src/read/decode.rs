//! From the bytes of an input to text: unpacks gzip and zstd, and makes UTF-8 of UTF-16.
//!
//! A push decoder, because the engine reads nothing itself. Every call takes a bounded bite of the
//! input, so an archive that unpacks to a thousand times its size, or to a million times when packed
//! twice, passes through in slices that the caller works off in between. Bites are of one length
//! however the input comes, so what is saved of a damaged archive is always the same. What unpacks to
//! far more than a log can is refused. What is packed is found by its first bytes, never by a name, and
//! may be packed twice (a rotated log inside a packed folder's stream); a third layer stays as it is.
//!
//! Bytes that need no decoding go straight to the caller. Latin-1 is left to the readers of lines,
//! which know where a single broken line ends. Archives of several files are not opened.

use super::Unreadable;
use unpack::Unpack;
use utf16::Utf16;

#[path = "decode_unpack.rs"]
mod unpack;
#[path = "decode_utf16.rs"]
mod utf16;

/// So many bytes tell how an input is encoded. UTF-16 without a mark needs some text to show.
const SAMPLE_BYTES: usize = 512;
/// Deflate makes at most 1,032 bytes of one, so one bite unpacks to about a mebibyte.
const BITE_BYTES: usize = 1 << 10;
/// An archive that unpacks to more than so many times its size, after a first part of any, holds no
/// log. Deflate cannot reach it alone; only what is packed twice, or made by hand, can.
const UNPACKED_RATIO_MAX: u64 = 1100;
const UNPACKED_FREE_BYTES: u64 = 64 << 20;
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// Decodes one input.
pub(super) struct Decoder {
    outer: Layer,
    inner: Layer,
    text: Text,
    /// The bite that is being collected.
    bite: Vec<u8>,
    /// What the outer layer made, on its way to the next one.
    unpacked: Vec<u8>,
    unpacked_done: usize,
    /// What the inner layer made of it.
    plain: Vec<u8>,
    consumed: u64,
    made: u64,
}

impl Decoder {
    pub(super) fn new() -> Self {
        Self {
            outer: Layer::new(),
            inner: Layer::new(),
            text: Text::Unknown(Vec::new()),
            bite: Vec::new(),
            unpacked: Vec::new(),
            unpacked_done: 0,
            plain: Vec::new(),
            consumed: 0,
            made: 0,
        }
    }

    /// Whether the bytes need no decoding and can pass by.
    pub(super) fn is_plain(&self) -> bool {
        matches!((&self.outer, &self.text), (Layer::Plain, Text::Plain))
    }

    /// Decodes the beginning of `bytes` to the end of `out` and returns how much of them that was. Call
    /// it with the rest until there is none: it may take nothing for a while, as long as it works off
    /// what it has unpacked already. After an error, `out` has all that could be decoded, and nothing
    /// more will come.
    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<usize, Unreadable> {
        if self.is_plain() {
            out.extend_from_slice(bytes);
            self.consumed += bytes.len() as u64;
            return Ok(bytes.len());
        }
        if self.has_unpacked() {
            return self.work_off(out).map(|()| 0);
        }
        let (fitting, _) = bytes.split_at(bytes.len().min(BITE_BYTES - self.bite.len()));
        self.bite.extend_from_slice(fitting);
        if self.bite.len() == BITE_BYTES {
            self.take_bite(out)?;
        }
        Ok(fitting.len())
    }

    /// Says that the input ended. Call it until it returns `true`.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Result<bool, Unreadable> {
        if self.has_unpacked() {
            return self.work_off(out).map(|()| false);
        }
        if !self.bite.is_empty() {
            return self.take_bite(out).map(|()| false);
        }
        let outer = self.outer.finish(&mut self.unpacked).map_err(|damage| damage.at(self.consumed));
        let worked_off = self.work_off(out);
        if self.has_unpacked() {
            return outer.and(worked_off).map(|()| false);
        }
        let inner = self.inner.finish(&mut self.plain).map_err(|damage| damage.at(self.consumed));
        self.text.feed(&self.plain, out);
        self.plain.clear();
        self.text.finish(out);
        outer.and(worked_off).and(inner).map(|()| true)
    }

    fn take_bite(&mut self, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        let mut bite = std::mem::take(&mut self.bite);
        self.consumed += bite.len() as u64;
        let fed = self.outer.feed(&bite, &mut self.unpacked);
        bite.clear();
        self.bite = bite;
        let worked_off = self.work_off(out);
        fed.map_err(|damage| damage.at(self.consumed)).and(worked_off)
    }

    fn has_unpacked(&self) -> bool {
        self.unpacked_done < self.unpacked.len()
    }

    /// Takes a bite of what the outer layer made through the other two.
    fn work_off(&mut self, out: &mut Vec<u8>) -> Result<(), Unreadable> {
        // An input that is not packed is not packed twice either.
        if let Layer::Plain = self.outer {
            self.inner = Layer::Plain;
        }
        let waiting = &self.unpacked[self.unpacked_done..];
        let bite_bytes = if let Layer::Plain = self.inner { waiting.len() } else { waiting.len().min(BITE_BYTES) };
        let fed = self.inner.feed(&waiting[..bite_bytes], &mut self.plain);
        self.unpacked_done += bite_bytes;
        self.made += self.plain.len() as u64;
        if !self.has_unpacked() {
            self.unpacked.clear();
            self.unpacked_done = 0;
        }
        self.text.feed(&self.plain, out);
        self.plain.clear();
        fed.map_err(|damage| damage.at(self.consumed))?;
        if self.made > UNPACKED_FREE_BYTES + self.consumed * UNPACKED_RATIO_MAX {
            let found = format!("one that unpacks to more than {UNPACKED_RATIO_MAX} times its size");
            return Err(Damage { expected: "a packed log", found }.at(self.consumed));
        }
        Ok(())
    }
}

/// What is wrong with an archive.
#[derive(Debug)]
struct Damage {
    expected: &'static str,
    found: String,
}

impl Damage {
    /// An archive fails somewhere in the last bite, so its end is as near as one can tell.
    fn at(self, offset: u64) -> Unreadable {
        Unreadable { offset, expected: self.expected.into(), found: self.found, before: Vec::new() }
    }
}

/// One layer of packing, or none.
enum Layer {
    /// The first bytes, too few so far to tell.
    Unknown(Vec<u8>),
    Plain,
    Packed(Unpack),
    Damaged,
}

impl Layer {
    fn new() -> Self {
        Self::Unknown(Vec::new())
    }

    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Damage> {
        match self {
            Self::Plain => out.extend_from_slice(bytes),
            Self::Damaged => {}
            Self::Packed(unpack) => {
                let fed = unpack.feed(bytes, out);
                if fed.is_err() {
                    *self = Self::Damaged;
                }
                return fed;
            }
            Self::Unknown(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= unpack::MAGIC_BYTES {
                    return self.begin(out);
                }
            }
        }
        Ok(())
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), Damage> {
        let Self::Unknown(first) = self else { return Ok(()) };
        let first = std::mem::take(first);
        *self = Unpack::for_magic(&first).map_or(Self::Plain, Self::Packed);
        self.feed(&first, out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Damage> {
        self.begin(out)?;
        match self {
            Self::Packed(unpack) => unpack.finish(out),
            Self::Unknown(_) | Self::Plain | Self::Damaged => Ok(()),
        }
    }
}

/// How the unpacked bytes write text.
enum Text {
    Unknown(Vec<u8>),
    Plain,
    Utf16(Utf16),
}

impl Text {
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Plain => out.extend_from_slice(bytes),
            Self::Utf16(utf16) => utf16.feed(bytes, out),
            Self::Unknown(first) => {
                first.extend_from_slice(bytes);
                if first.len() >= SAMPLE_BYTES {
                    self.begin(out);
                }
            }
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>) {
        let Self::Unknown(first) = self else { return };
        let first = std::mem::take(first);
        let (text, mark_bytes) = match Utf16::detect(&first) {
            Some((utf16, mark_bytes)) => (Self::Utf16(utf16), mark_bytes),
            None => (Self::Plain, if first.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 }),
        };
        *self = text;
        self.feed(&first[mark_bytes..], out);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        self.begin(out);
        if let Self::Utf16(utf16) = self {
            utf16.finish(out);
        }
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
