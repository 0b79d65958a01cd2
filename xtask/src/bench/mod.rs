//! `cargo xtask bench`: what the program costs, stage by stage and in whole, against files it makes.
//!
//! The engine's own benchmark times the stages on one thread; whole runs of `radar analyze` are timed from
//! outside, with one thread and with all. A run can be saved and another one held against it, which is
//! the only fair comparison: on the same machine, soon after each other. Nothing is held to a
//! figure here, since machines differ more than programs do.

mod run;
mod table;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, Result};

use self::run::{Row, Run};
use crate::{native, process, report, setup, workspace};

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Options {
    #[command(subcommand)]
    part: Option<Part>,
    /// The lines of the access log that is made; the other logs have a fifth of that
    #[arg(long, default_value_t = 1_000_000)]
    lines: u64,
    /// Save the figures as JSON
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Compare with figures that were saved, and mark what is slower
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Measure these files too, of any format
    #[arg(value_name = "LOG")]
    logs: Vec<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// The embedded store alone: appending, questions, memory, bytes an event, opening
    Store {
        /// How many it is filled with
        #[arg(long, default_value_t = 10_000_000)]
        events: u64,
    },
    /// The pages of a server with many events: how soon they are written, how smoothly a long table scrolls, and what Lighthouse
    /// says of them
    Pages {
        /// How many it is filled with
        #[arg(long, default_value_t = 1_000_000)]
        events: u64,
    },
}

/// Of the versions that run on the oldest Node we ask for, the newest.
const LIGHTHOUSE: &str = "lighthouse@12.8.2";

/// What is made: the name of a format and the ending of its file.
const FORMATS: [(&str, &str); 4] = [("combined", "log"), ("service", "log"), ("windows", "ndjson"), ("csv", "csv")];
/// Whole runs of each kind, of which the best counts.
const RUNS: usize = 3;
/// The first event of every file, so that each run is over the same bytes.
const START: &str = "2026-01-05T00:00:00Z";

pub(crate) fn bench(options: &Options) -> Result<()> {
    match options.part {
        Some(Part::Store { events }) => return store(events),
        Some(Part::Pages { events }) => return pages(events),
        None => {}
    }
    let against = options.against.as_deref().map(Run::load).transpose()?;
    let radar = report::step("bench", "the program is compiled for release", radar)?;
    let mut logs = report::step("bench", "logs are made", || made(&radar, options.lines))?;
    for log in &options.logs {
        logs.push(log.canonicalize().with_context(|| format!("there is no file {}", log.display()))?);
    }
    let mut run = Run { machine: run::machine(), lines: options.lines, rows: Vec::new() };
    report::step("bench", "the engine's stages are measured", || {
        run.rows.extend(stages(&logs)?);
        Ok(())
    })?;
    report::step("bench", "whole runs are measured", || {
        for log in &logs {
            let rows = whole(&radar, log, &run.rows)?;
            run.rows.extend(rows);
        }
        Ok(())
    })?;
    table::print(&run, against.as_ref());
    if let Some(path) = &options.save {
        run.save(path)?;
    }
    Ok(())
}

fn store(events: u64) -> Result<()> {
    let mut bench = process::cargo();
    bench.args(["bench", "--package", "radar-store", "--bench", "store", "--", &events.to_string()]);
    process::run(&mut bench)
}

fn pages(events: u64) -> Result<()> {
    let radar = native::release()?;
    setup::npm_packages()?;
    let lighthouse = workspace::own().join("lighthouse");
    if !lighthouse.join("node_modules/lighthouse").is_dir() {
        fs::create_dir_all(&lighthouse)?;
        let mut install = process::npm();
        install.args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            LIGHTHOUSE,
            "--prefix",
        ]);
        report::step("bench", "Lighthouse installed", || process::run(install.arg(&lighthouse)))?;
    }
    let mut bench = process::node();
    bench.arg(workspace::root().join("end2end/bench.mjs")).arg(events.to_string());
    process::run(bench.env("RADAR_BIN", radar).env("CHROMIUM", setup::chromium()?).env("LIGHTHOUSE", lighthouse))
}

/// The program without the page inside, which no figure here depends on.
fn radar() -> Result<PathBuf> {
    process::run(process::cargo().args(["build", "--release", "--package", "radar"]))?;
    Ok(workspace::binary("release", "radar"))
}

fn made(radar: &Path, lines: u64) -> Result<Vec<PathBuf>> {
    let folder = workspace::own().join("bench");
    fs::create_dir_all(&folder)?;
    let mut logs = Vec::new();
    for (format, ending) in FORMATS {
        let lines = if format == "combined" { lines } else { lines / 5 };
        let path = folder.join(format!("{format}.{ending}"));
        let file = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
        let mut generate = Command::new(radar);
        generate.args(["generate", "--format", format, "--start", START, "--lines", &lines.to_string()]);
        process::run(generate.stdout(file))?;
        logs.push(path);
    }
    Ok(logs)
}

fn stages(logs: &[PathBuf]) -> Result<Vec<Row>> {
    let mut bench = process::cargo();
    bench.args(["bench", "--package", "radar-engine", "--bench", "engine", "--"]).args(logs);
    let rows = process::output(&mut bench)?;
    rows.lines().map(|line| Row::read(line).with_context(|| format!("the engine's benchmark says {line:?}"))).collect()
}

/// `radar analyze` with one thread and with all.
fn whole(radar: &Path, log: &Path, stages: &[Row]) -> Result<Vec<Row>> {
    let name = log.file_stem().unwrap_or_default().to_string_lossy();
    let stage = stages.iter().find(|row| row.name.starts_with(&format!("{name}: ")));
    let (records, bytes) = stage.map_or((0, 0), |row| (row.records, row.bytes));
    let all = thread::available_parallelism().map_or(1, usize::from);
    let mut rows = Vec::new();
    for threads in if all > 1 { vec![1, all] } else { vec![1] } {
        let mut row = Row { name: format!("{name}: radar analyze --threads {threads}"), records, bytes, ..Row::default() };
        for _ in 0..RUNS {
            let mut analyze = Command::new(radar);
            analyze.args(["analyze", "--output", "jsonl", "--threads", &threads.to_string()]).arg(log);
            row.keep_best(&run::measure(analyze.stdout(Stdio::null()).stderr(Stdio::null()))?);
        }
        rows.push(row);
    }
    Ok(rows)
}
