//! Words, phrases and beginnings, in every text of an event.

use radar_types::Scored;
use radar_types::query::{Filter, Text, WORD_BYTES_MAX, parse};

use super::Home;
use super::filters::Asked;
use super::sample::batch;

fn text(field: Option<&str>, words: &[&str], is_prefix: bool) -> Filter {
    let words = words.iter().map(|word| (*word).to_owned()).collect();
    Filter::Text(Text { field: field.map(str::to_owned), words, is_prefix })
}

fn phrase(words: &[&str]) -> Filter {
    text(None, words, false)
}

fn beginning(words: &[&str]) -> Filter {
    text(None, words, true)
}

fn saying(messages: &[&str]) -> Vec<Scored> {
    let mut events = batch(0, messages.len() as u64);
    events.iter_mut().zip(messages).for_each(|(scored, message)| scored.event.message = (*message).into());
    events
}

pub(crate) async fn words_are_found_in_any_case_and_phrases_in_their_order(home: &dyn Home) {
    let messages = [
        "Failed login for root",
        "login FAILED",
        "failed; login!",
        "The failed-login counter of WS-014",
        "failedlogin",
        "",
        "failed failed login",
    ];
    let asked = Asked::new(home, saying(&messages)).await;
    asked.check(phrase(&["failed"]), &[0, 1, 2, 3, 6]).await;
    asked.check(phrase(&["login"]), &[0, 1, 2, 3, 6]).await;
    asked.check(phrase(&["failed", "login"]), &[0, 2, 3, 6]).await;
    asked.check(phrase(&["login", "failed"]), &[1]).await;
    asked.check(phrase(&["failed", "failed"]), &[6]).await;
    asked.check(phrase(&["failed", "failed", "login"]), &[6]).await;
    asked.check(phrase(&["failed", "failed", "failed"]), &[]).await;
    asked.check(phrase(&["login", "for", "root"]), &[0]).await;
    asked.check(phrase(&["login", "root"]), &[]).await;
    asked.check(phrase(&["fail"]), &[]).await;
    asked.check(phrase(&["of", "ws", "014"]), &[3]).await;
    asked.check(Filter::All(vec![phrase(&["login"]), phrase(&["failed"])]), &[0, 1, 2, 3, 6]).await;
    asked.close().await;
}

pub(crate) async fn the_last_word_may_be_a_beginning(home: &dyn Home) {
    let asked = Asked::new(home, saying(&["failing login", "failed logins", "fail", "login failure", "unfailing"])).await;
    asked.check(beginning(&["fail"]), &[0, 1, 2, 3]).await;
    asked.check(beginning(&["failed"]), &[1]).await;
    asked.check(beginning(&["failed", "log"]), &[1]).await;
    asked.check(beginning(&["failing", "login"]), &[0]).await;
    asked.check(beginning(&["fail", "login"]), &[]).await;
    asked.check(beginning(&["login", "f"]), &[3]).await;
    asked.check(beginning(&["failures"]), &[]).await;
    asked.close().await;
}

pub(crate) async fn no_words_find_nothing_and_words_that_are_none_neither(home: &dyn Home) {
    let asked = Asked::new(home, saying(&["Failed login", "", "failed%login x_y"])).await;
    for is_prefix in [false, true] {
        asked.check(text(None, &[], is_prefix), &[]).await;
        asked.check(text(Some("message"), &[], is_prefix), &[]).await;
        for word in ["Failed", "failed login", "failed%", "x_y", " failed", "fail*", "\0", "%", "_", "f_iled", "\"failed\""] {
            asked.check(text(None, &[word], is_prefix), &[]).await;
            asked.check(text(None, &["failed", word], is_prefix), &[]).await;
        }
    }
    // No word is empty, but each begins with nothing.
    asked.check(text(Some("message"), &[""], false), &[]).await;
    asked.check(text(Some("message"), &[""], true), &[0, 2]).await;
    asked.check(text(Some("message"), &["failed", ""], true), &[0, 2]).await;
    asked.check(text(Some("message"), &["login", ""], true), &[2]).await;
    asked.check(text(Some("message"), &["", "login"], false), &[]).await;
    asked.check(text(None, &[""], true), &[0, 1, 2]).await;
    asked.close().await;
}

