//! A writer is killed at random instants. What it had been told was stored is there, once, and as it was told.

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use radar_store::embedded::{EmbeddedStore, Rounds};
use radar_store::{Ask, PAGE_EVENTS_MAX, Store, Stored};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Scale, Verdict};

use crate::testsuite::sample::{Random, batch};

/// A test that is the writer when it is started as one.
pub(crate) const WRITER: &str = "crash::what_was_acknowledged_survives_while_it_is_being_indexed";
const KILLS: u64 = 12;
pub(crate) const BATCH: u64 = 20;
const FOLDER: &str = "RADAR_STORE_CRASH_FOLDER";
const FIRST: &str = "RADAR_STORE_CRASH_FIRST";
const INDEXED: &str = "RADAR_STORE_CRASH_INDEXED";
const ACKNOWLEDGED: &str = "acknowledged ";

#[tokio::test]
async fn what_was_acknowledged_survives_the_death_of_the_process() {
    survive("crash::what_was_acknowledged_survives_the_death_of_the_process", Rounds::default()).await;
}

/// With rounds so small that an index is being written nearly always.
#[tokio::test]
async fn what_was_acknowledged_survives_while_it_is_being_indexed() {
    survive(WRITER, Rounds { events: 50 }).await;
}

/// `RADAR_STORE_KILLS=100` takes minutes.
fn kills() -> u64 {
    env::var("RADAR_STORE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(KILLS)
}

async fn survive(name: &str, rounds: Rounds) {
    // The test starts itself again as the writer that it kills.
    if let (Some(folder), Ok(first)) = (env::var_os(FOLDER), env::var(FIRST)) {
        return write_for_ever(Path::new(&folder), first.parse().unwrap()).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random(7);
    let mut acknowledged = 0;
    for round in 0..kills() {
        // The writer starts again where the last one was interrupted, as a client that got no answer does.
        let life = Duration::from_micros(random.below(400_000));
        acknowledged = write_until_killed(name, folder.path(), rounds, acknowledged, life);

        let store = EmbeddedStore::open_with(folder.path(), rounds).await.unwrap();
        check(&store, acknowledged, &format!("round {round}")).await;
        store.close().await.unwrap();
    }
    assert!(acknowledged > kills(), "{acknowledged} batches are too few to show anything");
}

/// All batches that were acknowledged are there, with what was said of them, and whatever is there is whole and there once.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(crate) async fn check(store: &EmbeddedStore, acknowledged: u64, when: &str) {
    let mut present: HashMap<String, Stored> = HashMap::new();
    let mut seq = Seq(0);
    loop {
        let page = store.tail(&CollectionId::public(), seq, PAGE_EVENTS_MAX).await.unwrap();
        let Some(last) = page.last() else { break };
        seq = last.seq;
        for stored in page {
            let twice = present.insert(stored.scored.event.message.clone(), stored);
            assert_eq!(twice, None, "{when}: an event is there twice");
        }
    }
    let tally = store.tally(&Ask::all(CollectionId::public(), Scale::radar())).await.unwrap().value;
    assert_eq!(tally.events(), present.len() as u64, "{when}: what is counted is what is there");
    for (number, scored) in (0..).zip(batch(0, acknowledged * BATCH)) {
        let Some(stored) = present.get(&scored.event.message) else { panic!("{when}: {} is lost", scored.event.message) };
        if number % BATCH == 0 {
            assert_eq!(stored.verdict, Some(Verdict::Suspicious), "{when}: the verdict of {number} is lost");
        }
    }
    assert_eq!(present.len() as u64 % BATCH, 0, "{when}: a batch is there in part");
}

/// Starts a writer at batch `first`, kills it, and returns the first batch it was not told of.
fn write_until_killed(name: &str, folder: &Path, rounds: Rounds, first: u64, life: Duration) -> u64 {
    let mut writer = start_writer(name, folder, rounds, first);
    let lines = BufReader::new(writer.stdout.take().unwrap()).lines();
    let reader = thread::spawn(move || lines.map_while(Result::ok).filter_map(|line| acknowledged(&line)).last());
    thread::sleep(life);
    writer.kill().unwrap();
    writer.wait().unwrap();
    reader.join().unwrap().map_or(first, |last| last + 1)
}

/// A process that writes to the folder until it is killed.
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(crate) fn start_writer(name: &str, folder: &Path, rounds: Rounds, first: u64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--include-ignored"])
        .env(FOLDER, folder)
        .env(FIRST, first.to_string())
        .env(INDEXED, rounds.events.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The batch that a line of a writer says was stored.
pub(crate) fn acknowledged(line: &str) -> Option<u64> {
    line.strip_prefix(ACKNOWLEDGED)?.parse().ok()
}

#[expect(clippy::unwrap_used, clippy::print_stdout, reason = "the writer half of the test; its parent reads what it prints")]
async fn write_for_ever(folder: &Path, first: u64) {
    let events = env::var(INDEXED).unwrap().parse().unwrap();
    let store = EmbeddedStore::open_with(folder, Rounds { events }).await.unwrap();
    for number in first.. {
        let events = batch(number * BATCH, (number + 1) * BATCH);
        let id = events[0].id;
        let appended = store.append(&CollectionId::public(), events).await.unwrap();
        // A batch that was stored but not acknowledged is found where it is.
        let seq = match appended.new.first() {
            Some(stored) if stored.scored.id == id => stored.seq,
            _ => place_of(&store, number * BATCH).await,
        };
        assert_eq!(store.judge(&CollectionId::public(), vec![seq], Some(Verdict::Suspicious)).await.unwrap(), 1);
        println!("\n{ACKNOWLEDGED}{number}");
    }
}

async fn place_of(store: &EmbeddedStore, number: u64) -> Seq {
    let wanted = batch(number, number + 1).remove(0).id;
    let latest = store.latest(&CollectionId::public(), None, PAGE_EVENTS_MAX).await.unwrap();
    latest.into_iter().find(|stored| stored.scored.id == wanted).unwrap().seq
}
