//! `radar-collector` reads logs where they are written and sends them to a RADAR server.
//!
//! It keeps its place on disk and moves it only after the server has answered, so a crash of
//! either side loses nothing; every event carries an id derived from where it stood, so what is
//! sent again is stored once. It never writes to the logs it reads.

mod config;
mod ship;
mod sources;

use std::io::{self, Write};
use std::process::ExitCode;

use config::Command;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("radar-collector: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    match config::from_command_line()? {
        Command::Send(config) => {
            let mut summary = ship::Summary::default();
            let result = ship::send(&config, &mut summary);
            // A closed standard output is no reason to fail: the events are stored.
            let _ = writeln!(io::stdout(), "{summary}");
            result
        }
    }
}
