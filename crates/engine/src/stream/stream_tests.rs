use std::collections::BTreeMap;

use super::*;
use crate::Engine;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;
const START: i64 = 1_772_323_200_000;

fn time(millis: i64) -> Timestamp {
    Timestamp::saturating_from_unix_millis(START + millis)
}

fn event(millis: i64, hostname: &str, user: &str, message: &str) -> Event {
    Event {
        timestamp: time(millis),
        hostname: hostname.into(),
        source: "sshd".into(),
        os_type: "Linux".into(),
        level: "INFO".into(),
        message: message.into(),
        collector: "c".into(),
        record_id: None,
        channel: None,
        user: (!user.is_empty()).then(|| user.into()),
        address: Some("10.0.0.7".into()),
        fields: BTreeMap::new(),
    }
}

/// Learns an event and tells what was said of it.
fn observe(stream: &mut Stream, event: &Event) -> Novelty {
    stream.observe(event.id(0), event, event.timestamp)
}

/// The event of an ordinary minute: two hosts with users of their own.
fn ordinary(number: i64) -> Event {
    let (host, users) = [("web-1", ["ann", "bob"]), ("db-1", ["carl", "dora"])][(number % 2) as usize];
    let message = match number / 2 % 3 {
        0 => format!("session {number} opened"),
        1 => format!("request took {} ms", 20 + number % 17),
        _ => "configuration reloaded state=ready".to_owned(),
    };
    event(number * MINUTE, host, users[(number / 6 % 2) as usize], &message)
}

/// After so many ordinary minutes.
fn learned(minutes: i64) -> Stream {
    let mut stream = Stream::default();
    for number in 0..minutes {
        observe(&mut stream, &ordinary(number));
    }
    stream
}

fn codes(novelty: &Novelty) -> Vec<&str> {
    novelty.reasons.iter().map(|reason| reason.code.as_str()).collect()
}

/// With each number as `N`.
fn without_numbers(text: &str) -> String {
    let mut short: String = text.chars().map(|letter| if letter.is_ascii_digit() { 'N' } else { letter }).collect();
    for longer in ["NN", "N,N"] {
        while short.contains(longer) {
            short = short.replace(longer, "N");
        }
    }
    short
}

/// One odd event after four ordinary days.
fn check(odd: Event, code: &str, text: &str) {
    let mut stream = learned(5760);
    let said = observe(&mut stream, &odd);
    assert!(said.score >= LOW && codes(&said).contains(&code), "{said:?}");
    assert!(said.reasons.iter().any(|reason| without_numbers(&reason.text) == text), "{said:?}");
}

#[test]
fn ordinary_days_have_no_findings_and_the_first_minutes_neither() {
    let mut stream = Stream::default();
    for number in 0..20_000 {
        let said = observe(&mut stream, &ordinary(number));
        assert!(said.score < LOW && said.reasons.is_empty(), "{number} {said:?}");
    }
}

#[test]
fn what_is_new_is_told_with_its_number() {
    let later = 5760 * MINUTE;
    check(
        event(later, "db-1", "ann", "request took 25 ms"),
        "new_together",
        "User `ann` is in none of N remembered events of host `db-N`",
    );
    check(event(later, "db-1", "mallory", "request took 25 ms"), "new_user", "User `mallory` is in none of N remembered events");
    check(event(later, "x-9", "", "request took 25 ms"), "new_host", "Host `x-N` is in none of N remembered events");
    let message = "volume removed by hand";
    check(event(later, "db-1", "carl", message), "new_template", "No message of this kind is among N remembered events");
    let text = "`broken` was not seen in its place in N events";
    check(event(later, "db-1", "carl", "configuration reloaded state=broken"), "new_value", text);
    let text = "`N` is N spreads from the usual N in its place";
    check(event(later, "db-1", "carl", "request took 900000 ms"), "far_number", text);
}

#[test]
fn a_burst_is_told_once_it_is_more_than_ever() {
    let mut stream = learned(5760);
    let burst = (0..200).map(|number| observe(&mut stream, &event(5760 * MINUTE + number, "db-1", "carl", "request took 25 ms")));
    let last = burst.last().unwrap();
    assert!(last.score >= LOW && codes(&last).contains(&"burst"), "{last:?}");
}

