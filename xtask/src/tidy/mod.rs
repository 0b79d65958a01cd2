//! The rules of the house that a compiler doesn't know, checked on the text of the source.
//!
//! Each rule is a small function from text to findings. None of them understands Rust; they read
//! its tokens, which is enough to catch a slip and never more than a second's work.

mod budget;
mod crates;
mod functions;
mod places;
mod source;

use std::{fmt, fs, path::Path};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use self::source::Source;
use crate::{process, report, site, workspace};

/// The workspaces of this checkout.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "fuzz/Cargo.toml"];
const REASONS: &str = "docs/adr/0002-dependencies.md";

/// A rule that doesn't hold, and where.
#[derive(Debug, PartialEq)]
struct Finding {
    file: String,
    line: Option<usize>,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.text),
            None => write!(f, "{}: {}", self.file, self.text),
        }
    }
}

pub(crate) fn tidy() -> Result<()> {
    let findings = report::step("tidy", "the layout was read", findings)?;
    for finding in &findings {
        report::line(&finding.to_string());
    }
    if !findings.is_empty() {
        bail!("{} rules of the house don't hold, as listed above", findings.len());
    }
    Ok(())
}

fn findings() -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for file in workspace::files(workspace::root())? {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let source = Source::new(workspace::name_of(&file), &text);
        findings.extend(source::unfinished(&source));
        findings.extend(source::too_long(&source, &text));
        findings.extend(places::out_of_place(&source));
        findings.extend(functions::long_server_functions(&source));
    }

    let reasons = fs::read_to_string(workspace::root().join(REASONS)).unwrap_or_default();
    for manifest in MANIFESTS {
        let mut cargo = process::cargo();
        cargo.args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest]);
        let metadata: Value = serde_json::from_str(&process::output(&mut cargo)?).context("cargo metadata is not JSON")?;
        findings.extend(crates::forbidden_imports(&metadata));
        findings.extend(crates::without_reason(&metadata, REASONS, &reasons));
    }

    let site = site::Care::Release.folder();
    if site.join("assets.json").is_file() {
        findings.extend(budget::all(&site)?.into_iter().filter_map(|budget| budget.overdrawn()));
    }
    Ok(findings)
}

/// Says what the page and the worker weigh, and for each whether it is within its budget.
pub(crate) fn budgets(site: &Path) -> Result<Vec<bool>> {
    let budgets = budget::all(site)?;
    for budget in &budgets {
        report::note("page", &budget.to_string());
    }
    Ok(budgets.iter().map(|budget| budget.overdrawn().is_none()).collect())
}
