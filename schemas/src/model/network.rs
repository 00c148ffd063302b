//! A feed-forward network as plain data.

use serde::{Deserialize, Serialize};

use super::Input;

/// A dense layer: every output is a bias and a weighted sum of all inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// The weights of the first output, then those of the second, and so on.
    pub weights: Vec<f64>,
    /// One for each output.
    pub biases: Vec<f64>,
}

/// Dense layers one after the other on standardised columns. What leaves a layer is rectified, `max(0, x)`, except for
/// what leaves the last, which has one output. Nothing here asks a library of the machine for its opinion of a
/// transcendental function, so a network says the same wherever it is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Network {
    /// What enters the first layer.
    pub inputs: Vec<Input>,
    /// The layers.
    pub layers: Vec<Layer>,
}

impl Layer {
    /// What leaves the layer. A layer without inputs gives its biases.
    fn apply(&self, entering: &[f64]) -> Vec<f64> {
        let output = |(place, bias): (usize, &f64)| {
            let weights = &self.weights[place * entering.len()..(place + 1) * entering.len()];
            bias + weights.iter().zip(entering).map(|(weight, value)| weight * value).sum::<f64>()
        };
        self.biases.iter().enumerate().map(output).collect()
    }

    fn is_sound(&self, entering: usize) -> bool {
        !self.biases.is_empty()
            && self.weights.len() == self.biases.len() * entering
            && self.weights.iter().chain(&self.biases).all(|number| number.is_finite())
    }
}

impl Network {
    /// The value for a row; not a number where the network is not sound, or a column is missing.
    #[must_use]
    pub fn value(&self, row: &[f64]) -> f64 {
        let mut values: Vec<f64> = self.inputs.iter().map(|input| input.value(row)).collect();
        for (place, layer) in self.layers.iter().enumerate() {
            if layer.weights.len() != layer.biases.len() * values.len() {
                return f64::NAN;
            }
            values = layer.apply(&values);
            if place + 1 < self.layers.len() {
                // Not `max`, which would make nothing of a value that is missing.
                values.iter_mut().filter(|value| **value < 0.0).for_each(|value| *value = 0.0);
            }
        }
        values.first().copied().unwrap_or(f64::NAN)
    }

    /// The columns that enter.
    pub fn columns(&self) -> impl Iterator<Item = u32> {
        self.inputs.iter().map(|input| input.column)
    }

