//! `GET /api/openapi.json`: what programs can ask of this server, as an OpenAPI 3.1 document.
//!
//! Each endpoint is described beside its handler, by `#[utoipa::path]`, and listed in [`Endpoints`]. A server function
//! describes itself, by its parameters and its answer, and is listed in [`functions::add_all`]. What every route answers is
//! added here. A test fails on a route that is missing, and on one that is not there.

mod answers;
mod functions;
mod shapes;

use std::sync::LazyLock;

use axum::Json;
use radar_types::wire::{LiveUpdate, Problem};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};

use super::export::{ExportFormat, ExportOrder};

pub(super) use answers::Fails;
pub(super) use shapes::{LiveEvent, NotAllTaken, SentEvents, SentLines};

/// The names of the two ways to say who one is.
const TOKEN: &str = "token";
const SESSION: &str = "session";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "RADAR",
        description = "Reads logs, learns what is normal for them, and shows the lines that are not, with the reason.\n\n\
            Whatever fails answers a `Problem`: a code for programs and a sentence for people. An address that is not \
            listed answers 404, and a method that is not listed 405, with those that are in `Allow`.",
    ),
    paths(
        document,
        super::health::healthz,
        super::health::readyz,
        super::ingest::ingest,
        super::live::live,
        super::export::export,
        super::session::session,
        super::session::clear,
    ),
    // What no answer or parameter refers to by itself.
    components(schemas(LiveUpdate, Problem, ExportFormat, ExportOrder)),
)]
struct Endpoints;

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    let mut document = Endpoints::openapi();
    functions::add_all(&mut document);
    add_ways_to_say_who(&mut document);
    add_shared_answers(&mut document);
    document
});

/// This document
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "Server",
    responses((status = 200, description = "An OpenAPI 3.1 document", body = Object)),
)]
pub(super) async fn document() -> Json<&'static Document> {
    Json(&DOCUMENT)
}

fn add_ways_to_say_who(document: &mut Document) {
    let mut token = Http::new(HttpAuthScheme::Bearer);
    token.description = Some("For programs. A token has a scope: `ingest` may send events, `read` may ask for them.".into());
    let cookie = "For browsers. The cookie is `radar` on a server that is reached without TLS.";
    let session = ApiKey::Cookie(ApiKeyValue::with_description("__Host-radar", cookie));
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(TOKEN, SecurityScheme::Http(token));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(session));
}

/// What is answered before a request reaches its handler: to a token that is not known, to a server's wrong name, to a page
/// of another site, to who asks too often.
fn add_shared_answers(document: &mut Document) {
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            add_failure(operation, 421);
            if !["/healthz", "/readyz"].contains(&&**path) {
                [401, 429, 503].iter().for_each(|status| add_failure(operation, *status));
            }
        }
        for changing in [&mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten() {
            add_failure(changing, 403);
        }
    }
}

fn add_failure(operation: &mut Operation, status: u16) {
    operation.responses.responses.entry(status.to_string()).or_insert_with(|| answers::failure(status).into());
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
