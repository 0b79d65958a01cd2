use super::{Calibration, Forest, KMeans, Kind, Manifest, ModelError, Network, Normalisation, RunError, Runtime};
use crate::feature::column::signed;

/// A model ready to judge rows of features: one of a folder, or one that was fitted a moment ago.
pub struct Detector {
    kind: Kind,
    width: usize,
    normalisation: Normalisation,
    calibration: Calibration,
    runner: Runner,
    /// Whether rows are of any size, and are brought between 0 and 1 first.
    is_drawing_in: bool,
}

enum Runner {
    Network(Runtime),
    Forest(Forest),
    KMeans(KMeans),
}

impl Detector {
    /// Loads the two files of a model's folder, and checks that they fit each other and this program.
    pub fn load(manifest_json: &[u8], onnx: &[u8]) -> Result<(Self, Manifest), ModelError> {
        let manifest = Manifest::read(manifest_json)?;
        manifest.check_onnx(onnx)?;
        let detector = Self::new(manifest.kind, onnx, &manifest.normalisation, &manifest.calibration)?;
        let width = manifest.reads()?.width();
        if detector.width != width {
            let expected = format!("{width} inputs, one for each feature");
            return Err(ModelError::Graph { expected, found: detector.width.to_string() });
        }
        Ok((detector, manifest))
    }

    pub(crate) fn new(
        kind: Kind,
        onnx: &[u8],
        normalisation: &Normalisation,
        calibration: &Calibration,
    ) -> Result<Self, ModelError> {
        let (runner, width) = match kind {
            Kind::Autoencoder => {
                let network = Network::from_onnx(onnx)?;
                if network.inputs() != network.outputs() {
                    let expected = format!("{} outputs, one for each input", network.inputs());
                    return Err(ModelError::Graph { expected, found: network.outputs().to_string() });
                }
                (Runner::Network(Runtime::load(onnx, &network)?), network.inputs())
            }
            Kind::IsolationForest => {
                let forest = Forest::from_onnx(onnx)?;
                let width = forest.width();
                (Runner::Forest(forest), width)
            }
            Kind::KMeans => {
                let kmeans = KMeans::from_onnx(onnx)?;
                let width = kmeans.width();
                (Runner::KMeans(kmeans), width)
            }
        };
        Ok(Self {
            kind,
            width,
            normalisation: normalisation.clone(),
            calibration: calibration.clone(),
            runner,
            is_drawing_in: false,
        })
    }

    pub(crate) fn drawing_in(self) -> Self {
        Self { is_drawing_in: true, ..self }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows as 0 to 1, one after the other.
    pub fn scores(&self, rows: Vec<f32>) -> Result<Vec<f32>, RunError> {
        Ok(self.raw(rows)?.into_iter().map(|raw| self.score(raw)).collect())
    }

    /// The raw values of rows that stand one after the other.
    pub fn raw(&self, mut rows: Vec<f32>) -> Result<Vec<f32>, RunError> {
        if self.is_drawing_in {
            draw_in(&mut rows);
        }
        self.normalisation.apply(&mut rows);
        Ok(match &self.runner {
            Runner::Forest(forest) => forest.score(&rows),
            Runner::KMeans(kmeans) => kmeans.score(&rows),
            Runner::Network(runtime) => {
                let reconstructions = runtime.run(&rows)?;
                let pairs = rows.chunks_exact(self.width).zip(reconstructions.chunks_exact(self.width));
                pairs.map(|(row, reconstruction)| mean_squared_error(row, reconstruction)).collect()
            }
        })
    }

    /// A raw value as 0 to 1; what is no number is as unusual as can be.
    pub(crate) fn score(&self, raw: f32) -> f32 {
        if raw.is_nan() { 1.0 } else { self.calibration.score(raw) }
    }

    /// The share of the baseline that is less unusual.
    pub(crate) fn share_below(&self, raw: f32) -> f32 {
        self.calibration.share_below(raw)
    }
}

/// Rows of any size as rows from 0 to 1.
pub(crate) fn draw_in(rows: &mut [f32]) {
    for value in rows {
        *value = signed(*value);
    }
}

/// The autoencoder's raw value: how far what it gives is from what it was given.
pub(crate) fn mean_squared_error(input: &[f32], reconstruction: &[f32]) -> f32 {
    let sum: f32 = input.iter().zip(reconstruction).map(|(input, output)| (input - output) * (input - output)).sum();
    sum / input.len() as f32
}
