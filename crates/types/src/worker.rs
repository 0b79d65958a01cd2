//! Messages between the page and its analysis worker, carried as JSON text.

use serde::{Deserialize, Serialize};

use crate::{Scored, Severity, Timestamp, wire::Reject};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToWorker {
    /// Score the lines of a pasted text. `id` comes back with the answer;
    /// `now` stands in where a line has no time.
    Score { id: u32, text: String, now: Timestamp },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FromWorker {
    /// The worker has loaded its model and listens.
    Ready {
        model: String,
        model_version: String,
    },
    Scored {
        id: u32,
        lines: Vec<ScoredLine>,
        rejects: Vec<Reject>,
    },
    Failed {
        id: u32,
        message: String,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredLine {
    pub severity: Option<Severity>,
    pub scored: Scored,
}
