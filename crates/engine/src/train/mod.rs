//! Training, from rows of features to the two files of a model.
//!
//! The autoencoder is a denoising one: three in ten of the rows it sees have one to three features
//! replaced by random values, and it is asked for the row as it was. Without that, a narrow network learns to
//! pass single features through, and an outlier in one of them is reconstructed as faithfully as
//! anything else; with it, each feature is judged by the company it keeps. The isolation forest and
//! k-means are fitted by [`crate::model`].
//!
//! The same rows, seed and options give the same bytes on every platform: one thread, a fixed
//! order, and no operation that platforms round differently.

mod adam;

use std::collections::BTreeMap;

use radar_types::{Event, Scale, Timestamp};
use thiserror::Error;

use crate::feature::Schema;
use crate::feature::event::{self, Feature};
use crate::model::{
    Calibration, Detector, Forest, INPUT, KMeans, Kind, Layer, Manifest, ModelError, Network, Normalisation, TrainedOn, draw_in,
    mean_squared_error, sha256_hex,
};
use crate::random::SplitMix64;
use adam::Adam;

/// Of the layers between input and output.
const HIDDEN: [usize; 5] = [32, 16, 8, 16, 32];
const BATCH_ROWS: usize = 64;
const LEARNING_RATE: f32 = 0.002;
const CORRUPTED_SHARE: f32 = 0.3;
const CORRUPTED_FEATURES_MAX: u64 = 3;

/// Fewer events teach nothing.
pub const EVENTS_MIN: usize = 100;

#[derive(Clone, Debug)]
pub struct Options {
    pub name: String,
    pub version: String,
    pub seed: u64,
    /// How often each event is seen.
    pub epochs: u32,
    pub date: Timestamp,
    /// What the events are, for the manifest.
    pub description: String,
}

/// The content of a model's folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    pub onnx: Vec<u8>,
    pub manifest: Manifest,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TrainError {
    #[error("training needs at least {EVENTS_MIN} events, and there are {0}")]
    TooFewEvents(usize),
    #[error("training ended in a model without finite values; try another seed, or fewer epochs")]
    Diverged,
}

/// Rows of features of one schema, one after the other, and the period that they are from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    pub schema: Schema,
    pub values: Vec<f32>,
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Rows {
    pub fn none(schema: Schema) -> Self {
        Self { schema, values: Vec::new(), from: Timestamp::MAX, to: Timestamp::MIN }
    }

    pub fn count(&self) -> usize {
        self.values.len() / self.schema.width()
    }

    /// Adds rows of the same schema.
    pub fn extend(&mut self, rows: &Self) {
        self.values.extend_from_slice(&rows.values);
        (self.from, self.to) = (self.from.min(rows.from), self.to.max(rows.to));
    }
}

/// Trains on events alone that are normal. The earliest four fifths are learned; the others are the
/// baseline that scores are compared with.
pub fn events(kind: Kind, events: &[Event], options: &Options) -> Result<Trained, TrainError> {
    if events.len() < EVENTS_MIN {
        return Err(TrainError::TooFewEvents(events.len()));
    }
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| event.timestamp);

    let factors: Vec<f32> = Feature::ALL.iter().map(|feature| feature.weight()).collect();
    let normalisation = Normalisation { offsets: vec![0.0; event::WIDTH], factors };
    let mut rows = event::rows(events.iter().copied());
    normalisation.apply(&mut rows);
    let (learned, baseline) = rows.split_at(events.len() * 4 / 5 * event::WIDTH);
    let fitted = Fitted::of(kind, learned, baseline, normalisation, options)?;
    let trained_on = TrainedOn {
        rows: events.len() as u64,
        from: events[0].timestamp,
        to: events[events.len() - 1].timestamp,
        sha256: sha256_of(&events),
        description: options.description.clone(),
        seed: options.seed,
        epochs: options.epochs,
    };
    // Its raw values have a scale of their own, which people know.
    let scale = if kind == Kind::Autoencoder { Scale::radar() } else { kind.scale() };
    Ok(fitted.into_trained(Schema::EventAlone, scale, trained_on, options))
}