pub(crate) async fn words_are_found_in_every_column_by_its_name(home: &dyn Home) {
    // Each event has the word in one place; whether it is looked for there without a name.
    let columns = [
        ("message", true),
        ("host", true),
        ("source", true),
        ("user", true),
        ("address", true),
        ("channel", true),
        ("level", false),
        ("os", false),
        ("collector", false),
        ("record_id", false),
    ];
    let mut events: Vec<Scored> = batch(0, columns.len() as u64);
    for (index, scored) in events.iter_mut().enumerate() {
        let said = "Wanted: 7".to_owned();
        let event = &mut scored.event;
        match index {
            0 => event.message = said,
            1 => event.hostname = said,
            2 => event.source = said,
            3 => event.user = Some(said),
            4 => event.address = Some(said),
            5 => event.channel = Some(said),
            6 => event.level = said,
            7 => event.os_type = said,
            8 => event.collector = said,
            _ => event.record_id = Some(said),
        }
    }
    let asked = Asked::new(home, events).await;
    for (index, (name, _)) in columns.into_iter().enumerate() {
        for name in [name.to_owned(), name.to_uppercase()] {
            asked.check(text(Some(&name), &["wanted"], false), &[index]).await;
            asked.check(text(Some(&name), &["wanted", "7"], false), &[index]).await;
            asked.check(text(Some(&name), &["want"], true), &[index]).await;
            asked.check(text(Some(&name), &["want"], false), &[]).await;
        }
    }
    asked.check(text(Some("hostname"), &["wanted"], false), &[1]).await;
    for other in ["", "timestamp", "os_type", "fields", "messag", "message ", "%", "id", "template"] {
        asked.check(text(Some(other), &["wanted"], false), &[]).await;
    }
    let searched: Vec<usize> = (0..columns.len()).filter(|index| columns[*index].1).collect();
    asked.check(phrase(&["wanted"]), &searched).await;
    asked.check(phrase(&["wanted", "7"]), &searched).await;
    asked.check(beginning(&["wan"]), &searched).await;
    asked.close().await;
}

pub(crate) async fn words_are_found_in_fields_by_any_name(home: &dyn Home) {
    let names =
        ["LogonType", "logontype", "message", "HOST", "a.b", "$where", "", "größe", "GRÖSSE", "os", "record_id", "a b", "a\0b"];
    let mut events = batch(0, names.len() as u64);
    for (scored, name) in events.iter_mut().zip(names) {
        scored.event.fields.insert(name.into(), "Wanted Value".into());
        scored.event.fields.insert("other".into(), "value wanted".into());
    }
    let asked = Asked::new(home, events).await;
    let every: Vec<usize> = (0..names.len()).collect();
    asked.check(phrase(&["wanted", "value"]), &every).await;
    asked.check(text(Some("OTHER"), &["value", "wanted"], false), &every).await;
    asked.check(text(Some("other"), &["wanted", "value"], false), &[]).await;
    for (index, name) in names.into_iter().enumerate() {
        // Names are alike in any case of the letters of ASCII.
        let alike: Vec<usize> = every.iter().copied().filter(|other| names[*other].eq_ignore_ascii_case(name)).collect();
        assert!(alike.contains(&index));
        asked.check(text(Some(name), &["wanted"], false), &alike).await;
        asked.check(text(Some(&name.to_ascii_uppercase()), &["val"], true), &alike).await;
    }
    asked.check(text(Some("b"), &["wanted"], false), &[]).await;
    asked.check(text(Some("a"), &["wanted"], false), &[]).await;
    // A name is no text.
    asked.check(phrase(&["logontype"]), &[]).await;
    asked.close().await;
}

