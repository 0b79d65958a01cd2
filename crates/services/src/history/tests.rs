use std::sync::Arc;

use radar_engine::Engine;
use radar_store::Store;
use radar_store::memory::MemoryStore;
use radar_types::history::History;
use radar_types::{CollectionId, Event, ScoreState, Scored, Side, Timestamp};

use crate::{AccountRules, Actor, ErrorKind, Services};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn at(text: &str) -> Scored {
    let event = Event::at(time(text));
    Scored { id: event.id(0), event, score: ScoreState::NotScored, reasons: Vec::new(), template: None }
}

async fn services(times: &[&str]) -> Services {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    store.append(&CollectionId::public(), times.iter().map(|text| at(text)).collect()).await.unwrap();
    Services::start(store, Arc::new(Engine::shipped().unwrap()), AccountRules::default()).await.unwrap()
}

async fn history(services: &Services, minutes_past: i64) -> History {
    let now = time("2026-03-10T12:20:00Z");
    services.history(&Actor::visitor(), Side::Public, minutes_past, now).await.unwrap()
}

#[tokio::test]
async fn hours_begin_where_the_first_event_is_and_end_with_the_present_one() {
    let services = services(&["2026-03-10T09:59:59Z", "2026-03-10T10:00:00Z", "2026-03-10T12:19:00Z"]).await;
    let found = history(&services, 0).await;
    assert_eq!((found.from, found.to), (time("2026-03-10T09:00:00Z"), time("2026-03-10T13:00:00Z")));
    assert_eq!((found.events, found.anomalies), (vec![1, 1, 0, 1], vec![0; 4]));
}

#[tokio::test]
async fn hours_begin_as_those_of_the_reader() {
    let services =
        services(&["2025-03-09T00:00:00Z", "2026-03-10T09:40:00Z", "2026-03-10T10:20:00Z", "2026-03-10T10:50:00Z"]).await;
    for (minutes, from, expected) in [
        (30, "2026-03-10T09:30:00Z", vec![2, 1, 0]),
        (90, "2026-03-10T09:30:00Z", vec![2, 1, 0]),
        (15, "2026-03-10T09:15:00Z", vec![1, 2, 0, 0]),
        (45, "2026-03-10T09:45:00Z", vec![1, 1, 0]),
    ] {
        let found = history(&services, minutes).await;
        let recent = found.events.len() - expected.len();
        assert_eq!(found.events[recent..], expected, "{minutes}");
        let first = found.from.saturating_add_millis(recent as i64 * History::HOUR_MILLIS);
        assert_eq!(first, time(from), "{minutes}");
        assert_eq!(found.events.iter().sum::<u64>(), 4, "{minutes}: nothing is lost where parts meet");
    }
}

#[tokio::test]
async fn what_is_older_than_a_year_is_left_out() {
    let services = services(&["2024-01-01T00:00:00Z"]).await;
    let found = history(&services, 0).await;
    assert!(found.events.is_empty() && found.hours().next().is_none());
    assert_eq!(found.from, found.to);
}

#[tokio::test]
async fn the_past_of_others_is_not_there() {
    let services = services(&[]).await;
    let refused = services.history(&Actor::visitor(), Side::Private, 0, time("2026-03-10T12:20:00Z")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Missing);
}
