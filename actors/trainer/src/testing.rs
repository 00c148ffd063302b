//! A synthetic market for tests: variance with memory and season, and on request something to find.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use wick_schemas::time::{BAR, HOUR};
use wick_schemas::{FeatureVector, Horizon, Origin, Target, Timestamp};

use crate::dataset::Dataset;
use crate::fit::{FitConfig, Growth};

const NAMES: [&str; 8] =
    ["log_rv_1", "log_rv_4", "log_rv_16", "log_rv_96", "log_rv_672", "log_ewma_rv", "signal", "omen"];

/// Settings small enough for tests.
pub fn config() -> FitConfig {
    FitConfig {
        min_rows: 400,
        direction_boosting: Growth { trees: 10, leaves: 4, rate: 0.1, leaf: 20, l2: 1.0, columns: 1.0, rows: 1.0 },
        volatility_boosting: Growth { trees: 10, leaves: 4, rate: 0.1, leaf: 20, l2: 1.0, columns: 1.0, rows: 1.0 },
        forest_trees: 4,
        forest_depth: 4,
        forest_rows: 400,
        forest_leaf: 10,
        ridge_penalty: 5.0,
        logistic_penalty: 5.0,
        ..FitConfig::default()
    }
}

/// What the market is made from.
pub struct Market {
    bars: usize,
    seed: u64,
    /// How often `signal` tells the truth, and how much of the logarithm of a variance `omen` is.
    planted: Option<(f64, f64)>,
    /// `signal` is the very return that is to be forecast.
    leaking: bool,
    shuffled: bool,
}

/// A market of so many bars in which nothing but the variance can be forecast.
pub fn market(bars: usize, seed: u64) -> Market {
    Market { bars, seed, planted: None, leaking: false, shuffled: false }
}

impl Market {
    /// The feature `signal` tells the next bar's direction in three cases of four, and `omen` half of its variance.
    pub fn planted(self) -> Self {
        Self { planted: Some((0.75, 0.5)), ..self }
    }

    /// The same, but only as much as an honest market may know.
    pub fn faint(self) -> Self {
        Self { planted: Some((0.56, 0.15)), ..self }
    }

    /// The feature `signal` is the next bar's return.
    pub fn leaking(self) -> Self {
        Self { leaking: true, ..self }
    }

    /// Every outcome belongs to another row.
    pub fn shuffled(self) -> Self {
        Self { shuffled: true, ..self }
    }

    /// What is known after the last bar.
    pub fn dataset(&self) -> Dataset {
        self.dataset_at(self.bars)
    }

    /// What is known after so many bars.
    pub fn dataset_at(&self, bars: usize) -> Dataset {
        let (vectors, targets) = self.events();
        Dataset::new(&vectors, &targets, moment(bars), 365).expect("a dataset")
    }

    /// Vectors and targets, as an engine would have published them.
    pub fn events(&self) -> (Vec<FeatureVector>, Vec<Target>) {
        let mut rng = StdRng::seed_from_u64(self.seed);
        let (mut variances, mut returns, mut vectors) = (Vec::new(), Vec::new(), Vec::new());
        let (mut state, mut smoothed, mut signal, mut omen) = (0.0_f64, 1e-6_f64, 0.0_f64, 0.0_f64);
        for bar in 0..=self.bars {
            state = 0.95 * state + 0.15 * normal(&mut rng);
            let season = 0.5 * (moment(bar).0 as f64 / (24 * HOUR) as f64 * std::f64::consts::TAU).sin();
            let shift = self.planted.map_or(0.0, |(_, part)| part * omen);
            let variance = (-13.8 + state + season + shift + 0.3 * normal(&mut rng)).exp();
            let up = match self.planted {
                Some((truth, _)) => (signal > 0.0) == (rng.random::<f64>() < truth),
                None => rng.random(),
            };
            let size = variance.sqrt() * normal(&mut rng).abs();
            variances.push(variance);
            returns.push(if up { size } else { -size });
            smoothed += 0.06 * (variance - smoothed);
            (signal, omen) = (normal(&mut rng), normal(&mut rng));
            let mut values: Vec<f64> = [1, 4, 16, 96, 672].map(|span| log_mean(&variances, span)).to_vec();
            values.extend([smoothed.ln(), signal, omen]);
            vectors.push(vector(bar, values));
        }
        for (vector, next) in vectors.iter_mut().zip(&returns[1..]).filter(|_| self.leaking) {
            vector.values[NAMES.len() - 2] = Some(*next);
        }
        let mut targets = Vec::new();
        for horizon in Horizon::ALL {
            let ends = (horizon.bars()..=self.bars).map(|end| end + 1 - horizon.bars()..end + 1);
            let mut sums: Vec<(f64, f64)> =
                ends.map(|span| (returns[span.clone()].iter().sum(), variances[span].iter().sum())).collect();
            if self.shuffled {
                sums.shuffle(&mut rng);
            }
            let target = |(bar, (log_return, realised_variance))| Target {
                horizon,
                origin: moment(bar),
                log_return,
                realised_variance,
            };
            targets.extend(sums.into_iter().enumerate().map(target));
        }
        (vectors, targets)
    }
}

fn moment(bar: usize) -> Timestamp {
    Timestamp(1_704_067_200_000 + bar as i64 * BAR)
}

fn log_mean(variances: &[f64], span: usize) -> f64 {
    let last = &variances[variances.len().saturating_sub(span)..];
    (last.iter().sum::<f64>() / last.len() as f64).ln()
}

fn vector(bar: usize, values: Vec<f64>) -> FeatureVector {
    FeatureVector {
        as_of: moment(bar),
        feature_set: "set".into(),
        price: 50_000.0,
        warm: true,
        minutes: 15,
        origin: Origin::Simulated,
        ingest_time: moment(bar),
        names: NAMES.map(str::to_owned).to_vec(),
        values: values.into_iter().map(Some).collect(),
    }
}

/// Box and Muller, as the tests need no other distribution.
fn normal(rng: &mut StdRng) -> f64 {
    let (u, v): (f64, f64) = (rng.random(), rng.random());
    (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
}
