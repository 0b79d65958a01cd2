use std::time::Duration;

use mongodb::options::{Acknowledgment, ClientOptions, ReadPreference, SelectionCriteria, WriteConcern};
use radar_types::CollectionId;

use crate::{Error, ErrorKind, Result};

/// How long any of the times below may be.
const PATIENCE_MAX: Duration = Duration::from_secs(120);
/// The most connections of one process to one server.
const POOL_MAX: u32 = 1_000;
/// What MongoDB takes as the name of a database.
const DATABASE_BYTES_MAX: usize = 63;

/// Where the database is, and how long to wait for it.
#[derive(Clone)]
pub struct MongoSettings {
    /// `mongodb://` or `mongodb+srv://`, with name and password where there are any. What it says of pools and times counts
    /// before what stands here.
    pub uri: String,
    pub database: String,
    /// The name under which the public collection is there.
    pub collection: String,
    /// For a connection to be made.
    pub connect: Duration,
    /// For a server to be found that can answer; an outage is told after this time.
    pub selection: Duration,
    /// For anything that is no question; questions bring their own deadline.
    pub operation: Duration,
    /// The most connections.
    pub pool: u32,
}

impl MongoSettings {
    pub fn new(uri: impl Into<String>) -> Self {
        Self {
            uri: uri.into(),
            database: "RADAR".into(),
            collection: CollectionId::public().as_str().into(),
            connect: Duration::from_secs(5),
            selection: Duration::from_secs(5),
            operation: Duration::from_secs(30),
            pool: 16,
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let has = |text: &str, refused: &str| text.chars().any(|character| character.is_control() || refused.contains(character));
        if self.database.is_empty() || self.database.len() > DATABASE_BYTES_MAX || has(&self.database, "/\\. \"$*<>:|?") {
            let message = format!("{:?} cannot be the name of a database; give another one.", self.database);
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        CollectionId::new(&self.collection).map(drop).map_err(|cause| {
            let message = format!("{:?} cannot be the name of the public collection; give another one.", self.collection);
            Error::new(ErrorKind::Invalid, message).with_source(cause)
        })
    }

    /// What the driver is told.
    pub(super) async fn options(&self) -> Result<ClientOptions> {
        let mut options = ClientOptions::parse(&self.uri).await?;
        let within =
            |own: Option<Duration>, ours: Duration| Some(own.unwrap_or(ours).clamp(Duration::from_millis(1), PATIENCE_MAX));
        options.connect_timeout = within(options.connect_timeout, self.connect);
        options.server_selection_timeout = within(options.server_selection_timeout, self.selection);
        options.max_pool_size = Some(options.max_pool_size.unwrap_or(self.pool).clamp(1, POOL_MAX));
        options.app_name.get_or_insert_with(|| "radar".into());
        // An acknowledged event is on a majority, and is read from where it was written.
        options.write_concern = Some(WriteConcern::builder().w(Acknowledgment::Majority).w_timeout(self.operation()).build());
        options.selection_criteria = Some(SelectionCriteria::ReadPreference(ReadPreference::Primary));
        Ok(options)
    }

    pub(super) fn operation(&self) -> Duration {
        self.operation.clamp(Duration::from_millis(1), PATIENCE_MAX)
    }
}

/// Without the address, which may hold a password.
impl std::fmt::Debug for MongoSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { uri: _, database, collection, connect, selection, operation, pool } = self;
        f.debug_struct("MongoSettings")
            .field("database", database)
            .field("collection", collection)
            .field("connect", connect)
            .field("selection", selection)
            .field("operation", operation)
            .field("pool", pool)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_database_has_are_refused() {
        let check = |database: &str, collection: &str| {
            MongoSettings { database: database.into(), collection: collection.into(), ..MongoSettings::new("") }.check().is_ok()
        };
        assert!(check("RADAR", "Event_Logs"));
        assert!(check("größe", "logs of all"));
        for database in ["", "a.b", "a$b", "a b", "a\0b", &"x".repeat(64)] {
            assert!(!check(database, "Event_Logs"), "{database}");
        }
        for collection in ["", "$where", "system.users", "Users", "a\0"] {
            assert!(!check("RADAR", collection), "{collection}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let shown = format!("{:?}", MongoSettings::new("mongodb://ann:secret@db.example.org"));
        assert!(!shown.contains("secret") && shown.contains("RADAR"), "{shown}");
    }

    #[tokio::test]
    async fn waiting_is_bounded_whatever_the_address_says() {
        let options = |uri: &'static str| async move { MongoSettings::new(uri).options().await.unwrap() };
        let usual = options("mongodb://127.0.0.1").await;
        assert_eq!((usual.server_selection_timeout, usual.max_pool_size), (Some(Duration::from_secs(5)), Some(16)));
        let long = options("mongodb://127.0.0.1/?serverSelectionTimeoutMS=9999999&maxPoolSize=99999&connectTimeoutMS=7").await;
        assert_eq!((long.server_selection_timeout, long.max_pool_size), (Some(PATIENCE_MAX), Some(POOL_MAX)));
        assert_eq!(long.connect_timeout, Some(Duration::from_millis(7)));
        let broken = MongoSettings::new("http://127.0.0.1").options().await.unwrap_err();
        assert_eq!(broken.kind(), ErrorKind::Invalid);
    }
}
