//! With the feature `embed`, lists the files of the built page for inclusion in the program.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

fn main() {
    println!("cargo::rerun-if-env-changed=RADAR_SITE_DIR");
    if env::var_os("CARGO_FEATURE_EMBED").is_none() {
        return;
    }
    let site = env::var_os("RADAR_SITE_DIR")
        .map(PathBuf::from)
        .expect("the feature `embed` needs RADAR_SITE_DIR; `cargo xtask build` sets it");
    println!("cargo::rerun-if-changed={}", site.display());
    let mut entries = String::new();
    list(&site, &site, &mut entries);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("site.rs");
    fs::write(out, format!("static SITE: &[(&str, &[u8])] = &[\n{entries}];\n")).expect("can't write site.rs");
}

fn list(root: &Path, folder: &Path, entries: &mut String) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("can't read {}: {error}; `cargo xtask build` makes it", folder.display()))
        .map(|entry| entry.expect("can't list the page's files").path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            list(root, &path, entries);
        } else {
            let inside = path.strip_prefix(root).expect("listed below the root");
            let name = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            let full = path.canonicalize().expect("the file was just listed");
            entries.push_str(&format!("    ({name:?}, include_bytes!({full:?})),\n"));
        }
    }
}
