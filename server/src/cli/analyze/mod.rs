//! `radar analyze`: any logs in, the lines that matter out, with the reason.
//!
//! A filter: findings go to the standard output in the order of the input, everything else to the
//! standard error stream. The inputs are read twice: first to learn what is usual in them, then to
//! judge each record against that. The number of threads changes nothing but the time it takes.

mod finding;
mod in_order;
mod output;
mod summary;

use std::cmp::Ordering;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, ensure};
use radar_engine::analyze::{Analysis, Group, Kind, Learned, Learner, Settings, Verdict};
use radar_engine::read::{Block, Format, Options, Record, Reject};
use radar_engine::template::Masks;
use radar_types::Severity;

use super::inputs::{Input, open_all};
use super::judge::Judge;
use super::progress::Progress;
use crate::state::now;
use finding::{Finding, event_json};
use in_order::in_order;
use output::{Form, Writer};
use summary::Summary;

const THREADS_MAX: usize = 256;
const TOP_MAX: usize = 1_000_000;
/// No input has more lines than these hold.
const LINE_BITS: u32 = 40;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The files to analyse; - is the standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What wrote them, if the content does not tell
    #[arg(long)]
    format: Option<Format>,
    #[command(flatten)]
    judge: Judge,
    /// Learn what is usual from these files instead of the ones to analyse
    #[arg(long, value_name = "FILE", num_args = 1..)]
    baseline: Vec<PathBuf>,
    /// Judge sessions and not lines: the field that names the session, or a pattern for its name in the line
    #[arg(long, value_name = "FIELD or PATTERN", value_parser = group)]
    group_by: Option<Group>,
    /// Say what varies in messages: a name and a pattern over whole words, in which # is a number, * anything and
    /// ? any letter, as in `--mask job=job-#-*`
    #[arg(long, value_name = "NAME=PATTERN", value_parser = mask)]
    mask: Vec<(String, String)>,
    /// Leave out what is less severe
    #[arg(long, default_value = "low", value_parser = severity)]
    min_severity: Severity,
    /// Only the so many highest scores, highest first
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    #[arg(long, value_enum, default_value_t = Form::Table)]
    output: Form,
    /// Exit with 1 when there is a finding of this severity or above
    #[arg(long, default_value = "medium", value_parser = severity)]
    fail_on: Severity,
    /// As many as there are processors, if not given
    #[arg(long)]
    threads: Option<usize>,
}

pub(super) fn run(args: Args) -> Result<ExitCode> {
    ensure!(args.top != Some(0), "--top takes a number from 1");
    let mut out = BufWriter::new(io::stdout().lock());
    match analyze(&args, &mut out).and_then(|summary| out.flush().map(|()| summary).map_err(Into::into)) {
        Ok(summary) => Ok(if summary.worst_at_least(args.fail_on) { ExitCode::from(1) } else { ExitCode::SUCCESS }),
        // Whoever read the findings has seen enough.
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe) => {
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => Err(error),
    }
}

fn analyze(args: &Args, out: &mut impl Write) -> Result<Summary> {
    let inputs = open_all(&args.files)?;
    let baseline = open_all(&args.baseline)?;
    let work = Work {
        settings: Settings { method: args.judge.method(), group: args.group_by.clone(), masks: Masks::new(args.mask.clone())? },
        options: Options { format: args.format, now: now() },
        model: args.judge.name(),
        threads: args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).clamp(1, THREADS_MAX),
    };
    let learned_from = if baseline.is_empty() { &inputs } else { &baseline };
    let bytes_total = [learned_from, &inputs].into_iter().flatten().map(Input::bytes).sum();
    let mut progress = Progress::new(bytes_total);

    let mut analysis = Analysis::new(&work.settings);
    for input in (0..).zip(learned_from) {
        work.read(input, &mut progress, |learned| analysis.absorb(learned))?;
    }
    args.judge.give_models(&mut analysis)?;
    analysis.settle()?;
    if !baseline.is_empty() && analysis.end_baseline() {
        for input in (0..).zip(&inputs) {
            work.read(input, &mut progress, |learned| analysis.follow(learned))?;
        }
    }

    let mut summary = Summary { model: args.judge.name(), ..Summary::default() };
    let mut writer = Writer::new(args.output);
    writer.begin(out)?;
    let mut highest = args.top.map(Highest::new);
    for input in (0..).zip(&inputs) {
        work.judge(input, &analysis, args.min_severity, &mut summary, &mut progress, |finding| match &mut highest {
            Some(highest) => {
                highest.add(finding);
                Ok(())
            }
            None => Ok(writer.finding(finding, out)?),
        })?;
    }
    progress.clear();
    for finding in highest.into_iter().flat_map(Highest::into_sorted) {
        writer.finding(finding, out)?;
    }
    writer.end(&summary, out)?;
    out.flush()?;
    summary.write(progress.took(), &mut io::stderr())?;
    Ok(summary)
}

/// How the inputs are gone through.
struct Work {
    settings: Settings,
    options: Options,
    model: &'static str,
    threads: usize,
}

/// What a thread made of a block.
struct Done<T> {
    result: T,
    records: u64,
    rejects: Vec<Reject>,
    bytes_read: u64,
}

