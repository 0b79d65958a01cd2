//! How often somebody may try.
//!
//! Each key has a few tries at once, and then one in a while. Only those who tried lately are remembered, and of these
//! only so many: when there are more, those who may try again soonest are forgotten.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use radar_types::Timestamp;

use crate::{Error, Result};

const REMEMBERED_MAX: usize = 20_000;

/// So many at once, and then one each `every`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) at_once: u32,
    pub(crate) every: Duration,
}

/// Cheap to clone; all clones count together.
#[derive(Clone, Default)]
pub(crate) struct Throttle {
    /// When each would have used up all it did, at one each `every`.
    paid_up: Arc<Mutex<HashMap<String, i64>>>,
}

impl Throttle {
    /// Counts a try, or says when to come back.
    pub(crate) fn take(&self, key: &str, rate: Rate, now: Timestamp) -> Result<()> {
        let now = now.unix_millis();
        let every = i64::try_from(rate.every.as_millis()).unwrap_or(i64::MAX);
        let allowance = every.saturating_mul(i64::from(rate.at_once));
        let mut paid_up = self.paid_up.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back lets nobody wait longer than all tries take.
        let from = paid_up.get(key).map_or(now, |until| (*until).clamp(now, now.saturating_add(allowance)));
        let until = from.saturating_add(every);
        let wait = until.saturating_sub(now).saturating_sub(allowance);
        if wait > 0 {
            return Err(Error::too_many(Duration::from_millis(wait.unsigned_abs())));
        }
        if paid_up.len() >= REMEMBERED_MAX && !paid_up.contains_key(key) {
            forget(&mut paid_up, now);
        }
        paid_up.insert(key.to_owned(), until);
        Ok(())
    }

    /// Forgives what was tried: it went well.
    pub(crate) fn forget(&self, key: &str) {
        self.paid_up.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}

fn forget(paid_up: &mut HashMap<String, i64>, now: i64) {
    paid_up.retain(|_, until| *until > now);
    if paid_up.len() >= REMEMBERED_MAX {
        let mut times: Vec<i64> = paid_up.values().copied().collect();
        let (_, middle, _) = times.select_nth_unstable(REMEMBERED_MAX / 2);
        let middle = *middle;
        paid_up.retain(|_, until| *until > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    const RATE: Rate = Rate { at_once: 3, every: Duration::from_secs(10) };

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_700_000_000_000 + seconds * 1000).unwrap()
    }

    fn is_allowed(throttle: &Throttle, key: &str, seconds: i64) -> bool {
        throttle.take(key, RATE, at(seconds)).is_ok()
    }

    #[test]
    fn a_few_at_once_then_one_in_a_while() {
        let throttle = Throttle::default();
        assert!((0..3).all(|_| is_allowed(&throttle, "a", 0)));
        let error = throttle.take("a", RATE, at(0)).unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::TooMany, Some(Duration::from_secs(10))));
        assert!(is_allowed(&throttle, "b", 0), "another one is not concerned");
        assert!(!is_allowed(&throttle, "a", 9));
        assert!(is_allowed(&throttle, "a", 10));
        assert!(!is_allowed(&throttle, "a", 10));
        assert!((0..3).all(|_| is_allowed(&throttle, "a", 1000)));
        assert!(!is_allowed(&throttle, "a", 1000));
        throttle.forget("a");
        assert!(is_allowed(&throttle, "a", 1000));
    }

    #[test]
    fn a_clock_that_is_set_back_shuts_nobody_out_for_long() {
        let throttle = Throttle::default();
        assert!((0..3).all(|_| is_allowed(&throttle, "a", 1_000_000)));
        assert!(!is_allowed(&throttle, "a", 0));
        assert!(throttle.take("a", RATE, at(0)).unwrap_err().retry_after() <= Some(Duration::from_secs(10)));
    }

    #[test]
    fn it_remembers_a_bounded_number_and_the_busiest_of_them() {
        let throttle = Throttle::default();
        assert!((0..3).all(|_| is_allowed(&throttle, "busy", 0)));
        for number in 0..REMEMBERED_MAX * 2 {
            assert!(is_allowed(&throttle, &number.to_string(), 0));
        }
        assert!(throttle.paid_up.lock().unwrap().len() <= REMEMBERED_MAX);
        assert!(!is_allowed(&throttle, "busy", 0));
    }
}
