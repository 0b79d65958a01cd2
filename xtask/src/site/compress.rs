//! Brotli and gzip beside each file, made once here so that the server never compresses.

use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, GzBuilder};

use super::Care;
use crate::workspace;

const COMPRESSIBLE: [&str; 11] = ["css", "html", "ico", "js", "json", "map", "svg", "txt", "wasm", "webmanifest", "xml"];

pub(crate) fn folder(folder: &Path, care: Care) -> Result<()> {
    let files: Vec<PathBuf> = workspace::files(folder)?.into_iter().filter(|file| is_compressible(file)).collect();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let shares: Vec<_> = (0..workers)
            .map(|worker| {
                let share = files.iter().skip(worker).step_by(workers);
                scope.spawn(move || share.into_iter().try_for_each(|file| compress(file, care)))
            })
            .collect();
        shares.into_iter().try_for_each(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The name of a file's brotli twin: `start.js` has `start.js.br`.
pub(crate) fn twin(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn is_compressible(file: &Path) -> bool {
    file.extension().is_some_and(|extension| COMPRESSIBLE.iter().any(|known| extension == *known))
}

fn compress(file: &Path, care: Care) -> Result<()> {
    let contents = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let (brotli_quality, gzip_level) = match care {
        Care::Release => (11, Compression::best()),
        Care::Draft => (4, Compression::fast()),
    };
    let params = BrotliEncoderParams { quality: brotli_quality, lgwin: 24, size_hint: contents.len(), ..Default::default() };
    let mut brotli = File::create(twin(file, "br"))?;
    brotli::BrotliCompress(&mut contents.as_slice(), &mut brotli, &params)?;
    // No time and no name inside, so that equal contents give equal files.
    let mut gzip = GzBuilder::new().mtime(0).write(File::create(twin(file, "gz"))?, gzip_level);
    gzip.write_all(&contents)?;
    gzip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_already_packed_is_left_alone() {
        let check = |name, wanted| assert_eq!(is_compressible(Path::new(name)), wanted, "{name}");
        check("start.js", true);
        check("pkg/radar_frontend.0123.wasm", true);
        check("icon.svg", true);
        check("font.woff2", false);
        check("picture.png", false);
        check("LICENSE", false);
        check("start.js.br", false);
    }

    #[test]
    fn both_twins_hold_what_the_file_holds() {
        let folder = workspace::own().join("compress-test");
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("text.txt");
        for contents in ["", "one", &"a long line of much the same \u{1f980} text ".repeat(5_000)] {
            fs::write(&file, contents).unwrap();
            for care in [Care::Draft, Care::Release] {
                super::folder(&folder, care).unwrap();
                let mut unpacked = String::new();
                brotli::Decompressor::new(File::open(twin(&file, "br")).unwrap(), 4096).read_to_string(&mut unpacked).unwrap();
                assert_eq!(unpacked, contents);
                unpacked.clear();
                flate2::read::GzDecoder::new(File::open(twin(&file, "gz")).unwrap()).read_to_string(&mut unpacked).unwrap();
                assert_eq!(unpacked, contents);
            }
        }
    }
}
