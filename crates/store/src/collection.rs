use std::time::{SystemTime, UNIX_EPOCH};

use radar_types::{CollectionId, Timestamp};

const DAY_MILLIS: i64 = 86_400_000;

/// What is kept of a collection. What goes first are its oldest events, by their own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Events older than so many days go; those from the future count as of now. One that is just so old stays.
    pub days: Option<u32>,
    /// When its events take more, the oldest go, and of equally old ones those that arrived first. By about how many bytes
    /// a store goes over or under is its own.
    pub bytes: Option<u64>,
}

impl Retention {
    /// Events before this time go; [`Timestamp::MIN`] where all stay.
    pub(crate) fn oldest_kept(&self, now: Timestamp) -> Timestamp {
        self.days.map_or(Timestamp::MIN, |days| now.saturating_add_millis(-i64::from(days) * DAY_MILLIS))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionInfo {
    pub id: CollectionId,
    /// By the caller's clock where it was made, by the store's where something was appended.
    pub created: Timestamp,
    pub retention: Retention,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub events: u64,
    /// About what they take in the store.
    pub bytes: u64,
    /// By their own time.
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
}

/// By the clock of this machine.
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::saturating_from_unix_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_back_from_now_as_far_as_time_goes() {
        let time = |millis| Timestamp::from_unix_millis(millis).unwrap();
        for (days, oldest) in
            [(None, Timestamp::MIN), (Some(0), time(5)), (Some(1), time(5 - DAY_MILLIS)), (Some(u32::MAX), Timestamp::MIN)]
        {
            assert_eq!(Retention { days, bytes: None }.oldest_kept(time(5)), oldest, "{days:?}");
        }
    }
}
