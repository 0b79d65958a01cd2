//! A folder that was written once opens for ever. Each format has a small one in `fixtures/store`, written by the
//! RADAR of its time: `RADAR_BLESS=1` writes the one of today where there is none.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use radar_store::embedded::{EmbeddedStore, Rounds};
use radar_store::{Ask, Expect, PageAsk, Record, Retention, Store, Table};
use radar_types::query::{Field, parse};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scale, Timestamp, Verdict};

use crate::testsuite::sample::batch;

const EVENTS: u64 = 30;
/// Of these, so many are in an index, and the others in the log.
const INDEXED: u64 = 20;

fn fixture(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fixtures/store/format-{format}"))
}

fn private() -> CollectionId {
    CollectionId::new("ann@example.org").unwrap()
}

async fn write(folder: &Path) {
    let store = EmbeddedStore::open_with(folder, Rounds { events: 1 }).await.unwrap();
    let new = store.append(&CollectionId::public(), batch(0, INDEXED)).await.unwrap().new;
    store.append(&private(), batch(0, 3)).await.unwrap();
    store.judge(&CollectionId::public(), vec![new[4].seq], Some(Verdict::Suspicious)).await.unwrap();
    store.close().await.unwrap();
    let store = EmbeddedStore::open(folder).await.unwrap();
    store.append(&CollectionId::public(), batch(INDEXED, EVENTS)).await.unwrap();
    store.set_retention(&private(), Retention { days: Some(30), bytes: None }).await.unwrap();
    let record = Record { key: "name".into(), owner: "Event_Logs".into(), value: b"value".to_vec(), ..Record::default() };
    store.put(Table::Settings, record, Expect::Nothing).await.unwrap();
    store.close().await.unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &target) } else { fs::copy(entry.path(), target).map(drop).unwrap() }
    }
}

#[tokio::test]
async fn a_folder_of_the_second_format_opens() {
    check_opens(&fixture(2)).await;
}

#[tokio::test]
async fn a_folder_of_this_format_opens() {
    let fixture = fixture(3);
    if env::var_os("RADAR_BLESS").is_some() && !fixture.exists() {
        write(&fixture).await;
    }
    check_opens(&fixture).await;
}

async fn check_opens(fixture: &Path) {
    let home = tempfile::tempdir().unwrap();
    copy(fixture, home.path());
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    let ask = Ask::all(CollectionId::public(), Scale::radar());
    assert_eq!(store.tally(&ask).await.unwrap().value.events(), EVENTS);
    let page = store.tail(&CollectionId::public(), Seq(0), 100).await.unwrap();
    assert_eq!(page.iter().map(|stored| stored.scored.clone()).collect::<Vec<_>>(), batch(0, EVENTS));
    let suspicious = ask.clone().with(parse("verdict:suspicious").unwrap());
    let found = store.search(&suspicious, &PageAsk { limit: 10, ..PageAsk::default() }).await.unwrap().value.events;
    assert_eq!(found.iter().map(|stored| stored.scored.clone()).collect::<Vec<_>>(), batch(4, 5));
    for (phrase, events) in [("\"was logged on\"", EVENTS), ("logged-o*", EVENTS), ("\"on logged\"", 0)] {
        let asked = ask.clone().with(parse(phrase).unwrap());
        assert_eq!(store.tally(&asked).await.unwrap().value.events(), events, "{phrase}");
    }
    assert_eq!(store.top(&ask, &Field::Host, 5).await.unwrap().value[0].count, EVENTS);
    let appended = store.append(&CollectionId::public(), batch(0, EVENTS + 1)).await.unwrap();
    assert_eq!((appended.new.len() as u64, u64::from(appended.duplicates)), (1, EVENTS));

    let collections = store.collections().await.unwrap();
    assert_eq!(collections.iter().map(|info| info.id.clone()).collect::<Vec<_>>(), [CollectionId::public(), private()]);
    assert_eq!(collections[1].retention.days, Some(30));
    assert_eq!(store.stats(&private()).await.unwrap().events, 3);
    let record = store.find(Table::Settings, "name", Timestamp::MIN).await.unwrap().unwrap();
    assert_eq!((record.value.as_slice(), record.owner.as_str()), (&b"value"[..], "Event_Logs"));
    store.close().await.unwrap();
}
