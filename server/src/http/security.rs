//! What protects people whose browser shows this server's pages: from pages of other sites, from
//! other names for this server, and from what a browser would otherwise allow.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Failure;
use crate::Door;

/// Refuses a change that a page of another site asks for. Programs send neither `Origin` nor
/// `Sec-Fetch-Site` and pass.
pub(super) async fn check_origin(request: Request, next: Next) -> Response {
    let changes_something = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes_something && !is_asked_by_own_page(request.headers()) {
        let message = "A page of another site may not change anything here.";
        return Failure::new(StatusCode::FORBIDDEN, "foreign_origin", message).into_response();
    }
    next.run(request).await
}

pub(super) fn is_asked_by_own_page(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).map(|value: &HeaderValue| value.to_str().unwrap_or_default());
    match (text(header::ORIGIN), text(SEC_FETCH_SITE)) {
        (Some(origin), _) => {
            let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
            authority.is_some() && authority == text(header::HOST)
        }
        // `none` is what somebody typed or opened from a bookmark.
        (None, Some(site)) => ["same-origin", "none"].contains(&site),
        (None, None) => true,
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses to be called by a foreign name where only this machine can ask.
pub(super) async fn check_host(State(door): State<Door>, request: Request, next: Next) -> Response {
    if door.is_local && !is_for_this_machine(request.headers()) {
        let message =
            "This server is for its own machine and does not answer to this name. Open it as localhost or by its IP address.";
        return Failure::new(StatusCode::MISDIRECTED_REQUEST, "foreign_host", message).into_response();
    }
    if door.is_local && FORWARDED.iter().any(|name| request.headers().contains_key(*name)) {
        let message = "This server is for its own machine, and this came through a proxy. Start it with --trusted-hops 1.";
        return Failure::new(StatusCode::MISDIRECTED_REQUEST, "behind_a_proxy", message).into_response();
    }
    next.run(request).await
}

/// What proxies add.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// Browsers always send a `Host`; who sends none is a program, and no page can be behind it.
fn is_for_this_machine(headers: &HeaderMap) -> bool {
    headers.get_all(header::HOST).iter().all(|host| host.to_str().is_ok_and(is_name_of_this_machine))
}

/// `localhost` and what is below it always mean this machine, and an IP address needs no name that
/// somebody else could point here.
fn is_name_of_this_machine(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        // Colons inside brackets are part of the address.
        Some((name, port)) if !port.ends_with(']') => (name, port),
        _ => (host, ""),
    };
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    if let Some(address) = name.strip_prefix('[') {
        return address.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok());
    }
    let last_label = name.rsplit('.').next().unwrap_or_default();
    last_label.eq_ignore_ascii_case("localhost") || name.parse::<Ipv4Addr>().is_ok()
}

/// What every answer carries. Pages set a policy of their own, with their nonce.
pub(super) async fn set_headers(State(door): State<Door>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Files of the page say how long they keep; nothing else is anybody's to keep.
    if headers.get(header::CACHE_CONTROL).is_none_or(|value| value == "no-cache") {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if door.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONE_YEAR));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
    ));
    response
}

const ALWAYS: [(HeaderName, &str); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), NOTHING_ALLOWED),
];

/// The header knows no "everything else", so this names what reaches beyond the page, as far as
/// browsers know the names: those they don't know they complain about in their console.
const NOTHING_ALLOWED: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(), \
     geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
     picture-in-picture=(), publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
     xr-spatial-tracking=()";

