//! Who is at the other end of a request, as far as limits by address go.
//!
//! A peer that is a proxy says in `X-Forwarded-For` for whom it asks. Whoever asks may have written
//! entries into that header as well, so only those count that were added by proxies of ours: each
//! of them adds one at the right end.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Who asks, where so many proxies of ours stand before this server. The peer itself, where they
/// did not say it in a way that can be understood: then everybody behind it counts as one.
#[cfg_attr(not(test), expect(dead_code, reason = "only connections are counted by address so far, and those by their peer"))]
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted_hops: usize) -> IpAddr {
    let Some(place) = trusted_hops.checked_sub(1) else { return peer };
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut from_the_right = values.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    from_the_right.nth(place).and_then(address).unwrap_or(peer)
}

/// The address that stands for all that one client can easily have. Who has IPv6 has a /64 of it.
pub(super) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// Of `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let entry = std::str::from_utf8(entry).ok()?.trim();
    let alone = || entry.parse().ok();
    let with_port = || entry.parse().ok().map(|address: SocketAddr| address.ip());
    let in_brackets = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok().map(IpAddr::V6);
    alone().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const PEER: &str = "203.0.113.9";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn check(headers: &[&[u8]], trusted_hops: usize, expected: &str) {
        let values = headers.iter().map(|value| (FORWARDED_FOR, HeaderValue::from_bytes(value).unwrap()));
        let mut map = HeaderMap::new();
        for (name, value) in values {
            map.append(name, value);
        }
        assert_eq!(client_address(ip(PEER), &map, trusted_hops), ip(expected), "{headers:?} at {trusted_hops}");
    }

    #[test]
    fn without_a_proxy_nobody_is_believed() {
        check(&[], 0, PEER);
        check(&[b"192.0.2.1"], 0, PEER);
        check(&[b"192.0.2.1, 192.0.2.2"], 0, PEER);
    }

    #[test]
    fn each_proxy_of_ours_moves_one_entry_from_the_right() {
        let header: &[u8] = b"192.0.2.1, 192.0.2.2 ,192.0.2.3";
        check(&[header], 1, "192.0.2.3");
        check(&[header], 2, "192.0.2.2");
        check(&[header], 3, "192.0.2.1");
        check(&[header], 4, PEER);
        check(&[header], usize::MAX, PEER);
    }

    #[test]
    fn several_headers_are_one_list() {
        let headers: &[&[u8]] = &[b"192.0.2.1", b"192.0.2.2, 192.0.2.3"];
        check(headers, 1, "192.0.2.3");
        check(headers, 2, "192.0.2.2");
        check(headers, 3, "192.0.2.1");
    }

    #[test]
    fn entries_have_ports_and_brackets() {
        check(&[b"192.0.2.1:4711"], 1, "192.0.2.1");
        check(&[b"2001:db8::1"], 1, "2001:db8::1");
        check(&[b"[2001:db8::1]"], 1, "2001:db8::1");
        check(&[b"[2001:db8::1]:4711"], 1, "2001:db8::1");
        check(&[b"\t192.0.2.1 "], 1, "192.0.2.1");
    }

    #[test]
    fn what_is_no_address_leaves_the_peer() {
        for entry in [
            "",
            " ",
            ",",
            "192.0.2.1,",
            "unknown",
            "_hidden",
            "localhost",
            "192.0.2.256",
            "192.0.2",
            "3221225985",
            "0x7f.1",
            "192.0.2.1:",
            "192.0.2.1:99999",
            "[192.0.2.1]",
            "[2001:db8::1",
            "2001:db8::1]",
            "[2001:db8::1]x",
            "\"192.0.2.1\"",
            "for=192.0.2.1",
            "192.0.2.1 192.0.2.2",
            "2001:db8::1%eth0",
            "-1",
        ] {
            check(&[entry.as_bytes()], 1, PEER);
        }
        check(&[b"\xff\xfe"], 1, PEER);
    }

    #[test]
    fn what_a_client_writes_itself_stands_left_of_what_our_proxy_adds() {
        check(&[b"10.0.0.1, garbage, 127.0.0.1, 192.0.2.7"], 1, "192.0.2.7");
        check(&[b"\xff", b"192.0.2.7"], 1, "192.0.2.7");
        let long = [vec![b','; 100_000], b"192.0.2.7".to_vec()].concat();
        check(&[&long], 1, "192.0.2.7");
        check(&[&long], 100_000, PEER);
    }

    #[test]
    fn an_ipv6_client_counts_as_its_network_and_a_mapped_one_as_ipv4() {
        for (address, expected) in [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
            ("::1", "::"),
            ("::", "::"),
        ] {
            assert_eq!(counted_as(ip(address)), ip(expected), "{address}");
        }
    }
}
