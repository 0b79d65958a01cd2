//! The naive store: a list, and loops over it. It is what the others are compared with.

use std::collections::HashSet;

use radar_store::{Appended, Period, Stored, Summary};
use radar_types::wire::{Bucket, Seq};
use radar_types::{Scale, Scored, Timestamp};

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) events: Vec<Stored>,
}

impl Model {
    /// Stores may number events as they like, as long as the numbers rise, so the model takes over
    /// the numbers the store gave.
    pub(crate) fn append(&mut self, batch: Vec<Scored>, answer: &Appended) {
        let mut given = answer.new.iter().map(|stored| stored.seq);
        let mut new = vec![];
        let mut duplicates = 0;
        for scored in batch {
            if self.events.iter().chain(&new).any(|stored| stored.scored.id == scored.id) {
                duplicates += 1;
            } else {
                let seq = given.next().expect("the store knows of fewer new events than the model");
                assert!(seq > self.last_seq().max(new.last().map_or(Seq(0), |stored: &Stored| stored.seq)), "places rise");
                new.push(Stored { seq, scored });
            }
        }
        self.events.extend(new.clone());
        assert_eq!(*answer, Appended { new, duplicates, last_seq: self.last_seq() });
    }

    pub(crate) fn last_seq(&self) -> Seq {
        self.events.last().map_or(Seq(0), |stored| stored.seq)
    }

    pub(crate) fn newest(&self, before: Option<Seq>, limit: u32) -> Vec<Stored> {
        let earlier = self.events.iter().rev().filter(|stored| before.is_none_or(|before| stored.seq < before));
        earlier.take(limit as usize).cloned().collect()
    }

    pub(crate) fn tail(&self, after: Seq, limit: u32) -> Vec<Stored> {
        self.events.iter().filter(|stored| stored.seq > after).take(limit as usize).cloned().collect()
    }

    pub(crate) fn summary(&self, period: Period, scale: &Scale) -> Summary {
        let mut summary = Summary::default();
        let mut hosts = HashSet::new();
        for stored in self.events.iter().filter(|stored| is_in(period, stored)) {
            summary.tally.add(stored.scored.score.score().map(|score| scale.severity(score)), 1);
            hosts.insert(&stored.scored.event.hostname);
        }
        summary.hosts = hosts.len() as u64;
        summary
    }

    pub(crate) fn histogram(&self, period: Period, bucket_millis: i64, scale: &Scale) -> Vec<Bucket> {
        let mut buckets = vec![];
        if period.from >= period.to {
            return buckets;
        }
        let mut start = period.from.unix_millis() - period.from.unix_millis().rem_euclid(bucket_millis);
        while start < period.to.unix_millis() {
            let end = start + bucket_millis;
            let from = start.max(period.from.unix_millis());
            let to = end.min(period.to.unix_millis());
            let part =
                Period { from: Timestamp::saturating_from_unix_millis(from), to: Timestamp::saturating_from_unix_millis(to) };
            let tally = self.summary(part, scale).tally;
            buckets.push(Bucket { start: Timestamp::saturating_from_unix_millis(start), tally });
            start = end;
        }
        buckets
    }
}

fn is_in(period: Period, stored: &Stored) -> bool {
    let time = stored.scored.event.timestamp;
    period.from <= time && time < period.to
}
