//! Crates that are named in one place only, so that what they are for can be replaced there.

use super::{Finding, source::Source};

struct Place {
    crates: &'static [&'static str],
    /// Folders end in a slash; everything else is the name of one file.
    at: &'static [&'static str],
    /// Also in files of this name within this folder.
    twins: Option<(&'static str, &'static str)>,
    said: &'static str,
}

const PLACES: [Place; 6] = [
    Place {
        crates: &["mongodb"],
        at: &["crates/store/src/mongo/", "crates/store/tests/store/mongo/", "crates/store/testsuite/database.rs"],
        twins: None,
        said: "store::mongo and its tests",
    },
    Place {
        crates: &["rusqlite", "tantivy"],
        at: &["crates/store/src/embedded/", "crates/store/tests/store/embedded.rs"],
        twins: None,
        said: "store::embedded and its tests",
    },
    Place { crates: &["tract", "tract_core", "tract_onnx"], at: &["crates/engine/src/model/"], twins: None, said: "engine::model" },
    Place {
        crates: &["axum"],
        at: &["server/", "app/src/api/ssr.rs", "app/src/api/ssr/"],
        twins: None,
        said: "server and app::api::ssr",
    },
    Place {
        crates: &["js_sys", "web_sys"],
        at: &["crates/worker/"],
        twins: Some(("app/src/", "/browser.rs")),
        said: "the worker and app's files named browser.rs",
    },
    Place {
        crates: &["windows", "windows_service", "windows_sys"],
        at: &["collector/src/service.rs", "collector/src/service/", "collector/src/sources/"],
        twins: None,
        said: "collector::sources and collector::service",
    },
];

pub(super) fn out_of_place(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for place in PLACES.iter().filter(|place| !place.includes(&source.name)) {
        for name in place.crates {
            let text = format!("`{name}` is named only in {}", place.said);
            findings.extend(source.uses_of_crate(name).into_iter().map(|index| source.finding(index, text.clone())));
        }
    }
    if source.name.starts_with("collector/") {
        findings.extend(more_than_parsing(source));
    }
    findings
}

impl Place {
    fn includes(&self, name: &str) -> bool {
        let is_twin = self.twins.is_some_and(|(folder, file)| name.starts_with(folder) && name.ends_with(file));
        is_twin || self.at.iter().any(|at| if at.ends_with('/') { name.starts_with(at) } else { name == *at })
    }
}

/// The collector reads and ships; it never scores, and so carries no model.
fn more_than_parsing(source: &Source) -> Vec<Finding> {
    let text = "the collector uses nothing of the engine but `radar_engine::parse`";
    let uses = source.uses_of_crate("radar_engine").into_iter();
    uses.filter(|&index| source.text(Some(index + 2)) != "parse").map(|index| source.finding(index, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_is_named_in_its_place_only() {
        let check = |name: &str, text, findings: usize| {
            assert_eq!(out_of_place(&Source::new(name, text)).len(), findings, "{text} in {name}");
        };
        check("crates/store/src/mongo/mod.rs", "use mongodb::Client;", 0);
        check("crates/store/src/lib.rs", "use mongodb::Client;", 1);
        check("crates/store/testsuite/database.rs", "use mongodb::Client;", 0);
        check("server/tests/integration/moving.rs", "use mongodb::Client;", 1);
        check("crates/store/src/embedded/shelf/mod.rs", "use tantivy::Index;", 0);
        check("crates/store/src/lib.rs", "use rusqlite::Connection;", 1);
        check("crates/engine/src/model/tract.rs", "use tract_onnx::prelude::*;", 0);
        check("crates/engine/src/lib.rs", "use tract_onnx::prelude::*;", 1);
        check("server/src/http/mod.rs", "use axum::Router;", 0);
        check("app/src/api/ssr.rs", "use axum::extract::State;", 0);
        check("app/src/lib.rs", "use axum::extract::State;", 1);
        check("app/src/lib.rs", "leptos_axum::render()", 0);
        check("app/src/scan/browser.rs", "web_sys::window(); js_sys::Date::now()", 0);
        check("app/src/scan/stub.rs", "web_sys::window(); js_sys::Date::now()", 2);
        check("frontend/src/lib.rs", "use web_sys::window;", 1);
        check("crates/worker/src/lib.rs", "use js_sys::Uint8Array;", 0);
        check("collector/src/sources/eventlog.rs", "use windows::Win32;", 0);
        check("collector/src/service.rs", "use windows_service::define;", 0);
        check("collector/src/main.rs", "use windows_service::define;", 1);
        check("collector/src/main.rs", "use radar_engine::parse::text_lines;", 0);
        check("collector/src/main.rs", "radar_engine::Engine::shipped()", 1);
        check("server/src/lib.rs", "radar_engine::Engine::shipped()", 0);
    }
}
