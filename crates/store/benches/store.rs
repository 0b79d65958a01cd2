//! What the embedded store does in a second, how long its answers take, and what they cost.
//!
//!     cargo bench -p radar-store -- 10000000
//!
//! Figures depend on the disk as much as on the code, so compare those of one run.

#![expect(clippy::print_stdout, reason = "a benchmark's figures are its output")]
#![expect(clippy::unwrap_used, reason = "a benchmark that fails has nothing to say")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use radar_store::embedded::EmbeddedStore;
use radar_store::{Ask, PageAsk, Store};
use radar_types::query::{Field, Order, Period, parse};
use radar_types::wire::Seq;
use radar_types::{CollectionId, Event, Reason, Scale, Score, ScoreState, Scored, TemplateId, Timestamp};

const BATCH: u64 = 1_000;
const WRITERS: u64 = 4;
const MILLIS_PER_EVENT: i64 = 60;
const START: i64 = 1_767_225_600_000;
const ROUNDS: usize = 15;
/// Followed by a folder and how many events it has: asks, and appends nothing.
const ASK: &str = "--ask";

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != ASK).skip(1);
    if let (Some(folder), Some(events)) = (arguments.next(), arguments.next()) {
        return ask_at_rest(Path::new(&folder), events.parse().unwrap()).await;
    }
    let events = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000u64);
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open(home.path()).await.unwrap());

    // The first tenth by one writer, the rest by several.
    let alone = events / 10;
    let next = Arc::new(AtomicU64::new(0));
    let took = fill(&store, &next, 1, alone).await;
    println!("append, one writer       {:>10.0} events/s", alone as f64 / took.as_secs_f64());
    let took = fill(&store, &next, WRITERS, events).await;
    println!("append, {WRITERS} writers        {:>10.0} events/s", (events - alone) as f64 / took.as_secs_f64());
    println!(
        "memory after appending   {:>10.0} MB, {:.0} MB of it the process's own, at most {:.0} MB; {:.1} CPU seconds",
        memory("VmRSS"),
        memory("RssAnon"),
        memory("VmHWM"),
        cpu_seconds()
    );

    ask(&store, events, "while pieces are put together").await;
    let closing = Instant::now();
    Arc::into_inner(store).unwrap().close().await.unwrap();
    println!("close                    {:>10.1} ms", closing.elapsed().as_secs_f64() * 1e3);
    println!("on disk                  {:>10.1} bytes an event", bytes(home.path()) as f64 / events as f64);
    for extension in ["idx", "pos", "term", "fast", "store", "sqlite"] {
        println!("  .{extension:<22} {:>10.1}", bytes_of(home.path(), extension) as f64 / events as f64);
    }
    // In a process of its own, whose memory is that of the questions alone.
    let mut asking = std::process::Command::new(std::env::current_exe().unwrap());
    assert!(asking.arg(ASK).arg(home.path()).arg(events.to_string()).status().unwrap().success());
}

async fn ask_at_rest(folder: &Path, events: u64) {
    let opening = Instant::now();
    let store = EmbeddedStore::open(folder).await.unwrap();
    println!("open                     {:>10.1} ms", opening.elapsed().as_secs_f64() * 1e3);
    assert_eq!(store.last_seq(&CollectionId::public()).await.unwrap(), Seq(events));
    ask(&store, events, "at rest").await;
    println!("memory while asking      {:>10.0} MB, of which {:.0} MB are the process's own", memory("VmRSS"), memory("RssAnon"));
    store.close().await.unwrap();
}

