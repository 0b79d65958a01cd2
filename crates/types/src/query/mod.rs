//! What can be asked of events: a small tree of conditions, read from a line of text or built by a
//! page, and answered by every store in the same way. [`Filter::matches`] says what each condition
//! means; a store may find the events however it likes.

mod edit;
mod exact;
mod matching;
mod parse;
mod words;

use serde::{Deserialize, Serialize};

use crate::{Level, Severity, Timestamp, Verdict};

pub use edit::{has, with, without};
pub use exact::term;
pub use matching::Candidate;
pub use parse::{ParseError, parse};
pub use words::{WORD_BYTES_MAX, words};

/// The times from `from` up to, but not including, `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Period {
    pub fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time < self.to
    }
}

/// Which events are meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Every one of these holds. Of nothing: every event.
    All(Vec<Filter>),
    /// One of these holds at least. Of nothing: no event.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Time(Period),
    /// In one of these bands, on the scale of the question. An event without a score is in none.
    Severity(Vec<Severity>),
    /// With a calibrated score from the first up to and including the second.
    Score(f32, f32),
    State(Vec<State>),
    Level(Vec<Level>),
    /// With exactly this value, letter for letter.
    Is(Field, String),
    /// With one of these verdicts.
    Verdict(Vec<Verdict>),
    Text(Text),
}

impl Filter {
    /// A deeper or larger tree is refused by every store.
    pub const DEPTH_MAX: usize = 16;
    pub const NODES_MAX: usize = 256;

    pub fn everything() -> Self {
        Self::All(Vec::new())
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut all) => {
                all.push(other);
                Self::All(all)
            }
            one => Self::All(vec![one, other]),
        }
    }

    /// Whether a store has to answer it.
    pub fn is_small_enough(&self) -> bool {
        fn count(filter: &Filter, depth: usize, nodes: &mut usize) -> bool {
            *nodes += 1;
            let mut each = |inner: &[Filter]| inner.iter().all(|inner| count(inner, depth + 1, nodes));
            depth <= Filter::DEPTH_MAX
                && match filter {
                    Filter::All(inner) | Filter::Any(inner) => each(inner),
                    Filter::Not(inner) => each(std::slice::from_ref(inner)),
                    Filter::Text(text) => {
                        *nodes += text.words.len();
                        true
                    }
                    _ => true,
                }
                && *nodes <= Filter::NODES_MAX
        }
        count(self, 1, &mut 0)
    }
}

/// Words that follow each other somewhere in a text of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Where to look: the name of a column or of one of the event's own fields, in any case. Without one, in the
    /// message, host, source, user, address, channel, and the values of all fields.
    pub field: Option<String>,
    /// As [`words`] gives them. Nothing has no words, so it finds nothing.
    pub words: Vec<String>,
    /// Whether the last is only the beginning of one.
    pub is_prefix: bool,
}

/// What of an event can be counted by its values, or asked for exactly.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Host,
    Source,
    User,
    Address,
    Channel,
    Os,
    Collector,
    /// One of the names of [`Level`].
    Level,
    /// A [`TemplateId`](crate::TemplateId), as it travels.
    Template,
    /// One of the names of [`Verdict`].
    Verdict,
    /// One of the event's own fields, letter for letter.
    Named(String),
}

/// Whether there is a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    NotScored,
    Failed,
    Scored,
}

/// Which events come first. Events alike in that come in the order of time, newest first, and of equal
/// time the latest arrival first (with the oldest first, the other way round).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Order {
    #[default]
    Newest,
    Oldest,
    /// Highest calibrated score first; events without a score, or with one that is no number, last.
    Score,
    /// Of the template that fewest of the found events have first; events without a template last.
    Rarity,
}
