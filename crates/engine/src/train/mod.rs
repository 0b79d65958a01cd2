//! Training the event autoencoder, from events to the two files of a model.
//!
//! It is a denoising autoencoder: three in ten of the rows it sees have one to three features
//! replaced by random values, and it is asked for the row as it was. Without that, a narrow network learns to
//! pass single features through, and an outlier in one of them is reconstructed as faithfully as
//! anything else; with it, each feature is judged by the company it keeps.
//!
//! The same events, seed and options give the same bytes on every platform: one thread, a fixed
//! order, and no operation that platforms round differently.

mod adam;

use std::collections::BTreeMap;

use radar_types::{Event, Scale, Timestamp};
use thiserror::Error;

use crate::detect;
use crate::feature::event::{self, Feature};
use crate::model::{Calibration, INPUT, KIND_AUTOENCODER, Layer, Manifest, Network, Normalisation, OUTPUT, TrainedOn, sha256_hex};
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

/// Trains on events that are normal. The earliest four fifths are learned; the others are the
/// baseline that scores are compared with.
pub fn autoencoder(events: &[Event], options: &Options) -> Result<Trained, TrainError> {
    if events.len() < EVENTS_MIN {
        return Err(TrainError::TooFewEvents(events.len()));
    }
    let mut events: Vec<&Event> = events.iter().collect();
    events.sort_by_key(|event| event.timestamp);

    let factors: Vec<f32> = Feature::ALL.iter().map(|feature| feature.weight()).collect();
    let normalisation = Normalisation { offsets: vec![0.0; event::WIDTH], factors };
    let mut rows = event::rows(events.iter().copied());
    detect::normalise(&mut rows, &normalisation);
    let (learned, baseline) = rows.split_at(events.len() * 4 / 5 * event::WIDTH);

    let network = fit(learned, &normalisation, options);
    let calibration = calibrate(&network, baseline);
    if calibration.quantiles.iter().any(|value| !value.is_finite()) {
        return Err(TrainError::Diverged);
    }
    let onnx = network.to_onnx(&options.name);
    let manifest = Manifest {
        name: options.name.clone(),
        version: options.version.clone(),
        kind: KIND_AUTOENCODER.into(),
        schema: event::SCHEMA.into(),
        schema_version: event::VERSION,
        features: Feature::ALL.iter().map(|feature| feature.name().into()).collect(),
        input: INPUT.into(),
        output: OUTPUT.into(),
        onnx_sha256: sha256_hex(&onnx),
        normalisation,
        calibration,
        scale: Scale::radar(),
        trained_on: TrainedOn {
            rows: events.len() as u64,
            from: events[0].timestamp,
            to: events[events.len() - 1].timestamp,
            sha256: sha256_of(&events),
            description: options.description.clone(),
            seed: options.seed,
            epochs: options.epochs,
        },
        date: options.date,
        metrics: BTreeMap::new(),
    };
    Ok(Trained { onnx, manifest })
}

fn fit(rows: &[f32], normalisation: &Normalisation, options: &Options) -> Network {
    let mut random = SplitMix64::new(options.seed);
    let mut adam = Adam::new(untrained(&mut random));
    let mut order: Vec<&[f32]> = rows.chunks_exact(event::WIDTH).collect();
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

fn untrained(random: &mut SplitMix64) -> Network {
    let widths = [&[event::WIDTH][..], &HIDDEN, &[event::WIDTH]].concat();
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
    let mut feature_errors = vec![0.0_f32; event::WIDTH];
    let mut scores = Vec::new();
    for row in rows.chunks_exact(event::WIDTH) {
        let reconstruction = network.run(row);
        scores.push(detect::mean_squared_error(row, &reconstruction));
        for ((sum, input), output) in feature_errors.iter_mut().zip(row).zip(&reconstruction) {
            *sum += (input - output) * (input - output);
        }
    }
    for sum in &mut feature_errors {
        *sum /= scores.len() as f32;
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

    fn events(count: i64) -> Vec<Event> {
        (0..count).map(|index| event(index, format!("GET /orders/{} done in {} ms", 1000 + index, 10 + index % 90))).collect()
    }

    fn options(seed: u64) -> Options {
        let date = Timestamp::saturating_from_unix_millis(0);
        Options { name: "test".into(), version: "1".into(), seed, epochs: 30, date, description: "made up".into() }
    }

    #[test]
    fn the_same_events_and_seed_give_the_same_bytes() {
        let trained = autoencoder(&events(500), &options(1)).unwrap();
        assert_eq!(autoencoder(&events(500), &options(1)).unwrap(), trained);
        assert_ne!(autoencoder(&events(500), &options(2)).unwrap().onnx, trained.onnx);
    }

    #[test]
    fn a_trained_model_tells_the_unusual_from_the_usual() {
        let trained = autoencoder(&events(2000), &options(1)).unwrap();
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
    fn too_few_events_are_refused() {
        assert_eq!(autoencoder(&events(99), &options(1)), Err(TrainError::TooFewEvents(99)));
    }
}
