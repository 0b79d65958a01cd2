use super::*;

fn records(sessions: &[(&str, &[&str])]) -> Vec<Record<'static>> {
    let mut records = Vec::new();
    for (key, messages) in sessions {
        for message in *messages {
            let line = records.len() as u64 + 1;
            records.push(Record { line, message: Cow::Owned(format!("{message} job-{key}")), ..Record::default() });
        }
    }
    records
}

const ORDINARY: &[&str] = &["begin", "copy", "copy", "check", "end"];

/// Fifty ordinary sessions and one odd; gives the verdict on the odd one.
fn verdict(odd: &[&str]) -> SessionVerdict {
    let keys: Vec<String> = (100..150).map(|key| key.to_string()).collect();
    let mut all: Vec<(&str, &[&str])> = keys.iter().map(|key| (key.as_str(), ORDINARY)).collect();
    all.push(("7", odd));
    let mut sessions = Sessions::new(Group::parse(r"job-\d+").unwrap(), Masks::default());
    for block in records(&all).chunks(64) {
        let summary = sessions.summarise(block);
        sessions.absorb(summary);
    }
    sessions.settle();
    sessions.verdicts().unwrap().pop().unwrap()
}

fn check(odd: &[&str], code: &str, line: u64) {
    let found = verdict(odd);
    assert!(found.verdict.score >= 0.5, "{found:?}");
    assert_eq!((found.session.as_str(), found.lines), ("job-7", odd.len()));
    assert!(found.verdict.reasons.iter().any(|reason| reason.code == code), "{found:?}");
    assert_eq!(found.line, 250 + line, "{found:?}");
}

#[test]
fn an_odd_session_says_what_is_odd_and_where() {
    check(&["begin", "copy", "exploded", "check", "end"], "rare_template", 3);
    check(&["begin", "copy", "copy"], "missing_template", 3);
    check(&["end", "check", "begin", "copy", "copy"], "rare_transition", 1);
}

#[test]
fn an_ordinary_session_is_no_finding() {
    let found = verdict(ORDINARY);
    assert!(found.verdict.score < 0.5 && found.verdict.reasons.is_empty(), "{found:?}");
}

#[test]
fn a_baseline_is_not_judged_and_what_follows_is() {
    let learned = records(&[("1", ORDINARY), ("2", ORDINARY), ("3", ORDINARY), ("4", ORDINARY)]);
    let mut sessions = Sessions::new(Group::parse(r"job-\d+").unwrap(), Masks::default());
    let summary = sessions.summarise(&learned);
    sessions.absorb(summary);
    sessions.settle();
    sessions.end_baseline();
    let later = records(&[("8", ORDINARY), ("9", &["begin", "exploded", "end"])]);
    let summary = sessions.summarise(&later);
    sessions.follow(summary);
    let found = sessions.verdicts().unwrap();
    assert_eq!(found.iter().map(|verdict| verdict.session.as_str()).collect::<Vec<_>>(), ["job-8", "job-9"]);
    assert!(found[0].verdict.score < 0.5 && found[1].verdict.score > 0.5, "{found:?}");
    assert_eq!(found[1].verdict.reasons[0].code, "new_template");
    let judged = sessions.judge(&later).unwrap();
    let marked: Vec<usize> = (0..judged.len()).filter(|at| judged[*at].score > 0.5).collect();
    assert_eq!(marked, [6]);
}

#[test]
fn groups_are_fields_or_patterns() {
    let record = Record {
        message: "open file=a1 mode=r".into(),
        user: Some("ann".into()),
        fields: vec![("trace.id".into(), "t9".into())],
        ..Record::default()
    };
    for (group, expected) in [
        ("user", Some("ann")),
        ("trace.id", Some("t9")),
        (r"file=(\w+)", Some("a1")),
        (r"mode=\w", Some("mode=r")),
        ("hostname", None),
        (r"none-\d+", None),
    ] {
        assert_eq!(Group::parse(group).unwrap().key(&record), expected, "{group}");
    }
    assert_eq!(Group::parse("").unwrap_err(), GroupError::Empty);
    assert!(matches!(Group::parse("(").unwrap_err(), GroupError::Pattern { .. }));
}
