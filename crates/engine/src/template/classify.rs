use std::net::{Ipv4Addr, Ipv6Addr};

/// What a token is, judged by its characters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Word,
    /// A word with one run of digits in it: `node-17`, `blk_-42`, `core.2275`.
    Numbered,
    /// Digits, with a sign, a fraction, or a short unit: `12`, `-3.5`, `12ms`, `40%`.
    Number,
    Hex,
    /// IPv4 or IPv6, with or without port, and hardware addresses.
    Address,
    /// Digits and letters in turn: UUIDs, serial numbers, places in a rack, versions.
    Id,
    Path,
    Url,
    Email,
    Time,
    /// By one of the reader's own masks.
    Own,
}

impl Kind {
    /// Whether the whole token is a parameter.
    pub fn is_masked(self) -> bool {
        !matches!(self, Self::Word | Self::Numbered)
    }
}

/// Longer tokens are not looked at closely.
const LOOK_BYTES_MAX: usize = 512;
const UNIT_BYTES_MAX: usize = 4;

/// The kind of a token as a whole, `Word` where nothing speaks for another.
pub(super) fn classify(text: &str) -> Kind {
    let bytes = text.as_bytes();
    if bytes.len() > LOOK_BYTES_MAX {
        return Kind::Id;
    }
    if bytes.iter().all(u8::is_ascii_alphabetic) {
        return if is_calendar_word(bytes) { Kind::Time } else { Kind::Word };
    }
    let census = Census::of(bytes);
    if census.slashes + census.backslashes > 0
        && let Some(kind) = path_like(text, &census)
    {
        return kind;
    }
    if census.ats == 1 && is_email(text) {
        return Kind::Email;
    }
    if census.dots > 0 && is_host(text, &census) {
        return Kind::Address;
    }
    if census.digits == 0 {
        let is_address = census.colons >= 2 && text.parse::<Ipv6Addr>().is_ok();
        return if is_address { Kind::Address } else { Kind::Word };
    }
    if is_address(text, &census) {
        return Kind::Address;
    }
    if is_number(bytes) {
        return Kind::Number;
    }
    if is_hex(bytes, &census) {
        return Kind::Hex;
    }
    if is_time(&census) {
        return Kind::Time;
    }
    if census.colons > 0 {
        // A name and its value, which are two tokens.
        return if is_hardware_address(bytes, &census) { Kind::Address } else { Kind::Word };
    }
    if census.digit_runs == 1 { Kind::Numbered } else { Kind::Id }
}

/// How many there are of the characters that matter.
#[derive(Default)]
struct Census {
    digits: usize,
    digit_runs: usize,
    hex_letters: usize,
    other_letters: usize,
    /// `T` and `Z`, as in 2026-03-01T08:30:00Z.
    time_letters: usize,
    colons: usize,
    dots: usize,
    dashes: usize,
    slashes: usize,
    backslashes: usize,
    ats: usize,
}

/// Counters of one byte each, side by side in one number.
const DIGITS: usize = 0;
const HEX_LETTERS: usize = 1;
const OTHER_LETTERS: usize = 2;
const TIME_LETTERS: usize = 3;
const COLONS: usize = 4;
const DOTS: usize = 5;
const DASHES: usize = 6;
const SLASHES: usize = 7;
const BACKSLASHES: usize = 8;
const ATS: usize = 9;
const OTHERS: usize = 10;
/// What each byte adds to the counters.
static COUNTED: [u128; 256] = {
    let mut counted = [0; 256];
    let mut byte = 0;
    while byte < counted.len() {
        let counter = match byte as u8 {
            b'0'..=b'9' => DIGITS,
            b'a'..=b'f' | b'A'..=b'F' => HEX_LETTERS,
            b'T' | b'Z' => TIME_LETTERS,
            b'g'..=b'z' | b'G'..=b'Y' => OTHER_LETTERS,
            b':' => COLONS,
            b'.' => DOTS,
            b'-' => DASHES,
            b'/' => SLASHES,
            b'\\' => BACKSLASHES,
            b'@' => ATS,
            _ => OTHERS,
        };
        counted[byte] = 1 << (8 * counter);
        byte += 1;
    }
    counted
};

