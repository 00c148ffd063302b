//! Where the level correction and the intervals of a model start.

use wick_schemas::Timestamp;
use wick_schemas::model::{Estimator, HorizonModel};
use wick_schemas::prediction::TAUS;
use wick_schemas::time::{BAR, DAY};

use crate::dataset::{Dataset, Labels};
use crate::error::{Error, Result};
use crate::evaluate::{Evaluation, Variances, mean, variances};
use crate::fit::{self, SEASONAL_HAR};

/// Days over which the quantiles of plain returns are taken.
const RETURN_DAYS: i64 = 90;

/// Forecasts of the chosen volatility, EWMA, HAR, seasonal HAR and GARCH for the same outcomes.
pub struct Forecasts {
    places: Vec<usize>,
    five: [Variances; 5],
    /// For how many outcomes the levels may stand, at most.
    weight: usize,
}

/// The same where the fit had seen the outcomes: what is left over of these says less of what will be left over of others.
const IN_SAMPLE: usize = 500;

impl Forecasts {
    /// Of rows that no fit had seen.
    ///
    /// # Errors
    /// Where there are none by that name.
    pub fn out_of_sample(evaluation: &Evaluation, chosen: &str) -> Result<Self> {
        let find = |name: &str| {
            let missing = || Error::Fit { what: "level", reason: format!("no forecasts by {name}") };
            evaluation.variances.iter().find(|forecasts| forecasts.name == name).cloned().ok_or_else(missing)
        };
        let five = [find(chosen)?, find("ewma")?, find("har")?, find(SEASONAL_HAR)?, find("garch")?];
        Ok(Self { places: evaluation.places.clone(), five, weight: usize::MAX })
    }

    /// Too few rows for a fold: the fit's own rows have to do.
    pub fn in_sample(data: &Dataset, labels: &Labels, five: [&Estimator; 5]) -> Self {
        let places: Vec<usize> = (0..labels.len()).collect();
        let of = |estimator| {
            let mut forecasts = variances("in_sample", estimator, data, labels, 0, &places, u32::MAX);
            let level = mean(&forecasts.ratio);
            let levelled = |place: &usize| fit::value(estimator, data, labels, *place).exp() * level;
            forecasts.variance = places.iter().map(levelled).map(|v| v * labels.horizon.bars() as f64).collect();
            forecasts
        };
        Self { five: five.map(of), places, weight: IN_SAMPLE }
    }

    /// The mean ratio of actual to forecast variance of each, over the last days, and for how many outcomes it stands.
    pub fn levels(&self, labels: &Labels, level_days: u32) -> ([f64; 5], usize) {
        let last = self.places.last().map_or(Timestamp::MAX, |place| labels.as_of[*place]);
        let start = last.shift(-i64::from(level_days) * DAY);
        let first = self.places.partition_point(|place| labels.as_of[*place] < start);
        let levels = self.five.each_ref().map(|forecasts| mean(&forecasts.ratio[first..]));
        (levels, self.weight.min(self.places.len() - first))
    }

    /// Quantiles of return / √(forecast variance).
    pub fn residual_quantiles(&self, labels: &Labels) -> Vec<f64> {
        let scaled = |(place, variance): (&usize, &f64)| labels.log_return[*place] / variance.sqrt();
        quantiles(self.places.iter().zip(&self.five[0].variance).map(scaled).collect())
    }
}

/// The level of a volatility that stays: the mean ratio of actual to forecast variance since the artifact that it is of was
/// trained, and what that artifact says for as many outcomes as the last days had before.
#[must_use]
pub fn level_since(
    trained_at: Timestamp,
    model: &HorizonModel,
    data: &Dataset,
    labels: &Labels,
    level_days: u32,
) -> f64 {
    let last = labels.as_of.last().map_or(trained_at, |last| last.shift(-i64::from(level_days) * DAY));
    let first = labels.as_of.partition_point(|as_of| *as_of < trained_at.max(last));
    let bars = labels.horizon.bars() as f64;
    let ratio =
        |place| labels.realised_variance[place] / bars / fit::value(&model.volatility, data, labels, place).exp();
    let ratios: Vec<f64> = (first..labels.len()).map(ratio).collect();
    let window = level_days as usize * (DAY / BAR) as usize;
    let level = model.level_after(model.levels[0], ratios.iter().sum(), ratios.len(), window);
    if level.is_finite() && level > 0.0 { level } else { model.levels[0] }
}

