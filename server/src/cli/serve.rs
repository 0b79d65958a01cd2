use std::{io::IsTerminal, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use radar_engine::Engine;
use radar_services::{Retention, Services};
use radar_types::grouped;
use tokio::net::TcpListener;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use super::{block_on, descriptors, home::Home};
use crate::{
    AppState,
    config::ServeConfig,
    demo::Demo,
    http::{
        self,
        listener::{self, Limits},
    },
    state::now,
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:7171", env = "RADAR_ADDR")]
    addr: String,
    #[command(flatten)]
    home: Home,
    /// Remove events when they are older than so many days; 0 keeps them for ever. Without it, what was said last holds
    #[arg(long, value_name = "DAYS", env = "RADAR_KEEP_DAYS")]
    keep_days: Option<u32>,
    /// Remove the oldest events when all take more than so many bytes, as 500M or 20G; 0 sets no limit
    #[arg(long, value_name = "BYTES", env = "RADAR_KEEP_BYTES", value_parser = bytes)]
    keep_bytes: Option<u64>,
    /// Never send demonstration events
    #[arg(long, conflicts_with = "demo")]
    no_demo: bool,
    /// Send demonstration events even though the store holds events
    #[arg(long)]
    demo: bool,
    /// What senders must show as `Authorization: Bearer <token>`. Without one, only a server that
    /// listens to this machine alone takes events
    #[arg(long, env = "RADAR_INGEST_TOKEN", hide_env_values = true)]
    ingest_token: Option<String>,
}

/// How often events are removed that are kept no longer.
const EXPIRE_INTERVAL: Duration = Duration::from_secs(600);
/// How long requests under way may take to end once a stop was asked for.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(args: Args) -> Result<()> {
    let default_filter = EnvFilter::new("warn,radar_server=info,radar_services=info,radar_store=info");
    let filter = EnvFilter::try_from_default_env().unwrap_or(default_filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let config = ServeConfig::check(&args.addr, args.ingest_token)?;
    let retention = retention(args.keep_days, args.keep_bytes);
    block_on(serve(config, &args.home, retention, args.no_demo, args.demo))
}

async fn serve(config: ServeConfig, home: &Home, retention: Option<Retention>, no_demo: bool, demo: bool) -> Result<()> {
    // The port comes first: it is the commonest thing to be wrong, and nothing was touched yet.
    let listener = TcpListener::bind(config.addr).await.with_context(|| match config.addr.port() {
        0 => format!("can't listen on {}", config.addr),
        port => format!("can't listen on {}. If port {port} is in use, choose another one with --addr", config.addr),
    })?;
    let addr = listener.local_addr().context("can't tell the address that is listened on")?;
    // Before the store opens its files.
    let connections_max = descriptors::connections_max();
    let mut site = http::Site::load()?;
    if std::env::var_os("RADAR_DEV").is_some() {
        site = site.changing_with_each_start();
    }
    let engine = Arc::new(Engine::shipped().context("the model inside this program can't be loaded")?);
    let store = home.open().await?;
    let services = Services::start(store, engine).await?;
    if let Some(retention) = retention {
        services.keep(retention, now()).await?;
    }
    let expiry = tokio::spawn(expire(services.clone()));
    let is_demo = !no_demo && (demo || services.is_empty().await?);
    let is_local = config.addr.ip().is_loopback();
    let reach = http::Reach { from_this_machine_alone: is_local, over_https: false };
    let state = AppState::new(services.clone(), config.ingest, site).with_reach(reach);
    let router = http::router(state.clone());
    let demo = if is_demo { Some(Demo::with_past(router.clone()).await.start()) } else { None };

    // The line that scripts and people wait for; everything else goes to the log.
    announce(addr)?;
    if is_demo {
        info!("a built-in generator sends demonstration events; --no-demo leaves it out");
    }
    let stop = async {
        stop_asked().await;
        info!("stopping");
        // Live feeds never end by themselves.
        state.stop();
    };
    let limits = if is_local { Limits::of_a_shared_address(connections_max) } else { Limits::of_clients(connections_max) };
    let serving = listener::serve(listener, router, limits, stop);
    let mut stopping = state.stopping();
    let patience_is_over = async {
        // An error means that the state is gone, and with it the server.
        let _ = stopping.wait_for(|stopping| *stopping).await;
        tokio::time::sleep(STOP_PATIENCE).await;
    };
    tokio::select! {
        () = serving => {}
        () = patience_is_over => warn!("some requests did not end in time and were cut off"),
    }
    if let Some(demo) = demo {
        demo.abort();
    }
    expiry.abort();
    services
        .close()
        .await
        .unwrap_or_else(|error| warn!(error = &error as &dyn std::error::Error, "the store did not close cleanly"));
    Ok(())
}

async fn expire(services: Services) {
    loop {
        match services.expire(now()).await {
            Ok(0) => {}
            Ok(events) => info!("removed {} events that are kept no longer", grouped(events)),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "events that are kept no longer could not be removed"),
        }
        tokio::time::sleep(EXPIRE_INTERVAL).await;
    }
}

/// Nothing where neither was said; of one alone the other is no limit.
fn retention(days: Option<u32>, bytes: Option<u64>) -> Option<Retention> {
    let limits = Retention { days: days.filter(|days| *days > 0), bytes: bytes.filter(|bytes| *bytes > 0) };
    (days.is_some() || bytes.is_some()).then_some(limits)
}

/// `1000`, `500M`, `20G`.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let unit = match &*text[digits.len()..].to_ascii_uppercase() {
        "" | "B" => 0,
        "K" | "KB" | "KIB" => 10,
        "M" | "MB" | "MIB" => 20,
        "G" | "GB" | "GIB" => 30,
        "T" | "TB" | "TIB" => 40,
        _ => 64,
    };
    let number: Option<u64> = digits.parse().ok();
    number
        .and_then(|number| number.checked_mul(1_u64.checked_shl(unit)?))
        .ok_or_else(|| "a size is a number of bytes, as 500M or 20G".to_owned())
}

#[expect(clippy::print_stdout, reason = "the URL is this command's output")]
fn announce(addr: SocketAddr) -> Result<()> {
    use std::io::Write;
    println!("RADAR is at http://{addr}");
    std::io::stdout().flush().context("can't write to the standard output")
}

/// Ctrl-C, or what a service manager sends.
async fn stop_asked() {
    let ctrl_c = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = ctrl_c => {}
        () = terminate::asked() => {}
    }
}

#[cfg(unix)]
mod terminate {
    pub(super) async fn asked() {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
mod terminate {
    pub(super) async fn asked() {
        std::future::pending().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        for (text, expected) in [("0", 0), ("1000", 1000), ("2k", 2048), ("500M", 500 << 20), ("20GiB", 20 << 30), ("1t", 1 << 40)]
        {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "M", "-1", "1.5G", "1X", "99999999999T"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn nothing_said_changes_nothing_and_zero_is_no_limit() {
        assert_eq!(retention(None, None), None);
        assert_eq!(retention(Some(0), None), Some(Retention::default()));
        assert_eq!(retention(Some(30), Some(0)), Some(Retention { days: Some(30), bytes: None }));
    }
}
