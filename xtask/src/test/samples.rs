//! The samples of `fixtures/read` in WebAssembly: the engine's example `golden`, compiled for the
//! browser and run by Node, must say of each what the native test expects.

use anyhow::{Context, Result};
use wasm_bindgen_cli_support::Bindgen;

use super::{Tally, counted, tally};
use crate::{process, report, setup, site::Care, toolchain::BROWSER, workspace};

const NAME: &str = "golden";

pub(super) fn run() -> Result<Tally> {
    setup::check_node()?;
    // The profile of the worker, whose dependencies are compiled for it anyway.
    let profile = Care::Release.cargo_profile();
    let toolchain = BROWSER.toolchain()?;
    report::step("samples", "compiled to WebAssembly", || {
        let arguments = ["build", "--package", "radar-engine", "--no-default-features", "--example", NAME, "--profile", profile];
        process::run(&mut BROWSER.cargo(&toolchain, &arguments)?)
    })?;
    let compiled = workspace::target().join(BROWSER.triple).join(profile).join("examples").join(format!("{NAME}.wasm"));
    let folder = workspace::own().join("samples");
    report::step("samples", "bound to JavaScript", || {
        let mut bindgen = Bindgen::new();
        bindgen.input_path(&compiled).out_name(NAME).nodejs_module(true)?.typescript(false);
        bindgen.generate(&folder).with_context(|| format!("wasm-bindgen could not read {}", compiled.display()))
    })?;
    let mut node = process::node();
    node.arg(workspace::root().join("xtask/samples.mjs"));
    node.arg(folder.join(format!("{NAME}.js"))).arg(workspace::root().join("fixtures/read"));
    report::step("test", "the samples have been read in WebAssembly", || counted(&mut node, tally::of_closing_line))
}
