//! The program as a server: started on either store, killed, and started again.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use crate::{
    program::command,
    support::{Home, assets, on_every_store, record},
};

on_every_store! {
    what_was_acknowledged_is_on_the_page_after_the_server_was_killed,
}

/// A running server, killed at the latest with the test.
struct Server {
    process: Child,
    address: String,
    _site: TempDir,
}

impl Server {
    fn start(home: &Home) -> Self {
        let site = TempDir::new().unwrap();
        fs::write(site.path().join("assets.json"), assets()).unwrap();
        let arguments = [&["serve", "--addr", "127.0.0.1:0", "--no-demo"], &home.arguments()[..]].concat();
        let mut serve = command(&arguments);
        let mut process = serve.env("RADAR_SITE", site.path()).env("RUST_LOG", "warn").stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut said).unwrap();
        let address = said.trim_end().strip_prefix("RADAR is at http://").unwrap_or_else(|| panic!("it said {said:?}"));
        Self { address: address.to_owned(), process, _site: site }
    }

    /// Head and body of the answer.
    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        self.ask_by_name(&self.address, method, path, body)
    }

    fn ask_by_name(&self, host: &str, method: &str, path: &str, body: &str) -> String {
        let (address, length) = (&self.address, body.len());
        let mut connection = TcpStream::connect(address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
        connection.write_all((head + body).as_bytes()).unwrap();
        let mut answer = vec![];
        connection.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// As a service manager does it.
    fn stop(mut self) {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

async fn what_was_acknowledged_is_on_the_page_after_the_server_was_killed(home: &Home) {
    let server = Server::start(home);
    assert!(server.ask("GET", "/", "").contains("No event has arrived yet"));
    let answer = server.ask("POST", "/api/ingest", &record("a line that stays").to_string());
    assert!(answer.contains("\"accepted\":1"), "{answer}");
    drop(server);

    let server = Server::start(home);
    assert!(server.ask("GET", "/readyz", "").starts_with("HTTP/1.1 200"));
    let page = server.ask("GET", "/", "");
    assert!(page.contains("a line that stays"), "{page}");
    server.stop();

    let store = home.open().await;
    assert_eq!(store.stats(&radar_types::CollectionId::public()).await.unwrap().events, 1);
    store.close().await.unwrap();
}

#[test]
fn a_server_for_its_own_machine_answers_to_no_foreign_name() {
    let server = Server::start(&Home::folder());
    for (host, expected) in [("localhost", "HTTP/1.1 200"), ("evil.example", "HTTP/1.1 421")] {
        let answer = server.ask_by_name(host, "GET", "/healthz", "");
        assert!(answer.starts_with(expected), "{host}: {answer}");
    }
    server.stop();
}
