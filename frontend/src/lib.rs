//! The page's entry into the browser.

// The app's views are nested types, and the compiler looks through all of them.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the document that the server rendered, once the part of the program that its page needs is there.
#[wasm_bindgen]
pub async fn hydrate() {
    console_error_panic_hook::set_once();
    let Some(body) = leptos::prelude::document().body() else { return };
    leptos::mount::hydrate_from_async(body, radar_app::App).await.forget();
    radar_app::hydrated();
}
