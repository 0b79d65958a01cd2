//! `radar train`: a model's folder from events or from logs of any kind.
//!
//! Without input it trains on the generators' logs, and measures the result on others of them with
//! anomalies in between. That is how the models inside this program were made; each stands in a folder
//! of `models` and is made again by, for example,
//! `radar train --schema http --kind kmeans --rows 12000 --epochs 20 --seed 1 --out models/http_kmeans`.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use radar_engine::analyze::{Analysis, Kind as Records, Learner, Settings};
use radar_engine::feature::Schema;
use radar_engine::model::Kind;
use radar_engine::parse::{Limits, json_records};
use radar_engine::read;
use radar_engine::train::{self, Options, Rows, Trained};
use radar_types::{Event, Timestamp};

use super::inputs::open_all;
use crate::state::now;
use crate::training;

const FILE_BYTES_MAX: u64 = 512 << 20;
const ROWS_MAX: usize = 200_000;
const ROWS_DEFAULT: usize = 40_000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of normal events or logs, in any format that can be analysed [default: generated ones]
    #[arg(long, num_args = 1..)]
    input: Vec<PathBuf>,
    /// The folder for model.onnx and manifest.json
    #[arg(long)]
    out: PathBuf,
    #[arg(long, value_enum, default_value_t = KindName::Autoencoder)]
    kind: KindName,
    /// What the model reads [default: what the records of the input are, or single events where there is none]
    #[arg(long, value_enum)]
    schema: Option<SchemaName>,
    /// How often an autoencoder sees each row
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    epochs: u32,
    /// The same rows, seed and epochs give the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many rows to generate, or at most to learn
    #[arg(long)]
    rows: Option<usize>,
    /// [default: that of the kind, with what it reads]
    #[arg(long)]
    name: Option<String>,
    /// What the manifest calls this version of the model
    #[arg(long, default_value = "1")]
    model_version: String,
    /// The date for the manifest [default: now]
    #[arg(long)]
    date: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum KindName {
    Autoencoder,
    IsolationForest,
    Kmeans,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum SchemaName {
    /// Single events, as the server reads them: needs events as JSON
    EventAlone,
    /// Lines and events among those of their log
    Event,
    /// Requests to a web server
    Http,
    /// Rows of a table
    Table,
}

impl KindName {
    fn kind(self) -> Kind {
        match self {
            Self::Autoencoder => Kind::Autoencoder,
            Self::IsolationForest => Kind::IsolationForest,
            Self::Kmeans => Kind::KMeans,
        }
    }
}

impl SchemaName {
    fn schema(self) -> Schema {
        match self {
            Self::EventAlone => Schema::EventAlone,
            Self::Event => Schema::Event,
            Self::Http => Schema::Http,
            Self::Table => Schema::Table,
        }
    }
}

pub(super) fn run(args: Args) -> Result<()> {
    let rows_max = args.rows.unwrap_or(if args.input.is_empty() { ROWS_DEFAULT } else { ROWS_MAX });
    ensure!(rows_max <= ROWS_MAX, "--rows can be at most {ROWS_MAX}");
    let date = args.date.unwrap_or_else(now);
    let kind = args.kind.kind();
    let wanted = args.schema.map(SchemaName::schema);
    let options = |schema: Schema, description: String| Options {
        name: args.name.clone().unwrap_or_else(|| match schema {
            Schema::EventAlone => kind.name().to_owned(),
            _ => format!("{}_{}", schema.name(), kind.name()),
        }),
        version: args.model_version.clone(),
        seed: args.seed,
        epochs: args.epochs,
        date,
        description,
    };
    let files = args.input.len();
    let trained = if args.input.is_empty() {
        let schema = wanted.unwrap_or(Schema::EventAlone);
        training::on_generated(kind, schema, rows_max, &options(schema, made_of(schema).into()))?
    } else if wanted == Some(Schema::EventAlone) {
        let events = read_events(&args.input, rows_max)?;
        train::events(kind, &events, &options(Schema::EventAlone, format!("{} events of {files} files", events.len())))?
    } else {
        let rows = read_rows(&args.input, wanted, rows_max)?;
        train::rows(kind, &rows, None, &options(rows.schema, format!("{} records of {files} files", rows.count())))?
    };
    write_model(&args.out, &trained)?;
    report(&args.out, &trained);
    Ok(())
}

/// For the manifest of a model that was trained without input.
fn made_of(schema: Schema) -> &'static str {
    match schema {
        Schema::EventAlone => "normal events of the built-in generator",
        Schema::Event => "logs of the built-in generators: services, hosts, Windows, plain text",
        Schema::Http => "access logs of the built-in generator",
        Schema::Table => "tables of the built-in generators: measurements over time, and columns of common causes",
    }
}

