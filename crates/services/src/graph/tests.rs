use std::sync::Arc;

use radar_engine::{Engine, parse};
use radar_store::{Store, memory::MemoryStore};
use radar_types::CollectionId;
use serde_json::{Value, json};

use super::*;
use crate::{AccountRules, ErrorKind};

const DAY: i64 = 86_400_000;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_unix_millis(1_767_225_600_000 + millis).unwrap()
}

fn event(millis: i64, (host, source, user, address): (&str, &str, &str, &str), level: &str) -> Value {
    json!({"timestamp": at(millis).to_string(), "hostname": host, "source": source, "os_type": "Linux", "level": level,
        "message": format!("something happened {millis}"), "collector": "c", "user": user, "address": address})
}

async fn graph_of(events: &[Value], question: &str) -> Result<Graph> {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let parsed = parse::json_records(json!(events).to_string().as_bytes(), at(0), &parse::Limits::default());
    let engine = Arc::new(Engine::shipped().unwrap());
    let scored = engine.score(parse::with_ids(parsed.events.into_iter().map(|(_, event)| event).collect()));
    store.append(&CollectionId::public(), scored).await.unwrap();
    let services = Services::start(store, engine, AccountRules::default()).await.unwrap();
    let span: Span = format!("{}-{}", at(0).unix_millis(), at(DAY).unix_millis()).parse().unwrap();
    services.graph(&Actor::visitor(), Side::Public, question, span, at(DAY)).await
}

fn names(graph: &Graph) -> Vec<(&str, Option<&str>, u64)> {
    graph.nodes.iter().map(|node| (node.kind.name(), node.name.as_deref(), node.events)).collect()
}

#[tokio::test]
async fn nodes_are_joined_where_events_name_both() {
    let one = ("web-1", "sshd", "ann", "10.0.0.1");
    let events = [event(1, one, "INFO"), event(2, one, "INFO"), event(3, ("web-2", "sshd", "", ""), "INFO")];
    let graph = graph_of(&events, "").await.unwrap();
    assert_eq!(
        names(&graph),
        [
            ("service", Some("sshd"), 3),
            ("host", Some("web-1"), 2),
            ("host", Some("web-2"), 1),
            ("user", Some("ann"), 2),
            ("address", Some("10.0.0.1"), 2)
        ]
    );
    let links: Vec<_> = graph.links.iter().map(|link| (link.from, link.to, link.events)).collect();
    assert_eq!(links, [(0, 1, 2), (0, 2, 1), (3, 0, 2), (4, 0, 2)]);
    assert_eq!(graph.others, [0; 4]);
    let filtered = graph_of(&events, "host:web-2").await.unwrap();
    assert_eq!(names(&filtered), [("service", Some("sshd"), 1), ("host", Some("web-2"), 1)]);
}

#[tokio::test]
async fn beyond_the_cut_all_others_are_one_node() {
    let hosts: Vec<String> = (0..Graph::NODES_OF_KIND_MAX + 20).map(|number| format!("host-{number:04}")).collect();
    let events: Vec<Value> = hosts.iter().zip(0..).map(|(host, number)| event(number, (host, "sshd", "", ""), "INFO")).collect();
    let graph = graph_of(&events, "").await.unwrap();
    assert_eq!(graph.others, [0, 20, 0, 0]);
    let others = graph.nodes.iter().position(|node| node.kind == NodeKind::Host && node.name.is_none()).unwrap();
    assert_eq!(graph.nodes[others].events, 20);
    let link = graph.links.iter().find(|link| link.to == others as u32).unwrap();
    assert_eq!(link.events, 20, "they stay linked");
}

#[tokio::test]
async fn who_is_where_they_never_were_is_told() {
    let events = [
        event(-2 * DAY, ("h", "cron", "ann", ""), "INFO"),
        event(5, ("h", "cron", "ann", ""), "INFO"),
        event(6, ("h", "sshd", "ann", ""), "INFO"),
        event(7, ("h", "sshd", "eve", ""), "INFO"),
    ];
    let graph = graph_of(&events, "").await.unwrap();
    let found: Vec<_> = graph.new_uses.as_ref().unwrap().iter().map(|new| (&*new.user, &*new.service, new.events)).collect();
    assert_eq!(found, [("ann", "sshd", 1)]);
}

#[tokio::test]
async fn what_cant_be_read_is_refused() {
    assert_eq!(graph_of(&[], "(").await.unwrap_err().kind(), ErrorKind::Question);
}
