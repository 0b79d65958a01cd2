//! The server functions, by resource. Each is a public endpoint and three lines: take the context,
//! call one service, map the error.

mod error;
mod overview;
#[cfg(feature = "ssr")]
mod ssr;

/// Describes the parameters of a server function in the OpenAPI document, which the server alone makes.
/// The browser's half derives something that costs nothing in its place.
#[cfg(not(feature = "ssr"))]
use PartialEq as Documented;
#[cfg(feature = "ssr")]
use utoipa::ToSchema as Documented;

pub use error::ApiError;
pub use overview::{GetOverview, get_overview};
#[cfg(feature = "ssr")]
pub use ssr::{Assets, ServerContext};
#[cfg(feature = "ssr")]
pub(crate) use ssr::{page_theme, set_not_found, set_page_headers};
