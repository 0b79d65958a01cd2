//! From which score on an event of a collection has which severity.
//!
//! Severities are made of stored scores when somebody asks, so other thresholds hold for what is stored already.

use radar_store::{Ask, Expect, Record, Store, Table};
use radar_types::query::{Filter, Period};
use radar_types::thresholds::{ThresholdChoice, Thresholds, Trial};
use radar_types::{CollectionId, Scale, Side, Timestamp};

use crate::people::{named, read, write};
use crate::{Actor, Error, Result, Services};

const DAY_MILLIS: i64 = 86_400_000;

impl Services {
    pub async fn thresholds(&self, actor: &Actor, side: Side, now: Timestamp) -> Result<ThresholdChoice> {
        let collection = actor.reads(side)?;
        let current = chosen(&*self.store, &collection).await?;
        let bounds: Vec<f32> = (1..ThresholdChoice::SCORES).map(|step| step as f32 / ThresholdChoice::SCORES as f32).collect();
        let ask = last_days(&collection, current, now);
        let (tally, scores) = tokio::try_join!(self.store.tally(&ask), self.store.scores(&ask, &bounds))?;
        Ok(ThresholdChoice {
            current,
            usual: Thresholds::usual(),
            flagged: tally.value.anomalies(),
            is_partial: tally.is_partial || scores.is_partial,
            scores: scores.value,
        })
    }

    /// What other thresholds would have made of the last days.
    pub async fn try_thresholds(&self, actor: &Actor, side: Side, thresholds: Thresholds, now: Timestamp) -> Result<Trial> {
        let collection = actor.reads(side)?;
        check(thresholds)?;
        let tally = self.store.tally(&last_days(&collection, thresholds, now)).await?;
        Ok(Trial { would_flag: tally.value.anomalies(), is_partial: tally.is_partial })
    }

    /// From now on, and for what is stored.
    pub async fn set_thresholds(&self, actor: &Actor, side: Side, thresholds: Thresholds, now: Timestamp) -> Result<()> {
        let collection = actor.clears(side)?;
        check(thresholds)?;
        let _entry = self.enter(actor, &collection, now).await?;
        let value = write(&thresholds)?;
        let record = Record { key: key(&collection), owner: collection.as_str().into(), value, ..Record::default() };
        self.store.put(Table::Settings, record, Expect::Anything).await?;
        self.note_by(actor, "changed the thresholds", named(&collection), now).await;
        Ok(())
    }

    /// A question about all events of a collection, with the severities that they have there.
    pub(crate) async fn on_scale(&self, collection: &CollectionId) -> Result<Ask> {
        Ok(Ask::all(collection.clone(), scale_of(&*self.store, collection).await?))
    }

    pub(crate) async fn forget_thresholds(&self, collection: &CollectionId) -> Result<()> {
        self.store.remove(Table::Settings, &key(collection)).await?;
        Ok(())
    }
}

fn last_days(collection: &CollectionId, thresholds: Thresholds, now: Timestamp) -> Ask {
    let period = Period { from: now.saturating_add_millis(-ThresholdChoice::DAYS * DAY_MILLIS), to: now };
    Ask::all(collection.clone(), thresholds.scale()).with(Filter::Time(period))
}

/// The scale on which events of a collection are read.
pub(crate) async fn scale_of(store: &dyn Store, collection: &CollectionId) -> Result<Scale> {
    Ok(chosen(store, collection).await?.scale())
}

async fn chosen(store: &dyn Store, collection: &CollectionId) -> Result<Thresholds> {
    let record = store.find(Table::Settings, &key(collection), Timestamp::MIN).await?;
    record.as_ref().map_or_else(|| Ok(Thresholds::usual()), read)
}

fn key(collection: &CollectionId) -> String {
    format!("thresholds {}", collection.as_str())
}

