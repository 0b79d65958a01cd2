use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::patterns::{PatternChoice, PatternOrder, Patterns};
use radar_types::{Span, TemplateId};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// The patterns of the collection in view; `find` is a question about their events, or part of their names.
#[server(prefix = "/api/fn", endpoint = "patterns", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_patterns(
    span: Span,
    #[server(default)] find: String,
    #[server(default)] choice: PatternChoice,
    #[server(default)] order: PatternOrder,
) -> Result<Patterns, ApiError> {
    let context = super::ssr::context();
    let question = radar_services::PatternQuestion { span, find: &find, choice, order };
    Ok(context.services.patterns(&context.asker.actor, context.asker.side, question, context.now).await?)
}

/// Gives a pattern a name; an empty one takes it away.
#[server(prefix = "/api/fn", endpoint = "rename_pattern", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn rename_pattern(template: TemplateId, #[server(default)] name: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.rename_pattern(&context.asker.actor, context.asker.side, template, &name, context.now).await?)
}

/// Says whether a pattern is no news.
#[server(prefix = "/api/fn", endpoint = "mute_pattern", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn mute_pattern(template: TemplateId, is_muted: bool) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.mute_pattern(&context.asker.actor, context.asker.side, template, is_muted, context.now).await?)
}
