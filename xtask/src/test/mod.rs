//! Every test there is, through one command, with one closing line that adds them all up.
//!
//! A suite that can't be set up or doesn't compile is a failed test, never a silent gap; what
//! can't be tried on this machine is a skip with its reason.

mod api;
mod samples;
mod tally;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use self::tally::{Failures, Tally};
use crate::{
    native::{self, NATIVE, WindowsCollector},
    process, python, report, setup, site, tidy, workspace,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    /// Tests inside the libraries and programs
    Unit,
    /// Tests of whole crates from outside
    Integration,
    /// The running server, asked all that its OpenAPI document describes
    Api,
    /// The collector, compiled for Windows
    Windows,
    /// What is read of every sample, in WebAssembly
    Samples,
    /// The engine in a real browser, held to the native one
    Wasm,
    /// The whole product, driven through a real browser
    E2e,
}

/// Runs the suites, or all when none is named, and says whether nothing failed.
pub(crate) fn run(suites: &[Suite]) -> Result<bool> {
    let suites = if suites.is_empty() { Suite::value_variants() } else { suites };
    let mut total = Tally::default();
    let mut browser = None;
    for suite in suites {
        let tally = match suite {
            Suite::Unit => unit(),
            Suite::Integration => cargo_test(NATIVE.iter().copied().chain(["--test", "*"])),
            Suite::Api => api::run(),
            Suite::Windows => windows(),
            Suite::Samples => samples::run(),
            Suite::Wasm => in_browser("wasm", &mut browser),
            Suite::E2e => in_browser("e2e", &mut browser),
        };
        total += tally.unwrap_or_else(|error| {
            report::problem(&error);
            Tally::failed(format!("{suite:?}: {error:#}"))
        });
    }
    for failure in &total.failures {
        report::line(&format!("FAILED   {failure}"));
    }
    report::line(&total.to_string());
    Ok(total.failed == 0)
}

fn unit() -> Result<Tally> {
    let programs = cargo_test(NATIVE.into_iter().chain(["--lib", "--bins"]))?;
    // Apart from the others, so that features it asks of a dependency don't reach theirs.
    let door = cargo_test(["--package", "xtask"])?;
    Ok(programs + door)
}

fn cargo_test<'a>(selection: impl IntoIterator<Item = &'a str>) -> Result<Tally> {
    let selection: Vec<&str> = selection.into_iter().collect();
    report::step("test", "cargo's tests have run", || {
        let mut tests = process::cargo();
        python::name_to(&mut tests);
        tests.arg("test").arg("--no-fail-fast").args(&selection).args(["--", "--show-output"]);
        counted(&mut tests, tally::of_cargo)
    })
}

fn windows() -> Result<Tally> {
    match native::windows_collector()? {
        WindowsCollector::Skipped(why) => Ok(skipped(&why)),
        WindowsCollector::Built(_) if process::find(crate::toolchain::MINGW_OBJDUMP).is_none() => {
            Ok(Tally::PASSED + skipped("the Windows collector's imports are read with mingw's objdump, which is not here"))
        }
        WindowsCollector::Built(program) => {
            native::check_imports(&program)?;
            report::note("collector", "the Windows program imports libraries of Windows only");
            Ok(Tally::PASSED)
        }
    }
}

/// What the browser suites run on.
struct Browser {
    chromium: PathBuf,
    radar: PathBuf,
    collector: PathBuf,
}

impl Browser {
    fn set_up() -> Result<(Self, Tally)> {
        let site = site::build(site::Care::Release)?;
        let budgets = tidy::budgets(&site)?;
        let (radar, collector) = native::programs_under_test(&site)?;
        Ok((Self { chromium: setup::chromium()?, radar, collector }, held_to_budgets(&budgets)))
    }
}

fn held_to_budgets(budgets: &[bool]) -> Tally {
    let held = |is_held: &bool| if *is_held { Tally::PASSED } else { Tally::failed("a budget of the site".to_owned()) };
    budgets.iter().map(held).sum()
}

fn in_browser(suite: &str, browser: &mut Option<Browser>) -> Result<Tally> {
    let mut tally = Tally::default();
    let browser = match browser {
        Some(browser) => browser,
        None => {
            let (set_up, budgets) = Browser::set_up()?;
            tally += budgets;
            browser.insert(set_up)
        }
    };
    setup::npm_packages()?;
    if let Err(error) = setup::fake_clock() {
        // The test that needs it says so, too.
        report::problem(&error);
    }
    let runner = workspace::root().join("end2end/run.mjs");
    let mut node = process::node();
    node.arg(runner).arg(suite).env("CHROMIUM", &browser.chromium);
    node.env("RADAR_BIN", &browser.radar).env("RADAR_COLLECTOR_BIN", &browser.collector);
    tally +=
        report::step("test", &format!("the browser's tests have run: {suite}"), || counted(&mut node, tally::of_closing_line))?;
    Ok(tally)
}

/// Runs a test program, shows what it says, and counts its tests by it. A program that fails
/// without telling of a failed test, say because it didn't compile, counts as one.
fn counted(command: &mut Command, count: impl FnOnce(&mut dyn Iterator<Item = &str>) -> Tally) -> Result<Tally> {
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot start the tests")?;
    let stdout = child.stdout.take().context("the tests have no output to read")?;
    let mut said = Vec::new();
    let mut failures = Failures::default();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).trim_end().to_owned();
        report::line(&line);
        failures.read(&line);
        if tally::is_telling(&line) {
            said.push(line);
        }
    }
    let status = child.wait()?;
    let mut tally = count(&mut said.iter().map(String::as_str));
    tally.failures = failures.found();
    match (status.success(), tally.failed) {
        (false, 0) => Ok(tally + Tally::failed(format!("{command:?}"))),
        (true, 1..) => bail!("a test program tells of failed tests, yet ended well; its answer can't be trusted"),
        _ => Ok(tally),
    }
}

fn skipped(why: &str) -> Tally {
    report::line(&format!("skipped: {why}"));
    Tally::SKIPPED
}
