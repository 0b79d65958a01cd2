//! Bodies of requests, read up to a length and within a time: until then they hold memory, and a
//! place that others wait for.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    http::StatusCode,
};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::problem::Failure;

/// How much somebody may send, and how slowly.
pub(super) struct Bounds {
    pub(super) bytes_max: usize,
    pub(super) patience: Duration,
    /// What to do instead: a sentence for whoever sent too much or too slowly.
    pub(super) advice: &'static str,
}

pub(super) async fn read(body: Body, bounds: Bounds) -> Result<Bytes, Failure> {
    let Bounds { bytes_max, patience, advice } = bounds;
    let too_large = || {
        let message = format!("The body is larger than {bytes_max} bytes. {advice}");
        Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    };
    // Who says that it is too large needn't send it.
    if body.size_hint().lower() > bytes_max as u64 {
        return Err(too_large());
    }
    let reading = Limited::new(body, bytes_max).collect();
    match tokio::time::timeout(patience, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Failure::new(StatusCode::BAD_REQUEST, "body_broken", "The body broke off. Send it again.")),
        Err(_) => {
            let message = format!("The body took longer than {} s. {advice}", patience.as_secs());
            Err(Failure::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use axum::response::IntoResponse;
    use futures::{StreamExt, stream};

    use super::*;

    fn bounds(bytes_max: usize, patience: Duration) -> Bounds {
        Bounds { bytes_max, patience, advice: "Send less." }
    }

    async fn check(body: Body, bytes_max: usize, patience: Duration, expected: Result<&str, u16>) {
        let read = read(body, bounds(bytes_max, patience)).await;
        let read = read.map_err(|failure| failure.into_response().status().as_u16());
        assert_eq!(read.as_deref().map_err(|status| *status), expected.map(str::as_bytes));
    }

    fn pieces(pieces: &'static [&'static str]) -> Body {
        Body::from_stream(stream::iter(pieces.iter().copied()).map(Ok::<_, Infallible>))
    }

    const LONG: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        check(Body::empty(), 0, LONG, Ok("")).await;
        check("four".into(), 4, LONG, Ok("four")).await;
        check("fives".into(), 4, LONG, Err(413)).await;
        check(pieces(&["fo", "ur"]), 4, LONG, Ok("four")).await;
        check(pieces(&["fo", "ur", "s"]), 4, LONG, Err(413)).await;
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let stalled = stream::iter(["a"]).map(Ok::<_, Infallible>).chain(stream::pending());
        check(Body::from_stream(stalled), 4, Duration::from_millis(1), Err(408)).await;
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_says_so() {
        let broken = stream::iter([Ok("a"), Err(std::io::Error::other("the line was cut"))]);
        check(Body::from_stream(broken), 4, LONG, Err(400)).await;
    }
}