/// Trains on rows of features. Without a baseline of their own, of every five rows four are learned and one is the
/// baseline.
pub fn rows(kind: Kind, rows: &Rows, baseline: Option<&Rows>, options: &Options) -> Result<Trained, TrainError> {
    let (width, count) = (rows.schema.width(), rows.count());
    if count < EVENTS_MIN {
        return Err(TrainError::TooFewEvents(count));
    }
    let (learned, baseline) = match baseline.filter(|baseline| baseline.schema == rows.schema && baseline.count() > 0) {
        Some(baseline) => (rows.values.clone(), baseline.values.clone()),
        None => {
            let (mut learned, mut baseline) = (Vec::new(), Vec::new());
            for (index, row) in rows.values.chunks_exact(width).enumerate() {
                if index % 5 == 4 { &mut baseline } else { &mut learned }.extend_from_slice(row);
            }
            (learned, baseline)
        }
    };
    let fitted = Fitted::of(kind, &learned, &baseline, Normalisation::none(width), options)?;
    let bytes: Vec<u8> = rows.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let trained_on = TrainedOn {
        rows: count as u64,
        from: rows.from,
        to: rows.to,
        sha256: sha256_hex(&bytes),
        description: options.description.clone(),
        seed: options.seed,
        epochs: options.epochs,
    };
    Ok(fitted.into_trained(rows.schema, kind.scale(), trained_on, options))
}

/// Of a file that is judged by a model fitted to itself, so many rows at most teach an autoencoder.
const OWN_ROWS_MAX: usize = 4000;
const OWN_EPOCHS: u32 = 20;

/// Fits a detector to rows of any width, to judge them and others like them.
pub(crate) fn own_detector(kind: Kind, rows: &[f32], width: usize, seed: u64) -> Result<Detector, OwnError> {
    // Trees cut rows of any size; the others compare sizes, and one far value would be all they see.
    let is_drawing_in = kind != Kind::IsolationForest && rows.iter().any(|value| !(0.0..=1.0).contains(value));
    let mut rows = rows.to_vec();
    if is_drawing_in {
        draw_in(&mut rows);
    }
    let step = if kind == Kind::Autoencoder { (rows.len() / width.max(1)).div_ceil(OWN_ROWS_MAX).max(1) } else { 1 };
    let learned: Vec<f32> = rows.chunks_exact(width.max(1)).step_by(step).flatten().copied().collect();
    let options = Options {
        name: kind.name().into(),
        version: String::new(),
        seed,
        epochs: OWN_EPOCHS,
        date: Timestamp::MIN,
        description: String::new(),
    };
    let fitted = Fitted::of(kind, &learned, &rows, Normalisation::none(width), &options)?;
    let detector = Detector::new(kind, &fitted.onnx, &fitted.normalisation, &fitted.calibration)?;
    Ok(if is_drawing_in { detector.drawing_in() } else { detector })
}

