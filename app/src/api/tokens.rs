use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::people::TokenInfo;
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// The tokens for the collection in view.
#[server(prefix = "/api/fn", endpoint = "tokens", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_tokens() -> Result<Vec<TokenInfo>, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.tokens(&context.asker.actor, context.asker.side, context.now).await?)
}

/// Makes a token; the answer is its secret, shown this once. With 0 `days` it does not end by itself.
#[server(prefix = "/api/fn", endpoint = "create_token", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn create_token(
    name: String,
    #[server(default)] may_send: bool,
    #[server(default)] may_read: bool,
    #[server(default)] days: u32,
) -> Result<String, ApiError> {
    let context = super::ssr::context();
    let new = radar_types::people::NewToken::of_form(name, may_send, may_read, days, context.now);
    Ok(context.services.create_token(&context.asker.actor, context.asker.side, new, context.now).await?)
}

/// Revokes a token at once.
#[server(prefix = "/api/fn", endpoint = "revoke_token", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn revoke_token(id: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.revoke_token(&context.asker.actor, context.asker.side, &id, context.now).await?)
}
