//! The site: everything a browser is given, made from source into one folder.
//!
//! ```text
//! Rust ── cargo ──> .wasm ── cut into parts, wasm-bindgen, wasm-opt ──> .wasm + glue ──┐
//! app/js, worker/js, snippets, ECharts, style ── esbuild ──> .js + .css ───────────────┤
//! public ──────────────────────────────────────────────────────────────────────────────┤
//!                                          site/{pkg/NAME.HASH.EXT, …, assets.json} <──┘ + .br, .gz
//! ```
//!
//! A name under `pkg` contains the hash of what it names and may be cached for ever. `assets.json`
//! tells the server today's names. The folder is made beside the old one and takes its place when
//! complete, so that a running server never reads half a site.

mod bundle;
pub(crate) mod compress;
pub(crate) mod parts;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    process, report, setup,
    stamp::{Stamp, hex},
    toolchain, workspace,
};

/// How much care goes into the site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Care {
    /// Small and quick for the reader; minutes to make.
    Release,
    /// Quick to make, for working on the page.
    Draft,
}

impl Care {
    pub(crate) fn cargo_profile(self) -> &'static str {
        match self {
            Care::Release => "wasm-release",
            Care::Draft => "wasm-dev",
        }
    }

    pub(crate) fn folder(self) -> PathBuf {
        workspace::target().join(match self {
            Care::Release => "site",
            Care::Draft => "site-draft",
        })
    }
}

/// What the site is made of. The engine and its model are in the worker.
pub(crate) const INPUTS: [&str; 17] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "app",
    "crates/engine",
    "crates/types",
    "crates/worker",
    "frontend",
    "models",
    "package-lock.json",
    "public",
    "style",
    "xtask/Cargo.toml",
    "xtask/bundle.mjs",
    "xtask/optimize.mjs",
    "xtask/src/site",
    "xtask/src/toolchain.rs",
];

/// What cargo makes of the packages that become WebAssembly.
const LIBRARY_OF_PAGE: &str = "radar_frontend";
const LIBRARY_OF_WORKER: &str = "radar_worker";

/// Makes the site, unless it is there already, and returns its folder.
pub(crate) fn build(care: Care) -> Result<PathBuf> {
    let folder = care.folder();
    let stamp = || Stamp::new(care.cargo_profile(), &INPUTS, folder.join("assets.json"));
    if stamp()?.is_current() {
        return Ok(folder);
    }
    // Two builds at once would write over each other; the second finds the work done.
    let _alone = workspace::lock("site")?;
    let stamp = stamp()?;
    if stamp.is_current() {
        return Ok(folder);
    }
    setup::npm_packages()?;
    let stage = workspace::own().join(care.cargo_profile());
    let site = stage.join("site");
    empty(&stage)?;
    let pkg = site.join("pkg");
    fs::create_dir_all(&pkg)?;

    let (frontend_wasm, parts) = page(care, &stage, &pkg)?;
    let worker_wasm = worker(care, &stage, &pkg)?;
    copy_scripts(&stage)?;
    let bundled = report::step("page", "scripts and styles bundled", || bundle::bundle(&stage, &pkg, care))?;
    copy_all(&workspace::root().join("public"), &site)?;
    let assets = serde_json::json!({
        "start": bundled.start,
        "start_modules": bundled.start_modules,
        "chart_modules": bundled.chart_modules,
        "frontend_wasm": frontend_wasm,
        "parts": parts,
        "worker": bundled.worker,
        "worker_wasm": worker_wasm,
        "style": bundled.style,
    });
    fs::write(site.join("assets.json"), format!("{assets:#}\n"))?;
    report::step("page", "compressed with brotli and gzip", || compress::folder(&site, care))?;

    replace(&folder, &site)?;
    stamp.write()?;
    Ok(folder)
}

/// The page: the address of what every page needs, and those of the parts that single pages need beside it.
fn page(care: Care, stage: &Path, pkg: &Path) -> Result<(String, BTreeMap<String, Vec<String>>)> {
    // Where things are in the module is what it is cut by.
    let linked = compile("page", "radar-frontend", LIBRARY_OF_PAGE, care, &["-C", "link-arg=--emit-relocs"])?;
    let cut = report::step("page", "cut into parts", || parts::cut(&linked, stage))?;
    let main = bind("page", &cut.main, LIBRARY_OF_PAGE, care, stage, pkg)?;
    let parts = report::step("page", "parts finished", || cut.finish(care, stage, pkg))?;
    Ok((main, parts))
}

