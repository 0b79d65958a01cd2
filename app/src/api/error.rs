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
        let (code, message) = match error {
            ServerFnErrorErr::Request(_) => ("offline", "The server can't be reached. Is it running?"),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => ("invalid", "The request was not understood."),
            ServerFnErrorErr::Deserialization(_) => {
                ("version", "The server has changed since this page was loaded. Reload the page.")
            }
            _ => ("internal", "Something went wrong on the server. Its log says what."),
        };
        Self(Problem { code: code.into(), message: message.into() })
    }
}
