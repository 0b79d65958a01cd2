use radar_types::{CollectionId, Timestamp};

/// What is kept of a collection. What goes first are its oldest events, by their own time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Events older than so many days go; those from the future count as of now.
    pub days: Option<u32>,
    /// When its events take more, the oldest go. By about how many bytes a store goes over or under is its own.
    pub bytes: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionInfo {
    pub id: CollectionId,
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
