use std::collections::BTreeMap;

use radar_types::wire::Seq;
use radar_types::{CollectionId, Event, ScoreState, Scored, Timestamp};

use super::*;
use crate::embedded::{EmbeddedStore, Repair, Rounds};
use crate::{PAGE_EVENTS_MAX, Store};

fn scored(number: i64) -> Scored {
    let event = Event {
        timestamp: Timestamp::saturating_from_unix_millis(1_772_000_000_000 + number),
        hostname: "host".into(),
        source: "source".into(),
        os_type: "Linux".into(),
        level: "Info".into(),
        message: format!("message {number}"),
        collector: "test".into(),
        record_id: Some(number.to_string()),
        channel: None,
        user: None,
        address: None,
        fields: BTreeMap::new(),
    };
    Scored { id: event.id(0), event, score: ScoreState::NotScored, reasons: vec![], template: None }
}

/// A folder whose events are in an index, in one piece for each batch.
async fn filled(batches: i64) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for batch in 0..batches {
        let store = EmbeddedStore::open_with(home.path(), Rounds { events: 1 }).await.unwrap();
        store.append(&CollectionId::public(), (batch * 100..batch * 100 + 100).map(scored).collect()).await.unwrap();
        store.close().await.unwrap();
    }
    home
}

async fn count(folder: &Path) -> Result<usize> {
    let store = EmbeddedStore::open(folder).await?;
    let page = store.tail(&CollectionId::public(), Seq(0), PAGE_EVENTS_MAX).await.map(|page| page.len());
    store.close().await?;
    page
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 0x55;
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_whole_folder_has_nothing_to_repair() {
    let home = filled(2).await;
    assert_eq!(EmbeddedStore::repair(home.path()).await.unwrap(), Repair::default());
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let inspection = store.inspect().await.unwrap();
    assert_eq!((inspection.complaints, inspection.collections[0].stats.events), (vec![], 200));
    store.close().await.unwrap();
}

#[tokio::test]
async fn of_a_damaged_database_stays_what_can_be_read() {
    let home = filled(1).await;
    let database = home.path().join(DATABASE);
    let length = fs::metadata(&database).unwrap().len() as usize;
    // The last page is of some table or index; the first says what the file is.
    for at in (4096..length).step_by(4096) {
        flip(&database, at);
    }
    assert_eq!(count(home.path()).await.unwrap_err().kind(), ErrorKind::Damaged);
    assert!(complaint(&Folder::new(home.path())).is_some());
    let done = EmbeddedStore::repair(home.path()).await.unwrap();
    assert!(done.lost.len() == 1 && done.lost[0].contains("radar.sqlite.damaged-1"), "{done:?}");
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let appended = store.append(&CollectionId::public(), vec![scored(7000)]).await.unwrap();
    assert_eq!(appended.new.len(), 1);
    store.close().await.unwrap();
}
