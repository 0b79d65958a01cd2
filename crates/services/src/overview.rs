//! What the first page shows: the figures of a range, its newest events, and what its events are made of.

use radar_store::{Ask, PageAsk, Partly, Stored, Top};
use radar_types::{
    Level, Scale, Severity, Side, Span, Timestamp,
    explore::FacetValue,
    query::{Field, Filter, Order, Period},
    wire::{Breakdown, Leader, Overview, Row, Threshold},
};

use crate::{Actor, Result, Services, patterns::without};

/// Rows that come with the page; older ones are asked for.
const NEWEST_ROWS: u32 = 100;
const FINDINGS_ROWS: u32 = 50;
/// Hosts are counted in so many parts of a range at most.
const HOST_PARTS_MAX: i64 = 24;

impl Services {
    /// The figures and the newest events.
    pub async fn overview(&self, actor: &Actor, side: Side, span: Span, now: Timestamp) -> Result<Overview> {
        let collection = actor.reads(side)?;
        let period = span.period(now);
        // The rows come first: what arrives while the rest is computed reaches the page through the
        // live feed, which starts after them.
        let newest = self.store.latest(&collection, None, NEWEST_ROWS).await?;
        let last_seq = match newest.first() {
            Some(stored) => stored.seq,
            None => self.store.last_seq(&collection).await?,
        };
        let ask = self.on_scale(&collection).await?.with(Filter::Time(period));
        let page = PageAsk { order: Order::Newest, after: None, limit: FINDINGS_ROWS };
        let muted = self.muted(&ask.collection).await?;
        let findings = self.store.search(&without(anomalies(&ask), &muted), &page).await?;
        let hosts = self.store.distinct(&ask, &Field::Host).await?;
        let timeline = self.store.histogram(&ask, period, period.bar_millis()).await?;
        let rows = |stored: Vec<Stored>| stored.into_iter().map(|stored| row(&ask.scale, stored)).collect();
        Ok(Overview {
            span,
            from: period.from,
            to: period.to,
            is_partial: findings.is_partial || hosts.is_partial || timeline.is_partial,
            tally: timeline.value.iter().map(|bucket| bucket.tally).sum(),
            hosts: hosts.value,
            timeline: timeline.value,
            as_of: now,
            newest: rows(newest),
            findings: rows(findings.value.events),
            muted,
            learning: self.streams.learning(&collection).await?,
            last_seq,
        })
    }

    /// What the events of a range are made of, and where its anomalies are.
    pub async fn breakdown(&self, actor: &Actor, side: Side, span: Span, now: Timestamp) -> Result<Breakdown> {
        let collection = actor.reads(side)?;
        let period = span.period(now);
        let ask = self.on_scale(&collection).await?.with(Filter::Time(period));
        let thresholds = ask.scale.thresholds().map(|(severity, from)| Threshold { severity, from }).collect();
        // In two rows at the same time: one reader must not take all the readers of a store from others.
        let ((scores, levels, hosts_over_time), [hosts, sources, templates]) =
            tokio::try_join!(self.spread(&ask, period), self.all_leaders(&ask))?;
        let of_level = |level: Level| levels.value.iter().find(|top| top.value == level.name()).map_or(0, |top| top.count);
        let is_partial = scores.is_partial
            || levels.is_partial
            || hosts_over_time.is_partial
            || [&hosts, &sources, &templates].iter().any(|leaders| leaders.is_partial);
        Ok(Breakdown {
            span,
            as_of: now,
            is_partial,
            scores: scores.value,
            thresholds,
            by_level: Level::ALL.map(of_level),
            hosts: hosts.value,
            sources: sources.value,
            templates: templates.value,
            hosts_over_time: hosts_over_time.value,
        })
    }

    /// How many events have which score and which level, and how many hosts there are when.
    async fn spread(&self, ask: &Ask, period: Period) -> Result<(Partly<Vec<u64>>, Partly<Vec<Top>>, Partly<Vec<u64>>)> {
        let bounds: Vec<f32> = (1..Breakdown::SCORE_PARTS as usize).map(|part| Breakdown::part_from(part) as f32).collect();
        let scores = self.store.scores(ask, &bounds).await?;
        let levels = self.store.top(ask, &Field::Level, Level::ALL.len() as u32).await?;
        Ok((scores, levels, self.hosts_over_time(ask, period).await?))
    }

