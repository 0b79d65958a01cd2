//! Collections move between stores through a file, and the doctor says what is in one.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
    thread,
    time::{Duration, SystemTime},
};

use radar_store::{PAGE_EVENTS_MAX, Stored};
use radar_types::{CollectionId, Verdict, wire::Seq};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    database::TestDatabase,
    program::{command, radar, text},
    support::{Home, TestApp, on_every_store, record},
};

on_every_store! {
    a_collection_moves_from_a_folder_and_back,
    an_export_that_was_cut_goes_on_where_it_was,
    an_import_that_was_killed_is_sent_again,
    half_an_export_is_taken_in_and_said_to_be_half,
    the_doctor_says_what_is_there,
}

const POLL: Duration = Duration::from_millis(20);

/// Scored events, some with a verdict, as a server leaves them.
async fn fill(home: &Home, events: usize) {
    let app = TestApp::start(home).await;
    let events: Vec<Value> = (0..events)
        .map(|number| {
            let mut event = record(&format!("number {number} with \"quotes\", \u{2028} and \u{1f600}"));
            event["$where"] = "a.b".into();
            event
        })
        .collect();
    let answer = app.ingest(json!(events).to_string()).await.json();
    assert_eq!(answer["accepted"], events.len(), "{answer}");
    app.services.close().await.unwrap();
    let store = home.open().await;
    let first = store.tail(&CollectionId::public(), Seq(0), 3).await.unwrap();
    for (stored, verdict) in first.iter().zip(Verdict::ALL) {
        store.judge(&CollectionId::public(), vec![stored.seq], Some(verdict)).await.unwrap();
    }
    store.close().await.unwrap();
}

