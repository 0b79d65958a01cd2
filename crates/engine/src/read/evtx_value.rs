//! The text of a value of a Windows event, as it is written everywhere else.
//!
//! Only what nearly all values are is written here. For the others there is `None`, and what the
//! `evtx` crate writes counts.

pub(super) const NULL: u8 = 0x00;
pub(super) const TEXT: u8 = 0x01;
const ANSI_TEXT: u8 = 0x02;
pub(super) const BINARY: u8 = 0x0e;
pub(super) const BINARY_XML: u8 = 0x21;
pub(super) const TEXTS: u8 = 0x81;

const TICKS_PER_SECOND: u64 = 10_000_000;
const TICKS_PER_DAY: u64 = 86_400 * TICKS_PER_SECOND;
/// The last day of the year 9998, up to which nobody doubts how a time is written, in days after the first of 1601.
const DAYS_MAX: u64 = 3_067_305;
/// From the first of March of the year 0 to the first day of 1601.
const DAYS_BEFORE: u64 = 584_694;

/// Whether a value has one of the kinds and lengths that are understood here.
pub(super) fn is_known(kind: u8, bytes: &[u8]) -> bool {
    match kind {
        NULL | BINARY | BINARY_XML => true,
        // Which letters the others are depends on the machine.
        ANSI_TEXT => bytes.is_ascii(),
        TEXT | TEXTS => bytes.len().is_multiple_of(2),
        0x03 | 0x04 => bytes.len() == 1,
        0x05 | 0x06 => bytes.len() == 2,
        0x07 | 0x08 | 0x0d | 0x14 => bytes.len() == 4,
        0x09 | 0x0a | 0x11 | 0x15 => bytes.len() == 8,
        0x0f => bytes.len() == 16,
        0x10 => matches!(bytes.len(), 4 | 8),
        0x13 => bytes.get(1).is_some_and(|count| bytes.len() == 8 + 4 * usize::from(*count)),
        _ => false,
    }
}

/// Whether a count of 100 ns since 1601 is a time.
pub(super) fn is_time(ticks: u64) -> bool {
    ticks / TICKS_PER_DAY <= DAYS_MAX
}

pub(super) fn is_empty(kind: u8, bytes: &[u8]) -> bool {
    match kind {
        NULL => true,
        TEXT => bytes.is_empty() || bytes.starts_with(&[0, 0]),
        ANSI_TEXT => bytes.iter().all(|byte| *byte == 0),
        BINARY | BINARY_XML => bytes.is_empty(),
        _ => false,
    }
}

/// Appends the text of a value of a known kind.
pub(super) fn write(kind: u8, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    match (kind, bytes) {
        (TEXT, _) => write_utf16(bytes, out),
        (ANSI_TEXT, _) => out.extend(bytes.iter().filter(|byte| **byte != 0)),
        (0x03, [byte]) => write_signed(i64::from(byte.cast_signed()), out),
        (0x04, [byte]) => write_decimal(u64::from(*byte), out),
        (0x05, _) => write_signed(i64::from(i16::from_le_bytes(bytes.try_into().ok()?)), out),
        (0x06, _) => write_decimal(u64::from(u16::from_le_bytes(bytes.try_into().ok()?)), out),
        (0x07, _) => write_signed(i64::from(i32::from_le_bytes(bytes.try_into().ok()?)), out),
        (0x08, _) => write_decimal(u64::from(u32::from_le_bytes(bytes.try_into().ok()?)), out),
        (0x09, _) => write_signed(i64::from_le_bytes(bytes.try_into().ok()?), out),
        (0x0a, _) => write_decimal(u64::from_le_bytes(bytes.try_into().ok()?), out),
        (0x0d, [0, 0, 0, 0]) => out.extend_from_slice(b"false"),
        (0x0d, [1, 0, 0, 0]) => out.extend_from_slice(b"true"),
        (0x0d, _) => write_signed(i64::from(i32::from_le_bytes(bytes.try_into().ok()?)), out),
        (BINARY, _) => bytes.iter().for_each(|byte| out.extend_from_slice(&hex(*byte, b"0123456789ABCDEF"))),
        (0x0f, _) => write_guid(bytes.try_into().ok()?, out),
        (0x10 | 0x14, [_, _, _, _]) => write_hex(u64::from(u32::from_le_bytes(bytes.try_into().ok()?)), out),
        (0x10 | 0x15, _) => write_hex(u64::from_le_bytes(bytes.try_into().ok()?), out),
        (0x11, _) => write_time(u64::from_le_bytes(bytes.try_into().ok()?), out)?,
        (0x13, _) => write_sid(bytes, out)?,
        _ => return None,
    }
    Some(())
}

