//! The search for how boosting should grow: trials drawn by a seed, most of them stopped early, every one told.
//!
//! Successive halving (Jamieson and Talwalkar 2016): all trials learn from a share of the rows, and the best third of them
//! from all. They learn and are judged before the first test block of the walk-forward, so that what is reported of the
//! chosen growth is as much out of sample as without a search. The first trial is the growth of the settings: what is
//! drawn must beat it.

mod draw;
mod task;

use std::ops::Range;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use wick_schemas::Horizon;

use self::task::Task;
use crate::dataset::Dataset;
use crate::error::Result;
use crate::fit::{FitConfig, Growth};
use crate::split::folds;

/// Which boosting is searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// That of the direction.
    Direction,
    /// That of what extended HAR leaves over of the volatility.
    Volatility,
}

/// How much is searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchConfig {
    /// Trials of each horizon and target, that of the settings included; 0 or 1: nothing is searched.
    pub trials: usize,
    /// Seconds after which no further trial of a horizon and target is begun; 0: as long as it takes. How many were done
    /// is told, and so many give the same again.
    pub seconds: u64,
    /// Share of the rows before the first test block, the newest, by which trials are judged.
    pub judged_share: f64,
    /// Share of the rows that all trials learn from before the best third learns from all.
    pub first_share: f64,
}

/// What became of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It did not come into the second round.
    Stopped,
    /// It came to the end, and another one was better.
    Beaten,
    /// It is what the model was grown by.
    Chosen,
}

/// A trial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The horizon.
    pub horizon: Horizon,
    /// What is forecast.
    pub target: Target,
    /// Its number; 0 is the growth of the settings.
    pub number: usize,
    /// How it grew.
    pub growth: Growth,
    /// What it lost in each round: log-loss, or QLIKE at the right level.
    pub losses: Vec<f64>,
    /// What became of it.
    pub fate: Fate,
}

/// The settings with the growth that the search found for a horizon, and every trial. The settings themselves where
/// nothing is searched, or too little is known.
///
/// # Errors
/// Where a fit fails, and what `step` says, which is asked before every trial.
pub fn search(
    data: &Dataset,
    horizon: Horizon,
    config: &FitConfig,
    step: &(dyn Fn() -> Result<()> + Sync),
) -> Result<(FitConfig, Vec<Trial>)> {
    let mut found = config.clone();
    let labels = data.labels_of(horizon);
    let Some(fold) = folds(&labels.as_of, horizon, config, data.rival).into_iter().next() else {
        return Ok((found, Vec::new()));
    };
    let mut ledger = Vec::new();
    for target in [Target::Direction, Target::Volatility] {
        let growth = match target {
            Target::Direction => &mut found.direction_boosting,
            Target::Volatility => &mut found.volatility_boosting,
        };
        let Some((learnt, judged)) = rounds(labels.len().min(fold.train.end), labels.horizon, config) else { continue };
        if config.search.trials < 2 || growth.trees == 0 {
            continue;
        }
        let task = Task::new(data, horizon, target, learnt, judged, config)?;
        let trials = run(&task, *growth, config, step)?;
        if let Some(best) = trials.iter().find(|trial| trial.fate == Fate::Chosen) {
            *growth = best.growth;
        }
        ledger.extend(trials);
    }
    Ok((found, ledger))
}

/// What trials learn from and what they are judged by, a purge and an embargo apart; `None` where that is too little.
fn rounds(rows: usize, horizon: Horizon, config: &FitConfig) -> Option<(Range<usize>, Range<usize>)> {
    let judged = (rows as f64 * config.search.judged_share) as usize;
    let gap = horizon.bars() * (1 + config.embargo_horizons as usize);
    let learnt = rows.checked_sub(judged + gap)?;
    (learnt >= config.min_rows / 4 && judged > 2 * horizon.bars()).then_some((0..learnt, rows - judged..rows))
}

fn run(
    task: &Task<'_>,
    first: Growth,
    config: &FitConfig,
    step: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Vec<Trial>> {
    let begun = Instant::now();
    let late = || config.search.seconds > 0 && begun.elapsed() > Duration::from_secs(config.search.seconds);
    let growths = draw::growths(first, config.search.trials, task.target, config.seed ^ task.horizon.index() as u64);
    let mut trials: Vec<Trial> = Vec::new();
    for (number, growth) in growths.into_iter().enumerate() {
        // The settings' own is always judged.
        if number > 0 && late() {
            break;
        }
        step()?;
        let losses = vec![task.loss(growth, config.search.first_share)?];
        let (horizon, target) = (task.horizon, task.target);
        trials.push(Trial { horizon, target, number, growth, losses, fate: Fate::Stopped });
    }
    let mut order: Vec<usize> = (0..trials.len()).collect();
    order.sort_by(|a, b| trials[*a].losses[0].total_cmp(&trials[*b].losses[0]));
    order.truncate(trials.len().div_ceil(3));
    if !order.contains(&0) {
        order.push(0);
    }
    for place in &order {
        step()?;
        let loss = task.loss(trials[*place].growth, 1.0)?;
        trials[*place].losses.push(loss);
        trials[*place].fate = Fate::Beaten;
    }
    if let Some(best) = order.into_iter().min_by(|a, b| trials[*a].losses[1].total_cmp(&trials[*b].losses[1])) {
        trials[best].fate = Fate::Chosen;
    }
    Ok(trials)
}

impl SearchConfig {
    /// What sound settings are.
    pub const SOUND: &str = "shares above 0 and below 1, at most 200 trials";

    /// Whether a search can be made by these.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let share = |value: f64| value > 0.0 && value < 1.0;
        share(self.judged_share) && share(self.first_share) && self.trials <= 200
    }
}

#[cfg(test)]
mod tests;
