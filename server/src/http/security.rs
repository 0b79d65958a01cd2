use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Failure;

/// Refuses a change that a page of another site asks for. Programs send no `Origin` and pass.
pub(super) async fn check_origin(request: Request, next: Next) -> Response {
    let changes_something = ![Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
    if changes_something {
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let origin = request.headers().get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("null"));
        if !is_own_origin(origin, host) {
            let message = "A page of another site may not change anything here.";
            return Failure::new(StatusCode::FORBIDDEN, "foreign_origin", message).into_response();
        }
    }
    next.run(request).await
}

fn is_own_origin(origin: Option<&str>, host: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    let authority = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
    authority.is_some() && authority == host
}

/// What every answer carries. Pages set a policy of their own, with their nonce.
pub(super) async fn set_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Files of the page say how long they keep; nothing else is anybody's to keep.
    if headers.get(header::CACHE_CONTROL).is_none_or(|value| value == "no-cache") {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
    ));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert_eq!(is_own_origin(origin, host), expected, "{origin:?} at {host:?}");
        }
    }
}
