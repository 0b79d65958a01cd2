//! Models as files: a manifest that says what a model reads and what its values mean, and an ONNX
//! graph. Loading checks both against each other and against this program, and says what does not
//! fit.
//!
//! The autoencoder is a chain of dense layers and nothing else; a graph with other operators is refused.
//! Two runtimes read it: tract, and the engine's own `kernel` where tract is too large a download.
//! They are twins with one signature, chosen here. The isolation forest and k-means are read back from
//! their files into kernels of our own, which is what runs them everywhere.

mod detector;
mod forest;
mod kind;
mod kmeans;
mod manifest;
mod network;
mod onnx;

#[cfg(any(test, not(feature = "tract")))]
mod kernel;
#[cfg(feature = "tract")]
mod tract;

use radar_types::ScaleError;
use thiserror::Error;

pub use detector::Detector;
pub(crate) use detector::{draw_in, mean_squared_error};
pub use forest::Forest;
pub use kind::Kind;
pub use kmeans::KMeans;
pub(crate) use manifest::sha256_hex;
pub use manifest::{Calibration, Manifest, Normalisation, TrainedOn};
pub(crate) use network::{Layer, Network, relu};
pub(crate) use onnx::INPUT;

#[cfg(not(feature = "tract"))]
pub(crate) use kernel::Runtime;
#[cfg(feature = "tract")]
pub(crate) use tract::Runtime;

pub const MANIFEST_BYTES_MAX: usize = 1 << 20;
pub const ONNX_BYTES_MAX: usize = 16 << 20;
const TREES_MAX: usize = 1000;
/// Stands for a number that is missing or not finite. Rows are centred, so it says nothing.
const MISSING: f32 = 0.0;

/// Why a model can't be used.
#[derive(Debug, Error)]
pub enum ModelError {
    #[error("{file} is {bytes} bytes long, and at most {bytes_max} are read")]
    TooLarge { file: &'static str, bytes: usize, bytes_max: usize },
    #[error("manifest.json is not the manifest of a model")]
    Manifest(#[source] serde_json::Error),
    #[error("model.onnx is not an ONNX file")]
    Onnx(#[source] prost::DecodeError),
    #[error("the graph in model.onnx needs {expected}, and has {found}")]
    Graph { expected: String, found: String },
    #[error("`{field}` in manifest.json should be {expected}, and is {found}; train the model again with `radar train`")]
    Mismatch { field: &'static str, expected: String, found: String },
    #[error("the scale in manifest.json can't be used")]
    Scale(#[from] ScaleError),
    #[error("the model can't be run: {0}")]
    Runtime(String),
}

/// Why a batch has no scores.
#[derive(Debug, Error)]
#[error("the model could not be run: {0}")]
pub struct RunError(pub(crate) String);

#[cfg(test)]
#[cfg(feature = "tract")]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    /// A network of the usual shape whose weights mean nothing.
    fn random_network(random: &mut SplitMix64, widths: &[usize]) -> Network {
        let layer = |pair: &[usize], random: &mut SplitMix64| {
            let mut numbers = |count: usize| (0..count).map(|_| random.unit() - 0.5).collect::<Vec<f32>>();
            Layer { inputs: pair[0], outputs: pair[1], weights: numbers(pair[0] * pair[1]), biases: numbers(pair[1]) }
        };
        Network { layers: widths.windows(2).map(|pair| layer(pair, random)).collect() }
    }

    fn check(widths: &[usize], rows: usize) {
        let mut random = SplitMix64::new(7);
        let network = random_network(&mut random, widths);
        let onnx = network.to_onnx("random");
        let width = widths[0];
        let input: Vec<f32> = (0..rows * width).map(|_| random.unit()).collect();
        let tract = tract::Runtime::load(&onnx, &network).unwrap().run(&input).unwrap();
        let kernel = kernel::Runtime::load(&onnx, &network).unwrap().run(&input).unwrap();
        assert_eq!((tract.len(), kernel.len()), (rows * widths[widths.len() - 1], tract.len()));
        for (a, b) in tract.iter().zip(&kernel) {
            assert!((a - b).abs() < 1e-5, "{widths:?} x {rows}: {a} and {b}");
        }
    }

    #[test]
    fn tract_and_the_kernel_agree() {
        for rows in [0, 1, 2, 7, 1024, 1500] {
            check(&[24, 32, 16, 8, 16, 32, 24], rows);
        }
        check(&[3, 5], 4);
        check(&[1, 1, 1], 1);
    }
}
