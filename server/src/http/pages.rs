use std::time::Duration;

use axum::{
    Extension,
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::provide_context;
use radar_app::{api::ServerContext, shell};
use radar_services::Asker;

use super::{
    body::{self, Bounds},
    problem::Failure,
};
use crate::{AppState, state::now};

/// What a page sends: the fields of a form, or a question.
const QUESTION: Bounds = Bounds { bytes_max: 64 << 10, patience: Duration::from_secs(10), advice: "Send a shorter one." };

/// Renders the page of the route.
pub(super) async fn page(State(state): State<AppState>, Extension(asker): Extension<Asker>, request: Request) -> Response {
    let context = context_of(&state, asker);
    leptos_axum::render_app_async_with_context(move || provide_context(context.clone()), shell)(request).await
}

pub(super) async fn server_function(
    State(state): State<AppState>,
    Extension(asker): Extension<Asker>,
    mut request: Request,
) -> Response {
    // Leptos knows of no HEAD; axum keeps its answer's body back.
    if request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    let (parts, body) = request.into_parts();
    let request = match body::read(body, QUESTION).await {
        Ok(body) if has_plain_names(&body) => Request::from_parts(parts, body.into()),
        Ok(_) => {
            let message = "A field's name is letters, digits, _ and -. Send the fields as documented.";
            return Failure::new(StatusCode::BAD_REQUEST, "form_broken", message).into_response();
        }
        Err(failure) => return failure.into_response(),
    };
    let context = context_of(&state, asker);
    let mut response =
        leptos_axum::handle_server_fns_with_context(move || provide_context(context.clone()), request).await.into_response();
    // A browser without scripts is led back to its form, which says what went wrong; the status of that would keep it here.
    if response.headers().contains_key(header::LOCATION) {
        *response.status_mut() = StatusCode::SEE_OTHER;
    }
    response
}

/// Whether the fields of a form are texts: brackets in names would make lists and objects of them.
fn has_plain_names(form: &[u8]) -> bool {
    let is_plain = |letter: &u8| letter.is_ascii_alphanumeric() || b"_-".contains(letter);
    form.split(|letter| *letter == b'&').filter(|field| !field.is_empty()).all(|field| {
        let name = field.split(|letter| *letter == b'=').next().unwrap_or_default();
        !name.is_empty() && name.iter().all(is_plain)
    })
}

/// A file of the page. Whoever asks is not looked up for one.
pub(super) async fn file(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    match state.site.file(request.uri().path(), request.headers()).filter(|_| is_read) {
        Some(file) => file,
        None => next.run(request).await,
    }
}

/// The page that says there is nothing here. Programs that ask below `/api` get the same in their language.
pub(super) async fn not_found(state: State<AppState>, asker: Extension<Asker>, request: Request) -> Response {
    let path = request.uri().path();
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    if !is_read || path.starts_with("/api/") || path.starts_with("/pkg/") {
        return Failure::not_found().into_response();
    }
    let mut response = page(state, asker, request).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn context_of(state: &AppState, asker: Asker) -> ServerContext {
    ServerContext { services: state.services.clone(), asker, now: now(), assets: state.site.assets() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_forms_have_plain_names() {
        for plain in ["", "side=public", "keep-days=3&at_least=&x", "a=1&&b=[2]"] {
            assert!(has_plain_names(plain.as_bytes()), "{plain}");
        }
        for other in ["=", "a=1&=", "a[b]=1", "a%5Bb%5D=1", "a.b=1", "\u{e9}=1"] {
            assert!(!has_plain_names(other.as_bytes()), "{other}");
        }
    }
}
