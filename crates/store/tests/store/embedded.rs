//! The embedded store: the suite, and what can happen to a folder.

use std::fs;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use async_trait::async_trait;
use radar_store::embedded::{EmbeddedStore, Repair, Rounds};
use radar_store::{Ask, Error, ErrorKind, Store};
use radar_types::query::parse;
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scale};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::testsuite::sample::batch;
use crate::testsuite::{Home, store_testsuite};

/// As it is used: small stores are answered from memory alone.
mod in_memory {
    use super::*;

    store_testsuite!(home);

    #[expect(clippy::unnecessary_wraps, reason = "other homes are not on every machine")]
    fn home() -> Option<Folder> {
        Some(Folder { folder: tempfile::tempdir().unwrap(), rounds: Rounds::default() })
    }
}

/// With rounds so small that nearly everything is in an index, in many pieces.
mod indexed {
    use super::*;

    store_testsuite!(home);

    #[expect(clippy::unnecessary_wraps, reason = "other homes are not on every machine")]
    fn home() -> Option<Folder> {
        Some(Folder { folder: tempfile::tempdir().unwrap(), rounds: Rounds { events: 1 } })
    }
}

struct Folder {
    folder: TempDir,
    rounds: Rounds,
}

#[async_trait]
impl Home for Folder {
    async fn open(&self) -> Box<dyn Store> {
        Box::new(EmbeddedStore::open_with(self.folder.path(), self.rounds).await.unwrap())
    }
}

/// A folder with a store of some hundred events in it, closed.
async fn filled() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).await.unwrap();
    store.append(&CollectionId::public(), batch(0, 500)).await.unwrap();
    store.close().await.unwrap();
    folder
}

async fn refusal(folder: &Path) -> Error {
    match EmbeddedStore::open(folder).await {
        Ok(_) => panic!("{} was opened", folder.display()),
        Err(error) => error,
    }
}

/// Opening is refused with this kind, in a sentence that names the folder and says what to do.
async fn check_refused(folder: &Path, kind: ErrorKind, advice: &str) {
    let error = refusal(folder).await;
    assert_eq!(error.kind(), kind, "{error}");
    let text = error.to_string();
    assert!(text.contains(&folder.display().to_string()) && text.contains(advice) && text.ends_with('.'), "{text}");
}

fn change(folder: &Path, sql: &str) {
    Connection::open(folder.join("radar.sqlite")).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn a_folder_is_made_where_there_is_none() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a/b/data");
    EmbeddedStore::open(&folder).await.unwrap().close().await.unwrap();
    assert!(folder.join("radar.sqlite").is_file());
}

#[tokio::test]
async fn a_closed_store_is_one_file_and_its_lock() {
    let folder = filled().await;
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["radar.lock", "radar.sqlite"]);
}

#[tokio::test]
async fn hidden_files_and_the_rescue_folder_of_a_disk_are_no_hindrance() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".gitkeep"), "").unwrap();
    fs::create_dir(folder.path().join("lost+found")).unwrap();
    EmbeddedStore::open(folder.path()).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_folder_of_other_files_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.docx"), "precious").unwrap();
    check_refused(folder.path(), ErrorKind::Foreign, "choose an empty folder with --data").await;
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    change(folder.path(), "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup')");
    let before = fs::read(folder.path().join("radar.sqlite")).unwrap();
    check_refused(folder.path(), ErrorKind::Foreign, "belongs to another program").await;
    assert_eq!(fs::read(folder.path().join("radar.sqlite")).unwrap(), before);
}

