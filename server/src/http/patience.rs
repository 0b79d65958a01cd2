//! How long an answer may take to begin. A question that takes longer holds memory and a place that
//! others wait for, and whoever asked it has most likely gone.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::problem::Failure;

/// Until the head of an answer is there; what streams afterwards may take its time.
pub(super) const ANSWER_PATIENCE: Duration = Duration::from_secs(30);

/// Addresses that time themselves what they wait for: their senders may be slow, and a batch whose
/// body has arrived must not be given up half-way.
const WITH_PATIENCE_OF_THEIR_OWN: [&str; 2] = ["/api/ingest", "/api/live"];

pub(super) async fn limit_time(State(patience): State<Duration>, request: Request, next: Next) -> Response {
    if WITH_PATIENCE_OF_THEIR_OWN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    match tokio::time::timeout(patience, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!("The answer took longer than {} s. Ask for less, or try again later.", patience.as_secs());
            Failure::new(StatusCode::SERVICE_UNAVAILABLE, "too_slow", message).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, middleware, routing::get};
    use futures::FutureExt;
    use tower::ServiceExt;

    use super::*;

    fn router(patience: Duration) -> Router {
        let never = get(std::future::pending::<()>);
        Router::new()
            .route("/at-once", get(|| async { "here" }))
            .route("/never", never.clone())
            .route("/api/live", never.clone())
            .route("/api/ingest", never)
            .layer(middleware::from_fn_with_state(patience, limit_time))
    }

    fn ask(path: &str) -> Request {
        Request::get(path).body(Body::empty()).unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_does_not_come_is_given_up() {
        let router = router(Duration::from_millis(1));
        let response = router.clone().oneshot(ask("/never")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key("retry-after"));
        assert_eq!(router.oneshot(ask("/at-once")).await.unwrap().status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn what_has_patience_of_its_own_is_left_alone() {
        let router = router(Duration::from_millis(1));
        let mut left_alone = WITH_PATIENCE_OF_THEIR_OWN.map(|path| router.clone().oneshot(ask(path)));
        for asked in &mut left_alone {
            assert!(asked.now_or_never().is_none());
        }
        // Asked later and given up, so the others would have been, too.
        router.oneshot(ask("/never")).await.unwrap();
        for asked in left_alone {
            assert!(asked.now_or_never().is_none());
        }
    }
}
