//! The challengers of the base rate: log-odds of a rise.

use super::boosting::Loss;
use super::design::Design;
use super::forest::Kind;
use super::neural::{self, NEURAL};
use super::{MEAN, Named, Task, boosting, forest, logistic, mean_of, overlap};
use crate::error::Result;

/// A candidate.
pub const LOGISTIC: &str = "logistic";
/// A candidate.
pub const BOOSTING: &str = "boosting";
/// A candidate.
pub const FOREST: &str = "forest";
/// A candidate.
pub const EXTRA_TREES: &str = "extra_trees";

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
    let mean = mean_of(&found);
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
