use std::{io::IsTerminal, net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use radar_engine::Engine;
use radar_services::{AccountRules, Retention, Services};
use radar_types::{grouped, people::Registration};
use tokio::net::TcpListener;
use tracing::{info, warn};
use tracing_subscriber::EnvFilter;

use super::{block_on, descriptors, home::Home, units};
use crate::{
    AppState, Door,
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
    #[arg(long, value_name = "BYTES", env = "RADAR_KEEP_BYTES", value_parser = units::bytes)]
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
    #[command(flatten)]
    people: People,
    #[command(flatten)]
    reach: Reach,
}

/// Accounts and sessions.
#[derive(Debug, clap::Args)]
struct People {
    /// Who may make an account: open, invitation or off
    #[arg(long, value_name = "WHO", env = "RADAR_REGISTRATION", default_value = "invitation", value_parser = registration)]
    registration: Registration,
    /// Make this account an administrator at the start, with the password in RADAR_ADMIN_PASSWORD where it is a new one.
    /// Without it, the first who opens the page makes one; where others could reach that page, with a code from the log
    #[arg(long, value_name = "E-MAIL", env = "RADAR_ADMIN_EMAIL")]
    admin_email: Option<String>,
    /// End sessions that were not used for so long, and with them private collections of people without an account
    #[arg(long, value_name = "TIME", env = "RADAR_SESSION_IDLE", default_value = "1h", value_parser = units::duration)]
    session_idle: Duration,
    /// End sessions that are so old, used or not
    #[arg(long, value_name = "TIME", env = "RADAR_SESSION_AT_MOST", default_value = "24h", value_parser = units::duration)]
    session_at_most: Duration,
}

/// How the page is reached.
#[derive(Debug, clap::Args)]
struct Reach {
    /// How many proxies of yours stand before this server, each of which adds to X-Forwarded-For where a request came from
    #[arg(long, value_name = "COUNT", env = "RADAR_TRUSTED_HOPS", default_value_t = 0)]
    trusted_hops: u8,
    /// The page is reached over plain HTTP from other machines: whoever is between can read along, and take over sessions
    #[arg(long, env = "RADAR_PLAIN_HTTP")]
    plain_http: bool,
    /// How many requests a second one address or token may send on average; 0 sets no limit. Without it, 300, and none where
    /// only this machine reaches the server
    #[arg(long, value_name = "COUNT", env = "RADAR_REQUESTS_PER_SECOND")]
    requests_per_second: Option<u32>,
}

/// How often sessions are ended whose time is over.
const SESSIONS_INTERVAL: Duration = Duration::from_secs(30);
/// And in each how many of these rounds events are removed that are kept no longer.
const EXPIRE_ROUNDS: u64 = 20;
/// Of one address or token, where others reach the server.
const REQUESTS_PER_SECOND: u32 = 300;
/// How long requests under way may take to end once a stop was asked for.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(args: Args) -> Result<()> {
    let default_filter = // What the session layer warns of is a cookie that is not known: anybody can send as many as they like.
        EnvFilter::new("warn,radar_server=info,radar_services=info,radar_store=info,tower_sessions=error,tower_sessions_core=error");
    let filter = EnvFilter::try_from_default_env().unwrap_or(default_filter);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    let config = ServeConfig::check(&args.addr, args.ingest_token, args.reach.trusted_hops.into())?;
    let (people, reach) = (&args.people, &args.reach);
    let is_local = config.addr.ip().is_loopback() && reach.trusted_hops == 0;
    // Between this machine and itself there is no network to read along on.
    let is_secure = !is_local && !reach.plain_http;
    let door = Door { is_local, is_secure, trusted_hops: reach.trusted_hops.into() };
    let unasked = if door.is_local { 0 } else { REQUESTS_PER_SECOND };
    let rules = AccountRules {
        registration: people.registration,
        setup_code: (!door.is_local).then(setup_code).transpose()?,
        session_idle: people.session_idle,
        session_at_most: people.session_at_most,
        requests_per_second: NonZeroU32::new(reach.requests_per_second.unwrap_or(unasked)),
    };
    let administrator = administrator(people.admin_email.clone())?;
    let retention = retention(args.keep_days, args.keep_bytes);
    let asked = Asked { config, door, rules, administrator, retention, no_demo: args.no_demo, demo: args.demo };
    block_on(serve(asked, &args.home))
}

