//! One file a route: resources in, components out.

mod analyze;
mod explore;
mod graph;
mod history;
mod log_in;
mod not_found;
mod overview;
mod patterns;
mod register;
mod set_up;
mod settings;

pub(crate) use not_found::NotFound;

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use leptos_router::{Lazy, LazyRoute, lazy_route};

/// A page that others lead to.
pub(crate) struct Page {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    /// After `g` it leads there.
    pub(crate) key: &'static str,
}

/// In the order in which they are shown.
pub(crate) const PAGES: [Page; 7] = [
    Page { path: "/", name: "Overview", key: "o" },
    Page { path: "/explore", name: "Explore", key: "e" },
    Page { path: "/patterns", name: "Patterns", key: "p" },
    Page { path: "/graph", name: "Graph", key: "g" },
    Page { path: "/history", name: "History", key: "h" },
    Page { path: "/analyze", name: "Analyze", key: "a" },
    Page { path: "/settings", name: "Settings", key: "s" },
];

/// Makes of a page a part of the program that is fetched when somebody goes there. The part is known by the name of the
/// route, from which the build takes that of the page: `SetUpRoute` is the part `set-up`. The server has all parts.
macro_rules! lazy_pages {
    ($($route:ident is $view:ident and shows $page:path,)*) => { $(
        #[cfg(feature = "hydrate")]
        pub(crate) struct $route;

        #[cfg(feature = "hydrate")]
        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_route: Self) -> AnyView {
                $page().into_any()
            }
        }

        #[cfg(feature = "hydrate")]
        pub(crate) fn $view() -> Lazy<$route> {
            Lazy::new()
        }

        #[cfg(not(feature = "hydrate"))]
        pub(crate) fn $view() -> fn() -> AnyView {
            || $page().into_any()
        }
    )* };
}

lazy_pages! {
    OverviewRoute is overview and shows overview::OverviewPage,
    ExploreRoute is explore and shows explore::ExplorePage,
    PatternsRoute is patterns and shows patterns::PatternsPage,
    GraphRoute is graph and shows graph::GraphPage,
    HistoryRoute is history and shows history::HistoryPage,
    AnalyzeRoute is analyze and shows analyze::Analyze,
    LogInRoute is log_in and shows log_in::LogInPage,
    RegisterRoute is register and shows register::RegisterPage,
    SettingsRoute is settings and shows settings::SettingsPage,
    SetUpRoute is set_up and shows set_up::SetUpPage,
}
