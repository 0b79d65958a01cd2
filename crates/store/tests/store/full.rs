//! The disk gets full, again and again, wherever the store happens to be writing. Whoever appends is told so, nothing that was
//! acknowledged is lost or there twice, and as soon as there is room all goes on, without a restart and after one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use radar_store::embedded::{EmbeddedStore, Repair, Rounds};
use radar_store::{Ask, ErrorKind, PAGE_EVENTS_MAX, Store};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scale, Scored};

use crate::testsuite::sample::{Random, batch};

const DISK: &str = "RADAR_STORE_SMALL_DISK";
const INDEXED: &str = "RADAR_STORE_SMALL_DISK_INDEXED";
const DISK_BYTES: u64 = 48 << 20;
/// Room is made in steps of this size, so often.
const ROOM_BYTES: usize = 1 << 20;
const ROOMS: usize = 10;
const BATCH: u64 = 100;
/// A disk that can't be mounted here.
const UNMOUNTED: i32 = 77;

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_while_an_index_is_written_loses_nothing() {
    on_a_small_disk("full::a_disk_that_gets_full_while_an_index_is_written_loses_nothing", Rounds { events: 300 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_gets_full_while_the_log_is_written_loses_nothing() {
    on_a_small_disk("full::a_disk_that_gets_full_while_the_log_is_written_loses_nothing", Rounds::default()).await;
}

/// The test starts itself again where a disk of memory is mounted that nobody else sees, and that ends with the process.
async fn on_a_small_disk(name: &str, rounds: Rounds) {
    if let (Some(disk), Ok(events)) = (env::var_os(DISK), env::var(INDEXED)) {
        return fill_again_and_again(Path::new(&disk), Rounds { events: events.parse().unwrap() }).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size={DISK_BYTES} tmpfs \"$1\" || exit {UNMOUNTED}; shift; exec \"$@\"");
    let status = Command::new("unshare")
        .args(["--mount", "--map-root-user", "sh", "-c", &script, "sh"])
        .arg(folder.path())
        .arg(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .env(DISK, folder.path())
        .env(INDEXED, rounds.events.to_string())
        .status();
    match status {
        Ok(status) if status.code() == Some(UNMOUNTED) => println!("skipped: no small disk can be mounted here"),
        Ok(status) => assert!(status.success(), "{status}"),
        Err(error) => println!("skipped: no small disk can be mounted here: {error}"),
    }
}

/// Events that no compression makes small.
fn events(number: u64) -> Vec<Scored> {
    let mut random = Random(number);
    let mut events = batch(number * BATCH, (number + 1) * BATCH);
    for scored in &mut events {
        let words: Vec<String> = (0..20).map(|_| format!("{:016x}", random.number())).collect();
        scored.event.message = words.join(" ");
    }
    events
}

#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
async fn fill_again_and_again(disk: &Path, rounds: Rounds) {
    let (public, data) = (CollectionId::public(), disk.join("data"));
    let ballast: Vec<PathBuf> = (0..ROOMS).map(|number| disk.join(format!("ballast-{number}"))).collect();
    for path in &ballast {
        fs::write(path, vec![7; ROOM_BYTES]).unwrap();
    }
    let last = disk.join("ballast");
    fs::write(&last, vec![7; 8 * ROOM_BYTES]).unwrap();
    let mut acknowledged = 0;
    for (number, room) in ballast.iter().enumerate() {
        let store = EmbeddedStore::open_with(&data, rounds).await.unwrap();
        for again in 0..2 {
            append_until_full(&store, &mut acknowledged).await;
            println!("{number}/{again}: {acknowledged}");
            let out = Command::new("sh").arg("-c").arg("cd $0; df -k . | tail -1; ls -l; du -sk data/*; ls data/radar.events.public | wc -l; grep -o segment_id data/radar.events.public/meta.json | wc -l").arg(disk).output().unwrap();
            println!("{}", String::from_utf8_lossy(&out.stdout));
            let ask = Ask::all(public.clone(), Scale::radar());
            assert_eq!(store.tally(&ask).await.unwrap().value.events(), acknowledged * BATCH);
            // Small things may fit, but nothing else is said.
            for _ in 0..5 {
                match store.append(&public, events(acknowledged)).await {
                    Ok(_) => acknowledged += 1,
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Full, "{error} {error:?}"),
                }
            }
            if again == 0 {
                fs::remove_file(room).unwrap();
            }
        }
        println!("close {number}: {:?}", store.close().await);
        println!("open {number}: {:?}", EmbeddedStore::open_with(&data, rounds).await.err());
        if let Some(next) = ballast.get(number + 1) {
            fs::remove_file(next).unwrap();
            fs::write(next, vec![7; ROOM_BYTES / 2]).unwrap();
        }
    }
    fs::remove_file(&last).unwrap();
    assert_eq!(EmbeddedStore::repair(&data).await.unwrap(), Repair::default());
    let store = EmbeddedStore::open_with(&data, rounds).await.unwrap();
    let mut seq = Seq(0);
    let mut number = 0;
    loop {
        let page = store.tail(&public, seq, PAGE_EVENTS_MAX).await.unwrap();
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for chunk in page.chunks(BATCH as usize) {
            assert_eq!(chunk.iter().map(|stored| stored.scored.clone()).collect::<Vec<_>>(), events(number));
            number += 1;
        }
    }
    assert_eq!(number, acknowledged);
    assert_eq!(store.inspect().await.unwrap().complaints, Vec::<String>::new());
    store.close().await.unwrap();
}

async fn append_until_full(store: &EmbeddedStore, acknowledged: &mut u64) {
    loop {
        match store.append(&CollectionId::public(), events(*acknowledged)).await {
            Ok(_) => *acknowledged += 1,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Full, "{error} {error:?}");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
