use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::explore::{EventDetail, EventPage, Facet, FacetValue, Picture};
use radar_types::query::Order;
use radar_types::{Span, Verdict, wire::Seq};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// How many events a question finds, and when.
#[server(prefix = "/api/fn", endpoint = "picture", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_picture(#[server(default)] question: String, span: Span) -> Result<Picture, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.picture(&context.asker.actor, context.asker.side, &question, span, context.now).await?)
}

/// What the events that a question finds are made of, field by field.
#[server(prefix = "/api/fn", endpoint = "facets", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_facets(#[server(default)] question: String, span: Span) -> Result<Vec<Facet>, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.facets(&context.asker.actor, context.asker.side, &question, span, context.now).await?)
}

/// Events that a question finds; `after` is the `next` of the part before, and `limit` counts up to 500.
#[server(prefix = "/api/fn", endpoint = "events", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_events(
    #[server(default)] question: String,
    span: Span,
    #[server(default)] order: Order,
    after: Option<String>,
    limit: u32,
) -> Result<EventPage, ApiError> {
    let context = super::ssr::context();
    let part = radar_services::EventPart { order, after: after.as_deref(), limit };
    Ok(context.services.events(&context.asker.actor, context.asker.side, &question, span, part, context.now).await?)
}

/// Everything about one event.
#[server(prefix = "/api/fn", endpoint = "event", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_event(seq: Seq) -> Result<EventDetail, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.event(&context.asker.actor, context.asker.side, seq).await?)
}

/// Keeps what somebody says of an event; without a verdict, takes back what was said.
#[server(prefix = "/api/fn", endpoint = "judge", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn judge(seq: Seq, verdict: Option<Verdict>) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.judge(&context.asker.actor, context.asker.side, seq, verdict).await?)
}

/// What a question may go on with: values of a field that begin with or hold `start`, or without a field, names of fields.
#[server(prefix = "/api/fn", endpoint = "complete", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn complete(
    span: Span,
    #[server(default)] field: String,
    #[server(default)] start: String,
) -> Result<Vec<FacetValue>, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.complete(&context.asker.actor, context.asker.side, span, &field, &start, context.now).await?)
}
