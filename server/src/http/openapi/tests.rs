use std::collections::BTreeSet;

use radar_types::wire::IngestAnswer;
use serde_json::Value;

use super::*;

fn document() -> Value {
    serde_json::to_value(&*DOCUMENT).unwrap()
}

/// Everything described, under its method and path.
fn operations() -> Vec<(String, Value)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| -> Vec<(String, Value)> {
        let operations = item.as_object().unwrap().iter();
        operations.map(|(method, operation)| (format!("{method} {path}"), operation.clone())).collect()
    };
    paths.flat_map(of_path).collect()
}

fn each_value(value: &Value, look: &mut impl FnMut(&Value)) {
    look(value);
    match value {
        Value::Object(members) => members.values().for_each(|member| each_value(member, look)),
        Value::Array(items) => items.iter().for_each(|item| each_value(item, look)),
        _ => {}
    }
}

// Whoever lists the pages makes them, and what they would load needs a runtime to be put off in.
#[tokio::test]
async fn every_route_that_is_no_page_is_described_and_nothing_else() {
    let pages: BTreeSet<String> = crate::http::pages().into_iter().map(|page| page.path().to_owned()).collect();
    let routes: BTreeSet<String> = crate::http::paths().into_iter().filter(|path| !pages.contains(path)).collect();
    let described: BTreeSet<String> = DOCUMENT.paths.paths.keys().cloned().collect();
    assert_eq!(described, routes);
}

#[test]
fn everything_says_what_it_is_and_what_it_may_answer() {
    for (name, operation) in operations() {
        assert!(operation["summary"].is_string(), "{name} has no documentation");
        assert!(operation["operationId"].is_string(), "{name} has no name");
        assert!(operation["tags"][0].is_string(), "{name} belongs nowhere");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            assert!(answer["description"].as_str().is_some_and(|said| !said.is_empty()), "{name} does not say what {status} means");
        }
    }
}

#[test]
fn names_of_operations_are_different() {
    let operations = operations();
    let names: BTreeSet<&str> = operations.iter().map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    assert_eq!(names.len(), operations.len());
}

#[test]
fn whatever_is_referred_to_is_there() {
    let document = document();
    each_value(&document, &mut |value| {
        if let Some(reference) = value.get("$ref").and_then(Value::as_str) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} is nowhere");
        }
    });
    for (name, operation) in operations() {
        for way in operation["security"].as_array().into_iter().flatten().flat_map(|way| way.as_object().unwrap().keys()) {
            assert!(document["components"]["securitySchemes"][way].is_object(), "{name} asks for {way}");
        }
    }
}

#[test]
fn descriptions_hold_no_links_into_the_source() {
    each_value(&document(), &mut |value| {
        if let Some(said) = value.get("description").and_then(Value::as_str) {
            assert!(!said.contains("[`"), "{said}");
        }
    });
}

#[test]
fn whatever_changes_something_may_refuse_a_page_of_another_site() {
    for (name, operation) in operations() {
        assert!(name.starts_with("get ") || operation["responses"]["403"].is_object(), "{name}");
    }
}

#[test]
fn a_server_function_is_described_by_its_parameters_and_its_answer() {
    let document = document();
    let overview = &document["paths"]["/api/fn/overview"]["get"];
    assert_eq!(overview["summary"], "What the first page shows of a range of time");
    assert_eq!(overview["parameters"][0]["name"], "range");
    assert_eq!(overview["parameters"][0]["required"], true);
    assert_eq!(overview["parameters"][0]["schema"]["$ref"], "#/components/schemas/Span");
    assert_eq!(overview["responses"]["200"]["content"]["application/json"]["schema"]["$ref"], "#/components/schemas/Overview");
}

#[test]
fn bounds_are_those_that_hold() {
    let document = document();
    let limits = radar_engine::parse::Limits::default();
    let check = |pointer: &str, bound: usize| {
        assert_eq!(document.pointer(&format!("/components/schemas/{pointer}")), Some(&bound.into()), "{pointer}");
    };
    check("IngestAnswer/properties/rejects/maxItems", IngestAnswer::REJECTS_LISTED_MAX);
    check("LiveUpdate/properties/rows/maxItems", LiveUpdate::ROWS_MAX);
    check("SentEvent/properties/hostname/maxLength", limits.name_bytes_max);
    check("SentEvent/properties/message/maxLength", limits.record_bytes_max);
}
