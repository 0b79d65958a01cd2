use crate::{CollectionInfo, Stats};

/// What somebody who looks after a store has to know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What it is and in which version.
    pub store: String,
    /// Where it is, without any secret.
    pub place: String,
    pub collections: Vec<Inspected>,
    /// What is wrong, as sentences; nothing is as it should be.
    pub complaints: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    pub info: CollectionInfo,
    pub stats: Stats,
    pub indexes: Vec<String>,
    /// Documents that are no events.
    pub unfit: u64,
    /// The first of them; [`Inspected::UNFIT_SHOWN`] at most.
    pub unfit_shown: Vec<Unfit>,
}

impl Inspected {
    pub const UNFIT_SHOWN: usize = 10;
}

/// A document that is no event, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfit {
    pub id: String,
    pub why: String,
}