impl Census {
    fn of(bytes: &[u8]) -> Self {
        let mut census = Self::default();
        let mut was_digit = 0;
        // A counter holds so many.
        for bytes in bytes.chunks(usize::from(u8::MAX)) {
            let mut sums = 0_u128;
            for byte in bytes {
                let counted = COUNTED[usize::from(*byte)];
                sums += counted;
                // Digits have the lowest counter.
                let is_digit = counted as usize & 1;
                census.digit_runs += is_digit & !was_digit;
                was_digit = is_digit;
            }
            let sums = sums.to_le_bytes();
            let counters = [
                (DIGITS, &mut census.digits),
                (HEX_LETTERS, &mut census.hex_letters),
                (OTHER_LETTERS, &mut census.other_letters),
                (TIME_LETTERS, &mut census.time_letters),
                (COLONS, &mut census.colons),
                (DOTS, &mut census.dots),
                (DASHES, &mut census.dashes),
                (SLASHES, &mut census.slashes),
                (BACKSLASHES, &mut census.backslashes),
                (ATS, &mut census.ats),
            ];
            for (counter, count) in counters {
                *count += usize::from(sums[counter]);
            }
        }
        census
    }

    fn letters(&self) -> usize {
        self.hex_letters + self.other_letters + self.time_letters
    }
}

fn path_like(text: &str, census: &Census) -> Option<Kind> {
    let bytes = text.as_bytes();
    if text.contains("://") {
        return Some(Kind::Url);
    }
    let rest = text.trim_start_matches('/');
    if rest.len() < text.len() && is_address(rest, &Census::of(rest.as_bytes())) {
        return Some(Kind::Address);
    }
    if is_address(text, census) {
        return Some(Kind::Address);
    }
    let is_dated = census.letters() == 0 && census.slashes == 2 && census.digits >= 4;
    if is_dated {
        return Some(Kind::Time);
    }
    let is_drive = bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/');
    let starts = ["/", "./", "../", "~/", "\\\\"].iter().any(|start| text.starts_with(start) && text.len() > start.len());
    (is_drive || starts || census.slashes + census.backslashes >= 2).then_some(Kind::Path)
}

fn is_address(text: &str, census: &Census) -> bool {
    if census.dots == 3 && census.letters() == 0 {
        let host = text.split_once(['/', ':']).map_or(text, |(host, _)| host);
        return host.parse::<Ipv4Addr>().is_ok();
    }
    if census.colons < 2 || census.other_letters + census.time_letters > 0 {
        return false;
    }
    // Three groups are a time of day far more often than an address.
    let is_long = census.colons >= 5 || text.contains("::");
    let address = text.split_once(['/', '%']).map_or(text, |(address, _)| address);
    is_long && address.parse::<Ipv6Addr>().is_ok()
}

/// A name with dots and a port, or one that ends as names in the DNS do. Others are left alone: the
/// names of classes and files have dots too.
fn is_host(text: &str, census: &Census) -> bool {
    const ENDINGS: [&str; 12] =
        ["com", "net", "org", "edu", "gov", "mil", "info", "local", "localdomain", "lan", "internal", "arpa"];
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let ending = host.rsplit('.').next().unwrap_or_default();
    let is_name = ending.bytes().any(|byte| byte.is_ascii_alphabetic()) && host.split('.').all(is_label);
    let has_port = port.is_some_and(|port| port.len() <= 5 && !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
    let is_country = ending.len() == 2 && census.dots >= 2;
    is_name
        && match port {
            Some(_) => has_port,
            None => is_country || ENDINGS.iter().any(|known| ending.eq_ignore_ascii_case(known)),
        }
}

fn is_hardware_address(bytes: &[u8], census: &Census) -> bool {
    let is_paired = bytes.split(|byte| *byte == b':').all(|pair| pair.len() == 2 && pair.iter().all(u8::is_ascii_hexdigit));
    census.colons >= 5 && is_paired
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.starts_with('.'))
}

