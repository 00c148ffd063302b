//! The named baselines: what every other model must beat.

use std::ops::Range;

use wick_schemas::Timestamp;
use wick_schemas::model::{Estimator, Input};
use wick_schemas::time::DAY;

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

/// The newest days of a window.
#[must_use]
pub fn window(labels: &Labels, train: Range<usize>, days: u32) -> Range<usize> {
    let as_of = &labels.as_of[train.clone()];
    let oldest = as_of.last().map_or(Timestamp::MIN, |last| last.shift(-i64::from(days) * DAY));
    train.start + as_of.partition_point(|as_of| *as_of < oldest)..train.end
}

/// Share of rises, by Laplace's rule of succession, so that a start without a single fall is not certain of rises.
#[must_use]
pub fn base_rate(labels: &Labels, train: Range<usize>) -> f64 {
    let rows = train.len() as f64;
    let rises = train.filter(|place| labels.up(*place)).count() as f64;
    (rises + 1.0) / (rows + 2.0)
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
    use wick_schemas::model::log_odds;

    #[test]
    fn baselines_look_back_so_many_days_of_a_window() {
        let data = testing::market(900, 3).dataset();
        let labels = &data.labels[0];
        let end = labels.len() - 50;
        // Two days and the row on which they began.
        assert_eq!(window(labels, 10..end, 2), end - 193..end);
        assert_eq!(window(labels, 10..end, 1_095), 10..end);
        assert_eq!(window(labels, 10..10, 2), 10..10);
        // What is older does not move them.
        let config = crate::fit::FitConfig { baseline_days: 2, ..testing::config() };
        let fit = |from: usize| {
            let wanted = crate::fit::Wanted::Baselines;
            crate::fit::fit(&data, labels, from..end, &config, wanted).expect("baselines")
        };
        let (whole, part) = (fit(0), fit(end - 193));
        assert_eq!((whole.base_rate, &whole.ewma, &whole.har), (part.base_rate, &part.ewma, &part.har));
        assert_eq!((&whole.garch, &whole.volatility), (&part.garch, &part.volatility));
    }

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
