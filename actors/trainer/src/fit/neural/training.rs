//! How a network learns: Adam on mini-batches, until nothing more is gained on rows that it does not learn from.

use std::ops::Range;

use burn::backend::{Autodiff, NdArray};
use burn::module::AutodiffModule;
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::activation::log_sigmoid;
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use wick_schemas::Timestamp;
use wick_schemas::model::{Estimator, Network, log_odds};

use super::super::config::FitConfig;
use super::super::design::Design;
use super::shape::{Shape, numbers};
use super::{Loss, NeuralConfig, Place};
use crate::dataset::Labels;
use crate::error::Result;
use crate::evaluate::mean;

/// One thread, so that sums are added in one order: the same seed gives the same bits.
type Cpu = Autodiff<NdArray<f32>>;

/// Without fusion and tuning, so that a card has no choice of kernels either. Where it has atomic floats the order of one sum is
/// free, that of a batch's loss: nobody reads its value, and no gradient depends on it.
#[cfg(feature = "neural-gpu")]
type Gpu = Autodiff<burn_wgpu::Wgpu>;

/// Rows that are asked at once where nothing is learnt.
const ASKED: usize = 4_096;

/// Fits `y`, one for each row of the design, which has the rows of `train`. What decides when a network stops to learn
/// are the newest of these very rows, a horizon after the last that it learns from; it is given no others. Where these
/// are none, or no column changes, what is said is one value. `y` is about zero, or 0 and 1: decay pulls what is said to
/// zero.
///
/// # Errors
/// Where the library does not give its numbers away, and where a graphics card is not there or fails.
pub fn fit(
    design: &Design,
    labels: &Labels,
    train: Range<usize>,
    y: &[f64],
    loss: Loss,
    config: &FitConfig,
) -> Result<Estimator> {
    let settings = &config.neural;
    let (learnt, held) = split(&labels.as_of[train], labels.horizon.millis(), settings.held_share);
    let task = Task { design, y, loss, learnt, held, settings };
    if learnt == 0 || task.held.is_empty() || design.width() == 1 {
        return Ok(Estimator::Constant { value: task.start() });
    }
    let mut parts = match Place::of(settings.device)? {
        Place::Cpu => task.networks::<Cpu>(config.seed, &Default::default()),
        #[cfg(feature = "neural-gpu")]
        Place::Card(card) => card.work(|device| task.networks::<Gpu>(config.seed, device)),
    }?;
    Ok(if parts.len() == 1 { parts.swap_remove(0) } else { Estimator::Mean { parts } })
}

/// The rows that are learnt from and the newest share, which is not. No outcome of the former reaches into the latter.
pub fn split(as_of: &[Timestamp], horizon: i64, share: f64) -> (usize, Range<usize>) {
    let first = as_of.len() - (as_of.len() as f64 * share) as usize;
    let Some(start) = as_of.get(first) else { return (as_of.len(), first..first) };
    (as_of.partition_point(|moment| moment.shift(horizon) <= *start), first..as_of.len())
}

/// What is learnt, and how.
pub struct Task<'a> {
    pub design: &'a Design,
    pub y: &'a [f64],
    pub loss: Loss,
    /// The first rows of the design, which are learnt from.
    pub learnt: usize,
    /// Those that say when to stop.
    pub held: Range<usize>,
    pub settings: &'a NeuralConfig,
}

