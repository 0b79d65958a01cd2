//! Where a page ended: the place of its last event in the order of the question.

use std::fmt;
use std::str::FromStr;

use radar_types::Timestamp;
use radar_types::query::Order;
use radar_types::wire::Seq;
use thiserror::Error;

use crate::Stored;

/// Travels as text that means nothing to clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(crate) order: Order,
    pub(crate) place: Place,
    /// Of the order by rarity: what arrived later is neither counted nor found, so that pages join.
    pub(crate) until: Seq,
}

/// The place of an event in an order; smaller ones come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// By score or rarity; 0 in the orders of time.
    rank: u64,
    time: i64,
    seq: i64,
}

impl Place {
    /// `count` is how many of the found events have the same template, in the order by rarity; [`u64::MAX`] without one.
    pub(crate) fn of(order: Order, stored: &Stored, count: u64) -> Self {
        let score = stored.scored.score.score().map(|score| score.calibrated);
        Self::new(order, stored.scored.event.timestamp.unix_millis(), stored.seq, score, count)
    }

    pub(crate) fn new(order: Order, unix_millis: i64, seq: Seq, calibrated: Option<f32>, count: u64) -> Self {
        let seq = seq.0.cast_signed();
        match order {
            Order::Oldest => Self { rank: 0, time: unix_millis, seq },
            Order::Newest => Self { rank: 0, time: -unix_millis, seq: -seq },
            Order::Score => {
                Self { rank: calibrated.filter(|score| !score.is_nan()).map_or(u64::MAX, falling), time: -unix_millis, seq: -seq }
            }
            Order::Rarity => Self { rank: count, time: -unix_millis, seq: -seq },
        }
    }

    pub(crate) fn unix_millis(&self, order: Order) -> i64 {
        if order == Order::Oldest { self.time } else { -self.time }
    }
}

impl Cursor {
    /// In which it is a place.
    pub fn order(&self) -> Order {
        self.order
    }

    /// At an event, in an order of time.
    pub(crate) fn at(event: &Stored, order: Order) -> Self {
        Self { order, place: Place::of(order, event, 0), until: Seq(u64::MAX) }
    }
}

/// The parts of a place, for a database that compares them itself.
#[cfg(feature = "mongo")]
impl Place {
    pub(crate) fn rank(&self) -> u64 {
        self.rank
    }

    pub(crate) fn seq(&self, order: Order) -> i64 {
        if order == Order::Oldest { self.seq } else { -self.seq }
    }
}

/// Numbers in the order of falling scores.
fn falling(score: f32) -> u64 {
    // Adding zero makes zeros of both signs one.
    let bits = (score + 0.0).to_bits();
    let rising = if bits >> 31 == 1 { !bits } else { bits | 1 << 31 };
    u64::from(!rising)
}

fn is_time(order: Order, time: i64) -> bool {
    let unix_millis = if order == Order::Oldest { Some(time) } else { time.checked_neg() };
    unix_millis.and_then(Timestamp::from_unix_millis).is_some()
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = match self.order {
            Order::Newest => 'n',
            Order::Oldest => 'o',
            Order::Score => 's',
            Order::Rarity => 'r',
        };
        let Place { rank, time, seq } = self.place;
        write!(f, "{order}.{rank}.{time}.{seq}.{}", self.until.0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("this is no place to go on from; begin with the first page")]
pub struct CursorError;

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let mut parts = text.split('.');
        let order = match parts.next() {
            Some("n") => Order::Newest,
            Some("o") => Order::Oldest,
            Some("s") => Order::Score,
            Some("r") => Order::Rarity,
            _ => return Err(CursorError),
        };
        let mut number = || parts.next().ok_or(CursorError)?.parse::<i128>().map_err(|_| CursorError);
        let (rank, time, seq, until) = (number()?, number()?, number()?, number()?);
        if parts.next().is_some() {
            return Err(CursorError);
        }
        let has_rank = matches!(order, Order::Score | Order::Rarity);
        let place = Place {
            rank: rank.try_into().ok().filter(|rank| has_rank || *rank == 0).ok_or(CursorError)?,
            // A time that events can have, so that stores can count with it.
            time: i64::try_from(time).ok().filter(|time| is_time(order, *time)).ok_or(CursorError)?,
            // So that it does not change its sign into nothing.
            seq: i64::try_from(seq).ok().filter(|seq| *seq != i64::MIN).ok_or(CursorError)?,
        };
        Ok(Self { order, place, until: Seq(until.try_into().map_err(|_| CursorError)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_travel_as_text() {
        for order in [Order::Newest, Order::Oldest, Order::Score, Order::Rarity] {
            let cursor = Cursor { order, place: Place::new(order, -5, Seq(7), Some(0.5), 3), until: Seq(9) };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
            assert_eq!(cursor.place.unix_millis(order), -5);
        }
        for text in [
            "",
            "n",
            "n.1.2.3",
            "n.1.2.3.4.5",
            "x.1.2.3.4",
            "n.-1.2.3.4",
            "n.1.-9223372036854775808.3.4",
            "n.1.3.-9223372036854775808.4",
            "n.a.b.c.d",
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(CursorError), "{text}");
        }
    }

    #[test]
    fn a_cursor_has_a_time_that_events_can_have() {
        for (order, sign) in [("n", -1), ("o", 1), ("s", -1), ("r", -1)] {
            for time in [Timestamp::MIN, Timestamp::MAX] {
                assert!(format!("{order}.0.{}.0.0", sign * time.unix_millis()).parse::<Cursor>().is_ok(), "{order} {time}");
            }
            for time in [Timestamp::MIN.unix_millis() - 1, Timestamp::MAX.unix_millis() + 1, i64::MAX, i64::MIN + 1] {
                assert_eq!(format!("{order}.0.{}.0.0", sign * time).parse::<Cursor>(), Err(CursorError), "{order} {time}");
            }
        }
    }

    #[test]
    fn higher_scores_come_first_and_no_score_last() {
        let place = |score| Place::new(Order::Score, 0, Seq(1), score, 0);
        let order = [f32::INFINITY, 2.0, 1.0, 0.5, 0.0, -0.0, -1.0, f32::NEG_INFINITY].map(|score| place(Some(score)));
        assert!(order.is_sorted());
        assert!(place(Some(f32::NEG_INFINITY)) < place(None));
        assert_eq!(place(Some(f32::NAN)), place(None));
        assert_eq!(place(Some(-f32::NAN)), place(None));
        assert_eq!(place(Some(-0.0)), place(Some(0.0)));
    }
}
