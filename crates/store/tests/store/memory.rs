//! The store in memory: the suite, which finds the mistakes of the suite.

use async_trait::async_trait;
use radar_store::Store;
use radar_store::memory::MemoryStore;

use crate::testsuite::{Home, store_testsuite};

store_testsuite!(home);

struct Kept(MemoryStore);

#[expect(clippy::unnecessary_wraps, reason = "other homes are not on every machine")]
fn home() -> Option<Kept> {
    Some(Kept(MemoryStore::new()))
}

#[async_trait]
impl Home for Kept {
    async fn open(&self) -> Box<dyn Store> {
        Box::new(self.0.reopen())
    }
}
