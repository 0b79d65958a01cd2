use radar_store::Stored;
use radar_types::{
    Scale, Side, Span, Timestamp,
    query::{Field, Filter},
    wire::{Overview, Row},
};

use crate::{Actor, Result, Services};

/// Rows that come with the page; older ones are asked for.
const NEWEST_ROWS: u32 = 100;

impl Services {
    /// All the first page shows.
    pub async fn overview(&self, actor: &Actor, side: Side, span: Span, now: Timestamp) -> Result<Overview> {
        let collection = actor.reads(side)?;
        let period = span.period(now);
        // The rows come first: what arrives while the rest is computed reaches the page through the
        // live feed, which starts after them.
        let newest = self.store.latest(&collection, None, NEWEST_ROWS).await?;
        let ask = self.on_scale(&collection).await?.with(Filter::Time(period));
        let hosts = self.store.distinct(&ask, &Field::Host).await?;
        let timeline = self.store.histogram(&ask, period, period.bar_millis()).await?;
        let last_seq = match newest.first() {
            Some(stored) => stored.seq,
            None => self.store.last_seq(&collection).await?,
        };
        Ok(Overview {
            span,
            from: period.from,
            to: period.to,
            is_partial: hosts.is_partial || timeline.is_partial,
            tally: timeline.value.iter().map(|bucket| bucket.tally).sum(),
            hosts: hosts.value,
            timeline: timeline.value,
            newest: newest.into_iter().map(|stored| row(&ask.scale, stored)).collect(),
            learning: self.streams.learning(&collection).await?,
            last_seq,
        })
    }
}

/// As a page shows it, with its severity on the scale of its collection.
pub(crate) fn row(scale: &Scale, stored: Stored) -> Row {
    let severity = stored.scored.score.score().map(|score| scale.severity(score));
    Row { seq: stored.seq, severity, scored: stored.scored, verdict: stored.verdict }
}
