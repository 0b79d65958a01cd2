//! Runs a model with tract.

use std::sync::Arc;

use tract_onnx::prelude::*;

use super::{ModelError, Network, RunError};

/// Rows of one call: enough to amortise it, few enough to stay in the cache.
const ROWS_AT_ONCE: usize = 1024;

pub(crate) struct Runtime {
    plan: Arc<TypedRunnableModel>,
    inputs: usize,
}

impl Runtime {
    /// `network` is what the same bytes were found to hold.
    pub(crate) fn load(onnx: &[u8], network: &Network) -> Result<Self, ModelError> {
        let inputs = network.inputs();
        let plan = plan(onnx, inputs).map_err(|error| ModelError::Runtime(format!("{error:#}")))?;
        Ok(Self { plan, inputs })
    }

    /// The outputs for any number of rows that stand one after the other.
    pub(crate) fn run(&self, rows: &[f32]) -> Result<Vec<f32>, RunError> {
        let mut outputs = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS_AT_ONCE * self.inputs) {
            self.run_chunk(rows, &mut outputs).map_err(|error| RunError(format!("{error:#}")))?;
        }
        Ok(outputs)
    }

    fn run_chunk(&self, rows: &[f32], outputs: &mut Vec<f32>) -> TractResult<()> {
        let input = Tensor::from_shape(&[rows.len() / self.inputs, self.inputs], rows)?;
        let result = self.plan.run(tvec!(input.into()))?;
        outputs.extend_from_slice(result[0].try_as_plain_ram()?.as_slice::<f32>()?);
        Ok(())
    }
}

fn plan(mut onnx: &[u8], inputs: usize) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut onnx)?;
    let rows = model.symbols.sym("rows");
    let shape = tvec!(rows.to_dim(), inputs.to_dim());
    model.set_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?;
    model.into_optimized()?.into_runnable()
}
