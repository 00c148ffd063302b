//! Out-of-sample losses of every candidate and baseline of a horizon.

use wick_schemas::model::{Estimator, sigmoid};
use wick_schemas::score::{log_loss, qlike};
use wick_schemas::time::DAY;
use wick_schemas::{Horizon, Timestamp};

use crate::dataset::{Dataset, Labels};
use crate::error::{Error, Result};
use crate::fit::{self, FitConfig, Fitted, Named, Wanted};
use crate::memo::Memo;
use crate::split::{Fold, folds};
use crate::stack::Stack;

/// A candidate's out-of-sample losses, one for each row, in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// The candidate.
    pub name: &'static str,
    /// Log-loss or QLIKE.
    pub values: Vec<f64>,
}

/// A volatility candidate's out-of-sample forecasts, one for each row, in time order.
#[derive(Clone, Debug, PartialEq)]
pub struct Variances {
    /// The candidate.
    pub name: &'static str,
    /// Level-corrected variance over the horizon.
    pub variance: Vec<f64>,
    /// Actual variance per bar over `exp(log forecast)`: what the level correction averages.
    pub ratio: Vec<f64>,
}

/// Walk-forward results of a horizon. Every column has one entry for each out-of-sample row.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// The horizon.
    pub horizon: Horizon,
    /// Places among the horizon's outcomes.
    pub places: Vec<usize>,
    /// Log-losses of direction, the base rate first.
    pub direction: Vec<Losses>,
    /// The probabilities of a rise that they are the losses of, in the same order.
    pub p_up: Vec<Vec<f64>>,
    /// QLIKE of volatility, seasonal HAR first.
    pub volatility: Vec<Losses>,
    /// QLIKE of the other baselines: EWMA, HAR and GARCH.
    pub baselines: Vec<Losses>,
    /// What those of volatility are the losses of, in the same order, and after them EWMA, HAR and GARCH.
    pub variances: Vec<Variances>,
    /// What weights of candidates are learnt from.
    pub stack: Stack,
}

/// Fits every candidate in every fold and lets it forecast the fold's test block. `None` where no fold has enough to
/// learn from. `step` is called after every fold and may stop the work.
///
/// # Errors
/// As [`fit::fit`], and what `step` says.
pub fn evaluate(
    data: &Dataset,
    horizon: Horizon,
    config: &FitConfig,
    step: &(dyn Fn() -> Result<()> + Sync),
) -> Result<Option<Evaluation>> {
    let labels = data.labels_of(horizon);
    let mut stack = Stack::new(horizon);
    let mut whole: Option<Evaluation> = None;
    for fold in folds(&labels.as_of, horizon, config, data.rival) {
        // The first fold of a short window may leave the learners less than they are trusted with.
        if fold.train.len() < config.min_rows / 4 || fold.train.len() < config.min_baseline_rows {
            step()?;
            continue;
        }
        let mut fitted = fit::fit(data, labels, fold.train.clone(), config, Wanted::All)?;
        stack.join(&mut fitted, labels.as_of[fold.test.start]);
        let part = forecast(data, labels, &fold, fitted, config, &mut stack);
        match &mut whole {
            None => whole = Some(part),
            Some(whole) => whole.append(part)?,
        }
        step()?;
    }
    Ok(whole.map(|whole| Evaluation { stack, ..whole }))
}

