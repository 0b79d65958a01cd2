use std::{convert::Infallible, future::pending, net::SocketAddr};

use axum::{body::Bytes, routing::get};
use futures::stream;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use super::*;

/// Longer than any of these takes, so that a server that waits for ever fails a test instead of stopping it.
const FOR_EVER: Duration = Duration::from_secs(20);

const PATIENT: Limits =
    Limits { connections_max: 100, connections_max_of_address: None, head_patience: FOR_EVER, write_patience: FOR_EVER };

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    async fn start(router: Router, limits: Limits) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, router, limits, async { drop(stopped.await) }));
        Self { address, stop, serving }
    }

    async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }
}

struct Client(TcpStream);

impl Client {
    async fn say(&mut self, text: &str) {
        // Who was shut out learns of it here or in what it reads.
        let _ = self.0.write_all(text.as_bytes()).await;
    }

    /// Whether an answer came up to and with this text, or the connection ended before it.
    async fn hears(&mut self, text: &str) -> bool {
        let mut heard = Vec::new();
        let mut byte = [0];
        while !heard.ends_with(text.as_bytes()) {
            match timeout(FOR_EVER, self.0.read(&mut byte)).await.unwrap() {
                Ok(0) | Err(_) => return false,
                Ok(_) => heard.extend(byte),
            }
        }
        true
    }

    async fn asks(&mut self, path: &str) -> bool {
        self.say(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
        self.hears("the answer").await
    }

    async fn is_closed(&mut self) -> bool {
        !self.hears("nothing that is ever sent").await
    }
}

fn router() -> Router {
    Router::new().route("/", get(|| async { "the answer" }))
}

#[tokio::test]
async fn a_handler_knows_its_peer() {
    let peer = get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { format!("{peer} gets the answer") });
    let server = Server::start(Router::new().route("/", peer), PATIENT).await;
    let mut client = server.connect().await;
    let address = client.0.local_addr().unwrap();
    client.say("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(client.hears(&format!("{address} gets the answer")).await);
    assert!(client.asks("/").await, "a connection serves several requests");
}

#[tokio::test]
async fn who_comes_while_all_places_are_taken_waits_for_one() {
    let server = Server::start(router(), Limits { connections_max: 2, ..PATIENT }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert!(first.asks("/").await && second.asks("/").await);
    let mut third = server.connect().await;
    let waiting = tokio::spawn(async move { third.asks("/").await });
    // Those who have a place go on meanwhile.
    assert!(second.asks("/").await);
    assert!(!waiting.is_finished());
    drop(first);
    assert!(waiting.await.unwrap());
}

#[tokio::test]
async fn an_address_that_has_taken_its_share_is_closed_at_once() {
    let server = Server::start(router(), Limits { connections_max_of_address: Some(2), ..PATIENT }).await;
    let (mut first, mut second) = (server.connect().await, server.connect().await);
    assert!(first.asks("/").await && second.asks("/").await);
    assert!(server.connect().await.is_closed().await);
    assert!(second.asks("/").await);
    drop(first);
    // The server learns of that end a little later.
    while !server.connect().await.asks("/").await {}
}

#[tokio::test]
async fn a_share_counts_for_its_address_and_comes_back() {
    let addresses = Arc::new(Addresses::new(Some(1)));
    let admit = |address: &str| addresses.admit(address.parse().unwrap());
    let taken = admit("2001:db8::1");
    assert!(taken.is_some());
    assert!(admit("2001:db8::2").is_none(), "it has the same network");
    assert!(admit("2001:db8:0:1::1").is_some());
    drop(taken);
    assert!(admit("2001:db8::2").is_some());
    assert!(addresses.lock().is_empty(), "who has gone is forgotten");
}

#[tokio::test]
async fn who_sends_no_whole_head_is_closed() {
    let limits = Limits { head_patience: Duration::from_millis(300), ..PATIENT };
    let server = Server::start(router().route("/feed", get(ticks)), limits).await;
    let mut feed = server.connect().await;
    feed.say("GET /feed HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(feed.hears("tick 0").await);

    let mut silent = server.connect().await;
    let mut slow = server.connect().await;
    slow.say("GET / HTTP/1.1\r\nhost: local").await;
    let mut idle = server.connect().await;
    assert!(idle.asks("/").await);
    assert!(silent.is_closed().await && slow.is_closed().await && idle.is_closed().await);

    // A feed that began before them lasts longer than any of them.
    assert!(feed.hears("tick 40").await);
}

/// An answer that goes on for longer than a patience, with a word now and then.
async fn ticks() -> Body {
    let ticks = stream::unfold(0, |tick| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, Infallible>(format!("tick {tick}\n")), tick + 1))
    });
    Body::from_stream(ticks)
}

