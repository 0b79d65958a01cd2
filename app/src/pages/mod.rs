//! One file a route: resources in, components out.

mod analyze;
mod not_found;
mod overview;

pub(crate) use analyze::Analyze;
pub(crate) use not_found::NotFound;
pub(crate) use overview::OverviewPage;
