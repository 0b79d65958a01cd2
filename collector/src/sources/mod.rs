//! Where events come from.

mod file;
mod line;

pub(crate) use file::{FileSource, LINE_BYTES_MAX, Line, Replaced, Unended};
pub(crate) use line::{LineReader, Skipped};
