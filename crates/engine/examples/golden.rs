//! What reads the samples of `tests/golden.rs` in WebAssembly: `cargo xtask test samples` compiles it for
//! the browser's target, has Node run it, and compares what it says with what is expected.
#![cfg(all(target_arch = "wasm32", target_os = "unknown"))]

#[path = "../tests/golden/describe.rs"]
mod describe;

use wasm_bindgen::prelude::wasm_bindgen;

/// Reads an input in pieces of a length.
#[wasm_bindgen]
pub fn described(bytes: &[u8], piece_bytes: usize) -> String {
    describe::describe(bytes, piece_bytes)
}
