//! The figures of one run of the benchmark, as they are measured, saved and loaded.

use std::{
    fs,
    path::Path,
    process::{Child, Command},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

pub(crate) struct Run {
    /// Processor, and how many of its cores.
    pub(crate) machine: String,
    pub(crate) lines: u64,
    pub(crate) rows: Vec<Row>,
}

/// What one piece of work took at best.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) secs: f64,
    pub(crate) records: u64,
    pub(crate) bytes: u64,
    /// Of a whole run, where the system tells.
    pub(crate) cpu_secs: Option<f64>,
    pub(crate) peak_bytes: Option<u64>,
}

/// What a program used.
pub(crate) struct Used {
    secs: f64,
    cpu_secs: Option<f64>,
    peak_bytes: Option<u64>,
}

/// How often a program is asked for its memory while it runs.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// In `/proc` time is counted in these, whatever the processor.
const TICKS_PER_SEC: f64 = 100.0;

impl Run {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let saved: Value = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
        let rows = saved["rows"].as_array().with_context(|| format!("{} holds no rows", path.display()))?;
        Ok(Self {
            machine: saved["machine"].as_str().unwrap_or_default().to_owned(),
            lines: saved["lines"].as_u64().unwrap_or_default(),
            rows: rows.iter().map(Row::from_json).collect(),
        })
    }

    pub(crate) fn save(&self, path: &Path) -> Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(Row::to_json).collect();
        let text = serde_json::to_string_pretty(&json!({ "machine": self.machine, "lines": self.lines, "rows": rows }))?;
        fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }
}

impl Row {
    /// Reads a line of the engine's benchmark.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut cells = line.split('\t');
        let (name, secs, records, bytes) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        let (secs, records, bytes) = (secs.parse().ok()?, records.parse().ok()?, bytes.parse().ok()?);
        Some(Self { name: name.to_owned(), secs, records, bytes, ..Self::default() })
    }

    /// Each figure may be the best of another run: what is above it is the machine's other work.
    pub(crate) fn keep_best(&mut self, used: &Used) {
        let is_first = self.secs == 0.0;
        self.secs = if is_first { used.secs } else { self.secs.min(used.secs) };
        self.cpu_secs = match (self.cpu_secs, used.cpu_secs) {
            (Some(own), Some(found)) => Some(own.min(found)),
            (own, found) => found.or(own),
        };
        self.peak_bytes = self.peak_bytes.max(used.peak_bytes);
    }

    fn from_json(saved: &Value) -> Self {
        Self {
            name: saved["name"].as_str().unwrap_or_default().to_owned(),
            secs: saved["secs"].as_f64().unwrap_or_default(),
            records: saved["records"].as_u64().unwrap_or_default(),
            bytes: saved["bytes"].as_u64().unwrap_or_default(),
            cpu_secs: saved["cpu_secs"].as_f64(),
            peak_bytes: saved["peak_bytes"].as_u64(),
        }
    }

    fn to_json(&self) -> Value {
        json!({
            "name": self.name,
            "secs": self.secs,
            "records": self.records,
            "bytes": self.bytes,
            "cpu_secs": self.cpu_secs,
            "peak_bytes": self.peak_bytes,
        })
    }
}

/// The processor as it calls itself, where the system tells.
pub(crate) fn machine() -> String {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let system = format!("{} {}", std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores, {}, {system}", model.map_or("a processor without a name", |(_, name)| name))
}

/// Runs a program to its end. Findings make `radar analyze` end with 1, which is no failure.
pub(crate) fn measure(command: &mut Command) -> Result<Used> {
    let cpu_before = cpu_secs_of_children();
    let start = Instant::now();
    let mut child = command.spawn().context("cannot start the program to measure")?;
    let mut peak_bytes = None;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        peak_bytes = peak_bytes_of(&child).or(peak_bytes);
        thread::sleep(ASK_EVERY);
    };
    let secs = start.elapsed().as_secs_f64();
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("the program that was measured did not succeed ({status})");
    }
    let cpu_secs = cpu_before.zip(cpu_secs_of_children()).map(|(before, after)| after - before);
    Ok(Used { secs, cpu_secs, peak_bytes })
}

/// Of those that have ended.
fn cpu_secs_of_children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The name in parentheses may hold anything.
    let (_, numbers) = stat.rsplit_once(") ")?;
    let numbers: Vec<f64> = numbers.split(' ').skip(13).take(2).filter_map(|number| number.parse().ok()).collect();
    (numbers.len() == 2).then(|| numbers.iter().sum::<f64>() / TICKS_PER_SEC)
}

fn peak_bytes_of(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_engine_is_read() {
        let row = Row { name: "a: parse".into(), secs: 0.25, records: 10, bytes: 99, ..Row::default() };
        assert_eq!(Row::read("a: parse\t0.25\t10\t99"), Some(row));
        assert_eq!(Row::read("a: parse\t0.25"), None);
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = crate::workspace::own();
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("bench-test.json");
        let row = Row { name: "x".into(), secs: 1.5, records: 3, bytes: 4, cpu_secs: Some(2.5), peak_bytes: None };
        Run { machine: "m".into(), lines: 7, rows: vec![row.clone()] }.save(&path).unwrap();
        let loaded = Run::load(&path).unwrap();
        assert_eq!((loaded.machine.as_str(), loaded.lines, loaded.rows), ("m", 7, vec![row]));
        assert!(Run::load(Path::new("no-such-file")).is_err());
    }

    #[test]
    fn of_several_runs_the_best_counts_and_the_most_memory() {
        let mut row = Row::default();
        for (secs, cpu_secs, peak_bytes) in [(2.0, 3.0, 10), (1.0, 4.0, 20), (3.0, 2.5, 5)] {
            row.keep_best(&Used { secs, cpu_secs: Some(cpu_secs), peak_bytes: Some(peak_bytes) });
        }
        assert_eq!((row.secs, row.cpu_secs, row.peak_bytes), (1.0, Some(2.5), Some(20)));
    }
}
