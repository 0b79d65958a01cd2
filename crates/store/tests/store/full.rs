//! The disk gets full, again and again, wherever the store happens to be writing. Whoever appends is told so, nothing that was
//! acknowledged is lost or there twice, and as soon as there is room all goes on, without a restart and after one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use radar_store::embedded::{EmbeddedStore, Repair, Rounds};
use radar_store::{Ask, ErrorKind, PAGE_EVENTS_MAX, Store};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scale, Scored};

use crate::testsuite::sample::{Random, batch};

const DISK: &str = "RADAR_STORE_SMALL_DISK";
const INDEXED: &str = "RADAR_STORE_SMALL_DISK_INDEXED";
const DISK_BYTES: u64 = 64 << 20;
/// Room is made in steps of this size, so often, and once more in one that is enough for everything.
const ROOM_BYTES: usize = 600 << 10;
const ROOMS: usize = 4;
const LAST_ROOM_BYTES: usize = 40 << 20;
const BATCH: u64 = 100;
/// How a failed test ends; where no disk can be mounted, it is not even begun.
const FAILED: i32 = 101;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_while_an_index_is_written_loses_nothing() {
    on_a_small_disk("full::a_disk_that_gets_full_while_an_index_is_written_loses_nothing", Rounds { events: 300 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_while_the_log_is_written_loses_nothing() {
    on_a_small_disk("full::a_disk_that_gets_full_while_the_log_is_written_loses_nothing", Rounds::default()).await;
}

/// The test starts itself again where a disk of memory is mounted that nobody else sees, and that ends with the process.
#[expect(clippy::print_stdout, reason = "the tests say what they skip, and why")]
async fn on_a_small_disk(name: &str, rounds: Rounds) {
    if let (Some(disk), Ok(events)) = (env::var_os(DISK), env::var(INDEXED)) {
        return fill_again_and_again(Path::new(&disk), Rounds { events: events.parse().unwrap() }).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size={DISK_BYTES} tmpfs \"$1\" || exit; shift; exec \"$@\"");
    let status = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(folder.path())
        .arg(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .env(DISK, folder.path())
        .env(INDEXED, rounds.events.to_string())
        .status();
    match status.map(|status| status.code()) {
        Ok(Some(0)) => {}
        Ok(Some(FAILED) | None) => panic!("the test failed on the small disk"),
        other => println!("skipped: no small disk can be mounted here ({other:?})"),
    }
}

/// Events that no compression makes small.
fn events(number: u64) -> Vec<Scored> {
    let mut random = Random(number);
    let mut events = batch(number * BATCH, (number + 1) * BATCH);
    for scored in &mut events {
        let words: Vec<String> = (0..6).map(|_| format!("{:016x}", random.number())).collect();
        scored.event.message = words.join(" ");
    }
    events
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
async fn fill_again_and_again(disk: &Path, rounds: Rounds) {
    let (data, last_room) = (disk.join("data"), disk.join("last-room"));
    fs::write(&last_room, vec![7; LAST_ROOM_BYTES]).unwrap();
    let rooms: Vec<PathBuf> = (0..ROOMS).map(|number| disk.join(format!("room-{number}"))).collect();
    for room in &rooms {
        fs::write(room, vec![7; ROOM_BYTES]).unwrap();
    }
    let mut acknowledged = 0;
    for room in &rooms {
        let store = EmbeddedStore::open_with(&data, rounds).await.unwrap();
        append_until_full(&store, &mut acknowledged).await;
        fs::remove_file(room).unwrap();
        append_until_full(&store, &mut acknowledged).await;
        // What can't be written any more is in the log. Whoever opens the store next, on a disk as full, finds it there.
        if let Err(error) = store.close().await {
            assert_eq!(error.kind(), ErrorKind::Full, "{error:?}");
        }
    }
    let store = EmbeddedStore::open_with(&data, rounds).await.unwrap();
    append_until_full(&store, &mut acknowledged).await;
    fs::remove_file(&last_room).unwrap();
    for _ in 0..10 {
        store.append(&CollectionId::public(), events(acknowledged)).await.unwrap();
        acknowledged += 1;
    }
    store.close().await.unwrap();
    assert_eq!(EmbeddedStore::repair(&data).await.unwrap(), Repair::default());
    check(&data, rounds, acknowledged).await;
}

/// Appends until that is refused, and refused again.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
async fn append_until_full(store: &EmbeddedStore, acknowledged: &mut u64) {
    let mut refused = 0;
    while refused < 3 {
        match store.append(&CollectionId::public(), events(*acknowledged)).await {
            Ok(_) => *acknowledged += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Full, "{error:?}");
                refused += 1;
            }
        }
    }
    // Questions are answered all the while.
    let ask = Ask::all(CollectionId::public(), Scale::radar());
    assert_eq!(store.tally(&ask).await.unwrap().value.events(), *acknowledged * BATCH);
}

/// Everything is there once, in its order, and nothing else.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
async fn check(data: &Path, rounds: Rounds, acknowledged: u64) {
    let store = EmbeddedStore::open_with(data, rounds).await.unwrap();
    assert_eq!(store.inspect().await.unwrap().complaints, Vec::<String>::new());
    let (mut seq, mut batches) = (Seq(0), 0);
    loop {
        let page = store.tail(&CollectionId::public(), seq, PAGE_EVENTS_MAX).await.unwrap();
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for there in page.chunks(BATCH as usize) {
            assert_eq!(there.iter().map(|stored| stored.scored.clone()).collect::<Vec<_>>(), events(batches));
            batches += 1;
        }
    }
    assert_eq!(batches, acknowledged);
    let appended = store.append(&CollectionId::public(), events(0)).await.unwrap();
    assert_eq!((appended.new.len(), u64::from(appended.duplicates)), (0, BATCH));
    store.close().await.unwrap();
}
