use std::time::Duration;

use radar_types::query::{Filter, Order};
use radar_types::{CollectionId, Scale};

use crate::{BOUNDS_MAX, Cursor, Error, ErrorKind, Result, Stored};

/// Whatever is asked for, no answer takes longer.
const DEADLINE_MAX: Duration = Duration::from_secs(30);

/// Which events a question is about.
#[derive(Clone, Debug)]
pub struct Ask {
    pub collection: CollectionId,
    pub filter: Filter,
    pub scale: Scale,
    /// What was found when it has passed is the answer, and says that it is only a part, even of nothing. Waiting for
    /// others takes of it, too.
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
    /// With 0 the page is empty and the last.
    pub limit: u32,
}

impl PageAsk {
    /// The neighbours of an event in time: those just before it, nearest first.
    pub fn before(event: &Stored, limit: u32) -> Self {
        Self::beside(event, Order::Newest, limit)
    }

    /// Those just after it, nearest first.
    pub fn after(event: &Stored, limit: u32) -> Self {
        Self::beside(event, Order::Oldest, limit)
    }

    fn beside(event: &Stored, order: Order, limit: u32) -> Self {
        Self { order, after: Some(Cursor::at(event, order)), limit }
    }

    pub(crate) fn check(&self) -> Result<()> {
        match self.after {
            Some(cursor) if cursor.order != self.order => {
                Err(Error::new(ErrorKind::Invalid, "The page before was in another order; begin with the first page."))
            }
            _ => Ok(()),
        }
    }
}

/// Whether scores can be counted between these.
pub(crate) fn check_bounds(bounds: &[f32]) -> Result<()> {
    if bounds.len() > BOUNDS_MAX {
        let message = format!("Scores are counted between at most {BOUNDS_MAX} bounds; ask for fewer.");
        return Err(Error::new(ErrorKind::Invalid, message));
    }
    if bounds.iter().any(|bound| bound.is_nan()) || !bounds.is_sorted_by(|a, b| a < b) {
        return Err(Error::new(ErrorKind::Invalid, "The bounds between which scores are counted must rise."));
    }
    Ok(())
}

/// Which of the counts between these bounds is that of a score; none for one that is no number.
pub(crate) fn place_among(bounds: &[f32], score: f32) -> Option<usize> {
    (!score.is_nan()).then(|| bounds.partition_point(|bound| *bound <= score))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_rise_and_are_numbers() {
        for bounds in [&[][..], &[0.5], &[f32::NEG_INFINITY, 0.0, 1.0, f32::INFINITY]] {
            assert!(check_bounds(bounds).is_ok(), "{bounds:?}");
        }
        for bounds in [&[0.5, 0.5][..], &[0.0, -0.0], &[1.0, 0.0], &[f32::NAN], &[0.0, f32::NAN, 1.0], &[0.5; BOUNDS_MAX + 1]] {
            assert_eq!(check_bounds(bounds).unwrap_err().kind(), ErrorKind::Invalid, "{bounds:?}");
        }
    }

    #[test]
    fn a_score_at_a_bound_is_above_it() {
        let bounds = [0.0, 0.5];
        for (score, place) in [(-1.0, 0), (-0.0, 1), (0.49, 1), (0.5, 2), (f32::INFINITY, 2), (f32::NEG_INFINITY, 0)] {
            assert_eq!(place_among(&bounds, score), Some(place), "{score}");
        }
        assert_eq!(place_among(&bounds, f32::NAN), None);
        assert_eq!(place_among(&[], 0.5), Some(0));
    }
}
