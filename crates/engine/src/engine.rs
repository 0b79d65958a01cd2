use radar_types::{Event, EventId, Scale, Score, ScoreState, Scored, Severity};

use crate::explain;
use crate::feature::Schema;
use crate::feature::event;
use crate::model::{Kind, Manifest, ModelError, Network, RunError, Runtime, mean_squared_error};

/// Events whose features are held at once.
const BATCH_EVENTS: usize = 1024;

/// What one model says of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Examined {
    pub score: Score,
    /// On the model's own scale.
    pub severity: Severity,
    pub features: Vec<Weighed>,
}

/// A number that a model read of an event, and how much it counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weighed {
    pub name: &'static str,
    pub value: f32,
    /// What the model expected in its place.
    pub usual: f32,
    /// The share of all that was unexpected, less what a feature may always be off. Where it is 0 it is no reason.
    pub weight: f32,
    /// The code of the reason that speaks of it.
    pub reason: &'static str,
}

/// A loaded model with everything around it. Reads only, so any number of threads may share one.
pub struct Engine {
    manifest: Manifest,
    runtime: Runtime,
}

impl Engine {
    /// Loads a model from the two files of its folder, and checks that they fit each other and
    /// this program.
    pub fn load(manifest_json: &[u8], onnx: &[u8]) -> Result<Self, ModelError> {
        let manifest = Manifest::read(manifest_json)?;
        let expected = format!("{} of {} {}", Kind::Autoencoder, event::SCHEMA, Schema::EventAlone.version());
        if manifest.kind != Kind::Autoencoder || manifest.reads()? != Schema::EventAlone {
            let found = format!("{} of {} {}", manifest.kind, manifest.schema, manifest.schema_version);
            return Err(ModelError::Mismatch { field: "kind", expected, found });
        }
        let network = Network::from_onnx(onnx)?;
        for (value, width) in [("inputs", network.inputs()), ("outputs", network.outputs())] {
            if width != event::WIDTH {
                let expected = format!("{} {value}, one for each feature", event::WIDTH);
                return Err(ModelError::Graph { expected, found: width.to_string() });
            }
        }
        manifest.check_onnx(onnx)?;
        let runtime = Runtime::load(onnx, &network)?;
        Ok(Self { manifest, runtime })
    }

