use radar_types::{Event, EventId, Scale, Score, ScoreState, Scored, Severity};

use crate::feature::event;
use crate::model::{Manifest, ModelError, Network, RunError, Runtime};
use crate::{detect, explain};

/// Events whose features are held at once.
const BATCH_EVENTS: usize = 1024;

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
    /// changes nothing.
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

    /// The band of a score on this model's scale; `None` when there is no score.
    pub fn severity(&self, scored: &Scored) -> Option<Severity> {
        scored.score.score().map(|score| self.scale().severity(score))
    }

    fn score_batch(&self, batch: Vec<(EventId, Event)>, scored: &mut Vec<Scored>) {
        let mut rows = event::rows(batch.iter().map(|(_, event)| event));
        detect::normalise(&mut rows, &self.manifest.normalisation);
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
        let raw = detect::mean_squared_error(row, reconstruction);
        if !raw.is_finite() {
            return failed(id, event, &RunError("its value is not a finite number".into()));
        }
        let score = Score {
            raw,
            calibrated: self.manifest.calibration.share_below(raw),
            model: self.manifest.name.clone(),
            model_version: self.manifest.version.clone(),
            schema: self.manifest.schema.clone(),
            schema_version: self.manifest.schema_version,
        };
        let reasons = if self.scale().severity(&score).is_anomaly() {
            explain::reasons(&event, row, reconstruction, &self.manifest)
        } else {
            Vec::new()
        };
        Scored { id, event, score: ScoreState::Scored(score), reasons }
    }
}

fn failed(id: EventId, event: Event, error: &RunError) -> Scored {
    Scored { id, event, score: ScoreState::Failed { error: error.to_string() }, reasons: Vec::new() }
}
