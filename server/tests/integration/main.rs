//! The server's surface, asked as a client asks it: real router, real engine, real store.

mod auth_coverage;
mod ingest;
mod live;
mod outage;
mod pages;
mod support;
