//! A collection as a file, to be moved from one store to another: a line that says what it is, then an event a
//! line in the order of arrival, then a line that says that this was all.
//!
//! Both directions can be broken off and taken up again. An export goes on behind the last whole line of its
//! file; an import is sent again from the start, and what is there already is left alone.

mod line;

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use radar_store::{PAGE_EVENTS_MAX, Store, Stored};
use radar_types::CollectionId;
use radar_types::wire::Seq;

use line::{Line, VERSION};

/// Events are handed to a store in batches of so many, or of so many bytes.
const BATCH_EVENTS: usize = 5_000;
const BATCH_BYTES: usize = 8 << 20;
/// No event is longer than this, as a line.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// What became of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) events: u64,
    /// Of these, what was there before.
    pub(crate) known: u64,
}

/// Writes a collection to the end of `file`, which holds nothing or the beginning of an export of the same collection.
/// `seen` is told after every page how many events are in the file by then.
pub(crate) async fn export(
    store: &dyn Store,
    collection: &CollectionId,
    file: &mut File,
    mut seen: impl FnMut(u64),
) -> Result<Moved> {
    let begun = begun(file, collection)?;
    let mut moved = Moved { events: begun.events, known: begun.events };
    if begun.is_complete {
        return Ok(moved);
    }
    file.set_len(begun.bytes)?;
    file.seek(SeekFrom::Start(begun.bytes))?;
    let mut out = BufWriter::new(&*file);
    if begun.bytes == 0 {
        Line::Head { version: VERSION, collection: collection.clone() }.write(&mut out)?;
    }
    let mut after = begun.last;
    loop {
        let page = store.tail(collection, after, PAGE_EVENTS_MAX).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        moved.events += page.len() as u64;
        page.into_iter().try_for_each(|stored| Line::event(stored).write(&mut out))?;
        seen(moved.events);
    }
    Line::End { events: moved.events }.write(&mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all().context("the file could not be written to the disk")?;
    Ok(moved)
}

/// Hands the events of a file to a store. `seen` is told after every batch how many bytes of the file were read.
pub(crate) async fn import(
    store: &dyn Store,
    collection: Option<&CollectionId>,
    file: &Path,
    mut seen: impl FnMut(u64, u64),
) -> Result<(CollectionId, Moved)> {
    let mut lines = Lines::open(file)?;
    let Some((Line::Head { version, collection: named }, _)) = lines.next()? else {
        bail!("{} is no export of RADAR", file.display())
    };
    ensure!(version == VERSION, "{} is of version {version}, and this RADAR reads version {VERSION}", file.display());
    let collection = collection.unwrap_or(&named).clone();
    let (mut moved, mut batch, mut bytes) = (Moved::default(), Vec::new(), 0);
    loop {
        let line = lines.next()?;
        let is_over = !matches!(line, Some((Line::Event(_), _)));
        if (is_over || batch.len() >= BATCH_EVENTS || bytes >= BATCH_BYTES) && !batch.is_empty() {
            add(store, &collection, std::mem::take(&mut batch), &mut moved).await?;
            bytes = 0;
            seen(lines.bytes, moved.events);
        }
        match line {
            Some((Line::Event(event), length)) => {
                bytes += length;
                batch.push(event.stored());
            }
            Some((Line::End { events }, _)) => {
                ensure!(events == moved.events, "{} has {} events and says it had {events}", file.display(), moved.events);
                return Ok((collection, moved));
            }
            Some((Line::Head { .. }, _)) => bail!("line {} of {} begins another export", lines.number, file.display()),
            None => bail!(
                "{} ends in the middle: {} events of it were taken in. Finish the export with --resume, then import it again",
                file.display(),
                moved.events
            ),
        }
    }
}

async fn add(store: &dyn Store, collection: &CollectionId, batch: Vec<Stored>, moved: &mut Moved) -> Result<()> {
    let verdicts: Vec<_> = batch.iter().filter_map(|stored| Some((stored.scored.id, stored.verdict?))).collect();
    moved.events += batch.len() as u64;
    let appended = store.append(collection, batch.into_iter().map(|stored| stored.scored).collect()).await?;
    moved.known += u64::from(appended.duplicates);
    for verdict in radar_types::Verdict::ALL {
        // What somebody said here since is not overwritten: only new events are told of.
        let is_of = |stored: &&Stored| verdicts.contains(&(stored.scored.id, verdict));
        let seqs: Vec<Seq> = appended.new.iter().filter(is_of).map(|stored| stored.seq).collect();
        if !seqs.is_empty() {
            store.judge(collection, seqs, Some(verdict)).await?;
        }
    }
    Ok(())
}

/// What of an export is in its file.
struct Begun {
    bytes: u64,
    events: u64,
    last: Seq,
    is_complete: bool,
}

fn begun(file: &mut File, collection: &CollectionId) -> Result<Begun> {
    let mut begun = Begun { bytes: 0, events: 0, last: Seq(0), is_complete: false };
    if file.metadata()?.len() == 0 {
        return Ok(begun);
    }
    file.seek(SeekFrom::Start(0))?;
    let mut lines = Lines::of(&*file);
    // A torn last line is written again.
    while let Ok(Some((line, length))) = lines.next() {
        match line {
            Line::Head { version, collection: of } => {
                ensure!(begun.bytes == 0 && version == VERSION, "the file is no export that this RADAR could go on with");
                ensure!(of == *collection, "the file is an export of the collection {}", of.as_str());
            }
            Line::Event(event) => {
                ensure!(begun.bytes > 0, "the file is no export of RADAR");
                begun.events += 1;
                begun.last = event.seq;
            }
            Line::End { .. } => begun.is_complete = true,
        }
        begun.bytes += length as u64;
    }
    ensure!(begun.bytes > 0, "the file is no export of RADAR; name another one");
    Ok(begun)
}

struct Lines<R> {
    reader: BufReader<R>,
    number: u64,
    bytes: u64,
}

impl Lines<File> {
    fn open(path: &Path) -> Result<Self> {
        Ok(Self::of(File::open(path).with_context(|| format!("can't open {}", path.display()))?))
    }
}

impl<R: Read> Lines<R> {
    fn of(file: R) -> Self {
        Self { reader: BufReader::with_capacity(1 << 20, file), number: 0, bytes: 0 }
    }

    /// The next whole line, and how long it is.
    fn next(&mut self) -> Result<Option<(Line, usize)>> {
        let mut text = Vec::new();
        let length = (&mut self.reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut text)?;
        if text.last() != Some(&b'\n') {
            ensure!((length as u64) < LINE_BYTES_MAX, "line {} is longer than any event", self.number + 1);
            return Ok(None);
        }
        self.number += 1;
        self.bytes += length as u64;
        let line = serde_json::from_slice(&text).with_context(|| format!("line {} is none of an export", self.number))?;
        Ok(Some((line, length)))
    }
}

#[cfg(test)]
mod tests;
