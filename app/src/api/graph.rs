use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{Span, graph::Graph};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// Who has to do with whom among the events that a question finds, and what is unusual about it.
#[server(prefix = "/api/fn", endpoint = "graph", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_graph(#[server(default)] question: String, span: Span) -> Result<Graph, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.graph(&context.asker.actor, context.asker.side, &question, span, context.now).await?)
}
