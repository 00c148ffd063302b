//! Fits every candidate of a horizon on a range of its outcomes.

pub mod baseline;
mod boosting;
mod config;
mod design;
mod forest;
mod garch;
mod linear;
mod logistic;

use std::ops::Range;

use wick_schemas::model::Estimator;

pub use boosting::Growth;
pub use config::FitConfig;

use self::boosting::Loss;
use self::design::Design;
use self::linear::Penalty;
use crate::dataset::{Dataset, Labels, season_hour};
use crate::error::Result;

/// Name of the baseline for direction.
pub const BASE_RATE: &str = "base_rate";
/// Name of the baseline for volatility.
pub const SEASONAL_HAR: &str = "seasonal_har";

const LOGISTIC: &str = "logistic";
const BOOSTING: &str = "boosting";
const FOREST: &str = "forest";
const MEAN: &str = "mean";
const RIDGE_BOOSTING: &str = "ridge_boosting";
const RIDGE: &str = "ridge";
const RIDGE_FOREST: &str = "ridge_forest";

/// An estimator and what it is called.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Its name.
    pub name: &'static str,
    /// What was fitted.
    pub estimator: Estimator,
}

/// What was fitted on a range of outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// Share of rises.
    pub base_rate: f64,
    /// Log variance per bar by the exponentially weighted mean.
    pub ewma: Estimator,
    /// Log variance per bar by HAR.
    pub har: Estimator,
    /// Log variance per bar by GARCH.
    pub garch: Estimator,
    /// Log-odds of a rise: the base rate first, then its challengers.
    pub direction: Vec<Named>,
    /// Log variance per bar: seasonal HAR first, then its challengers.
    pub volatility: Vec<Named>,
}

/// Which candidates are wanted beside the baselines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// None.
    Baselines,
    /// Every one that the settings allow.
    All,
    /// These two, one for direction and one for volatility.
    Chosen(&'a str, &'a str),
}

impl Wanted<'_> {
    fn any(self, names: &[&str]) -> bool {
        match self {
            Self::Baselines => false,
            Self::All => true,
            Self::Chosen(direction, volatility) => names.contains(&direction) || names.contains(&volatility),
        }
    }
}

/// Fits what is wanted on the outcomes in `train`.
///
/// # Errors
/// Where the rows lack an input of a baseline, or a fit fails.
pub fn fit(
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    config: &FitConfig,
    wanted: Wanted<'_>,
) -> Result<Fitted> {
    let rows = &data.rows;
    let base_rate = baseline::base_rate(labels, train.clone());
    let (har, seasonal_har) = baseline::har(rows, labels, train.clone(), config.season_penalty)?;
    let constant = Estimator::Constant { value: baseline::log_odds(base_rate) };
    let mut fitted = Fitted {
        base_rate,
        ewma: baseline::ewma(rows, labels, train.clone())?,
        har,
        garch: garch::fit(rows, labels, train.clone())?,
        direction: vec![Named { name: BASE_RATE, estimator: constant }],
        volatility: vec![Named { name: SEASONAL_HAR, estimator: seasonal_har }],
    };
    if wanted == Wanted::Baselines || wanted == Wanted::Chosen(BASE_RATE, SEASONAL_HAR) {
        return Ok(fitted);
    }
    let columns: Vec<usize> = (0..rows.names().len()).collect();
    let design = Design::new(rows, labels, train.clone(), &columns, config.clip);
    fitted.direction.extend(direction(&design, data, labels, train.clone(), config, wanted)?);
    if wanted.any(&[RIDGE, RIDGE_FOREST, RIDGE_BOOSTING, MEAN]) {
        let ridge = ridge(&design, data, labels, train.clone(), &fitted.volatility[0].estimator, config)?;
        drop(design);
        let mut challengers = vec![Named { name: RIDGE, estimator: ridge.clone() }];
        if config.volatility_boosting.trees > 0 && wanted.any(&[RIDGE_BOOSTING, MEAN]) {
            let estimator = with_boosting(data, labels, train.clone(), &ridge, config)?;
            challengers.push(Named { name: RIDGE_BOOSTING, estimator });
        }
        if config.forest && wanted.any(&[RIDGE_FOREST, MEAN]) {
            let estimator = with_forest(data, labels, train, &ridge, config)?;
            challengers.push(Named { name: RIDGE_FOREST, estimator });
        }
        challengers.extend(mean_of(&challengers));
        fitted.volatility.extend(challengers);
    }
    Ok(fitted)
}