    /// The model that is part of this program.
    pub fn shipped() -> Result<Self, ModelError> {
        Self::load(
            include_bytes!("../../../models/autoencoder/manifest.json"),
            include_bytes!("../../../models/autoencoder/model.onnx"),
        )
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The scale that belongs to this model.
    pub fn scale(&self) -> &Scale {
        &self.manifest.scale
    }

    /// Scores events in the order they come in. Each is judged alone: how they are put into batches
    /// changes no more than the last digits, which depend on the order of additions.
    pub fn score(&self, events: Vec<(EventId, Event)>) -> Vec<Scored> {
        let mut scored = Vec::with_capacity(events.len());
        let mut events = events.into_iter();
        loop {
            let batch: Vec<(EventId, Event)> = events.by_ref().take(BATCH_EVENTS).collect();
            if batch.is_empty() {
                return scored;
            }
            self.score_batch(batch, &mut scored);
        }
    }

    /// The scale of events that went through a stream as well ([`Engine::follow`]).
    pub fn live_scale(&self) -> Scale {
        Scale::ensemble()
    }

    /// The band of a score on the scale of what made it; `None` when there is no score.
    pub fn severity(&self, scored: &Scored) -> Option<Severity> {
        let score = scored.score.score()?;
        Some(if score.model == Score::ENSEMBLE { self.live_scale().severity(score) } else { self.scale().severity(score) })
    }

    /// What each model says of an event by itself, whatever came before it, and what it read for that. A model that can't
    /// be run says nothing.
    pub fn examine(&self, event: &Event) -> Vec<Examined> {
        let features = event::rows([event]);
        let mut row = features.clone();
        self.manifest.normalisation.apply(&mut row);
        let Ok(reconstruction) = self.runtime.run(&row) else { return Vec::new() };
        let Some(score) = self.score_of(mean_squared_error(&row, &reconstruction)) else { return Vec::new() };
        let usual = self.manifest.normalisation.undo(&reconstruction);
        let weights = explain::weights(&row, &reconstruction, &self.manifest);
        let numbers = features.into_iter().zip(usual).zip(weights);
        let features = event::Feature::ALL.into_iter().zip(numbers).map(|(feature, ((value, usual), weight))| Weighed {
            name: feature.name(),
            value,
            usual,
            weight,
            reason: explain::feature_code(feature),
        });
        vec![Examined { severity: self.scale().severity(&score), score, features: features.collect() }]
    }

    fn score_batch(&self, batch: Vec<(EventId, Event)>, scored: &mut Vec<Scored>) {
        let mut rows = event::rows(batch.iter().map(|(_, event)| event));
        self.manifest.normalisation.apply(&mut rows);
        match self.runtime.run(&rows) {
            Ok(reconstructions) => {
                let pairs = rows.chunks_exact(event::WIDTH).zip(reconstructions.chunks_exact(event::WIDTH));
                scored.extend(
                    batch
                        .into_iter()
                        .zip(pairs)
                        .map(|((id, event), (row, reconstruction))| self.judge(id, event, row, reconstruction)),
                );
            }
            Err(error) => scored.extend(batch.into_iter().map(|(id, event)| failed(id, event, &error))),
        }
    }

    fn judge(&self, id: EventId, event: Event, row: &[f32], reconstruction: &[f32]) -> Scored {
        let Some(score) = self.score_of(mean_squared_error(row, reconstruction)) else {
            return failed(id, event, &RunError("its value is not a finite number".into()));
        };
        let reasons = if self.scale().severity(&score).is_anomaly() {
            explain::reasons(&event, row, reconstruction, &self.manifest)
        } else {
            Vec::new()
        };
        Scored { id, event, score: ScoreState::Scored(score), reasons, template: None }
    }

    fn score_of(&self, raw: f32) -> Option<Score> {
        let Manifest { name, version, schema, schema_version, calibration, .. } = &self.manifest;
        raw.is_finite().then(|| Score {
            raw,
            calibrated: calibration.share_below(raw),
            model: name.clone(),
            model_version: version.clone(),
            schema: schema.clone(),
            schema_version: *schema_version,
        })
    }
}

fn failed(id: EventId, event: Event, error: &RunError) -> Scored {
    Scored { id, event, score: ScoreState::Failed { error: error.to_string() }, reasons: Vec::new(), template: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Limits, text_lines, with_ids};

    fn engine() -> Engine {
        Engine::shipped().unwrap()
    }

    fn raw(scored: &[Scored]) -> Vec<f32> {
        scored.iter().filter_map(|scored| scored.score.score()).map(|score| score.raw).collect()
    }

    #[test]
    fn events_are_scored_in_order_and_each_alone() {
        let lines: Vec<String> =
            (0..2500).map(|i| format!("2026-03-02 10:00:00 [INFO] a - order {i} took {} ms", i % 90)).collect();
        let parsed = text_lines(lines.join("\n").as_bytes(), radar_types::Timestamp::MIN, &Limits::default());
        let events = with_ids(parsed.events.into_iter().map(|(_, event)| event).collect());
        let engine = engine();
        let together = engine.score(events.clone());
        assert!(together.iter().map(|scored| scored.id).eq(events.iter().map(|(id, _)| *id)));
        for index in [0, 1023, 1024, 2499] {
            let alone = engine.score(vec![events[index].clone()]);
            assert!((raw(&alone)[0] - raw(&together)[index]).abs() < 1e-6);
        }
        assert_eq!(engine.score(Vec::new()), []);
    }

    /// Changes a value of the shipped manifest and compares what loading says.
    fn check(pointer: &str, value: serde_json::Value, expected: &str) {
        let mut manifest = serde_json::to_value(engine().manifest()).unwrap();
        *manifest.pointer_mut(pointer).unwrap() = value;
        let onnx = include_bytes!("../../../models/autoencoder/model.onnx");
        let error = Engine::load(manifest.to_string().as_bytes(), onnx).err().unwrap().to_string();
        assert!(error.contains(expected), "{pointer}: {error}");
    }

    #[test]
    fn a_manifest_that_does_not_fit_is_refused_with_what_to_do() {
        check(
            "/schema_version",
            9.into(),
            "`schema` in manifest.json should be one of event 1, event 2, http 1, table 1, and is event 9; train the model \
             again with `radar train`",
        );
        check("/schema", "http".into(), "`features` in manifest.json should be status_3xx");
        check("/kind", "isolation_forest".into(), "`output` in manifest.json should be score");
        check("/kind", "forest".into(), "not the manifest of a model");
        check("/features/3", "x".into(), "`features`");
        check("/onnx_sha256", "00".into(), "`onnx_sha256`");
        check("/normalisation/factors/0", 0.into(), "finite and above 0");
        check("/normalisation/offsets", serde_json::json!([]), "24 numbers, and is 0");
        check("/calibration/quantiles/50", 9.into(), "finite and rising");
        check("/scale/low", 9.into(), "the scale in manifest.json can't be used");
        check("/date", "soon".into(), "not the manifest of a model");
    }
}
