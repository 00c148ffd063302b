//! Gradient boosting: trees one after the other, each on what those before it leave over.

use forust_ml::gradientbooster::GrowPolicy;
use forust_ml::objective::ObjectiveType;
use forust_ml::sampler::SampleMethod;
use forust_ml::{GradientBooster, Matrix};
use serde::{Deserialize, Serialize};
use wick_schemas::model::{Estimator, Node, Tree};

use crate::dataset::Rows;
use crate::error::{Error, Result};

/// How trees are grown.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Number of trees; 0: none are tried.
    pub trees: usize,
    /// Leaves of a tree, at most.
    pub leaves: usize,
    /// Share of what is left over that a tree takes off: for a horizon of one bar, and divided by the square root of the
    /// bars of a longer one, whose outcomes overlap: fewer of them are independent, and they support less.
    pub rate: f32,
    /// Outcomes that a leaf must hold: for a horizon of one bar, multiplied by the bars of a longer one, up to an eighth
    /// of them all.
    pub leaf: usize,
    /// Ridge on the values of leaves, in outcomes: multiplied likewise.
    pub l2: f32,
    /// Share of the columns that a tree may ask about.
    pub columns: f64,
    /// Share of the rows that a tree learns from, drawn anew for each (Friedman 2002).
    #[serde(default = "all")]
    pub rows: f64,
}

fn all() -> f64 {
    1.0
}

impl Growth {
    /// What sound growth is.
    pub const SOUND: &str = "leaves from 2, rate, columns and rows above 0 and at most 1, leaf from 1, l2 not negative";

    /// Whether trees can be grown like this.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let share = |value: f64| value > 0.0 && value <= 1.0;
        self.leaves >= 2
            && share(self.rate.into())
            && share(self.columns)
            && share(self.rows)
            && self.leaf >= 1
            && self.l2 >= 0.0
    }
}

/// What is to be forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// Log-odds of outcomes that are 0 or 1.
    Log,
    /// The mean.
    Squared,
}

/// Values of a column are sorted into so many bins, at most.
const BINS: u16 = 128;

/// Trees are grown on every so-manieth row where so many rows say hardly more than one: those of a day's horizon share
/// all but a quarter of an hour of it. No stride has a factor in common with the 672 quarters of an hour of a week, so
/// that every hour is drawn alike.
const STRIDES: [usize; 3] = [1, 5, 11];

/// Fits `y` on the given rows (places in `rows`, one for each `y`), of which `overlap` say hardly more than one.
///
/// # Errors
/// Where the library refuses what it is given.
pub fn fit(
    rows: &Rows,
    places: &[usize],
    y: &[f64],
    loss: Loss,
    overlap: f64,
    growth: Growth,
    seed: u64,
) -> Result<Estimator> {
    grow(rows, places, y, loss, overlap, growth, seed).map(|(booster, _)| flatten(&booster))
}

