//! Scripts and styles through esbuild, by `bundle.mjs` beside this crate's manifest.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Care;
use crate::{process, workspace};

/// Addresses of what was bundled.
pub(crate) struct Bundled {
    pub(crate) start: String,
    /// What `start` imports at once, and a page may therefore preload.
    pub(crate) start_modules: Vec<String>,
    /// What draws charts, fetched where there is one.
    pub(crate) chart_modules: Vec<String>,
    pub(crate) worker: String,
    pub(crate) style: String,
}

pub(crate) fn bundle(stage: &Path, pkg: &Path, care: Care) -> Result<Bundled> {
    let order = json!({
        "start": stage.join("start.js"),
        "worker": stage.join("worker.js"),
        "style": workspace::root().join("style/main.css"),
        "outdir": pkg,
        "minify": care == Care::Release,
    });
    let script = workspace::root().join("xtask/bundle.mjs");
    let answer = process::output(process::node().arg(script).arg(order.to_string()))?;
    let answer: Value = serde_json::from_str(&answer).context("bundle.mjs answered with something that is not JSON")?;
    let address = |value: &Value| value.as_str().map(|name| format!("/pkg/{name}"));
    let named = |key: &str| address(&answer[key]).with_context(|| format!("bundle.mjs named no {key}"));
    let modules = |key: &str| answer[key].as_array().into_iter().flatten().filter_map(address).collect();
    Ok(Bundled {
        start: named("start")?,
        start_modules: modules("start_modules"),
        chart_modules: modules("chart_modules"),
        worker: named("worker")?,
        style: named("style")?,
    })
}
