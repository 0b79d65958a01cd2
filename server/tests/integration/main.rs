//! The server's surface, asked as a client asks it: real router, real engine, real store.

#![expect(clippy::unwrap_used, reason = "a test that meets an error has failed")]

mod analyze;
mod auth_coverage;
mod ingest;
mod live;
mod outage;
mod pages;
mod stream;
mod support;
