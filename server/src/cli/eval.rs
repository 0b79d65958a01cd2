//! `radar eval`: how good this build is, beside what simple methods reach.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::judge::Judge;
use crate::eval::{Figures, Row, measure, measure_generated};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A folder of labelled data sets
    #[arg(long)]
    data: Option<PathBuf>,
    /// How many lines of an access log are made up to measure on
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(i64).range(1000..=10_000_000))]
    combined_lines: i64,
    #[command(flatten)]
    judge: Judge,
    #[arg(long, value_enum, default_value_t = Form::Table)]
    output: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    Table,
    Json,
}

pub(super) fn run(args: Args) -> Result<()> {
    if let Some(folder) = &args.data {
        ensure!(folder.is_dir(), "{} is no folder", folder.display());
    }
    let method = args.judge.method();
    let mut rows = args.data.as_deref().map(|folder| measure(folder, method)).transpose()?.unwrap_or_default();
    rows.extend(measure_generated(args.combined_lines, method)?);
    let mut out = io::stdout().lock();
    match args.output {
        Form::Json => {
            serde_json::to_writer_pretty(&mut out, &rows)?;
            writeln!(out)?;
        }
        Form::Table => write_table(&rows, &mut out)?,
    }
    Ok(())
}

fn write_table(rows: &[Row], out: &mut impl Write) -> io::Result<()> {
    let width = rows.iter().map(|row| row.data.len()).max().unwrap_or_default();
    writeln!(
        out,
        "{:width$}  {:>9}  {:>5}  {:>5}  {:>6}  {:>5}  {:>17}  {:>17}  {:>17}",
        "DATA", "ITEMS", "SHARE", "AP", "AUC", "F1", "P@10/50/100", "FLOOR AP/AUC/F1", "TARGET AP/AUC/F1"
    )?;
    for row in rows {
        let f1 = row.f1.map_or("-".into(), |f1| format!("{f1:.3}"));
        let precision = row.precision.map_or("-".into(), |[a, b, c]| format!("{a:.2} {b:.2} {c:.2}"));
        let verdict = match row.is_reached() {
            Some(true) => "reached",
            Some(false) => "missed",
            None => "",
        };
        writeln!(
            out,
            "{:width$}  {:9}  {:.3}  {:.3}  {:.4}  {f1:>5}  {precision:>17}  {:>17}  {:>17}  {verdict}",
            row.data,
            row.items,
            row.share,
            row.average_precision,
            row.auc,
            figures(row.floor),
            figures(row.target),
        )?;
    }
    Ok(())
}

fn figures(figures: Figures) -> String {
    let shown = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.3}"));
    [figures.average_precision, figures.auc, figures.f1].map(shown).join(" ")
}