/// What was asked for, checked.
struct Asked {
    config: ServeConfig,
    door: Door,
    rules: AccountRules,
    administrator: Option<(String, String)>,
    retention: Option<Retention>,
    no_demo: bool,
    demo: bool,
}

async fn serve(asked: Asked, home: &Home) -> Result<()> {
    let Asked { config, door, rules, administrator, retention, no_demo, demo } = asked;
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
    let setup_code = rules.setup_code.clone();
    let services = Services::start(store, engine, rules).await?;
    if let Some((email, password)) = administrator {
        services.ensure_administrator(&email, &password, now()).await.context("can't make the administrator")?;
    }
    if let Some(retention) = retention {
        services.keep(retention, now()).await?;
    }
    let expiry = tokio::spawn(expire(services.clone()));
    let is_demo = !no_demo && (demo || services.is_empty().await?);
    let state = AppState::new(services.clone(), config.ingest, door, site);
    let router = http::router(state.clone());
    let demo = if is_demo { Some(Demo::with_past(router.clone()).await.start()) } else { None };

    // The line that scripts and people wait for; everything else goes to the log.
    announce(addr)?;
    if let Some(code) = setup_code
        && services.needs_setup(now()).await?
    {
        warn!("nobody administers this server yet; open /set-up and make the first administrator with the code {code}");
    }
    if is_demo {
        info!("a built-in generator sends demonstration events; --no-demo leaves it out");
    }
    let stop = async {
        stop_asked().await;
        info!("stopping");
        // Live feeds never end by themselves.
        state.stop();
    };
    let is_shared = door.is_local || door.trusted_hops > 0;
    let limits = if is_shared { Limits::of_a_shared_address(connections_max) } else { Limits::of_clients(connections_max) };
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
    let mut rounds = 0;
    loop {
        match services.end_expired_sessions(now()).await {
            Ok(0) => {}
            Ok(sessions) => info!("ended {} sessions whose time was over", grouped(sessions)),
            Err(error) => warn!(error = &error as &dyn std::error::Error, "sessions whose time is over could not be ended"),
        }
        if rounds % EXPIRE_ROUNDS == 0 {
            expire_events(&services).await;
        }
        rounds += 1;
        tokio::time::sleep(SESSIONS_INTERVAL).await;
    }
}

async fn expire_events(services: &Services) {
    match services.expire(now()).await {
        Ok(0) => {}
        Ok(events) => info!("removed {} events that are kept no longer", grouped(events)),
        Err(error) => warn!(error = &error as &dyn std::error::Error, "events that are kept no longer could not be removed"),
    }
}

fn registration(text: &str) -> Result<Registration, String> {
    let known = Registration::ALL.into_iter().find(|registration| registration.name() == text);
    known.ok_or_else(|| "it is open, invitation or off".to_owned())
}

/// The password is in the environment alone: what stands on a command line is seen by every program of the machine.
fn administrator(email: Option<String>) -> Result<Option<(String, String)>> {
    let Some(email) = email else { return Ok(None) };
    let password =
        std::env::var("RADAR_ADMIN_PASSWORD").context("set RADAR_ADMIN_PASSWORD to the administrator's password, too")?;
    Ok(Some((email, password)))
}

fn setup_code() -> Result<String> {
    radar_services::new_code().context("the system gives no random numbers")
}

/// Nothing where neither was said; of one alone the other is no limit.
fn retention(days: Option<u32>, bytes: Option<u64>) -> Option<Retention> {
    let limits = Retention { days: days.filter(|days| *days > 0), bytes: bytes.filter(|bytes| *bytes > 0) };
    (days.is_some() || bytes.is_some()).then_some(limits)
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
    fn nothing_said_changes_nothing_and_zero_is_no_limit() {
        assert_eq!(retention(None, None), None);
        assert_eq!(retention(Some(0), None), Some(Retention::default()));
        assert_eq!(retention(Some(30), Some(0)), Some(Retention { days: Some(30), bytes: None }));
    }
}