const ONE_YEAR: &str = "max-age=31536000";

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use tower::ServiceExt;

    use super::*;

    fn map(headers: &[(HeaderName, &str)]) -> HeaderMap {
        headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_pages_of_this_server_change_something() {
        for (origin, host, expected) in [
            (None, Some("localhost:7171"), true),
            (Some("http://localhost:7171"), Some("localhost:7171"), true),
            (Some("https://radar.example"), Some("radar.example"), true),
            (Some("https://evil.example"), Some("radar.example"), false),
            (Some("https://radar.example.evil"), Some("radar.example"), false),
            (Some("http://localhost:7172"), Some("localhost:7171"), false),
            (Some("null"), Some("localhost:7171"), false),
            (Some("null"), None, false),
            (Some("http://"), None, false),
        ] {
            let sent = [(header::ORIGIN, origin), (header::HOST, host)];
            let headers: Vec<_> = sent.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            assert_eq!(is_asked_by_own_page(&map(&headers)), expected, "{origin:?} at {host:?}");
        }
    }

    #[test]
    fn a_browser_that_names_no_origin_still_says_whose_page_asks() {
        for (site, expected) in [
            ("same-origin", true),
            ("none", true),
            ("same-site", false),
            ("cross-site", false),
            ("", false),
            ("Same-Origin, cross-site", false),
        ] {
            assert_eq!(is_asked_by_own_page(&map(&[(SEC_FETCH_SITE, site)])), expected, "{site:?}");
        }
        let mut garbled = HeaderMap::new();
        garbled.insert(SEC_FETCH_SITE, HeaderValue::from_bytes(b"\xff").unwrap());
        assert!(!is_asked_by_own_page(&garbled));
    }

    #[test]
    fn an_origin_counts_more_than_what_the_browser_says_of_the_site() {
        let host = (header::HOST, "radar.example");
        for (origin, site, expected) in [
            ("https://radar.example", "same-origin", true),
            ("https://evil.example", "same-origin", false),
            ("https://evil.example", "none", false),
        ] {
            let headers = map(&[host.clone(), (header::ORIGIN, origin), (SEC_FETCH_SITE, site)]);
            assert_eq!(is_asked_by_own_page(&headers), expected, "{origin} {site}");
        }
    }

    #[test]
    fn localhost_and_addresses_are_names_of_this_machine() {
        for host in [
            "localhost",
            "localhost:7171",
            "LOCALHOST",
            "radar.localhost",
            "a.b.localhost:80",
            "127.0.0.1",
            "127.0.0.1:7171",
            "127.9.9.9",
            "192.0.2.1:80",
            "[::1]",
            "[::1]:7171",
            "[2001:db8::1]:80",
            "[::ffff:127.0.0.1]",
            "localhost:",
        ] {
            assert!(is_name_of_this_machine(host), "{host}");
        }
    }

    #[test]
    fn names_that_somebody_can_point_here_are_not() {
        for host in [
            "",
            ":",
            ":7171",
            "radar.example",
            "radar.example:7171",
            "localhost.evil.example",
            "localhost.evil.example:7171",
            "notlocalhost",
            "127.0.0.1.evil.example",
            "127.0.0.1.nip.io:80",
            "127.1",
            "0x7f000001",
            "2130706433",
            "localhost:7171:80",
            "localhost:evil",
            "localhost:@evil.example",
            "[localhost]",
            "[127.0.0.1]",
            "[::1",
            "::1",
            "[::1].evil.example",
            "[::1]evil:80",
            "localhost.",
            " localhost ",
            "user@radar.example",
            "[fe80::1%25eth0]",
        ] {
            assert!(!is_name_of_this_machine(host), "{host}");
        }
    }

    #[test]
    fn every_host_that_is_sent_must_be_of_this_machine() {
        let check = |hosts: &[&str], expected: bool| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_bytes(host.as_bytes()).unwrap());
            }
            assert_eq!(is_for_this_machine(&headers), expected, "{hosts:?}");
        };
        check(&[], true);
        check(&["localhost"], true);
        check(&["localhost", "evil.example"], false);
        check(&["evil.example", "localhost"], false);
        check(&["l\u{f6}calhost"], false);
    }

    async fn ask(door: Door, host: &str) -> Response {
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .layer(middleware::from_fn_with_state(door, check_host))
            .layer(middleware::from_fn_with_state(door, set_headers));
        router.oneshot(Request::get("/").header(header::HOST, host).body(Body::empty()).unwrap()).await.unwrap()
    }

    #[tokio::test]
    async fn foreign_names_are_refused_only_where_this_machine_alone_can_ask() {
        for (is_local, host, expected) in
            [(false, "evil.example", 200), (true, "evil.example", 421), (true, "localhost:7171", 200), (false, "localhost", 200)]
        {
            let response = ask(Door { is_local, ..Door::default() }, host).await;
            assert_eq!(response.status().as_u16(), expected, "{host} {is_local}");
            assert_eq!(response.headers()["x-frame-options"], "DENY");
        }
    }

    #[tokio::test]
    async fn browsers_are_told_to_stay_on_https_only_where_they_are() {
        for (is_secure, expected) in [(false, None), (true, Some("max-age=31536000"))] {
            let response = ask(Door { is_secure, ..Door::default() }, "radar.example").await;
            let told = response.headers().get("strict-transport-security").map(|value| value.to_str().unwrap());
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn each_feature_in_the_policy_is_forbidden_once() {
        let features: Vec<&str> = NOTHING_ALLOWED.split(", ").collect();
        let names: std::collections::BTreeSet<&str> = features.iter().filter_map(|feature| feature.strip_suffix("=()")).collect();
        assert_eq!(names.len(), features.len(), "{features:?}");
    }
}
