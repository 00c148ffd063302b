//! The network as the library holds it, and as plain data.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::activation::relu;
use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use rand::Rng;
use rand::rngs::StdRng;
use wick_schemas::model::Layer;

use crate::error::{Error, Result};

/// Dense layers, rectified but for the last.
#[derive(Module, Debug)]
pub struct Shape<B: Backend> {
    layers: Vec<Linear<B>>,
}

impl<B: Backend> Shape<B> {
    /// Draws the weights of the hidden layers (He et al. 2015); those of the last are zero and its bias is `start`, so that
    /// a network which has not learnt says the same of every row. The library's own draws come of one generator for all
    /// threads, and would not be the same twice.
    pub fn new(inputs: usize, hidden: &[usize], start: f32, rng: &mut StdRng, device: &B::Device) -> Self {
        let mut entering = inputs;
        let mut layers = Vec::with_capacity(hidden.len() + 1);
        for leaving in hidden {
            let bound = (6.0 / entering.max(1) as f32).sqrt();
            let weights = (0..entering * leaving).map(|_| rng.random_range(-bound..=bound)).collect();
            layers.push(dense(weights, [entering, *leaving], vec![0.0; *leaving], device));
            entering = *leaving;
        }
        layers.push(dense(vec![0.0; entering], [entering, 1], vec![start], device));
        Self { layers }
    }

    /// One value for each row.
    pub fn forward(&self, rows: Tensor<B, 2>) -> Tensor<B, 2> {
        let mut values = rows;
        for (place, layer) in self.layers.iter().enumerate() {
            values = layer.forward(if place == 0 { values } else { relu(values) });
        }
        values
    }

    /// The same as plain data, so that the predictor needs no library.
    ///
    /// # Errors
    /// Where the library does not give its numbers away.
    pub fn flatten(&self) -> Result<Vec<Layer>> {
        self.layers.iter().map(flatten).collect()
    }
}

fn dense<B: Backend>(weights: Vec<f32>, sizes: [usize; 2], biases: Vec<f32>, device: &B::Device) -> Linear<B> {
    let biases = TensorData::new(biases, [sizes[1]]);
    Linear {
        weight: Param::from_tensor(Tensor::from_data(TensorData::new(weights, sizes), device)),
        bias: Some(Param::from_tensor(Tensor::from_data(biases, device))),
    }
}

/// Theirs has a row for each input, ours one for each output.
fn flatten<B: Backend>(layer: &Linear<B>) -> Result<Layer> {
    let biases = match &layer.bias {
        Some(bias) => numbers(bias.val())?,
        None => Vec::new(),
    };
    Ok(Layer { weights: numbers(layer.weight.val().transpose())?, biases })
}

/// The numbers of a tensor, row by row.
///
/// # Errors
/// Where the library does not give them away.
pub fn numbers<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Result<Vec<f64>> {
    let unreadable = |error| Error::Fit { what: "network", reason: format!("{error:?}") };
    let numbers = tensor.into_data().to_vec::<f32>().map_err(unreadable)?;
    Ok(numbers.into_iter().map(f64::from).collect())
}

#[cfg(test)]
impl<B: Backend> Shape<B> {
    /// Draws every weight and bias anew.
    pub fn stir(&mut self, rng: &mut StdRng) {
        for layer in &mut self.layers {
            let [entering, leaving] = layer.weight.dims();
            let mut draw = |count: usize| (0..count).map(|_| rng.random_range(-0.7..=0.7)).collect();
            let (weights, biases) = (draw(entering * leaving), draw(leaving));
            *layer = dense(weights, [entering, leaving], biases, &layer.weight.device());
        }
    }
}
