//! Events to numbers. A schema is a list of features under a name and version; a model names the
//! one it was trained on and reads no other.

pub(crate) mod column;
pub(crate) mod event;
mod facts;
pub mod http;
pub(crate) mod line;
mod portable;
pub(crate) mod request;
pub(crate) mod row;
mod schema;
pub(crate) mod table;
mod words;

pub(crate) use facts::{AddressClass, Facts, Subject, is_response};
pub use schema::Schema;
pub(crate) use words::{Found, Topic};

/// The logarithm to base 2 of a positive number, alike on every platform.
pub(crate) fn log2(x: f32) -> f32 {
    portable::log2(f64::from(x).max(f64::MIN_POSITIVE)) as f32
}

/// The natural one.
pub(crate) fn ln(x: f32) -> f32 {
    log2(x) * std::f32::consts::LN_2
}
