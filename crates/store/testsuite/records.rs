//! Records: everything that is no event.

use std::collections::BTreeSet;
use std::sync::Arc;

use radar_store::{ErrorKind, Expect, KEY_BYTES_MAX, PAGE_BYTES_MAX, PAGE_EVENTS_MAX, RECORD_BYTES_MAX, Record, Store, Table};
use radar_types::Timestamp;

use super::Home;
use super::sample::time;

fn record(key: &str) -> Record {
    Record { key: key.into(), value: format!("value of {key}").into_bytes(), ..Record::default() }
}

fn keys(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.key.as_str()).collect()
}

/// Long before anything in these cases expires.
fn early() -> Timestamp {
    time(0)
}

pub(crate) async fn a_record_is_found_as_it_was_put(home: &dyn Home) {
    let mut store = home.open().await;
    assert_eq!(store.find(Table::Users, "ann", early()).await.unwrap(), None);
    let whole = Record {
        key: "ann".into(),
        owner: "ann@example.org".into(),
        expires: Some(time(5_000)),
        value: (0..=255).collect(),
        version: 77,
    };
    let version = store.put(Table::Users, whole.clone(), Expect::Anything).await.unwrap();
    let empty = Record { key: "empty".into(), ..Record::default() };
    let empty_version = store.put(Table::Users, empty.clone(), Expect::Anything).await.unwrap();
    for _ in 0..2 {
        let found = store.find(Table::Users, "ann", early()).await.unwrap();
        assert_eq!(found, Some(Record { version, ..whole.clone() }), "with the store's own version");
        let found = store.find(Table::Users, "empty", early()).await.unwrap();
        assert_eq!(found, Some(Record { version: empty_version, ..empty.clone() }));
        for unlike in ["Ann", "an", "ann ", "anna", "", "%", ".*", "$where", "ann\0"] {
            assert_eq!(store.find(Table::Users, unlike, early()).await.unwrap(), None, "{unlike:?}");
        }
        store.close().await.unwrap();
        store = home.open().await;
    }
    store.close().await.unwrap();
}

pub(crate) async fn tables_do_not_see_each_other(home: &dyn Home) {
    let store = home.open().await;
    for table in Table::ALL {
        let value = table.name().as_bytes().to_vec();
        store.put(table, Record { value, ..record("key") }, Expect::Nothing).await.unwrap();
    }
    for table in Table::ALL {
        let found = store.find(table, "key", early()).await.unwrap().unwrap();
        assert_eq!(found.value, table.name().as_bytes());
        assert_eq!(keys(&store.list(table, None, None, 10, early()).await.unwrap()), ["key"]);
    }
    assert!(store.remove(Table::Users, "key").await.unwrap());
    assert_eq!(store.find(Table::Users, "key", early()).await.unwrap(), None);
    assert!(store.find(Table::Tokens, "key", early()).await.unwrap().is_some());
    store.close().await.unwrap();
}

