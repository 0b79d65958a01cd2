//! The server functions, by resource. Each is a public endpoint and a few lines: take the context,
//! call one service, map the error.

mod account;
mod collection;
mod error;
mod explore;
mod graph;
mod history;
mod overview;
mod patterns;
mod searches;
mod session;
#[cfg(feature = "ssr")]
mod ssr;
mod thresholds;
mod tokens;
mod users;

/// Describes the parameters of a server function in the OpenAPI document, which the server alone makes.
/// The browser's half derives something that costs nothing in its place.
#[cfg(not(feature = "ssr"))]
use PartialEq as Documented;
#[cfg(feature = "ssr")]
use utoipa::ToSchema as Documented;

pub use account::{
    ChangePassword, DeleteAccount, LogIn, LogOut, LogOutEverywhere, Register, SetUp, change_password, delete_account, log_in,
    log_out, log_out_everywhere, register, set_up,
};
pub use collection::{ClearCollection, GetKeeping, SetKeeping, clear_collection, get_keeping, set_keeping};
pub use error::ApiError;
pub use explore::{
    Complete, GetEvent, GetEvents, GetFacets, GetPicture, Judge, complete, get_event, get_events, get_facets, get_picture, judge,
};
pub use graph::{GetGraph, get_graph};
pub use history::{GetHistory, get_history};
pub use overview::{GetBreakdown, GetOverview, get_breakdown, get_overview};
pub use patterns::{GetPatterns, MutePattern, RenamePattern, get_patterns, mute_pattern, rename_pattern};
pub use searches::{GetSearches, RemoveSearch, SaveSearch, get_searches, remove_search, save_search};
pub use session::{ChooseSide, ClearSession, GetViewer, choose_side, clear_session, get_viewer};
#[cfg(feature = "ssr")]
pub use ssr::{Assets, ServerContext};
#[cfg(feature = "ssr")]
pub(crate) use ssr::{chart_modules, page_theme, set_not_found, set_page_headers};
pub use thresholds::{GetThresholds, SetThresholds, TryThresholds, get_thresholds, set_thresholds, try_thresholds};
pub use tokens::{CreateToken, GetTokens, RevokeToken, create_token, get_tokens, revoke_token};
pub(crate) use users::PAGE;
pub use users::{GetAccounts, GetAudit, Invite, RemoveUser, SetRole, get_accounts, get_audit, invite, remove_user, set_role};
