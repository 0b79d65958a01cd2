//! `cargo xtask`: the one door for people and CI.
//!
//! It sets up what is missing, builds what changed, and runs what was asked for, the same way on
//! Linux, macOS and Windows. It holds no state but stamps under `target/xtask`; removing `target`
//! is always safe. It never edits a source file.

mod bench;
mod dist;
mod fuzz;
mod native;
mod process;
mod python;
mod report;
mod serve;
mod setup;
mod site;
mod stamp;
mod test;
mod tidy;
mod toolchain;
mod verify;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Builds, runs and tests RADAR", disable_help_subcommand = true)]
struct Door {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build what changed and start the server
    Serve {
        #[command(flatten)]
        options: serve::Options,
        /// Compile the server for speed
        #[arg(long)]
        release: bool,
    },
    /// Run the tests: all of them, or the suites named
    Test { suites: Vec<test::Suite> },
    /// Look over the code: format, lints, layout, documentation
    Check,
    /// Make the one file to give to people
    Build,
    /// Measure what the engine and `radar analyze` cost
    Bench(bench::Options),
    /// Look for inputs that break a parser: all targets, or those named
    Fuzz {
        #[command(flatten)]
        options: fuzz::Options,
    },
    /// Serve a draft of the page; build and start anew on every change
    Dev {
        #[command(flatten)]
        options: serve::Options,
    },
    /// Pack archives of the programs into target/dist
    Dist,
    /// Check the layout of the source against its rules
    Tidy,
    /// Install what builds and tests need, and do nothing else
    Setup,
}

fn main() -> ExitCode {
    match run(Door::parse().task) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            report::problem(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<u8> {
    match task {
        Task::Serve { options, release } => return Ok(u8::try_from(serve::serve(&options, release)?).unwrap_or(1)),
        Task::Test { suites } => return Ok(u8::from(!test::run(&suites)?)),
        Task::Check => verify::check()?,
        Task::Build => dist::build()?,
        Task::Bench(options) => bench::bench(&options)?,
        Task::Fuzz { options } => fuzz::fuzz(&options)?,
        Task::Dev { options } => serve::dev(&options)?,
        Task::Dist => dist::dist()?,
        Task::Tidy => tidy::tidy()?,
        Task::Setup => setup::all()?,
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn every_task_is_well_defined() {
        super::Door::command().debug_assert();
    }
}
