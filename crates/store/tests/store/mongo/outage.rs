//! Databases that are away, refuse, or are too old. What no server here can be made to say, a false one says.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use mongodb::bson::{Document, doc};
use radar_store::mongo::{MongoSettings, MongoStore};
use radar_store::{Error, ErrorKind, Store};
use radar_types::query::Filter;

use crate::database::TestDatabase;
use crate::testsuite::asking::{ask, public, whole};
use crate::testsuite::sample::batch;

/// Generous for a busy machine, and far below what the driver waits by itself.
const SOON: Duration = Duration::from_secs(10);

fn impatient(uri: String) -> MongoSettings {
    let patience = Duration::from_millis(500);
    MongoSettings { connect: patience, selection: patience, ..MongoSettings::new(uri) }
}

async fn refusal(settings: MongoSettings) -> Error {
    let start = Instant::now();
    let error = MongoStore::open(settings).await.err().unwrap();
    assert!(start.elapsed() < SOON, "{error} took {:?}", start.elapsed());
    error
}

/// Passes bytes on to a server, until it is cut.
struct Wire {
    port: u16,
    is_cut: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Wire {
    fn to(address: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let wire = Self { port: listener.local_addr().unwrap().port(), is_cut: Arc::default(), open: Arc::default() };
        let (is_cut, open) = (Arc::clone(&wire.is_cut), Arc::clone(&wire.open));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&address) else { continue };
                if is_cut.load(Ordering::SeqCst) {
                    continue;
                }
                let ends = [&client, &server].map(|end| end.try_clone().unwrap());
                open.lock().unwrap().extend(ends);
                for (mut from, mut to) in [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)] {
                    thread::spawn(move || {
                        std::io::copy(&mut from, &mut to).ok();
                        to.shutdown(Shutdown::Both).ok();
                    });
                }
            }
        });
        wire
    }

    fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        for end in self.open.lock().unwrap().drain(..) {
            end.shutdown(Shutdown::Both).ok();
        }
    }

    fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_told_soon_and_ends_without_a_restart() {
    let Some(database) = TestDatabase::new() else { return };
    let Some(address) = database.uri.strip_prefix("mongodb://").filter(|address| !address.contains(['@', '/', ','])) else {
        return;
    };
    let wire = Wire::to(address.to_owned());
    let uri = format!("mongodb://127.0.0.1:{}/?directConnection=true", wire.port);
    let store = MongoStore::open(MongoSettings { database: database.name.clone(), ..impatient(uri) }).await.unwrap();
    store.append(&public(), batch(0, 10)).await.unwrap();

    wire.cut();
    let start = Instant::now();
    assert_eq!(store.append(&public(), batch(10, 20)).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.tally(&ask(Filter::everything())).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.check().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(start.elapsed() < 3 * SOON);

    wire.mend();
    while store.check().await.is_err() {
        assert!(start.elapsed() < 6 * SOON, "it did not come back");
    }
    store.append(&public(), batch(10, 20)).await.unwrap();
    assert_eq!(whole(store.tally(&ask(Filter::everything())).await.unwrap()).events(), 20);
    store.close().await.unwrap();
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_soon() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refusal(impatient(format!("mongodb://127.0.0.1:{port}"))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("does not answer"), "{error}");
}

#[tokio::test]
async fn a_database_that_takes_connections_and_says_nothing_is_told_soon() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = refusal(impatient(format!("mongodb://{}", silent.local_addr().unwrap()))).await;
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    for uri in ["", "http://127.0.0.1", "mongodb://", "mongodb://a:b"] {
        let error = refusal(impatient(uri.into())).await;
        assert_eq!(error.kind(), ErrorKind::Invalid, "{uri}: {error}");
    }
}

/// A server that greets with this wire version, and answers all else as it is told.
fn false_server(wire_version: i32, answer: fn(&str) -> Document) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || while converse(&client, wire_version, answer).is_some() {});
        }
    });
    address.to_string()
}

/// One message in, one out.
fn converse(mut client: &TcpStream, wire_version: i32, answer: fn(&str) -> Document) -> Option<()> {
    const QUERY: i32 = 2004;
    const REPLY: i32 = 1;
    const MESSAGE: i32 = 2013;
    let mut head = [0; 16];
    client.read_exact(&mut head).ok()?;
    let number = |at: usize| i32::from_le_bytes(head[at..at + 4].try_into().unwrap());
    let (length, id, kind) = (number(0), number(4), number(12));
    let mut body = vec![0; usize::try_from(length).ok()? - head.len()];
    client.read_exact(&mut body).ok()?;
    let start = if kind == QUERY { 4 + body[4..].iter().position(|byte| *byte == 0)? + 1 + 8 } else { 5 };
    let asked: Document = mongodb::bson::deserialize_from_slice(body.get(start..)?).ok()?;
    let command = asked.keys().next()?.to_lowercase();
    let said = match command.as_str() {
        "hello" | "ismaster" => {
            doc! { "ok": 1, "helloOk": true, "isWritablePrimary": true, "ismaster": true, "minWireVersion": 0, "maxWireVersion": wire_version,
            "maxBsonObjectSize": 16_777_216, "maxMessageSizeBytes": 48_000_000, "maxWriteBatchSize": 100_000 }
        }
        other => answer(other),
    };
    let said = said.to_vec().ok()?;
    let prefix = if kind == QUERY { [vec![0; 16], 1_i32.to_le_bytes().to_vec()].concat() } else { vec![0; 5] };
    let total = i32::try_from(16 + prefix.len() + said.len()).ok()?;
    let head = [total, 0, id, if kind == QUERY { REPLY } else { MESSAGE }].map(i32::to_le_bytes).concat();
    client.write_all(&[head, prefix, said].concat()).ok()
}

async fn check_refused(address: String, kind: ErrorKind, part: &str) {
    let error = refusal(impatient(format!("mongodb://{address}"))).await;
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(part) && error.to_string().ends_with('.'), "{error}");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_told_with_the_version_that_is_needed() {
    check_refused(false_server(6, |_| doc! { "ok": 1 }), ErrorKind::Unavailable, "RADAR needs MongoDB 4.4").await;
    let old = |_: &str| doc! { "ok": 1, "version": "4.2.24" };
    check_refused(false_server(17, old), ErrorKind::Unavailable, "MongoDB 4.2.24").await;
}

#[tokio::test]
async fn a_wrong_password_and_a_missing_right_are_told_apart() {
    let failed = |_: &str| doc! { "ok": 0, "code": 18, "codeName": "AuthenticationFailed", "errmsg": "Authentication failed." };
    check_refused(format!("ann:secret@{}", false_server(17, failed)), ErrorKind::Forbidden, "the name or the password").await;
    let lacking = |command: &str| match command {
        "buildinfo" => doc! { "ok": 1, "version": "7.0.0" },
        _ => doc! { "ok": 0, "code": 13, "codeName": "Unauthorized", "errmsg": "not authorized on RADAR to execute command" },
    };
    check_refused(false_server(17, lacking), ErrorKind::Forbidden, "readWrite").await;
}
