//! The challengers of seasonal HAR: log variance per bar.

use std::ops::Range;

use wick_schemas::model::Estimator;

use super::boosting::Loss;
use super::config::FitConfig;
use super::design::Design;
use super::forest::Kind;
use super::linear::{Apart, Penalty};
use super::neural::{self, NEURAL};
use super::{MEAN, Named, Task, baseline, boosting, elastic, extended, forest, linear, overlap, value};
use crate::dataset::{Dataset, Labels};
use crate::error::Result;

/// A candidate.
pub const EXTENDED_HAR: &str = "extended_har";
/// A candidate.
pub const EXTENDED_BOOSTING: &str = "extended_boosting";
/// A candidate.
pub const RIDGE: &str = "ridge";
/// A candidate.
pub const RIDGE_BOOSTING: &str = "ridge_boosting";
/// A candidate.
pub const RIDGE_FOREST: &str = "ridge_forest";
/// A candidate.
pub const EXTENDED_EXTRA_TREES: &str = "extended_extra_trees";
/// A candidate.
pub const ELASTIC_NET: &str = "elastic_net";
/// A candidate.
pub const EXTENDED_GAMMA: &str = "extended_gamma";
/// A candidate.
pub const BOOSTING_MEAN: &str = "boosting_mean";

/// Every name that can be wanted.
pub const NAMES: [&str; 11] = [
    EXTENDED_HAR,
    EXTENDED_BOOSTING,
    EXTENDED_GAMMA,
    EXTENDED_EXTRA_TREES,
    ELASTIC_NET,
    RIDGE,
    RIDGE_BOOSTING,
    RIDGE_FOREST,
    NEURAL,
    BOOSTING_MEAN,
    MEAN,
];

/// Fits those that are wanted. `design` has every column.
///
/// # Errors
/// Where a fit fails.
pub(super) fn challengers(task: &Task<'_>, design: Design, seasonal_har: &Estimator) -> Result<Vec<Named>> {
    let Task { data, labels, train, bins, config, wanted } = task;
    let grown = config.volatility_boosting.trees > 0;
    let places = &labels.row[train.clone()];
    let boosting = |residual: &[f64], loss| -> Result<Estimator> {
        Ok(boosting::grow(bins.get()?, residual, loss, config.volatility_boosting, config.seed))
    };
    let leaf = (config.forest_leaf as f64 * overlap(labels)) as usize;
    let forest = |kind: Kind, residual: &[f64]| forest::fit(kind, &data.rows, places, residual, leaf, config);
    let with = |line: &Estimator, rest| Estimator::Sum { parts: vec![line.clone(), rest] };
    let mut found = Vec::new();
    if wanted.volatility(&[
        EXTENDED_HAR,
        EXTENDED_BOOSTING,
        EXTENDED_EXTRA_TREES,
        NEURAL,
        EXTENDED_GAMMA,
        BOOSTING_MEAN,
        MEAN,
    ]) {
        let (line, residual) = extended_har(data, labels, train.clone(), config)?;
        found.push(Named { name: EXTENDED_HAR, estimator: line.clone() });
        for (name, loss) in [(EXTENDED_BOOSTING, Loss::Squared), (EXTENDED_GAMMA, Loss::Qlike)] {
            if grown && config.tries(name) && wanted.volatility(&[name, BOOSTING_MEAN, MEAN]) {
                found.push(Named { name, estimator: with(&line, boosting(&residual, loss)?) });
            }
        }
        if config.forest && config.tries(EXTENDED_EXTRA_TREES) && wanted.volatility(&[EXTENDED_EXTRA_TREES]) {
            let trees = forest(Kind::Extra, &residual)?;
            found.push(Named { name: EXTENDED_EXTRA_TREES, estimator: with(&line, trees) });
        }
        if config.neural.enabled && wanted.volatility(&[NEURAL]) {
            let network = neural::fit(&design, labels, train.clone(), &residual, neural::Loss::Squared, config)?;
            found.push(Named { name: NEURAL, estimator: with(&line, network) });
        }
    }
    if config.tries(ELASTIC_NET) && wanted.volatility(&[ELASTIC_NET]) {
        let (l1, l2) = (config.elastic_l1 * overlap(labels), config.elastic_l2 * overlap(labels));
        let estimator = elastic::fit(&design, &labels.log_variance[train.clone()], l1, l2)?;
        found.push(Named { name: ELASTIC_NET, estimator });
    }
    let tried = |name: &str| config.tries(name) && wanted.volatility(&[name]);
    if tried(RIDGE) || grown && tried(RIDGE_BOOSTING) || config.forest && tried(RIDGE_FOREST) {
        let (line, residual) = ridge(&design, data, labels, train.clone(), seasonal_har, config)?;
        // The trees want the memory.
        drop(design);
        if tried(RIDGE) {
            found.push(Named { name: RIDGE, estimator: line.clone() });
        }
        if grown && tried(RIDGE_BOOSTING) {
            found.push(Named { name: RIDGE_BOOSTING, estimator: with(&line, boosting(&residual, Loss::Squared)?) });
        }
        if config.forest && tried(RIDGE_FOREST) {
            found.push(Named { name: RIDGE_FOREST, estimator: with(&line, forest(Kind::Random, &residual)?) });
        }
    }
    // Means of forecast logarithms: geometric means of the variances.
    let mean = |name, of: &[&str]| {
        let parts: Vec<Estimator> =
            found.iter().filter(|one| of.contains(&one.name)).map(|one| one.estimator.clone()).collect();
        (parts.len() == of.len()).then_some(Named { name, estimator: Estimator::Mean { parts } })
    };
    let means = [
        mean(BOOSTING_MEAN, &[EXTENDED_BOOSTING, EXTENDED_GAMMA]),
        mean(MEAN, &[EXTENDED_HAR, EXTENDED_BOOSTING, EXTENDED_GAMMA]),
    ];
    found.extend(means.into_iter().flatten());
    Ok(found)
}

