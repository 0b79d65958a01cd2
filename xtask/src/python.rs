//! The Python programs that tests hold RADAR against, in an environment of their own. Where there is no
//! Python, or it gets no packages, the tests that need one are skipped and say so.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{process, report, stamp::Stamp, workspace};

const REQUIREMENTS: &str = "xtask/python-tests.txt";

/// Tells the tests where the programs are, unless somebody named others.
pub(crate) fn name_to(tests: &mut Command) {
    if env::var_os("RADAR_PYTHON").is_some() && env::var_os("RADAR_SECANTUS").is_some() {
        return;
    }
    let folder = folder();
    if let Err(error) = install(&folder) {
        report::note("setup", &format!("tests that need Python are skipped: {error:#}"));
        return;
    }
    for (variable, program) in [("RADAR_PYTHON", "python"), ("RADAR_SECANTUS", "secantusd-py")] {
        if env::var_os(variable).is_none() {
            tests.env(variable, in_environment(&folder, program));
        }
    }
}

/// A program of the environment, which is made if it isn't there.
pub(crate) fn program(name: &str) -> Result<PathBuf> {
    let folder = folder();
    install(&folder)?;
    Ok(in_environment(&folder, name))
}

fn folder() -> PathBuf {
    workspace::own().join("python")
}

fn install(folder: &Path) -> Result<()> {
    let python = in_environment(folder, "python");
    let stamp = Stamp::new("python", &[REQUIREMENTS], python.clone())?;
    if stamp.is_current() {
        return Ok(());
    }
    let system = ["python3", "python"].into_iter().find_map(process::find).context("there is no python3")?;
    report::step("setup", "Python packages for tests installed", || {
        let made = process::run(Command::new(system).args(["-m", "venv", "--clear"]).arg(folder));
        made.context("python3 can't make an environment; on Debian it needs the package python3-venv")?;
        let requirements = workspace::root().join(REQUIREMENTS);
        let mut pip = Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(requirements);
        process::run(&mut pip).context("pip can't install what the tests are held against")?;
        stamp.write()
    })
}

fn in_environment(folder: &Path, program: &str) -> PathBuf {
    if cfg!(windows) { folder.join("Scripts").join(format!("{program}.exe")) } else { folder.join("bin").join(program) }
}