pub(crate) async fn a_phrase_does_not_reach_from_one_text_into_the_next(home: &dyn Home) {
    let mut events = saying(&["ends here", "begins"]);
    for scored in &mut events {
        (scored.event.hostname, scored.event.source) = ("alpha".into(), "beta".into());
        scored.event.user = Some("gamma".into());
        scored.event.fields =
            [("a", "one"), ("b", "two"), ("c", "three four")].map(|(name, value)| (name.into(), value.into())).into();
    }
    events[1].event.hostname = "alpha beta".into();
    let asked = Asked::new(home, events).await;
    asked.check(phrase(&["here", "alpha"]), &[]).await;
    asked.check(phrase(&["alpha", "beta"]), &[1]).await;
    asked.check(phrase(&["beta", "gamma"]), &[]).await;
    asked.check(phrase(&["one", "two"]), &[]).await;
    asked.check(phrase(&["a", "one"]), &[]).await;
    asked.check(phrase(&["two", "three"]), &[]).await;
    asked.check(beginning(&["two", "th"]), &[]).await;
    asked.check(phrase(&["three", "four"]), &[0, 1]).await;
    asked.close().await;
}

pub(crate) async fn a_name_that_is_a_column_and_a_field_is_both(home: &dyn Home) {
    let mut events = saying(&["alpha", "beta", "gamma"]);
    events[0].event.fields.insert("Message".into(), "beta".into());
    events[2].event.fields.insert("MESSAGE".into(), "one".into());
    events[2].event.fields.insert("message".into(), "two".into());
    let asked = Asked::new(home, events).await;
    asked.check(text(Some("message"), &["beta"], false), &[0, 1]).await;
    asked.check(text(Some("message"), &["one"], false), &[2]).await;
    asked.check(text(Some("message"), &["two"], false), &[2]).await;
    asked.check(text(Some("message"), &["one", "two"], false), &[]).await;
    asked.check(text(Some("message"), &["gamma", "one"], false), &[]).await;
    asked.close().await;
}

pub(crate) async fn words_of_every_script_are_found(home: &dyn Home) {
    let messages = [
        "Straße STRASSE",
        "ΑΣ σας ΣΑΣ",
        "İstanbul ISTANBUL",
        "東京都庁の記録",
        "e\u{301}t\u{301} caf\u{e9}",
        "Привет МИР",
        "ﬁle ①② Ⅷ x²",
        "𝔘nicode 𐐀𐐁 😀 emoji",
        "नमस्ते दुनिया",
        "שלום עולם",
    ];
    let asked = Asked::new(home, saying(&messages)).await;
    for (index, message) in messages.into_iter().enumerate() {
        let words: Vec<String> = radar_types::query::words(message).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        asked.check(text(Some("message"), &words, false), &[index]).await;
        for word in words {
            let first: String = word.chars().take(1).collect();
            let holds = |other: &&str| radar_types::query::words(other).any(|other| other == word);
            let begins = |other: &&str| radar_types::query::words(other).any(|other| other.starts_with(&first));
            let having = |wanted: &dyn Fn(&&str) -> bool| -> Vec<usize> {
                (0..messages.len()).filter(|index| wanted(&messages[*index])).collect()
            };
            asked.check(text(Some("message"), &[word], false), &having(&holds)).await;
            asked.check(text(Some("message"), &[&first], true), &having(&begins)).await;
        }
    }
    asked.check(phrase(&["strasse"]), &[0]).await;
    asked.check(phrase(&["мир"]), &[5]).await;
    asked.check(phrase(&["МИР"]), &[]).await;
    asked.check(beginning(&["東京"]), &[3]).await;
    asked.check(phrase(&["東京"]), &[]).await;
    asked.check(phrase(&["cafe"]), &[]).await;
    asked.check(phrase(&["😀"]), &[]).await;
    asked.close().await;
}

