//! Gets what a build or a test needs and this machine lacks. Nothing is installed unsaid, and what
//! can't be had is one sentence that names it and says where to get it.

use std::{env, path::PathBuf, process::Command};

use anyhow::{Context, Result, bail};

use crate::{process, report, stamp::Stamp, toolchain, workspace};

const NODE_MAJOR_MIN: u32 = 20;

/// Everything at once, for people who want to be offline later.
pub(crate) fn all() -> Result<()> {
    npm_packages()?;
    toolchain::BROWSER.toolchain()?;
    match toolchain::mingw()? {
        toolchain::Mingw::Ready => {
            toolchain::WINDOWS.toolchain()?;
        }
        toolchain::Mingw::Missing(why) => report::note("setup", &format!("skipped: {why}")),
    }
    fake_clock()?;
    let chromium = chromium()?;
    report::note("setup", &format!("everything is there; the browser for tests is {}", chromium.display()));
    Ok(())
}

/// ECharts, the bundler, the wasm optimizer and the browser test driver, as package-lock.json names them.
pub(crate) fn npm_packages() -> Result<()> {
    let installed = workspace::root().join("node_modules/.package-lock.json");
    let stamp = Stamp::new("npm", &["package.json", "package-lock.json"], installed)?;
    if stamp.is_current() {
        return Ok(());
    }
    check_node()?;
    report::note("setup", "installing the page's npm packages into node_modules");
    report::step("setup", "npm packages installed", || {
        process::run(process::npm().args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]))
            .context("npm could not install the page's packages; is its registry reachable?")?;
        stamp.write()
    })
}

pub(crate) fn check_node() -> Result<()> {
    let advice = format!("Node {NODE_MAJOR_MIN} or newer with npm is needed; get it from https://nodejs.org");
    let version = process::output(process::node().arg("--version")).with_context(|| advice.clone())?;
    match node_major(&version) {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        _ => bail!("{advice} (this one says {})", version.trim()),
    }
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// A Chromium for the browser tests: the one named by CHROMIUM, one that is installed, or Debian's.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(named) = env::var_os("CHROMIUM").map(PathBuf::from) {
        if named.is_file() {
            return Ok(named);
        }
        bail!("CHROMIUM names {}, which is not there", named.display());
    }
    if let Some(found) = find_chromium() {
        return Ok(found);
    }
    if has_apt() {
        apt_install(&["chromium"], "a browser for the tests")?;
    }
    find_chromium().context("the browser tests need Chromium or Chrome: install one, or name its program in CHROMIUM")
}

/// The library that stops the clock of a server under test. Tests that need it skip themselves where it can't be had.
pub(crate) fn fake_clock() -> Result<()> {
    let is_there = ["x86_64", "aarch64"]
        .iter()
        .any(|machine| PathBuf::from(format!("/usr/lib/{machine}-linux-gnu/faketime/libfaketime.so.1")).is_file());
    if !is_there && has_apt() {
        apt_install(&["libfaketime"], "a clock for the tests that can be stopped")?;
    }
    Ok(())
}

fn find_chromium() -> Option<PathBuf> {
    let on_path = ["chromium", "google-chrome", "google-chrome-stable", "chrome"];
    let usual = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];
    on_path.iter().find_map(|name| process::find(name)).or_else(|| usual.iter().map(PathBuf::from).find(|path| path.is_file()))
}

pub(crate) fn has_apt() -> bool {
    cfg!(target_os = "linux") && process::find("apt-get").is_some()
}

/// Installs Debian packages. The package lists are only refreshed if they turn out to be too old.
pub(crate) fn apt_install(packages: &[&str], purpose: &str) -> Result<()> {
    let list = packages.join(" ");
    report::note("setup", &format!("installing {purpose} with apt-get: {list}"));
    report::step("setup", &format!("installed {purpose}"), || {
        let install = || apt_get(&[&["install", "--yes", "--no-install-recommends"], packages].concat());
        if process::succeeds(&mut install()) {
            return Ok(());
        }
        process::run(&mut apt_get(&["update"]))?;
        process::run(&mut install()).with_context(|| format!("apt-get could not install {list}; install it by hand and try again"))
    })
}

fn apt_get(arguments: &[&str]) -> Command {
    let quiet = ["-qq", "-o=Dpkg::Use-Pty=0"];
    let is_root = process::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let mut command = if is_root || process::find("sudo").is_none() {
        Command::new("apt-get")
    } else {
        // Only the named variable is wanted, and `sudo` drops the environment, so `env` sets it.
        let mut command = Command::new("sudo");
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args(quiet).args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::node_major;

    #[test]
    fn node_says_its_version_with_a_v() {
        let check = |said, major| assert_eq!(node_major(said), major, "{said:?}");
        check("v20.20.2\n", Some(20));
        check("v8.1.0", Some(8));
        check("20.1.0", None);
        check("", None);
        check("vnext", None);
    }
}
