use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::people::Keeping;
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// How long the collection in view keeps its events.
#[server(prefix = "/api/fn", endpoint = "keeping", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_keeping() -> Result<Keeping, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.keeping(&context.asker.actor, context.asker.side).await?)
}

/// Changes how long the collection in view keeps its events; 0 is no limit.
#[server(prefix = "/api/fn", endpoint = "set_keeping", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn set_keeping(#[server(default)] days: u32, #[server(default)] megabytes: u32) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let keeping = Keeping::of_form(days, megabytes);
    Ok(context.services.set_keeping(&context.asker.actor, context.asker.side, keeping, context.now).await?)
}

/// Removes every event of the collection in view.
#[server(prefix = "/api/fn", endpoint = "clear_collection", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn clear_collection() -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.clear(&context.asker.actor, context.asker.side, context.now).await?)
}
