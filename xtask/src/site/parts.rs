//! The page in parts: what every page needs, and for each page the rest, fetched when somebody goes there.
//!
//! The app marks where to cut (`lazy_pages!`); here the linked module is cut, and a script that fetches the parts written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, ensure};

use super::{Care, LIBRARY_OF_PAGE, named_by_contents, optimize};

/// The script that fetches parts; the main module imports it by this name.
const LINKS: &str = "parts.js";
/// The part of the page that most people see first.
pub(crate) const FIRST_PART: &str = "overview";
/// What is smaller comes with others in one file.
const SMALL_BYTES: usize = 12_000;
/// Gets a module out of a file that has several. A file that could not be had is asked for again the next time.
const FROM_PACK: &str = r#"const packs = new Map();
async function fromPack(url, from, to) {
    if (!packs.has(url.href)) {
        const pack = fetch(url).then((response) => response.ok ? response.arrayBuffer() : Promise.reject(new Error(`${url} answers ${response.status}`)));
        packs.set(url.href, pack);
        pack.catch(() => packs.delete(url.href));
    }
    const pack = await packs.get(url.href);
    return new Response(pack.slice(from, to), { headers: { "content-type": "application/wasm" } });
}"#;
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
    /// Puts the parts into `pkg` and the script that fetches them into `stage`. Returns the addresses of the files of each part.
    pub(super) fn finish(self, care: Care, stage: &Path, pkg: &Path) -> Result<BTreeMap<String, Vec<String>>> {
        if care == Care::Release {
            optimize(&self.modules)?;
        }
        let links = self.folder.join(LINKS);
        let mut script = fs::read_to_string(&links).with_context(|| format!("cannot read {}", links.display()))?;
        let is_of_first = |stem: &String| self.stems.get(FIRST_PART).is_some_and(|stems| stems.contains(stem));
        let mut addresses = BTreeMap::new();
        let (mut of_first, mut of_others) = (Pack::default(), Pack::default());
        for module in &self.modules {
            let stem = module.file_stem().context("a part has no name")?.to_string_lossy().into_owned();
            let contents = fs::read(module).with_context(|| format!("cannot read {}", module.display()))?;
            if contents.len() >= SMALL_BYTES {
                let name = named_by_contents(module, &stem, pkg)?;
                fetch_by(&mut script, &stem, &format!("fetch(new URL(\"./{name}\", import.meta.url))"))?;
                addresses.insert(stem, format!("/pkg/{name}"));
            } else if is_of_first(&stem) {
                of_first.add(stem, &contents);
            } else {
                of_others.add(stem, &contents);
            }
        }
        for (pack, name) in [(of_first, "first"), (of_others, "others")] {
            let file = self.folder.join(name);
            fs::write(&file, &pack.contents)?;
            let name = named_by_contents(&file, name, pkg)?;
            for (stem, place) in pack.places {
                let (from, to) = (place.start, place.end);
                fetch_by(&mut script, &stem, &format!("fromPack(new URL(\"./{name}\", import.meta.url), {from}, {to})"))?;
                addresses.insert(stem, format!("/pkg/{name}"));
            }
        }
        fs::write(stage.join(LINKS), format!("{FROM_PACK}\n{script}"))?;
        let of_part = |stems: Vec<String>| {
            let files: BTreeSet<&String> = stems.iter().filter_map(|stem| addresses.get(stem)).collect();
            files.into_iter().cloned().collect()
        };
        Ok(self.stems.into_iter().map(|(page, stems)| (page, of_part(stems))).collect())
    }
}

/// Small modules in one file, since asking for each takes longer than what it weighs.
#[derive(Debug, Default, PartialEq)]
struct Pack {
    contents: Vec<u8>,
    places: Vec<(String, Range<usize>)>,
}

impl Pack {
    fn add(&mut self, stem: String, contents: &[u8]) {
        let from = self.contents.len();
        self.contents.extend_from_slice(contents);
        self.places.push((stem, from..self.contents.len()));
    }
}

/// Puts another way to get a module into the script than the one that the cutter wrote.
fn fetch_by(script: &mut String, stem: &str, by: &str) -> Result<()> {
    let written = format!("fetch(new URL(\"./{stem}.wasm\", import.meta.url))");
    ensure!(script.contains(&written), "{LINKS} does not fetch {stem}");
    *script = script.replace(&written, by);
    Ok(())
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
    fn a_module_is_found_in_its_pack() {
        let mut pack = Pack::default();
        pack.add("a".into(), &[1, 2, 3]);
        pack.add("b".into(), &[4, 5]);
        assert_eq!(pack.contents[pack.places[1].1.clone()], [4, 5]);
        assert_eq!(pack.places[0], ("a".into(), 0..3));
    }

    #[test]
    fn the_way_to_a_module_is_changed_where_it_is_known() {
        let mut script = r#"const src = fetch(new URL("./a.wasm", import.meta.url));"#.to_owned();
        fetch_by(&mut script, "a", "got").unwrap();
        assert_eq!(script, "const src = got;");
        assert!(fetch_by(&mut script, "a", "got").is_err());
    }

    #[test]
    fn a_part_is_named_after_its_page() {
        assert_eq!(page_of("__set_up_route_view_8123").unwrap(), "set-up");
        assert_eq!(page_of("explore_route_view_1").unwrap(), "explore");
        assert!(page_of("something_else").is_err());
    }
}
