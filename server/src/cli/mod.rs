//! One file a command; each turns its flags into a checked configuration and runs.

mod analyze;
mod backup;
mod descriptors;
mod doctor;
mod eval;
mod export;
mod generate;
mod home;
mod inputs;
mod judge;
mod progress;
mod serve;
mod train;
mod units;

use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Finds the log lines that are not normal, and says why.
#[derive(Debug, Parser)]
#[command(name = "radar", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the dashboard and take in events
    Serve(serve::Args),
    /// Find the lines that stand out in log files, and say why
    Analyze(analyze::Args),
    /// Measure how good detection is, on labelled data and on generated logs
    Eval(eval::Args),
    /// Train a model and write it to a folder
    Train(train::Args),
    /// Write made-up but realistic events, normal and not
    Generate(generate::Args),
    /// Say what the store holds and whether anything is wrong with it
    Doctor(doctor::Args),
    /// Copy the store to another folder while it is in use
    Backup(backup::Args),
    /// Write a collection to a file
    Export(export::ExportArgs),
    /// Take in the collection in a file, into any store
    Import(export::ImportArgs),
}

impl Cli {
    /// A filter tells an error apart from a finding, so its error is 2.
    pub fn failure(&self) -> ExitCode {
        ExitCode::from(if matches!(self.command, Command::Analyze(_)) { 2 } else { 1 })
    }
}

fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("can't start the async runtime")?.block_on(work)
}

pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Analyze(args) => return analyze::run(args),
        Command::Eval(args) => eval::run(args)?,
        Command::Serve(args) => serve::run(args)?,
        Command::Train(args) => train::run(args)?,
        Command::Generate(args) => generate::run(args)?,
        Command::Doctor(args) => doctor::run(args)?,
        Command::Backup(args) => backup::run(args)?,
        Command::Export(args) => export::export(args)?,
        Command::Import(args) => export::import(args)?,
    }
    Ok(ExitCode::SUCCESS)
}
