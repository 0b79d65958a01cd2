//! One test binary for all stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod crash;
mod embedded;
mod memory;
#[cfg(feature = "mongo")]
mod mongo;
#[cfg(feature = "mongo")]
mod mongo_outage;
#[cfg(feature = "mongo")]
mod mongo_server;
#[cfg(feature = "mongo")]
mod mongo_shared;
#[path = "../../testsuite/mod.rs"]
mod testsuite;
