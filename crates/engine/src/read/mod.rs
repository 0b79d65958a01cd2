//! Any log in: bytes to records, whatever wrote them.
//!
//! A [`Reader`] takes an input in pieces, as they come; it unpacks and decodes it, finds its format
//! and cuts it into [`Block`]s of whole records. Each block is read on its own, so an input is read on
//! any number of threads, in memory that does not grow with it, and always with the same result.
//!
//! Text stays where it is: a [`Record`] borrows from its block whatever needs no unescaping. Nothing
//! here fails on a record: what is not understood is a [`Reject`] with its line, what was expected
//! and what was found.

mod access;
mod assemble;
mod decode;
mod detect;
mod entity;
mod evtx;
mod evtx_bytes;
mod evtx_direct;
mod evtx_json;
mod evtx_plan;
mod evtx_template;
mod evtx_value;
mod format;
mod haproxy;
mod json;
mod json_flat;
mod json_scan;
mod json_shape;
mod level;
mod lines;
mod moment;
mod reader;
mod record;
mod role;
mod service;
mod slow_query;
mod syslog;
mod table;
mod text;
mod time;
mod w3c;
mod windows_event;
mod wrapped;
mod xml;

pub use format::Format;
pub use reader::{Block, Options, Reader, Unreadable};
pub use record::{Assumed, Http, Record, Records, Reject};
pub use role::Role;
pub use table::Columns;
