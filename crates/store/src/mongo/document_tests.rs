use super::*;

fn event() -> Event {
    Event {
        timestamp: Timestamp::from_unix_millis(-5).unwrap(),
        hostname: "ws-014".into(),
        source: "Security".into(),
        os_type: "Windows".into(),
        level: "Warn".into(),
        message: "Failed login, failed LOGIN".into(),
        collector: "radar-collector".into(),
        record_id: None,
        channel: None,
        user: None,
        address: None,
        fields: [("$where", "a.b"), ("a.b", "\0"), ("", "$gt")].map(|(name, value)| (name.into(), value.into())).into(),
    }
}

fn scored(event: Event) -> Scored {
    let score = Score {
        raw: f32::from_bits(0x7fc0_1234),
        calibrated: -0.0,
        model: "$model".into(),
        model_version: "1".into(),
        schema: "event".into(),
        schema_version: u32::MAX,
    };
    let reasons = vec![Reason { code: "$code".into(), text: String::new() }];
    Scored { id: event.id(0), event, score: ScoreState::Scored(score), reasons, template: Some(TemplateId(7)) }
}

fn document() -> Document {
    written(&scored(event()), Seq(9)).unwrap()
}

#[test]
fn an_event_comes_back_to_the_bit() {
    let read = read(&document()).unwrap();
    assert_eq!(format!("{:?}", read.scored), format!("{:?}", scored(event())));
    assert_eq!(read.scored.score.score().unwrap().raw.to_bits(), 0x7fc0_1234);
    assert_eq!((read.seq, read.verdict), (Seq(9), None));
}

#[test]
fn the_words_are_listed_once() {
    let document = document();
    let words = document.get_document("radar").unwrap().get_array("words").unwrap();
    let words: Vec<&str> = words.iter().filter_map(Bson::as_str).collect();
    assert_eq!(words, ["014", "a", "b", "failed", "gt", "login", "security", "ws"]);
}

#[test]
fn what_is_said_of_an_event_is_said_anew_in_full() {
    for score in [ScoreState::NotScored, ScoreState::Failed { error: "e".into() }, scored(event()).score] {
        let said = saying(&score, &[Reason { code: String::new(), text: String::new() }], Some(TemplateId(1)));
        assert!(said.keys().all(|name| SAID.contains(&name.as_str())), "{said}");
    }
}

#[test]
fn a_document_that_was_changed_is_named_and_does_not_panic() {
    let whole = document();
    for name in ["timestamp", "hostname", "message", "collector", "radar"] {
        for value in [Bson::Null, Bson::Int32(7), Bson::String("$where".into()), Bson::Array(vec![]), doc! { "a": 1 }.into()] {
            let mut changed = whole.clone();
            changed.insert("_id", 77);
            changed.insert(name, value);
            if let Err(error) = read(&changed) {
                assert_eq!(error.kind(), ErrorKind::Damaged);
                assert!(error.to_string().contains("77"), "{error}");
            }
        }
    }
    for name in ["id", "seq", "time", "state", "raw", "calibrated", "score", "reasons", "fields", "template"] {
        let mut changed = whole.clone();
        changed.get_document_mut("radar").unwrap().insert(name, "x");
        // Lists that are none are read as empty.
        assert!(read(&changed).is_err() || ["reasons", "fields"].contains(&name), "{name}");
    }
}

#[test]
fn an_event_that_no_document_can_hold_is_refused() {
    let check = |event| {
        let refused = written(&scored(event), Seq(1)).map(drop);
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Invalid);
    };
    let mut large = event();
    large.message = "x".repeat(16 * 1024 * 1024);
    check(large);
    let mut many = event();
    many.fields = (0..600_000).map(|number| (number.to_string(), "y".into())).collect();
    check(many);
}

#[test]
fn documents_of_seven_fields_are_events_and_others_say_why_not() {
    let seven = doc! { "timestamp": "2026-03-01 08:30:00", "hostname": "", "source": "", "os_type": "", "level": "", "message": "", "collector": "" };
    assert!(foreign(&seven).is_ok());
    let why = |name: &str, value: Option<Bson>| {
        let mut changed = seven.clone();
        changed.remove(name);
        changed.extend(value.map(|value| (name.to_owned(), value)));
        foreign(&changed).unwrap_err()
    };
    assert_eq!(why("level", None), "level is missing");
    assert_eq!(why("source", Some(Bson::Null)), "source is no text but Null");
    assert_eq!(why("timestamp", Some(Bson::Int32(1))), "timestamp is neither text nor a date but Int32");
    assert!(why("timestamp", Some("$now".into())).starts_with("timestamp is no time: "));
    let far = mongodb::bson::DateTime::from_millis(i64::MAX);
    assert_eq!(why("timestamp", Some(far.into())), "timestamp is outside of the years 0 to 9999");
}
