//! The dashboard. Compiled twice from the same source: under `ssr` the server renders pages with
//! it, under `hydrate` the browser brings them to life.
//!
//! `pages` fetch, `components` display, `api` holds the server functions. What only a browser can
//! do (charts, the live feed, the analysis worker, the reader's zone and theme) is a folder of its
//! own with twin files of one signature, `browser.rs` and `stub.rs`, chosen once in its `mod.rs`.

// A view is one nested type, and the compiler looks through all of it.
#![recursion_limit = "256"]
#![expect(unreachable_pub, reason = "the component macro writes plain `pub` whatever the function's own visibility")]

mod address;
pub mod api;
mod charts;
mod components;
mod dom;
mod form;
mod format;
mod grid;
mod keys;
mod live;
mod pages;
mod reader;
mod scan;
#[cfg(feature = "ssr")]
mod shell;
mod viewer;

#[cfg(feature = "hydrate")]
pub use reader::hydrated;
#[cfg(feature = "ssr")]
pub use shell::shell;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{A, Route, Router, Routes},
    path,
};

use components::ThemeButton;
use pages::{NotFound, PAGES};
use viewer::{ViewerBar, ViewerNotice};

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    reader::provide_zone();
    viewer::provide_viewer();
    view! {
        <Title formatter=|title: String| if title.is_empty() { "RADAR".into() } else { format!("{title} - RADAR") } />
        <Router>
            <a class="skip-link" href="#main">"Skip to the content"</a>
            <header class="top-bar">
                <a class="brand" href="/" aria-label="RADAR, overview">
                    <svg class="brand-mark" viewBox="0 0 24 24" aria-hidden="true">
                        <circle cx="12" cy="12" r="10" />
                        <circle cx="12" cy="12" r="5" />
                        <path d="M12 12 L19 5" />
                    </svg>
                    "RADAR"
                </a>
                <nav aria-label="Pages">
                    {PAGES.iter().map(|page| view! { <A href=page.path exact={page.path == "/"}>{page.name}</A> }).collect_view()}
                </nav>
                <ViewerBar />
                <ThemeButton />
            </header>
            <keys::Keys />
            <ViewerNotice />
            <p class="notice is-warning" data-testid="no-wasm" hidden>
                "This browser runs no WebAssembly, so the overview stays as it was when it was loaded, and lines can't be analyzed. "
                "Any current Firefox, Chrome, Edge or Safari runs it."
            </p>
            <noscript>
                <p class="notice is-warning">
                    "Scripts are off, so the overview stays as it was when it was loaded, and lines can't be analyzed. "
                    "Reload the page to see what came since."
                </p>
            </noscript>
            <main id="main" tabindex="-1">
                <Routes fallback=NotFound>
                    <Route path=path!("/") view={pages::overview()} ssr=SsrMode::Async />
                    <Route path=path!("/explore") view={pages::explore()} ssr=SsrMode::Async />
                    <Route path=path!("/patterns") view={pages::patterns()} ssr=SsrMode::Async />
                    <Route path=path!("/graph") view={pages::graph()} ssr=SsrMode::Async />
                    <Route path=path!("/history") view={pages::history()} ssr=SsrMode::Async />
                    <Route path=path!("/analyze") view={pages::analyze()} ssr=SsrMode::Async />
                    <Route path=path!("/settings") view={pages::settings()} ssr=SsrMode::Async />
                    <Route path=path!("/log-in") view={pages::log_in()} ssr=SsrMode::Async />
                    <Route path=path!("/register") view={pages::register()} ssr=SsrMode::Async />
                    <Route path=path!("/set-up") view={pages::set_up()} ssr=SsrMode::Async />
                </Routes>
            </main>
        </Router>
    }
}
