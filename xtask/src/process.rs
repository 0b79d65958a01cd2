//! Running other programs, the same way on every platform: no shell is ever involved.

use std::{
    env,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Runs to the end with the terminal as it is; the program explains its own failure.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", said(command)))?;
    if !status.success() {
        bail!("{} did not succeed ({status}); what it said is above", said(command));
    }
    Ok(())
}

/// Runs to the end and returns what was written to standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| format!("cannot start {}", said(command)))?;
    if !output.status.success() {
        bail!("{} did not succeed ({}); what it said is above", said(command), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} wrote something that is not text", said(command)))
}

/// Whether the program runs and succeeds; what it says is of no interest.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Where a program of this name is on the PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&file)).find(|path| path.is_file())
}

pub(crate) fn cargo() -> Command {
    cargo_at(Path::new(&env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// A cargo that works in the checkout as if called by hand. What the `cargo run` around this
/// program has set about *this* package is taken away, or build scripts would see a difference.
pub(crate) fn cargo_at(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(workspace::root()).env("CARGO_TARGET_DIR", workspace::target());
    for (name, _) in env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name.as_ref());
        }
    }
    if !std::io::stderr().is_terminal() {
        command.env("CARGO_TERM_QUIET", "true");
    }
    command
}

pub(crate) fn node() -> Command {
    let mut command = Command::new("node");
    command.current_dir(workspace::root());
    command
}

pub(crate) fn npm() -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.current_dir(workspace::root());
    command
}

/// Runs the program in place of this one, so that signals and the exit code are entirely its own.
#[cfg(unix)]
pub(crate) fn become_program(command: &mut Command) -> Result<i32> {
    use std::os::unix::process::CommandExt as _;
    let failure = command.exec();
    Err(failure).with_context(|| format!("cannot start {}", said(command)))
}

/// Windows cannot replace a program. Ctrl-C reaches the child through the console they share, so
/// this one only has to outlive it and hand on its exit code.
#[cfg(windows)]
pub(crate) fn become_program(command: &mut Command) -> Result<i32> {
    ctrlc::set_handler(|| {}).context("cannot listen for Ctrl-C")?;
    let status = command.status().with_context(|| format!("cannot start {}", said(command)))?;
    Ok(status.code().unwrap_or(1))
}

fn said(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    let first = command.get_args().take(4).map(|argument| argument.to_string_lossy().into_owned());
    let words: Vec<String> = [program.into_owned()].into_iter().chain(first).collect();
    format!("`{}`", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_named_by_the_command_in_short() {
        let check = |command: &mut Command, said_as: &str| assert_eq!(said(command), said_as);
        check(&mut Command::new("/usr/bin/node"), "`node`");
        check(Command::new("cargo").args(["build", "-p", "radar", "--features", "embed"]), "`cargo build -p radar --features`");
    }

    #[test]
    fn a_program_that_is_not_there_cannot_be_started() {
        assert!(run(&mut Command::new("radar-has-no-such-program")).unwrap_err().to_string().contains("cannot start"));
        assert!(!succeeds(&mut Command::new("radar-has-no-such-program")));
        assert_eq!(find("radar-has-no-such-program"), None);
    }

    #[test]
    fn a_program_that_fails_is_an_error_and_one_that_works_is_not() {
        assert!(run(cargo().arg("--no-such-flag").stderr(Stdio::null())).is_err());
        assert!(output(cargo().arg("--version")).unwrap().starts_with("cargo "));
    }
}