fn is_number(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"-").or_else(|| bytes.strip_prefix(b"+")).unwrap_or(bytes);
    let digits_end = bytes.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b',')).unwrap_or(bytes.len());
    let (number, unit) = bytes.split_at(digits_end);
    let dots = number.iter().filter(|byte| **byte == b'.').count();
    let is_unit = unit.len() <= UNIT_BYTES_MAX && unit.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'%' | b'/'));
    number.first().is_some_and(u8::is_ascii_digit) && dots <= 1 && is_unit
}

fn is_hex(bytes: &[u8], census: &Census) -> bool {
    if bytes.starts_with(b"0x") || bytes.starts_with(b"0X") {
        return census.digits + census.hex_letters + 1 >= bytes.len();
    }
    let is_all = census.digits + census.hex_letters == bytes.len();
    is_all && (bytes.len() >= 6 || census.digit_runs >= 2)
}

fn is_time(census: &Census) -> bool {
    let separators = census.colons + census.dashes + census.dots + census.slashes;
    let is_clock = census.colons >= 1 || census.dashes >= 2;
    census.hex_letters + census.other_letters == 0 && census.time_letters <= 2 && separators >= 1 && is_clock && census.digits >= 2
}

/// Months and weekdays as logs abbreviate them.
fn is_calendar_word(bytes: &[u8]) -> bool {
    const NAMES: [&[u8; 3]; 19] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec", b"Mon", b"Tue", b"Wed",
        b"Thu", b"Fri", b"Sat", b"Sun",
    ];
    bytes.len() == 3 && NAMES.iter().any(|name| name.as_slice() == bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, texts: &[&str]) {
        for text in texts {
            assert_eq!(classify(text), kind, "{text}");
        }
    }

    #[test]
    fn a_token_is_what_it_looks_like() {
        check(Kind::Word, &["failed", "read-only", "a.b.c", "added", "", "-", "read/write", "::x", "größe"]);
        check(Kind::Numbered, &["node-17", "blk_-3842", "core.2275", "jk2_init", "eth0"]);
        check(Kind::Number, &["0", "-12", "3.5", "12ms", "40%", "1,024", "5MB/s", "+7"]);
        check(Kind::Hex, &["0x1f", "0X00FE", "deadbeef01", "0b85ee", "4f2a9"]);
        check(
            Kind::Address,
            &["10.0.0.1", "10.0.0.1:8080", "/10.0.0.1:8080", "10.0.0.0/8", "fe80::1", "2001:db8:0:0:0:0:0:1", "::1"],
        );
        check(Kind::Address, &["cache.example.org", "a-b.example.co:8080", "ns1.example.co.uk"]);
        check(Kind::Word, &["java.io.IOException", "main.py", "a.b"]);
        check(Kind::Address, &["00:0d:60:e9:1d:dc"]);
        check(Kind::Id, &["R02-M1-N0", "550e8400-e29b-41d4-a716-44665544zz00", "1.2.3-rc4", "a1b2x9"]);
        check(Kind::Path, &["/var/log/x", "./run", "C:\\Windows\\x", "a/b/c", "\\\\host\\share"]);
        check(Kind::Url, &["http://x/y?z=1"]);
        check(Kind::Email, &["ann@example.org"]);
        check(Kind::Time, &["15:42:53", "2026-03-01T08:30:00Z", "2026-03-01", "01/02/2026", "Nov", "Fri"]);
    }

    #[test]
    fn a_name_with_its_value_is_left_for_the_cutter() {
        check(Kind::Word, &["uid:0", "J12:U11"]);
    }
}
