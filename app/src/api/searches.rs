use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{Span, explore::SavedSearch, query::Order};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// The searches of whoever asks that are about the collection in view.
#[server(prefix = "/api/fn", endpoint = "searches", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_searches() -> Result<Vec<SavedSearch>, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.searches(&context.asker.actor, context.asker.side, context.now).await?)
}

/// Keeps a search, in the place of the one that has the same name.
#[server(prefix = "/api/fn", endpoint = "save_search", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn save_search(
    name: String,
    #[server(default)] question: String,
    span: Span,
    #[server(default)] order: Order,
) -> Result<SavedSearch, ApiError> {
    let context = super::ssr::context();
    let new = radar_services::NewSearch { name, question, span, order };
    Ok(context.services.save_search(&context.asker.actor, context.asker.side, new, context.now).await?)
}

/// Removes a saved search.
#[server(prefix = "/api/fn", endpoint = "remove_search", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn remove_search(id: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.remove_search(&context.asker.actor, &id, context.now).await?)
}
