//! The knobs of the network.

use serde::{Deserialize, Serialize};

/// Where networks learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Device {
    /// On a graphics card where this build can use one and there is one, else as [`Device::Cpu`].
    #[default]
    Auto,
    /// In one thread of the processor.
    Cpu,
    /// On a graphics card, or what passes for one: an adapter in software will do.
    Gpu,
}

/// How networks learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NeuralConfig {
    /// Whether one is tried; refused in a build without the feature `neural`.
    pub enabled: bool,
    /// Outputs of each hidden layer.
    pub hidden: Vec<usize>,
    /// Networks that differ in their seed alone, and whose mean is the candidate.
    pub networks: usize,
    /// Outcomes that each learns from, drawn from the training window: time is proportional to it.
    pub rows: usize,
    /// Times that these are gone through, at most.
    pub epochs: usize,
    /// Times that nothing may have been gained, on the newest share of the training window, before it ends.
    pub patience: usize,
    /// That share.
    pub held_share: f64,
    /// Outcomes of a step.
    pub batch: usize,
    /// Size of a step (Adam's).
    pub rate: f64,
    /// Share of the weights, in steps of that size, that each step takes off.
    pub weight_decay: f32,
    /// Where; `gpu` is refused in a build without the feature `neural-gpu`.
    pub device: Device,
}

impl Default for NeuralConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            hidden: vec![32, 16],
            networks: 3,
            rows: 32_000,
            epochs: 30,
            patience: 4,
            held_share: 0.15,
            batch: 512,
            rate: 0.001,
            weight_decay: 0.1,
            device: Device::Auto,
        }
    }
}

impl NeuralConfig {
    /// What sound settings are.
    pub const SOUND: &str = "1 to 4 hidden layers of 1 to 512, 1 to 20 networks, rows from 100, 1 to 1000 epochs, patience and \
                             batch from 1, held_share between 0 and 1, rate above 0 and at most 1, weight_decay not negative";

    /// Whether networks can learn like this.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (1..=4).contains(&self.hidden.len())
            && self.hidden.iter().all(|outputs| (1..=512).contains(outputs))
            && (1..=20).contains(&self.networks)
            && self.rows >= 100
            && (1..=1_000).contains(&self.epochs)
            && self.patience >= 1
            && self.batch >= 1
            && self.held_share > 0.0
            && self.held_share < 1.0
            && self.rate > 0.0
            && self.rate <= 1.0
            && self.weight_decay >= 0.0
            && self.weight_decay.is_finite()
    }
}