pub(crate) async fn versions_rise_with_every_change(home: &dyn Home) {
    let mut store = home.open().await;
    let mut last = 0;
    for round in 0..6 {
        // The same content again is a change, too.
        let version = store.put(Table::States, record("state"), Expect::Anything).await.unwrap();
        assert!(version > last, "{version} after {last}");
        assert_eq!(store.find(Table::States, "state", early()).await.unwrap().unwrap().version, version);
        assert_eq!(store.list(Table::States, None, None, 1, early()).await.unwrap()[0].version, version);
        last = version;
        if round == 3 {
            store.close().await.unwrap();
            store = home.open().await;
        }
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_record_is_written_if_it_is_as_expected(home: &dyn Home) {
    let store = home.open().await;
    let put = |value: &str, expect| {
        let record = Record { value: value.into(), ..record("key") };
        let store = &store;
        async move { store.put(Table::Settings, record, expect).await.map_err(|error| error.kind()) }
    };
    let conflict = Err(ErrorKind::Conflict);
    assert_eq!(put("none", Expect::Version(0)).await, conflict);
    assert_eq!(put("none", Expect::Version(1)).await, conflict);
    assert_eq!(store.find(Table::Settings, "key", early()).await.unwrap(), None, "what is refused changes nothing");
    let first = put("first", Expect::Nothing).await.unwrap();
    assert_eq!(put("again", Expect::Nothing).await, conflict);
    for wrong in [0, first + 1, u64::MAX, i64::MAX as u64] {
        assert_eq!(put("wrong", Expect::Version(wrong)).await, conflict, "{wrong}");
    }
    assert_eq!(store.find(Table::Settings, "key", early()).await.unwrap().unwrap().value, b"first");
    let second = put("second", Expect::Version(first)).await.unwrap();
    assert_eq!(put("late", Expect::Version(first)).await, conflict);
    let third = put("third", Expect::Anything).await.unwrap();
    assert_eq!(put("late", Expect::Version(second)).await, conflict);
    assert_eq!(store.find(Table::Settings, "key", early()).await.unwrap().unwrap().value, b"third");
    assert!(store.remove(Table::Settings, "key").await.unwrap());
    assert_eq!(put("gone", Expect::Version(third)).await, conflict);
    assert!(put("new", Expect::Nothing).await.is_ok());
    store.close().await.unwrap();
}

pub(crate) async fn of_many_who_change_a_record_at_once_one_wins(home: &dyn Home) {
    const WRITERS: u64 = 12;
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    let mut version = None;
    for round in 0..4 {
        let expect = version.map_or(Expect::Nothing, Expect::Version);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                let record = Record { value: vec![round, writer as u8], ..record("key") };
                tokio::spawn(async move { (writer, store.put(Table::Sessions, record, expect).await) })
            })
            .collect();
        let mut winners = vec![];
        for writer in writers {
            match writer.await.unwrap() {
                (writer, Ok(version)) => winners.push((writer, version)),
                (_, Err(error)) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
            }
        }
        let [(winner, won)] = winners[..] else { panic!("round {round}: {winners:?}") };
        let found = store.find(Table::Sessions, "key", early()).await.unwrap().unwrap();
        assert_eq!((found.value, found.version), (vec![round, winner as u8], won));
        version = Some(won);
    }
    store.close().await.unwrap();
}

pub(crate) async fn whoever_expects_anything_always_writes(home: &dyn Home) {
    const WRITERS: u64 = 16;
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    for round in 0..4 {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let store = Arc::clone(&store);
                let record = Record { value: vec![round, writer as u8], ..record("key") };
                tokio::spawn(async move { store.put(Table::Heartbeats, record, Expect::Anything).await.unwrap() })
            })
            .collect();
        let mut versions = BTreeSet::new();
        for writer in writers {
            versions.insert(writer.await.unwrap());
        }
        assert_eq!(versions.len() as u64, WRITERS, "no two have the same version");
        let found = store.find(Table::Heartbeats, "key", early()).await.unwrap().unwrap();
        assert_eq!(Some(&found.version), versions.last(), "the last stays");
        store.remove(Table::Heartbeats, "key").await.unwrap();
    }
    store.close().await.unwrap();
}

