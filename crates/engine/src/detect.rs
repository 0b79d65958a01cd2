//! What a model's output says of an event: how far the reconstruction is from what was read.

use crate::model::Normalisation;

/// Brings rows of features onto the scale the model was trained on.
pub(crate) fn normalise(rows: &mut [f32], normalisation: &Normalisation) {
    let Normalisation { offsets, factors } = normalisation;
    for row in rows.chunks_exact_mut(factors.len()) {
        for ((value, offset), factor) in row.iter_mut().zip(offsets).zip(factors) {
            *value = (*value - offset) * factor;
        }
    }
}

/// The mean squared error: the autoencoder's raw score.
pub(crate) fn mean_squared_error(input: &[f32], reconstruction: &[f32]) -> f32 {
    let sum: f32 = input.iter().zip(reconstruction).map(|(input, output)| (input - output) * (input - output)).sum();
    sum / input.len() as f32
}
