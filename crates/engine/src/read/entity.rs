//! Who a message is about: the first network address in it, and the user where it is plainly named.

use std::net::Ipv6Addr;

use memchr::{memchr_iter, memchr2_iter};

/// So much of a message is searched.
const SEARCH_BYTES_MAX: usize = 2048;
const USER_BYTES_MAX: usize = 128;
const QUOTES: [char; 3] = ['"', '\'', '`'];
/// What stands before an address of IPv4 that is written as one of IPv6.
const MAPPED_IPV4: &str = "::ffff:";

/// Whether a text is an address of either kind, with or without brackets, port or zone.
pub(super) fn is_address(text: &str) -> bool {
    if is_ipv4(text.as_bytes()) {
        return true;
    }
    let inside = text.strip_prefix('[').unwrap_or(text);
    first_address(inside).is_some_and(|address| {
        let end = address.as_ptr() as usize - inside.as_ptr() as usize + address.len();
        let begins = end == address.len() || inside.starts_with(MAPPED_IPV4);
        begins && (end == inside.len() || inside[end..].starts_with([':', ']', '%', ',']))
    })
}

/// The first network address in a text. One of IPv4 that is written as one of IPv6 is given as what it is.
pub(super) fn first_address(text: &str) -> Option<&str> {
    let text = &text[..text.floor_char_boundary(SEARCH_BYTES_MAX)];
    let bytes = text.as_bytes();
    let mut behind = 0;
    for at in memchr2_iter(b'.', b':', bytes) {
        // An address has a digit on either side of its first point or colon, or begins with two colons.
        let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_hexdigit() || *byte == b':');
        if at < behind || !is_inside(at + 1) || (at > 0 && !is_inside(at - 1) && bytes[at + 1] != b':') {
            continue;
        }
        let start = at - bytes[behind..at].iter().rev().take_while(|byte| byte.is_ascii_hexdigit()).count();
        let end = at + bytes[at..].iter().take_while(|byte| is_address_byte(**byte)).count();
        behind = end;
        let is_apart = (start == 0 || !is_word_byte(bytes[start - 1])) && bytes.get(end).is_none_or(|byte| !is_word_byte(*byte));
        if is_apart && let Some(address) = address_in(&text[start..end]) {
            return Some(address);
        }
    }
    None
}

fn is_address_byte(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b'.' || byte == b':'
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' || byte == b'.'
}

/// The address that a run of digits, points and colons is or begins with.
fn address_in(run: &str) -> Option<&str> {
    if run.len() < 3 {
        return None;
    }
    let colons = run.bytes().filter(|byte| *byte == b':').count();
    if colons >= 2 {
        // A point or colon behind belongs to the sentence.
        let whole = run.trim_end_matches('.');
        let without_port = if colons == 8 { whole.rsplit_once(':').map_or(whole, |(address, _)| address) } else { whole };
        let candidates = [whole, whole.strip_suffix(':').unwrap_or(whole), without_port];
        if let Some(address) = candidates.into_iter().find(|text| is_ipv6(text)) {
            let plain = address.strip_prefix(MAPPED_IPV4).filter(|plain| is_ipv4(plain.as_bytes()));
            return Some(plain.unwrap_or(address));
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
    let (mut points, mut digits, mut number) = (0, 0, 0_u32);
    for byte in bytes {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                number = number * 10 + u32::from(byte - b'0');
                if digits > 3 || number > 255 {
                    return false;
                }
            }
            b'.' if digits > 0 => {
                points += 1;
                (digits, number) = (0, 0);
            }
            _ => return false,
        }
    }
    points == 3 && digits > 0
}

