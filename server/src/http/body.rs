//! Reading a request's body: as much as it may have, for as long as it may take.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Failure;

/// How long a body may take to arrive. Until then it holds room that others wait for.
const READ_PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn read(body: Body, bytes_max: usize) -> Result<Bytes, Failure> {
    let reading = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(READ_PATIENCE, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The body is larger than {bytes_max} bytes. Send less at once.");
            Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message))
        }
        Ok(Err(_)) => Err(Failure::new(StatusCode::BAD_REQUEST, "body_broken", "The body broke off. Send it again.")),
        Err(_) => {
            let message = format!("The body took longer than {} s. Send less at once.", READ_PATIENCE.as_secs());
            Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;

    #[tokio::test]
    async fn a_body_has_a_bound() {
        let check = async |bytes: usize, expected: Result<usize, StatusCode>| {
            let read = read(Body::from(vec![b'a'; bytes]), 10).await;
            let outcome = read.map(|body| body.len()).map_err(|failure| failure.into_response().status());
            assert_eq!(outcome, expected, "{bytes}");
        };
        check(0, Ok(0)).await;
        check(10, Ok(10)).await;
        check(11, Err(StatusCode::PAYLOAD_TOO_LARGE)).await;
    }
}