fn check(thresholds: Thresholds) -> Result<()> {
    let message = "Thresholds rise from low to critical, above 0 and up to 1.";
    thresholds.are_sound().then_some(()).ok_or_else(|| Error::invalid(message))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use radar_engine::{Engine, parse};
    use radar_store::memory::MemoryStore;
    use radar_types::{Email, Role, Severity, Span};
    use serde_json::json;

    use super::*;
    use crate::{AccountRules, ErrorKind};

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_unix_millis(1_767_225_600_000 + millis).unwrap()
    }

    async fn house() -> Services {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let events: Vec<_> = (0..40)
            .map(|number| {
                json!({"timestamp": at(number * 1000).to_string(), "hostname": "h", "source": "s", "os_type": "Linux",
                    "level": "INFO", "message": format!("request {number} took {} ms", number * number), "collector": "c"})
            })
            .collect();
        let parsed = parse::json_records(json!(events).to_string().as_bytes(), at(0), &parse::Limits::default());
        let events = parse::with_ids(parsed.events.into_iter().map(|(_, event)| event).collect());
        let engine = Arc::new(Engine::shipped().unwrap());
        let mut scored = engine.score(events);
        for (place, one) in scored.iter_mut().enumerate() {
            if let radar_types::ScoreState::Scored(score) = &mut one.score {
                score.calibrated = place as f32 / 40.0;
            }
        }
        store.append(&CollectionId::public(), scored).await.unwrap();
        Services::start(store, engine, AccountRules::default()).await.unwrap()
    }

    fn administrator() -> Actor {
        Actor::person(Email::new("ann@example.org").unwrap(), Role::Administrator)
    }

    #[tokio::test]
    async fn a_trial_counts_what_would_have_been_flagged_and_changes_nothing() {
        let services = house().await;
        let visitor = Actor::visitor();
        let lower = Thresholds { low: 0.25, ..Thresholds::usual() };
        let trial = services.try_thresholds(&visitor, Side::Public, lower, at(60_000)).await.unwrap();
        assert_eq!(trial, Trial { would_flag: 30, is_partial: false });
        let choice = services.thresholds(&visitor, Side::Public, at(60_000)).await.unwrap();
        assert_eq!((choice.current, choice.flagged), (Thresholds::usual(), 20));
        assert_eq!((choice.scores.len(), choice.scores.iter().sum::<u64>()), (ThresholdChoice::SCORES, 40));
        assert_eq!(choice.scores[..4], [1, 0, 1, 0], "0 and 0.025");
        let later = services.try_thresholds(&visitor, Side::Public, lower, at(8 * DAY_MILLIS)).await.unwrap();
        assert_eq!(later.would_flag, 0, "older than a week");
    }

    #[tokio::test]
    async fn chosen_thresholds_hold_for_what_is_stored() {
        let services = house().await;
        let span: Span = format!("{}-{}", at(0).unix_millis(), at(100_000).unix_millis()).parse().unwrap();
        let low = async || {
            let visitor = Actor::visitor();
            let picture = services.picture(&visitor, Side::Public, "", span, at(0)).await.unwrap();
            let rows = services.overview(&visitor, Side::Public, span, at(0)).await.unwrap().newest;
            (picture.tally.anomalies(), rows.iter().filter(|row| row.severity > Some(Severity::Safe)).count())
        };
        assert_eq!(low().await, (20, 20));
        let chosen = Thresholds { low: 0.75, medium: 0.8, high: 0.85, critical: 0.9 };
        services.set_thresholds(&administrator(), Side::Public, chosen, at(0)).await.unwrap();
        assert_eq!(services.thresholds(&Actor::visitor(), Side::Public, at(0)).await.unwrap().current, chosen);
        assert_eq!(low().await, (10, 10));
    }

    #[tokio::test]
    async fn only_who_clears_the_collection_sets_them_and_only_to_what_rises() {
        let services = house().await;
        let set = async |actor: &Actor, thresholds| {
            services.set_thresholds(actor, Side::Public, thresholds, at(0)).await.map_err(|error| error.kind())
        };
        let analyst = Actor::person(Email::new("bob@example.org").unwrap(), Role::Analyst);
        assert_eq!(set(&Actor::visitor(), Thresholds::usual()).await, Err(ErrorKind::LogInNeeded));
        assert_eq!(set(&analyst, Thresholds::usual()).await, Err(ErrorKind::NotAllowed));
        let falling = Thresholds { low: 0.95, ..Thresholds::usual() };
        assert_eq!(set(&administrator(), falling).await, Err(ErrorKind::Invalid));
    }
}
