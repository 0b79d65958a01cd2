//! The server's surface, asked as a client asks it: real router, real engine, real store.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod analyze;
mod auth_coverage;
#[path = "../../../crates/store/testsuite/database.rs"]
mod database;
mod ingest;
mod live;
mod moving;
mod openapi;
mod outage;
mod pages;
mod program;
mod serving;
mod stream;
mod support;
