//! Cuts rows and cells.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

/// A quoted cell holds at most so many lines. A quote that is never closed costs no more than that.
const ROW_LINES_MAX: usize = 1000;

/// The row at the beginning of `bytes`: its length with and without its line end, or `None` when a
/// quote in it is not closed.
pub(super) fn end(bytes: &[u8], delimiter: u8) -> Option<(usize, usize)> {
    let line = memchr(b'\n', bytes).map_or((bytes.len(), bytes.len()), |at| (at + 1, at));
    let content = &bytes[..line.1];
    if memchr(b'"', content).is_none() {
        return Some(line);
    }
    let mut at = 0;
    let mut lines = 0;
    let mut is_cell_start = true;
    loop {
        match bytes.get(at) {
            None => return Some((at, at)),
            Some(b'\n') => return Some((at + 1, at)),
            Some(b'"') if is_cell_start => {
                at = quoted_end(bytes, at + 1, &mut lines)?;
                is_cell_start = false;
            }
            Some(byte) => {
                is_cell_start = *byte == delimiter || is_cell_start && *byte == b' ';
                at += 1;
            }
        }
    }
}

/// The offset behind the quote that closes a cell.
fn quoted_end(bytes: &[u8], mut at: usize, lines: &mut usize) -> Option<usize> {
    loop {
        let stop = at + memchr2(b'"', b'\n', &bytes[at..])?;
        at = stop + 1;
        if bytes[stop] == b'\n' {
            *lines += 1;
            if *lines == ROW_LINES_MAX {
                return None;
            }
        } else if bytes.get(at) == Some(&b'"') {
            at += 1;
        } else {
            return Some(at);
        }
    }
}

/// Calls `cell` with each cell of a row. Quotes are taken off, and white space around a cell.
pub(super) fn cells<'a>(row: &'a str, delimiter: u8, mut cell: impl FnMut(Cow<'a, str>)) {
    let mut rest = row.strip_suffix('\r').unwrap_or(row);
    loop {
        let start = rest.trim_start_matches(' ');
        if let Some(quoted) = start.strip_prefix('"')
            && let Some(end) = quoted_end(quoted.as_bytes(), 0, &mut 0)
        {
            let text = &quoted[..end - 1];
            let behind = &quoted[end..];
            let stop = memchr(delimiter, behind.as_bytes());
            let after = &behind[..stop.unwrap_or(behind.len())];
            let text = if text.contains('"') { Cow::Owned(text.replace("\"\"", "\"")) } else { Cow::Borrowed(text) };
            // What stands behind the quote belongs to the cell in the files of careless writers.
            cell(if after.trim_ascii().is_empty() { text } else { Cow::Owned([&text, after].concat()) });
            match stop {
                Some(stop) => rest = &behind[stop + 1..],
                None => return,
            }
            continue;
        }
        match memchr(delimiter, rest.as_bytes()) {
            Some(stop) => {
                cell(Cow::Borrowed(rest[..stop].trim_ascii()));
                rest = &rest[stop + 1..];
            }
            None => return cell(Cow::Borrowed(rest.trim_ascii())),
        }
    }
}
