use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{Side, people::Viewer};

use super::ApiError;

#[server(prefix = "/api/fn", endpoint = "viewer", input = GetUrl)]
pub async fn get_viewer() -> Result<Viewer, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.viewer(&context.asker, context.now).await?)
}

/// Begins a private session where somebody without an account looks at what is private.
#[server(prefix = "/api/fn", endpoint = "choose_side")]
pub async fn choose_side(side: Side) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.look_at(&context.asker.actor, &mut session, side);
    context.keep(session)
}

#[server(prefix = "/api/fn", endpoint = "clear_session")]
pub async fn clear_session() -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.clear_session(&mut session, context.now).await?;
    context.keep(session)
}