/// Extended HAR, and what is left over of each row by such a line that never saw it, for trees to learn from: what a line leaves over
/// of its own rows is smaller than what it will leave over of others.
///
/// # Errors
/// Where the normal equations cannot be solved.
pub fn extended_har(
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    config: &FitConfig,
) -> Result<(Estimator, Vec<f64>)> {
    let columns = extended::columns(&data.rows);
    let design = Design::new(&data.rows, labels, train.clone(), &columns, config.clip);
    let penalty = Penalty { weights: config.extended_penalty * overlap(labels), season: None };
    let days = config.line_days.get(&labels.horizon);
    let newest = days.map(|days| baseline::window(labels, train.clone(), *days));
    let from = newest.map_or(0, |newest| newest.start - train.start);
    let apart = Apart { from, blocks: config.blocks, gap: labels.horizon.bars() };
    linear::fit_and_leave_over(EXTENDED_HAR, &design, &labels.log_variance[train], penalty, apart)
}

/// A ridge on what seasonal HAR leaves over, not on the outcome itself: a strong penalty then ends at the baseline, not
/// at a constant, and the candidate is never far worse than what it must beat. And what is left over of each row by such
/// a ridge that never saw it, for trees to learn from: what a line leaves over of its own rows is smaller than what it
/// will leave over of others.
fn ridge(
    design: &Design,
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    seasonal_har: &Estimator,
    config: &FitConfig,
) -> Result<(Estimator, Vec<f64>)> {
    let weights = config.ridge_penalty * overlap(labels);
    let penalty = Penalty { weights, season: Some(weights) };
    let y: Vec<f64> =
        train.clone().map(|place| labels.log_variance[place] - value(seasonal_har, data, labels, place)).collect();
    let apart = Apart { from: 0, blocks: config.blocks, gap: labels.horizon.bars() };
    let (line, residual) = linear::fit_and_leave_over(RIDGE, design, &y, penalty, apart)?;
    Ok((Estimator::Sum { parts: vec![seasonal_har.clone(), line] }, residual))
}
