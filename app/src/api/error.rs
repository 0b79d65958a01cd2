use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use radar_types::wire::Problem;
use serde::{Deserialize, Serialize};

/// What a server function answers when it can't do what was asked: a code for programs and a
/// sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError(pub Problem);

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let is_invalid = match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => true,
            // The server reads what a caller sent; the browser reads what the server answered.
            ServerFnErrorErr::Deserialization(_) => cfg!(feature = "ssr"),
            _ => false,
        };
        if is_invalid {
            answer_is_bad_request();
            let message = "The parameters were not understood. /api/openapi.json says what they are.";
            return Self(Problem { code: "invalid".into(), message: message.into() });
        }
        let (code, message) = match error {
            ServerFnErrorErr::Request(_) => ("offline", "The server can't be reached. Is it running?"),
            ServerFnErrorErr::Deserialization(_) => {
                ("version", "The server has changed since this page was loaded. Reload the page.")
            }
            _ => ("internal", "Something went wrong on the server. Its log says what."),
        };
        Self(Problem { code: code.into(), message: message.into() })
    }
}

#[cfg(feature = "ssr")]
fn answer_is_bad_request() {
    super::ssr::set_status(400);
}

/// Nothing is answered in the browser.
#[cfg(not(feature = "ssr"))]
fn answer_is_bad_request() {}
