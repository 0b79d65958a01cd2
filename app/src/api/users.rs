use leptos::{prelude::*, server_fn::codec::GetUrl};
use radar_types::{
    Role,
    people::{AccountInfo, AuditPage},
};
use serde::{Deserialize, Serialize};

use super::{ApiError, Documented};

/// How many come at once.
pub(crate) const PAGE: u32 = 100;

/// Accounts by address, after one.
#[server(prefix = "/api/fn", endpoint = "accounts", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_accounts(#[server(default)] after: String) -> Result<Vec<AccountInfo>, ApiError> {
    let context = super::ssr::context();
    let after = Some(&*after).filter(|after| !after.is_empty());
    Ok(context.services.accounts(&context.asker.actor, after, PAGE, context.now).await?)
}

/// Changes what an account may do.
#[server(prefix = "/api/fn", endpoint = "set_role", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn set_role(email: String, role: Role) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.set_role(&context.asker.actor, &email, role, context.now).await?)
}

/// Removes an account with everything in it.
#[server(prefix = "/api/fn", endpoint = "remove_user", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn remove_user(email: String) -> Result<(), ApiError> {
    let context = super::ssr::context();
    Ok(context.services.remove_user(&context.asker.actor, &email, context.now).await?)
}

/// Makes the secret of an invitation, shown this once.
#[server(prefix = "/api/fn", endpoint = "invite", input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn invite(role: Role) -> Result<String, ApiError> {
    let context = super::ssr::context();
    Ok(context.services.invite(&context.asker.actor, role, context.now).await?)
}

/// Who did what, latest first, from a place on.
#[server(prefix = "/api/fn", endpoint = "audit", input = GetUrl, input_derive = (Clone, Serialize, Deserialize, Documented))]
pub async fn get_audit(#[server(default)] after: String) -> Result<AuditPage, ApiError> {
    let context = super::ssr::context();
    let after = Some(&*after).filter(|after| !after.is_empty());
    Ok(context.services.audit(&context.asker.actor, after, PAGE, context.now).await?)
}
