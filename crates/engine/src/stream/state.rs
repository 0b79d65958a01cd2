//! A stream as bytes: a header, then the state. Bytes are not trusted: they may be torn, of another
//! program or version, or made by somebody who means harm. They are refused then, and the stream
//! learns anew; what is read is bounded by their length.

use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Stream;

/// The first bytes, and with them the layout. Every change of what is stored, or of what it means,
/// has to have a version of its own.
const MAGIC: [u8; 8] = *b"RADARSTR";
const VERSION: u32 = 1;
const CHECKSUM_BYTES: usize = 32;
const HEADER_BYTES: usize = MAGIC.len() + size_of::<u32>() + CHECKSUM_BYTES;

/// Why bytes are not a stream.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StateError {
    #[error("it has {bytes} bytes, and a stream has at most {}", Stream::BYTES_MAX)]
    TooLarge { bytes: usize },
    #[error("it is not the state of a stream")]
    Foreign,
    #[error("it is of version {found}, and this program reads version {VERSION}")]
    OtherVersion { found: u32 },
    #[error("its checksum does not fit: it was cut off or changed")]
    Torn,
    #[error("it holds what no stream holds")]
    Unsound,
}

impl Stream {
    /// More than the fullest stream takes.
    pub const BYTES_MAX: usize = 128 << 20;

    pub fn to_bytes(&self) -> Vec<u8> {
        // Everything in a stream is of a kind that can be written, and nothing limits the length.
        let body = postcard::to_stdvec(self).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER_BYTES + body.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(Sha256::digest(&body));
        bytes.extend(body);
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        if bytes.len() > Self::BYTES_MAX {
            return Err(StateError::TooLarge { bytes: bytes.len() });
        }
        let (magic, rest) = bytes.split_first_chunk().ok_or(StateError::Foreign)?;
        if *magic != MAGIC {
            return Err(StateError::Foreign);
        }
        let (version, rest) = rest.split_first_chunk().ok_or(StateError::Torn)?;
        let found = u32::from_le_bytes(*version);
        if found != VERSION {
            return Err(StateError::OtherVersion { found });
        }
        let (checksum, body) = rest.split_first_chunk::<CHECKSUM_BYTES>().ok_or(StateError::Torn)?;
        if Sha256::digest(body).as_slice() != checksum {
            return Err(StateError::Torn);
        }
        let (stream, left) = postcard::take_from_bytes::<Self>(body).map_err(|_| StateError::Unsound)?;
        if left.is_empty() && stream.is_sound() { Ok(stream) } else { Err(StateError::Unsound) }
    }
}
