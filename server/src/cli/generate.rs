//! `radar generate`: made-up logs of several kinds, for trying things out and for measuring.

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use radar_types::Timestamp;

use crate::generate::{Combined, Generated, Generator, Metrics, ServiceLines};
use crate::state::now;

const LINES_DEFAULT: u64 = 1000;
/// Between two events, where they are not written as time passes.
const STEP_MILLIS: i64 = 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[arg(long, value_enum, default_value_t = Form::Events)]
    format: Form,
    /// How many events to write [default: 1000, or endless with --rate]
    #[arg(long)]
    lines: Option<u64>,
    /// Write so many events a second, with the times at which they are written
    #[arg(long, value_parser = rate)]
    rate: Option<f64>,
    /// The share of events that are anomalous, from 0 to 1
    #[arg(long, default_value_t = Generator::ANOMALY_SHARE_DEFAULT, value_parser = share)]
    anomalies: f64,
    /// The same seed and start give the same events
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The time of the first event; one follows each second [default: so that the last is now]
    #[arg(long, conflicts_with = "rate")]
    start: Option<Timestamp>,
    /// Also write the number (from 0, a header not counted) and kind of each anomalous line to this file, as NDJSON
    #[arg(long)]
    labels: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// Events of hosts and services, as this program stores them: NDJSON
    Events,
    /// The same of Windows hosts alone
    Windows,
    /// Lines of services: TIMESTAMP [LEVEL] SERVICE - MESSAGE | IP: … | User: … | ResponseTime: …
    Service,
    /// Requests to web servers, in the combined log format
    Combined,
    /// A table of measurements under a header
    Csv,
}

/// Makes the lines of one form.
enum Source {
    Events(Box<Generator>),
    Service(ServiceLines),
    Combined(Box<Combined>),
    Csv(Metrics),
}

impl Source {
    fn new(args: &Args, start: Timestamp) -> Self {
        let events = || Generator::new(args.seed, start).with_anomalies(args.anomalies);
        match args.format {
            Form::Events => Self::Events(Box::new(events())),
            Form::Windows => Self::Events(Box::new(events().windows_only())),
            Form::Service => Self::Service(ServiceLines::new(args.seed, args.anomalies)),
            Form::Combined => Self::Combined(Box::new(Combined::new(args.seed).with_anomalies(args.anomalies))),
            Form::Csv => Self::Csv(Metrics::new(args.seed, args.anomalies)),
        }
    }

    fn header(&self) -> Option<&'static str> {
        match self {
            Self::Csv(_) => Some(Metrics::HEADER),
            Self::Events(_) | Self::Service(_) | Self::Combined(_) => None,
        }
    }

    /// The next line, and what is wrong with it, if anything is.
    fn line(&mut self, at: Timestamp) -> Result<(String, Option<&'static str>)> {
        Ok(match self {
            Self::Events(generator) => {
                let Generated { event, anomaly } = generator.event(at);
                (serde_json::to_string(&event)?, anomaly)
            }
            Self::Service(lines) => lines.line(at),
            Self::Combined(lines) => {
                let line = lines.line(at);
                (line.text, line.anomaly)
            }
            Self::Csv(rows) => rows.line(at),
        })
    }
}

pub(super) fn run(args: Args) -> Result<()> {
    match write_events(&args) {
        // Whoever read the events has seen enough.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => Ok(()),
        result => result,
    }
}

fn write_events(args: &Args) -> Result<()> {
    let lines = args.lines.or(args.rate.is_none().then_some(LINES_DEFAULT));
    let past_millis = i64::try_from(lines.unwrap_or_default()).unwrap_or(i64::MAX).saturating_mul(STEP_MILLIS);
    let start = match (args.start, args.rate) {
        (Some(start), _) => start,
        (None, Some(_)) => now(),
        (None, None) => now().saturating_add_millis(past_millis.saturating_neg()),
    };
    let mut source = Source::new(args, start);
    let mut labels = match &args.labels {
        Some(path) => {
            let file = File::create(path).with_context(|| format!("the labels can't be written to {}", path.display()))?;
            Some(BufWriter::new(file))
        }
        None => None,
    };
    let mut output = BufWriter::new(io::stdout().lock());
    let mut pace = args.rate.map(Pace::new);

    if let Some(header) = source.header() {
        writeln!(output, "{header}")?;
    }
    let mut line = 0;
    while lines.is_none_or(|lines| line < lines) {
        let at = match &mut pace {
            Some(pace) => {
                output.flush()?;
                pace.wait();
                now()
            }
            None => start.saturating_add_millis(i64::try_from(line).unwrap_or(i64::MAX).saturating_mul(STEP_MILLIS)),
        };
        let (text, anomaly) = source.line(at)?;
        writeln!(output, "{text}")?;
        if let (Some(labels), Some(anomaly)) = (&mut labels, anomaly) {
            writeln!(labels, r#"{{"line":{line},"anomaly":"{anomaly}"}}"#).context("the labels can't be written")?;
        }
        line += 1;
    }
    output.flush()?;
    if let Some(labels) = &mut labels {
        labels.flush().context("the labels can't be written")?;
    }
    Ok(())
}

/// Spreads events evenly over time, and makes up for waits that took too long.
struct Pace {
    interval: Duration,
    next: Instant,
}

impl Pace {
    fn new(per_second: f64) -> Self {
        Self { interval: Duration::from_secs_f64(1.0 / per_second), next: Instant::now() }
    }

    fn wait(&mut self) {
        thread::sleep(self.next.saturating_duration_since(Instant::now()));
        self.next += self.interval;
    }
}

fn rate(text: &str) -> Result<f64, String> {
    number_within(text, 0.001, 1_000_000.0)
}

fn share(text: &str) -> Result<f64, String> {
    number_within(text, 0.0, 1.0)
}

fn number_within(text: &str, min: f64, max: f64) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(number),
        _ => Err(format!("a number from {min} to {max} is needed here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused() {
        for text in ["-1", "2", "NaN", "x", ""] {
            assert!(share(text).is_err(), "{text}");
        }
        assert_eq!((share("0.05"), rate("0.5")), (Ok(0.05), Ok(0.5)));
        assert!(rate("0").is_err());
    }

    #[test]
    fn events_and_labels_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let labels = folder.path().join("labels.ndjson");
        let start = "2026-03-02T00:00:00Z".parse().ok();
        let args =
            Args { format: Form::Csv, lines: Some(0), rate: None, anomalies: 1.0, seed: 1, start, labels: Some(labels.clone()) };
        run(args).unwrap();
        assert_eq!(std::fs::read_to_string(labels).unwrap(), "");
        let missing = folder.path().join("missing").join("labels");
        let args = Args { format: Form::Events, lines: Some(0), rate: None, anomalies: 1.0, seed: 1, start, labels: Some(missing) };
        assert!(run(args).unwrap_err().to_string().starts_with("the labels can't be written to"));
    }
}
