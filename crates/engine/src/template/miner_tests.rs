use super::*;

/// Learns the messages and compares the templates that are left, sorted.
fn check(messages: &[&str], expected: &[&str]) {
    let mut miner = Miner::default();
    for message in messages {
        miner.learn(message);
    }
    let mut found: Vec<String> = miner.templates().map(|(id, _)| miner.text(id).unwrap()).collect();
    found.sort();
    assert_eq!(found, expected, "{messages:?}");
    assert_eq!(miner.templates().map(|(_, count)| count).sum::<u64>(), messages.len() as u64);
}

#[test]
fn what_differs_in_parameters_is_one_template() {
    check(&["served 12 to 10.0.0.1", "served 7 to 10.0.0.2"], &["served <*> to <*>"]);
    check(&["job-1 done", "job-22 done"], &["job-<*> done"]);
    check(&["", ""], &[""]);
}

#[test]
fn a_place_becomes_a_slot_on_evidence() {
    check(&["disk read failed now", "disk write failed now"], &["disk read failed now", "disk write failed now"]);
    check(
        &["hello ann from here", "hello bob from here", "hello cid from here", "hello dan from here", "hello eve from here"],
        &["hello <*> from here"],
    );
    check(&["lost rack-a7 again", "lost rack-b12 again"], &["lost <*> again"]);
    check(&["a b", "c d", "e f"], &["a b", "c d", "e f"]);
}

#[test]
fn a_template_keeps_its_id_as_it_grows() {
    let mut miner = Miner::default();
    let id = miner.learn("hello ann from here");
    for name in ["bob", "cid", "eve"] {
        miner.learn(&format!("hello {name} from here"));
    }
    assert_eq!(miner.learn("hello fay from here"), id);
    assert_eq!(miner.find("hello dan from here"), Some(id));
    assert_eq!(miner.find("hello bob from here"), Some(id));
    assert_eq!(miner.find("goodbye bob from here"), None);
    assert_eq!(miner.count(id), 5);
    assert_eq!(miner.parameters("hello dan from here"), ["dan"]);
}

#[test]
fn a_reader_merges_and_splits() {
    let mut miner = Miner::default();
    let (a, b) = (miner.learn("disk read failed"), miner.learn("disk write failed"));
    assert!(miner.merge(b, a));
    assert_eq!(miner.find("disk write failed"), Some(a));
    assert_eq!(miner.text(a).as_deref(), Some("disk <*> failed"));
    assert_eq!(miner.text(b).as_deref(), Some("disk <*> failed"));
    assert!(miner.split(a, 1));
    assert!(!miner.split(a, 0));
    let ids = ["read", "write", "seek", "read"].map(|word| miner.learn(&format!("disk {word} failed")));
    assert_eq!(ids[0], ids[3]);
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    assert!(!miner.merge(a, TemplateId(1)));
}

#[test]
fn templates_survive_being_stored() {
    let mut miner = Miner::default();
    for name in ["ann", "bob", "cid", "eve", "fay"] {
        miner.learn(&format!("hello {name} from here"));
    }
    let json = serde_json::to_string(&miner).unwrap();
    let again: Miner = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), json);
    assert_eq!(again.find("hello dan from here"), miner.find("hello ann from here"));
}

#[test]
fn templates_are_bounded() {
    let mut miner = Miner::default();
    let letters = |number: usize| -> String {
        let digit = |power: u32| char::from(b'a' + (number / 26_usize.pow(power) % 26) as u8);
        (0..4).map(digit).collect()
    };
    for number in 0..TEMPLATES_MAX + 500 {
        miner.learn(&format!("{} is the {} of things", letters(number), letters(number * 7)));
    }
    assert!(miner.templates().count() <= TEMPLATES_MAX);
}
