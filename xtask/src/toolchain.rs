//! Compilers for the targets that are not this machine: the browser and Windows.
//!
//! rustup's own target is used where it is or can be added. Where rustup can't reach its servers,
//! Debian and Ubuntu have a current compiler among their packages, with the standard library's
//! source, from which cargo builds it for the target; that costs about half a minute, once.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{process, report, setup};

pub(crate) struct Target {
    pub(crate) triple: &'static str,
    purpose: &'static str,
    std_crates: &'static str,
    debian_packages: &'static [&'static str],
}

pub(crate) const BROWSER: Target = Target {
    triple: "wasm32-unknown-unknown",
    purpose: "a compiler for the browser",
    std_crates: "std,panic_abort",
    debian_packages: &["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld-22"],
};

pub(crate) const WINDOWS: Target = Target {
    triple: "x86_64-pc-windows-gnu",
    purpose: "a compiler for Windows",
    std_crates: "std,panic_unwind",
    debian_packages: &["rustc-web", "cargo-web", "rust-web-src"],
};

const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Who compiles for a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Toolchain {
    Rustup,
    Debian,
}

impl Target {
    /// Finds a compiler for this target, installing one if there is none.
    pub(crate) fn toolchain(&self) -> Result<Toolchain> {
        if self.has_std() {
            return Ok(Toolchain::Rustup);
        }
        if debian_is_usable() {
            return Ok(Toolchain::Debian);
        }
        if process::find("rustup").is_some() {
            report::note("setup", &format!("adding {} with rustup: {}", self.purpose, self.triple));
            if process::succeeds(Command::new("rustup").args(["target", "add", self.triple])) && self.has_std() {
                return Ok(Toolchain::Rustup);
            }
            report::note("setup", "rustup could not add it");
        }
        if setup::has_apt() {
            setup::apt_install(self.debian_packages, self.purpose)?;
            if debian_is_usable() {
                return Ok(Toolchain::Debian);
            }
        }
        bail!("there is no Rust compiler for {0}: run `rustup target add {0}` where its servers can be reached", self.triple)
    }

    /// A cargo that builds for this target; `arguments` start with its subcommand.
    pub(crate) fn cargo(&self, toolchain: &Toolchain, arguments: &[&str]) -> Result<Command> {
        let mut command = match toolchain {
            Toolchain::Rustup => process::cargo(),
            Toolchain::Debian => process::cargo_at(Path::new(DEBIAN_CARGO)),
        };
        command.args(arguments).args(["--target", self.triple]);
        if *toolchain == Toolchain::Debian {
            // Building std is a nightly feature, which the variable opens on a stable compiler. The
            // library path is rustup's, and would give Debian's compiler the wrong parts.
            command.args(["-Z", &format!("build-std={}", self.std_crates)]);
            command
                .env("RUSTC", DEBIAN_RUSTC)
                .env("RUSTC_BOOTSTRAP", "1")
                .env_remove("RUSTUP_TOOLCHAIN")
                .env_remove("LD_LIBRARY_PATH");
            if self.triple == BROWSER.triple {
                command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", wasm_linker()?);
            }
        }
        Ok(command)
    }

    fn has_std(&self) -> bool {
        let asked = Command::new("rustc").args(["--print", "target-libdir", "--target", self.triple]).output();
        let Ok(answer) = asked else { return false };
        let folder = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
        fs::read_dir(folder).is_ok_and(|entries| {
            entries.flatten().any(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with("libstd-") && name.ends_with(".rlib")
            })
        })
    }
}

/// Whether clippy can look at code for this target with this toolchain.
pub(crate) fn has_clippy(toolchain: &Toolchain) -> bool {
    *toolchain == Toolchain::Rustup || Path::new(DEBIAN_CLIPPY).is_file()
}

/// Debian's compiler counts if it is new enough for this workspace and std's source is with it.
fn debian_is_usable() -> bool {
    if !Path::new(DEBIAN_CARGO).is_file() || !Path::new(DEBIAN_RUSTC).is_file() {
        return false;
    }
    let ask = |what: &[&str]| {
        let answer = Command::new(DEBIAN_RUSTC).args(what).env_remove("LD_LIBRARY_PATH").output().ok()?;
        Some(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
    };
    let Some(version) = ask(&["--version"]) else { return false };
    let Some(sysroot) = ask(&["--print", "sysroot"]) else { return false };
    is_at_least(&version, env!("CARGO_PKG_RUST_VERSION")) && Path::new(&sysroot).join("lib/rustlib/src/rust/library/std").is_dir()
}

/// Compares `rustc 1.96.0 (…)` with `1.95`.
fn is_at_least(said: &str, wanted: &str) -> bool {
    fn numbers(version: &str) -> Option<(u32, u32)> {
        let mut parts = version.split('.');
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
    let said = said.split_whitespace().nth(1).and_then(numbers);
    said.is_some() && said >= numbers(wanted)
}

/// Debian's compiler comes without a linker for WebAssembly; LLVM's or rustup's does it.
fn wasm_linker() -> Result<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path().join("bin/wasm-ld")).collect();
    versions.retain(|path| path.is_file());
    versions.sort();
    if let Some(newest) = versions.pop() {
        return Ok(newest);
    }
    let sysroot = process::output(Command::new("rustc").args(["--print", "sysroot"]))?;
    let bundled = Path::new(sysroot.trim()).join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    bundled.is_file().then_some(bundled).context("there is no linker for WebAssembly: install Debian's package lld-22")
}

/// Whether this machine has what linking for Windows takes besides Rust.
pub(crate) enum Mingw {
    Ready,
    Missing(String),
}

pub(crate) const MINGW_GCC: &str = "x86_64-w64-mingw32-gcc";
pub(crate) const MINGW_OBJDUMP: &str = "x86_64-w64-mingw32-objdump";

pub(crate) fn mingw() -> Result<Mingw> {
    if process::find(MINGW_GCC).is_none() && setup::has_apt() {
        setup::apt_install(&["gcc-mingw-w64-x86-64"], "a linker for Windows")?;
    }
    Ok(match process::find(MINGW_GCC) {
        Some(_) => Mingw::Ready,
        None => Mingw::Missing(format!("the Windows collector needs {MINGW_GCC} (the package mingw-w64) to be built here")),
    })
}

#[cfg(test)]
mod tests {
    use super::is_at_least;

    #[test]
    fn a_compiler_is_new_enough_by_major_and_minor() {
        let check = |said, wanted, enough| assert_eq!(is_at_least(said, wanted), enough, "{said:?} for {wanted}");
        check("rustc 1.96.0 (ac68faa20 2026-05-25) (built from a source tarball)", "1.95", true);
        check("rustc 1.95.1", "1.95", true);
        check("rustc 1.63.0", "1.95", false);
        check("rustc 2.0.0", "1.95", true);
        check("rustc", "1.95", false);
        check("no such file", "1.95", false);
    }
}
