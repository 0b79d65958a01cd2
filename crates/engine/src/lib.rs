//! The whole of RADAR's detection: bytes become events, events become features, a model turns
//! features into scores, and every score at or above `low` gets its reasons.
//!
//! The engine does no I/O, reads no clock, starts no threads and keeps no global state; bytes, the
//! model and the present time are arguments. So one engine runs in the server, on the command line
//! and in the browser, and gives the same answer in each. Bad input is data here: parsing returns
//! rejects beside events, and nothing that can be sent makes it panic.

pub mod analyze;
mod engine;
mod explain;
pub mod feature;
pub mod model;
pub mod parse;
pub mod random;
pub mod read;
pub mod stream;
pub mod template;
pub mod train;

pub use engine::{Engine, Examined, Weighed};
pub use model::{Manifest, ModelError};