fn worker(care: Care, stage: &Path, pkg: &Path) -> Result<String> {
    let linked = compile("worker", "radar-worker", LIBRARY_OF_WORKER, care, &[])?;
    bind("worker", &linked, LIBRARY_OF_WORKER, care, stage, pkg)
}

/// Compiles one package to WebAssembly and returns the module.
fn compile(part: &str, package: &str, library: &str, care: Care, flags: &[&str]) -> Result<PathBuf> {
    let toolchain = toolchain::BROWSER.toolchain()?;
    let profile = care.cargo_profile();
    report::step(part, "compiled to WebAssembly", || {
        // Named here because a library that is also an `rlib` is linked without link-time optimization.
        let arguments = ["rustc", "--package", package, "--lib", "--crate-type", "cdylib", "--profile", profile];
        let mut command = toolchain::BROWSER.cargo(&toolchain, &arguments)?;
        process::run(command.arg("--").args(flags))
    })?;
    Ok(workspace::target().join(toolchain::BROWSER.triple).join(profile).join(format!("{library}.wasm")))
}

/// Binds a module to JavaScript: its glue goes into `stage`, and itself into `pkg`, whose address is returned.
fn bind(part: &str, module: &Path, library: &str, care: Care, stage: &Path, pkg: &Path) -> Result<String> {
    report::step(part, "bound to JavaScript", || {
        Bindgen::new()
            .input_path(module)
            .out_name(library)
            .web(true)?
            .typescript(false)
            .omit_default_module_path(true)
            // Parts of the page are linked to its table and memory.
            .keep_lld_exports(library == LIBRARY_OF_PAGE)
            .generate(stage)
            .with_context(|| format!("wasm-bindgen could not read {}", module.display()))
    })?;
    let bound = stage.join(format!("{library}_bg.wasm"));
    if care == Care::Release {
        report::step(part, "optimized for size", || optimize(std::slice::from_ref(&bound)))?;
    }
    Ok(format!("/pkg/{}", named_by_contents(&bound, library, pkg)?))
}

/// Puts a module into `pkg` under a name that changes with its contents.
fn named_by_contents(module: &Path, stem: &str, pkg: &Path) -> Result<String> {
    let contents = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
    let name = format!("{stem}.{}.wasm", &hex(&Sha256::digest(&contents))[..16]);
    fs::write(pkg.join(&name), contents)?;
    Ok(name)
}

/// Runs binaryen over modules.
fn optimize(modules: &[PathBuf]) -> Result<()> {
    process::run(process::node().arg(workspace::root().join("xtask/optimize.mjs")).args(modules))
}

/// Puts our own scripts where their imports lead: the entries beside the glue they start, and all
/// of the page's beside those that wasm-bindgen has copied, which may import others.
fn copy_scripts(stage: &Path) -> Result<()> {
    let ours = workspace::root().join("app/js");
    for entry in workspace::files(&stage.join("snippets"))? {
        let folder = entry.parent().unwrap_or(stage);
        if folder.ends_with("js") {
            copy_all(&ours, folder)?;
        }
    }
    copy_all(&ours, stage)?;
    copy_all(&workspace::root().join("crates/worker/js"), stage)
}

/// Copies what is in one folder into another; a folder that is not there holds nothing.
fn copy_all(from: &Path, to: &Path) -> Result<()> {
    for file in workspace::files(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        let is_another = copy.exists() && fs::read(&copy)? != fs::read(&file)?;
        ensure!(!is_another, "{} would overwrite another file of that name", workspace::name_of(&file));
        fs::create_dir_all(copy.parent().unwrap_or(to))?;
        fs::copy(&file, &copy).with_context(|| format!("cannot copy {}", file.display()))?;
    }
    Ok(())
}

fn empty(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))
}

fn replace(old: &Path, new: &Path) -> Result<()> {
    empty(old)?;
    fs::remove_dir(old)?;
    fs::rename(new, old).with_context(|| format!("cannot put the new site at {}", old.display()))
}
