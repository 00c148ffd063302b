//! Fitted functions of a row of features.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ensemble::Ensemble;
use super::network::Network;
use super::tree::Tree;

/// A column of a linear model: `weight * clip((value - center) / scale)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Which column.
    pub column: u32,
    /// What is taken off first.
    pub center: f64,
    /// What it is divided by then.
    pub scale: f64,
    /// How far from zero it may then be.
    pub clip: f64,
    /// What it is multiplied by last.
    pub weight: f64,
}

/// A share of a [`Estimator::LogSum`]: `weight * exp(value)` of a column that holds a logarithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// Which column.
    pub column: u32,
    /// What the column's exponential is multiplied by; not negative.
    pub weight: f64,
}

/// A fitted function. For direction its value is log-odds, for volatility the log variance per bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Estimator {
    /// The same for every row.
    Constant {
        /// The value.
        value: f64,
    },
    /// A weighted sum, with an addend for the hour of the week where there is a season.
    Linear {
        /// The columns.
        inputs: Vec<Input>,
        /// The constant.
        intercept: f64,
        /// One addend for each hour of the week (168), or none.
        season: Vec<f64>,
    },
    /// The logarithm of a weighted sum of exponentials: of what columns hold the logarithms of.
    LogSum {
        /// The columns.
        shares: Vec<Share>,
        /// What is added before the logarithm.
        constant: f64,
    },
    /// The mean of trees.
    Forest {
        /// The trees.
        trees: Ensemble,
    },
    /// A start and the sum of trees.
    Boosted {
        /// The value before any tree.
        start: f64,
        /// The trees.
        trees: Ensemble,
    },
    /// A feed-forward network.
    Network(Network),
    /// The sum of its parts: a model and another one on its residual.
    Sum {
        /// The parts.
        parts: Vec<Estimator>,
    },
    /// The mean of its parts.
    Mean {
        /// The parts.
        parts: Vec<Estimator>,
    },
    /// A weighted sum of its parts.
    Weighted {
        /// The parts.
        parts: Vec<Estimator>,
        /// The weight of each; some may be negative.
        weights: Vec<f64>,
        /// The constant.
        intercept: f64,
    },
}

impl Estimator {
    /// The value for a row, at an hour of the week.
    #[must_use]
    pub fn value(&self, row: &[f64], hour_of_week: usize) -> f64 {
        match self {
            Self::Constant { value } => *value,
            Self::Linear { inputs, intercept, season } => {
                let weighted: f64 = inputs.iter().map(|input| input.value(row)).sum();
                intercept + weighted + season.get(hour_of_week).copied().unwrap_or(0.0)
            }
            Self::LogSum { shares, constant } => {
                (constant + shares.iter().map(|share| share.value(row)).sum::<f64>()).ln()
            }
            Self::Forest { trees } => trees.sum(row) / trees.len().max(1) as f64,
            Self::Boosted { start, trees } => start + trees.sum(row),
            Self::Network(network) => network.value(row),
            Self::Sum { parts } => parts.iter().map(|part| part.value(row, hour_of_week)).sum(),
            Self::Mean { parts } => mean(parts.iter().map(|part| part.value(row, hour_of_week)), parts.len()),
            Self::Weighted { parts, weights, intercept } => {
                let weighted = parts.iter().zip(weights).map(|(part, weight)| weight * part.value(row, hour_of_week));
                intercept + weighted.sum::<f64>()
            }
        }
    }

    /// The columns that it asks about.
    #[must_use]
    pub fn columns(&self) -> BTreeSet<u32> {
        match self {
            Self::Constant { .. } => BTreeSet::new(),
            Self::Linear { inputs, .. } => inputs.iter().map(|input| input.column).collect(),
            Self::LogSum { shares, .. } => shares.iter().map(|share| share.column).collect(),
            Self::Forest { trees } | Self::Boosted { trees, .. } => trees.iter().flat_map(Tree::columns).collect(),
            Self::Network(network) => network.columns().collect(),
            Self::Sum { parts } | Self::Mean { parts } | Self::Weighted { parts, .. } => {
                parts.iter().flat_map(Self::columns).collect()
            }
        }
    }

    /// Whether it is finite everywhere and asks only about columns that are there.
    #[must_use]
    pub fn is_sound(&self, columns: usize) -> bool {
        match self {
            Self::Constant { value } => value.is_finite(),
            Self::Linear { inputs, intercept, season } => {
                intercept.is_finite()
                    && (season.is_empty() || season.len() == 168)
                    && season.iter().all(|addend| addend.is_finite())
                    && inputs.iter().all(|input| input.is_sound(columns))
            }
            Self::LogSum { shares, constant } => {
                constant.is_finite() && *constant > 0.0 && shares.iter().all(|share| share.is_sound(columns))
            }
            Self::Boosted { start, trees } => start.is_finite() && trees.iter().all(|tree| tree.is_sound(columns)),
            Self::Forest { trees } => !trees.is_empty() && trees.iter().all(|tree| tree.is_sound(columns)),
            Self::Network(network) => network.is_sound(columns),
            Self::Sum { parts } | Self::Mean { parts } => {
                !parts.is_empty() && parts.iter().all(|part| part.is_sound(columns))
            }
            Self::Weighted { parts, weights, intercept } => {
                intercept.is_finite()
                    && !parts.is_empty()
                    && parts.len() == weights.len()
                    && weights.iter().all(|weight| weight.is_finite())
                    && parts.iter().all(|part| part.is_sound(columns))
            }
        }
    }
}

