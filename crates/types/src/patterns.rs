//! What the page of patterns asks, and what it is answered. A pattern is a template as people see it: with what became of
//! its events, and what they call it.

use serde::{Deserialize, Serialize};

use crate::wire::Tally;
use crate::{TemplateId, Timestamp};

/// Which patterns come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PatternOrder {
    /// The most frequent.
    #[default]
    Count,
    /// The rarest.
    Rarity,
    /// Those with the largest share of anomalies.
    Share,
    /// Those that were seen last.
    Last,
    /// Those that were seen for the first time last.
    First,
}

impl PatternOrder {
    pub const ALL: [Self; 5] = [Self::Count, Self::Rarity, Self::Share, Self::Last, Self::First];

    /// The name it has in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Rarity => "rarity",
            Self::Share => "share",
            Self::Last => "last",
            Self::First => "first",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// Which patterns are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum PatternChoice {
    /// Those of the range of time that nobody muted.
    #[default]
    All,
    /// Those that were seen for the first time within the last day, in the range or not, and that nobody muted.
    New,
    /// Those that somebody muted, in the range or not.
    Muted,
}

impl PatternChoice {
    pub const ALL: [Self; 3] = [Self::All, Self::New, Self::Muted];

    /// The name it has in a URL.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::New => "new",
            Self::Muted => "muted",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Patterns {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Whether time was up before everything was counted.
    pub is_partial: bool,
    /// All events of the range, of any pattern or none.
    pub events: u64,
    /// How many patterns each choice has, whatever was looked for, all, new and muted.
    pub choices: [u64; 3],
    /// How many of the choice were found.
    pub found: u64,
    /// The first of those.
    pub rows: Vec<Pattern>,
    /// Whether nothing here is older than a day: then everything would be new, so nothing is.
    pub is_young: bool,
}

impl Patterns {
    /// The most rows of one answer.
    pub const ROWS_MAX: usize = 200;
    /// For so long a pattern is new.
    pub const NEW_MILLIS: i64 = 24 * 60 * 60 * 1000;
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pattern {
    pub template: TemplateId,
    /// The latest of its messages, with what varies left out.
    pub text: String,
    /// What people call it.
    pub name: Option<String>,
    pub is_muted: bool,
    pub is_new: bool,
    /// Its events within the range.
    pub tally: Tally,
    /// The same over time, in bars of equal width.
    pub trend: Vec<u64>,
    /// Of all its events that are kept; of a muted one there may be none.
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

impl Pattern {
    pub const NAME_CHARACTERS_MAX: usize = 80;
    /// As many as one question can leave out.
    pub const MUTED_MAX: usize = 100;
    /// The most patterns of a collection that have a name or are muted.
    pub const NOTES_MAX: usize = 500;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_and_choices_have_names_of_their_own() {
        for order in PatternOrder::ALL {
            assert_eq!(PatternOrder::from_name(order.name()), Some(order));
            assert_eq!(serde_json::to_value(order).unwrap(), order.name());
        }
        for choice in PatternChoice::ALL {
            assert_eq!(PatternChoice::from_name(choice.name()), Some(choice));
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.name());
        }
        assert_eq!(PatternOrder::from_name("$where"), None);
    }
}
