//! What is handed out: the one file, and archives of it and of the collector.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use flate2::{Compression, GzBuilder};
use sha2::{Digest, Sha256};

use crate::{
    native::{self, WindowsCollector},
    process, report,
    stamp::hex,
    toolchain, workspace,
};

const VERSION: &str = env!("CARGO_PKG_VERSION");
const BESIDE: [&str; 2] = ["LICENSE", "README.md"];

pub(crate) fn build() -> Result<()> {
    let server = native::release()?;
    let bytes = fs::metadata(&server)?.len();
    report::note("built", &format!("{} ({}): copy it anywhere and run `radar serve`", server.display(), report::size(bytes)));
    Ok(())
}

pub(crate) fn dist() -> Result<()> {
    let folder = workspace::target().join("dist");
    fs::create_dir_all(&folder)?;
    let host = host()?;
    let mut archives = vec![
        archive(&folder, "radar", &host, &native::release()?)?,
        archive(&folder, "radar-collector", &host, &native::release_collector()?)?,
    ];
    if !cfg!(windows) {
        match native::windows_collector()? {
            WindowsCollector::Built(program) => {
                native::check_imports(&program)?;
                archives.push(archive(&folder, "radar-collector", toolchain::WINDOWS.triple, &program)?);
            }
            WindowsCollector::Skipped(why) => report::note("dist", &format!("skipped: {why}")),
        }
    }
    let mut sums = String::new();
    for archive in &archives {
        let contents = fs::read(archive)?;
        let name = archive.file_name().unwrap_or_default().to_string_lossy();
        sums.push_str(&format!("{}  {name}\n", hex(&Sha256::digest(&contents))));
        report::note("dist", &format!("{name} ({})", report::size(contents.len() as u64)));
    }
    fs::write(folder.join("SHA256SUMS"), sums).context("cannot write the checksums")
}

/// The triple of this machine, as the compiler calls it.
fn host() -> Result<String> {
    let said = process::output(Command::new("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc does not name its host")?.to_owned())
}

/// Packs a program with its license and its readme, the way people of its system expect.
fn archive(folder: &Path, name: &str, triple: &str, program: &Path) -> Result<PathBuf> {
    let inside = format!("{name}-{VERSION}-{triple}");
    let files: Vec<PathBuf> = BESIDE.iter().map(|file| workspace::root().join(file)).filter(|file| file.is_file()).collect();
    let is_for_windows = triple.contains("windows");
    let archive = folder.join(format!("{inside}.{}", if is_for_windows { "zip" } else { "tar.gz" }));
    let made = File::create(&archive).with_context(|| format!("cannot write {}", archive.display()))?;
    let packed = if is_for_windows { zip(made, &inside, program, &files) } else { tar_gz(made, &inside, program, &files) };
    packed.with_context(|| format!("cannot pack {}", archive.display()))?;
    Ok(archive)
}

fn tar_gz(file: File, inside: &str, program: &Path, files: &[PathBuf]) -> Result<()> {
    let mut tar = tar::Builder::new(GzBuilder::new().mtime(0).write(file, Compression::best()));
    for (path, mode) in [(program, 0o755)].into_iter().chain(files.iter().map(|path| (path.as_path(), 0o644))) {
        let contents = fs::read(path)?;
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(mode);
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        tar.append_data(&mut header, format!("{inside}/{name}"), contents.as_slice())?;
    }
    tar.into_inner()?.finish()?.flush()?;
    Ok(())
}

fn zip(file: File, inside: &str, program: &Path, files: &[PathBuf]) -> Result<()> {
    let mut zip = zip::ZipWriter::new(file);
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    for path in [program].into_iter().chain(files.iter().map(PathBuf::as_path)) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        zip.start_file(format!("{inside}/{name}"), options)?;
        io::copy(&mut File::open(path)?, &mut zip)?;
    }
    zip.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn an_archive_holds_the_program_under_a_folder_of_its_name() {
        let folder = workspace::own().join("dist-test");
        fs::create_dir_all(&folder).unwrap();
        let program = folder.join("radar");
        fs::write(&program, b"the program").unwrap();

        let packed = archive(&folder, "radar", "x86_64-unknown-linux-gnu", &program).unwrap();
        let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(File::open(&packed).unwrap()));
        let mut first = tar.entries().unwrap().next().unwrap().unwrap();
        let name = first.path().unwrap().to_string_lossy().into_owned();
        assert_eq!(name, format!("radar-{VERSION}-x86_64-unknown-linux-gnu/radar"));
        assert_eq!(first.header().mode().unwrap() & 0o777, 0o755);
        let mut contents = String::new();
        first.read_to_string(&mut contents).unwrap();
        assert_eq!(contents, "the program");

        let packed = archive(&folder, "radar", "x86_64-pc-windows-gnu", &program).unwrap();
        let mut zip = zip::ZipArchive::new(File::open(&packed).unwrap()).unwrap();
        let mut contents = String::new();
        zip.by_name(&format!("radar-{VERSION}-x86_64-pc-windows-gnu/radar")).unwrap().read_to_string(&mut contents).unwrap();
        assert_eq!(contents, "the program");
    }
}
