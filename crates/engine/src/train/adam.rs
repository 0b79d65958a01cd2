//! Gradient descent by Adam (Kingma and Ba, 2015) on the squared error of a network.

use crate::model::{Layer, Network, relu};

const DECAY_MEAN: f32 = 0.9;
const DECAY_SQUARE: f32 = 0.999;
const EPSILON: f32 = 1e-8;

pub(super) struct Adam {
    network: Network,
    gradients: Vec<Layer>,
    means: Vec<Layer>,
    squares: Vec<Layer>,
    /// The decays to the power of the steps made, by which the young averages are too small.
    mean_power: f32,
    square_power: f32,
    /// Rows since the last step.
    rows: usize,
    /// The input of each layer for the row at hand, then the output of the last.
    values: Vec<Vec<f32>>,
}

impl Adam {
    pub(super) fn new(network: Network) -> Self {
        let zeros: Vec<Layer> = network.layers.iter().map(zeros_like).collect();
        let values = vec![Vec::new(); network.layers.len() + 1];
        let (gradients, means, squares) = (zeros.clone(), zeros.clone(), zeros);
        Self { network, gradients, means, squares, mean_power: 1.0, square_power: 1.0, rows: 0, values }
    }

    pub(super) fn into_network(self) -> Network {
        self.network
    }

    /// Adds the gradient of one row's error.
    pub(super) fn learn(&mut self, input: &[f32], target: &[f32]) {
        self.values[0].clear();
        self.values[0].extend_from_slice(input);
        let last = self.network.layers.len() - 1;
        for (index, layer) in self.network.layers.iter().enumerate() {
            let (before, after) = self.values.split_at_mut(index + 1);
            after[0].resize(layer.outputs, 0.0);
            layer.apply(&before[index], &mut after[0]);
            if index < last {
                relu(&mut after[0]);
            }
        }

        let scale = 2.0 / target.len() as f32;
        let mut slopes: Vec<f32> =
            self.values[last + 1].iter().zip(target).map(|(output, target)| (output - target) * scale).collect();
        for (index, layer) in self.network.layers.iter().enumerate().rev() {
            let gradient = &mut self.gradients[index];
            add_scaled(&mut gradient.biases, &slopes, 1.0);
            let mut slopes_before = vec![0.0; layer.inputs];
            for (input, value) in self.values[index].iter().enumerate() {
                // A ReLU that is closed passes nothing on, either way; the input of the first layer
                // has none, and nobody asks for its slopes.
                if *value == 0.0 {
                    continue;
                }
                let row = input * layer.outputs..(input + 1) * layer.outputs;
                add_scaled(&mut gradient.weights[row.clone()], &slopes, *value);
                if index > 0 {
                    slopes_before[input] = dot(&layer.weights[row], &slopes);
                }
            }
            slopes = slopes_before;
        }
        self.rows += 1;
    }

    /// Moves the weights against the mean gradient of the rows since the last step.
    pub(super) fn step(&mut self, rate: f32) {
        self.mean_power *= DECAY_MEAN;
        self.square_power *= DECAY_SQUARE;
        let rows = self.rows.max(1) as f32;
        self.rows = 0;
        let rate = rate * (1.0 - self.square_power).sqrt() / (1.0 - self.mean_power);
        let moments = self.means.iter_mut().zip(&mut self.squares);
        for ((layer, gradient), (mean, square)) in self.network.layers.iter_mut().zip(&mut self.gradients).zip(moments) {
            let weights = (&mut layer.weights, &mut gradient.weights, &mut mean.weights, &mut square.weights);
            let biases = (&mut layer.biases, &mut gradient.biases, &mut mean.biases, &mut square.biases);
            for (numbers, gradients, means, squares) in [weights, biases] {
                for (((number, gradient), mean), square) in numbers.iter_mut().zip(gradients).zip(means).zip(squares) {
                    let slope = *gradient / rows;
                    *gradient = 0.0;
                    *mean = DECAY_MEAN * *mean + (1.0 - DECAY_MEAN) * slope;
                    *square = DECAY_SQUARE * *square + (1.0 - DECAY_SQUARE) * slope * slope;
                    *number -= rate * *mean / (square.sqrt() + EPSILON);
                }
            }
        }
    }
}

fn zeros_like(layer: &Layer) -> Layer {
    Layer { weights: vec![0.0; layer.weights.len()], biases: vec![0.0; layer.biases.len()], ..*layer }
}

fn add_scaled(sums: &mut [f32], values: &[f32], factor: f32) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value * factor;
    }
}

/// Eight sums side by side, which the compiler may compute at once; one sum it may not reorder.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_eights, a_rest) = a.as_chunks::<8>();
    let (b_eights, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (a, b) in a_eights.iter().zip(b_eights) {
        for lane in 0..8 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SplitMix64;

    fn network() -> Network {
        let mut random = SplitMix64::new(3);
        let mut layer = |inputs: usize, outputs: usize| Layer {
            inputs,
            outputs,
            weights: (0..inputs * outputs).map(|_| random.unit() - 0.4).collect(),
            biases: (0..outputs).map(|_| random.unit()).collect(),
        };
        Network { layers: vec![layer(3, 9), layer(9, 2)] }
    }

    fn error(network: &Network, input: &[f32], target: &[f32]) -> f32 {
        crate::model::mean_squared_error(target, &network.run(input))
    }

    #[test]
    fn gradients_are_the_slopes_of_the_error() {
        let (input, target) = ([0.3, -0.7, 0.9], [0.25, -0.5]);
        let mut adam = Adam::new(network());
        adam.learn(&input, &target);
        for layer in 0..2 {
            for index in 0..adam.gradients[layer].weights.len() {
                let moved = |by: f32| {
                    let mut network = network();
                    network.layers[layer].weights[index] += by;
                    error(&network, &input, &target)
                };
                let slope = (moved(1e-3) - moved(-1e-3)) / 2e-3;
                let gradient = adam.gradients[layer].weights[index];
                assert!((slope - gradient).abs() < 2e-3, "layer {layer}, weight {index}: {slope} and {gradient}");
            }
        }
    }

    #[test]
    fn steps_lead_downhill() {
        let (input, target) = ([0.3, -0.7, 0.9], [0.25, -0.5]);
        let mut adam = Adam::new(network());
        for _ in 0..200 {
            adam.learn(&input, &target);
            adam.step(0.01);
        }
        assert!(error(&adam.into_network(), &input, &target) < 1e-4);
    }
}