/// The challengers of the base rate: log-odds of a rise.
fn direction(
    design: &Design,
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    config: &FitConfig,
    wanted: Wanted<'_>,
) -> Result<Vec<Named>> {
    let mut challengers = Vec::new();
    let rows = &labels.row[train.clone()];
    if wanted.any(&[LOGISTIC, MEAN]) {
        let up: Vec<bool> = train.clone().map(|place| labels.up(place)).collect();
        let estimator = logistic::fit(design, &up, config.logistic_penalty * overlap(labels))?;
        challengers.push(Named { name: LOGISTIC, estimator });
    }
    if config.direction_boosting.trees > 0 && wanted.any(&[BOOSTING, MEAN]) {
        let up: Vec<f64> = train.clone().map(|place| f64::from(u8::from(labels.up(place)))).collect();
        let growth = config.direction_boosting;
        let estimator = boosting::fit(&data.rows, rows, &up, Loss::Log, overlap(labels), growth, config.seed)?;
        challengers.push(Named { name: BOOSTING, estimator });
    }
    let mean = mean_of(&challengers);
    if config.forest && wanted.any(&[FOREST]) {
        // Near a coin's throw the log-odds are four times what the probability differs from a half (Taylor), which lets
        // a forest of means stand beside the others.
        let odds: Vec<f64> = train.map(|place| if labels.up(place) { 2.0 } else { -2.0 }).collect();
        let leaf = (config.forest_leaf as f64 * overlap(labels)) as usize;
        challengers.push(Named { name: FOREST, estimator: forest::fit(&data.rows, rows, &odds, leaf, config)? });
    }
    challengers.extend(mean);
    Ok(challengers)
}

/// The mean of several challengers, which is often better than each.
fn mean_of(challengers: &[Named]) -> Option<Named> {
    let parts: Vec<Estimator> = challengers.iter().map(|one| one.estimator.clone()).collect();
    (parts.len() > 1).then_some(Named { name: MEAN, estimator: Estimator::Mean { parts } })
}

/// A ridge on what seasonal HAR leaves over, not on the outcome itself: a strong penalty then ends at the baseline, not
/// at a constant, and the candidate is never far worse than what it must beat.
fn ridge(
    design: &Design,
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    seasonal_har: &Estimator,
    config: &FitConfig,
) -> Result<Estimator> {
    let penalty = config.ridge_penalty * overlap(labels);
    let residual = left_over(seasonal_har, data, labels, train);
    let line = linear::fit(RIDGE, design, &residual, Penalty { weights: penalty, season: Some(penalty) })?;
    Ok(Estimator::Sum { parts: vec![seasonal_har.clone(), line] })
}

fn with_boosting(
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    ridge: &Estimator,
    config: &FitConfig,
) -> Result<Estimator> {
    let residual = left_over(ridge, data, labels, train.clone());
    let growth = config.volatility_boosting;
    let overlap = overlap(labels);
    let trees = boosting::fit(&data.rows, &labels.row[train], &residual, Loss::Squared, overlap, growth, config.seed)?;
    Ok(Estimator::Sum { parts: vec![ridge.clone(), trees] })
}

fn with_forest(
    data: &Dataset,
    labels: &Labels,
    train: Range<usize>,
    ridge: &Estimator,
    config: &FitConfig,
) -> Result<Estimator> {
    let residual = left_over(ridge, data, labels, train.clone());
    let leaf = (config.forest_leaf as f64 * overlap(labels)) as usize;
    let forest = forest::fit(&data.rows, &labels.row[train], &residual, leaf, config)?;
    Ok(Estimator::Sum { parts: vec![ridge.clone(), forest] })
}

fn left_over(estimator: &Estimator, data: &Dataset, labels: &Labels, train: Range<usize>) -> Vec<f64> {
    train.map(|place| labels.log_variance[place] - value(estimator, data, labels, place)).collect()
}

/// How many outcomes cover the same bar. So many rows say hardly more than one, so penalties and leaves grow with it.
fn overlap(labels: &Labels) -> f64 {
    labels.horizon.bars() as f64
}

/// What an estimator says of the row of an outcome: the very call that an artifact scores with.
#[must_use]
pub fn value(estimator: &Estimator, data: &Dataset, labels: &Labels, place: usize) -> f64 {
    estimator.value(data.rows.row(labels.row[place]), season_hour(labels.as_of[place]))
}