#[test]
fn somebody_at_an_hour_that_is_not_theirs_is_told_after_some_days() {
    let mut stream = Stream::default();
    let at_work = |day: i64, step: i64| event(day * DAY + 9 * 60 * MINUTE + step * 4 * MINUTE, "web-1", "ann", "session 7 opened");
    let cron = |day: i64, step: i64| event(day * DAY + step * 12 * MINUTE, "db-1", "", "configuration reloaded");
    let mut all: Vec<Event> =
        (0..14).flat_map(|day| (0..120).flat_map(move |step| [at_work(day, step), cron(day, step)])).collect();
    all.sort_by_key(|event| event.timestamp);
    all.iter().for_each(|event| _ = observe(&mut stream, event));
    let said = observe(&mut stream, &event(14 * DAY + 3 * 60 * MINUTE, "web-1", "ann", "session 7 opened"));
    assert!(said.score >= LOW && codes(&said).contains(&"unusual_hour"), "{said:?}");
}

#[test]
fn a_session_that_changes_hands_is_told() {
    let mut stream = Stream::default();
    let in_session = |millis, session: i64, user: &str| {
        let mut event = event(millis, "web-1", user, "request took 25 ms");
        event.fields.insert("session_id".into(), format!("s{session}"));
        event
    };
    for number in 0..5760 {
        observe(&mut stream, &in_session(number * MINUTE, number / 60, ["ann", "bob"][(number / 60 % 2) as usize]));
    }
    for number in 0..59 {
        observe(&mut stream, &in_session(5760 * MINUTE + number * 1000, 96, "ann"));
    }
    let said = observe(&mut stream, &in_session(5761 * MINUTE, 96, "bob"));
    assert!(said.reasons.iter().any(|reason| reason.text.contains("session `s96`")), "{said:?}");
}

#[test]
fn old_habits_fade() {
    let count = |days: i64| {
        let mut stream = learned(1440);
        observe(&mut stream, &event(1440 * MINUTE, "db-1", "mallory", "volume removed by hand"));
        for number in 1441..days * 1440 {
            observe(&mut stream, &ordinary(number));
        }
        let said = observe(&mut stream, &event(days * DAY, "db-1", "mallory", "volume removed by hand"));
        (said.bits, stream)
    };
    let ((soon, _), (late, stream)) = (count(2), count(70));
    assert!(late > soon, "{late} {soon}");
    // Ten half-lives later a day of the beginning counts next to nothing.
    let remembered = stream.things[HOST].total() / f64::from(stream.clock.gain());
    assert!((14_000.0..15_000.0).contains(&remembered), "{remembered}");
    assert!(stream.is_sound());
}

#[test]
fn a_flood_grows_nothing_and_pushes_out_nobody_who_is_established() {
    let mut stream = learned(5760);
    let start = 5760 * MINUTE;
    for number in 0..1_000_000_i64 {
        let name = format!("x{:x}z", number.wrapping_mul(0x9e37_79b9));
        let mut event = event(start + number / 100, &name, "", "request took 25 ms");
        // In turn also new users, addresses, sessions, names, values and messages.
        if number % 20 == 0 {
            event.user = Some(name.clone());
            event.address = Some(format!("{}.{}.{}.9", number / 20 % 200 + 11, number / 4_000 % 250, number / 1_000_000));
            let verb = ["q", "r", "s"][(number % 3) as usize].repeat(1 + (number / 20 % 40) as usize);
            event.message = format!("{name} broke {verb} and {name} fell");
            event.fields = BTreeMap::from([("session".to_owned(), name.clone()), (name.clone(), name)]);
        }
        stream.observe(event.id(number as u64), &event, event.timestamp);
    }
    let bound = THINGS_MAX.iter().chain(&ENTITIES_MAX).chain(&[WORDS_MAX, SLOTS_MAX]).max().copied().unwrap_or_default();
    assert!(stream.sizes().iter().all(|(_, size)| *size <= bound) && stream.is_sound(), "{:?}", stream.sizes());
    let bytes = stream.to_bytes();
    assert!(bytes.len() < 32 << 20, "{}", bytes.len());
    for number in 15_000..15_100 {
        let said = observe(&mut stream, &ordinary(number));
        assert!(!said.reasons.iter().any(|reason| reason.code.starts_with("new_")), "{said:?}");
    }
    // A week later one more host is news again.
    for number in 15_100..26_000 {
        observe(&mut stream, &ordinary(number));
    }
    let said = observe(&mut stream, &event(26_000 * MINUTE, "x-9", "", "request took 25 ms"));
    assert!(said.score >= LOW && codes(&said).contains(&"new_host"), "{said:?}");
}

