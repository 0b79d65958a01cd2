//! Pages and answers are packed for the way to a browser. The files of the page come packed already, and streams go out as
//! they are made.

use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, StatusCode, Version, header},
    middleware::Next,
    response::Response,
};
use tower_http::{
    CompressionLevel,
    compression::{CompressionLayer, predicate::Predicate},
};

use super::security;

/// A processor does this at hundreds of megabytes a second; better packing would take longer than it saves.
pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new().quality(CompressionLevel::Fastest).compress_when(is_packed)
}

fn is_packed(_: StatusCode, _: Version, headers: &HeaderMap, _: &Extensions) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    ["text/html", "application/json"].iter().any(|packed| kind.starts_with(packed))
}

/// What another site has a reader's browser ask for is sent as it is. Packed, its length would tell how much of what that
/// site made part of the question is in the answer, too, and so, letter by letter, what the reader may read.
pub(super) async fn leave_plain_for_other_sites(mut request: Request, next: Next) -> Response {
    if !security::is_asked_by_own_page(request.headers()) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use axum::{Router, body::Body, middleware, routing::get};
    use flate2::read::GzDecoder;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn asked(kind: &'static str, headers: &[(&str, &str)]) -> (Option<String>, Vec<u8>) {
        let text = "what is long and says the same, ".repeat(100);
        let router = Router::new()
            .route("/", get(move || async move { ([(header::CONTENT_TYPE, kind)], text) }))
            .layer(layer())
            .layer(middleware::from_fn(leave_plain_for_other_sites));
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(header::HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
        }
        let response = router.oneshot(request).await.unwrap();
        let encoding = response.headers().get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap().to_owned());
        (encoding, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    #[tokio::test]
    async fn pages_and_answers_are_packed_for_who_can_unpack_them() {
        for kind in ["text/html; charset=utf-8", "application/json"] {
            let (encoding, body) = asked(kind, &[("accept-encoding", "gzip, br")]).await;
            assert_eq!(encoding.as_deref(), Some("gzip"), "{kind}");
            let mut unpacked = String::new();
            GzDecoder::new(body.as_slice()).read_to_string(&mut unpacked).unwrap();
            assert!(body.len() < 200 && unpacked.len() == 3_200, "{kind}");
            assert_eq!(asked(kind, &[]).await.1.len(), 3_200, "{kind}");
        }
        for kind in ["text/csv", "text/event-stream", "application/x-ndjson"] {
            assert_eq!(asked(kind, &[("accept-encoding", "gzip")]).await.0, None, "{kind}");
        }
    }

    #[tokio::test]
    async fn the_length_of_an_answer_tells_another_site_nothing() {
        for (site, is_plain) in [("cross-site", true), ("same-site", true), ("same-origin", false), ("none", false)] {
            let (encoding, _) = asked("text/html", &[("accept-encoding", "gzip"), ("sec-fetch-site", site)]).await;
            assert_eq!(encoding.is_none(), is_plain, "{site}");
        }
    }
}
