//! The words every part of RADAR shares: events, ids, times, scores, and the messages that travel
//! between server, browser, worker and collector.
//!
//! This crate is compiled into the page, so it stays small: no model code, no parsing of logs, no
//! I/O. It depends on nothing else of ours.

mod account;
mod event;
pub mod explore;
pub mod graph;
pub mod history;
mod id;
mod number;
pub mod patterns;
pub mod people;
pub mod query;
mod score;
mod severity;
mod span;
pub mod thresholds;
mod time;
pub mod wire;
pub mod worker;

pub use account::{Email, EmailError, Role, Scope, SessionAlias, SessionAliasError, Side};
pub use event::{Event, Level};
pub use id::{CollectionId, CollectionIdError, EventId, EventIdError, TemplateId, TemplateIdError};
pub use number::grouped;
pub use score::{Reason, Score, ScoreState, Scored, Verdict};
pub use severity::{Scale, ScaleError, Severity};
pub use span::{Range, Span, SpanError};
pub use time::{Timestamp, TimestampError};