#[test]
fn clocks_that_jump_wipe_and_freeze_nothing() {
    let mut stream = learned(5760);
    let now = time(5760 * MINUTE);
    for millis in [-START, i64::MAX - START, -300 * DAY, 900 * DAY] {
        let odd = event(millis, "db-1", "carl", "request took 25 ms");
        stream.observe(odd.id(0), &odd, now);
    }
    // The machine's own clock was wrong for an hour.
    for number in 0..60 {
        observe(&mut stream, &event(50_000 * DAY + number * MINUTE, "db-1", "carl", "request took 25 ms"));
    }
    let before = stream.clock.minutes();
    for number in 5761..6000 {
        let said = observe(&mut stream, &ordinary(number));
        assert!(said.score < LOW, "{number} {said:?}");
    }
    assert!(stream.clock.minutes() > before + 200, "time goes on");
    let said = observe(&mut stream, &event(6000 * MINUTE, "db-1", "mallory", "request took 25 ms"));
    assert!(codes(&said).contains(&"new_user"), "{said:?}");
}

#[test]
fn an_event_that_comes_again_is_not_learned_again_and_as_new_as_it_was() {
    let mut stream = learned(5760);
    let odd = event(5760 * MINUTE, "db-1", "mallory", "volume removed by hand");
    let first = observe(&mut stream, &odd);
    let learned = stream.to_bytes();
    assert!(first.score >= LOW);
    assert_eq!(observe(&mut stream, &odd), first);
    assert_eq!(stream.to_bytes(), learned);
}

#[test]
fn a_stream_says_whether_it_is_still_learning() {
    let mut stream = learned(59);
    assert!(!stream.learning().is_over() && stream.learning().share() < 0.1);
    let said = observe(&mut stream, &event(59 * MINUTE, "new", "new", "something else entirely"));
    assert!(said.score < LOW, "{said:?}");
    let stream = learned(1001);
    assert!(stream.learning().is_over(), "{:?}", stream.learning());
    assert!(stream.learning_of(EntityKind::Host, "db-1").is_some_and(|learning| learning.is_over()));
    assert_eq!(stream.learning_of(EntityKind::User, "mallory"), None);
    let burst = (0..2000).map(|number| event(number, "db-1", "carl", "request took 25 ms"));
    let mut stream = Stream::default();
    burst.for_each(|event| _ = observe(&mut stream, &event));
    assert!(!stream.learning().is_over(), "many events in one moment are not enough");
}

/// Ordinary events with something odd now and then, each id its own.
fn mixed(count: i64) -> Vec<(EventId, Event)> {
    let odd = |number: i64| {
        event(
            number * MINUTE,
            &format!("h{}", number % 5),
            &format!("u{number}"),
            &format!("odd w{number} {}", "z".repeat((number % 9) as usize)),
        )
    };
    let one = |number: i64| if number % 37 == 5 { odd(number) } else { ordinary(number) };
    (0..count).map(|number| (one(number).id(number as u64), one(number))).collect()
}

#[test]
fn a_restart_changes_no_verdict() {
    let now = time(9000 * MINUTE);
    let events = mixed(6000);
    let mut whole = Stream::default();
    let expected: Vec<Novelty> = events.iter().map(|(id, event)| whole.observe(*id, event, now)).collect();
    assert!(expected.iter().any(|novelty| novelty.score >= LOW));
    for restart in [0, 1, 700, 3333] {
        let mut stream = Stream::default();
        let mut found = Vec::new();
        for (number, (id, event)) in events.iter().enumerate() {
            if number % 1000 == restart % 1000 {
                stream = Stream::from_bytes(&stream.to_bytes()).unwrap();
            }
            found.push(stream.observe(*id, event, now));
        }
        assert_eq!(found, expected);
        assert_eq!(stream.to_bytes(), whole.to_bytes(), "equal states are equal bytes");
    }
}

