//! Some records of an input, each as likely as any other, for what is fitted once the rest is known.
//!
//! Which they are follows from their lines and texts alone, so the sample is the same however the input was cut
//! into blocks.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::seen::{beginning, hash};
use crate::random::SplitMix64;
use crate::read::{Http, Record};

const SAMPLES_MAX: usize = 8_000;
/// Of so many records those with the lowest numbers are nearly always among the lowest of all.
const LIKELY_RECORDS: u64 = 10_000;
const FIELDS_MAX: usize = 64;
/// The beginning of a message tells records of the same line in several files apart.
const HASHED_BYTES_MAX: usize = 64;

/// The records with the lowest numbers, which are random but always the same for a record.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    /// In boxes, since trees move what they hold.
    records: BTreeMap<(u64, u64), Box<Record<'static>>>,
}

impl Samples {
    pub(super) fn see(&mut self, record: &Record<'_>) {
        let text = &record.message[..record.message.floor_char_boundary(HASHED_BYTES_MAX)];
        let number = SplitMix64::new(hash(text) ^ record.line.rotate_left(32)).next_u64();
        // So far into the input a higher number has no chance, and nothing is copied in vain.
        let is_likely = record.line <= LIKELY_RECORDS || number < u64::MAX / record.line * LIKELY_RECORDS;
        if is_likely {
            self.records.insert((number, record.line), Box::new(kept(record)));
            self.cut();
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        // One by one: far into an input a block has few that stay.
        for (key, record) in other.records {
            let is_full = self.records.len() >= SAMPLES_MAX;
            if is_full && self.records.last_key_value().is_some_and(|(last, _)| *last < key) {
                break;
            }
            self.records.insert(key, record);
            self.cut();
        }
    }

    pub(super) fn records(&self) -> impl Iterator<Item = &Record<'static>> {
        self.records.values().map(Box::as_ref)
    }

    fn cut(&mut self) {
        while self.records.len() > SAMPLES_MAX {
            self.records.pop_last();
        }
    }
}

/// The record on its own, without what weighing does not read.
fn kept(record: &Record<'_>) -> Record<'static> {
    let http = record.http.as_ref().map(|http| Http {
        method: own(&http.method),
        uri: own(&http.uri),
        protocol: own(&http.protocol),
        referrer: http.referrer.as_deref().map(own),
        user_agent: http.user_agent.as_deref().map(own),
        ..*http
    });
    Record {
        line: record.line,
        time: record.time,
        hostname: own(&record.hostname),
        source: own(&record.source),
        level: own(&record.level),
        message: own(&record.message),
        user: record.user.as_deref().map(own),
        address: record.address.as_deref().map(own),
        fields: record.fields.iter().take(FIELDS_MAX).map(|(name, value)| (own(name), own(value))).collect(),
        http,
        ..Record::default()
    }
}

fn own(text: &str) -> Cow<'static, str> {
    Cow::Owned(beginning(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_spread_over_all_that_was_seen_and_never_too_many() {
        let (mut small, mut large) = (Samples::default(), Samples::default());
        for (all, size) in [(&mut small, 700), (&mut large, 9000)] {
            for first in (1..=200_000_u64).step_by(size) {
                let mut samples = Samples::default();
                for line in first..(first + size as u64).min(200_001) {
                    samples.see(&Record { line, ..Record::default() });
                }
                all.merge(samples);
            }
        }
        assert!(small.records().eq(large.records()));
        assert_eq!(small.records().count(), SAMPLES_MAX);
        for quarter in 0..4 {
            let lines = quarter * 50_000 + 1..=(quarter + 1) * 50_000;
            let count = small.records().filter(|record| lines.contains(&record.line)).count();
            assert!((1800..2200).contains(&count), "{count} in {lines:?}");
        }
    }
}