/// Text ends at the first zero, which is mostly at its end if it has one. Half a pair of surrogates becomes the
/// replacement character.
pub(super) fn write_utf16(bytes: &[u8], out: &mut Vec<u8>) {
    let units = bytes.as_chunks::<2>().0;
    let units = units.strip_suffix(&[[0, 0]]).unwrap_or(units);
    // A unit that is zero or no ASCII has one of the upper bits here.
    let bits = units.iter().fold(0, |bits, unit| {
        let unit = u16::from_le_bytes(*unit);
        bits | unit | unit.wrapping_sub(1)
    });
    if bits < 0x80 {
        out.extend(units.iter().map(|[low, _]| *low));
        return;
    }
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit)).take_while(|unit| *unit != 0);
    for character in char::decode_utf16(units) {
        match character.unwrap_or(char::REPLACEMENT_CHARACTER) {
            ascii @ '\0'..='\x7f' => out.push(ascii as u8),
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn write_decimal(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

fn write_signed(number: i64, out: &mut Vec<u8>) {
    if number < 0 {
        out.push(b'-');
    }
    write_decimal(number.unsigned_abs(), out);
}

fn write_hex(number: u64, out: &mut Vec<u8>) {
    let digits = number.to_be_bytes().map(|byte| hex(byte, b"0123456789abcdef"));
    let digits = digits.as_flattened();
    let zeros = (number.leading_zeros() as usize / 4).min(digits.len() - 1);
    out.extend_from_slice(b"0x");
    out.extend_from_slice(&digits[zeros..]);
}

fn hex(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    [digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]
}

fn write_guid(bytes: &[u8; 16], out: &mut Vec<u8>) {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = [b'-'; 38];
    text[0] = b'{';
    text[37] = b'}';
    let mut at = 1;
    for (index, place) in ORDER.iter().enumerate() {
        at += usize::from(matches!(index, 4 | 6 | 8 | 10));
        text[at..at + 2].copy_from_slice(&hex(bytes[*place], b"0123456789abcdef"));
        at += 2;
    }
    out.extend_from_slice(&text);
}

fn write_sid(bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (head, parts) = bytes.split_first_chunk::<8>()?;
    let [revision, _, authority @ ..] = *head;
    out.extend_from_slice(b"S-");
    write_decimal(u64::from(revision), out);
    out.push(b'-');
    write_decimal(authority.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)), out);
    for part in parts.as_chunks::<4>().0 {
        out.push(b'-');
        write_decimal(u64::from(u32::from_le_bytes(*part)), out);
    }
    Some(())
}

/// A count of 100 ns since 1601. The date is computed in years that begin with March, whose leap days come last.
fn write_time(ticks: u64, out: &mut Vec<u8>) -> Option<()> {
    if !is_time(ticks) {
        return None;
    }
    let (days, ticks) = (ticks / TICKS_PER_DAY, ticks % TICKS_PER_DAY);
    let days = (days + DAYS_BEFORE) as u32;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u32::from(month <= 2);
    let (seconds, fraction) = ((ticks / TICKS_PER_SECOND) as u32, (ticks % TICKS_PER_SECOND) as u32);
    let mut text = *b"0000-00-00T00:00:00.0000000Z";
    let parts = [
        (0..4, year),
        (5..7, month),
        (8..10, day),
        (11..13, seconds / 3600),
        (14..16, seconds / 60 % 60),
        (17..19, seconds % 60),
        (20..27, fraction),
    ];
    for (place, mut number) in parts {
        for digit in text[place].iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
    }
    out.extend_from_slice(&text);
    Some(())
}
