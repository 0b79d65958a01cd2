//! The programs: the server `radar`, and the collector, for this machine and for Windows.
//!
//! Every native build names the same packages, so that cargo settles on the same features and
//! compiles each dependency once for the server, the tests and the browser tests together.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{process, report, site, stamp::Stamp, stamp::unless_current, toolchain, workspace};

/// Everything that runs on this machine, except this program, which is running.
pub(crate) const NATIVE: [&str; 7] =
    ["--workspace", "--exclude", "radar-frontend", "--exclude", "radar-worker", "--exclude", "xtask"];

const INPUTS: [&str; 11] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "app",
    "collector",
    "crates",
    "fixtures",
    "models",
    "server",
    "xtask/Cargo.toml",
    "xtask/src/native.rs",
];

/// A server for working with: it reads the site from a folder.
pub(crate) fn server() -> Result<PathBuf> {
    let server = workspace::binary("debug", "radar");
    let stamp = Stamp::new("server", &INPUTS, server.clone())?;
    unless_current(&stamp, || {
        report::step("server", "compiled", || {
            process::run(process::cargo().arg("build").args(NATIVE).args(["--bin", "radar", "--bin", "radar-collector"]))
        })
    })?;
    Ok(server)
}

/// The server as it is shipped, with the site inside, but compiled quickly; and the collector.
/// They are copied out of cargo's way, which keeps only one program of a name.
pub(crate) fn programs_under_test(site: &Path) -> Result<(PathBuf, PathBuf)> {
    let folder = workspace::own().join("under-test");
    let kept = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    report::step("server", "compiled with the page inside", || {
        let mut build = process::cargo();
        build.arg("build").args(NATIVE).args(["--bin", "radar", "--bin", "radar-collector", "--features", "radar/embed"]);
        process::run(build.env("RADAR_SITE_DIR", site))?;
        fs::create_dir_all(&folder)?;
        for name in ["radar", "radar-collector"] {
            // A program that is still running can't be written to, but its name can be given away.
            let _ = fs::remove_file(kept(name));
            fs::copy(workspace::binary("debug", name), kept(name)).with_context(|| format!("cannot copy {name}"))?;
        }
        Ok(())
    })?;
    Ok((kept("radar"), kept("radar-collector")))
}

/// The one file to give to people.
pub(crate) fn release() -> Result<PathBuf> {
    let site = site::build(site::Care::Release)?;
    let server = workspace::binary("release", "radar");
    let inputs: Vec<&str> = INPUTS.into_iter().chain(site::INPUTS).collect();
    let stamp = Stamp::new("release", &inputs, server.clone())?;
    unless_current(&stamp, || {
        report::step("server", "compiled for release, with the page inside", || {
            let mut build = process::cargo();
            build.args(["build", "--release", "--package", "radar", "--features", "embed"]);
            process::run(build.env("RADAR_SITE_DIR", site))
        })
    })?;
    Ok(server)
}

/// The collector for this machine, as it is shipped.
pub(crate) fn release_collector() -> Result<PathBuf> {
    report::step("collector", "compiled for release", || {
        process::run(process::cargo().args(["build", "--release", "--package", "radar-collector"]))
    })?;
    Ok(workspace::binary("release", "radar-collector"))
}

pub(crate) enum WindowsCollector {
    Built(PathBuf),
    Skipped(String),
}

/// The collector as a Windows program, which needs nothing on the machine it is copied to.
pub(crate) fn windows_collector() -> Result<WindowsCollector> {
    if cfg!(windows) {
        return Ok(WindowsCollector::Built(release_collector()?));
    }
    if let toolchain::Mingw::Missing(why) = toolchain::mingw()? {
        return Ok(WindowsCollector::Skipped(why));
    }
    let toolchain = toolchain::WINDOWS.toolchain()?;
    let program = workspace::target().join(toolchain::WINDOWS.triple).join("release/radar-collector.exe");
    let inputs = [".cargo", "Cargo.lock", "Cargo.toml", "collector", "crates/types", "crates/engine", "models"];
    let stamp = Stamp::new("windows-collector", &inputs, program.clone())?;
    unless_current(&stamp, || {
        report::step("collector", "compiled for Windows", || {
            let arguments = ["build", "--release", "--package", "radar-collector"];
            process::run(&mut toolchain::WINDOWS.cargo(&toolchain, &arguments)?)
        })
    })?;
    Ok(WindowsCollector::Built(program))
}

/// Refuses a Windows program that would ask for a library its machine may not have.
pub(crate) fn check_imports(program: &Path) -> Result<()> {
    let headers = process::output(Command::new(toolchain::MINGW_OBJDUMP).arg("-p").arg(program))?;
    let imports = imports(&headers);
    let foreign: Vec<&str> = imports.iter().copied().filter(|import| !is_windows_own(import)).collect();
    if imports.is_empty() || !foreign.is_empty() {
        bail!("{} should import libraries of Windows only, but imports {foreign:?} of {imports:?}", program.display());
    }
    Ok(())
}

fn imports(headers: &str) -> Vec<&str> {
    headers.lines().filter_map(|line| line.trim().strip_prefix("DLL Name: ")).map(str::trim).collect()
}

/// The libraries that every supported Windows has in its system folder.
fn is_windows_own(library: &str) -> bool {
    const OWN: [&str; 14] = [
        "advapi32.dll",
        "bcrypt.dll",
        "bcryptprimitives.dll",
        "crypt32.dll",
        "iphlpapi.dll",
        "kernel32.dll",
        "msvcrt.dll",
        "ntdll.dll",
        "ole32.dll",
        "secur32.dll",
        "userenv.dll",
        "wevtapi.dll",
        "user32.dll",
        "ws2_32.dll",
    ];
    let library = library.to_ascii_lowercase();
    library.starts_with("api-ms-win-") || OWN.contains(&library.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_read_from_the_headers() {
        let headers = "\tDLL Name: KERNEL32.dll\n\tvma:  Hint/Ord\n\n\tDLL Name: ntdll.dll\n";
        assert_eq!(imports(headers), ["KERNEL32.dll", "ntdll.dll"]);
        assert_eq!(imports("file format pei-x86-64"), Vec::<&str>::new());
    }

    #[test]
    fn libraries_of_windows_are_told_from_those_of_a_compiler() {
        let check = |library, own| assert_eq!(is_windows_own(library), own, "{library}");
        check("KERNEL32.dll", true);
        check("api-ms-win-core-synch-l1-2-0.dll", true);
        check("WS2_32.dll", true);
        check("libgcc_s_seh-1.dll", false);
        check("libwinpthread-1.dll", false);
        check("libstdc++-6.dll", false);
    }
}
