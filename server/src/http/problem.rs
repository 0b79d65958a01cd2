use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use radar_services::ErrorKind;
use radar_types::wire::Problem;
use tracing::error;

/// A request that could not be served: a status, and a [`Problem`] as the body.
#[derive(Debug)]
pub(super) struct Failure {
    status: StatusCode,
    problem: Problem,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self { status, problem: Problem { code: code.into(), message: message.into() } }
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address.")
    }
}

pub(super) async fn method_not_allowed() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", "This address does not answer to this method.")
}

impl From<radar_services::Error> for Failure {
    fn from(error: radar_services::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotASender => StatusCode::UNAUTHORIZED,
            ErrorKind::Invalid => StatusCode::BAD_REQUEST,
            ErrorKind::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::StoreFull => StatusCode::INSUFFICIENT_STORAGE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        if status.is_server_error() {
            error!(error = &error as &dyn std::error::Error, "a request failed");
        }
        Self::new(status, error.kind().code(), error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(self.problem)).into_response()
    }
}
