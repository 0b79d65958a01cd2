//! The engine inside a browser worker: text comes from the page as a message, scored lines go back,
//! and nothing leaves the browser.
//!
//! The glue that a worker needs around this (`js/worker.js`) holds no logic.

mod analyst;

use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use analyst::Analyst;

/// What the worker's script holds. Messages are the JSON of [`radar_types::worker`].
#[wasm_bindgen]
pub struct Worker {
    analyst: Analyst,
}

#[wasm_bindgen]
impl Worker {
    /// Loads the model; the error is a sentence for the page.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Worker, JsError> {
        Ok(Self { analyst: Analyst::new()? })
    }

    /// The message to send before any other.
    pub fn ready(&self) -> String {
        self.analyst.ready()
    }

    /// Answers one message of the page.
    pub fn handle(&self, message: &str) -> String {
        self.analyst.handle(message)
    }
}