pub(crate) async fn a_count_by_compare_and_set_loses_nothing(home: &dyn Home) {
    const WRITERS: u64 = 4;
    const EACH: u64 = 5;
    let store: Arc<dyn Store> = Arc::from(home.open().await);
    store.put(Table::States, Record { value: vec![0], ..record("count") }, Expect::Nothing).await.unwrap();
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut counted = 0;
                while counted < EACH {
                    let mut found = store.find(Table::States, "count", early()).await.unwrap().unwrap();
                    found.value[0] += 1;
                    let expect = Expect::Version(found.version);
                    match store.put(Table::States, found, expect).await {
                        Ok(_) => counted += 1,
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let found = store.find(Table::States, "count", early()).await.unwrap().unwrap();
    assert_eq!(u64::from(found.value[0]), WRITERS * EACH);
    store.close().await.unwrap();
}

pub(crate) async fn records_are_listed_by_key_in_pages(home: &dyn Home) {
    let store = home.open().await;
    // In the order of their bytes, which is neither that of any language nor that of UTF-16.
    let sorted = [
        " ",
        "!",
        "$where",
        "0",
        "10",
        "9",
        "A",
        "Z",
        "_",
        "a",
        "a.b",
        "a/b",
        "aa",
        "ab",
        "b",
        "e\u{301}",
        "z",
        "~",
        "\u{7f}",
        "é",
        "ÿ",
        "Ā",
        "я",
        "東",
        "\u{e000}",
        "\u{ffff}",
        "\u{10000}",
        "\u{1f600}",
        "\u{10ffff}",
    ];
    assert!(sorted.is_sorted());
    for (place, key) in sorted.iter().enumerate().rev() {
        let owner = ["", "ann@example.org", "Ann@example.org"][place % 3].into();
        store.put(Table::Audit, Record { owner, ..record(key) }, Expect::Nothing).await.unwrap();
    }
    for owner in [None, Some(""), Some("ann@example.org"), Some("Ann@example.org")] {
        let place = |owner: &str| ["", "ann@example.org", "Ann@example.org"].iter().position(|one| *one == owner).unwrap();
        let of_owner = |(_, key): &(usize, &&str)| sorted.iter().position(|one| one == *key);
        let expected: Vec<&str> = sorted
            .iter()
            .enumerate()
            .filter(|one| owner.is_none_or(|owner| of_owner(one).is_some_and(|at| at % 3 == place(owner))))
            .map(|(_, key)| *key)
            .collect();
        for limit in [1, 2, 7, 29, 100] {
            let mut found: Vec<Record> = vec![];
            loop {
                let after = found.last().map(|record| record.key.clone());
                let page = store.list(Table::Audit, owner, after.as_deref(), limit, early()).await.unwrap();
                assert!(page.len() <= limit as usize);
                if page.is_empty() {
                    break;
                }
                found.extend(page);
            }
            assert_eq!(keys(&found), expected, "{owner:?} by {limit}");
        }
    }
    assert_eq!(store.list(Table::Audit, None, None, 0, early()).await.unwrap(), []);
    assert_eq!(store.list(Table::Audit, Some("nobody"), None, 9, early()).await.unwrap(), []);
    // A place need not be a key.
    assert_eq!(keys(&store.list(Table::Audit, None, Some("a."), 2, early()).await.unwrap()), ["a.b", "a/b"]);
    assert_eq!(keys(&store.list(Table::Audit, None, Some(""), 1, early()).await.unwrap()), [" "]);
    assert_eq!(keys(&store.list(Table::Audit, None, Some("a\0"), 1, early()).await.unwrap()), ["a.b"]);
    let long = "a".repeat(KEY_BYTES_MAX * 2);
    assert_eq!(keys(&store.list(Table::Audit, None, Some(&long), 1, early()).await.unwrap()), ["ab"]);
    store.close().await.unwrap();
}

pub(crate) async fn a_list_of_records_has_its_limits(home: &dyn Home) {
    let store = home.open().await;
    for number in 0..PAGE_EVENTS_MAX + 3 {
        store.put(Table::Heartbeats, record(&format!("{number:05}")), Expect::Anything).await.unwrap();
    }
    assert_eq!(store.list(Table::Heartbeats, None, None, u32::MAX, early()).await.unwrap().len(), PAGE_EVENTS_MAX as usize);

    let large = |number: u32| Record { value: vec![number as u8; RECORD_BYTES_MAX], ..record(&number.to_string()) };
    for number in 0..4 {
        store.put(Table::Models, large(number), Expect::Anything).await.unwrap();
    }
    let mut found: Vec<Record> = vec![];
    loop {
        let after = found.last().map(|record| record.key.clone());
        let page = store.list(Table::Models, None, after.as_deref(), 10, early()).await.unwrap();
        let bytes: usize = page.iter().map(|record| record.value.len()).sum();
        assert!(bytes < PAGE_BYTES_MAX + RECORD_BYTES_MAX, "{bytes} bytes");
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(keys(&found), ["0", "1", "2", "3"]);
    assert!(found.iter().all(|found| found.value == large(found.key.parse().unwrap()).value));
    store.close().await.unwrap();
}

pub(crate) async fn records_that_are_too_large_or_have_no_fit_key_are_refused(home: &dyn Home) {
    let store = home.open().await;
    let long = "k".repeat(KEY_BYTES_MAX);
    let too_long = "k".repeat(KEY_BYTES_MAX + 1);
    let fit = Record { owner: long.clone(), value: vec![7; RECORD_BYTES_MAX], ..record(&long) };
    store.put(Table::Users, fit.clone(), Expect::Anything).await.unwrap();
    assert!(store.find(Table::Users, &long, early()).await.unwrap().is_some_and(|found| found.value == fit.value));
    for unfit in [
        record(""),
        record(&too_long),
        record("a\0b"),
        Record { owner: too_long.clone(), ..record("key") },
        Record { owner: "\0".into(), ..record("key") },
        Record { value: vec![0; RECORD_BYTES_MAX + 1], ..record("key") },
    ] {
        for expect in [Expect::Anything, Expect::Nothing, Expect::Version(1)] {
            assert_eq!(store.put(Table::Users, unfit.clone(), expect).await.unwrap_err().kind(), ErrorKind::Invalid);
        }
        assert_eq!(store.find(Table::Users, &unfit.key, early()).await.unwrap(), None);
        assert!(!store.remove(Table::Users, &unfit.key).await.unwrap());
    }
    assert_eq!(store.list(Table::Users, Some(&too_long), None, 5, early()).await.unwrap(), []);
    assert_eq!(store.list(Table::Users, Some("a\0b"), None, 5, early()).await.unwrap(), []);
    assert_eq!(store.list(Table::Users, None, None, 5, early()).await.unwrap().len(), 1);
    store.close().await.unwrap();
}

pub(crate) async fn an_expired_record_is_not_found(home: &dyn Home) {
    let store = home.open().await;
    for (key, expires) in
        [("a", None), ("b", Some(time(1_000))), ("c", Some(time(2_000))), ("d", Some(time(-5))), ("e", Some(Timestamp::MAX))]
    {
        store.put(Table::Sessions, Record { expires, owner: "o".into(), ..record(key) }, Expect::Nothing).await.unwrap();
    }
    for (now, expected) in [
        (Timestamp::MIN, &["a", "b", "c", "d", "e"][..]),
        (time(-6), &["a", "b", "c", "d", "e"]),
        (time(-5), &["a", "b", "c", "e"]),
        (time(999), &["a", "b", "c", "e"]),
        (time(1_000), &["a", "c", "e"]),
        (time(2_001), &["a", "e"]),
        (Timestamp::MAX, &["a"]),
    ] {
        assert_eq!(keys(&store.list(Table::Sessions, None, None, 10, now).await.unwrap()), expected, "{now}");
        assert_eq!(keys(&store.list(Table::Sessions, Some("o"), None, 10, now).await.unwrap()), expected, "{now}");
        for key in ["a", "b", "c", "d", "e"] {
            let found = store.find(Table::Sessions, key, now).await.unwrap();
            assert_eq!(found.is_some(), expected.contains(&key), "{key} at {now}");
        }
    }
    // A page is full of what has not expired.
    assert_eq!(keys(&store.list(Table::Sessions, None, None, 2, time(5_000)).await.unwrap()), ["a", "e"]);
    store.close().await.unwrap();
}

pub(crate) async fn an_expired_record_is_there_until_it_is_taken(home: &dyn Home) {
    let store = home.open().await;
    let expired = Record { expires: Some(time(-1)), ..record("key") };
    let version = store.put(Table::Sessions, expired.clone(), Expect::Nothing).await.unwrap();
    assert_eq!(store.find(Table::Sessions, "key", early()).await.unwrap(), None);
    let again = store.put(Table::Sessions, expired.clone(), Expect::Nothing).await;
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    let next = store.put(Table::Sessions, expired.clone(), Expect::Version(version)).await.unwrap();
    assert!(next > version);
    assert!(store.remove(Table::Sessions, "key").await.unwrap());
    assert!(!store.remove(Table::Sessions, "key").await.unwrap());
    store.put(Table::Sessions, expired.clone(), Expect::Nothing).await.unwrap();
    // It comes back to life when it is put again.
    store.put(Table::Sessions, record("key"), Expect::Anything).await.unwrap();
    assert!(store.find(Table::Sessions, "key", Timestamp::MAX).await.unwrap().is_some());
    assert_eq!(store.take_expired(Table::Sessions, 10, Timestamp::MAX).await.unwrap(), []);
    store.close().await.unwrap();
}

pub(crate) async fn expired_records_are_taken_once(home: &dyn Home) {
    let mut store = home.open().await;
    for number in 0..10 {
        let expires = (number < 7).then(|| time(number * 100));
        store.put(Table::Tokens, Record { expires, ..record(&number.to_string()) }, Expect::Nothing).await.unwrap();
    }
    store.put(Table::Sessions, Record { expires: Some(time(0)), ..record("other") }, Expect::Nothing).await.unwrap();
    assert_eq!(store.take_expired(Table::Tokens, 10, time(-1)).await.unwrap(), []);
    assert_eq!(store.take_expired(Table::Tokens, 0, time(500)).await.unwrap(), []);
    let mut taken: Vec<Record> = vec![];
    for _ in 0..2 {
        let some = store.take_expired(Table::Tokens, 4, time(500)).await.unwrap();
        assert!(some.len() <= 4);
        taken.extend(some);
        store.close().await.unwrap();
        store = home.open().await;
    }
    taken.sort_by(|a, b| a.key.cmp(&b.key));
    assert_eq!(keys(&taken), ["0", "1", "2", "3", "4", "5"], "whole, and each once");
    assert!(taken.iter().all(|taken| taken.value == record(&taken.key).value && taken.expires.is_some() && taken.version > 0));
    assert_eq!(store.take_expired(Table::Tokens, 4, time(500)).await.unwrap(), []);
    assert_eq!(keys(&store.list(Table::Tokens, None, None, 10, early()).await.unwrap()), ["6", "7", "8", "9"]);
    assert!(store.put(Table::Tokens, record("0"), Expect::Nothing).await.is_ok());
    assert_eq!(store.take_expired(Table::Sessions, 4, time(500)).await.unwrap().len(), 1);
    store.close().await.unwrap();
}

pub(crate) async fn keys_and_values_of_every_plane_are_kept(home: &dyn Home) {
    let mut store = home.open().await;
    let planes = (0..=16_u32).flat_map(|plane| [plane * 0x1_0000 + 0x21, plane * 0x1_0000 + 0xff_fd]).filter_map(char::from_u32);
    let mut keys: BTreeSet<String> = planes.map(String::from).collect();
    let hostile = [
        "e\u{301}", "é", "a\nb", "\u{1}", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "\u{202e}", "..", "/", "\\", "'", "\"",
        "$set", "{}",
    ];
    keys.extend(hostile.map(str::to_owned));
    for key in &keys {
        store.put(Table::Searches, Record { owner: key.clone(), ..record(key) }, Expect::Nothing).await.unwrap();
    }
    for _ in 0..2 {
        for key in &keys {
            let found = store.find(Table::Searches, key, early()).await.unwrap().unwrap();
            assert_eq!((&found.key, &found.owner, found.value), (key, key, record(key).value));
            let listed = store.list(Table::Searches, Some(key), None, 10, early()).await.unwrap();
            assert_eq!(listed.iter().map(|record| &record.key).collect::<Vec<_>>(), [key]);
        }
        let listed = store.list(Table::Searches, None, None, 1_000, early()).await.unwrap();
        assert!(listed.iter().map(|record| &record.key).eq(&keys), "in the order of bytes");
        store.close().await.unwrap();
        store = home.open().await;
    }
    for key in &keys {
        assert!(store.remove(Table::Searches, key).await.unwrap(), "{key:?}");
    }
    assert_eq!(store.list(Table::Searches, None, None, 10, early()).await.unwrap(), []);
    store.close().await.unwrap();
}