impl Work {
    /// A session may go on in another input, so there its lines have numbers of their own while they are judged.
    fn tell_apart(&self, number: u64, records: &mut [Record<'_>]) {
        if self.settings.group.is_some() {
            records.iter_mut().for_each(|record| record.line += number << LINE_BITS);
        }
    }

    fn read(&self, (number, input): (u64, &Input), progress: &mut Progress, mut take: impl FnMut(Learned)) -> Result<()> {
        let mut blocks = input.blocks(self.options.clone())?;
        // What kind of log it is, the first block tells; all others are then looked at in the same way.
        let Some((first, bytes_read)) = blocks.next()? else { return Ok(()) };
        let learner = Learner::new(Kind::of(&first), &self.settings);
        let mut waiting = Some((first, bytes_read));
        in_order(
            self.threads,
            || match waiting.take() {
                Some(first) => Ok(Some(first)),
                None => blocks.next(),
            },
            |(block, bytes_read): (Block, u64)| {
                let mut records = block.records();
                self.tell_apart(number, &mut records.records);
                Done { result: learner.read(&records.records), records: records.records.len() as u64, rejects: vec![], bytes_read }
            },
            |done| {
                take(done.result);
                progress.add(done.bytes_read, done.records);
                Ok(())
            },
        )
    }

    fn judge(
        &self,
        (number, input): (u64, &Input),
        analysis: &Analysis,
        min_severity: Severity,
        summary: &mut Summary,
        progress: &mut Progress,
        mut take: impl FnMut(Finding) -> Result<()>,
    ) -> Result<()> {
        let mut blocks = input.blocks(self.options.clone())?;
        let Some((first, bytes_read)) = blocks.next()? else {
            summary.inputs.push((input.name.clone(), "nothing".to_owned()));
            return Ok(());
        };
        let kind = if self.settings.group.is_some() { Kind::Sessions } else { Kind::of(&first) };
        let mut waiting = Some((first, bytes_read));
        let judge = |(block, bytes_read): (Block, u64)| {
            let mut records = block.records();
            self.tell_apart(number, &mut records.records);
            let judged = analysis.judge(kind, &records.records).map_err(anyhow::Error::from).and_then(|verdicts| {
                let mut by_severity = [0; 5];
                let mut findings = vec![];
                for (record, verdict) in records.records.iter().zip(verdicts) {
                    let severity = analysis.severity(&verdict);
                    by_severity[severity as usize] += 1;
                    if severity >= min_severity {
                        findings.push(self.finding((&input.name, kind), record, verdict, analysis)?);
                    }
                }
                Ok((findings, by_severity))
            });
            Done { result: judged, records: records.records.len() as u64, rejects: records.rejects, bytes_read }
        };
        in_order(
            self.threads,
            || match waiting.take() {
                Some(first) => Ok(Some(first)),
                None => blocks.next(),
            },
            judge,
            |done| {
                let (findings, by_severity) = done.result?;
                summary.records += done.records;
                summary.bytes += done.bytes_read;
                summary.reject(&input.name, done.rejects);
                summary.by_severity.iter_mut().zip(by_severity).for_each(|(sum, count)| *sum += count);
                progress.clear();
                findings.into_iter().try_for_each(&mut take)?;
                progress.add(done.bytes_read, done.records);
                Ok(())
            },
        )?;
        summary.damage.extend(blocks.damage());
        summary.inputs.push((input.name.clone(), blocks.format().map_or("nothing", Format::name).to_owned()));
        Ok(())
    }

    fn finding(&self, (file, kind): (&str, Kind), record: &Record<'_>, verdict: Verdict, analysis: &Analysis) -> Result<Finding> {
        let severity = analysis.severity(&verdict);
        let line = record.line % (1 << LINE_BITS);
        Ok(Finding {
            file: file.to_owned(),
            line,
            timestamp: record.time,
            source: record.source.to_string(),
            id: finding::id(file, line, record),
            score: verdict.score,
            raw: verdict.raw,
            severity,
            model: self.model,
            template: analysis.template(kind, record, &verdict),
            reasons: verdict.reasons,
            event: event_json(record)?,
            hostname: record.hostname.to_string(),
            address: record.address.as_deref().unwrap_or_default().to_owned(),
            message: record.message.to_string(),
        })
    }
}

/// The highest scores seen so far; of equal ones the earlier.
struct Highest {
    count: usize,
    findings: Vec<Finding>,
}

impl Highest {
    fn new(count: usize) -> Self {
        Self { count: count.min(TOP_MAX), findings: Vec::new() }
    }

    fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
        // Sorted rarely, so that each costs little.
        if self.findings.len() >= 2 * self.count + 1000 {
            self.cut();
        }
    }

    fn cut(&mut self) {
        // The sort is stable, and findings come in the order of the input.
        self.findings.sort_by(by_score);
        self.findings.truncate(self.count);
    }

    fn into_sorted(mut self) -> Vec<Finding> {
        self.cut();
        self.findings
    }
}

fn by_score(a: &Finding, b: &Finding) -> Ordering {
    b.score.total_cmp(&a.score)
}

fn group(text: &str) -> Result<Group, String> {
    Group::parse(text).map_err(|error| error.to_string())
}

fn mask(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, pattern)| !name.is_empty() && !pattern.is_empty());
    pair.map(|(name, pattern)| (name.to_owned(), pattern.to_owned())).ok_or_else(|| "a mask is NAME=PATTERN".to_owned())
}

fn severity(name: &str) -> Result<Severity, String> {
    let named = Severity::ALL.into_iter().find(|severity| severity.name() == name);
    named.ok_or_else(|| format!("the severities are {}", Severity::ALL.map(Severity::name).join(", ")))
}
