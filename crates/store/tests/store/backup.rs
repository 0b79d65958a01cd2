//! Copies of a store that is in use.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use radar_store::embedded::{EmbeddedStore, Rounds};
use radar_store::{ErrorKind, Record, Store, Table};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Timestamp, Verdict};
use tempfile::TempDir;

use crate::crash::{BATCH, WRITER, acknowledged, check, start_writer};
use crate::testsuite::sample::batch;

const COPIES: usize = 10;
/// So small that an index is being written nearly always.
const ROUNDS: Rounds = Rounds { events: 50 };

/// What was acknowledged before the copy began is in it, nothing is twice, and it is a store like any other.
async fn check_copy(copy: &Path, acknowledged: u64) {
    let public = CollectionId::public();
    let store = EmbeddedStore::open_with(copy, ROUNDS).await.unwrap();
    assert_eq!(store.inspect().await.unwrap().complaints, Vec::<String>::new());
    check(&store, acknowledged, &format!("a copy after {acknowledged} batches")).await;
    let there = store.stats(&public).await.unwrap().events;
    let last_seq = store.last_seq(&public).await.unwrap();
    // What is sent again is known, and what is new comes after it.
    let appended = store.append(&public, batch(0, there + BATCH)).await.unwrap();
    assert_eq!((u64::from(appended.duplicates), appended.new.len() as u64), (there, BATCH));
    assert!(appended.new.iter().all(|stored| stored.seq > last_seq), "a place is given twice");
    store.close().await.unwrap();
    let store = EmbeddedStore::open_with(copy, ROUNDS).await.unwrap();
    assert_eq!(store.stats(&public).await.unwrap().events, there + BATCH);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_what_was_acknowledged_before_it_began() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Arc::new(EmbeddedStore::open_with(folder.path(), ROUNDS).await.unwrap());
    let (written, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = {
        let (store, written, is_over) = (Arc::clone(&store), Arc::clone(&written), Arc::clone(&is_over));
        tokio::spawn(async move {
            let public = CollectionId::public();
            for number in 0.. {
                let new = store.append(&public, batch(number * BATCH, (number + 1) * BATCH)).await.unwrap().new;
                store.judge(&public, vec![new[0].seq], Some(Verdict::Suspicious)).await.unwrap();
                written.store(number + 1, Ordering::SeqCst);
                // A collection that comes and goes meanwhile.
                let guest = CollectionId::new(&format!("guest-{}", number % 7)).unwrap();
                store.append(&guest, batch(0, 5)).await.unwrap();
                if number % 3 == 0 {
                    store.drop_collection(&guest).await.unwrap();
                }
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
        })
    };
    for number in 0..COPIES {
        let copy = copies.path().join(number.to_string());
        let acknowledged = written.load(Ordering::SeqCst);
        let backup = EmbeddedStore::backup(folder.path(), &copy).await.unwrap();
        assert_eq!(backup.complaints, Vec::<String>::new());
        check_copy(&copy, acknowledged).await;
        // Another round may begin meanwhile.
        let now = written.load(Ordering::SeqCst);
        while written.load(Ordering::SeqCst) < now + 3 {
            tokio::task::yield_now().await;
        }
    }
    is_over.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    // The copies share files with the folder, and none was changed through them.
    check(&store, written.load(Ordering::SeqCst), "the folder").await;
    assert_eq!(store.inspect().await.unwrap().complaints, Vec::<String>::new());
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_copy_is_taken_while_another_process_has_the_store() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut writer = start_writer(WRITER, folder.path(), ROUNDS, 0);
    let written = Arc::new(AtomicU64::new(0));
    let reader = {
        let (lines, written) = (BufReader::new(writer.stdout.take().unwrap()).lines(), Arc::clone(&written));
        thread::spawn(move || {
            let numbers = lines.map_while(Result::ok).filter_map(|line| acknowledged(&line));
            numbers.for_each(|number| written.store(number + 1, Ordering::SeqCst));
        })
    };
    for number in 0..COPIES {
        let before = written.load(Ordering::SeqCst);
        while written.load(Ordering::SeqCst) < before + 5 {
            assert!(!reader.is_finished(), "the writer died");
            thread::yield_now();
        }
        let copy = copies.path().join(number.to_string());
        let acknowledged = written.load(Ordering::SeqCst);
        let backup = EmbeddedStore::backup(folder.path(), &copy).await.unwrap();
        assert_eq!(backup.complaints, Vec::<String>::new());
        check_copy(&copy, acknowledged).await;
    }
    writer.kill().unwrap();
    writer.wait().unwrap();
    reader.join().unwrap();
}

/// A store with events in an index and in the log, a record, and nobody who has it.
async fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (rounds, first) in [(ROUNDS, 0), (ROUNDS, 500), (Rounds::default(), 1_000)] {
        let store = EmbeddedStore::open_with(folder.path(), rounds).await.unwrap();
        store.append(&CollectionId::public(), batch(first, first + 500)).await.unwrap();
        let record = Record { key: "name".into(), value: b"value".to_vec(), ..Record::default() };
        store.put(Table::Settings, record, radar_store::Expect::Anything).await.unwrap();
        store.close().await.unwrap();
    }
    folder
}

async fn check_filled(copy: &Path) {
    let store = EmbeddedStore::open(copy).await.unwrap();
    let page = store.tail(&CollectionId::public(), Seq(0), 1_000).await.unwrap();
    assert_eq!(page.iter().map(|stored| stored.scored.clone()).collect::<Vec<_>>(), batch(0, 1_000));
    assert_eq!(store.stats(&CollectionId::public()).await.unwrap().events, 1_500);
    assert_eq!(store.find(Table::Settings, "name", Timestamp::MIN).await.unwrap().unwrap().value, b"value");
    store.close().await.unwrap();
}

/// What lies in a folder, and in the folders in it.
fn content(folder: &Path) -> Vec<(String, u64)> {
    let mut content = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            content.extend(self::content(&entry.path()).into_iter().map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            content.push((name, entry.metadata().unwrap().len()));
        }
    }
    content.sort();
    content
}

