//! Which crate may import which, and whether each import from outside has its reason written down.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Finding;

/// Each crate of ours, with those of ours it may import.
const MAY_IMPORT: [(&str, &[&str]); 11] = [
    ("radar-types", &[]),
    ("radar-engine", &["radar-types"]),
    ("radar-store", &["radar-types"]),
    ("radar-services", &["radar-types", "radar-engine", "radar-store"]),
    ("radar-app", &["radar-types", "radar-services"]),
    ("radar", &["radar-types", "radar-engine", "radar-store", "radar-services", "radar-app"]),
    ("radar-collector", &["radar-types", "radar-engine"]),
    ("radar-worker", &["radar-types", "radar-engine"]),
    ("radar-frontend", &["radar-app"]),
    ("radar-fuzz", &["radar-types", "radar-engine"]),
    ("xtask", &[]),
];

pub(super) fn forbidden_imports(metadata: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = text(&package["name"]);
        let mut find = |text: String| findings.push(Finding { file: format!("the crate {name}"), line: None, text });
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(known, _)| *known == name) else {
            find("has no row in the table of who may import whom, in xtask/src/tidy/crates.rs".to_owned());
            continue;
        };
        for import in ours(package) {
            if !allowed.contains(&import) {
                find(format!("may not import {import}"));
            }
        }
        if name == "radar-app" && !only_ssr_enables(package, "radar-services") {
            find("may import radar-services only under the feature `ssr`".to_owned());
        }
    }
    findings
}

/// Dependencies that the decision record doesn't name.
pub(super) fn without_reason(metadata: &Value, file: &str, adr: &str) -> Vec<Finding> {
    let packages = list(&metadata["packages"]);
    let foreign = packages.flat_map(|package| list(&package["dependencies"])).filter(|dependency| !is_ours(dependency));
    let names: BTreeSet<&str> = foreign.map(|dependency| text(&dependency["name"])).collect();
    let unnamed = names.into_iter().filter(|name| !adr.contains(&format!("`{name}`")));
    let finding = |name| Finding { file: file.to_owned(), line: None, text: format!("does not say why `{name}` is a dependency") };
    unnamed.map(finding).collect()
}

fn ours(package: &Value) -> impl Iterator<Item = &str> {
    list(&package["dependencies"]).filter(|dependency| is_ours(dependency)).map(|dependency| text(&dependency["name"]))
}

/// What lies in this checkout has a path instead of a registry.
fn is_ours(dependency: &Value) -> bool {
    dependency["path"].is_string()
}

fn only_ssr_enables(package: &Value, dependency: &str) -> bool {
    let is_optional = |found: &Value| found["optional"].as_bool().unwrap_or_default();
    let mut dependencies = list(&package["dependencies"]).filter(|found| text(&found["name"]) == dependency);
    let enables = |values: &Value| {
        list(values).any(|value| {
            let value = text(value).trim_start_matches("dep:");
            value == dependency || value.starts_with(&format!("{dependency}/"))
        })
    };
    let features = package["features"].as_object();
    let enabled_by: Vec<&String> =
        features.into_iter().flatten().filter(|(_, values)| enables(values)).map(|(name, _)| name).collect();
    dependencies.all(is_optional) && enabled_by.iter().all(|name| *name == "ssr")
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, imports: &[&str]) -> Value {
        let imports: Vec<Value> = imports.iter().map(|import| json!({ "name": import, "path": "/x" })).collect();
        json!({ "packages": [{ "name": name, "dependencies": imports, "features": {} }] })
    }

    #[test]
    fn a_crate_imports_what_the_table_allows() {
        let check = |name, imports: &[&str], findings: usize| {
            assert_eq!(forbidden_imports(&package(name, imports)).len(), findings, "{name} importing {imports:?}");
        };
        check("radar-types", &[], 0);
        check("radar-types", &["radar-engine"], 1);
        check("radar-engine", &["radar-types"], 0);
        check("radar-engine", &["radar-types", "radar-store", "radar-services"], 2);
        check("radar", &["radar-app", "radar-services"], 0);
        check("radar", &["radar-worker"], 1);
        check("radar-frontend", &["radar-app"], 0);
        check("radar-frontend", &["radar-services"], 1);
        check("radar-nobody-knows", &[], 1);
    }

    #[test]
    fn the_app_has_services_only_on_the_server() {
        let check = |optional: bool, features: Value, findings: usize| {
            let services = json!({ "name": "radar-services", "path": "/x", "optional": optional });
            let app = json!({ "name": "radar-app", "dependencies": [services], "features": features });
            assert_eq!(forbidden_imports(&json!({ "packages": [app] })).len(), findings, "{features}");
        };
        check(true, json!({ "ssr": ["dep:radar-services"], "hydrate": ["dep:gloo"] }), 0);
        check(true, json!({ "ssr": ["dep:radar-services"], "hydrate": ["dep:radar-services"] }), 1);
        check(true, json!({ "ssr": ["dep:radar-services"], "default": ["radar-services/fast"] }), 1);
        check(false, json!({ "ssr": [] }), 1);
    }

    #[test]
    fn a_dependency_has_its_reason() {
        let dependencies = json!([{ "name": "serde" }, { "name": "tokio" }, { "name": "radar-types", "path": "/x" }]);
        let metadata = json!({ "packages": [{ "name": "radar", "dependencies": dependencies }] });
        let check = |adr, findings: usize| assert_eq!(without_reason(&metadata, "adr", adr).len(), findings, "{adr}");
        check("`serde` reads and writes; `tokio` waits.", 0);
        check("`serde` reads and writes; `serde_json` too.", 1);
        check("serde and tokio", 2);
    }
}
