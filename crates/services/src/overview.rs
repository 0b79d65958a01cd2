use radar_engine::Engine;
use radar_store::{Ask, Stored};
use radar_types::{
    Side, Timestamp,
    query::{Field, Filter, Period},
    wire::{Overview, Range, Row},
};

use crate::{Actor, Result, Services};

/// Rows that come with the page; older ones are asked for.
const NEWEST_ROWS: u32 = 100;

impl Services {
    /// All the first page shows, for the given range up to now.
    pub async fn overview(&self, actor: &Actor, side: Side, range: Range, now: Timestamp) -> Result<Overview> {
        let collection = actor.reads(side)?;
        let period = period_of(range, now);
        // The rows come first: what arrives while the rest is computed reaches the page through the
        // live feed, which starts after them.
        let newest = self.store.latest(&collection, None, NEWEST_ROWS).await?;
        let ask = Ask::all(collection.clone(), self.engine.live_scale()).with(Filter::Time(period));
        let hosts = self.store.distinct(&ask, &Field::Host).await?;
        let timeline = self.store.histogram(&ask, period, range.bucket_millis()).await?;
        let last_seq = match newest.first() {
            Some(stored) => stored.seq,
            None => self.store.last_seq(&collection).await?,
        };
        Ok(Overview {
            range,
            from: period.from,
            to: period.to,
            is_partial: hosts.is_partial || timeline.is_partial,
            // The period is whole buckets, so each of its events is in one.
            tally: timeline.value.iter().map(|bucket| bucket.tally).sum(),
            hosts: hosts.value,
            timeline: timeline.value,
            newest: newest.into_iter().map(|stored| row(&self.engine, stored)).collect(),
            learning: self.streams.learning(&collection).await?,
            last_seq,
        })
    }
}

pub(crate) fn row(engine: &Engine, stored: Stored) -> Row {
    Row { seq: stored.seq, severity: engine.severity(&stored.scored), scored: stored.scored }
}

/// Whole buckets, the last of which holds the present moment.
fn period_of(range: Range, now: Timestamp) -> Period {
    let bucket_millis = range.bucket_millis();
    let bucket_start = now.unix_millis().div_euclid(bucket_millis) * bucket_millis;
    let to = Timestamp::saturating_from_unix_millis(bucket_start + bucket_millis);
    Period { from: to.saturating_add_millis(-range.millis()), to }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_whole_buckets_and_holds_the_present() {
        for range in Range::ALL {
            let now: Timestamp = "2026-03-01T08:31:07.250Z".parse().unwrap();
            let period = period_of(range, now);
            assert!(period.from < now && now < period.to, "{range:?}");
            assert_eq!(period.to.unix_millis() - period.from.unix_millis(), range.millis());
            assert_eq!(period.from.unix_millis() % range.bucket_millis(), 0);
        }
    }
}
