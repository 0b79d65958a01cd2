//! A desk to send from, and a server that stores what arrives the way RADAR does: by id.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use radar_types::wire::{IngestAnswer, Reject};
use radar_types::{Event, EventId};

/// How the server treats one request.
#[derive(Clone, Debug)]
pub(crate) enum Treatment {
    Store,
    /// Stores the events, then ends the connection without a word.
    StoreAndHangUp,
    /// Stores the events and never answers.
    StoreAndFallSilent,
    /// Refuses the records at these positions, stores the others, answers 400.
    Refuse(Vec<u64>),
    Answer {
        status: u16,
        headers: &'static str,
        body: &'static str,
    },
}

#[derive(Default)]
pub(crate) struct Received {
    pub(crate) stored: BTreeMap<EventId, Event>,
    /// The ids of each request, in the order they came.
    pub(crate) requests: Vec<Vec<EventId>>,
    /// The head of each request, in lower case.
    pub(crate) heads: Vec<String>,
}

pub(crate) struct Server {
    pub(crate) url: String,
    received: Arc<Mutex<Received>>,
}

impl Server {
    /// Treats the first requests as told, and stores what comes after.
    pub(crate) fn start(treatments: impl IntoIterator<Item = Treatment>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let received = Arc::<Mutex<Received>>::default();
        let plan = Arc::new(Mutex::new(treatments.into_iter().collect::<VecDeque<_>>()));
        let server = Self { url, received: Arc::clone(&received) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (received, plan) = (Arc::clone(&received), Arc::clone(&plan));
                thread::spawn(move || serve(&stream.unwrap(), &received, &plan));
            }
        });
        server
    }

    pub(crate) fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap()
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        let mut messages: Vec<String> = self.received().stored.values().map(|event| event.message.clone()).collect();
        messages.sort();
        messages
    }

    pub(crate) fn wait_for_requests(&self, count: usize) {
        wait_until("the requests", || self.received().requests.len() >= count);
    }

    pub(crate) fn wait_for_messages(&self, messages: &[&str]) {
        wait_until("the messages", || self.messages() == messages);
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what} did not come");
        thread::sleep(Duration::from_millis(10));
    }
}

fn serve(stream: &TcpStream, received: &Mutex<Received>, plan: &Mutex<VecDeque<Treatment>>) {
    let mut reader = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut reader) {
        let events: Vec<Event> = body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let treatment = plan.lock().unwrap().pop_front().unwrap_or(Treatment::Store);
        let mut received = received.lock().unwrap();
        received.heads.push(head);
        received.requests.push(events.iter().map(|event| event.id(0)).collect());
        let refused = match &treatment {
            Treatment::Refuse(indexes) => indexes.clone(),
            Treatment::Answer { .. } => (0..events.len() as u64).collect(),
            _ => Vec::new(),
        };
        let answer = store(&mut received.stored, events, &refused);
        drop(received);
        let (status, headers, body) = match treatment {
            Treatment::Store => (200, "", answer),
            Treatment::Refuse(_) => (400, "", answer),
            Treatment::Answer { status, headers, body } => (status, headers, body.to_owned()),
            Treatment::StoreAndHangUp => return,
            Treatment::StoreAndFallSilent => {
                // Until the other side is gone.
                let _ = reader.read(&mut [0]);
                return;
            }
        };
        let length = body.len();
        write!(&mut &*stream, "HTTP/1.1 {status} -\r\nContent-Length: {length}\r\n{headers}\r\n{body}").unwrap();
    }
}

fn read_request(reader: &mut BufReader<&TcpStream>) -> Option<(String, String)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"))?.trim().parse().unwrap();
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

fn store(stored: &mut BTreeMap<EventId, Event>, events: Vec<Event>, refused: &[u64]) -> String {
    let mut answer = IngestAnswer::default();
    for (index, event) in (0..).zip(events) {
        if refused.contains(&index) {
            answer.rejected += 1;
            answer.rejects.push(Reject { index, expected: "sense".into(), found: format!("{:?}", event.message) });
        } else if stored.insert(event.id(0), event).is_some() {
            answer.duplicates += 1;
        } else {
            answer.accepted += 1;
        }
    }
    serde_json::to_string(&answer).unwrap()
}

/// A folder with a log in it, and a collector that is run on that.
pub(crate) struct Desk {
    folder: tempfile::TempDir,
    arguments: Vec<String>,
}

impl Desk {
    pub(crate) fn new(log: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap(), arguments: Vec::new() };
        desk.write(log);
        desk
    }

    pub(crate) fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("app.log")
    }

    pub(crate) fn write(&self, log: &str) {
        fs::write(self.log(), log).unwrap();
    }

    pub(crate) fn append(&self, text: &str) {
        fs::File::options().append(true).open(self.log()).unwrap().write_all(text.as_bytes()).unwrap();
    }

    fn command(&self, server: &Server) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_radar-collector"));
        command.arg("send").arg(self.log()).arg("--state").arg(self.folder.path().join("state"));
        command.args(["--server", &server.url, "--hostname", "HERE"]).args(&self.arguments);
        command.env_remove("RADAR_INGEST_TOKEN").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(proxy).env_remove(proxy.to_uppercase());
        }
        command
    }

    pub(crate) fn start(&self, server: &Server) -> Running {
        Running(self.command(server).spawn().unwrap())
    }

    pub(crate) fn run(&self, server: &Server) -> Run {
        let output = self.command(server).output().unwrap();
        Run::of(&output)
    }
}

/// A collector that is killed when the test is over, however it ends.
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have been killed already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a person saw of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) is_success: bool,
    /// The counts of the summary, without its times.
    pub(crate) counts: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(output: &Output) -> Self {
        assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        Self {
            is_success: output.status.success(),
            counts: stdout.trim().split_once("/s): ").map_or_else(String::new, |(_, counts)| counts.to_owned()),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }
}

/// Numbered lines with a time each.
pub(crate) fn dated_lines(numbers: std::ops::Range<u32>) -> String {
    let line = |number| format!("2026-03-01 08:30:00 INFO line {number:04}\n");
    numbers.map(line).collect()
}
