use radar_store::memory::MemoryStore;
use radar_types::{Event, EventId, Score, ScoreState, Scored, Timestamp, Verdict};

use super::*;

fn scored(number: u8, raw: f32) -> Scored {
    let event = Event {
        timestamp: Timestamp::saturating_from_unix_millis(i64::from(number)),
        hostname: "h\0st \u{1f600}".into(),
        source: String::new(),
        os_type: "Linux".into(),
        level: "Info".into(),
        message: format!("message {number}\n\"quoted\" \u{2028}"),
        collector: "test".into(),
        record_id: None,
        channel: None,
        user: Some("ann".into()),
        address: None,
        fields: [("a.b$c".to_owned(), "\0".to_owned())].into(),
    };
    let score =
        Score { raw, calibrated: 0.25, model: "m".into(), model_version: "1".into(), schema: "event".into(), schema_version: 1 };
    Scored { id: EventId::from_bytes([number; 16]), event, score: ScoreState::Scored(score), reasons: vec![], template: None }
}

async fn filled(count: u8) -> MemoryStore {
    let store = MemoryStore::default();
    let batch = (0..count).map(|number| scored(number, if number == 3 { f32::NAN } else { 0.1 })).collect();
    let appended = store.append(&CollectionId::public(), batch).await.unwrap();
    store.judge(&CollectionId::public(), vec![appended.new[2].seq], Some(Verdict::Expected)).await.unwrap();
    store
}

async fn all(store: &MemoryStore, collection: &CollectionId) -> Vec<String> {
    let page = store.tail(collection, Seq(0), PAGE_EVENTS_MAX).await.unwrap();
    // NaN is not equal to itself; its text is.
    page.into_iter().map(|stored| format!("{:?} {:?}", stored.scored, stored.verdict)).collect()
}

fn file() -> (tempfile::TempDir, std::path::PathBuf, File) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let file = File::options().create(true).truncate(false).read(true).write(true).open(&path).unwrap();
    (folder, path, file)
}

#[tokio::test]
async fn what_was_exported_is_imported_as_it_was() {
    let (from, to) = (filled(9).await, MemoryStore::default());
    let (_folder, path, mut file) = file();
    let moved = export(&from, &CollectionId::public(), &mut file, |_| ()).await.unwrap();
    assert_eq!(moved, Moved { events: 9, known: 0 });
    let (collection, moved) = import(&to, None, &path, |_, _| ()).await.unwrap();
    assert_eq!((collection, moved), (CollectionId::public(), Moved { events: 9, known: 0 }));
    assert_eq!(all(&to, &CollectionId::public()).await, all(&from, &CollectionId::public()).await);

    let again = import(&to, None, &path, |_, _| ()).await.unwrap().1;
    assert_eq!(again, Moved { events: 9, known: 9 });
    assert_eq!(all(&to, &CollectionId::public()).await.len(), 9);

    let other = CollectionId::new("ann@example.org").unwrap();
    import(&to, Some(&other), &path, |_, _| ()).await.unwrap();
    assert_eq!(all(&to, &other).await.len(), 9);
}

#[tokio::test]
async fn what_was_said_of_an_event_comes_with_the_next_import_and_what_was_said_here_stays() {
    let (_folder, path, mut file) = file();
    export(&filled(9).await, &CollectionId::public(), &mut file, |_| ()).await.unwrap();
    let verdicts = async |said_here: Option<Verdict>| {
        let to = MemoryStore::default();
        // Of an import that broke off after it had stored its events.
        let appended = to.append(&CollectionId::public(), (0..9).map(|number| scored(number, 0.1)).collect()).await.unwrap();
        to.judge(&CollectionId::public(), vec![appended.new[2].seq], said_here).await.unwrap();
        import(&to, None, &path, |_, _| ()).await.unwrap();
        let page = to.tail(&CollectionId::public(), Seq(0), PAGE_EVENTS_MAX).await.unwrap();
        page.into_iter().filter_map(|stored| Some((stored.scored.id, stored.verdict?))).collect::<Vec<_>>()
    };
    let third = EventId::from_bytes([2; 16]);
    assert_eq!(verdicts(None).await, [(third, Verdict::Expected)]);
    assert_eq!(verdicts(Some(Verdict::Suspicious)).await, [(third, Verdict::Suspicious)]);
}

#[tokio::test]
async fn an_export_that_broke_off_goes_on_where_it_was() {
    let store = filled(9).await;
    let (_folder, path, mut whole) = file();
    export(&store, &CollectionId::public(), &mut whole, |_| ()).await.unwrap();
    let expected = std::fs::read(&path).unwrap();
    for bytes in (0..=expected.len()).step_by(97).chain([expected.len() - 1, expected.len()]) {
        let (_folder, path, mut part) = file();
        std::fs::write(&path, &expected[..bytes]).unwrap();
        if !expected[..bytes].contains(&b'\n') && bytes > 0 {
            // Not even its first line says what it is.
            assert!(export(&store, &CollectionId::public(), &mut part, |_| ()).await.is_err());
            continue;
        }
        export(&store, &CollectionId::public(), &mut part, |_| ()).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), expected, "{bytes}");
    }
}

#[tokio::test]
async fn what_is_no_whole_export_is_refused() {
    let store = filled(5).await;
    let (_folder, path, mut whole) = file();
    export(&store, &CollectionId::public(), &mut whole, |_| ()).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let error = async |text: String| {
        let (_folder, path, _file) = file();
        std::fs::write(&path, text).unwrap();
        import(&MemoryStore::default(), None, &path, |_, _| ()).await.unwrap_err().to_string()
    };
    assert!(error(String::new()).await.contains("no export"));
    assert!(error("{}\n".into()).await.contains("line 1"));
    assert!(error(lines[1..].join("\n") + "\n").await.contains("no export"));
    assert!(error(lines[..4].join("\n") + "\n").await.contains("ends in the middle"));
    assert!(error([&lines[..3], &lines[4..]].concat().join("\n") + "\n").await.contains("says it had 5"));
    let other = CollectionId::new("other").unwrap();
    assert!(export(&store, &other, &mut whole, |_| ()).await.unwrap_err().to_string().contains("Event_Logs"));
    let mut foreign = file().2;
    foreign.write_all(b"my diary\n").unwrap();
    assert!(export(&store, &other, &mut foreign, |_| ()).await.is_err());
}