/// Why no detector could be fitted to a file.
#[derive(Debug, Error)]
pub enum OwnError {
    #[error(transparent)]
    Train(#[from] TrainError),
    #[error(transparent)]
    Model(#[from] ModelError),
}

/// A model without its story.
struct Fitted {
    kind: Kind,
    onnx: Vec<u8>,
    normalisation: Normalisation,
    calibration: Calibration,
}

impl Fitted {
    /// Both kinds of rows are normalised already.
    fn of(
        kind: Kind,
        learned: &[f32],
        baseline: &[f32],
        normalisation: Normalisation,
        options: &Options,
    ) -> Result<Self, TrainError> {
        let width = normalisation.factors.len();
        let (onnx, calibration) = match kind {
            Kind::Autoencoder => {
                let network = fit(learned, &normalisation, options);
                (network.to_onnx(&options.name), calibrate(&network, baseline))
            }
            Kind::IsolationForest => {
                let forest = Forest::fit(learned, width, options.seed);
                (forest.to_onnx(&options.name), Calibration::of(forest.score(baseline), Vec::new()))
            }
            Kind::KMeans => {
                let kmeans = KMeans::fit(learned, width, options.seed);
                (kmeans.to_onnx(&options.name), Calibration::of(kmeans.score(baseline), Vec::new()))
            }
        };
        if calibration.quantiles.iter().any(|value| !value.is_finite()) {
            return Err(TrainError::Diverged);
        }
        Ok(Self { kind, onnx, normalisation, calibration })
    }

    fn into_trained(self, schema: Schema, scale: Scale, trained_on: TrainedOn, options: &Options) -> Trained {
        let manifest = Manifest {
            name: options.name.clone(),
            version: options.version.clone(),
            kind: self.kind,
            schema: schema.name().into(),
            schema_version: schema.version(),
            features: schema.features().into_iter().map(str::to_owned).collect(),
            input: INPUT.into(),
            output: self.kind.output().into(),
            onnx_sha256: sha256_hex(&self.onnx),
            normalisation: self.normalisation,
            calibration: self.calibration,
            scale,
            trained_on,
            date: options.date,
            metrics: BTreeMap::new(),
        };
        Trained { onnx: self.onnx, manifest }
    }
}

fn fit(rows: &[f32], normalisation: &Normalisation, options: &Options) -> Network {
    let mut random = SplitMix64::new(options.seed);
    let width = normalisation.factors.len();
    let mut adam = Adam::new(untrained(width, &mut random));
    let mut order: Vec<&[f32]> = rows.chunks_exact(width).collect();
    let steps = options.epochs as usize * order.len().div_ceil(BATCH_ROWS);
    let mut step = 0;
    let mut corrupted = Vec::new();
    for _ in 0..options.epochs {
        random.shuffle(&mut order);
        for batch in order.chunks(BATCH_ROWS) {
            for row in batch {
                corrupted.clear();
                corrupted.extend_from_slice(row);
                corrupt(&mut corrupted, normalisation, &mut random);
                adam.learn(&corrupted, row);
            }
            // Long steps first, ever shorter ones towards the end.
            let rate = LEARNING_RATE * (1.0 - step as f32 / steps as f32);
            adam.step(rate);
            step += 1;
        }
    }
    adam.into_network()
}

fn untrained(width: usize, random: &mut SplitMix64) -> Network {
    let widths = [&[width][..], &HIDDEN, &[width]].concat();
    let layer = |pair: &[usize]| {
        let (inputs, outputs) = (pair[0], pair[1]);
        // The bounds of He et al. (2015) for layers with ReLU.
        let bound = (6.0 / inputs as f32).sqrt();
        let weights = (0..inputs * outputs).map(|_| (random.unit() * 2.0 - 1.0) * bound).collect();
        // Open at the start, so that no ReLU is closed for every row and never learns.
        Layer { inputs, outputs, weights, biases: vec![0.1; outputs] }
    };
    Network { layers: widths.windows(2).map(layer).collect() }
}

fn corrupt(row: &mut [f32], normalisation: &Normalisation, random: &mut SplitMix64) {
    if !random.chance(CORRUPTED_SHARE) {
        return;
    }
    for _ in 0..=random.below(CORRUPTED_FEATURES_MAX) {
        let index = random.below(row.len() as u64) as usize;
        row[index] = (random.unit() - normalisation.offsets[index]) * normalisation.factors[index];
    }
}

fn calibrate(network: &Network, rows: &[f32]) -> Calibration {
    let width = network.inputs();
    let mut feature_errors = vec![0.0_f32; width];
    let mut scores = Vec::new();
    for row in rows.chunks_exact(width) {
        let reconstruction = network.run(row);
        scores.push(mean_squared_error(row, &reconstruction));
        for ((sum, input), output) in feature_errors.iter_mut().zip(row).zip(&reconstruction) {
            *sum += (input - output) * (input - output);
        }
    }
    for sum in &mut feature_errors {
        *sum /= scores.len().max(1) as f32;
    }
    Calibration::of(scores, feature_errors)
}

fn sha256_of(events: &[&Event]) -> String {
    let mut ndjson = Vec::new();
    for event in events {
        // Events are text and numbers, and writing to memory does not fail.
        if serde_json::to_writer(&mut ndjson, event).is_ok() {
            ndjson.push(b'\n');
        }
    }
    sha256_hex(&ndjson)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Engine;

    fn event(index: i64, message: String) -> Event {
        let timestamp = Timestamp::saturating_from_unix_millis(1_767_571_200_000 + index * 600_000);
        let (hostname, source) = ("h".into(), "s".into());
        let (os_type, level, collector) = ("Linux".into(), "INFO".into(), "c".into());
        let fields = BTreeMap::new();
        Event {
            timestamp,
            hostname,
            source,
            os_type,
            level,
            message,
            collector,
            record_id: None,
            channel: None,
            user: None,
            address: None,
            fields,
        }
    }

    fn usual(count: i64) -> Vec<Event> {
        (0..count).map(|index| event(index, format!("GET /orders/{} done in {} ms", 1000 + index, 10 + index % 90))).collect()
    }

    fn options(seed: u64) -> Options {
        let date = Timestamp::saturating_from_unix_millis(0);
        Options { name: "test".into(), version: "1".into(), seed, epochs: 30, date, description: "made up".into() }
    }

    #[test]
    fn the_same_events_and_seed_give_the_same_bytes() {
        let trained = events(Kind::Autoencoder, &usual(500), &options(1)).unwrap();
        assert_eq!(events(Kind::Autoencoder, &usual(500), &options(1)).unwrap(), trained);
        assert_ne!(events(Kind::Autoencoder, &usual(500), &options(2)).unwrap().onnx, trained.onnx);
    }

    #[test]
    fn a_trained_model_tells_the_unusual_from_the_usual() {
        let trained = events(Kind::Autoencoder, &usual(2000), &options(1)).unwrap();
        let engine = Engine::load(trained.manifest.to_json().as_bytes(), &trained.onnx).unwrap();
        let usual = event(2500, "GET /orders/3500 done in 40 ms".into());
        let unusual = event(2500, "GET /orders/1%27%20OR%20%271%27=%271 failed: unexpected error".into());
        let scored = engine.score(crate::parse::with_ids(vec![usual, unusual]));
        let raw: Vec<f32> = scored.iter().filter_map(|scored| scored.score.score()).map(|score| score.raw).collect();
        assert!(raw[0] < 0.01 && raw[1] > 0.05, "{raw:?}");
        assert!(scored[0].reasons.is_empty());
        assert!(scored[1].reasons.iter().any(|reason| reason.code == "attack_words"), "{:?}", scored[1].reasons);
    }

    #[test]
    fn rows_of_any_schema_teach_any_kind_of_model() {
        let mut random = SplitMix64::new(3);
        let time = Timestamp::MIN;
        for schema in [Schema::Event, Schema::Http, Schema::Table] {
            let values = (0..400 * schema.width()).map(|_| 0.4 + 0.2 * random.unit()).collect();
            let given = Rows { schema, values, from: time, to: time };
            for kind in Kind::ALL {
                let trained = rows(kind, &given, None, &options(1)).unwrap();
                assert_eq!(rows(kind, &given, None, &options(1)).unwrap(), trained);
                let (detector, manifest) = Detector::load(trained.manifest.to_json().as_bytes(), &trained.onnx).unwrap();
                assert_eq!((manifest, detector.width()), (trained.manifest, schema.width()));
                let raw = detector.raw([vec![0.5; schema.width()], vec![1.0; schema.width()]].concat()).unwrap();
                let scores: Vec<f32> = raw.iter().map(|raw| detector.score(*raw)).collect();
                assert!(scores[0] < 0.4 && scores[1] > 0.55, "{kind} {schema:?}: {scores:?}");
            }
        }
    }

    #[test]
    fn too_few_events_are_refused() {
        assert_eq!(events(Kind::Autoencoder, &usual(99), &options(1)), Err(TrainError::TooFewEvents(99)));
    }
}
