use leptos::prelude::*;
use leptos_meta::MetaTags;

use crate::{
    App,
    api::{ServerContext, chart_modules, page_theme, set_page_headers},
    reader::Theme,
};

/// The document around the app. Only the server renders it.
pub fn shell() -> impl IntoView {
    let ServerContext { assets, .. } = expect_context();
    let theme = page_theme().map(Theme::name);
    set_page_headers(&assets);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content="RADAR shows the log lines that are not normal, each with its reason." />
                <meta name="color-scheme" content="light dark" />
                <meta name="radar-wasm" content=assets.frontend_wasm.clone() />
                <meta name="radar-worker" content=format!("{}?wasm={}", assets.worker, assets.worker_wasm) />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.style.clone() />
                {assets.start_modules.iter().map(|module| view! { <link rel="modulepreload" href=module.clone() /> }).collect_view()}
                <script type="module" src=assets.start.clone()></script>
                {chart_modules(&assets)
                    .iter()
                    .map(|module| view! { <link rel="modulepreload" href=module.clone() fetchpriority="low" /> })
                    .collect_view()}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