/// The user that a message names: `Invalid user bob from`, `password for bob from`,
/// `session opened for user bob`.
pub(super) fn user(message: &str) -> Option<&str> {
    let message = &message[..message.floor_char_boundary(SEARCH_BYTES_MAX)];
    let bytes = message.as_bytes();
    for space in memchr_iter(b' ', bytes) {
        let before = &bytes[..space];
        let rest = &message[space + 1..];
        let name = if before.ends_with(b" for") {
            let name = first_word(rest);
            let behind = rest.get(name.len()..).unwrap_or_default();
            let is_from = behind.starts_with(" from ") && behind[6..].starts_with(|c: char| c.is_ascii_hexdigit() || c == ':');
            if is_from { name } else { "" }
        } else if is_before_user(before) || (before.ends_with(b"ser") && rest.starts_with(QUOTES)) {
            without_quotes(quoted_or_word(rest))
        } else if before.ends_with(b"sername:") || before.ends_with(b" user:") || before.ends_with(b" User:") {
            first_word(rest)
        } else {
            ""
        };
        if !name.is_empty() && name != "from" {
            // As `new user: name=bob, UID=0` says it.
            let name = name.strip_prefix("name=").unwrap_or(name);
            return Some(without_quotes(name));
        }
    }
    None
}

fn is_before_user(bytes: &[u8]) -> bool {
    bytes.ends_with(b"nvalid user") || bytes.ends_with(b"llegal user") || bytes.ends_with(b" for user")
}

/// A text in quotes with them, or else the first word.
fn quoted_or_word(text: &str) -> &str {
    let quote = text.chars().next().filter(|c| QUOTES.contains(c));
    let end = quote.and_then(|quote| text[1..].find(quote)).filter(|end| *end <= USER_BYTES_MAX);
    end.map_or_else(|| first_word(text), |end| &text[..end + 2])
}

fn first_word(text: &str) -> &str {
    let end = text.find([' ', ',', ';', ')', ']', '\t', '\n']).unwrap_or(text.len());
    if end <= USER_BYTES_MAX { text[..end].trim_end_matches([':', '.']) } else { "" }
}

fn without_quotes(text: &str) -> &str {
    text.trim_matches(QUOTES)
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
        check_address("rhost=::ffff:10.0.0.7", "10.0.0.7");
        check_address("client 2001:db8::1, at 12:30:59.", "2001:db8::1");
        check_address("[2001:db8::1]:443", "2001:db8::1");
        check_address("to 10.0.0.7:8080.", "10.0.0.7");
        check_address("at 12:30:59 version 1.2.3 of 300.1.1.1 and v1.2.3.4", "none");
        check_address("blk_-1 a.b.c.d feed:beef std::vector", "none");
        check_address("/10.0.0.7:50010", "10.0.0.7");
        check_address("{TCP} 2001:db8:0:1:0:0:0:35:60884 -> x", "2001:db8:0:1:0:0:0:35");
    }

    #[test]
    fn an_address_may_be_the_whole_text() {
        assert!(["10.0.0.1", "2001:db8::1", "::1", "::ffff:10.0.0.1", "[::1]:80", "10.0.0.1:80"].into_iter().all(is_address));
        assert!(!["example.com", "-", "a 10.0.0.1", "1.2.3"].into_iter().any(is_address));
    }

    #[test]
    fn a_user_is_found_where_it_is_plainly_named() {
        check_user("new user: name=bob, UID=0, GID=0", "bob");
        check_user("Failed password for invalid user bob from 10.0.0.7 port 1 ssh2", "bob");
        check_user("Accepted publickey for eve from 10.0.0.7", "eve");
        check_user("Invalid user admin from 10.0.0.7", "admin");
        check_user("session opened for user root by (uid=0)", "root");
        check_user("Access denied for user 'eve'@'10.0.0.7' (x)", "eve");
        check_user("user \"eve\" was not found", "eve");
        check_user("no entry, IP: 10.0.0.7, username: eve", "eve");
        check_user("waiting for answer from the server", "none");
        check_user("user unknown", "none");
        check_user("Invalid user  from 10.0.0.7", "none");
    }
}
