//! Losses: how wrong a forecast was, beside its baselines. Lower is better for each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::market::Horizon;
use crate::prediction::{Forecast, Level, TAUS};
use crate::target::Target;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// Logarithmic loss of a probability: `-ln p` of what happened. The probability is kept off 0 and 1 by 1e-6.
#[must_use]
pub fn log_loss(p_up: f64, up: bool) -> f64 {
    let p = p_up.clamp(1e-6, 1.0 - 1e-6);
    -(if up { p } else { 1.0 - p }).ln()
}

/// Brier score: squared distance of the probability from what happened.
#[must_use]
pub fn brier(p_up: f64, up: bool) -> f64 {
    let outcome = if up { 1.0 } else { 0.0 };
    (p_up - outcome).powi(2)
}

/// QLIKE: `x - ln x - 1` with `x` = actual / forecast variance (Patton 2011). `None` where nothing moved.
#[must_use]
pub fn qlike(actual: f64, forecast: f64) -> Option<f64> {
    (actual > 0.0 && forecast > 0.0).then(|| {
        let x = actual / forecast;
        x - x.ln() - 1.0
    })
}

/// Mean pinball loss of quantiles at [`TAUS`].
#[must_use]
pub fn pinball(actual: f64, quantiles: &[f64]) -> f64 {
    let losses = TAUS.iter().zip(quantiles).map(|(tau, quantile)| {
        let miss = actual - quantile;
        (tau * miss).max((tau - 1.0) * miss)
    });
    losses.sum::<f64>() / TAUS.len() as f64
}

/// Whether the value lies inside the interval between two of the [`TAUS`].
#[must_use]
pub fn inside(actual: f64, quantiles: &[f64], low: usize, high: usize) -> bool {
    matches!((quantiles.get(low), quantiles.get(high)), (Some(low), Some(high)) if (*low..=*high).contains(&actual))
}

/// One forecast beside its outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// The horizon.
    pub horizon: Horizon,
    /// When the forecast was made.
    pub origin: Timestamp,
    /// What it was made with.
    pub level: Level,
    /// Hash of the model.
    pub model: String,
    /// The forecast probability of a rise.
    pub p_up: f64,
    /// Whether the price rose.
    pub up: bool,
    /// Realised log return.
    pub log_return: f64,
    /// Realised variance.
    pub realised_variance: f64,
    /// Forecast variance.
    pub variance: f64,
    /// Log-loss of the probability.
    pub log_loss: f64,
    /// Log-loss of the base rate.
    pub base_log_loss: f64,
    /// Brier score of the probability.
    pub brier: f64,
    /// Brier score of the base rate.
    pub base_brier: f64,
    /// QLIKE of the variance; `null` where the price did not move in the whole horizon.
    pub qlike: Option<f64>,
    /// QLIKE of the exponentially weighted mean.
    pub ewma_qlike: Option<f64>,
    /// QLIKE of HAR.
    pub har_qlike: Option<f64>,
    /// QLIKE of seasonal HAR.
    pub seasonal_har_qlike: Option<f64>,
    /// QLIKE of GARCH; `null` too where the model had none.
    #[serde(default)]
    pub garch_qlike: Option<f64>,
    /// Mean pinball loss of the return quantiles.
    pub pinball: f64,
    /// Mean pinball loss of the trailing 90-day quantiles.
    pub rolling_pinball: f64,
    /// Whether the return fell inside the 80 % interval.
    pub inside_80: bool,
    /// Whether the return fell inside the 95 % interval.
    pub inside_95: bool,
}

impl Score {
    /// Puts a forecast beside its outcome.
    #[must_use]
    pub fn of(forecast: &Forecast, target: &Target, level: Level, model: &str) -> Self {
        let (up, actual) = (target.up(), target.realised_variance);
        let baseline = &forecast.baseline;
        Self {
            horizon: forecast.horizon,
            origin: target.origin,
            level,
            model: model.to_owned(),
            p_up: forecast.p_up,
            up,
            log_return: target.log_return,
            realised_variance: actual,
            variance: forecast.variance,
            log_loss: log_loss(forecast.p_up, up),
            base_log_loss: log_loss(baseline.p_up, up),
            brier: brier(forecast.p_up, up),
            base_brier: brier(baseline.p_up, up),
            qlike: qlike(actual, forecast.variance),
            ewma_qlike: qlike(actual, baseline.ewma_variance),
            har_qlike: qlike(actual, baseline.har_variance),
            seasonal_har_qlike: qlike(actual, baseline.seasonal_har_variance),
            garch_qlike: baseline.garch_variance.and_then(|variance| qlike(actual, variance)),
            pinball: pinball(target.log_return, &forecast.return_quantiles),
            rolling_pinball: pinball(target.log_return, &baseline.return_quantiles),
            inside_80: inside(target.log_return, &forecast.return_quantiles, 1, 5),
            inside_95: inside(target.log_return, &forecast.return_quantiles, 0, 6),
        }
    }
}

/// `predictions.scored`: the forecasts that a closed bar settles.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PredictionsScored {
    /// The close of the settling bar.
    pub at: Timestamp,
    /// One for each settled forecast.
    pub scores: Vec<Score>,
}

impl Payload for PredictionsScored {
    const TOPIC: Topic = topic::PREDICTIONS_SCORED;
    fn event_time(&self) -> Timestamp {
        self.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certain_and_right_forecast_loses_nothing() {
        assert!(log_loss(1.0, true) < 1e-5);
        assert!((log_loss(0.5, false) - std::f64::consts::LN_2).abs() < 1e-12);
        assert_eq!(brier(1.0, true), 0.0);
        assert_eq!(qlike(2.0, 2.0), Some(0.0));
        assert_eq!(qlike(0.0, 2.0), None);
        assert_eq!(pinball(1.0, &[1.0; 7]), 0.0);
    }

    #[test]
    fn pinball_is_half_the_mean_absolute_error_for_symmetric_taus() {
        // The seven levels are symmetric, so a point forecast loses half its absolute error.
        assert!((pinball(3.0, &[1.0; 7]) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn an_interval_holds_its_ends() {
        let quantiles = [-2.0, -1.0, 0.0, 0.0, 0.0, 1.0, 2.0];
        assert!(inside(1.0, &quantiles, 1, 5));
        assert!(!inside(1.1, &quantiles, 1, 5));
        assert!(!inside(0.0, &[], 1, 5));
    }
}