/// Quantiles of the returns of the last days.
pub fn return_quantiles(labels: &Labels) -> Vec<f64> {
    let last = labels.as_of.last().map_or(Timestamp::MAX, |last| last.shift(-RETURN_DAYS * DAY));
    let first = labels.as_of.partition_point(|as_of| *as_of < last);
    quantiles(labels.log_return[first..].to_vec())
}

/// Quantiles at [`TAUS`], linear between the two nearest values (Hyndman and Fan's type 7).
fn quantiles(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    let at = |tau: f64| {
        let place = tau * last as f64;
        let low = place.floor() as usize;
        match (values.get(low), values.get((low + 1).min(last))) {
            (Some(a), Some(b)) => (a + (b - a) * (place - low as f64)).clamp(*a, *b),
            _ => 0.0,
        }
    };
    TAUS.into_iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{assemble, testing};
    use wick_schemas::Horizon;

    #[test]
    fn a_level_stands_for_the_outcomes_that_it_is_of_and_for_few_where_the_fit_had_seen_them() {
        let data = testing::market(900, 18).dataset();
        let labels = data.labels_of(Horizon::M15);
        let flat = Estimator::Constant { value: -12.0 };
        let seen = Forecasts::in_sample(&data, labels, [&flat; 5]);
        assert_eq!(seen.levels(labels, 180).1, IN_SAMPLE);
        // Two days and the row on which they began.
        assert_eq!(seen.levels(labels, 2).1, 193);
        let unseen = Forecasts { weight: usize::MAX, ..seen };
        assert_eq!(unseen.levels(labels, 180).1, labels.len());
    }

    #[test]
    fn a_kept_level_is_learnt_from_the_last_days_since_its_training() {
        let few = testing::market(200, 15).dataset();
        let artifact = assemble::train(&few, &testing::config(), &|_| (), &|| false).expect("a model").artifact;
        let model = &artifact.horizons[0];
        let data = testing::market(900, 15).dataset();
        let labels = data.labels_of(Horizon::M15);
        let level = |trained_at| level_since(trained_at, model, &data, labels, 2);
        let mean_of = |last: usize, before: f64| {
            let ratio =
                |place| labels.realised_variance[place] / fit::value(&model.volatility, &data, labels, place).exp();
            let sum: f64 = (labels.len() - last..labels.len()).map(ratio).sum();
            (sum + before * model.levels[0]) / (last as f64 + before)
        };
        let near = |found: f64, expected: f64| assert!((found / expected - 1.0).abs() < 1e-12, "{found} {expected}");
        // Trained long ago: two days and the row on which they began, and nothing of what the artifact says.
        near(level(artifact.trained_at), mean_of(193, 0.0));
        // Trained a hundred rows ago: what it says stands for the 92 bars before.
        near(level(labels.as_of[labels.len() - 100]), mean_of(100, 92.0));
        assert_eq!(level(labels.as_of[labels.len() - 1].shift(1)), model.levels[0]);
    }

    #[test]
    fn a_quantile_lies_between_its_neighbours() {
        assert_eq!(quantiles(vec![3.0, 1.0, 2.0])[3], 2.0);
        let said = quantiles((0..=1_000).rev().map(f64::from).collect());
        assert_eq!(said, TAUS.map(|tau| 1_000.0 * tau));
        assert_eq!(quantiles(vec![]), [0.0; 7]);
    }
}