async fn ask(store: &EmbeddedStore, events: u64, when: &str) {
    let public = CollectionId::public();
    let end = START + events as i64 * MILLIS_PER_EVENT;
    let time = Timestamp::saturating_from_unix_millis;
    let whole = Period { from: time(START - 10_000), to: time(end) };
    let bucket = (whole.to.unix_millis() - whole.from.unix_millis()) / 60 + 1;
    let all = Ask::all(public.clone(), Scale::radar());
    let asking = |question: &str| all.clone().with(parse(question).unwrap());
    let mut millis = Vec::new();

    println!("{when}:");
    for (name, question) in [
        ("histogram", ""),
        ("histogram, level and host", "level:error host:ws-014"),
        ("histogram, rare word", "user7777"),
        ("histogram, frequent word", "accepted"),
        ("histogram, severe", "severity:>=high"),
    ] {
        let ask = asking(question);
        millis.extend(measure(name, async || store.histogram(&ask, whole, bucket).await.unwrap().is_partial).await);
    }
    millis.extend(measure("levels", async || store.levels(&all, whole, bucket).await.unwrap().is_partial).await);
    millis.extend(measure("tally", async || store.tally(&all).await.unwrap().is_partial).await);
    let severe = asking("severity:>=high");
    millis.extend(measure("top hosts of severe", async || store.top(&severe, &Field::Host, 10).await.unwrap().is_partial).await);
    millis.extend(measure("top sources", async || store.top(&all, &Field::Source, 10).await.unwrap().is_partial).await);
    let first = PageAsk { limit: 100, ..PageAsk::default() };
    for (name, question, order) in [
        ("newest 100", "", Order::Newest),
        ("newest 100, frequent word", "accepted", Order::Newest),
        ("newest 100, severe", "severity:>=high", Order::Newest),
        ("newest 100, a phrase", "\"accepted publickey\"", Order::Newest),
        ("highest scores", "", Order::Score),
        ("rarest templates", "", Order::Rarity),
    ] {
        let (ask, page) = (asking(question), PageAsk { order, ..first.clone() });
        millis.extend(measure(name, async || store.search(&ask, &page).await.unwrap().is_partial).await);
        let next = store.search(&ask, &page).await.unwrap().value.next;
        let second = PageAsk { after: next, ..page };
        millis.extend(measure("  page 2", async || store.search(&ask, &second).await.unwrap().is_partial).await);
    }
    let middle = Seq(events / 2);
    millis.extend(measure("tail 100, from the middle", async || store.tail(&public, middle, 100).await.unwrap().is_empty()).await);
    millis.extend(measure("tail, at the end", async || !store.tail(&public, Seq(events), 100).await.unwrap().is_empty()).await);
    millis.extend(measure("latest 100", async || store.latest(&public, None, 100).await.unwrap().is_empty()).await);
    millis.sort_by(f64::total_cmp);
    println!("all of these: p95 {:.1} ms, at worst {:.1} ms", millis[millis.len() * 95 / 100], millis[millis.len() - 1]);
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

/// Every answer is to be whole.
async fn measure(name: &str, question: impl AsyncFn() -> bool) -> Vec<f64> {
    let mut millis = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        assert!(!question().await, "{name}");
        millis.push(start.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    println!("  {name:<27}{:>8.2} ms, at worst {:.2} ms", millis[ROUNDS / 2], millis[ROUNDS - 1]);
    millis
}

/// What the system says of this process, in MB; 0 where it says nothing.
fn memory(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<f64>().ok()).unwrap_or_default() / 1024.0
}

fn cpu_seconds() -> f64 {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks = status.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn bytes(folder: &Path) -> u64 {
    bytes_of(folder, "")
}

fn bytes_of(folder: &Path, extension: &str) -> u64 {
    let of = |entry: std::fs::DirEntry| {
        let path = entry.path();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            bytes_of(&path, extension)
        } else if path.to_string_lossy().ends_with(extension) {
            metadata.len()
        } else {
            0
        }
    };
    std::fs::read_dir(folder).unwrap().map(|entry| of(entry.unwrap())).sum()
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
        message: format!(
            "{} publickey for user{} from 10.0.{}.{} port {index}",
            if spread.is_multiple_of(3) { "Failed" } else { "Accepted" },
            spread % 9_973,
            spread % 256,
            index % 256
        ),
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
    Scored { id: event.id(0), event, score: ScoreState::Scored(score), reasons, template: Some(TemplateId(spread % 40)) }
}
