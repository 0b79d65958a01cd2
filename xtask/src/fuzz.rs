//! Fuzzing: each parser is fed what libFuzzer makes of the samples, guided by what of the code it reaches.
//!
//! The targets are a workspace of their own, `fuzz/`, compiled with the instrumentation for coverage that
//! every compiler of Rust has; no nightly one and no other tool is needed. What was learned stays in
//! `target/fuzz/corpus`, so that the next run goes on from there; an input that broke something is left
//! in `target/fuzz/found`, and running its target with it alone shows how.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use flate2::read::GzDecoder;

use crate::{process, report, workspace};

#[derive(Args)]
pub(crate) struct Options {
    /// Only these targets
    targets: Vec<String>,
    /// How long each runs
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

/// What tells libFuzzer which parts of the code an input reaches.
const INSTRUMENTATION: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];
const INPUT_BYTES_MAX: u32 = 4096;
const MEGABYTES_MAX: u32 = 1024;
/// An input of a few kilobytes that takes longer is a finding.
const SECONDS_PER_INPUT_MAX: u32 = 10;
/// Where the records of an event log file begin: behind its header and that of its first chunk.
const EVTX_RECORDS_AT: usize = 4096 + 512;

/// Runs the targets one after another, to the end even if one finds something.
pub(crate) fn fuzz(options: &Options) -> Result<()> {
    let known = targets()?;
    let unknown: Vec<&String> = options.targets.iter().filter(|name| !known.contains(name)).collect();
    ensure!(unknown.is_empty(), "there is no fuzz target {unknown:?}; there are {}", known.join(", "));
    let chosen = if options.targets.is_empty() { &known } else { &options.targets };
    let folder = workspace::target().join("fuzz");
    let programs = build(&folder, chosen)?;
    let mut broken = Vec::new();
    for name in chosen {
        let found = folder.join("found").join(name);
        let done = format!("{name} ran for {} s", options.seconds);
        let run = report::step("fuzz", &done, || process::run(&mut run_of(name, &programs, &folder, options.seconds)?));
        if let Err(error) = run {
            report::problem(&error);
            report::note("fuzz", &format!("{name}: what it found is in {}", found.display()));
            broken.push(name.as_str());
        }
    }
    ensure!(broken.is_empty(), "something was found by {}", broken.join(", "));
    Ok(())
}

fn targets() -> Result<Vec<String>> {
    let files = workspace::files(&workspace::root().join("fuzz/targets"))?;
    Ok(files.iter().filter_map(|file| Some(file.file_stem()?.to_string_lossy().into_owned())).collect())
}

/// Compiles the targets, and gives the folder of the programs.
fn build(folder: &Path, targets: &[String]) -> Result<PathBuf> {
    let host = host()?;
    let mut cargo = process::cargo();
    // Naming the target keeps the instrumentation out of build scripts.
    cargo.args(["build", "--release", "--manifest-path", "fuzz/Cargo.toml", "--target", &host]);
    for name in targets {
        cargo.args(["--bin", name]);
    }
    cargo.env("CARGO_TARGET_DIR", folder).env("RUSTFLAGS", INSTRUMENTATION.join(" "));
    report::step("fuzz", "the targets are compiled", || process::run(&mut cargo))?;
    Ok(folder.join(host).join("release"))
}

fn host() -> Result<String> {
    let said = process::output(Command::new("rustc").arg("-vV"))?;
    said.lines().find_map(|line| line.strip_prefix("host: ")).map(str::to_owned).context("rustc does not say what it runs on")
}

fn run_of(name: &str, programs: &Path, folder: &Path, seconds: u32) -> Result<Command> {
    let (corpus, found) = (folder.join("corpus").join(name), folder.join("found").join(name));
    fs::create_dir_all(&corpus)?;
    fs::create_dir_all(&found)?;
    let mut run = Command::new(programs.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)));
    run.current_dir(folder);
    for (option, value) in [
        ("max_total_time", seconds),
        ("max_len", INPUT_BYTES_MAX),
        ("rss_limit_mb", MEGABYTES_MAX),
        ("timeout", SECONDS_PER_INPUT_MAX),
        ("print_final_stats", 1),
        ("verbosity", 0),
        ("print_funcs", 0),
    ] {
        run.arg(format!("-{option}={value}"));
    }
    // A folder of artifacts ends with a separator.
    run.arg(format!("-artifact_prefix={}", found.join("").display())).arg(corpus).args(seeds(name, folder)?);
    Ok(run)
}

/// The folders of samples that a target begins with.
fn seeds(name: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let samples = workspace::root().join("fixtures/read");
    Ok(match name.strip_prefix("read_") {
        Some("evtx") => vec![evtx_records(&samples.join("evtx"), folder)?],
        Some(format) if samples.join(format).is_dir() => vec![samples.join(format)],
        _ if name == "query" => vec![workspace::root().join("fixtures/query")],
        _ if matches!(name, "model" | "manifest") => folders(&workspace::root().join("models"))?,
        _ => folders(&samples)?,
    })
}

fn folders(root: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("cannot list {}", root.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// The records of the event log samples, which are packed and mostly empty.
fn evtx_records(samples: &Path, folder: &Path) -> Result<PathBuf> {
    let seeds = folder.join("seeds/read_evtx");
    fs::create_dir_all(&seeds)?;
    for sample in workspace::files(samples)? {
        if sample.extension().is_none_or(|extension| extension != "gz") {
            continue;
        }
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(&sample)?).read_to_end(&mut bytes)?;
        let records = bytes.get(EVTX_RECORDS_AT..).unwrap_or_default();
        let end = records.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let Some(name) = sample.file_name() else { bail!("a sample has no name: {}", sample.display()) };
        fs::write(seeds.join(name), &records[..end])?;
    }
    Ok(seeds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_declared_and_has_seeds() {
        let manifest = fs::read_to_string(workspace::root().join("fuzz/Cargo.toml")).unwrap();
        let names = targets().unwrap();
        assert!(names.len() > 15, "{names:?}");
        for name in names {
            assert!(manifest.contains(&format!("path = \"targets/{name}.rs\"")), "{name} is not in fuzz/Cargo.toml");
            let seeds = seeds(&name, &workspace::own().join("fuzz-test")).unwrap();
            let files: usize = seeds.iter().map(|folder| workspace::files(folder).unwrap().len()).sum();
            assert!(files > 0, "{name} begins with nothing");
        }
    }
}
