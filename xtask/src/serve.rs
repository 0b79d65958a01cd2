//! Starting the server, once, or again after each change.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use clap::Args;

use crate::{native, process, report, site, workspace};

#[derive(Args)]
pub(crate) struct Options {
    /// Where to listen
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7171")]
    addr: String,
    /// The folder that holds what is collected
    #[arg(long, value_name = "FOLDER", default_value = "data")]
    data: PathBuf,
    /// Stay empty instead of showing generated events in an empty store
    #[arg(long)]
    no_demo: bool,
}

const WATCHED: [&str; 11] =
    [".cargo", "Cargo.lock", "Cargo.toml", "app", "crates", "frontend", "models", "package-lock.json", "public", "server", "style"];
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Builds what changed, then becomes the server. Returns its exit code where it can't be replaced.
pub(crate) fn serve(options: &Options, release: bool) -> Result<i32> {
    let (server, site) = if release {
        (native::release()?, None)
    } else {
        let site = site::build(site::Care::Release)?;
        (native::server()?, Some(site))
    };
    let mut command = command(&server, options);
    if let Some(site) = site {
        command.env("RADAR_SITE", site);
    }
    process::become_program(&mut command)
}

/// Serves a draft of the page, and builds and starts anew whenever a file is saved.
pub(crate) fn dev(options: &Options) -> Result<()> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopping = Arc::clone(&stop);
    ctrlc::set_handler(move || stopping.store(true, Ordering::Relaxed)).context("cannot listen for Ctrl-C")?;

    let mut running: Option<Child> = None;
    while !stop.load(Ordering::Relaxed) {
        let seen = times(&WATCHED)?;
        match build_draft() {
            Ok((server, site)) => {
                end(&mut running)?;
                let mut command = command(&server, options);
                command.env("RADAR_SITE", site).env("RADAR_DEV", "1");
                running = Some(command.spawn().context("cannot start the server")?);
            }
            Err(error) => report::note("dev", &format!("{error:#}; waiting for the next change")),
        }
        while !stop.load(Ordering::Relaxed) && times(&WATCHED)? == seen {
            thread::sleep(LOOK_EVERY);
        }
    }
    // The server had the same Ctrl-C and is on its way out by itself.
    if let Some(mut server) = running {
        server.wait()?;
    }
    Ok(())
}

/// The server is copied before it runs, for Windows does not let a running program be compiled anew.
fn build_draft() -> Result<(PathBuf, PathBuf)> {
    let site = site::build(site::Care::Draft)?;
    let built = native::server()?;
    let copies = workspace::own().join("dev");
    fs::create_dir_all(&copies)?;
    let modified = fs::metadata(&built)?.modified()?.duration_since(SystemTime::UNIX_EPOCH)?.as_nanos();
    let copy = copies.join(format!("radar-{modified}{}", std::env::consts::EXE_SUFFIX));
    if !copy.exists() {
        fs::copy(&built, &copy).context("cannot copy the server")?;
    }
    for older in workspace::files(&copies)?.iter().filter(|older| **older != copy) {
        // One that still runs can't be removed on Windows; the next turn does it.
        let _ = fs::remove_file(older);
    }
    Ok((copy, site))
}

/// Ends the server at once: everything it acknowledged is on disk, so nothing is lost by it.
fn end(running: &mut Option<Child>) -> Result<()> {
    if let Some(mut server) = running.take() {
        let _ = server.kill();
        server.wait()?;
    }
    Ok(())
}

fn command(server: &Path, options: &Options) -> Command {
    let mut command = Command::new(server);
    command.arg("serve").args(["--addr", &options.addr]).arg("--data").arg(&options.data);
    if options.no_demo {
        command.arg("--no-demo");
    }
    command
}

fn times(folders: &[&str]) -> Result<BTreeMap<PathBuf, Option<SystemTime>>> {
    let mut times = BTreeMap::new();
    for folder in folders {
        for file in workspace::files(&workspace::root().join(folder))? {
            // A file may vanish between being listed and being asked; that is a change like any other.
            let modified = fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            times.insert(file, modified);
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(options: &Options) -> Vec<String> {
        command(Path::new("radar"), options).get_args().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_was_asked_for_is_handed_to_the_server() {
        let mut options = Options { addr: "127.0.0.1:0".to_owned(), data: "my data".into(), no_demo: false };
        assert_eq!(arguments(&options), ["serve", "--addr", "127.0.0.1:0", "--data", "my data"]);
        options.no_demo = true;
        assert_eq!(arguments(&options), ["serve", "--addr", "127.0.0.1:0", "--data", "my data", "--no-demo"]);
    }

    #[test]
    fn a_saved_file_is_noticed() {
        let folder = workspace::own().join("watch-test");
        fs::create_dir_all(&folder).unwrap();
        let watched = ["target/xtask/watch-test"];
        fs::write(folder.join("file"), "one").unwrap();
        let before = times(&watched).unwrap();
        assert_eq!(times(&watched).unwrap(), before);
        fs::write(folder.join("another"), "two").unwrap();
        assert_ne!(times(&watched).unwrap(), before);
        fs::remove_file(folder.join("another")).unwrap();
        assert_eq!(times(&watched).unwrap(), before);
    }
}
