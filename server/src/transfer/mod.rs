//! A collection as a file, to be moved from one store to another: a line that says what it is, then an event a
//! line in the order of arrival, then a line that says that this was all.
//!
//! Both directions can be broken off and taken up again. An export goes on behind the last whole line of its
//! file; an import is sent again from the start, and what is there already is left alone.

mod line;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use radar_store::{Ask, PAGE_EVENTS_MAX, PageAsk, Store, Stored};
use radar_types::query::{Filter, Period};
use radar_types::wire::Seq;
use radar_types::{CollectionId, EventId, Scale, Timestamp, Verdict};

use line::{Line, VERSION};

/// Events are handed to a store in batches of so many, or of so many bytes.
const BATCH_EVENTS: usize = 5_000;
const BATCH_BYTES: usize = 8 << 20;
/// No event is longer than this, as a line.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// Events may be there that cannot be read yet, because another server has events in hand that come before them. One that
/// died holds them up for half a minute.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// What became of the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) events: u64,
    /// Of these, what was there before.
    pub(crate) known: u64,
}

/// Writes a collection to the end of `file`, which holds nothing or the beginning of an export of the same collection.
/// What arrives meanwhile may be in it or not. `seen` is told after every page how many events are in the file by then.
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
    let expected = store.stats(collection).await?.events;
    let mut last_page = Instant::now();
    loop {
        let page = store.tail(collection, after, PAGE_EVENTS_MAX).await?;
        let Some(last) = page.last() else {
            // Some may have been removed since.
            let expected = expected.min(store.stats(collection).await?.events);
            if moved.events >= expected {
                break;
            }
            out.flush()?;
            let missing = expected - moved.events;
            ensure!(
                last_page.elapsed() < PATIENCE,
                "{missing} events can't be read yet, because another RADAR has not finished writing those before them"
            );
            tokio::time::sleep(LOOK_AGAIN).await;
            continue;
        };
        last_page = Instant::now();
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
    let mut said: HashMap<EventId, (Verdict, Timestamp)> = HashMap::new();
    for Stored { scored, verdict, .. } in &batch {
        said.extend(verdict.map(|verdict| (scored.id, (verdict, scored.event.timestamp))));
    }
    moved.events += batch.len() as u64;
    let appended = store.append(collection, batch.into_iter().map(|stored| stored.scored).collect()).await?;
    moved.known += u64::from(appended.duplicates);
    let mut judged: BTreeMap<Verdict, Vec<Seq>> = BTreeMap::new();
    for new in &appended.new {
        if let Some((verdict, _)) = said.remove(&new.scored.id) {
            judged.entry(verdict).or_default().push(new.seq);
        }
    }
    // An import that was broken off may have left events here of which nothing was said yet.
    for (id, (verdict, time)) in said {
        if let Some(seq) = unjudged(store, collection, id, time).await? {
            judged.entry(verdict).or_default().push(seq);
        }
    }
    for (verdict, seqs) in judged {
        store.judge(collection, seqs, Some(verdict)).await?;
    }
    Ok(())
}

/// The place of an event, unless somebody here has said something of it, which stays.
async fn unjudged(store: &dyn Store, collection: &CollectionId, id: EventId, time: Timestamp) -> Result<Option<Seq>> {
    let moment = Filter::Time(Period { from: time, to: time.saturating_add_millis(1) });
    let filter = moment.and(Filter::Not(Box::new(Filter::Verdict(Verdict::ALL.to_vec()))));
    let ask = Ask::all(collection.clone(), Scale::radar()).with(filter);
    let mut page_ask = PageAsk { limit: PAGE_EVENTS_MAX, ..PageAsk::default() };
    loop {
        let found = store.search(&ask, &page_ask).await?;
        if let Some(stored) = found.value.events.iter().find(|stored| stored.scored.id == id) {
            return Ok(Some(stored.seq));
        }
        ensure!(!found.is_partial, "the store did not answer in time; import the file again");
        page_ask.after = found.value.next;
        if page_ask.after.is_none() {
            return Ok(None);
        }
    }
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
