use std::{borrow::Cow, env, fs, path::Path};

use anyhow::{Context, Result};
use axum::body::Bytes;

/// The files below the folder that `RADAR_SITE` names, with their paths inside it.
pub(super) fn files() -> Result<Vec<(Cow<'static, str>, Bytes)>> {
    let root = env::var_os("RADAR_SITE").unwrap_or_else(|| "target/site".into());
    let root = Path::new(&root);
    let mut files = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("the page is not in {}; `cargo xtask serve` builds and starts it", root.display()))?;
        for entry in entries {
            let path = entry.context("can't list the page's files")?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let content = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
            let inside = path.strip_prefix(root).unwrap_or(&path);
            let name = inside.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            files.push((Cow::Owned(name), Bytes::from(content)));
        }
    }
    Ok(files)
}
