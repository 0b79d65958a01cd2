//! What a question that is being typed may go on with, from what is in the data.

use std::collections::HashMap;

use radar_store::{Ask, PAGE_EVENTS_MAX, PageAsk};
use radar_types::explore::FacetValue;
use radar_types::query::{Candidate, Field, Filter, Text, words};
use radar_types::{Level, Side, Span, Timestamp, Verdict};

use super::facet_value;
use crate::{Actor, Result, Services};

/// As many as somebody reads.
const SHOWN_MAX: usize = 10;
/// Recent events whose fields are looked at for names.
const SAMPLE: u32 = 200;
/// What can be asked for in any data.
const KNOWN: [&str; 13] =
    ["host", "source", "user", "address", "severity", "level", "template", "verdict", "channel", "score", "is", "os", "collector"];

impl Services {
    /// Values of a field that begin with what was typed, then those that hold it, the most frequent first. Without a field,
    /// names of fields.
    pub async fn complete(
        &self,
        actor: &Actor,
        side: Side,
        span: Span,
        field: &str,
        start: &str,
        now: Timestamp,
    ) -> Result<Vec<FacetValue>> {
        let collection = actor.reads(side)?;
        let ask = self.ask(&collection, "", span.period(now)).await?;
        let field = field.trim();
        let mut found = match field.to_ascii_lowercase().as_str() {
            "" => return self.names(&ask, start.trim_start_matches('"')).await,
            "severity" => self.severities(&ask).await?.values,
            "score" => [">=0.99", ">=0.9", "0.5..0.9"].map(unseen).into(),
            "is" => ["scored", "unscored", "failed"].map(unseen).into(),
            // Few enough to be shown where no event has them yet.
            "level" => self.with_unseen(&ask, &Field::Level, &Level::ALL.map(Level::name)).await?,
            "verdict" => self.with_unseen(&ask, &Field::Verdict, &Verdict::ALL.map(Verdict::name)).await?,
            _ => return self.values(&ask, &Field::from_name(field), start).await,
        };
        keep_fitting(&mut found, start);
        Ok(found)
    }

    async fn values(&self, ask: &Ask, field: &Field, start: &str) -> Result<Vec<FacetValue>> {
        let tops = self.store.top(ask, field, PAGE_EVENTS_MAX).await?;
        let is_whole = tops.value.len() < PAGE_EVENTS_MAX as usize && !tops.is_partial;
        let mut found: Vec<FacetValue> = tops.value.into_iter().map(facet_value).collect();
        keep_fitting(&mut found, start);
        let words: Vec<String> = words(start).collect();
        if found.is_empty() && !is_whole && !words.is_empty() {
            // One of the many rare ones: among those that have such words it is not that rare.
            let name = match field {
                Field::Named(name) => name.clone(),
                known => known.name().into_owned(),
            };
            let text = Text { field: Some(name), words, is_prefix: start.ends_with(char::is_alphanumeric) };
            let tops = self.store.top(&ask.clone().with(Filter::Text(text)), field, PAGE_EVENTS_MAX).await?;
            found = tops.value.into_iter().map(facet_value).collect();
            keep_fitting(&mut found, start);
        }
        if *field == Field::Template {
            self.label_templates(ask, &mut found).await?;
        }
        Ok(found)
    }

    async fn with_unseen(&self, ask: &Ask, field: &Field, all: &[&'static str]) -> Result<Vec<FacetValue>> {
        let tops = self.store.top(ask, field, PAGE_EVENTS_MAX).await?;
        let mut found: Vec<FacetValue> = tops.value.into_iter().map(facet_value).collect();
        for name in all {
            if found.iter().all(|value| value.value != *name) {
                found.push(unseen(name));
            }
        }
        Ok(found)
    }

    /// With how many of the latest events have each.
    async fn names(&self, ask: &Ask, start: &str) -> Result<Vec<FacetValue>> {
        let page = self.store.search(ask, &PageAsk { limit: SAMPLE, ..PageAsk::default() }).await?;
        let mut counts: HashMap<String, u64> = HashMap::new();
        for stored in &page.value.events {
            let candidate = Candidate { scored: &stored.scored, verdict: stored.verdict };
            let own = stored.scored.event.fields.keys().map(|name| Field::Named(name.clone()).name().into_owned());
            let has = |name: &&&str| match Field::from_name(name) {
                Field::Named(_) => stored.scored.score.score().is_some(),
                field => candidate.value(&field).is_some_and(|value| !value.is_empty()),
            };
            for name in own.chain(KNOWN.iter().filter(has).map(|name| (*name).to_owned())) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let known = KNOWN.map(|name| FacetValue { count: counts.remove(name).unwrap_or_default(), ..unseen(name) });
        let mut own: Vec<FacetValue> = counts.into_iter().map(|(name, count)| FacetValue { count, ..unseen(&name) }).collect();
        own.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        let mut found: Vec<FacetValue> = known.into_iter().chain(own).collect();
        keep(&mut found, start, |name| name.trim_start_matches('"'));
        Ok(found)
    }
}

fn unseen(value: &str) -> FacetValue {
    FacetValue { value: value.into(), label: None, count: 0, worst: None }
}

fn keep_fitting(values: &mut Vec<FacetValue>, start: &str) {
    keep(values, start, |value| value);
}

/// In the order they have, but what begins so before what only holds it.
fn keep(values: &mut Vec<FacetValue>, start: &str, shown: fn(&str) -> &str) {
    let start = start.trim().to_lowercase();
    let place = |value: &FacetValue| shown(&value.value).to_lowercase().find(&start);
    values.retain(|value| place(value).is_some());
    values.sort_by_key(|value| place(value) != Some(0));
    values.truncate(SHOWN_MAX);
}
