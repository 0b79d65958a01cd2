//! `radar train`: a model's folder from events.
//!
//! Without input it trains on the generator's normal events, and measures the result on others of
//! them with anomalies in between. That is how the model inside this program was made:
//! `radar train --out models/autoencoder --seed 1`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use radar_engine::Engine;
use radar_engine::parse::{Limits, json_records, with_ids};
use radar_engine::train::{self, Options, Trained};
use radar_types::{Event, Severity, Timestamp};

use crate::generate::{Generated, Generator};
use crate::state::now;

const FILE_BYTES_MAX: u64 = 512 << 20;
const ROWS_MAX: usize = 200_000;
const ROWS_DEFAULT: usize = 40_000;
/// 2026-01-05, a Monday: the generated history begins here and is four weeks long, the one to
/// measure on follows it.
const HISTORY_START_MILLIS: i64 = 1_767_571_200_000;
const HISTORY_MILLIS: i64 = 28 * 86_400_000;
const EVALUATION_ROWS: usize = 20_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of normal events, JSON arrays or NDJSON [default: generated events]
    #[arg(long, num_args = 1..)]
    input: Vec<PathBuf>,
    /// The folder for model.onnx and manifest.json
    #[arg(long)]
    out: PathBuf,
    /// How often each event is seen
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    epochs: u32,
    /// The same events, seed and epochs give the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many events to generate, or at most to read
    #[arg(long)]
    rows: Option<usize>,
    #[arg(long, default_value = "autoencoder")]
    name: String,
    /// What the manifest calls this version of the model
    #[arg(long, default_value = "1")]
    model_version: String,
    /// The date for the manifest [default: now]
    #[arg(long)]
    date: Option<Timestamp>,
}

pub(super) fn run(args: Args) -> Result<()> {
    let rows_max = args.rows.unwrap_or(if args.input.is_empty() { ROWS_DEFAULT } else { ROWS_MAX });
    ensure!(rows_max <= ROWS_MAX, "--rows can be at most {ROWS_MAX}");
    let date = args.date.unwrap_or_else(now);
    let options = |description| Options {
        name: args.name.clone(),
        version: args.model_version.clone(),
        seed: args.seed,
        epochs: args.epochs,
        date,
        description,
    };
    let trained = if args.input.is_empty() {
        train_on_generated(rows_max, options("normal events of the built-in generator".into()))?
    } else {
        let events = read_events(&args.input, rows_max)?;
        let count = events.len();
        train::autoencoder(&events, &options(format!("{count} events of {} files", args.input.len())))?
    };
    write_model(&args.out, &trained)?;
    report(&args.out, &trained);
    Ok(())
}

fn train_on_generated(rows: usize, options: Options) -> Result<Trained> {
    let start = Timestamp::saturating_from_unix_millis(HISTORY_START_MILLIS);
    let normal: Vec<Event> = history(options.seed, start, rows, 0.0).map(|generated| generated.event).collect();
    let mut trained = train::autoencoder(&normal, &options)?;
    let unseen = history(
        options.seed.wrapping_add(1),
        start.saturating_add_millis(HISTORY_MILLIS),
        EVALUATION_ROWS,
        Generator::ANOMALY_SHARE_DEFAULT,
    );
    let metrics = measure(&trained, unseen.collect())?;
    trained.manifest.metrics.extend(metrics);
    Ok(trained)
}

fn history(seed: u64, start: Timestamp, rows: usize, anomalies: f64) -> impl Iterator<Item = Generated> {
    let mut generator = Generator::new(seed, start).with_anomalies(anomalies);
    (0..rows).map(move |index| generator.event(start.saturating_add_millis(HISTORY_MILLIS * index as i64 / rows as i64)))
}

/// What the model makes of events whose anomalies are known.
fn measure(trained: &Trained, unseen: Vec<Generated>) -> Result<BTreeMap<String, f64>> {
    let engine = Engine::load(trained.manifest.to_json().as_bytes(), &trained.onnx)?;
    let kinds: Vec<Option<&'static str>> = unseen.iter().map(|generated| generated.anomaly).collect();
    let events = unseen.into_iter().map(|generated| generated.event).collect();
    let severities: Vec<Severity> =
        engine.score(with_ids(events)).iter().map(|scored| engine.severity(scored).unwrap_or(Severity::Safe)).collect();

    let count = |is_counted: &dyn Fn(Severity, Option<&str>) -> bool| {
        severities.iter().zip(&kinds).filter(|(severity, kind)| is_counted(**severity, **kind)).count() as f64
    };
    let normal = count(&|_, kind| kind.is_none());
    let anomalous = count(&|_, kind| kind.is_some());
    let mut metrics = BTreeMap::from([
        ("evaluation_rows".to_owned(), severities.len() as f64),
        ("normal_safe_share".to_owned(), count(&|severity, kind| kind.is_none() && severity == Severity::Safe) / normal),
    ]);
    for floor in [Severity::Low, Severity::Medium] {
        let found = count(&|severity, kind| kind.is_some() && severity >= floor);
        let precision = found / count(&|severity, _| severity >= floor).max(1.0);
        let recall = found / anomalous;
        metrics.insert(format!("precision_at_{floor}"), rounded(precision));
        metrics.insert(format!("recall_at_{floor}"), rounded(recall));
        metrics.insert(format!("f1_at_{floor}"), rounded(2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE)));
    }
    for kind in kinds.iter().flatten() {
        metrics.entry(format!("recall_at_medium.{kind}")).or_insert_with(|| {
            let found = count(&|severity, of| of == Some(*kind) && severity >= Severity::Medium);
            rounded(found / count(&|_, of| of == Some(*kind)))
        });
    }
    if let Some(share) = metrics.get_mut("normal_safe_share") {
        *share = rounded(*share);
    }
    Ok(metrics)
}

fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

fn read_events(paths: &[PathBuf], rows_max: usize) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    for path in paths {
        let limits = Limits { records_max: rows_max - events.len(), ..Limits::default() };
        let parsed = json_records(&read_file(path)?, now(), &limits);
        if let Some(reject) = parsed.rejects.first() {
            let count = parsed.rejects.len();
            eprintln!(
                "{}: {count} records were left out; the first is record {}: expected {}, found {}",
                path.display(),
                reject.index,
                reject.expected,
                reject.found
            );
        }
        if parsed.truncated {
            eprintln!("{}: reading stopped after {rows_max} events", path.display());
        }
        events.extend(parsed.events.into_iter().map(|(_, event)| event));
    }
    Ok(events)
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(|| format!("{} can't be read", path.display()))?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(|| format!("{} can't be read", path.display()))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{} is larger than {} MiB; split it and give the parts", path.display(), FILE_BYTES_MAX >> 20);
    }
    Ok(bytes)
}

fn write_model(folder: &Path, trained: &Trained) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("the folder {} can't be made", folder.display()))?;
    for (name, bytes) in [("model.onnx", &trained.onnx[..]), ("manifest.json", trained.manifest.to_json().as_bytes())] {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn report(folder: &Path, trained: &Trained) {
    let manifest = &trained.manifest;
    println!(
        "{} version {}, trained on {} events, is in {}",
        manifest.name,
        manifest.version,
        manifest.trained_on.rows,
        folder.display()
    );
    for (name, value) in &manifest.metrics {
        println!("  {name}: {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(out: &Path) -> Args {
        Args {
            input: Vec::new(),
            out: out.into(),
            epochs: 2,
            seed: 1,
            rows: Some(400),
            name: "autoencoder".into(),
            model_version: "1".into(),
            date: Some(Timestamp::saturating_from_unix_millis(0)),
        }
    }

    #[test]
    fn the_shipped_model_is_what_training_gives() {
        let shipped = Engine::shipped().unwrap().manifest().clone();
        let options = Options {
            name: shipped.name.clone(),
            version: shipped.version.clone(),
            seed: shipped.trained_on.seed,
            epochs: shipped.trained_on.epochs,
            date: shipped.date,
            description: shipped.trained_on.description.clone(),
        };
        let trained = train_on_generated(shipped.trained_on.rows as usize, options).unwrap();
        // The manifest holds the hash of the model.
        assert_eq!(trained.manifest, shipped);
    }

    #[test]
    fn the_shipped_model_finds_what_it_should() {
        let metrics = Engine::shipped().unwrap().manifest().metrics.clone();
        assert!(metrics["normal_safe_share"] > 0.99, "{metrics:?}");
        assert!(metrics["recall_at_medium"] > 0.9 && metrics["precision_at_medium"] > 0.9, "{metrics:?}");
    }

    #[test]
    fn a_model_is_trained_from_files() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("events.ndjson");
        let start = Timestamp::saturating_from_unix_millis(0);
        let lines: Vec<String> =
            history(1, start, 300, 0.0).map(|generated| serde_json::to_string(&generated.event).unwrap()).collect();
        fs::write(&input, lines.join("\n")).unwrap();
        let out = folder.path().join("model");
        run(Args { input: vec![input], ..args(&out) }).unwrap();
        let engine =
            Engine::load(&fs::read(out.join("manifest.json")).unwrap(), &fs::read(out.join("model.onnx")).unwrap()).unwrap();
        assert_eq!(engine.manifest().trained_on.rows, 300);
    }

    #[test]
    fn what_cannot_be_done_is_said_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.ndjson");
        let error = run(Args { input: vec![missing.clone()], ..args(folder.path()) }).unwrap_err();
        assert_eq!(error.to_string(), format!("{} can't be read", missing.display()));
        let error = run(Args { rows: Some(5), ..args(folder.path()) }).unwrap_err();
        assert_eq!(error.to_string(), "training needs at least 100 events, and there are 5");
    }
}
