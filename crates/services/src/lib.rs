//! crates/services
