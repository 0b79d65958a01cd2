use std::fs;
use std::time::Instant;

use crate::support::{Desk, Server, Treatment, dated_lines};

/// Runs once and compares the summary's counts and the messages that the server has.
#[track_caller]
fn check(log: &str, counts: &str, messages: &[&str]) {
    let (server, desk) = (Server::start([]), Desk::new(log));
    let run = desk.run(&server);
    assert!(run.is_success, "{run:?}");
    assert_eq!(run.counts, counts, "{run:?}");
    assert_eq!(server.messages(), messages);
}

#[test]
fn every_line_becomes_an_event() {
    check("", "0 accepted, 0 duplicates, 0 rejected", &[]);
    check("one\r\ntwo\r\n\r\nthree", "3 accepted, 0 duplicates, 0 rejected", &["one", "three", "two"]);
    check("grüße ☃ 𝄞\n\u{1b}[31mred\n", "2 accepted, 0 duplicates, 0 rejected", &["\u{1b}[31mred", "grüße ☃ 𝄞"]);
    check("same\nsame\n", "2 accepted, 0 duplicates, 0 rejected", &["same", "same"]);
    let long = "x".repeat(1024 * 1024 + 1);
    check(&format!("a\n{long}\nb\n"), "2 accepted, 0 duplicates, 0 rejected; 1 skipped", &["a", "b"]);
    check("{\"timestamp\":1}\nb\n", "1 accepted, 0 duplicates, 0 rejected; 1 skipped", &["b"]);
}

#[test]
fn events_travel_as_they_are_and_get_a_number() {
    let (server, desk) = (Server::start([]), Desk::new(""));
    desk.write(
        "{\"timestamp\":\"2026-03-01T08:30:00.250Z\",\"hostname\":\"WS-014\",\"source\":\"Security\",\"os_type\":\"Windows\",\
         \"level\":\"Information\",\"message\":\"logged on\",\"collector\":\"agent\"}\n",
    );
    assert!(desk.run(&server).is_success);
    let received = server.received();
    let event = received.stored.values().next().unwrap();
    assert_eq!((event.hostname.as_str(), event.collector.as_str()), ("WS-014", "agent"));
    assert!(event.record_id.as_ref().unwrap().starts_with("0-"));
}

#[test]
fn lines_that_are_skipped_are_shown_with_their_offset() {
    let (server, desk) = (Server::start([]), Desk::new(&format!("ok\n{}\n{{\n", "x".repeat(2_000_000))));
    let run = desk.run(&server);
    assert!(run.stderr.contains("app.log, byte 3: skipped, 2000001 bytes are more than a line may have"), "{run:?}");
    assert!(run.stderr.contains("app.log, byte 2000004: skipped, expected"), "{run:?}");
}

#[test]
fn the_place_is_kept_across_runs() {
    let (server, desk) = (Server::start([]), Desk::new(&dated_lines(0..25)).with(&["--batch", "10"]));
    assert_eq!(desk.run(&server).counts, "25 accepted, 0 duplicates, 0 rejected");
    assert_eq!(server.received().requests.iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 5]);
    assert_eq!(desk.run(&server).counts, "0 accepted, 0 duplicates, 0 rejected");
    desk.append(&dated_lines(25..28));
    assert_eq!(desk.run(&server).counts, "3 accepted, 0 duplicates, 0 rejected");
    assert_eq!(server.received().stored.len(), 28);
}

#[test]
fn a_last_line_without_its_end_is_sent_and_sent_again_when_it_grew() {
    let (server, desk) = (Server::start([]), Desk::new("one\nhal"));
    assert_eq!(desk.run(&server).counts, "2 accepted, 0 duplicates, 0 rejected");
    desk.append("f\nthree\n");
    let run = desk.run(&server);
    assert_eq!(run.counts, "2 accepted, 0 duplicates, 0 rejected");
    assert!(run.stderr.contains("the last line has grown since it was sent"), "{run:?}");
    assert_eq!(server.messages(), ["hal", "half", "one", "three"]);
}

