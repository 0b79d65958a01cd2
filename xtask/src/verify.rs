//! What CI looks at before any test: format, lints on both halves, layout, documentation.

use anyhow::Result;

use crate::{
    process, report, tidy,
    toolchain::{self, BROWSER, Toolchain},
};

/// Our own packages for this machine; unlike a build, reading them may include this program.
const READ: [&str; 5] = ["--workspace", "--exclude", "radar-frontend", "--exclude", "radar-worker"];
const BROWSER_HALF: [&str; 6] = ["--package", "radar-frontend", "--package", "radar-worker", "--package", "radar-app"];
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

pub(crate) fn check() -> Result<()> {
    report::step("check", "formatted", || {
        process::run(process::cargo().args(["fmt", "--all", "--check"]))?;
        process::run(process::cargo().args(["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"]))
    })?;
    tidy::tidy()?;
    report::step("check", "clippy has read what runs on this machine", || {
        process::run(process::cargo().arg("clippy").args(READ).arg("--all-targets").args(DENY_WARNINGS))
    })?;
    clippy_on_the_browser_half()?;
    report::step("check", "the documentation holds together", || {
        process::run(process::cargo().arg("doc").arg("--no-deps").args(READ).env("RUSTDOCFLAGS", "-D warnings"))
    })
}

/// The page's own lints need a clippy that belongs to the compiler for the browser. Without one the
/// same code is read as if it ran here, which misses only what is behind a `cfg` on the target.
fn clippy_on_the_browser_half() -> Result<()> {
    let toolchain = BROWSER.toolchain()?;
    if toolchain::has_clippy(&toolchain) {
        let arguments = [["clippy"].as_slice(), &BROWSER_HALF].concat();
        return report::step("check", "clippy has read what runs in the browser", || {
            let mut clippy = BROWSER.cargo(&toolchain, &arguments)?;
            process::run(clippy.args(DENY_WARNINGS))
        });
    }
    debug_assert_eq!(toolchain, Toolchain::Debian, "rustup's clippy reads for every target");
    report::step("check", "clippy has read the browser's half as if it ran here", || {
        process::run(process::cargo().arg("clippy").args(BROWSER_HALF).args(DENY_WARNINGS))
    })
}
