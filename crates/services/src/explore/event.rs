//! One event: what each model says of it, the history of its template, and what happened beside it.

use radar_engine::template::masked;
use radar_engine::{Examined, Weighed};
use radar_store::{Ask, PageAsk, Stored};
use radar_types::explore::{EventDetail, FacetValue, FeatureValue, ModelScore, TemplateHistory};
use radar_types::query::{Field, Filter, Order, Period};
use radar_types::wire::{Row, Seq};
use radar_types::{Score, Side, TemplateId, Verdict};

use crate::overview::row;
use crate::{Actor, Error, Result, Services};

/// Events shown on each side of it.
const NEIGHBOURS: u32 = 10;
/// A longer text of a template is cut.
const TEMPLATE_CHARACTERS_MAX: usize = 500;
const WEEK_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;

impl Services {
    /// Everything about an event of the collection in view.
    pub async fn event(&self, actor: &Actor, side: Side, seq: Seq) -> Result<EventDetail> {
        let collection = actor.reads(side)?;
        let stored = self.store.get(&collection, seq).await?.ok_or_else(Error::missing)?;
        let all = self.on_scale(&collection).await?;
        let scale = all.scale.clone();
        let of_host = all.clone().with(Filter::Is(Field::Host, stored.scored.event.hostname.clone()));
        let (before, after) = (PageAsk::before(&stored, NEIGHBOURS), PageAsk::after(&stored, NEIGHBOURS));
        let (before, after) = (self.neighbours(&of_host, before), self.neighbours(&of_host, after));
        let (template, before, after) = tokio::try_join!(self.template_history(all, &stored), before, after)?;
        let examined = self.engine.examine(&stored.scored.event);
        let models = examined.iter().map(model_score).collect();
        let mut features: Vec<Weighed> = examined.into_iter().flat_map(|model| model.features).collect();
        features.sort_by(|one, other| other.weight.total_cmp(&one.weight));
        let features = features.into_iter().map(feature_value).collect();
        Ok(EventDetail { row: row(&scale, stored), models, features, template, before, after })
    }

    /// Keeps what somebody says of an event; `None` takes it back.
    pub async fn judge(&self, actor: &Actor, side: Side, seq: Seq, verdict: Option<Verdict>) -> Result<()> {
        let collection = actor.works_on(side)?;
        match self.store.judge(&collection, vec![seq], verdict).await? {
            0 => Err(Error::missing()),
            _ => Ok(()),
        }
    }

    async fn neighbours(&self, of_host: &Ask, page: PageAsk) -> Result<Vec<Row>> {
        let page = self.store.search(of_host, &page).await?;
        Ok(page.value.events.into_iter().map(|stored| row(&of_host.scale, stored)).collect())
    }

    /// Over the week that ends with the event.
    async fn template_history(&self, all: Ask, stored: &Stored) -> Result<Option<TemplateHistory>> {
        let Some(template) = stored.scored.template else { return Ok(None) };
        let to = stored.scored.event.timestamp.saturating_add_millis(1);
        let period = Period { from: to.saturating_add_millis(-WEEK_MILLIS), to };
        let all_of = all.collection.clone();
        let ask = all.with(Filter::Time(period)).with(Filter::Is(Field::Template, template.to_string()));
        let first = PageAsk { order: Order::Oldest, limit: 1, ..PageAsk::default() };
        let (timeline, first) =
            tokio::try_join!(self.store.histogram(&ask, period, period.bar_millis()), self.store.search(&ask, &first))?;
        let note = self.pattern_note(&all_of, template).await?;
        Ok(Some(TemplateHistory {
            template: template_text(stored),
            name: note.and_then(|note| note.name),
            count: timeline.value.iter().map(|bucket| bucket.tally.events()).sum(),
            first: first.value.events.first().map(|first| first.scored.event.timestamp),
            // It is counted itself, and nothing after it.
            last: Some(stored.scored.event.timestamp),
            timeline: timeline.value,
        }))
    }

    /// Says what the templates of these values are: as people call them, or by the latest event of each.
    pub(crate) async fn label_templates(&self, ask: &Ask, values: &mut [FacetValue]) -> Result<()> {
        let notes = self.pattern_notes(&ask.collection).await?;
        for value in values {
            let note = value.value.parse().ok().and_then(|template: TemplateId| notes.get(&template));
            if let Some(name) = note.and_then(|note| note.name.clone()) {
                value.label = Some(name);
                continue;
            }
            let is = Filter::Is(Field::Template, value.value.clone());
            let latest = self.store.search(&ask.clone().with(is), &PageAsk { limit: 1, ..PageAsk::default() }).await?;
            value.label = latest.value.events.first().map(template_text);
        }
        Ok(())
    }
}

pub(crate) fn template_text(stored: &Stored) -> String {
    masked(&stored.scored.event.message).chars().take(TEMPLATE_CHARACTERS_MAX).collect()
}

fn model_score(examined: &Examined) -> ModelScore {
    let Score { model, model_version, raw, calibrated, .. } = examined.score.clone();
    ModelScore { model, model_version, raw, calibrated, severity: examined.severity }
}

fn feature_value(weighed: Weighed) -> FeatureValue {
    let Weighed { name, value, usual, weight, reason } = weighed;
    FeatureValue { name: name.into(), value, usual: Some(usual), weight: Some(weight), reason: reason.into() }
}
