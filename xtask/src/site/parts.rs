//! The page in parts: what every page needs, and for each page the rest, fetched when somebody goes there.
//!
//! The app marks where to cut (`lazy_pages!`); here the linked module is cut, and a script that fetches the parts written.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, ensure};

use super::{Care, LIBRARY_OF_PAGE, named_by_contents, optimize};

/// The script that fetches parts; the main module imports it by this name.
const LINKS: &str = "parts.js";
/// What the router's macro adds to the name of a route, in the spelling of the cutter's names.
const ROUTE_SUFFIX: &str = "_route_view_";

/// What was cut, before it is bound and optimized.
pub(super) struct Cut {
    /// What every page needs.
    pub(super) main: PathBuf,
    folder: PathBuf,
    modules: Vec<PathBuf>,
    /// The stems of the modules of each part, by its name.
    stems: BTreeMap<String, Vec<String>>,
}

pub(super) fn cut(linked: &Path, stage: &Path) -> Result<Cut> {
    let folder = stage.join("parts");
    let main = folder.join("main.wasm");
    fs::create_dir_all(&folder)?;
    let input = fs::read(linked).with_context(|| format!("cannot read {}", linked.display()))?;
    let link_name = format!("./{LINKS}");
    let main_module = format!("./{LIBRARY_OF_PAGE}.js");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = &folder;
    options.main_out_path = &main;
    options.link_name = &link_name;
    options.main_module = &main_module;
    let cut = wasm_split_cli_support::transform(options).map_err(|error| anyhow!("the page can't be cut into parts: {error:#}"))?;
    let stems = cut.prefetch_map.into_iter().map(|(name, stems)| Ok((page_of(&name)?, stems))).collect::<Result<_>>()?;
    Ok(Cut { main, folder, modules: cut.split_modules, stems })
}

impl Cut {
    /// Puts the parts into `pkg` and the script that fetches them into `stage`. Returns the addresses of the modules of each part.
    pub(super) fn finish(self, care: Care, stage: &Path, pkg: &Path) -> Result<BTreeMap<String, Vec<String>>> {
        let links = self.folder.join(LINKS);
        let mut script = fs::read_to_string(&links).with_context(|| format!("cannot read {}", links.display()))?;
        let mut addresses = BTreeMap::new();
        if care == Care::Release {
            optimize(&self.modules)?;
        }
        for module in &self.modules {
            let stem = module.file_stem().context("a part has no name")?.to_string_lossy().into_owned();
            let name = named_by_contents(module, &stem, pkg)?;
            let is_named = script.contains(&format!("\"./{stem}.wasm\""));
            ensure!(is_named, "{LINKS} does not fetch {stem}");
            script = script.replace(&format!("\"./{stem}.wasm\""), &format!("\"./{name}\""));
            addresses.insert(stem, format!("/pkg/{name}"));
        }
        fs::write(stage.join(LINKS), script)?;
        let of_part = |stems: Vec<String>| stems.iter().filter_map(|stem| addresses.get(stem).cloned()).collect();
        Ok(self.stems.into_iter().map(|(page, stems)| (page, of_part(stems))).collect())
    }
}

/// The page of a part: `set_up_route_view_123` is of `set-up`.
fn page_of(name: &str) -> Result<String> {
    let (page, _) = name.split_once(ROUTE_SUFFIX).with_context(|| format!("the part {name} is not of a route"))?;
    Ok(page.trim_start_matches('_').replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_named_after_its_page() {
        assert_eq!(page_of("__set_up_route_view_8123").unwrap(), "set-up");
        assert_eq!(page_of("explore_route_view_1").unwrap(), "explore");
        assert!(page_of("something_else").is_err());
    }
}
