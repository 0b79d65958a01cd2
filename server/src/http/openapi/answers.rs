//! What requests answer that fail.

use std::collections::BTreeMap;

use radar_types::wire::Problem;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// Among the responses of a route: it may answer this status, with a [`Problem`].
pub(in crate::http) struct Fails<const STATUS: u16>;

impl<const STATUS: u16> IntoResponses for Fails<STATUS> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        BTreeMap::from([(STATUS.to_string(), failure(STATUS).into())])
    }
}

pub(super) fn failure(status: u16) -> Response {
    let problem = ContentBuilder::new().schema(Some(Ref::from_schema_name(Problem::name()))).build();
    let response = ResponseBuilder::new().description(meaning(status)).content("application/json", problem);
    if !matches!(status, 429 | 503) {
        return response.build();
    }
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let retry_after = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds after which to try again")).build();
    response.header("Retry-After", retry_after).build()
}

/// What a status says at this server, whatever was asked.
fn meaning(status: u16) -> &'static str {
    match status {
        400 => "The request was not understood",
        401 => "Who asks has to say who they are, or what they showed is not known",
        403 => "Who asks may not do this, or a page of another site asks for it",
        404 => "There is nothing here, or nothing that who asks may know of",
        408 => "The body took too long to arrive",
        409 => "Somebody else changed it in the meantime",
        413 => "The body is larger than one request may be",
        421 => "The request was meant for another host",
        429 => "That was tried too often",
        500 => "A defect of the server; its log says what",
        503 => "The server or its store is too busy, or can't be reached",
        507 => "The disk of the store is full",
        _ => "",
    }
}