impl Input {
    pub(super) fn value(&self, row: &[f64]) -> f64 {
        let value = row.get(self.column as usize).copied().unwrap_or(f64::NAN);
        ((value - self.center) / self.scale).clamp(-self.clip, self.clip) * self.weight
    }

    pub(super) fn is_sound(&self, columns: usize) -> bool {
        (self.column as usize) < columns
            && self.center.is_finite()
            && self.weight.is_finite()
            && self.scale > 0.0
            && self.clip > 0.0
    }
}

impl Share {
    fn value(&self, row: &[f64]) -> f64 {
        self.weight * row.get(self.column as usize).copied().unwrap_or(f64::NAN).exp()
    }

    fn is_sound(&self, columns: usize) -> bool {
        (self.column as usize) < columns && self.weight.is_finite() && self.weight >= 0.0
    }
}

fn mean(values: impl Iterator<Item = f64>, count: usize) -> f64 {
    values.sum::<f64>() / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Estimator {
        let input = Input { column: 0, center: 1.0, scale: 2.0, clip: 3.0, weight: 10.0 };
        Estimator::Linear { inputs: vec![input], intercept: 0.5, season: vec![] }
    }

    #[test]
    fn a_line_scales_clips_and_adds() {
        assert_eq!(line().value(&[3.0], 0), 10.5);
        assert_eq!(line().value(&[1e9], 0), 30.5);
    }

    #[test]
    fn a_season_adds_by_the_hour() {
        let mut season = vec![0.0; 168];
        season[5] = 2.0;
        let model = Estimator::Linear { inputs: vec![], intercept: 1.0, season };
        assert_eq!(model.value(&[], 5), 3.0);
        assert_eq!(model.value(&[], 6), 1.0);
    }

    #[test]
    fn trees_add_to_their_start() {
        let leaf = |value| Tree(vec![crate::model::Node::Leaf(value)]);
        let model = Estimator::Boosted { start: 0.5, trees: vec![leaf(1.0), leaf(2.0)].into() };
        assert_eq!(model.value(&[], 0), 3.5);
        assert!(model.is_sound(0));
        assert!(!Estimator::Boosted { start: f64::NAN, trees: Ensemble::default() }.is_sound(0));
    }

    #[test]
    fn parts_add_or_average() {
        let constant = |value| Estimator::Constant { value };
        assert_eq!(Estimator::Sum { parts: vec![constant(1.0), constant(2.0)] }.value(&[], 0), 3.0);
        assert_eq!(Estimator::Mean { parts: vec![constant(1.0), constant(2.0)] }.value(&[], 0), 1.5);
    }

    #[test]
    fn parts_are_weighted() {
        let parts = vec![Estimator::Constant { value: 1.0 }, line()];
        let model = Estimator::Weighted { parts: parts.clone(), weights: vec![2.0, -0.5], intercept: 0.25 };
        assert_eq!(model.value(&[3.0], 0), 2.25 - 0.5 * 10.5);
        assert!(model.is_sound(1) && !model.is_sound(0));
        assert_eq!(model.columns().into_iter().collect::<Vec<_>>(), [0]);
        assert!(!Estimator::Weighted { parts, weights: vec![1.0], intercept: 0.0 }.is_sound(1));
    }

    #[test]
    fn a_sum_of_variances_is_taken_from_their_logarithms() {
        let shares = vec![Share { column: 0, weight: 0.5 }, Share { column: 1, weight: 2.0 }];
        let model = Estimator::LogSum { shares: shares.clone(), constant: 1.0 };
        assert!((model.value(&[4.0_f64.ln(), 3.0_f64.ln()], 0) - 9.0_f64.ln()).abs() < 1e-12);
        assert!(model.is_sound(2) && !model.is_sound(1));
        assert!(!Estimator::LogSum { shares, constant: 0.0 }.is_sound(2));
        let negative = vec![Share { column: 0, weight: -0.5 }];
        assert!(!Estimator::LogSum { shares: negative, constant: 1.0 }.is_sound(1));
    }

    #[test]
    fn the_columns_are_those_of_every_part() {
        let leaf = crate::model::Node::Leaf(1.0);
        let split = crate::model::Node::Split { column: 7, threshold: 0.5, left: 1, right: 2 };
        let trees = vec![Tree(vec![split, leaf.clone(), leaf])];
        let parts =
            vec![line(), Estimator::Boosted { start: 0.0, trees: trees.into() }, Estimator::Constant { value: 1.0 }];
        assert_eq!(Estimator::Sum { parts }.columns().into_iter().collect::<Vec<_>>(), [0, 7]);
    }

    #[test]
    fn what_is_not_finite_is_not_sound() {
        assert!(line().is_sound(1));
        assert!(!line().is_sound(0));
        assert!(!Estimator::Constant { value: f64::NAN }.is_sound(1));
        assert!(!Estimator::Mean { parts: vec![] }.is_sound(1));
    }
}
