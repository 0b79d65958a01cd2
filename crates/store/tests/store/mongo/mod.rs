//! The store in MongoDB: the suite, and what only a database of many programs has.

mod outage;
mod shared;
mod users;

use async_trait::async_trait;
use radar_store::Store;

use crate::database::TestDatabase;
use crate::testsuite::{Home, store_testsuite};

store_testsuite!(home);

fn home() -> Option<TestDatabase> {
    TestDatabase::new()
}

#[async_trait]
impl Home for TestDatabase {
    async fn open(&self) -> Box<dyn Store> {
        Box::new(self.store().await)
    }
}