impl Task<'_> {
    /// The standardised columns as they enter.
    pub fn inputs(&self) -> Vec<wick_schemas::model::Input> {
        self.design.weighted(&vec![1.0; self.design.width()])
    }

    /// As many as are asked for, each from a seed of its own.
    fn networks<B: AutodiffBackend>(&self, seed: u64, device: &B::Device) -> Result<Vec<Estimator>> {
        let network = |number: u64| -> Result<Estimator> {
            let shape = self.learn::<B>(seed.wrapping_add(number), device)?;
            Ok(Estimator::Network(Network { inputs: self.inputs(), layers: shape.flatten()? }))
        };
        (0..self.settings.networks as u64).map(network).collect()
    }

    /// The network that did best on the rows held out, before the first step or after any epoch.
    pub fn learn<B: AutodiffBackend>(&self, seed: u64, device: &B::Device) -> Result<Shape<B::InnerBackend>> {
        let settings = self.settings;
        let mut rng = StdRng::seed_from_u64(seed);
        let mut rows: Vec<usize> =
            rand::seq::index::sample(&mut rng, self.learnt, settings.rows.min(self.learnt)).into_vec();
        let mut shape =
            Shape::<B>::new(self.design.width() - 1, &settings.hidden, self.start() as f32, &mut rng, device);
        let mut adam = AdamWConfig::new().with_weight_decay(settings.weight_decay).init::<B, Shape<B>>();
        let mut best = shape.valid();
        let (mut least, mut waited) = (self.held_loss(&best, device)?, 0);
        for _ in 0..settings.epochs {
            rows.shuffle(&mut rng);
            for batch in rows.chunks(settings.batch) {
                let loss = self.batch_loss(shape.forward(self.tensor(batch, device)), batch, device);
                let gradients = GradientsParams::from_grads(loss.backward(), &shape);
                shape = adam.step(settings.rate, shape, gradients);
            }
            let now = shape.valid();
            let loss = self.held_loss(&now, device)?;
            // One that has lost its way has no finite loss, and is never the best.
            if loss < least {
                (best, least, waited) = (now, loss, 0);
            } else {
                waited += 1;
                if waited >= settings.patience {
                    break;
                }
            }
        }
        Ok(best)
    }

    /// What is said of every row before anything is learnt.
    fn start(&self) -> f64 {
        let (sum, rows) = (self.y[..self.learnt].iter().sum::<f64>(), self.learnt as f64);
        match self.loss {
            // As the base rate is counted.
            Loss::Log => log_odds((sum + 1.0) / (rows + 2.0)),
            Loss::Squared => sum / rows.max(1.0),
        }
    }

    fn tensor<B: Backend>(&self, rows: &[usize], device: &B::Device) -> Tensor<B, 2> {
        let width = self.design.width() - 1;
        let mut values = Vec::with_capacity(rows.len() * width);
        for row in rows {
            values.extend(self.design.row(*row).iter().take(width).map(|value| *value as f32));
        }
        Tensor::from_data(TensorData::new(values, [rows.len(), width]), device)
    }

    fn batch_loss<B: Backend>(&self, said: Tensor<B, 2>, rows: &[usize], device: &B::Device) -> Tensor<B, 1> {
        let column = |of: &dyn Fn(f64) -> f64| {
            let values: Vec<f32> = rows.iter().map(|row| of(self.y[*row]) as f32).collect();
            Tensor::<B, 2>::from_data(TensorData::new(values, [rows.len(), 1]), device)
        };
        match self.loss {
            // Of log-odds z and an outcome of 1: -ln σ(z); of 0: -ln σ(-z).
            Loss::Log => log_sigmoid(said * column(&|y| 2.0 * y - 1.0)).mean().neg(),
            Loss::Squared => (said - column(&|y| y)).powi_scalar(2).mean(),
        }
    }

    fn held_loss<B: Backend>(&self, shape: &Shape<B>, device: &B::Device) -> Result<f64> {
        let rows: Vec<usize> = self.held.clone().collect();
        let mut losses = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ASKED) {
            let said = numbers(shape.forward(self.tensor(rows, device)))?;
            losses.extend(said.iter().zip(rows).map(|(said, row)| match self.loss {
                Loss::Log => (said * (1.0 - 2.0 * self.y[*row])).exp().ln_1p(),
                Loss::Squared => (said - self.y[*row]).powi(2),
            }));
        }
        Ok(mean(&losses))
    }
}
