//! One test binary for all stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod backup;
mod crash;
#[cfg(feature = "mongo")]
#[path = "../../testsuite/database.rs"]
mod database;
mod embedded;
mod format;
mod full;
mod memory;
#[cfg(feature = "mongo")]
mod mongo;
#[path = "../../testsuite/mod.rs"]
mod testsuite;
