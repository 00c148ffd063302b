//! The named baselines: what every other model must beat.

use std::ops::Range;

use wick_schemas::model::{Estimator, Input};

use super::design::{Design, UNCLIPPED};
use super::linear::{self, Penalty};
use crate::dataset::{Labels, Rows};
use crate::error::Result;

/// The feature that holds the log of the exponentially weighted mean of the variance of a bar (α 0.06).
pub const EWMA_INPUT: &str = "log_ewma_rv";
/// The features of HAR: log mean variance per bar over an increasing number of bars (Corsi 2009).
pub const HAR_INPUTS: [&str; 5] = ["log_rv_1", "log_rv_4", "log_rv_16", "log_rv_96", "log_rv_672"];

/// Nearly least squares: just enough that inputs that say the same on few rows do not cancel out in huge weights.
const NEARLY_NONE: f64 = 1e-3;

/// Share of rises, by Laplace's rule of succession, so that a start without a single fall is not certain of rises.
#[must_use]
pub fn base_rate(labels: &Labels, train: Range<usize>) -> f64 {
    let rows = train.len() as f64;
    let rises = train.filter(|place| labels.up(*place)).count() as f64;
    (rises + 1.0) / (rows + 2.0)
}

/// The log-odds of a probability.
#[must_use]
pub fn log_odds(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// The smoothed variance, moved by the mean distance to the outcome.
///
/// # Errors
/// Where the rows have no [`EWMA_INPUT`].
pub fn ewma(rows: &Rows, labels: &Labels, train: Range<usize>) -> Result<Estimator> {
    let column = rows.column(EWMA_INPUT)?;
    let count = train.len().max(1) as f64;
    let distance = |place: usize| labels.log_variance[place] - rows.row(labels.row[place])[column];
    let intercept = train.map(distance).sum::<f64>() / count;
    let input = Input { column: column as u32, center: 0.0, scale: 1.0, clip: UNCLIPPED, weight: 1.0 };
    Ok(Estimator::Linear { inputs: vec![input], intercept, season: Vec::new() })
}

/// HAR and seasonal HAR.
///
/// # Errors
/// Where the rows lack one of [`HAR_INPUTS`], or the fit fails.
pub fn har(rows: &Rows, labels: &Labels, train: Range<usize>, season_penalty: f64) -> Result<(Estimator, Estimator)> {
    let columns = HAR_INPUTS.into_iter().map(|name| rows.column(name)).collect::<Result<Vec<_>>>()?;
    let design = Design::new(rows, labels, train.clone(), &columns, UNCLIPPED);
    let y = &labels.log_variance[train];
    let plain = linear::fit("har", &design, y, Penalty { weights: NEARLY_NONE, season: None })?;
    let penalty = Penalty { weights: NEARLY_NONE, season: Some(season_penalty) };
    Ok((plain, linear::fit("seasonal_har", &design, y, penalty)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_base_rate_is_never_certain() {
        let data = testing::market(60, 1).dataset();
        let mut labels = data.labels[0].clone();
        labels.log_return.iter_mut().for_each(|value| *value = 1.0);
        let rate = base_rate(&labels, 0..labels.len());
        assert!(rate > 0.97 && rate < 1.0 && log_odds(rate).is_finite());
        assert_eq!(base_rate(&labels, 0..0), 0.5);
    }

    #[test]
    fn ewma_and_har_are_unbiased_where_they_were_fitted() {
        let data = testing::market(400, 2).dataset();
        let labels = &data.labels[0];
        let all = 0..labels.len();
        let smoothed = ewma(&data.rows, labels, all.clone()).expect("ewma");
        let (plain, seasonal) = har(&data.rows, labels, all.clone(), 10.0).expect("har");
        for model in [smoothed, plain, seasonal] {
            let miss = |place: usize| {
                let row = data.rows.row(labels.row[place]);
                labels.log_variance[place] - model.value(row, crate::dataset::season_hour(labels.as_of[place]))
            };
            let mean = all.clone().map(miss).sum::<f64>() / labels.len() as f64;
            assert!(mean.abs() < 1e-9, "{mean}");
        }
    }

    #[test]
    fn a_set_without_the_inputs_is_refused_by_name() {
        let data = testing::market(60, 1).dataset();
        let rows = Rows::new("set", vec!["x".into()]);
        let error = ewma(&rows, &data.labels[0], 0..0).expect_err("no input");
        assert!(error.to_string().contains(EWMA_INPUT));
    }
}
