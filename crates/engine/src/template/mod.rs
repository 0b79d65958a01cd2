//! The constant text of a family of messages, found without being told.
//!
//! A message is cut into tokens and what plainly varies (numbers, addresses, ids, paths, times) is
//! masked; the hash of what is left is its *signature*. Most logs have few signatures, so almost every
//! line is one pass over its bytes and one look-up. A new signature is held against the templates of
//! the same length and beginning, and joins those it differs from in a place where many words were
//! seen already: the idea of Drain (He et al., 2017), but a place becomes a slot on evidence, not at
//! the first difference, so `read failed` and `write failed` stay two templates.
//!
//! A template's id is the hash of its first text. It keeps that id when it grows more slots, so what
//! was said of a template yesterday is said of the same one today.

mod classify;
mod masks;
mod miner;
mod token;

pub use classify::Kind;
pub use masks::{MaskError, Masks};
pub use miner::Miner;
/// The hash of a template's first text, for as long as it lives.
pub use radar_types::TemplateId;
pub(crate) use token::{Hash, hash_token};
pub use token::{Token, masked, signature, tokens};
