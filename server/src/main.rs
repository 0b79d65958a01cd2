use std::process::ExitCode;

use clap::Parser;
use radar_server::cli::{Cli, run};

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("radar: {error:#}");
            ExitCode::FAILURE
        }
    }
}