/// The library's trees, and the columns that they were grown from.
fn grow(
    rows: &Rows,
    places: &[usize],
    y: &[f64],
    loss: Loss,
    overlap: f64,
    growth: Growth,
    seed: u64,
) -> Result<(GradientBooster, Vec<f64>)> {
    let width = rows.names().len();
    let most = 1.0 + overlap.sqrt();
    let stride = STRIDES.into_iter().rev().find(|stride| *stride as f64 <= most).unwrap_or(1);
    // From the newest backwards.
    let skipped = places.len().saturating_sub(1) % stride;
    let places: Vec<usize> = places.iter().copied().skip(skipped).step_by(stride).collect();
    let y: Vec<f64> = y.iter().copied().skip(skipped).step_by(stride).collect();
    let values = rows.columns(&places);
    let x = Matrix::new(&values, places.len(), width);
    let alike = overlap / stride as f64;
    let leaf = ((growth.leaf as f64 * alike) as usize).min(places.len() / 8).max(1);
    // What a leaf must hold is counted in second derivatives: one an outcome for squares, at most a quarter for log-loss.
    let (objective, weight) = match loss {
        Loss::Log => (ObjectiveType::LogLoss, 0.25),
        Loss::Squared => (ObjectiveType::SquaredLoss, 1.0),
    };
    // A tree that sees a share of the rows counts and pulls by that share.
    let weight = weight * growth.rows as f32;
    let method = if growth.rows < 1.0 { SampleMethod::Random } else { SampleMethod::None };
    let mut booster = GradientBooster::default()
        .set_objective_type(objective)
        .set_iterations(growth.trees)
        .set_learning_rate(growth.rate / overlap.sqrt() as f32)
        .set_max_depth(12)
        .set_max_leaves(growth.leaves)
        .set_l2(growth.l2 * alike as f32 * weight)
        .set_min_leaf_weight(leaf as f32 * weight)
        .set_nbins(BINS)
        .set_parallel(false)
        .set_allow_missing_splits(false)
        .set_colsample_bytree(growth.columns)
        .set_sample_method(method)
        .set_subsample(growth.rows as f32)
        .set_initialize_base_score(true)
        .set_seed(seed);
    booster.grow_policy = GrowPolicy::LossGuide;
    booster.fit_unweighted(&x, &y, None).map_err(|error| Error::Fit { what: "boosting", reason: error.to_string() })?;
    Ok((booster, values))
}

/// As our own trees, so that the predictor needs no library. Theirs sends what is below a value to the left, ours what is
/// at most a threshold.
fn flatten(booster: &GradientBooster) -> Estimator {
    let trees = booster.trees.iter().map(|tree| {
        let nodes = tree.nodes.iter().map(|node| {
            if node.is_leaf {
                return Node::Leaf(f64::from(node.weight_value));
            }
            let place = |place: usize| u32::try_from(place).unwrap_or(u32::MAX);
            Node::Split {
                column: place(node.split_feature),
                threshold: node.split_value.next_down(),
                left: place(node.left_child),
                right: place(node.right_child),
            }
        });
        Tree(nodes.collect())
    });
    Estimator::Boosted { start: booster.base_score, trees: trees.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    const GROWTH: Growth = Growth { trees: 12, leaves: 7, rate: 0.2, leaf: 10, l2: 1.0, columns: 1.0, rows: 1.0 };

    #[test]
    fn the_flattened_trees_say_what_the_library_says_of_every_row() {
        let data = testing::market(600, 9).planted().dataset();
        let labels = &data.labels[0];
        let up: Vec<f64> = (0..labels.len()).map(|place| f64::from(u8::from(labels.up(place)))).collect();
        for (loss, y) in [(Loss::Squared, &labels.log_variance), (Loss::Log, &up)] {
            let (booster, values) = grow(&data.rows, &labels.row, y, loss, 1.0, GROWTH, 1).expect("trees");
            let said = booster.predict(&Matrix::new(&values, labels.len(), data.rows.names().len()), false);
            let model = flatten(&booster);
            assert!(model.is_sound(data.rows.names().len()));
            for (place, wanted) in labels.row.iter().zip(said) {
                assert!((model.value(data.rows.row(*place), 0) - wanted).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn what_was_planted_is_found_and_the_same_seed_gives_the_same_trees() {
        let data = testing::market(2_000, 9).planted().dataset();
        let labels = &data.labels[0];
        let up: Vec<f64> = (0..labels.len()).map(|place| f64::from(u8::from(labels.up(place)))).collect();
        let grown = || fit(&data.rows, &labels.row, &up, Loss::Log, 1.0, GROWTH, 1).expect("trees");
        let model = grown();
        let right = |place: &usize| (model.value(data.rows.row(labels.row[*place]), 0) > 0.0) == labels.up(*place);
        let hits = (0..labels.len()).filter(right).count() as f64 / labels.len() as f64;
        assert!(hits > 0.7, "{hits}");
        assert_eq!(grown(), model);
    }
}