    async fn all_leaders(&self, ask: &Ask) -> Result<[Partly<Vec<Leader>>; 3]> {
        Ok([
            self.leaders(ask, &Field::Host).await?,
            self.leaders(ask, &Field::Source).await?,
            self.leaders(ask, &Field::Template).await?,
        ])
    }

    /// The values of a field that most anomalies have.
    async fn leaders(&self, ask: &Ask, field: &Field) -> Result<Partly<Vec<Leader>>> {
        let top = self.store.top(&anomalies(ask), field, Breakdown::LEADERS_MAX as u32).await?;
        // Counted for these alone: a field may have very many values.
        let is_one = Filter::Any(top.value.iter().map(|top| Filter::Is(field.clone(), top.value.clone())).collect());
        let all = self.store.top(&ask.clone().with(is_one), field, Breakdown::LEADERS_MAX as u32).await?;
        let is_partial = top.is_partial || all.is_partial;
        let events = |value: &str| all.value.iter().find(|all| all.value == value).map(|all| all.count);
        let mut values: Vec<FacetValue> = top
            .value
            .into_iter()
            .map(|top| FacetValue { value: top.value, label: None, count: top.count, worst: top.worst })
            .collect();
        if *field == Field::Template {
            self.label_templates(ask, &mut values).await?;
        }
        let leader = |FacetValue { value, label, count, worst }: FacetValue| {
            // What arrived between the two counts is in the second alone.
            let events = events(&value).unwrap_or_default().max(count);
            Leader { value, label, anomalies: count, events, worst }
        };
        Ok(Partly { value: values.into_iter().map(leader).collect(), is_partial })
    }

    async fn hosts_over_time(&self, ask: &Ask, period: Period) -> Result<Partly<Vec<u64>>> {
        let mut counts = Partly::whole(Vec::new());
        for part in parts(period) {
            let hosts = self.store.distinct(&ask.clone().with(Filter::Time(part)), &Field::Host).await?;
            counts.is_partial |= hosts.is_partial;
            counts.value.push(hosts.value);
        }
        Ok(counts)
    }
}

/// As a page shows it, with its severity on the scale of its collection.
pub(crate) fn row(scale: &Scale, stored: Stored) -> Row {
    let severity = stored.scored.score.score().map(|score| scale.severity(score));
    Row { seq: stored.seq, severity, scored: stored.scored, verdict: stored.verdict }
}

fn anomalies(ask: &Ask) -> Ask {
    let severities = Severity::ALL.into_iter().filter(|severity| severity.is_anomaly()).collect();
    ask.clone().with(Filter::Severity(severities))
}

/// Divides a period into parts of as many whole bars each; the last has what is left.
fn parts(period: Period) -> Vec<Period> {
    let bar = period.bar_millis();
    let bars = period.millis().div_euclid(bar).max(1);
    let step = (bars as u64).div_ceil(HOST_PARTS_MAX as u64) as i64 * bar;
    let mut parts = Vec::new();
    let mut from = period.from;
    while from < period.to {
        let to = from.saturating_add_millis(step).min(period.to);
        parts.push(Period { from, to });
        from = to;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use radar_types::Range;

    #[test]
    fn parts_cover_a_period_without_gaps() {
        let now: Timestamp = "2026-03-01T08:31:07.250Z".parse().unwrap();
        let odd = ["1000-1001", "0-959", "0-961", "0-9999999999999", "1767225600000-1767229212345"];
        let odd = odd.map(|text| text.parse::<Span>().unwrap());
        for span in Range::ALL.map(Span::Last).into_iter().chain(odd) {
            let period = span.period(now);
            let parts = parts(period);
            assert!((1..=HOST_PARTS_MAX as usize + 1).contains(&parts.len()), "{span}: {}", parts.len());
            assert_eq!((parts[0].from, parts[parts.len() - 1].to), (period.from, period.to), "{span}");
            assert!(parts.windows(2).all(|pair| pair[0].to == pair[1].from), "{span}");
        }
    }
}