/// All events in the order of arrival, wherever their places are.
async fn events(home: &Home) -> Vec<String> {
    let store = home.open().await;
    let mut events: Vec<Stored> = vec![];
    loop {
        let after = events.last().map_or(Seq(0), |stored| stored.seq);
        let page = store.tail(&CollectionId::public(), after, PAGE_EVENTS_MAX).await.unwrap();
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    store.close().await.unwrap();
    events.iter().map(|stored| format!("{:?} {:?}", stored.scored, stored.verdict)).collect()
}

fn run(verb: &str, home: &Home, rest: &[&str]) -> Output {
    radar(&[&[verb], &home.arguments()[..], rest].concat(), b"")
}

/// What it says of how it went.
fn done(verb: &str, home: &Home, rest: &[&str]) -> String {
    let output = run(verb, home, rest);
    assert!(output.status.success(), "{verb} {rest:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

/// The lines of an export but for the places of the events, which each store gives anew.
fn exported(file: &Path) -> Vec<Value> {
    let without_place = |line: &str| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        if let Some(event) = line["event"].as_object_mut() {
            event.remove("seq");
        }
        line
    };
    fs::read_to_string(file).unwrap().lines().map(without_place).collect()
}

async fn a_collection_moves_from_a_folder_and_back(home: &Home) {
    const EVENTS: usize = 300;
    let (from, back, files) = (Home::folder(), Home::folder(), TempDir::new().unwrap());
    fill(&from, EVENTS).await;
    let [first, second, third] = ["1", "2", "3"].map(|name| files.path().join(name));
    let [first_name, second_name, third_name] = [&first, &second, &third].map(|file| file.to_str().unwrap());

    assert_eq!(done("export", &from, &[first_name]), format!("{EVENTS} events are in {first_name}\n"));
    assert_eq!(done("import", home, &[first_name]), format!("{EVENTS} events are in Event_Logs\n"));
    done("export", home, &[second_name]);
    done("import", &back, &[second_name]);
    done("export", &back, &[third_name]);

    assert_eq!(exported(&first).len(), EVENTS + 2);
    assert!(exported(&first) == exported(&second) && exported(&second) == exported(&third));
    assert!(events(&from).await == events(home).await);

    let again = done("import", home, &[third_name]);
    assert_eq!(again, format!("{EVENTS} events are in Event_Logs, {EVENTS} of which were there already\n"));
    let other = done("import", home, &["--collection", "ann@example.org", third_name]);
    assert_eq!(other, format!("{EVENTS} events are in ann@example.org\n"));
    assert!(!run("export", home, &[first_name]).status.success(), "what is there is not written over");
}

async fn an_export_that_was_cut_goes_on_where_it_was(home: &Home) {
    let files = TempDir::new().unwrap();
    fill(home, 1_050).await;
    let [whole, part] = ["whole", "part"].map(|name| files.path().join(name));
    let [whole_name, part_name] = [&whole, &part].map(|file| file.to_str().unwrap());
    done("export", home, &[whole_name]);
    let expected = fs::read(&whole).unwrap();

    fs::write(&part, &expected[..expected.len() / 2]).unwrap();
    done("export", home, &["--resume", part_name]);
    assert!(fs::read(&part).unwrap() == expected);

    fs::remove_file(&part).unwrap();
    let mut export = command(&[&["export"], &home.arguments()[..], &[part_name]].concat()).stderr(Stdio::null()).spawn().unwrap();
    let is_begun = || fs::metadata(&part).is_ok_and(|part| part.len() > 0);
    while !is_begun() && export.try_wait().unwrap().is_none() {
        thread::sleep(POLL);
    }
    // Perhaps it has ended by now, which is as good.
    export.kill().ok();
    export.wait().unwrap();
    done("export", home, &["--resume", part_name]);
    assert!(fs::read(&part).unwrap() == expected);
}

async fn an_import_that_was_killed_is_sent_again(home: &Home) {
    const EVENTS: usize = 600;
    let (from, files) = (Home::folder(), TempDir::new().unwrap());
    fill(&from, EVENTS).await;
    let file = files.path().join("export");
    let file = file.to_str().unwrap();
    done("export", &from, &[file]);

    let mut import = command(&[&["import"], &home.arguments()[..], &[file]].concat()).stderr(Stdio::null()).spawn().unwrap();
    while !has_begun(home).await && import.try_wait().unwrap().is_none() {
        thread::sleep(POLL);
    }
    import.kill().ok();
    import.wait().unwrap();
    assert!(done("import", home, &[file]).starts_with("600 events are in Event_Logs"));
    if let Home::Database(database) = home {
        // Whoever was killed holds readers up for a while, which is over now.
        database.hold_places(1, 1, SystemTime::UNIX_EPOCH).await;
    }
    let sorted = |mut events: Vec<String>| {
        events.sort_unstable();
        events
    };
    assert!(sorted(events(&from).await) == sorted(events(home).await));
}

/// Whether something of an import is there, looked at from outside.
async fn has_begun(home: &Home) -> bool {
    match home {
        Home::Folder(folder) => fs::read_dir(folder.path()).unwrap().count() > 1,
        Home::Database(_) => {
            let store = home.open().await;
            let stats = store.stats(&CollectionId::public()).await.unwrap();
            store.close().await.unwrap();
            stats.events > 0
        }
    }
}

async fn half_an_export_is_taken_in_and_said_to_be_half(home: &Home) {
    const EVENTS: usize = 40;
    let (from, files) = (Home::folder(), TempDir::new().unwrap());
    fill(&from, EVENTS).await;
    let file = files.path().join("export");
    let name = file.to_str().unwrap();
    done("export", &from, &[name]);
    let lines = fs::read_to_string(&file).unwrap();
    let half: String = lines.split_inclusive('\n').take(21).collect();
    fs::write(&file, half + "{\"event\":{\"se").unwrap();

    let refused = run("import", home, &[name]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("20 events of it were taken in"), "{}", text(&refused.stderr));
    done("export", &from, &["--resume", name]);
    assert_eq!(done("import", home, &[name]), "40 events are in Event_Logs, 20 of which were there already\n");
    assert!(events(&from).await == events(home).await);
}

async fn the_doctor_says_what_is_there(home: &Home) {
    fill(home, 12).await;
    let output = run("doctor", home, &[]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    let store = if matches!(home, Home::Folder(_)) { "embedded" } else { "MongoDB " };
    for part in [store, "Event_Logs\n  events     12\n", "kept       for ever", "Nothing is wrong."] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
}

#[tokio::test]
async fn an_export_waits_for_events_that_another_server_is_about_to_write() {
    let Some(database) = TestDatabase::new() else { return };
    let (home, files) = (Home::Database(database), TempDir::new().unwrap());
    let Home::Database(database) = &home else { return };
    fill(&home, 10).await;
    let file = files.path().join("export");
    database.hold_places(3, 4, SystemTime::now()).await;
    let export = [&["export"], &home.arguments()[..], &[file.to_str().unwrap()]].concat();
    let mut export = command(&export).stderr(Stdio::piped()).spawn().unwrap();
    let lines = || fs::read_to_string(&file).unwrap_or_default().lines().count();
    while lines() < 3 {
        assert!(export.try_wait().unwrap().is_none(), "it ended with {} lines", lines());
        thread::sleep(POLL);
    }
    database.hold_places(3, 4, SystemTime::UNIX_EPOCH).await;
    assert!(export.wait().unwrap().success());
    assert_eq!(lines(), 12);
}

#[test]
fn a_store_that_is_not_there_is_no_empty_store() {
    let check = |arguments: &[&str], said: &str| {
        let output = radar(arguments, b"");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(error.contains(said) && !error.contains("secret"), "{error}");
    };
    for command in ["doctor", "export"] {
        let file = if command == "export" { &["file-that-is-not-made"][..] } else { &[] };
        check(&[&[command, "--data", "no-such-folder"], file].concat(), "there is no folder no-such-folder");
        let nowhere = "mongodb://ann:secret@127.0.0.1:1/?serverSelectionTimeoutMS=300";
        let home = [command, "--mongo", nowhere];
        // The file is made before the database is asked.
        let folder = TempDir::new().unwrap();
        let made = folder.path().join("export");
        let file = if command == "export" { vec![made.to_str().unwrap()] } else { vec![] };
        check(&[&home[..], &file].concat(), "does not answer");
    }
    assert!(!Path::new("file-that-is-not-made").exists());
}