#[tokio::test]
async fn a_store_that_nobody_has_is_copied_too() {
    let (folder, copies) = (filled().await, tempfile::tempdir().unwrap());
    let copy = copies.path().join("a/new/folder");
    let backup = EmbeddedStore::backup(folder.path(), &copy).await.unwrap();
    let copied: Vec<_> = content(&copy).into_iter().filter(|(name, _)| name != "radar.lock").collect();
    assert_eq!(backup.files, copied.len() as u64, "{copied:?}");
    assert_eq!(backup.bytes, copied.iter().map(|(_, bytes)| bytes).sum::<u64>());
    check_filled(&copy).await;
    check_filled(folder.path()).await;
}

#[tokio::test]
async fn a_copy_may_go_to_another_disk() {
    let memory = Path::new("/dev/shm");
    if !memory.exists() {
        println!("skipped: there is no second disk at /dev/shm");
        return;
    }
    let (folder, copy) = (filled().await, tempfile::tempdir_in(memory).unwrap());
    EmbeddedStore::backup(folder.path(), copy.path()).await.unwrap();
    check_filled(copy.path()).await;
}

#[tokio::test]
async fn an_empty_store_is_copied() {
    let (folder, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    EmbeddedStore::open(folder.path()).await.unwrap().close().await.unwrap();
    EmbeddedStore::backup(folder.path(), copy.path()).await.unwrap();
    let store = EmbeddedStore::open(copy.path()).await.unwrap();
    assert_eq!(store.collections().await.unwrap(), []);
    store.close().await.unwrap();
}

#[tokio::test]
async fn nothing_is_written_over() {
    let (folder, copy) = (filled().await, tempfile::tempdir().unwrap());
    fs::write(copy.path().join(".hidden"), "precious").unwrap();
    // Whoever reads a database may leave SQLite's two files beside it.
    let content = |folder: &Path| content(folder).into_iter().filter(|(name, _)| !name.contains('-')).collect::<Vec<_>>();
    for to in [copy.path(), folder.path()] {
        let before = content(to);
        let error = EmbeddedStore::backup(folder.path(), to).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Foreign, "{error}");
        assert!(error.to_string().contains("is not empty"), "{error}");
        assert_eq!(content(to), before);
    }
}

#[tokio::test]
async fn where_there_is_no_store_nothing_is_copied_or_made() {
    let (folder, copies) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let copy = copies.path().join("copy");
    let error = EmbeddedStore::backup(&folder.path().join("data"), &copy).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Missing, "{error}");
    fs::write(folder.path().join("radar.sqlite"), "no database at all, but long enough".repeat(100)).unwrap();
    let error = EmbeddedStore::backup(folder.path(), &copy).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    assert!(!copy.exists());
}

#[tokio::test]
async fn damage_is_copied_and_named() {
    let (folder, copy) = (filled().await, tempfile::tempdir().unwrap());
    let index = folder.path().join("radar.events.public");
    let mut files = fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path());
    let broken = files.find(|path| path.extension().is_some_and(|extension| extension == "store")).unwrap();
    let mut bytes = fs::read(&broken).unwrap();
    bytes[100] ^= 1;
    fs::write(&broken, bytes).unwrap();
    let complaints = EmbeddedStore::backup(folder.path(), copy.path()).await.unwrap().complaints;
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("is damaged"), "{complaints:?}");
}

#[tokio::test]
async fn a_copy_that_was_broken_off_is_not_taken_for_a_store() {
    let (folder, copy) = (filled().await, tempfile::tempdir().unwrap());
    EmbeddedStore::backup(folder.path(), copy.path()).await.unwrap();
    fs::rename(copy.path().join("radar.sqlite"), copy.path().join("radar.sqlite.unfinished")).unwrap();
    let error = EmbeddedStore::open(copy.path()).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Damaged, "{error}");
    assert!(error.to_string().contains("has events but no radar.sqlite"), "{error}");
}
