//! The dense network itself: what training changes, files hold, and the kernel runs.

/// Layers with a ReLU between each two, none behind the last.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Network {
    pub(crate) layers: Vec<Layer>,
}

/// `outputs = inputs x weights + biases`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// One row for each input, so that the inner loop runs over neighbours.
    pub(crate) weights: Vec<f32>,
    pub(crate) biases: Vec<f32>,
}

impl Network {
    pub(crate) fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.inputs)
    }

    pub(crate) fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.outputs)
    }

    /// The output for one row.
    pub(crate) fn run(&self, row: &[f32]) -> Vec<f32> {
        let mut values = row.to_vec();
        for (index, layer) in self.layers.iter().enumerate() {
            if index > 0 {
                relu(&mut values);
            }
            let mut output = vec![0.0; layer.outputs];
            layer.apply(&values, &mut output);
            values = output;
        }
        values
    }
}

impl Layer {
    /// Writes the outputs for one row, before any ReLU.
    pub(crate) fn apply(&self, input: &[f32], output: &mut [f32]) {
        output.copy_from_slice(&self.biases);
        for (value, weights) in input.iter().zip(self.weights.chunks_exact(self.outputs)) {
            // Behind a ReLU many inputs are zero.
            if *value != 0.0 {
                for (sum, weight) in output.iter_mut().zip(weights) {
                    *sum += value * weight;
                }
            }
        }
    }
}

pub(crate) fn relu(values: &mut [f32]) {
    for value in values {
        *value = value.max(0.0);
    }
}
