use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::wire::{Overview, Range};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// What the first page shows, for a range of time that ends now.
#[server(prefix = "/api/fn", endpoint = "overview", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_overview(range: Range) -> Result<Overview, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.overview(&context.asker.actor, context.asker.side, range, context.now).await?)
}