#[tokio::test]
async fn a_store_of_a_newer_version_is_refused() {
    let folder = filled().await;
    change(folder.path(), "PRAGMA user_version = 4");
    check_refused(folder.path(), ErrorKind::NewerVersion, "is from a newer RADAR").await;
    change(folder.path(), "PRAGMA user_version = 3");
    EmbeddedStore::open(folder.path()).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_folder_in_use_is_refused_until_it_is_free() {
    let folder = filled().await;
    let store = EmbeddedStore::open(folder.path()).await.unwrap();
    check_refused(folder.path(), ErrorKind::Locked, "Another process is using the store").await;
    store.append(&CollectionId::public(), batch(500, 501)).await.unwrap();
    store.close().await.unwrap();
    EmbeddedStore::open(folder.path()).await.unwrap().close().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    check_refused(&file, ErrorKind::Unwritable, "choose another folder with --data").await;
    check_refused(&file.join("data"), ErrorKind::Unwritable, "choose another folder with --data").await;
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged_and_left_alone() {
    let folder = filled().await;
    let file = folder.path().join("radar.sqlite");
    for content in [&b"not a database at all, but long enough to look at".repeat(100)[..], b"short", &[0; 8192]] {
        fs::write(&file, content).unwrap();
        check_refused(folder.path(), ErrorKind::Damaged, "restore the folder from a backup, or move it away").await;
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

#[tokio::test]
async fn a_file_cut_short_is_damaged() {
    let folder = filled().await;
    let file = fs::File::options().write(true).open(folder.path().join("radar.sqlite")).unwrap();
    file.set_len(8192).unwrap();
    check_refused(folder.path(), ErrorKind::Damaged, "restore the folder from a backup").await;
}

#[tokio::test]
async fn a_store_whose_tables_are_not_as_they_were_made_is_damaged() {
    for sql in [
        "DROP INDEX record_by_owner",
        "ALTER TABLE record RENAME COLUMN owner TO guest",
        "DROP TABLE pending",
        "CREATE TRIGGER t AFTER INSERT ON record BEGIN DELETE FROM collection; END",
    ] {
        let folder = filled().await;
        change(folder.path(), sql);
        check_refused(folder.path(), ErrorKind::Damaged, "restore the folder from a backup").await;
    }
}

/// Overwrites pages here and there. Whatever is asked answers, or says that the file is damaged;
/// nothing panics, and nothing else is blamed.
#[tokio::test]
async fn damage_is_met_where_it_lies() {
    let mut damaged = 0;
    for page in (1..40).step_by(3) {
        let folder = filled().await;
        let path = folder.path().join("radar.sqlite");
        let mut file = fs::File::options().read(true).write(true).open(&path).unwrap();
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        let mut bytes = [0; 4096];
        if file.read_exact(&mut bytes).is_err() {
            break;
        }
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&bytes.map(|byte| byte ^ 0x5a)).unwrap();
        drop(file);

        let store = match EmbeddedStore::open(folder.path()).await {
            Ok(store) => store,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Damaged, "page {page}: {error}");
                damaged += 1;
                continue;
            }
        };
        let public = CollectionId::public();
        let all = Ask::all(public.clone(), Scale::radar());
        let answers = [
            store.tail(&public, Seq(0), 1_000).await.map(drop),
            store.latest(&public, None, 1_000).await.map(drop),
            store.tally(&all).await.map(drop),
            store.append(&public, batch(0, 1_000)).await.map(drop),
        ];
        let errors: Vec<Error> = answers.into_iter().filter_map(Result::err).collect();
        damaged += usize::from(!errors.is_empty());
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Damaged, "page {page}: {error}, {:?}", std::error::Error::source(&error));
        }
        let _ = store.close().await;
    }
    assert!(damaged > 5, "{damaged}");
}

#[tokio::test]
async fn bytes_in_the_log_that_are_no_event_are_damage() {
    for sql in [
        "UPDATE pending SET events = x'' WHERE op = 1",
        "UPDATE pending SET events = x'ffffffffff' WHERE op = 1",
        "UPDATE pending SET events = substr(events, 1, 1000) WHERE op = 1",
    ] {
        let folder = filled().await;
        change(folder.path(), sql);
        check_refused(folder.path(), ErrorKind::Damaged, "restore the folder from a backup").await;
    }
}

#[tokio::test]
async fn a_store_of_the_first_version_is_refused_and_left_alone() {
    let folder = filled().await;
    change(folder.path(), "PRAGMA user_version = 1");
    check_refused(folder.path(), ErrorKind::Foreign, "is from an older RADAR").await;
    change(folder.path(), "PRAGMA user_version = 3");
    EmbeddedStore::open(folder.path()).await.unwrap().close().await.unwrap();
}

