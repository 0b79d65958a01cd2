use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::wire::{Overview, Range};

use super::ApiError;

#[server(prefix = "/api/fn", endpoint = "overview", input = GetUrl)]
pub async fn get_overview(range: Range) -> Result<Overview, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.overview(&context.asker.actor, context.asker.side, range, context.now).await?)
}
