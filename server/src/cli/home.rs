//! Where everything is kept: the one setting that chooses the store.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, ensure};
use radar_store::Store;
use radar_store::embedded::EmbeddedStore;
use radar_store::mongo::{MongoSettings, MongoStore};

#[derive(Clone, Debug, clap::Args)]
pub(super) struct Home {
    /// The folder that holds all data; made when missing
    #[arg(long, default_value = "data", env = "RADAR_DATA_DIR")]
    pub(super) data: PathBuf,
    /// Keep the data in a MongoDB instead, as in mongodb://user:password@host:27017
    #[arg(long, value_name = "URI", env = "MONGO_URI", hide_env_values = true)]
    mongo: Option<String>,
    /// The database there
    #[arg(long, value_name = "NAME", env = "MONGO_DB", default_value = "RADAR")]
    mongo_db: String,
    /// The public collection there
    #[arg(long, value_name = "NAME", env = "MONGO_COLLECTION", default_value = "Event_Logs")]
    mongo_collection: String,
}

impl Home {
    pub(super) async fn open(&self) -> Result<Arc<dyn Store>> {
        Ok(match &self.mongo {
            Some(uri) => {
                let (database, collection) = (self.mongo_db.clone(), self.mongo_collection.clone());
                let settings = MongoSettings { database, collection, ..MongoSettings::new(uri) };
                Arc::new(MongoStore::open(settings).await?)
            }
            None => Arc::new(EmbeddedStore::open(&self.data).await?),
        })
    }

    /// For what is of no use on an empty store: a mistyped folder is not made.
    pub(super) fn check_is_there(&self) -> Result<()> {
        let data = self.data.display();
        ensure!(self.mongo.is_some() || self.data.exists(), "there is no folder {data}; name the one with the data with --data");
        Ok(())
    }

    /// Whether the data are in a folder of this machine.
    pub(super) fn is_folder(&self) -> bool {
        self.mongo.is_none()
    }
}
