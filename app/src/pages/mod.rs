//! One file a route: resources in, components out.

mod analyze;
mod explore;
mod log_in;
mod not_found;
mod overview;
mod register;
mod set_up;
mod settings;

pub(crate) use analyze::Analyze;
pub(crate) use explore::ExplorePage;
pub(crate) use log_in::LogInPage;
pub(crate) use not_found::NotFound;
pub(crate) use overview::OverviewPage;
pub(crate) use register::RegisterPage;
pub(crate) use set_up::SetUpPage;
pub(crate) use settings::SettingsPage;
