use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{Span, wire::Overview};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// What the first page shows of a range of time.
#[server(prefix = "/api/fn", endpoint = "overview", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_overview(range: Span) -> Result<Overview, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.overview(&context.asker.actor, context.asker.side, range, context.now).await?)
}
