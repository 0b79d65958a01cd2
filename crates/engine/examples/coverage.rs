//! How much of a folder of logs is understood: `cargo run --release --example coverage FOLDER [--depth N] [--show N]`.
//!
//! One row a set, which is what lies in one folder at that depth: its files, the formats that were
//! found, records, rejects, and which share of them has a time, and which has something beside the
//! message (a host, a source, a user, an address, a request, or fields). What a set's records
//! lack may lack in the log as well: a list of payloads has no times. `--show` prints so many of the
//! records without a time, without fields, and the rejects, to look at.

#![expect(clippy::print_stdout, reason = "printing is this program's whole work")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use radar_engine::read::{Options, Reader, Record};
use radar_types::Timestamp;

/// What lies beside logs in collections of them.
const OTHER_EXTENSIONS: [&str; 6] = ["md", "py", "zip", "assert", "yaml", "npz"];
const SHOWN_BYTES_MAX: usize = 230;

#[derive(Default)]
struct Set {
    files: usize,
    formats: BTreeMap<&'static str, usize>,
    records: usize,
    rejects: usize,
    timed: usize,
    with_fields: usize,
    shown: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut folder = None;
    let (mut depth, mut show) = (2, 0);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--depth" => depth = arguments.next().ok_or("--depth needs a number")?.parse()?,
            "--show" => show = arguments.next().ok_or("--show needs a number")?.parse()?,
            _ => folder = Some(PathBuf::from(argument)),
        }
    }
    let folder = folder.ok_or("name a folder of logs")?;
    let mut sets: BTreeMap<String, Set> = BTreeMap::new();
    for file in files(&folder)? {
        let place = file.strip_prefix(&folder)?;
        let parts: Vec<_> = place.iter().map(|part| part.to_string_lossy()).collect();
        let name = parts[..depth.min(parts.len())].join("/");
        read(&file, sets.entry(name).or_default(), show)?;
    }
    println!("{:>6} {:>9} {:>7} {:>7} {:>7}  set: formats", "files", "records", "rejects", "time %", "fields %");
    for (name, set) in &sets {
        let share = |count: usize| 100.0 * count as f64 / (set.records + set.rejects).max(1) as f64;
        let formats: Vec<String> = set.formats.iter().map(|(format, files)| format!("{format} {files}")).collect();
        let counts = format!("{:>6} {:>9} {:>7}", set.files, set.records, set.rejects);
        println!("{counts} {:>7.2} {:>7.2}  {name}: {}", share(set.timed), share(set.with_fields), formats.join(", "));
        for line in &set.shown {
            println!("        {line}");
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    entries.sort();
    for path in entries {
        let extension = path.extension().map(|extension| extension.to_string_lossy().into_owned()).unwrap_or_default();
        let is_about = path.file_stem().is_some_and(|stem| stem == "README" || stem == "LICENSE");
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else if !OTHER_EXTENSIONS.contains(&extension.as_str()) && !is_about {
            files.push(path);
        }
    }
    Ok(files)
}

fn read(path: &Path, set: &mut Set, show: usize) -> Result<(), Box<dyn Error>> {
    // Years that are not written are those of the logs' own time, whenever this runs.
    let mut reader = Reader::new(Options { format: None, now: Timestamp::saturating_from_unix_millis(1_795_000_000_000) });
    let bytes = fs::read(path)?;
    let mut damage = None;
    let mut blocks = reader.feed(&bytes).unwrap_or_else(|error| {
        damage = Some(format!("damaged: expected {}, found {}", error.expected, error.found));
        error.before
    });
    blocks.extend(reader.finish().unwrap_or_else(|error| {
        damage = Some(format!("damaged: expected {}, found {}", error.expected, error.found));
        error.before
    }));
    let (mut untimed, mut bare) = (0, 0);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut say = |count: &mut usize, line: u64, what: &str, text: &str| {
        *count += 1;
        if *count <= show {
            let text = &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)];
            set.shown.push(format!("{name}:{line}: {what}: {text:?}"));
        }
    };
    let mut rejected = 0;
    for block in &blocks {
        let records = block.records();
        for reject in &records.rejects {
            say(&mut rejected, reject.line, "reject", &format!("expected {}, found {}", reject.expected, reject.found));
        }
        for record in &records.records {
            if record.time.is_none() {
                say(&mut untimed, record.line, "no time", &record.message);
            } else if !has_fields(record) {
                say(&mut bare, record.line, "no fields", &record.message);
            }
            set.timed += usize::from(record.time.is_some());
            set.with_fields += usize::from(has_fields(record));
        }
        set.records += records.records.len();
        set.rejects += records.rejects.len();
    }
    set.shown.extend(damage.map(|damage| format!("{name}: {damage}")));
    set.files += 1;
    *set.formats.entry(reader.format().map_or("none", |format| format.name())).or_default() += 1;
    Ok(())
}

fn has_fields(record: &Record<'_>) -> bool {
    let texts = [&record.hostname, &record.source, &record.level];
    texts.iter().any(|text| !text.is_empty())
        || record.user.is_some()
        || record.address.is_some()
        || record.channel.is_some()
        || record.http.is_some()
        || !record.fields.is_empty()
}
