//! Lines of a file as one request: NDJSON, bounded in events and bytes.

use std::io;

use radar_types::Timestamp;

use crate::sources::{FileSource, LINE_BYTES_MAX, LineReader, Skipped, Unended};

/// A batch is closed once it is this large, so a request is at most this and one event.
const BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// So many lines are skipped at most before the place is kept.
const BATCH_SKIPS_MAX: usize = 1000;

pub(super) struct BatchLimits {
    pub(super) records_max: usize,
}

/// Where a batch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    pub(super) to: u64,
    /// Where the last line started, if it was taken without its end.
    pub(super) unended_from: Option<u64>,
}

#[derive(Default)]
pub(super) struct Batch {
    pub(super) body: Vec<u8>,
    /// Where each record of the body stands in the file.
    pub(super) offsets: Vec<u64>,
    pub(super) skipped: Vec<(u64, Skipped)>,
    /// Whether an event carries the moment it was read for want of its own time.
    pub(super) is_undated: bool,
    /// `None` when there was nothing to read.
    pub(super) end: Option<End>,
}

impl Batch {
    /// Reads until a bound is reached, the file ends, or `read_to`.
    pub(super) fn read(
        source: &mut FileSource,
        reader: &LineReader,
        limits: &BatchLimits,
        unended: Unended,
        read_at: Timestamp,
        read_to: Option<u64>,
    ) -> io::Result<Self> {
        let mut batch = Self::default();
        while !batch.is_full(limits) && !batch.has_reached(read_to) {
            let Some(line) = source.next_line(unended)? else { break };
            batch.end = Some(End { to: line.to, unended_from: (!line.is_ended).then_some(line.from) });
            let (events, skipped) = reader.events(&line, read_at);
            batch.skipped.extend(skipped.into_iter().map(|skipped| (line.from, skipped)));
            for event in events {
                let start = batch.body.len();
                serde_json::to_writer(&mut batch.body, &event)?;
                let bytes = batch.body.len() - start;
                // Escaping can make a line longer than the server takes.
                if bytes > LINE_BYTES_MAX {
                    batch.body.truncate(start);
                    batch.skipped.push((line.from, Skipped::TooLong { bytes: bytes as u64 }));
                    continue;
                }
                batch.body.push(b'\n');
                batch.offsets.push(line.from);
                batch.is_undated |= event.timestamp == read_at;
            }
        }
        Ok(batch)
    }

    pub(super) fn records(&self) -> usize {
        self.offsets.len()
    }

    fn is_full(&self, limits: &BatchLimits) -> bool {
        self.records() >= limits.records_max || self.body.len() >= BATCH_BYTES_MAX || self.skipped.len() >= BATCH_SKIPS_MAX
    }

    fn has_reached(&self, read_to: Option<u64>) -> bool {
        self.end.zip(read_to).is_some_and(|(end, read_to)| end.to >= read_to)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Each batch of a file as its number of records, of skips, and its end.
    fn check(content: &str, records_max: usize, read_to: Option<u64>, expected: &[(usize, usize, u64)]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(&path, content).unwrap();
        let mut source = FileSource::open(&path).unwrap();
        let reader = LineReader::new("h".into(), "s".into());
        let limits = BatchLimits { records_max };
        let mut batches = Vec::new();
        loop {
            let batch = Batch::read(&mut source, &reader, &limits, Unended::Take, Timestamp::MIN, read_to).unwrap();
            let Some(end) = batch.end else { break };
            assert_eq!(batch.body.iter().filter(|byte| **byte == b'\n').count(), batch.records());
            batches.push((batch.records(), batch.skipped.len(), end.to));
        }
        assert_eq!(batches, expected);
    }

    #[test]
    fn a_batch_ends_at_its_bounds() {
        check("", 2, None, &[]);
        check("a\nb\nc\n", 2, None, &[(2, 0, 4), (1, 0, 6)]);
        check("a\nb\nc\n", 10, Some(2), &[(1, 0, 2), (1, 0, 4), (1, 0, 6)]);
        check("\n\n\n", 2, None, &[(0, 0, 3)]);
        let half = "x".repeat(BATCH_BYTES_MAX / 2 - 1024);
        check(
            &format!("{half}\n{half}\n{half}\n{half}\n"),
            10,
            None,
            &[(3, 0, 3 * (half.len() as u64 + 1)), (1, 0, 4 * (half.len() as u64 + 1))],
        );
        check(&"{}\n".repeat(1500), 10, None, &[(0, 1000, 3000), (0, 500, 4500)]);
    }

    #[test]
    fn an_event_that_escaping_makes_too_long_is_skipped() {
        let length = LINE_BYTES_MAX / 2;
        check(&format!("{}\nb\n", "\u{1}".repeat(length)), 10, None, &[(1, 1, length as u64 + 3)]);
    }

    #[test]
    fn a_line_without_a_time_makes_a_batch_undated() {
        let is_undated = |content: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("app.log");
            fs::write(&path, content).unwrap();
            let reader = LineReader::new("h".into(), "s".into());
            let limits = BatchLimits { records_max: 10 };
            let mut source = FileSource::open(&path).unwrap();
            Batch::read(&mut source, &reader, &limits, Unended::Take, Timestamp::MIN, None).unwrap().is_undated
        };
        assert!(is_undated("2026-03-01 08:30:00 dated\nundated\n"));
        assert!(!is_undated("2026-03-01 08:30:00 dated\n\n"));
    }
}
