//! A writer is killed at random instants. What it had been told was stored is there, once.

use std::collections::HashSet;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use radar_store::embedded::EmbeddedStore;
use radar_store::{PAGE_EVENTS_MAX, Store};
use radar_types::CollectionId;
use radar_types::wire::Seq;

use crate::testsuite::sample::{Random, batch};

const ROUNDS: u64 = 12;
const BATCH: u64 = 20;
const FOLDER: &str = "RADAR_STORE_CRASH_FOLDER";
const FIRST: &str = "RADAR_STORE_CRASH_FIRST";
const ACKNOWLEDGED: &str = "acknowledged ";

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_the_process() {
    // This test starts itself again as the writer that it kills.
    if let (Some(folder), Ok(first)) = (env::var_os(FOLDER), env::var(FIRST)) {
        return write_for_ever(Path::new(&folder), first.parse().unwrap()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        // The writer starts again where the last one was interrupted, as a client that got no answer does.
        acknowledged = write_until_killed(folder.path(), acknowledged, Duration::from_micros(random.below(300_000)));

        let store = EmbeddedStore::open(folder.path()).await.unwrap();
        let mut messages = vec![];
        let mut seq = Seq(0);
        loop {
            let page = store.tail(&CollectionId::public(), seq, PAGE_EVENTS_MAX).await.unwrap();
            let Some(last) = page.last() else { break };
            seq = last.seq;
            messages.extend(page.into_iter().map(|stored| stored.scored.event.message));
        }
        store.close().await.unwrap();

        let present: HashSet<&String> = messages.iter().collect();
        assert_eq!(present.len(), messages.len(), "round {round}: an event is there twice");
        for scored in batch(0, acknowledged * BATCH) {
            assert!(present.contains(&scored.event.message), "round {round}: {} is lost", scored.event.message);
        }
        assert_eq!(messages.len() as u64 % BATCH, 0, "round {round}: a batch is there in part");
    }
    assert!(acknowledged > ROUNDS, "{acknowledged} batches are too few to show anything");
}

/// Starts a writer at batch `first`, kills it, and returns the first batch it was not told of.
fn write_until_killed(folder: &Path, first: u64, life: Duration) -> u64 {
    let mut writer = Command::new(env::current_exe().unwrap())
        .args(["--exact", "crash::what_was_acknowledged_survives_the_death_of_the_process", "--nocapture"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let reader = thread::spawn(move || {
        let numbers = lines.map_while(Result::ok).filter_map(|line| line.strip_prefix(ACKNOWLEDGED)?.parse::<u64>().ok());
        numbers.last()
    });
    thread::sleep(life);
    writer.kill().unwrap();
    writer.wait().unwrap();
    reader.join().unwrap().map_or(first, |last| last + 1)
}

#[expect(clippy::unwrap_used, clippy::print_stdout, reason = "the writer half of the test; its parent reads what it prints")]
async fn write_for_ever(folder: &Path, first: u64) {
    let store = EmbeddedStore::open(folder).await.unwrap();
    for number in first.. {
        store.append(&CollectionId::public(), batch(number * BATCH, (number + 1) * BATCH)).await.unwrap();
        println!("\n{ACKNOWLEDGED}{number}");
    }
}
