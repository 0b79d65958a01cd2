//! What a reader's connection is asked to carry, held to its bounds.

use std::{fmt, fs, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::{
    report,
    site::{compress, parts::FIRST_PART},
};

/// Everything the first page needs before it answers to a click.
const PAGE_BYTES_MAX: u64 = 450_000;
/// What another page needs beside what all need, fetched when somebody goes there.
const PART_BYTES_MAX: u64 = 400_000;
/// The engine and its model, loaded when first needed.
const WORKER_BYTES_MAX: u64 = 1_200_000;

/// A part of the site, weighed as it travels: compressed with brotli.
#[derive(Debug, PartialEq)]
pub(super) struct Budget {
    part: String,
    bytes: u64,
    bytes_max: u64,
}

impl Budget {
    pub(super) fn overdrawn(&self) -> Option<Finding> {
        (self.bytes > self.bytes_max).then(|| Finding { file: "the site".to_owned(), line: None, text: self.to_string() })
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} weighs {} of at most {}", self.part, report::size(self.bytes), report::size(self.bytes_max))
    }
}

pub(super) fn all(site: &Path) -> Result<Vec<Budget>> {
    let file = site.join("assets.json");
    let assets = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let assets: Value = serde_json::from_str(&assets).with_context(|| format!("{} is not JSON", file.display()))?;
    let weigh = |keys: &[&str]| -> Result<u64> { addresses(&assets, keys).map(|address| weight(site, address)).sum() };
    let mut page = weigh(&["frontend_wasm", "start", "start_modules", "style"])?;
    let mut budgets = Vec::new();
    for (name, modules) in assets["parts"].as_object().into_iter().flatten() {
        let modules = modules.as_array().into_iter().flatten().filter_map(Value::as_str);
        let bytes = modules.map(|address| weight(site, address)).sum::<Result<u64>>()?;
        if name == FIRST_PART {
            page += bytes;
        } else {
            budgets.push(Budget { part: format!("the part {name}"), bytes, bytes_max: PART_BYTES_MAX });
        }
    }
    budgets.insert(0, Budget { part: "the page".to_owned(), bytes: page, bytes_max: PAGE_BYTES_MAX });
    let worker = weigh(&["worker", "worker_wasm"])?;
    budgets.push(Budget { part: "the worker".to_owned(), bytes: worker, bytes_max: WORKER_BYTES_MAX });
    Ok(budgets)
}

fn addresses<'a>(assets: &'a Value, keys: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let values = keys.iter().map(|key| &assets[*key]).collect::<Vec<_>>().into_iter();
    values.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)).filter_map(Value::as_str)
}

fn weight(site: &Path, address: &str) -> Result<u64> {
    let file = compress::twin(&site.join(address.trim_start_matches('/')), "br");
    Ok(fs::metadata(&file).with_context(|| format!("{} is missing", file.display()))?.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workspace;

    #[test]
    fn every_part_of_the_page_is_weighed() {
        let site = workspace::own().join("budget-test");
        fs::create_dir_all(site.join("pkg")).unwrap();
        let assets = json!({
            "start": "/pkg/start.js", "start_modules": ["/pkg/shared.js"], "frontend_wasm": "/pkg/page.wasm",
            "parts": { "overview": ["/pkg/overview.wasm"], "explore": ["/pkg/chunk.wasm", "/pkg/explore.wasm"] }, "style": "/pkg/main.css", "worker": "/pkg/worker.js", "worker_wasm": "/pkg/worker.wasm",
        });
        fs::write(site.join("assets.json"), assets.to_string()).unwrap();
        let sizes = [
            ("start.js", 1),
            ("shared.js", 20),
            ("page.wasm", 300),
            ("main.css", 4_000),
            ("worker.js", 5),
            ("worker.wasm", 60),
            ("overview.wasm", 50_000),
            ("chunk.wasm", 10_000),
            ("explore.wasm", 200_000),
        ];
        for (name, size) in sizes {
            fs::write(compress::twin(&site.join("pkg").join(name), "br"), vec![0; size]).unwrap();
        }
        let weights: Vec<u64> = all(&site).unwrap().into_iter().map(|budget| budget.bytes).collect();
        assert_eq!(weights, [54_321, 210_000, 65]);
        fs::remove_file(compress::twin(&site.join("pkg/worker.wasm"), "br")).unwrap();
        assert!(all(&site).is_err(), "what was not compressed can't be weighed");
    }

    #[test]
    fn a_budget_is_overdrawn_by_one_byte() {
        let check = |bytes, overdrawn| {
            let budget = Budget { part: "the page".to_owned(), bytes, bytes_max: 450_000 };
            assert_eq!(budget.overdrawn().is_some(), overdrawn, "{bytes}");
        };
        check(0, false);
        check(450_000, false);
        check(450_001, true);
    }
}
