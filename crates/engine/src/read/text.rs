use std::borrow::Cow;

use super::reader::Layout;
use super::{Record, Records};

pub(super) fn records<'a>(bytes: &'a [u8], first_line: u64, _layout: &Layout, out: &mut Records<'a>) {
    for (line, bytes) in (first_line..).zip(bytes.split(|byte| *byte == b'\n')) {
        let bytes = bytes.trim_ascii_end();
        if !bytes.is_empty() {
            out.records.push(Record { line, message: decoded(bytes), ..Record::default() });
        }
    }
}

/// Text as it is where it is UTF-8, otherwise as Latin-1, in which every byte is a character.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}