pub(crate) async fn of_a_long_word_the_beginning_counts(home: &dyn Home) {
    let (full, longer) = ("x".repeat(WORD_BYTES_MAX), "x".repeat(WORD_BYTES_MAX + 1));
    let (umlauts, odd) = ("ä".repeat(WORD_BYTES_MAX), format!("a{}", "ä".repeat(WORD_BYTES_MAX)));
    let messages = [full.clone(), longer.clone(), format!("{longer}y next"), full[1..].to_owned(), umlauts.clone(), odd.clone()];
    let messages: Vec<&str> = messages.iter().map(String::as_str).collect();
    let asked = Asked::new(home, saying(&messages)).await;
    asked.check(phrase(&[&full]), &[0, 1, 2]).await;
    asked.check(phrase(&[&longer]), &[]).await;
    asked.check(beginning(&[&longer]), &[]).await;
    asked.check(beginning(&[&full[1..]]), &[0, 1, 2, 3]).await;
    asked.check(phrase(&[&full[1..]]), &[3]).await;
    asked.check(phrase(&[&full, "next"]), &[2]).await;
    asked.check(phrase(&[&umlauts[..WORD_BYTES_MAX]]), &[4]).await;
    asked.check(phrase(&[&umlauts]), &[]).await;
    asked.check(phrase(&[&odd[..WORD_BYTES_MAX - 1]]), &[5]).await;
    asked.check(beginning(&[&odd[..3]]), &[5]).await;
    asked.close().await;
}

pub(crate) async fn words_are_found_at_the_end_of_a_large_text(home: &dyn Home) {
    let filler: String = (0..150_000).map(|number| format!("w{} ", number % 5_000)).collect();
    let large = format!("{filler}needle haystack");
    assert!(large.len() > 800_000);
    let mut events = saying(&[&large, "needle", &filler]);
    events[2].event.fields.insert("dump".into(), large.clone());
    let asked = Asked::new(home, events).await;
    asked.check(phrase(&["needle"]), &[0, 1, 2]).await;
    asked.check(phrase(&["needle", "haystack"]), &[0, 2]).await;
    asked.check(beginning(&["w4999", "need"]), &[0, 2]).await;
    asked.check(text(Some("dump"), &["needle"], false), &[2]).await;
    asked.check(text(Some("message"), &["needle"], false), &[0, 1]).await;
    asked.check(phrase(&["w4998", "w4999", "w0"]), &[0, 2]).await;
    asked.check(phrase(&["w4999", "w4998"]), &[]).await;
    asked.close().await;
}

pub(crate) async fn typed_questions_are_answered(home: &dyn Home) {
    let mut events = saying(&["Failed login for root", "Session opened for ann", "error: disk full on C:\\Windows", "backup done"]);
    events[0].event.fields.insert("LogonType".into(), "3".into());
    events[1].event.user = Some("Ann Other".into());
    events[2].event.level = "error".into();
    events[2].event.hostname = "db-2".into();
    let asked = Asked::new(home, events).await;
    for (question, expected) in [
        ("", &[0, 1, 2, 3][..]),
        ("login failed", &[0]),
        ("\"login failed\"", &[]),
        ("fail* OR back*", &[0, 3]),
        ("-for", &[2, 3]),
        ("for -root", &[1]),
        ("logontype:3", &[0]),
        ("user:\"ann other\"", &[1]),
        ("level:>=error", &[2]),
        ("host:ws-014 (root OR done)", &[0, 3]),
        ("C:\\Windows", &[2]),
        ("-(root OR ann) -disk", &[3]),
        ("severity:>=low", &[]),
        ("score:0.4..0.6 is:scored verdict:none", &[0, 1, 2, 3]),
        ("template:0000000000000001", &[]),
        ("$where:1 OR 1", &[]),
    ] {
        let filter = parse(question).unwrap();
        asked.check(filter, expected).await;
    }
    asked.close().await;
}
