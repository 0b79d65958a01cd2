//! What the embedded store does in a second, and how long its answers take.
//!
//!     cargo bench -p radar-store -- 5000000
//!
//! Figures depend on the disk as much as on the code, so compare those of one run.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
#![expect(clippy::unwrap_used, reason = "a benchmark that fails has nothing to say")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use radar_store::embedded::EmbeddedStore;
use radar_store::{Period, Store};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Event, Reason, Scale, Score, ScoreState, Scored, Timestamp};

const BATCH: u64 = 1_000;
const WRITERS: u64 = 4;
const MILLIS_PER_EVENT: i64 = 60;
const START: i64 = 1_767_225_600_000;

#[tokio::main]
async fn main() {
    let events = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000u64);
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open(home.path()).await.unwrap());
    let public = CollectionId::public();

    // The first tenth by one writer, the rest by several.
    let alone = events / 10;
    let next = Arc::new(AtomicU64::new(0));
    let took = fill(&store, &next, 1, alone).await;
    println!("append, one writer       {:>10.0} events/s", alone as f64 / took.as_secs_f64());
    let took = fill(&store, &next, WRITERS, events).await;
    println!("append, {WRITERS} writers        {:>10.0} events/s", (events - alone) as f64 / took.as_secs_f64());

    let end = START + events as i64 * MILLIS_PER_EVENT;
    let time = Timestamp::saturating_from_unix_millis;
    let whole = Period { from: time(START), to: time(end) };
    let hour = Period { from: time(end - 3_600_000), to: time(end) };
    let scale = Scale::radar();
    for (name, period) in [("whole", whole), ("last hour", hour)] {
        let bucket = (period.to.unix_millis() - period.from.unix_millis()) / 60 + 1;
        measure(&format!("summary, {name}"), async || store.summary(&public, period, &scale).await.unwrap()).await;
        measure(&format!("histogram, {name}"), async || store.histogram(&public, period, bucket, &scale).await.unwrap()).await;
    }
    measure("newest 100", async || store.newest(&public, None, 100).await.unwrap()).await;
    measure("newest 100, the oldest", async || store.newest(&public, Some(Seq(101)), 100).await.unwrap()).await;
    measure("tail 1000, from the middle", async || store.tail(&public, Seq(events / 2), 1_000).await.unwrap()).await;

    Arc::into_inner(store).unwrap().close().await.unwrap();
    let bytes: u64 = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
    println!("on disk                  {:>10.0} bytes an event", bytes as f64 / events as f64);
    let opening = Instant::now();
    let store = EmbeddedStore::open(home.path()).await.unwrap();
    assert_eq!(store.last_seq(&public).await.unwrap(), Seq(events));
    println!("open                     {:>10.1} ms", opening.elapsed().as_secs_f64() * 1e3);
    store.close().await.unwrap();
}

async fn fill(store: &Arc<EmbeddedStore>, next: &Arc<AtomicU64>, writers: u64, until: u64) -> Duration {
    let start = Instant::now();
    let tasks: Vec<_> = (0..writers)
        .map(|_| {
            let (store, next) = (Arc::clone(store), Arc::clone(next));
            tokio::spawn(async move {
                loop {
                    let first = next.fetch_add(BATCH, Ordering::Relaxed);
                    if first >= until {
                        next.fetch_sub(BATCH, Ordering::Relaxed);
                        break;
                    }
                    let batch = (first..(first + BATCH).min(until)).map(scored).collect();
                    store.append(&CollectionId::public(), batch).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    start.elapsed()
}

async fn measure<T>(name: &str, question: impl AsyncFn() -> T) {
    let mut millis = Vec::new();
    for _ in 0..9 {
        let start = Instant::now();
        question().await;
        millis.push(start.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    println!("{name:<27}{:>8.2} ms, at worst {:.2} ms", millis[4], millis[8]);
}

fn scored(index: u64) -> Scored {
    // A multiplicative hash spreads what should look random.
    let spread = index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let event = Event {
        timestamp: Timestamp::saturating_from_unix_millis(START + index as i64 * MILLIS_PER_EVENT - (spread % 5_000) as i64),
        hostname: format!("ws-{:03}.example.net", spread % 200),
        source: ["Security", "System", "sshd", "kernel"][(spread % 4) as usize].into(),
        os_type: "Windows".into(),
        level: ["Information", "Warning", "Error"][(spread % 3) as usize].into(),
        message: format!("Accepted publickey for user{} from 10.0.{}.{} port {index}", spread % 97, spread % 256, index % 256),
        collector: "bench".into(),
        record_id: Some(index.to_string()),
        channel: None,
        user: None,
        address: None,
        fields: BTreeMap::new(),
    };
    let raw = (spread % 1_000) as f32 / 15_000.0;
    let score = Score {
        raw,
        calibrated: raw * 15.0,
        model: "event-autoencoder".into(),
        model_version: "1".into(),
        schema: "event".into(),
        schema_version: 1,
    };
    let reason = Reason { code: "rare_source".into(), text: "This source is rare on this host.".into() };
    let reasons = if spread.is_multiple_of(20) { vec![reason] } else { vec![] };
    Scored { id: event.id(0), event, score: ScoreState::Scored(score), reasons, template: None }
}
