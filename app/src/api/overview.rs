use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{
    Span,
    wire::{Breakdown, Overview},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// What the first page shows of a range of time.
#[server(prefix = "/api/fn", endpoint = "overview", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_overview(range: Span) -> Result<Overview, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.overview(&context.asker.actor, context.asker.side, range, context.now).await?)
}

/// What the events of a range of time are made of, and where its anomalies are.
#[server(prefix = "/api/fn", endpoint = "breakdown", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_breakdown(range: Span) -> Result<Breakdown, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.breakdown(&context.asker.actor, context.asker.side, range, context.now).await?)
}
