use std::fmt;

use radar_types::Scale;
use serde::{Deserialize, Serialize};

use super::onnx;

/// What a model is, which is also how its file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Autoencoder,
    IsolationForest,
    #[serde(rename = "kmeans")]
    KMeans,
}

impl Kind {
    pub const ALL: [Self; 3] = [Self::Autoencoder, Self::IsolationForest, Self::KMeans];

    /// As manifests and people spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "autoencoder",
            Self::IsolationForest => "isolation_forest",
            Self::KMeans => "kmeans",
        }
    }

    /// The bands of its calibrated values, unless settings say otherwise.
    pub fn scale(self) -> Scale {
        match self {
            Self::Autoencoder => Scale::autoencoder(),
            Self::IsolationForest => Scale::isolation_forest(),
            Self::KMeans => Scale::ensemble(),
        }
    }

    pub(crate) fn output(self) -> &'static str {
        match self {
            Self::Autoencoder => onnx::OUTPUT,
            Self::IsolationForest | Self::KMeans => onnx::SCORE,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
