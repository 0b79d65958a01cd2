use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{Side, people::Viewer};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// Who asks, and what is in view.
#[server(prefix = "/api/fn", endpoint = "viewer", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_viewer() -> Result<Viewer, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.viewer(&context.asker, context.now).await?)
}

/// Chooses what is in view; for somebody without an account it begins a private session.
#[server(prefix = "/api/fn", endpoint = "choose_side", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn choose_side(side: Side) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.look_at(&context.asker.actor, &mut session, side);
    context.keep(session)
}

/// Removes the private collection of the session, and the tokens for it.
#[server(prefix = "/api/fn", endpoint = "clear_session", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn clear_session() -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.clear_session(&mut session, context.now).await?;
    context.keep(session)
}
