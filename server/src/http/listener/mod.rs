//! Takes connections and serves them, so that slow clients and many of them leave the server to the
//! others.
//!
//! It speaks to hyper itself: `axum::serve` sets hyper no clock, and without one a client that never
//! finishes its request keeps its connection for ever. Nothing here asks for an upgrade, so none is
//! offered.
//!
//! - There are so many places, and so many for one address. While all are taken nothing is accepted:
//!   who comes then waits in the system's queue, where it costs this program nothing, and gets the
//!   next place that is free, whereas a refusal would have to be sent to everybody who tries again.
//!   Whose address has taken its share is closed at once: in the queue it would be in the way of the others.
//! - A request's head has to be there within a time, counted from the connection's start or from the
//!   end of the answer before. So an idle connection ends after the same time.
//! - What is sent has to be taken: a connection whose writes make no progress for a time ends.
//!
//! How long a body may take to arrive and an answer to begin is said where they are read and made.
//! An answer may last as long as it is read: the live feed lasts for days.

mod patient_stream;

use std::{
    collections::HashMap,
    convert::Infallible,
    net::IpAddr,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
    serve::Listener,
};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::{Service, ServiceExt};
use tracing::{debug, warn};

use super::client::counted_as;
use patient_stream::PatientStream;

/// Enough for a thousand open dashboards at six connections each, as browsers open them.
pub const CONNECTIONS_MAX: u32 = 8192;
/// An office behind one address; still no more than an eighth of all.
const CONNECTIONS_MAX_OF_ADDRESS: u32 = 1024;
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// Proxies keep connections for a minute and longer, and must not meet an end of ours as they use one again.
const HEAD_PATIENCE_WITH_PROXY: Duration = Duration::from_secs(120);
const WRITE_PATIENCE: Duration = Duration::from_secs(60);
/// What a connection may hold of a request's head, and of an answer that waits to be sent.
const BUFFER_BYTES_MAX: usize = 64 << 10;
/// Between two lines of the log that say that all places are taken.
const WARN_INTERVAL: Duration = Duration::from_secs(60);

/// What connections may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connections_max: u32,
    /// `None` where one address may stand for everybody.
    pub connections_max_of_address: Option<u32>,
    pub head_patience: Duration,
    pub write_patience: Duration,
}

impl Limits {
    /// For clients that connect themselves, each with an address of its own.
    pub fn of_clients(connections_max: u32) -> Self {
        Self {
            connections_max,
            connections_max_of_address: Some(CONNECTIONS_MAX_OF_ADDRESS),
            head_patience: HEAD_PATIENCE,
            write_patience: WRITE_PATIENCE,
        }
    }

    /// For everybody behind one address: that of a proxy, or of this machine.
    pub fn of_a_shared_address(connections_max: u32) -> Self {
        Self { connections_max_of_address: None, head_patience: HEAD_PATIENCE_WITH_PROXY, ..Self::of_clients(connections_max) }
    }
}

/// Serves until a stop is asked for and all requests under way have ended. Each request has its
/// peer as `ConnectInfo<SocketAddr>` among its extensions.
pub async fn serve(mut listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(limits.connections_max as usize));
    let stopping = watch::Sender::new(false);
    tokio::select! {
        () = accept(&mut listener, &router, limits, &places, &stopping) => {}
        () = stop => {}
    }
    // Who comes from here on is told so by the system.
    drop(listener);
    stopping.send_replace(true);
    // Nothing closes the semaphore; and it has all its places when no connection holds one.
    let _ = places.acquire_many(limits.connections_max).await;
}

async fn accept(
    listener: &mut TcpListener,
    router: &Router,
    limits: Limits,
    places: &Arc<Semaphore>,
    stopping: &watch::Sender<bool>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_patience).max_buf_size(BUFFER_BYTES_MAX);
    let addresses = Arc::new(Addresses::new(limits.connections_max_of_address));
    let mut warned: Option<Instant> = None;
    loop {
        if places.available_permits() == 0 && warned.is_none_or(|at| at.elapsed() > WARN_INTERVAL) {
            warn!("all {} places for connections are taken; who comes now waits", limits.connections_max);
            warned = Some(Instant::now());
        }
        let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
        let (stream, peer) = Listener::accept(listener).await;
        let Some(share) = addresses.admit(peer.ip()) else {
            debug!(%peer, "its address has taken its share of connections");
            continue;
        };
        // Each message of a feed shall leave at once. Without it they leave a little later.
        let _ = stream.set_nodelay(true);
        let io = TokioIo::new(PatientStream::new(stream, limits.write_patience));
        let service = router.clone().map_request(move |request: hyper::Request<Incoming>| {
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let connection = http.serve_connection(io, TowerToHyperService::new(service));
        tokio::spawn(attend(connection, stopping.subscribe(), (place, share)));
    }
}

type Connection<S> = http1::Connection<TokioIo<PatientStream>, TowerToHyperService<S>>;

/// Sees a connection through to its end, which comes after the answer under way once a stop is asked for. What it has taken is given
/// back when it is closed.
async fn attend<S>(connection: Connection<S>, mut stopping: watch::Receiver<bool>, _taken: (OwnedSemaphorePermit, Share))
where
    S: Service<hyper::Request<Incoming>, Response = Response, Error = Infallible> + Clone,
{
    let mut connection = pin!(connection);
    let stop = async { drop(stopping.wait_for(|stopping| *stopping).await) };
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(error = &error as &dyn std::error::Error, "a connection ended early");
    }
}

/// How many connections each address has. It holds no more addresses than there are connections.
struct Addresses {
    max: Option<u32>,
    taken: Mutex<HashMap<IpAddr, u32>>,
}

impl Addresses {
    fn new(max: Option<u32>) -> Self {
        Self { max, taken: Mutex::default() }
    }

    /// `None` where the address has taken its share.
    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Share> {
        let address = counted_as(address);
        let mut addresses = self.lock();
        let taken = addresses.entry(address).or_default();
        if self.max.is_some_and(|max| *taken >= max) {
            return None;
        }
        *taken += 1;
        Some(Share { address, of: Arc::clone(self) })
    }

    /// Counting can't panic half-way, so a poisoned lock holds what it should.
    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, u32>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of an address, given back when dropped.
struct Share {
    address: IpAddr,
    of: Arc<Addresses>,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut addresses = self.of.lock();
        if let Some(taken) = addresses.get_mut(&self.address) {
            *taken -= 1;
            if *taken == 0 {
                addresses.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests;