/// What was fitted forecasts the fold's test block, and the stack learns from it.
fn forecast(
    data: &Dataset,
    labels: &Labels,
    fold: &Fold,
    fitted: Fitted,
    config: &FitConfig,
    stack: &mut Stack,
) -> Evaluation {
    let Fitted { ewma, har, garch, direction, volatility, .. } = fitted;
    let test: Vec<usize> = fold.test.clone().collect();
    let mut odds = Memo::new(data, labels, test.clone());
    let mut called = |candidate| {
        let Named { estimator, .. }: &Named = candidate;
        odds.values(estimator).iter().map(|odds| sigmoid(*odds)).collect()
    };
    let p_up: Vec<Vec<f64>> = direction.iter().map(&mut called).collect();
    let log_losses = |(candidate, p_up): (&Named, &Vec<f64>)| Losses {
        name: candidate.name,
        values: test.iter().zip(p_up).map(|(place, p_up)| log_loss(*p_up, labels.up(*place))).collect(),
    };
    let direction_losses = direction.iter().zip(&p_up).map(log_losses).collect();
    let others = [("ewma", ewma), ("har", har), ("garch", garch)].map(|(name, estimator)| Named { name, estimator });
    let (all, primed) = primed(labels, fold.train.end, &test, config.level_days);
    let mut logs = Memo::new(data, labels, all);
    let levelled = |candidate| {
        let Named { name, estimator }: &Named = candidate;
        let said = logs.values(estimator);
        levelled(name, &said, logs.places(), primed, labels, config.level_days)
    };
    let variances: Vec<Variances> = volatility.iter().chain(&others).map(levelled).collect();
    let losses = |forecast: &Variances| Losses {
        name: forecast.name,
        values: test
            .iter()
            .zip(&forecast.variance)
            .map(|(place, variance)| qlike(labels.realised_variance[*place], *variance).unwrap_or(0.0))
            .collect(),
    };
    stack.learn(labels, &test, (&direction, &mut odds, 0), (&volatility, &mut logs, primed));
    Evaluation {
        horizon: labels.horizon,
        direction: direction_losses,
        p_up,
        volatility: variances[..volatility.len()].iter().map(losses).collect(),
        baselines: variances[volatility.len()..].iter().map(losses).collect(),
        variances,
        stack: Stack::new(labels.horizon),
        places: test,
    }
}

/// Turns log forecasts for the outcomes at `places` into variances by the mean ratio over the outcomes of the last
/// `level_days` that had matured when each forecast was made: at first those before `known`, all of which must have
/// matured before the first forecast, then more and more of the forecasts' own.
#[must_use]
pub fn variances(
    name: &'static str,
    estimator: &Estimator,
    data: &Dataset,
    labels: &Labels,
    known: usize,
    places: &[usize],
    level_days: u32,
) -> Variances {
    let (all, primed) = primed(labels, known, places, level_days);
    let logs: Vec<f64> = all.iter().map(|place| fit::value(estimator, data, labels, *place)).collect();
    levelled(name, &logs, &all, primed, labels, level_days)
}

/// The outcomes that levels for forecasts at `places` start from, and those; and how many come first.
fn primed(labels: &Labels, known: usize, places: &[usize], level_days: u32) -> (Vec<usize>, usize) {
    let span = i64::from(level_days) * DAY;
    let start = places.first().map_or(Timestamp::MIN, |place| labels.as_of[*place].shift(-span));
    let recent = labels.as_of[..known].partition_point(|as_of| *as_of < start);
    // Where a gap is longer than the span, the last of what is known is still better than nothing.
    let mut all: Vec<usize> = (recent.min(known.saturating_sub(1))..known).collect();
    let primed = all.len();
    all.extend(places);
    (all, primed)
}

/// The same from log forecasts for all of these outcomes, the first so many of which had matured before.
fn levelled(
    name: &'static str,
    logs: &[f64],
    all: &[usize],
    primed: usize,
    labels: &Labels,
    level_days: u32,
) -> Variances {
    let actual: Vec<f64> = all.iter().map(|place| labels.realised_variance[*place]).collect();
    let as_of: Vec<Timestamp> = all.iter().map(|place| labels.as_of[*place]).collect();
    let levels = trailing_levels(&as_of, logs, &actual, labels.horizon, i64::from(level_days) * DAY, primed);
    let bars = labels.horizon.bars() as f64;
    let variance = |(log, level): (&f64, &f64)| log.exp() * level * bars;
    Variances {
        name,
        variance: logs[primed..].iter().zip(&levels).map(variance).collect(),
        ratio: logs[primed..].iter().zip(&actual[primed..]).map(|(log, actual)| actual / bars / log.exp()).collect(),
    }
}

