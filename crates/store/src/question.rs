use std::time::Duration;

use radar_types::query::{Filter, Order};
use radar_types::{CollectionId, Scale};

use crate::{Cursor, Error, ErrorKind, Result};

/// Whatever is asked for, no answer takes longer.
const DEADLINE_MAX: Duration = Duration::from_secs(30);

/// Which events a question is about.
#[derive(Clone, Debug)]
pub struct Ask {
    pub collection: CollectionId,
    pub filter: Filter,
    pub scale: Scale,
    /// What was found when it has passed is the answer, and says that it is only a part.
    pub deadline: Duration,
}

impl Ask {
    /// About all events of a collection, answered within ten seconds.
    pub fn all(collection: CollectionId, scale: Scale) -> Self {
        Self { collection, filter: Filter::everything(), scale, deadline: Duration::from_secs(10) }
    }

    #[must_use]
    pub fn with(self, filter: Filter) -> Self {
        Self { filter: self.filter.and(filter), ..self }
    }

    pub(crate) fn check(&self) -> Result<()> {
        if !self.filter.is_small_enough() {
            return Err(Error::new(ErrorKind::Invalid, "The question has too many conditions; ask a simpler one."));
        }
        self.scale.check().map_err(|error| Error::new(ErrorKind::Invalid, "The bands of the scale do not rise.").with_source(error))
    }

    pub(crate) fn patience(&self) -> Duration {
        self.deadline.min(DEADLINE_MAX)
    }
}

/// Which page of them.
#[derive(Clone, Debug, Default)]
pub struct PageAsk {
    pub order: Order,
    /// From the page before. Of another order it is [`ErrorKind::Invalid`].
    pub after: Option<Cursor>,
    pub limit: u32,
}

/// An answer, or what was found of it before time was up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Partly<T> {
    pub value: T,
    pub is_partial: bool,
}

impl<T> Partly<T> {
    pub fn whole(value: T) -> Self {
        Self { value, is_partial: false }
    }

    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Partly<U> {
        Partly { value: change(self.value), is_partial: self.is_partial }
    }
}
