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
use leptos_router::{LazyRoute, lazy_route};

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
/// route, from which the build takes that of the page: `SetUpRoute` is the part `set-up`.
macro_rules! lazy_pages {
    ($($route:ident shows $page:path,)*) => { $(
        pub(crate) struct $route;

        #[lazy_route]
        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            fn view(_route: Self) -> AnyView {
                $page().into_any()
            }
        }
    )* };
}

lazy_pages! {
    OverviewRoute shows overview::OverviewPage,
    ExploreRoute shows explore::ExplorePage,
    PatternsRoute shows patterns::PatternsPage,
    GraphRoute shows graph::GraphPage,
    HistoryRoute shows history::HistoryPage,
    AnalyzeRoute shows analyze::Analyze,
    LogInRoute shows log_in::LogInPage,
    RegisterRoute shows register::RegisterPage,
    SettingsRoute shows settings::SettingsPage,
    SetUpRoute shows set_up::SetUpPage,
}
