use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::history::History;
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// How many events and anomalies each hour of the past year has. Hours begin so many minutes past those of UTC.
#[server(prefix = "/api/fn", endpoint = "history", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_history(#[server(default)] minutes_past: i64) -> Result<History, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.history(&context.asker.actor, context.asker.side, minutes_past, context.now).await?)
}
