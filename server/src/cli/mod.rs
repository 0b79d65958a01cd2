//! One file a command; each turns its flags into a checked configuration and runs.

mod generate;
mod serve;
mod train;

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
    /// Train a model and write it to a folder
    Train(train::Args),
    /// Write made-up but realistic events, normal and not
    Generate(generate::Args),
}

pub fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Train(args) => train::run(args),
        Command::Generate(args) => generate::run(args),
    }
}
