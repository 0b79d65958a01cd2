//! The server's surface, asked as a client asks it: real router, real engine, real store.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod accounts;
mod analyze;
mod auth_coverage;
mod bounds;
mod breakdown;
#[path = "../../../crates/store/testsuite/database.rs"]
mod database;
mod explore;
mod feed;
mod ingest;
mod isolation;
mod live;
mod moving;
mod openapi;
mod outage;
mod pages;
mod patterns;
mod people;
mod program;
mod serving;
mod stream;
mod support;
