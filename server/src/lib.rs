//! The program `radar`: the command line, the HTTP server, and what they need to run.
//!
//! Rules about who may do what live in `radar-services`; this crate turns requests into calls and
//! answers into responses.

// Leptos's views are nested types, and the compiler looks through all of them.
#![recursion_limit = "256"]

pub mod cli;
mod config;
mod csv;
mod demo;
mod eval;
mod generate;
pub mod http;
mod models;
mod state;
mod training;
mod transfer;

pub use config::{Door, IngestRule};
pub use state::AppState;
