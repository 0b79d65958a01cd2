//! Runs a model with plain loops. Small enough for a browser's download; held to tract by a test.

use super::{ModelError, Network, RunError};

pub(crate) struct Runtime {
    network: Network,
}

impl Runtime {
    pub(crate) fn load(_onnx: &[u8], network: &Network) -> Result<Self, ModelError> {
        Ok(Self { network: network.clone() })
    }

    /// The outputs for any number of rows that stand one after the other.
    pub(crate) fn run(&self, rows: &[f32]) -> Result<Vec<f32>, RunError> {
        Ok(rows.chunks_exact(self.network.inputs()).flat_map(|row| self.network.run(row)).collect())
    }
}
