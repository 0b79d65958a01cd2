//! Who a message is about: the first network address in it, and the user where it is plainly named.

use std::net::Ipv6Addr;

use memchr::memmem;

/// So much of a message is searched.
const SEARCH_BYTES_MAX: usize = 2048;
const USER_BYTES_MAX: usize = 128;

/// Whether a text is an address of either kind, with or without brackets, port or zone.
pub(super) fn is_address(text: &str) -> bool {
    first_address(text).is_some_and(|address| {
        let start = address.as_ptr() as usize - text.as_ptr() as usize;
        start <= usize::from(text.starts_with('['))
            && (address.len() + start == text.len() || text[start + address.len()..].starts_with([':', ']', '%', ',']))
    })
}

/// The first network address in a text.
pub(super) fn first_address(text: &str) -> Option<&str> {
    let text = &text[..text.floor_char_boundary(SEARCH_BYTES_MAX)];
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_address_byte(bytes[at]) {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| is_address_byte(**byte)).count();
        let is_apart = (at == 0 || !is_word_byte(bytes[at - 1])) && bytes.get(at + length).is_none_or(|byte| !is_word_byte(*byte));
        if is_apart && let Some(address) = address_in(&text[at..at + length]) {
            return Some(address);
        }
        // What the run of these bytes belongs to is passed over as a whole.
        at += length;
        while bytes.get(at).is_some_and(|byte| is_word_byte(*byte)) {
            at += 1;
        }
    }
    None
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'.' || byte == b':'
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// The address that a run of digits, points and colons is or begins with.
fn address_in(run: &str) -> Option<&str> {
    if run.len() < 3 {
        return None;
    }
    let colons = run.bytes().filter(|byte| *byte == b':').count();
    if colons >= 2 {
        // A point or colon behind belongs to the sentence; a port may follow a full address.
        let whole = run.trim_end_matches('.');
        let candidates = [whole, whole.strip_suffix(':').unwrap_or(whole)];
        if let Some(address) = candidates.into_iter().find(|text| is_ipv6(text)) {
            return Some(address);
        }
    }
    let run = run.trim_start_matches(':');
    let end = run.find(':').unwrap_or(run.len());
    let address = run[..end].trim_end_matches('.');
    is_ipv4(address.as_bytes()).then_some(address)
}

/// `::` alone is punctuation, and `12:30:59` or `10:0a:ff` are none either.
fn is_ipv6(text: &str) -> bool {
    text.len() > 2 && text.bytes().any(|byte| byte.is_ascii_digit()) && text.parse::<Ipv6Addr>().is_ok()
}

fn is_ipv4(bytes: &[u8]) -> bool {
    let mut parts = 0;
    for part in bytes.split(|byte| *byte == b'.') {
        let is_number = (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
        let number = part.iter().fold(0_u32, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0')));
        if !is_number || number > 255 {
            return false;
        }
        parts += 1;
    }
    parts == 4
}

/// The user that a message names: `user=bob`, `Invalid user bob from`, `password for bob from`,
/// `session opened for user bob`.
pub(super) fn user(message: &str) -> Option<&str> {
    let message = &message[..message.floor_char_boundary(SEARCH_BYTES_MAX)];
    let bytes = message.as_bytes();
    // All of the forms hold one of these, and most messages hold neither.
    if let Some(at) = memmem::find(bytes, b" for ") {
        let rest = &message[at + 5..];
        let rest = rest.strip_prefix("invalid ").or_else(|| rest.strip_prefix("illegal ")).unwrap_or(rest);
        let (is_user, rest) = rest.strip_prefix("user ").map_or((false, rest), |rest| (true, rest));
        let name = first_word(rest);
        let behind = rest.get(name.len()..).unwrap_or_default();
        let is_from = behind.starts_with(" from ") && behind[6..].starts_with(|c: char| c.is_ascii_hexdigit());
        if !name.is_empty() && (is_user || is_from) && name != "user" {
            return Some(without_quotes(name));
        }
    }
    let mut start = 0;
    while let Some(found) = memmem::find(&bytes[start..], b"ser") {
        let at = start + found;
        start = at + 3;
        if at == 0 || !matches!(bytes[at - 1], b'u' | b'U') {
            continue;
        }
        let is_apart = at == 1 || matches!(bytes[at - 2], b' ' | b'(' | b'[' | b',' | b';' | b'_' | b'"');
        let rest = &message[start..];
        let rest = rest.strip_prefix("name").or_else(|| rest.strip_prefix("Name")).unwrap_or(rest);
        if let Some(value) = rest.strip_prefix('=').filter(|_| is_apart) {
            let name = without_quotes(first_word(value));
            if !name.is_empty() {
                return Some(name);
            }
        }
        let is_named_next = at >= 9 && bytes[..at - 1].to_ascii_lowercase().ends_with(b"invalid ");
        if let Some(value) = rest.strip_prefix(' ').filter(|_| is_named_next) {
            let name = first_word(value);
            return (!name.is_empty() && name != "from").then_some(name);
        }
    }
    None
}

fn first_word(text: &str) -> &str {
    let end = text.find([' ', ',', ';', ')', ']', '\t', '\n']).unwrap_or(text.len());
    if end <= USER_BYTES_MAX { text[..end].trim_end_matches([':', '.']) } else { "" }
}

fn without_quotes(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_address(text: &str, expected: &str) {
        assert_eq!(first_address(text).unwrap_or("none"), expected, "{text}");
    }

    fn check_user(text: &str, expected: &str) {
        assert_eq!(user(text).unwrap_or("none"), expected, "{text}");
    }

    #[test]
    fn the_first_address_is_found() {
        check_address("from 10.0.0.7 port 22", "10.0.0.7");
        check_address("rhost=::ffff:10.0.0.7", "::ffff:10.0.0.7");
        check_address("client 2001:db8::1, at 12:30:59.", "2001:db8::1");
        check_address("[2001:db8::1]:443", "2001:db8::1");
        check_address("to 10.0.0.7:8080.", "10.0.0.7");
        check_address("at 12:30:59 version 1.2.3 of 300.1.1.1 and v1.2.3.4", "none");
        check_address("blk_-1 a.b.c.d feed:beef std::vector", "none");
        check_address("/10.0.0.7:50010", "10.0.0.7");
    }

    #[test]
    fn an_address_may_be_the_whole_text() {
        assert!(["10.0.0.1", "2001:db8::1", "[::1]:80", "10.0.0.1:80"].into_iter().all(is_address));
        assert!(!["example.com", "-", "a 10.0.0.1", "1.2.3"].into_iter().any(is_address));
    }

    #[test]
    fn a_user_is_found_where_it_is_plainly_named() {
        check_user("Failed password for invalid user bob from 10.0.0.7 port 1 ssh2", "bob");
        check_user("Accepted publickey for eve from 10.0.0.7", "eve");
        check_user("Invalid user admin from 10.0.0.7", "admin");
        check_user("session opened for user root by (uid=0)", "root");
        check_user("authentication failure; ruser= rhost=h  user=mia", "mia");
        check_user("login username=\"mia\" x", "mia");
        check_user("waiting for answer from the server", "none");
        check_user("user unknown", "none");
        check_user("Invalid user  from 10.0.0.7", "none");
    }
}