/// The features of records of files, each file read by itself, evenly spread over all of them.
fn read_rows(paths: &[PathBuf], wanted: Option<Schema>, rows_max: usize) -> Result<Rows> {
    let mut all: Option<Rows> = None;
    let inputs = open_all(paths)?;
    let settings = Settings::default();
    let rows_max_each = (rows_max / inputs.len().max(1)).max(1);
    for input in &inputs {
        let options = read::Options { format: None, now: now() };
        let mut analysis = Analysis::new(&settings);
        let mut blocks = input.blocks(options.clone())?;
        let Some((first, _)) = blocks.next()? else { continue };
        let kind = Records::of(&first);
        let Some(schema) = kind.schema() else { continue };
        let learner = Learner::new(kind, &settings);
        let (mut next, mut count) = (Some(first), 0);
        while let Some(block) = next {
            let records = block.records().records;
            count += records.len();
            analysis.absorb(learner.read(&records));
            next = blocks.next()?.map(|(block, _)| block);
        }
        let wanted = wanted.or(all.as_ref().map(|rows| rows.schema));
        if let Some(wanted) = wanted.filter(|wanted| *wanted != schema) {
            bail!("{} holds what a model of {} reads, and not of {}", input.name, schema.name(), wanted.name());
        }
        analysis.settle()?;
        let all = all.get_or_insert_with(|| Rows::none(schema));
        let step = count.div_ceil(rows_max_each).max(1);
        let mut index = 0;
        let mut blocks = input.blocks(options)?;
        while let Some((block, _)) = blocks.next()? {
            let mut records = block.records().records;
            records.retain(|_| {
                index += 1;
                (index - 1) % step == 0
            });
            if let Some(rows) = analysis.rows(kind, &records) {
                all.extend(&rows);
            }
        }
    }
    all.context("there are no records in the input")
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
    use radar_engine::Engine;
    use radar_engine::model::Manifest;

    use super::*;

    fn args(out: &Path) -> Args {
        Args {
            input: Vec::new(),
            out: out.into(),
            kind: KindName::Autoencoder,
            schema: None,
            epochs: 2,
            seed: 1,
            rows: Some(400),
            name: None,
            model_version: "1".into(),
            date: Some(Timestamp::saturating_from_unix_millis(0)),
        }
    }

    /// What a manifest says of its training, to do it again.
    fn options(manifest: &Manifest) -> Options {
        Options {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            seed: manifest.trained_on.seed,
            epochs: manifest.trained_on.epochs,
            date: manifest.date,
            description: manifest.trained_on.description.clone(),
        }
    }

    #[test]
    fn the_shipped_models_are_what_training_gives() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models");
        let mut models = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let shipped = Manifest::read(&fs::read(path.join("manifest.json")).unwrap()).unwrap();
            let schema = shipped.reads().unwrap();
            // Of several generated logs, more rows come out than were asked for.
            let rows = shipped.trained_on.rows as usize;
            let trained = training::on_generated(shipped.kind, schema, rows, &options(&shipped)).unwrap();
            // The manifest holds the hash of the model. Both are too long to be printed.
            assert!(trained.manifest == shipped, "{} is not what training gives now; train it again", path.display());
            models += 1;
        }
        // Those of three schemas, and the server's own.
        assert_eq!(models, 3 * Kind::ALL.len() + 1);
    }

    #[test]
    fn the_shipped_model_finds_what_it_should() {
        let metrics = Engine::shipped().unwrap().manifest().metrics.clone();
        assert!(metrics["normal_safe_share"] > 0.99, "{metrics:?}");
        assert!(metrics["recall_at_medium"] > 0.9 && metrics["precision_at_medium"] > 0.9, "{metrics:?}");
    }

    #[test]
    fn a_model_for_the_server_is_trained_from_events() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("events.ndjson");
        let start = Timestamp::saturating_from_unix_millis(0);
        let lines: Vec<String> =
            training::history(1, start, 300, 0.0).map(|generated| serde_json::to_string(&generated.event).unwrap()).collect();
        fs::write(&input, lines.join("\n")).unwrap();
        let out = folder.path().join("model");
        run(Args { input: vec![input], schema: Some(SchemaName::EventAlone), ..args(&out) }).unwrap();
        let engine =
            Engine::load(&fs::read(out.join("manifest.json")).unwrap(), &fs::read(out.join("model.onnx")).unwrap()).unwrap();
        assert_eq!(engine.manifest().trained_on.rows, 300);
    }

    #[test]
    fn a_model_of_any_kind_is_trained_from_a_log() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("shop.log");
        let lines: Vec<String> =
            (0..500).map(|index| format!("2026-03-02 10:{:02}:00 [INFO] shop - order {index} done", index % 60)).collect();
        fs::write(&input, lines.join("\n")).unwrap();
        for kind in [KindName::Autoencoder, KindName::IsolationForest, KindName::Kmeans] {
            let out = folder.path().join(kind.kind().name());
            run(Args { input: vec![input.clone()], kind, rows: Some(250), ..args(&out) }).unwrap();
            let (schema, detector) = crate::models::of_folder(&out).unwrap();
            assert_eq!((schema, detector.kind()), (Schema::Event, kind.kind()));
            let manifest = Manifest::read(&fs::read(out.join("manifest.json")).unwrap()).unwrap();
            assert_eq!((manifest.trained_on.rows, manifest.name), (250, format!("event_{}", kind.kind())));
        }
        let error = run(Args { input: vec![input.clone()], schema: Some(SchemaName::Http), ..args(folder.path()) }).unwrap_err();
        assert_eq!(error.to_string(), format!("{} holds what a model of event reads, and not of http", input.display()));
    }

    #[test]
    fn what_cannot_be_done_is_said_plainly() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.ndjson");
        let error = run(Args { input: vec![missing.clone()], ..args(folder.path()) }).unwrap_err();
        assert_eq!(error.to_string(), format!("{} can't be opened", missing.display()));
        let error = run(Args { rows: Some(5), ..args(folder.path()) }).unwrap_err();
        assert_eq!(error.to_string(), "training needs at least 100 events, and there are 5");
    }
}
