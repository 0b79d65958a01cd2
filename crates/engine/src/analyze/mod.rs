//! From records to verdicts, for one kind of record each: what is learned from an input, and what is
//! said of its records afterwards.
//!
//! All of them have one shape. `summarise` reads some records and may run on any thread; `absorb`
//! takes the summaries in the order of the input, `settle` ends the learning, and `judge` reads
//! records again, on any thread. So the result does not depend on how many threads there were.

mod analysis;
mod calibration;
mod lines;
mod map;
mod method;
mod part;
pub mod requests;
mod samples;
mod seen;
mod sessions;
mod slot;
mod tables;
mod tally;
mod trouble;

use radar_types::Reason;

use crate::template::TemplateId;

pub(crate) use calibration::Calibration;
pub(crate) use part::shown;
pub(crate) use seen::{NAMED, Sight, beginning, hash, network, read, words};

pub use analysis::{Analysis, Kind, Learned, Learner, Settings};
pub use lines::{Lines, Summary as LinesSummary};
pub use method::{Fit, Method, MethodError, Model};
pub use requests::{Requests, Summary as RequestsSummary};
pub use sessions::{Group, GroupError, SessionVerdict, Sessions, Summary as SessionsSummary};
pub use tables::{Summary as TablesSummary, Tables};

/// What is said of one record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// From 0 to 1, on the scale of the model that was asked for.
    pub score: f32,
    /// The model's own value; of novelty and the ensemble about how many bits more surprising a record is than one of no
    /// interest.
    pub raw: f32,
    pub template: Option<TemplateId>,
    /// Strongest first. There is one wherever the score is low or above.
    pub reasons: Vec<Reason>,
}

/// Where the `ensemble` scale begins: below it nothing is said.
pub(crate) const LOW: f32 = 0.5;
