//! The server functions, by resource. Each is a public endpoint and three lines: take the context,
//! call one service, map the error.

mod error;
mod overview;
#[cfg(feature = "ssr")]
mod ssr;

pub use error::ApiError;
pub use overview::{GetOverview, get_overview};
#[cfg(feature = "ssr")]
pub use ssr::{Assets, ServerContext};
#[cfg(feature = "ssr")]
pub(crate) use ssr::{page_theme, set_not_found, set_page_headers};
