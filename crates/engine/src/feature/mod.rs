//! Events to numbers. A schema is a list of features under a name and version; a model names the
//! one it was trained on and reads no other.

pub(crate) mod event;
mod facts;
mod portable;
pub(crate) mod table;
mod words;

pub(crate) use facts::{AddressClass, Facts};
pub(crate) use words::Topic;
