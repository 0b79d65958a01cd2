//! From the sources to the server: batches, retries, and the place that is kept.
//!
//! The order of things is what makes it safe. A batch is read; if its events depend on the moment
//! it was read, that moment is written down; it is sent until the server has answered; only then
//! does the place move. Whatever dies in between, the same events are sent again with the same ids.

mod backoff;
mod batch;
mod client;
mod place;
mod summary;

use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use radar_types::Timestamp;

use crate::config::{SendConfig, source_named_by};
use crate::sources::{FileSource, LineReader, Replaced, Unended};
use batch::{Batch, BatchLimits};
use client::Client;
use place::PlaceKeeper;
pub(crate) use summary::Summary;

/// How often a followed file is looked at for more.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Sends what the files hold, a batch of each in turn, and with `--follow` what is appended to
/// them, until the process is ended.
pub(crate) fn send(config: &SendConfig, summary: &mut Summary) -> anyhow::Result<()> {
    let client = Client::new(config);
    let open = |path| Shipment::open(path, config);
    let mut shipments: Vec<Shipment> = config.files.iter().map(|path| open(path)).collect::<anyhow::Result<_>>()?;
    let limits = BatchLimits { records_max: config.batch_records_max };
    let mut clock = Clock::default();
    loop {
        let mut has_moved = false;
        for shipment in &mut shipments {
            has_moved |= shipment.ship_batch(&client, &limits, &mut clock, summary)?;
        }
        if !has_moved {
            if !config.follow {
                return Ok(());
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

/// One file on its way.
struct Shipment {
    source: FileSource,
    reader: LineReader,
    place: PlaceKeeper,
    follow: bool,
    /// The file was rotated away: its end is read to the last byte, then its successor is opened.
    replaced: Option<Replaced>,
}

impl Shipment {
    fn open(path: &Path, config: &SendConfig) -> anyhow::Result<Self> {
        let mut source = FileSource::open(path)?;
        let mut place = PlaceKeeper::open(&config.state_folder, path, &config.server)?;
        place.resume(&mut source)?;
        let source_name = config.source.clone().unwrap_or_else(|| source_named_by(path));
        let reader = LineReader::new(config.hostname.clone(), source_name);
        Ok(Self { source, reader, place, follow: config.follow, replaced: None })
    }

    /// Whether there was anything to do.
    fn ship_batch(
        &mut self,
        client: &Client,
        limits: &BatchLimits,
        clock: &mut Clock,
        summary: &mut Summary,
    ) -> anyhow::Result<bool> {
        let takes_unended = !self.follow || self.replaced.is_some();
        let unended = if takes_unended { Unended::Take } else { Unended::Leave };
        let claim = self.place.claim();
        let read_at = claim.map_or_else(|| clock.now(), |claim| claim.read_at);
        let read_to = claim.map(|claim| claim.to);
        let batch = Batch::read(&mut self.source, &self.reader, limits, unended, read_at, read_to)
            .with_context(|| format!("cannot read {}", self.source.path().display()))?;
        let Some(end) = batch.end else {
            return self.look_for_rotation();
        };
        for (offset, skipped) in &batch.skipped {
            summary.skip(self.source.path(), *offset, skipped);
        }
        if batch.records() > 0 {
            if batch.is_undated && claim.is_none() {
                self.place.set_claim(end.to, read_at)?;
            }
            let answer = client.post(&batch.body, batch.records())?;
            summary.add(self.source.path(), &batch.offsets, &answer);
        }
        self.place.advance(end, &self.source)?;
        Ok(true)
    }

    fn look_for_rotation(&mut self) -> anyhow::Result<bool> {
        if !self.follow {
            return Ok(false);
        }
        if let Some(replaced) = self.replaced.take() {
            self.source = FileSource::open(self.source.path())?;
            self.place.start_over(&self.source, replaced)?;
            return Ok(true);
        }
        self.replaced = self.source.replaced().with_context(|| format!("cannot look at {}", self.source.path().display()))?;
        Ok(self.replaced.is_some())
    }
}

/// Gives every batch a moment of its own, so that undated lines of two files, or of one that was
/// written anew, never look like one event.
#[derive(Default)]
struct Clock {
    last: Option<Timestamp>,
}

impl Clock {
    fn now(&mut self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = Timestamp::saturating_from_unix_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX));
        let now = self.last.map_or(now, |last| now.max(last.saturating_add_millis(1)));
        self.last = Some(now);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_batches_are_read_at_the_same_moment() {
        let mut clock = Clock::default();
        let moments: Vec<Timestamp> = (0..1000).map(|_| clock.now()).collect();
        assert!(moments.is_sorted_by(|a, b| a < b));
    }
}
