use std::process::ExitCode;

use clap::Parser;
use radar_server::cli::{Cli, run};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let failure = cli.failure();
    run(cli).unwrap_or_else(|error| {
        report(&error);
        failure
    })
}

/// The sentence, and below it each cause that adds something.
fn report(error: &anyhow::Error) {
    let mut said = error.to_string();
    eprintln!("radar: {said}");
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            eprintln!("  because: {cause}");
        }
        said = cause;
    }
}
