//! A database to test against: that of MONGO_TEST_URI, else a `mongod` of this machine, else the stand-in that RADAR_SECANTUS names,
//! `secantusd-py`, which speaks the same protocol. What is started here ends with this process, however that ends.
//!
//! The tests of the server include this file too, so it knows nothing of the suite.

use std::env;
use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use mongodb::Client;
use mongodb::bson::{Document, doc};
use radar_store::mongo::{MongoSettings, MongoStore};
use tempfile::TempDir;

/// For a server to start on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Starts the server it is given in the background, waits for the end of its own input, which comes with the end of the
/// tests, and stops the server by its number.
const KEEPER: &str = r#""$@" & server=$!; cat > /dev/null; kill "$server"; wait "$server"; rm -rf "$RADAR_TEST_FOLDER""#;

/// A database of its own, removed in the end.
pub(crate) struct TestDatabase {
    pub uri: String,
    pub name: String,
    _turn: Turn,
}

/// One test after the other has the server: the stand-in sometimes lets one of several wait for half a minute.
struct Turn;

static IS_TAKEN: Mutex<bool> = Mutex::new(false);
static GIVEN_BACK: Condvar = Condvar::new();

impl Turn {
    fn take() -> Self {
        let is_taken = IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_taken = GIVEN_BACK.wait_while(is_taken, |is_taken| *is_taken).unwrap_or_else(PoisonError::into_inner);
        *is_taken = true;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *IS_TAKEN.lock().unwrap_or_else(PoisonError::into_inner) = false;
        GIVEN_BACK.notify_one();
    }
}

impl TestDatabase {
    /// `None` where there is no server, after having said why.
    #[expect(clippy::print_stderr, reason = "the tests say what they skip, and why")]
    pub(crate) fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let Some(uri) = uri() else {
            eprintln!("skipped: no mongod on the PATH; MONGO_TEST_URI names a server, RADAR_SECANTUS a secantusd-py");
            return None;
        };
        let name = format!("radar_test_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Some(Self { uri: uri.to_owned(), name, _turn: Turn::take() })
    }

    pub(crate) fn settings(&self) -> MongoSettings {
        MongoSettings { database: self.name.clone(), ..MongoSettings::new(&self.uri) }
    }

    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub(crate) async fn store(&self) -> MongoStore {
        MongoStore::open(self.settings()).await.unwrap()
    }

    /// As another program sees it.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub(crate) async fn raw(&self) -> mongodb::Database {
        Client::with_uri_str(&self.uri).await.unwrap().database(&self.name)
    }

    /// Somebody has these places of the public collection in hand, taken at this time; nobody else has any.
    #[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    pub(crate) async fn hold_places(&self, from: i64, to: i64, taken: SystemTime) {
        let at = taken.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as i64;
        let places = doc! { "token": "another server", "from": from, "to": to, "at": at };
        let change = doc! { "$set": { "pending": [places] }, "$max": { "counter": to } };
        let registered = self.raw().await.collection::<Document>("radar.collections");
        let changed = registered.update_one(doc! { "_id": "Event_Logs" }, change).await.unwrap();
        assert_eq!(changed.matched_count, 1, "the public collection is registered");
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let (uri, name) = (self.uri.clone(), self.name.clone());
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async { Client::with_uri_str(&uri).await.ok()?.database(&name).drop().await.ok() })
        });
        // A database that stays behind is no failure of the test.
        let _dropped = dropping.join();
    }
}

fn uri() -> Option<&'static str> {
    static URI: OnceLock<Option<String>> = OnceLock::new();
    URI.get_or_init(|| env::var("MONGO_TEST_URI").ok().or_else(start)).as_deref()
}

#[expect(clippy::unwrap_used, reason = "a server that is there and does not start is a failure")]
fn start() -> Option<String> {
    let folder = TempDir::new().unwrap();
    let (mongod, stand_in) = (on_path("mongod"), env::var_os("RADAR_SECANTUS"));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let data = folder.path().join("data");
    let mut command = Command::new("sh");
    command.args(["-c", KEEPER, "sh"]);
    match (&mongod, &stand_in) {
        (Some(mongod), _) => {
            std::fs::create_dir(&data).unwrap();
            command.arg(mongod).arg("--dbpath").arg(&data).args(["--bind_ip", "127.0.0.1"]);
        }
        (None, Some(stand_in)) => {
            command.arg(stand_in).args(["--host", "127.0.0.1", "--log-level", "ERROR", "--storage-path"]).arg(&data);
        }
        (None, None) => return None,
    }
    command.arg("--port").arg(port.to_string());
    // The keeper removes it, after the server has let go of it.
    let folder = folder.keep();
    let log = File::create(folder.join("log")).unwrap();
    command.env("RADAR_TEST_FOLDER", &folder).current_dir(&folder);
    let server = command.stdin(Stdio::piped()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
    wait(server, port, &folder);
    Some(format!("mongodb://127.0.0.1:{port}"))
}

#[expect(clippy::unwrap_used, reason = "a server that is there and does not start is a failure")]
fn wait(mut keeper: Child, port: u16, folder: &Path) {
    static INPUT: OnceLock<Option<std::process::ChildStdin>> = OnceLock::new();
    // Open as long as this process is there.
    INPUT.get_or_init(|| keeper.stdin.take());
    let until = Instant::now() + PATIENCE;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let said = || std::fs::read_to_string(folder.join("log")).unwrap_or_default();
        assert!(keeper.try_wait().unwrap().is_none() && Instant::now() < until, "the database did not start: {}", said());
        thread::sleep(Duration::from_millis(50));
    }
}

fn on_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