    /// Whether the layers fit together, everything is finite, and only columns that are there are asked about.
    #[must_use]
    pub fn is_sound(&self, columns: usize) -> bool {
        let mut entering = self.inputs.len();
        let mut fits = |layer: &Layer| {
            let sound = layer.is_sound(entering);
            entering = layer.biases.len();
            sound
        };
        self.inputs.iter().all(|input| input.is_sound(columns)) && self.layers.iter().all(&mut fits) && {
            self.layers.last().is_some_and(|last| last.biases.len() == 1)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Estimator;

    fn input(column: u32, weight: f64) -> Input {
        Input { column, center: 1.0, scale: 2.0, clip: 3.0, weight }
    }

    /// `max(0, x) + 2 max(0, -x + y) + 0.5`, of columns that are first standardised and clipped.
    fn small() -> Network {
        let hidden = Layer { weights: vec![1.0, 0.0, -1.0, 1.0], biases: vec![0.0, 0.0] };
        let last = Layer { weights: vec![1.0, 2.0], biases: vec![0.5] };
        Network { inputs: vec![input(0, 1.0), input(2, 1.0)], layers: vec![hidden, last] }
    }

    #[test]
    fn layers_add_rectify_and_add_again() {
        // x = (5 - 1) / 2 = 2, y = (1 - 1) / 2 = 0.
        assert_eq!(small().value(&[5.0, f64::NAN, 1.0]), 2.0 + 0.0 + 0.5);
        // x = -1, y = 3 where it is clipped.
        assert_eq!(small().value(&[-1.0, f64::NAN, 1e9]), 0.0 + 8.0 + 0.5);
    }

    #[test]
    fn the_last_layer_is_not_rectified() {
        let last = Layer { weights: vec![1.0], biases: vec![-4.0] };
        assert_eq!(Network { inputs: vec![input(0, 1.0)], layers: vec![last] }.value(&[1.0]), -4.0);
    }

    #[test]
    fn what_is_missing_is_not_rectified_away() {
        assert!(small().value(&[5.0, 0.0]).is_nan());
        assert!(small().value(&[f64::NAN, 0.0, 1.0]).is_nan());
    }

    #[test]
    fn what_does_not_fit_together_is_not_sound() {
        let sound = small();
        assert!(sound.is_sound(3) && !sound.is_sound(2));
        let broken = |change: &dyn Fn(&mut Network)| {
            let mut network = small();
            change(&mut network);
            assert!(!network.is_sound(3), "{network:?}");
            network
        };
        broken(&|network| network.layers.clear());
        broken(&|network| network.layers.truncate(1));
        broken(&|network| network.layers[1].weights[0] = f64::INFINITY);
        broken(&|network| network.layers[0].biases[1] = f64::NAN);
        broken(&|network| network.inputs[0].scale = 0.0);
        // A value of it is no number, and no panic.
        assert!(broken(&|network| network.layers[0].weights.truncate(3)).value(&[1.0; 3]).is_nan());
        assert!(broken(&|network| network.inputs.truncate(network.inputs.len() - 1)).value(&[1.0; 3]).is_nan());
    }

    #[test]
    fn it_is_written_down_and_read_as_one_more_kind_of_estimator() {
        let model = Estimator::Network(small());
        let json = serde_json::to_value(&model).expect("json");
        assert_eq!(json["kind"], "network");
        assert_eq!(json["layers"][1]["biases"][0], 0.5);
        assert_eq!(serde_json::from_value::<Estimator>(json).expect("an estimator"), model);
        assert_eq!(model.columns().into_iter().collect::<Vec<_>>(), [0, 2]);
        assert_eq!(model.value(&[5.0, 0.0, 1.0], 3), small().value(&[5.0, 0.0, 1.0]));
        assert!(model.is_sound(3) && !model.is_sound(1));
    }

    proptest! {
        /// Without a hidden layer a network is a line.
        #[test]
        fn one_layer_says_what_a_line_says(
            parts in proptest::collection::vec((-5.0_f64..5.0, -5.0_f64..5.0), 0..9),
            bias in -5.0_f64..5.0,
        ) {
            let row: Vec<f64> = parts.iter().map(|(value, _)| *value).collect();
            let line = (0..).zip(&parts).map(|(column, (_, weight))| input(column, *weight)).collect();
            let line = Estimator::Linear { inputs: line, intercept: bias, season: vec![] };
            let layer = Layer { weights: parts.iter().map(|(_, weight)| *weight).collect(), biases: vec![bias] };
            let inputs = (0..).zip(&parts).map(|(column, _)| input(column, 1.0)).collect();
            let network = Network { inputs, layers: vec![layer] };
            prop_assert!(network.is_sound(parts.len()));
            prop_assert!((network.value(&row) - line.value(&row, 0)).abs() < 1e-9);
        }

        /// Positive factors pass through a rectifier.
        #[test]
        fn what_leaves_grows_with_what_leaves_the_hidden_layer(
            row in proptest::collection::vec(-9.0_f64..9.0, 3),
            factor in 0.1_f64..9.0,
        ) {
            let (one, mut more) = (small(), small());
            more.layers[0].weights.iter_mut().for_each(|weight| *weight *= factor);
            let grown = (one.value(&row) - 0.5) * factor + 0.5;
            prop_assert!((more.value(&row) - grown).abs() < 1e-9);
        }
    }
}
