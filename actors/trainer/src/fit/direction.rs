//! The challengers of the base rate: log-odds of a rise.

use wick_schemas::model::Estimator;

use super::boosting::Loss;
use super::design::Design;
use super::forest::Kind;
use super::neural::{self, NEURAL};
use super::{MEAN, Named, Task, boosting, forest, logistic, overlap};
use crate::error::Result;

/// A candidate.
pub const LOGISTIC: &str = "logistic";
/// A candidate.
pub const BOOSTING: &str = "boosting";
/// A candidate.
pub const FOREST: &str = "forest";
/// A candidate.
pub const EXTRA_TREES: &str = "extra_trees";

/// How much boosting counts in a mean, where each of the others counts once: it is the best of them at every horizon, and all
/// three together are better where outcomes are many (docs/models.md).
const OF_BOOSTING: f64 = 3.0;

/// Every name that can be wanted.
pub const NAMES: [&str; 6] = [LOGISTIC, BOOSTING, FOREST, EXTRA_TREES, NEURAL, MEAN];

/// Fits those that are wanted. `design` has every column.
///
/// # Errors
/// Where a fit fails.
pub(super) fn challengers(task: &Task<'_>, design: &Design) -> Result<Vec<Named>> {
    let Task { data, labels, train, bins, config, wanted } = task;
    let mut found = Vec::new();
    let rows = &labels.row[train.clone()];
    if config.tries(LOGISTIC) && wanted.direction(&[LOGISTIC, MEAN]) {
        let up: Vec<bool> = train.clone().map(|place| labels.up(place)).collect();
        let estimator = logistic::fit(design, &up, config.logistic_penalty * overlap(labels))?;
        found.push(Named { name: LOGISTIC, estimator });
    }
    let up: Vec<f64> = train.clone().map(|place| f64::from(u8::from(labels.up(place)))).collect();
    if config.tries(BOOSTING) && config.direction_boosting.trees > 0 && wanted.direction(&[BOOSTING, MEAN]) {
        let growth = config.direction_boosting;
        let estimator = boosting::grow(bins.get()?, &up, Loss::Log, growth, config.seed);
        found.push(Named { name: BOOSTING, estimator });
    }
    // Near a coin's throw the log-odds are four times what the probability differs from a half (Taylor), which lets
    // a forest of means stand beside the others.
    let odds: Vec<f64> = train.clone().map(|place| if labels.up(place) { 2.0 } else { -2.0 }).collect();
    let leaf = (config.forest_leaf as f64 * overlap(labels)) as usize;
    let forest = |kind: Kind| forest::fit(kind, &data.rows, rows, &odds, leaf, config);
    if config.forest && config.tries(FOREST) && wanted.direction(&[FOREST, MEAN]) {
        found.push(Named { name: FOREST, estimator: forest(Kind::Random)? });
    }
    let mean = mean(&found);
    if config.forest && config.tries(EXTRA_TREES) && wanted.direction(&[EXTRA_TREES]) {
        found.push(Named { name: EXTRA_TREES, estimator: forest(Kind::Extra)? });
    }
    if config.neural.enabled && wanted.direction(&[NEURAL]) {
        let estimator = neural::fit(design, labels, train.clone(), &up, neural::Loss::Log, config)?;
        found.push(Named { name: NEURAL, estimator });
    }
    found.extend(mean);
    Ok(found)
}

/// What each of these candidates counts in a mean; sums to one.
pub fn weights<'a>(names: impl Iterator<Item = &'a str>) -> Vec<f64> {
    let weights: Vec<f64> = names.map(|name| if name == BOOSTING { OF_BOOSTING } else { 1.0 }).collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// The weighted mean of several challengers' log-odds, which is often better than each.
fn mean(challengers: &[Named]) -> Option<Named> {
    let parts: Vec<Estimator> = challengers.iter().map(|one| one.estimator.clone()).collect();
    let weights = weights(challengers.iter().map(|one| one.name));
    (parts.len() > 1).then_some(Named { name: MEAN, estimator: Estimator::Weighted { parts, weights, intercept: 0.0 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boosting_counts_for_three_of_a_mean() {
        let named = |name, value| Named { name, estimator: Estimator::Constant { value } };
        let said = |candidates: &[Named]| mean(candidates).map(|mean| mean.estimator.value(&[], 0));
        let near = |found: Option<f64>, expected: f64| assert!((found.expect("a mean") - expected).abs() < 1e-12);
        near(said(&[named(LOGISTIC, 1.0), named(BOOSTING, 2.0), named(FOREST, -3.0)]), 0.8);
        near(said(&[named(LOGISTIC, 1.0), named(FOREST, -3.0)]), -1.0);
        assert_eq!(said(&[named(BOOSTING, 2.0)]), None);
    }
}
