//! The page's entry into the browser.

// The app's views are nested types, and the compiler looks through all of them.
#![recursion_limit = "256"]

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the document that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(radar_app::App);
}
