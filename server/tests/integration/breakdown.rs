//! What the first page says of a range, beside its figures.

use radar_types::wire::{Breakdown, Overview};
use radar_types::{CollectionId, Event, Level, Score, ScoreState, Scored, Severity, TemplateId, Timestamp};

use crate::support::{Home, TestApp, on_every_store};

on_every_store! {
    a_breakdown_counts_what_is_in_the_range,
    leaders_are_those_of_the_anomalies_with_all_their_events,
    nothing_has_a_breakdown,
}

/// An hour that is over.
const RANGE: &str = "1767225600000-1767229200000";

fn at(minute: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_767_225_600_000 + minute * 60_000).unwrap()
}

fn scored(number: u64, minute: i64, host: &str, calibrated: Option<f32>) -> Scored {
    let mut event = Event::at(at(minute));
    event.hostname = host.to_owned();
    event.source = format!("source of {host}");
    event.level = if number.is_multiple_of(3) { "error".into() } else { "INFO".into() };
    event.message = format!("message of {host}");
    let score = |calibrated: f32| {
        let model = Score::ENSEMBLE.to_owned();
        Score { raw: calibrated, calibrated, model, model_version: "1".into(), schema: "event".into(), schema_version: 1 }
    };
    Scored {
        id: event.id(number),
        score: calibrated.map_or(ScoreState::NotScored, |calibrated| ScoreState::Scored(score(calibrated))),
        reasons: Vec::new(),
        template: Some(TemplateId(host.len() as u64)),
        event,
    }
}

/// Hosts that are called so, with so many usual events and anomalies.
const HOSTS: [(&str, u64, u64); 7] = [
    ("quiet", 40, 0),
    ("a \"b\"", 5, 9),
    ("$ne", 1, 3),
    ("busy", 90, 6),
    ("", 0, 2),
    ("{\"$gt\": \"\"}", 2, 1),
    ("loud\u{202e}", 0, 4),
];

async fn with_hosts(home: &Home) -> TestApp {
    let app = TestApp::start(home).await;
    let mut batch = Vec::new();
    for (name, usual, unusual) in HOSTS {
        for number in 0..usual + unusual {
            let calibrated = if number < usual { 0.1 } else { 0.55 + 0.4 * (number - usual) as f32 / unusual as f32 };
            batch.push(scored(batch.len() as u64, (number % 60) as i64, name, Some(calibrated)));
        }
    }
    batch.push(scored(10_000, 5, "quiet", None));
    // Before and after.
    batch.push(scored(10_001, -1, "early", Some(0.95)));
    batch.push(scored(10_002, 60, "late", Some(0.95)));
    app.store.append(&CollectionId::public(), batch).await.unwrap();
    app
}

async fn breakdown(app: &TestApp, range: &str) -> Breakdown {
    let answer = app.get(&format!("/api/fn/breakdown?range={range}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

async fn a_breakdown_counts_what_is_in_the_range(home: &Home) {
    let app = with_hosts(home).await;
    let breakdown = breakdown(&app, RANGE).await;
    let overview = app.get(&format!("/api/fn/overview?range={RANGE}")).await;
    let overview: Overview = serde_json::from_slice(&overview.body).unwrap();
    let [usual, unusual] = HOSTS.iter().fold([0, 0], |[all, odd], (_, usual, unusual)| [all + usual, odd + unusual]);
    assert_eq!((overview.tally.events(), overview.tally.anomalies(), overview.tally.unscored), (usual + unusual + 1, unusual, 1));
    assert_eq!(overview.findings.len() as u64, unusual);
    assert!(overview.findings.is_sorted_by_key(|row| std::cmp::Reverse((row.scored.event.timestamp, row.seq))));
    assert!(overview.findings.iter().all(|row| row.severity.is_some_and(Severity::is_anomaly)));

    assert_eq!(breakdown.scores.len(), Breakdown::SCORE_PARTS as usize);
    assert_eq!(breakdown.scores.iter().sum::<u64>(), usual + unusual, "what has no score is in no part");
    assert_eq!(breakdown.scores[5], usual);
    assert_eq!(breakdown.scores[25..].iter().sum::<u64>(), unusual);
    let bands: Vec<Severity> = breakdown.thresholds.iter().map(|threshold| threshold.severity).collect();
    assert_eq!(bands, [Severity::Low, Severity::Medium, Severity::High, Severity::Critical]);
    let levels = breakdown.by_level;
    assert_eq!(levels.iter().sum::<u64>(), usual + unusual + 1);
    assert_eq!(levels[Level::Info as usize] + levels[Level::Error as usize], usual + unusual + 1);
    assert!(levels[Level::Error as usize] > levels[Level::Info as usize] / 4);

    let over_time = &breakdown.hosts_over_time;
    assert!((2..=32).contains(&over_time.len()), "{over_time:?}");
    assert_eq!(over_time[0], HOSTS.len() as u64, "all of them begin with the hour");
    assert_eq!(over_time.last(), Some(&1), "the busy one alone has so many events");
    assert!(!breakdown.is_partial);
}

async fn leaders_are_those_of_the_anomalies_with_all_their_events(home: &Home) {
    let app = with_hosts(home).await;
    let breakdown = breakdown(&app, RANGE).await;
    let mut expected: Vec<_> = HOSTS.into_iter().filter(|(.., unusual)| *unusual > 0).collect();
    expected.sort_by_key(|(.., unusual)| std::cmp::Reverse(*unusual));
    expected.truncate(Breakdown::LEADERS_MAX);
    let hosts: Vec<(&str, u64, u64)> =
        breakdown.hosts.iter().map(|leader| (leader.value.as_str(), leader.events - leader.anomalies, leader.anomalies)).collect();
    assert_eq!(hosts, expected);
    assert_eq!(breakdown.hosts[0].worst, Some(Severity::Critical));
    for (source, host) in breakdown.sources.iter().zip(&breakdown.hosts) {
        assert_eq!(source.value, format!("source of {}", host.value));
        assert_eq!((source.anomalies, source.events), (host.anomalies, host.events));
    }
    let templates: Vec<&str> = breakdown.templates.iter().filter_map(|leader| leader.label.as_deref()).collect();
    assert_eq!(templates.len(), breakdown.templates.len(), "each says what it is");
    assert!(templates[0].starts_with("message of"), "{templates:?}");
    // Whatever it is called, its link finds it.
    for leader in &breakdown.hosts {
        let question = format!("{} severity:>=low", radar_types::query::term("host", &leader.value));
        let question = crate::people::form(&[("question", &question)]);
        let picture = app.get(&format!("/api/fn/picture?span={RANGE}&{question}")).await.json();
        let found: u64 = picture["tally"]["by_severity"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).sum();
        assert_eq!(found, leader.anomalies, "{}", leader.value);
    }
}

async fn nothing_has_a_breakdown(home: &Home) {
    let app = TestApp::start(home).await;
    for range in ["1h", "90d", RANGE, "0-1", "9999999999998-9999999999999"] {
        let breakdown = breakdown(&app, range).await;
        assert_eq!(breakdown.scores, vec![0; Breakdown::SCORE_PARTS as usize], "{range}");
        assert_eq!(breakdown.by_level, [0; 5]);
        assert!([breakdown.hosts, breakdown.sources, breakdown.templates].iter().all(Vec::is_empty));
        assert!(breakdown.hosts_over_time.iter().all(|hosts| *hosts == 0) && breakdown.hosts_over_time.len() <= 32);
    }
    let refused = app.get("/api/fn/breakdown?range=yesterday").await;
    assert_eq!(refused.status, 400);
}
