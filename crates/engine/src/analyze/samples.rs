//! Some records of an input, evenly spread over it, for what is fitted once the rest is known.

use std::borrow::Cow;

use super::seen::beginning;
use crate::read::{Http, Record};

const SAMPLES_MAX: usize = 8_000;
/// Of the records of one summary every so many is kept.
const SAMPLE_EVERY: u64 = 8;
const FIELDS_MAX: usize = 64;

#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    seen: u64,
    pub(super) records: Vec<Record<'static>>,
}

impl Samples {
    pub(super) fn see(&mut self, record: &Record<'_>) {
        if self.seen.is_multiple_of(SAMPLE_EVERY) && self.records.len() < SAMPLES_MAX {
            self.records.push(kept(record));
        }
        self.seen += 1;
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.seen += other.seen;
        self.records.extend(other.records);
        if self.records.len() > SAMPLES_MAX {
            // Every other one goes, so that all parts of the input stay as well represented.
            let mut is_kept = false;
            self.records.retain(|_| {
                is_kept = !is_kept;
                is_kept
            });
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
        let mut all = Samples::default();
        for block in 0..100_u64 {
            let mut samples = Samples::default();
            for line in 0..2000 {
                samples.see(&Record { line: block * 2000 + line, ..Record::default() });
            }
            all.merge(samples);
        }
        assert!((SAMPLES_MAX / 3..=SAMPLES_MAX).contains(&all.records.len()), "{}", all.records.len());
        let late = all.records.iter().filter(|record| record.line >= 100_000).count();
        assert!(late * 3 > all.records.len(), "{late}");
    }
}
