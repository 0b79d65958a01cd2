//! Looking for events: how many a question finds and when, what they are made of, and the events themselves.
//!
//! A question is text, and is read here and nowhere else on the server; whatever it says, it is asked of one collection,
//! that which the actor reads.

mod complete;
mod event;
mod export;
mod searches;

use radar_store::{Ask, Cursor, PageAsk, Partly};
use radar_types::explore::{EventPage, Facet, FacetValue, Picture};
use radar_types::query::{self, Field, Filter, Order, Period};
use radar_types::thresholds::Thresholds;
use radar_types::{CollectionId, Severity, Side, Span, Timestamp};

use crate::overview::row;
use crate::{Actor, Error, Result, Services};

pub(crate) use event::template_text;
pub use export::Export;
pub(crate) use export::PAGES_AT_ONCE as EXPORT_PAGES_AT_ONCE;
pub use searches::NewSearch;

/// The fields that have a facet, beside the severity. They are counted in two rows at the same time, the slowest
/// first: one question must not take all the readers of a store from others.
const COUNTED: [[Field; 4]; 2] =
    [[Field::Address, Field::Host, Field::Level, Field::Verdict], [Field::User, Field::Template, Field::Source, Field::Channel]];
/// As they are shown.
const SHOWN: [&str; 9] = ["severity", "level", "host", "source", "user", "address", "channel", "template", "verdict"];

impl Services {
    /// How many events the question finds, over the whole range of time.
    pub async fn picture(&self, actor: &Actor, side: Side, question: &str, span: Span, now: Timestamp) -> Result<Picture> {
        let collection = actor.reads(side)?;
        let period = span.period(now);
        let ask = self.ask(&collection, question, period).await?;
        // What arrives from here on is told by the live feed; it may be counted here, too.
        let last_seq = self.store.last_seq(&collection).await?;
        let Partly { value: timeline, is_partial } = self.store.histogram(&ask, period, period.bar_millis()).await?;
        let tally = timeline.iter().map(|bucket| bucket.tally).sum();
        let thresholds = Thresholds::of_scale(&ask.scale);
        Ok(Picture { from: period.from, to: period.to, is_partial, tally, timeline, thresholds, last_seq })
    }

    /// What the found events are made of. Each value can be asked for with [`query::term`].
    pub async fn facets(&self, actor: &Actor, side: Side, question: &str, span: Span, now: Timestamp) -> Result<Vec<Facet>> {
        let collection = actor.reads(side)?;
        let ask = self.ask(&collection, question, span.period(now)).await?;
        let [one, other] = COUNTED;
        let (severities, one, other) =
            tokio::try_join!(self.severities(&ask), self.counted(&ask, &one), self.counted(&ask, &other))?;
        let mut facets: Vec<Facet> = one.into_iter().chain(other).chain([severities]).collect();
        for facet in facets.iter_mut().filter(|facet| facet.field == "template") {
            self.label_templates(&ask, &mut facet.values).await?;
        }
        facets.sort_by_key(|facet| SHOWN.iter().position(|field| *field == facet.field));
        Ok(facets)
    }

    /// Events that the question finds, from where the page before ended.
    pub async fn events(
        &self,
        actor: &Actor,
        side: Side,
        question: &str,
        span: Span,
        part: EventPart<'_>,
        now: Timestamp,
    ) -> Result<EventPage> {
        let collection = actor.reads(side)?;
        let ask = self.ask(&collection, question, span.period(now)).await?;
        let place = |after: &str| after.parse().ok().filter(|cursor: &Cursor| cursor.order() == part.order);
        let after = part.after.filter(|after| !after.is_empty());
        let after = after.map(|after| place(after).ok_or_else(Error::no_place)).transpose()?;
        let page = PageAsk { order: part.order, after, limit: part.limit.min(EventPage::ROWS_MAX) };
        let Partly { value: page, is_partial } = self.store.search(&ask, &page).await?;
        let rows = page.events.into_iter().map(|stored| row(&ask.scale, stored)).collect();
        Ok(EventPage { rows, next: page.next.map(|next| next.to_string()), is_partial })
    }

    /// Asks a collection for what a question finds within a period.
    pub(crate) async fn ask(&self, collection: &CollectionId, question: &str, period: Period) -> Result<Ask> {
        let filter = query::parse(question).map_err(|error| Error::question(question, &error))?;
        Ok(self.on_scale(collection).await?.with(Filter::Time(period)).with(filter))
    }

    async fn severities(&self, ask: &Ask) -> Result<Facet> {
        let Partly { value: tally, is_partial } = self.store.tally(ask).await?;
        // The worst first: that is what somebody looks for.
        let there = Severity::ALL.into_iter().rev().filter(|severity| tally.of(*severity) > 0);
        let value = |severity: Severity| FacetValue {
            value: severity.name().into(),
            label: None,
            count: tally.of(severity),
            worst: Some(severity),
        };
        let values: Vec<FacetValue> = there.map(value).collect();
        Ok(Facet { field: "severity".into(), distinct: values.len() as u64, values, is_partial })
    }

    async fn counted(&self, ask: &Ask, fields: &[Field]) -> Result<Vec<Facet>> {
        let mut facets = Vec::with_capacity(fields.len());
        for field in fields {
            let Partly { value: tops, is_partial } = self.store.top(ask, field, Facet::DISTINCT_MAX).await?;
            let distinct = tops.len() as u64;
            let values = tops.into_iter().take(Facet::VALUES_MAX).map(facet_value).collect();
            facets.push(Facet { field: field.name().into(), values, distinct, is_partial });
        }
        Ok(facets)
    }
}

/// Which part of the table, and in which order.
#[derive(Clone, Copy, Debug)]
pub struct EventPart<'a> {
    pub order: Order,
    /// The `next` of the page before.
    pub after: Option<&'a str>,
    pub limit: u32,
}

fn facet_value(top: radar_store::Top) -> FacetValue {
    FacetValue { value: top.value, label: None, count: top.count, worst: top.worst }
}

#[cfg(test)]
mod tests;