/// For each row from `primed` on: the mean ratio of actual variance to `exp(log forecast)` over the rows of the last
/// `span` milliseconds whose outcome had matured at the row's moment. The `primed` rows before count as matured, and
/// the level is 1 where there are none.
#[must_use]
pub fn trailing_levels(
    as_of: &[Timestamp],
    log_forecast: &[f64],
    actual: &[f64],
    horizon: Horizon,
    span: i64,
    primed: usize,
) -> Vec<f64> {
    let bars = horizon.bars() as f64;
    let mut sums = Vec::with_capacity(as_of.len() + 1);
    sums.push(0.0);
    let mut sum = 0.0;
    for (log, actual) in log_forecast.iter().zip(actual) {
        sum += actual / bars / log.exp();
        sums.push(sum);
    }
    let (mut first, mut end) = (0, primed);
    let mut level_at = |place: usize| {
        let now = as_of[place];
        while end < place && as_of[end].shift(horizon.millis()) <= now {
            end += 1;
        }
        // The oldest rows leave as new ones come, but never the last of them.
        while first + 1 < end && as_of[first].shift(span) < now {
            first += 1;
        }
        if first < end { (sums[end] - sums[first]) / (end - first) as f64 } else { 1.0 }
    };
    (primed..as_of.len()).map(&mut level_at).collect()
}

impl Evaluation {
    fn append(&mut self, later: Self) -> Result<()> {
        let columns = |evaluation: &Self| (evaluation.direction.len(), evaluation.volatility.len());
        if columns(self) != columns(&later) {
            return Err(Error::Fit { what: "fold", reason: "its candidates are not those of the fold before".into() });
        }
        self.places.extend(later.places);
        self.direction.iter_mut().zip(later.direction).for_each(|(all, part)| all.values.extend(part.values));
        self.p_up.iter_mut().zip(later.p_up).for_each(|(all, part)| all.extend(part));
        self.volatility.iter_mut().zip(later.volatility).for_each(|(all, part)| all.values.extend(part.values));
        self.baselines.iter_mut().zip(later.baselines).for_each(|(all, part)| all.values.extend(part.values));
        for (all, part) in self.variances.iter_mut().zip(later.variances) {
            all.variance.extend(part.variance);
            all.ratio.extend(part.ratio);
        }
        Ok(())
    }
}

/// The mean; 0 of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use wick_schemas::time::BAR;

    use super::*;
    use crate::testing;

    fn bars(count: i64) -> Vec<Timestamp> {
        (0..count).map(|bar| Timestamp(bar * BAR)).collect()
    }

    #[test]
    fn a_level_knows_only_matured_outcomes_of_its_span() {
        let (as_of, logs) = (bars(8), vec![0.0; 8]);
        // The actual variance over the four bars of an hour jumps from 4 to 8 per horizon, i.e. from 1 to 2 per bar.
        let actual = [4.0, 4.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0];
        let levels = trailing_levels(&as_of, &logs, &actual, Horizon::H1, 2 * BAR, 2);
        // Rows 2..8; row 3 has matured at row 7 only.
        assert_eq!(levels, [1.0, 1.0, 1.0, 1.0, 1.0, 2.0]);
        assert_eq!(trailing_levels(&as_of, &logs, &actual, Horizon::H1, DAY, 0)[0], 1.0);
    }

    #[test]
    fn changing_what_came_after_a_fold_changes_nothing_in_it() {
        let market = testing::market(1_200, 4);
        let config = testing::config();
        let data = market.dataset();
        let mut later = data.clone();
        let cut = later.labels[1].len() - 50;
        later.labels[1].log_return[cut..].iter_mut().for_each(|value| *value = -*value);
        later.labels[1].realised_variance[cut..].iter_mut().for_each(|value| *value *= 9.0);
        let run = |data: &Dataset| evaluate(data, Horizon::H1, &config, &|| Ok(())).expect("losses").expect("folds");
        let (before, after) = (run(&data), run(&later));
        let kept = before.places.iter().take_while(|place| **place < cut).count();
        assert!(kept > 100 && kept < before.places.len());
        for (one, other) in before.direction.iter().zip(&after.direction) {
            assert_eq!(one.values[..kept], other.values[..kept]);
        }
        for (one, other) in before.variances.iter().zip(&after.variances) {
            assert_eq!(one.variance[..kept], other.variance[..kept]);
            assert_ne!(one.variance, other.variance);
        }
    }
}
