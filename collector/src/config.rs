//! The command line, read once and resolved into a checked configuration.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "radar-collector", version, about = "Sends logs to a RADAR server, and keeps its place.")]
struct CommandLine {
    #[command(subcommand)]
    command: RawCommand,
}

#[derive(Subcommand)]
enum RawCommand {
    /// Send files of events or log lines, each from where the last run stopped.
    Send(SendArgs),
}

#[derive(Args)]
struct SendArgs {
    /// Files of RADAR events (NDJSON) or of log lines.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The RADAR server.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7171")]
    server: String,
    /// The folder that remembers how far each file was sent.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
    /// How many events travel together at most.
    #[arg(long, value_name = "EVENTS", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Keep running, and send what is appended.
    #[arg(long)]
    follow: bool,
    /// The token the server knows this collector by.
    #[arg(long, env = "RADAR_INGEST_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// The host that log lines come from [default: this computer's name].
    #[arg(long, value_name = "NAME")]
    hostname: Option<String>,
    /// The source of log lines that name none [default: the file's name up to the first dot].
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// How long to try a server that does not answer [default: 300, with --follow for ever].
    #[arg(long, value_name = "SECONDS")]
    give_up_after: Option<u64>,
}

pub(crate) enum Command {
    Send(SendConfig),
}

pub(crate) struct SendConfig {
    pub(crate) files: Vec<PathBuf>,
    /// Without a slash at its end.
    pub(crate) server: String,
    pub(crate) token: Option<String>,
    pub(crate) state_folder: PathBuf,
    pub(crate) batch_records_max: usize,
    pub(crate) follow: bool,
    /// `None` is for ever.
    pub(crate) patience: Option<Duration>,
    pub(crate) hostname: String,
    pub(crate) source: Option<String>,
}

pub(crate) fn from_command_line() -> anyhow::Result<Command> {
    match CommandLine::parse().command {
        RawCommand::Send(args) => resolve_send(args).map(Command::Send),
    }
}

fn resolve_send(args: SendArgs) -> anyhow::Result<SendConfig> {
    let patience_secs = args.give_up_after.or((!args.follow).then_some(300));
    Ok(SendConfig {
        server: checked_server(&args.server)?,
        token: args.token.map(checked_token).transpose()?,
        state_folder: match args.state {
            Some(folder) => folder,
            None => default_state_folder().context("no folder for the collector's state is known here; name one with --state")?,
        },
        hostname: match args.hostname {
            Some(name) => name,
            None => own_hostname().context("this computer's name is not known; give it with --hostname")?,
        },
        files: args.files,
        batch_records_max: args.batch as usize,
        follow: args.follow,
        patience: patience_secs.map(Duration::from_secs),
        source: args.source,
    })
}

fn checked_server(text: &str) -> anyhow::Result<String> {
    let server = text.trim_end_matches('/');
    let host = server.strip_prefix("http://").or_else(|| server.strip_prefix("https://")).unwrap_or_default();
    let is_uri = server.parse::<ureq::http::Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| !host.is_empty()));
    if host.is_empty() || !is_uri || host.contains(['?', '#', '@']) {
        bail!("--server {text:?} is no server's address; it looks like http://127.0.0.1:7171 or https://radar.example");
    }
    Ok(server.to_owned())
}

/// A token becomes a header, so it must not be able to end one.
fn checked_token(token: String) -> anyhow::Result<String> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        bail!("the token must be visible ASCII characters without spaces");
    }
    Ok(token)
}

fn default_state_folder() -> Option<PathBuf> {
    let folder_in = |variable: &str| env::var_os(variable).map(PathBuf::from).filter(|folder| folder.is_absolute());
    let base = if cfg!(windows) {
        folder_in("LOCALAPPDATA")
    } else {
        folder_in("XDG_STATE_HOME").or_else(|| folder_in("HOME").map(|home| home.join(".local/state")))
    };
    base.map(|base| base.join("radar-collector"))
}

/// Windows names the computer in every environment, Linux in a file; other systems export it at
/// most.
fn own_hostname() -> Option<String> {
    env::var("COMPUTERNAME")
        .ok()
        .or_else(|| fs::read_to_string("/proc/sys/kernel/hostname").ok())
        .or_else(|| env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
}

/// Rotation adds to a name (`app.log`, `app.log.1`); the part before the first dot stays, so lines
/// keep their source, and with it their id.
pub(crate) fn source_named_by(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = name.char_indices().skip(1).find(|(_, char)| *char == '.').map_or(name.len(), |(at, _)| at);
    name[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        CommandLine::command().debug_assert();
    }

    #[test]
    fn a_server_is_an_http_address() {
        for (text, expected) in [
            ("http://127.0.0.1:7171", Some("http://127.0.0.1:7171")),
            ("http://127.0.0.1:7171/", Some("http://127.0.0.1:7171")),
            ("https://radar.example/logs", Some("https://radar.example/logs")),
            ("http://[::1]:7171", Some("http://[::1]:7171")),
            ("127.0.0.1:7171", None),
            ("ftp://radar.example", None),
            ("http://", None),
            ("http://:80", None),
            ("http://a b", None),
            ("http://user:secret@radar.example", None),
            ("http://radar.example?x=1", None),
        ] {
            assert_eq!(checked_server(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_token_cannot_end_its_header() {
        assert!(checked_token("abc.DEF-123_~".into()).is_ok());
        for token in ["", "a b", "a\r\nx: y", "ä"] {
            assert!(checked_token(token.into()).is_err(), "{token:?}");
        }
    }

    #[test]
    fn a_rotated_file_names_the_same_source() {
        for (path, source) in [
            ("/var/log/app.log", "app"),
            ("/var/log/app.log.1", "app"),
            ("syslog", "syslog"),
            (".hidden.log", ".hidden"),
            ("añb.log", "añb"),
        ] {
            assert_eq!(source_named_by(Path::new(path)), source, "{path}");
        }
    }
}