#[test]
fn a_collector_killed_before_the_answer_sends_the_same_ids_again() {
    // Lines without a time take the moment they are read as theirs, which must not change.
    for log in [dated_lines(0..5), "no\ntime\nhere\n".to_owned()] {
        let (server, desk) = (Server::start([Treatment::StoreAndFallSilent]), Desk::new(&log));
        let running = desk.start(&server);
        server.wait_for_requests(1);
        running.kill();
        desk.append("2026-03-01 08:30:01 more\n");
        let run = desk.run(&server);
        let sent = log.lines().count();
        assert_eq!(run.counts, format!("1 accepted, {sent} duplicates, 0 rejected"), "{run:?}");
        let received = server.received();
        let again: Vec<_> = received.requests[1..].concat();
        assert_eq!(received.requests[0], again[..sent]);
        assert_eq!(received.stored.len(), sent + 1);
    }
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again() {
    let (server, desk) = (Server::start([Treatment::StoreAndHangUp]), Desk::new("a\nb\n"));
    let run = desk.run(&server);
    assert_eq!(run.counts, "0 accepted, 2 duplicates, 0 rejected", "{run:?}");
    assert!(run.stderr.contains("trying again in"), "{run:?}");
    assert_eq!(server.messages(), ["a", "b"]);
}

#[test]
fn a_server_that_fails_is_tried_again() {
    let failure = Treatment::Answer { status: 500, headers: "", body: r#"{"code":"unavailable","message":"The store is full."}"# };
    let (server, desk) = (Server::start([failure]), Desk::new("a\n"));
    let run = desk.run(&server);
    assert_eq!(run.counts, "1 accepted, 0 duplicates, 0 rejected", "{run:?}");
    assert!(run.stderr.contains("cannot take events now: HTTP 500, The store is full.; trying again in 0."), "{run:?}");
}

#[test]
fn a_server_that_asks_for_time_gets_it() {
    let busy = Treatment::Answer { status: 429, headers: "Retry-After: 1\r\n", body: "" };
    let (server, desk) = (Server::start([busy]), Desk::new("a\n"));
    let started = Instant::now();
    assert_eq!(desk.run(&server).counts, "1 accepted, 0 duplicates, 0 rejected");
    assert!(started.elapsed().as_millis() >= 1000);
}

#[test]
fn patience_has_an_end_and_the_place_stays() {
    let failures = vec![Treatment::Answer { status: 503, headers: "", body: "" }; 3];
    let (server, desk) = (Server::start(failures), Desk::new("a\n").with(&["--give-up-after", "0"]));
    let run = desk.run(&server);
    assert!(!run.is_success && run.stderr.contains("radar-collector: gave up after 0 s:"), "{run:?}");
    assert_eq!(run.counts, "0 accepted, 0 duplicates, 0 rejected");
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let desk = Desk::new("a\n").with(&["--give-up-after", "0"]);
    // The discard port: nothing answers there.
    let mut server = Server::start([]);
    server.url = "http://127.0.0.1:9".into();
    let run = desk.run(&server);
    assert!(!run.is_success && run.stderr.contains("cannot reach http://127.0.0.1:9: "), "{run:?}");
}

#[test]
fn refused_records_are_counted_shown_and_not_sent_again() {
    let (server, desk) = (Server::start([Treatment::Refuse((0..14).collect())]), Desk::new(&dated_lines(0..20)));
    let run = desk.run(&server);
    assert!(run.is_success);
    assert_eq!(run.counts, "6 accepted, 0 duplicates, 14 rejected");
    assert!(run.stderr.contains("app.log, byte 0: the server expected sense, found \"line 0000\""), "{run:?}");
    assert_eq!(run.stderr.matches("the server expected").count(), 10);
    assert!(run.stderr.contains("more like these are counted, but not shown"));
    assert_eq!(desk.run(&server).counts, "0 accepted, 0 duplicates, 0 rejected");
}

/// Runs against a server that answers once in this way; the collector must stop, say why, and send
/// everything the next time.
#[track_caller]
fn check_stops(status: u16, headers: &'static str, body: &'static str, expected: &str) {
    let (server, desk) = (Server::start([Treatment::Answer { status, headers, body }]), Desk::new("a\n"));
    let run = desk.run(&server);
    assert!(!run.is_success && run.stderr.contains(expected), "{status}: {run:?}");
    assert_eq!(server.received().requests.len(), 1, "{status} was tried again");
    assert_eq!(desk.run(&server).counts, "1 accepted, 0 duplicates, 0 rejected");
}

#[test]
fn an_answer_that_time_does_not_heal_stops_the_collector() {
    check_stops(404, "", r#"{"code":"not_found","message":"There is nothing here."}"#, "HTTP 404, There is nothing here.");
    check_stops(401, "", "", "check --token");
    check_stops(413, "", "", "use a smaller --batch");
    check_stops(400, "", r#"{"code":"bad","message":"\u001b[31mNo."}"#, "HTTP 400, \\u{1b}[31mNo.");
    check_stops(200, "", "<html>", "is not a RADAR server");
    check_stops(200, "", r#"{"accepted":7,"duplicates":0,"rejected":0,"rejects":[]}"#, "answered for 7 of 1 events");
    check_stops(307, "Location: http://elsewhere.example/\r\n", "", "redirects to http://elsewhere.example/");
}

#[test]
fn a_file_that_was_cut_or_replaced_is_sent_from_its_beginning() {
    for (after, expected, messages) in [
        ("a\n", "was cut to 2 bytes, of which 4 were sent before", vec!["a", "a", "b"]),
        ("x\ny\nz\n", "is a new file since 4 bytes were sent", vec!["a", "b", "x", "y", "z"]),
    ] {
        let (server, desk) = (Server::start([]), Desk::new("a\nb\n"));
        desk.run(&server);
        desk.write(after);
        let run = desk.run(&server);
        assert!(run.stderr.contains(expected), "{run:?}");
        assert_eq!(server.messages(), messages);
    }
}

#[test]
fn a_renamed_file_holds_nothing_new() {
    let (server, desk) = (Server::start([]), Desk::new(&dated_lines(0..5)));
    desk.run(&server);
    let renamed = desk.log().with_file_name("app.log.1");
    fs::copy(desk.log(), &renamed).unwrap();
    let desk = desk.with(&[renamed.to_str().unwrap()]);
    assert_eq!(desk.run(&server).counts, "0 accepted, 5 duplicates, 0 rejected");
}

#[test]
fn a_followed_file_is_sent_as_it_grows_through_a_rotation() {
    let (server, desk) = (Server::start([]), Desk::new("a\nhal").with(&["--follow"]));
    let running = desk.start(&server);
    server.wait_for_messages(&["a"]);
    desk.append("f\n");
    server.wait_for_messages(&["a", "half"]);
    desk.append("last");
    fs::rename(desk.log(), desk.log().with_extension("log.1")).unwrap();
    desk.write("new\n");
    server.wait_for_messages(&["a", "half", "last", "new"]);
    running.kill();
    desk.append("newer\n");
    let running = desk.start(&server);
    server.wait_for_messages(&["a", "half", "last", "new", "newer"]);
    running.kill();
}

#[test]
fn the_token_travels_in_its_header() {
    let (server, desk) = (Server::start([]), Desk::new("a\n").with(&["--token", "s3cret"]));
    desk.run(&server);
    let received = server.received();
    assert!(received.heads[0].starts_with("post /api/ingest http/1.1\r\n"), "{:?}", received.heads);
    assert!(received.heads[0].contains("\r\nauthorization: bearer s3cret\r\n"));
    assert!(received.heads[0].contains("\r\ncontent-type: application/x-ndjson\r\n"));
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_nothing_is_sent() {
    let server = Server::start([]);
    let desk = Desk::new("a\n").with(&["missing.log"]);
    let run = desk.run(&server);
    assert!(!run.is_success && run.stderr.contains("cannot open missing.log: there is no such file"), "{run:?}");
    assert!(server.received().requests.is_empty());

    let mut nowhere = Server::start([]);
    nowhere.url = "localhost".into();
    let run = Desk::new("a\n").run(&nowhere);
    assert!(!run.is_success && run.stderr.contains("--server \"localhost\" is no server's address"), "{run:?}");
}
