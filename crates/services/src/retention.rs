use radar_store::Retention;
use radar_types::Timestamp;

use crate::{Result, Services};

impl Services {
    /// How long the public collection keeps its events from now on, as the program was told at its start.
    pub async fn keep(&self, retention: Retention, now: Timestamp) -> Result<()> {
        self.store.create(&self.collection, now).await?;
        Ok(self.store.set_retention(&self.collection, retention).await?)
    }

    /// Removes what no collection keeps any more, and says how many events that were. The program asks for it from
    /// time to time.
    pub async fn expire(&self, now: Timestamp) -> Result<u64> {
        Ok(self.store.expire(now).await?)
    }
}
