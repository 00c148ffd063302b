//! Fits every candidate of a horizon on a range of its outcomes.

pub mod baseline;
mod boosting;
mod config;
mod design;
pub mod direction;
mod elastic;
pub mod extended;
mod forest;
mod garch;
mod linear;
mod logistic;
mod neural;
pub(crate) mod normal;
pub mod volatility;

use std::ops::Range;

use wick_schemas::model::{Estimator, log_odds};

pub use boosting::Growth;
pub use config::FitConfig;
pub use neural::{Device, NeuralConfig};
pub use volatility::extended_har;

use self::design::Design;
use crate::dataset::{Dataset, Labels, season_hour};
use crate::error::Result;
use crate::search::Target;
use crate::stack;

/// Name of the baseline for direction.
pub const BASE_RATE: &str = "base_rate";
/// Name of the baseline for volatility.
pub const SEASONAL_HAR: &str = "seasonal_har";

/// Name of the mean of candidates.
pub const MEAN: &str = "mean";
/// Name of the weighted means of other candidates, which are made from their forecasts (see [`crate::stack`]).
pub const STACK: &str = "stack";

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
    fn direction(self, names: &[&str]) -> bool {
        match self {
            Self::Baselines => false,
            Self::All => true,
            Self::Chosen(STACK, _) => stack::DIRECTION.iter().any(|part| names.contains(part)),
            Self::Chosen(direction, _) => names.contains(&direction),
        }
    }

    fn volatility(self, names: &[&str]) -> bool {
        match self {
            Self::Baselines => false,
            Self::All => true,
            Self::Chosen(_, STACK) => stack::VOLATILITY.iter().any(|part| names.contains(part)),
            Self::Chosen(_, volatility) => names.contains(&volatility),
        }
    }
}

/// What candidates are fitted on.
struct Task<'a> {
    data: &'a Dataset,
    labels: &'a Labels,
    train: Range<usize>,
    /// For trees.
    bins: boosting::Lazy<'a>,
    config: &'a FitConfig,
    wanted: Wanted<'a>,
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
    let recent = baseline::window(labels, train.clone(), config.baseline_days);
    let base_rate = baseline::base_rate(labels, recent.clone());
    let (har, seasonal_har) = baseline::har(rows, labels, recent.clone(), config.season_penalty)?;
    let constant = Estimator::Constant { value: log_odds(base_rate) };
    let mut fitted = Fitted {
        base_rate,
        ewma: baseline::ewma(rows, labels, recent.clone())?,
        har,
        garch: garch::fit(rows, labels, recent)?,
        direction: vec![Named { name: BASE_RATE, estimator: constant }],
        volatility: vec![Named { name: SEASONAL_HAR, estimator: seasonal_har }],
    };
    if wanted == Wanted::Baselines || wanted == Wanted::Chosen(BASE_RATE, SEASONAL_HAR) {
        return Ok(fitted);
    }
    let bins = boosting::Lazy::new(rows, &labels.row[train.clone()], overlap(labels));
    let task = Task { data, labels, train, bins, config, wanted };
    let columns: Vec<usize> = (0..rows.names().len()).collect();
    let design = Design::new(rows, labels, task.train.clone(), &columns, config.clip);
    if wanted.direction(&direction::NAMES) {
        fitted.direction.extend(direction::challengers(&task, &design)?);
    }
    if wanted.volatility(&volatility::NAMES) {
        let seasonal_har = fitted.volatility[0].estimator.clone();
        fitted.volatility.extend(volatility::challengers(&task, design, &seasonal_har)?);
    }
    Ok(fitted)
}

/// Trees alone, as they grow for a target on these rows.
///
/// # Errors
/// Where the library refuses what it is given.
pub fn boosted(
    data: &Dataset,
    labels: &Labels,
    rows: Range<usize>,
    y: &[f64],
    target: Target,
    growth: Growth,
    seed: u64,
) -> Result<Estimator> {
    let loss = match target {
        Target::Direction => boosting::Loss::Log,
        Target::Volatility => boosting::Loss::Squared,
    };
    let bins = boosting::Bins::new(&data.rows, &labels.row[rows], overlap(labels))?;
    Ok(boosting::grow(&bins, y, loss, growth, seed))
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