#[test]
fn batches_of_any_size_give_the_same_scores() {
    let engine = Engine::shipped().unwrap();
    let now = time(9000 * MINUTE);
    let scored = engine.score(mixed(2000));
    let follow = |size: usize| {
        let (mut stream, mut scored) = (Stream::default(), scored.clone());
        scored.chunks_mut(size).for_each(|batch| engine.follow(&mut stream, batch, now));
        scored
    };
    assert_eq!(follow(1), follow(2000));
    assert_eq!(follow(7), follow(2000));
}

#[test]
fn known_bad_content_counts_while_the_stream_is_learning() {
    let engine = Engine::shipped().unwrap();
    let attack = event(
        0,
        "web-1",
        "",
        "GET /?id=1%27%20UNION%20SELECT%20password-- ../../../../etc/passwd <script>alert(1)</script> failed",
    );
    let mut scored = engine.score(vec![(attack.id(0), attack), (ordinary(0).id(0), ordinary(0))]);
    engine.follow(&mut Stream::default(), &mut scored, time(0));
    let severity = |index: usize| engine.severity(&scored[index]).unwrap();
    assert!(severity(0) >= radar_types::Severity::Medium && !severity(1).is_anomaly(), "{scored:?}");
    assert!(!scored[0].reasons.is_empty() && scored[1].reasons.is_empty());
    assert_eq!(scored[0].score.score().unwrap().model, radar_types::Score::ENSEMBLE);
}

#[test]
fn bytes_that_are_no_stream_are_refused_with_the_reason() {
    let check = |bytes: &[u8], expected: StateError| assert_eq!(Stream::from_bytes(bytes).err(), Some(expected));
    let bytes = learned(100).to_bytes();
    check(b"", StateError::Foreign);
    check(b"not a stream at all", StateError::Foreign);
    check(&bytes[..bytes.len() - 1], StateError::Torn);
    check(&bytes[..10], StateError::Torn);
    let changed = |at: usize| {
        let mut bytes = bytes.clone();
        bytes[at] ^= 1;
        bytes
    };
    check(&changed(8), StateError::OtherVersion { found: 0 });
    check(&changed(bytes.len() / 2), StateError::Torn);
    assert_eq!(StateError::OtherVersion { found: 9 }.to_string(), "it is of version 9, and this program reads version 1");
}

#[test]
fn hostile_bytes_with_a_true_checksum_neither_panic_nor_take_memory() {
    use sha2::{Digest, Sha256};
    let bytes = learned(300).to_bytes();
    let (header, body) = bytes.split_at(44);
    let mut random = crate::random::SplitMix64::new(7);
    let mut read = 0;
    for _ in 0..3000 {
        let mut body = body.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(body.len() as u64) as usize;
            match random.below(3) {
                0 => body[at] = random.next_u64() as u8,
                1 => body[at] = 0xff,
                _ => body.truncate(at.max(1)),
            }
        }
        let forged = [&header[..12], Sha256::digest(&body).as_slice(), &body].concat();
        if let Ok(mut stream) = Stream::from_bytes(&forged) {
            read += 1;
            for number in 300..330 {
                let said = observe(&mut stream, &ordinary(number));
                assert!((0.0..=1.0).contains(&said.score), "{said:?}");
            }
        }
    }
    assert!(read > 0, "some changes change only what is known");
}

#[test]
fn odd_events_are_judged_too() {
    let mut stream = learned(100);
    for message in ["", "\u{0}", "…", &"(".repeat(5000), &"a=1e308,".repeat(500), "ü=ü", "-1e999 TB", "::ffff:1.2.3.4/x"] {
        let mut odd = event(0, "", "", message);
        (odd.source, odd.address) = (String::new(), Some("[::1".into()));
        odd.fields = (0..200).map(|number| (format!("f{number}"), message.to_owned())).collect();
        for timestamp in [Timestamp::MIN, Timestamp::MAX, time(0)] {
            odd.timestamp = timestamp;
            for now in [Timestamp::MIN, Timestamp::MAX] {
                let said = stream.observe(odd.id(0), &odd, now);
                assert!((0.0..=1.0).contains(&said.score), "{said:?}");
            }
        }
    }
    assert!(stream.is_sound());
}