/// Cuts and overwrites the files of an index. Opening or asking says which index is damaged; nothing panics.
#[tokio::test]
async fn damage_of_an_index_is_met_and_named() {
    let mut damaged = 0;
    for extension in ["json", "fast", "store", "idx", "term"] {
        for is_cut in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let store = EmbeddedStore::open_with(folder.path(), Rounds { events: 1 }).await.unwrap();
            store.append(&CollectionId::public(), batch(0, 500)).await.unwrap();
            store.close().await.unwrap();
            for entry in fs::read_dir(folder.path().join("radar.events.public")).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                if !name.ends_with(extension) || name == ".managed.json" {
                    continue;
                }
                let bytes = fs::read(&path).unwrap();
                let half = bytes.len() / 2;
                let broken = if is_cut { bytes[..half].to_vec() } else { bytes.iter().map(|byte| byte ^ 0x5a).collect() };
                fs::write(&path, broken).unwrap();
            }
            let store = match EmbeddedStore::open(folder.path()).await {
                Ok(store) => store,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::Damaged, "{extension}, cut: {is_cut}: {error}");
                    assert!(error.to_string().contains("radar.events.public"), "{error}");
                    damaged += 1;
                    continue;
                }
            };
            let public = CollectionId::public();
            let found = parse("account").unwrap();
            let answers = [
                store.tail(&public, Seq(0), 1_000).await.map(drop),
                store.tally(&Ask::all(public.clone(), Scale::radar()).with(found)).await.map(drop),
            ];
            let errors: Vec<Error> = answers.into_iter().filter_map(Result::err).collect();
            damaged += usize::from(!errors.is_empty());
            for error in errors {
                assert_eq!(error.kind(), ErrorKind::Damaged, "{extension}, cut: {is_cut}: {error}");
            }
            let _ = store.close().await;
        }
    }
    assert!(damaged > 7, "{damaged}");
}

#[tokio::test]
async fn of_very_many_events_of_one_moment_each_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_with(folder.path(), Rounds { events: 1 }).await.unwrap();
    let mut events = batch(0, 5_000);
    let moment = events[0].event.timestamp;
    events.iter_mut().for_each(|scored| scored.event.timestamp = moment);
    let (ann, bob) = (CollectionId::new("ann@example.org").unwrap(), CollectionId::new("bob@example.org").unwrap());
    for collection in [&CollectionId::public(), &ann] {
        assert_eq!(store.append(collection, events.clone()).await.unwrap().new.len(), 5_000);
    }
    store.close().await.unwrap();

    let store = EmbeddedStore::open_with(folder.path(), Rounds { events: 1 }).await.unwrap();
    for (collection, duplicates) in [(&CollectionId::public(), 5_000), (&ann, 5_000), (&bob, 0)] {
        assert_eq!(store.append(collection, events.clone()).await.unwrap().duplicates, duplicates, "{collection:?}");
    }
    store.clear(&ann).await.unwrap();
    assert_eq!(store.append(&ann, events).await.unwrap().duplicates, 0);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_repaired_store_has_what_was_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let public = CollectionId::public();
    for first in [0, 500, 1_000] {
        let store = EmbeddedStore::open_with(folder.path(), Rounds { events: 1 }).await.unwrap();
        store.append(&public, batch(first, first + 500)).await.unwrap();
        store.close().await.unwrap();
    }
    assert_eq!(EmbeddedStore::repair(folder.path()).await.unwrap(), Repair::default());

    let index = folder.path().join("radar.events.public");
    let pieces = || fs::read_dir(&index).unwrap().map(|entry| entry.unwrap().path());
    let broken = pieces().find(|path| path.extension().is_some_and(|extension| extension == "store")).unwrap();
    let mut bytes = fs::read(&broken).unwrap();
    bytes[100] ^= 1;
    fs::write(&broken, bytes).unwrap();

    let repair = EmbeddedStore::repair(folder.path()).await.unwrap();
    assert_eq!((repair.lost.len(), repair.events), (1, 500), "{repair:?}");
    let store = EmbeddedStore::open(folder.path()).await.unwrap();
    assert_eq!(store.tail(&public, Seq(0), 1_000).await.unwrap().len(), 1_000);
    // What was lost can be sent again.
    assert_eq!(store.append(&public, batch(0, 1_500)).await.unwrap().new.len(), 500);
    store.close().await.unwrap();

    fs::write(index.join("meta.json"), "{").unwrap();
    check_refused(folder.path(), ErrorKind::Damaged, "radar doctor --repair").await;
    assert_eq!(EmbeddedStore::repair(folder.path()).await.unwrap().lost.len(), 1);
    let store = EmbeddedStore::open(folder.path()).await.unwrap();
    assert_eq!(store.append(&public, batch(2_000, 2_001)).await.unwrap().new.len(), 1);
    store.close().await.unwrap();
    assert!(folder.path().join("radar.events.public.damaged-1").exists());
}
