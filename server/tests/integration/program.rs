//! The program itself, as a shell or a service manager starts it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
    thread,
};

/// Runs it to its end.
pub(crate) fn radar(arguments: &[&str], input: &[u8]) -> Output {
    let mut running = command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = running.stdin.take().unwrap();
    let input = input.to_vec();
    // Beside the reading, as in a pipe: each side may have to wait for the other.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = running.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// With these arguments and no setting of whoever runs the tests.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_radar"));
    for setting in ["MONGO_URI", "MONGO_DB", "MONGO_COLLECTION", "RADAR_DATA_DIR", "RADAR_INGEST_TOKEN", "RADAR_KEEP_DAYS"] {
        program.env_remove(setting);
    }
    program.args(arguments);
    program
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