#[tokio::test]
async fn who_sends_its_head_in_pieces_but_in_time_is_answered() {
    let server = Server::start(router(), PATIENT).await;
    let mut client = server.connect().await;
    for piece in ["GET / HT", "TP/1.1\r\nho", "st: localhost\r", "\n\r"] {
        client.say(piece).await;
        tokio::task::yield_now().await;
    }
    client.say("\n").await;
    assert!(client.hears("the answer").await);
}

/// Says when it is dropped.
struct AtEnd(watch::Sender<bool>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

#[tokio::test]
async fn who_does_not_read_is_closed_and_others_read_on() {
    let (gone, mut is_gone) = watch::channel(false);
    let endless = move || {
        let gone = AtEnd(gone.clone());
        async {
            let block = Bytes::from_static(&[b'x'; 1 << 16]);
            Body::from_stream(stream::unfold(gone, move |gone| {
                std::future::ready(Some((Ok::<_, Infallible>(block.clone()), gone)))
            }))
        }
    };
    let router = router().route("/endless", get(endless)).route("/feed", get(ticks));
    let server = Server::start(router, Limits { write_patience: Duration::from_millis(300), ..PATIENT }).await;
    let mut feed = server.connect().await;
    feed.say("GET /feed HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(feed.hears("tick 0").await);

    let mut stuck = server.connect().await;
    stuck.say("GET /endless HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(stuck.hears("HTTP/1.1 200 OK").await, "the answer began");
    let gone = is_gone.wait_for(|gone| *gone);
    timeout(FOR_EVER, gone).await.expect("the answer was given up").unwrap();

    assert!(feed.hears("tick 40").await);
    assert!(server.connect().await.asks("/").await);
}

#[tokio::test]
async fn a_head_larger_than_its_bound_is_refused() {
    let server = Server::start(router(), PATIENT).await;
    let mut client = server.connect().await;
    client.say(&format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}", "x".repeat(2 * BUFFER_BYTES_MAX))).await;
    assert!(client.is_closed().await);
    assert!(server.connect().await.asks("/").await);
}

#[tokio::test]
async fn a_stop_lets_answers_end_and_takes_nobody_more() {
    let (begin, mut begun) = watch::channel(false);
    let (finish, finished) = watch::channel(false);
    let slow = move || {
        let mut finished = finished.clone();
        begin.send_replace(true);
        async move {
            let _ = finished.wait_for(|finished| *finished).await;
            "the answer"
        }
    };
    let server = Server::start(router().route("/slow", get(slow)), PATIENT).await;
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    assert!(idle.asks("/").await);
    busy.say("GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    begun.wait_for(|begun| *begun).await.unwrap();
    server.stop.send(()).unwrap();
    assert!(idle.is_closed().await);
    assert!(!server.serving.is_finished());
    assert!(TcpStream::connect(server.address).await.is_err());
    finish.send_replace(true);
    assert!(busy.hears("the answer").await && busy.is_closed().await);
    timeout(FOR_EVER, server.serving).await.expect("nothing is left to wait for").unwrap();
}

#[tokio::test]
async fn a_stop_waits_for_nobody_where_nobody_is() {
    let server = Server::start(Router::new().route("/", get(pending::<()>)), PATIENT).await;
    server.stop.send(()).unwrap();
    timeout(FOR_EVER, server.serving).await.expect("nothing is left to wait for").unwrap();
}
