use std::collections::BTreeMap;
use std::path::PathBuf;

use radar_types::wire::Seq;
use radar_types::{CollectionId, Event, ScoreState, Scored, Timestamp};

use super::*;
use crate::embedded::{EmbeddedStore, Rounds};
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
        let store = EmbeddedStore::open_with(home.path(), Rounds { events: 1, ..Rounds::default() }).await.unwrap();
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

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let index = folder.join(Place::Public.folder());
    let mut files: Vec<PathBuf> = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == ending));
    files.sort();
    files
}

fn flip(file: &Path, at: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[at] ^= 0x55;
    fs::write(file, bytes).unwrap();
}

#[tokio::test]
async fn a_whole_folder_has_nothing_to_repair() {
    let home = filled(2).await;
    assert_eq!(EmbeddedStore::repair(home.path()).await.unwrap(), Vec::<String>::new());
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let inspection = store.inspect().await.unwrap();
    assert_eq!((inspection.complaints, inspection.collections[0].stats.events), (vec![], 200));
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_damaged_piece_is_named_and_left_out() {
    let home = filled(2).await;
    let pieces = files(home.path(), "store");
    assert_eq!(pieces.len(), 2);
    flip(&pieces[0], 20);
    let complaints = complaints(&Folder::new(home.path()));
    assert!(complaints.len() == 1 && complaints[0].contains("100 events"), "{complaints:?}");
    let done = EmbeddedStore::repair(home.path()).await.unwrap();
    assert!(done.len() == 1 && done[0].contains("100 events"), "{done:?}");
    assert_eq!(count(home.path()).await.unwrap(), 100);
    assert_eq!(EmbeddedStore::repair(home.path()).await.unwrap(), Vec::<String>::new());

    // What was lost can be sent again.
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let appended = store.append(&CollectionId::public(), (0..200).map(scored).collect()).await.unwrap();
    assert_eq!((appended.new.len(), appended.duplicates), (100, 100));
    store.close().await.unwrap();
}

#[tokio::test]
async fn an_index_that_can_not_be_read_at_all_is_set_aside() {
    let home = filled(1).await;
    fs::write(home.path().join(Place::Public.folder()).join(META), "{").unwrap();
    assert_eq!(count(home.path()).await.unwrap_err().kind(), ErrorKind::Damaged);
    let done = EmbeddedStore::repair(home.path()).await.unwrap();
    assert!(done.len() == 1 && done[0].contains("radar.events.public.damaged"), "{done:?}");
    assert_eq!(count(home.path()).await.unwrap(), 0);
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    assert_eq!(store.append(&CollectionId::public(), vec![scored(1)]).await.unwrap().new.len(), 1);
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
    let done = EmbeddedStore::repair(home.path()).await.unwrap();
    assert!(done.len() == 1 && done[0].contains("radar.sqlite.damaged"), "{done:?}");
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let appended = store.append(&CollectionId::public(), vec![scored(7000)]).await.unwrap();
    assert_eq!(appended.new.len(), 1);
    store.close().await.unwrap();
}
