use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// Logs the session in.
#[server(prefix = "/api/fn", endpoint = "log_in", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn log_in(email: String, password: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.log_in(&mut session, context.asker.credentials(&email, &password), context.now).await?;
    context.keep(session)
}

/// Ends the session, and its private collection where it has one.
#[server(prefix = "/api/fn", endpoint = "log_out", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn log_out() -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.log_out(&context.asker, context.now).await?)
}

/// Makes an account; it answers the same whether the address was free or not.
#[server(prefix = "/api/fn", endpoint = "register", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn register(email: String, password: String, #[server(default)] invitation: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let credentials = context.asker.credentials(&email, &password);
    Ok(context.services.register(credentials, &invitation, context.now).await?)
}

/// Makes the first administrator, and logs them in.
#[server(prefix = "/api/fn", endpoint = "set_up", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn set_up(email: String, password: String, #[server(default)] code: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    let mut session = context.session()?;
    context.services.set_up(&mut session, context.asker.credentials(&email, &password), &code, context.now).await?;
    context.keep(session)
}

/// Changes the password, and logs out every other session of the account.
#[server(prefix = "/api/fn", endpoint = "change_password", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn change_password(old: String, new: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.change_password(&context.asker, &old, &new, context.now).await?)
}

/// Logs out every session of the account.
#[server(prefix = "/api/fn", endpoint = "log_out_everywhere", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn log_out_everywhere() -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.log_out_everywhere(&context.asker.actor, context.now).await?)
}

/// Removes the account with everything in it.
#[server(prefix = "/api/fn", endpoint = "delete_account", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn delete_account(password: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.delete_account(&context.asker, &password, context.now).await?)
}
