//! Forecasts.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::error::{Error, Result};
use crate::market::{Horizon, Origin, Venue};
use crate::model::log_odds;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// The probabilities of the published quantiles.
pub const TAUS: [f64; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// What a forecast was made with, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The current champion.
    Champion,
    /// The champion before it.
    Previous,
    /// No model: base rate, smoothed volatility and normal quantiles.
    Baseline,
    /// Nothing new could be made: the last forecast, grown old.
    Stale,
}

impl Level {
    /// Every level, the best first.
    pub const ALL: [Self; 4] = [Self::Champion, Self::Previous, Self::Baseline, Self::Stale];

    /// The level's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Champion => "champion",
            Self::Previous => "previous",
            Self::Baseline => "baseline",
            Self::Stale => "stale",
        }
    }
}

impl FromStr for Level {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        [Self::Champion, Self::Previous, Self::Baseline, Self::Stale]
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or_else(|| Error::impossible("level", text, "one of champion, previous, baseline, stale"))
    }
}

/// The forecasts of the named baselines, made at the same moment from the same knowledge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaselineForecast {
    /// Probability of a rise: the base rate of the training window.
    pub p_up: f64,
    /// Variance over the horizon by an exponentially weighted mean.
    pub ewma_variance: f64,
    /// Variance over the horizon by HAR.
    pub har_variance: f64,
    /// Variance over the horizon by HAR with hour-of-week season.
    pub seasonal_har_variance: f64,
    /// Variance over the horizon by GARCH; `null` where the model has none.
    #[serde(default)]
    pub garch_variance: Option<f64>,
    /// Return quantiles at [`TAUS`]: those of the trailing 90 days.
    pub return_quantiles: Vec<f64>,
}

/// A forecast for one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Forecast {
    /// The horizon.
    pub horizon: Horizon,
    /// Probability of a rise, strictly between 0 and 1.
    pub p_up: f64,
    /// Expected log return.
    pub expected_return: f64,
    /// Expected realised variance over the horizon (sum of squared one-minute log returns).
    pub variance: f64,
    /// Log-return quantiles at [`TAUS`], not falling.
    pub return_quantiles: Vec<f64>,
    /// The same in quote currency.
    pub price_quantiles: Vec<f64>,
    /// The logarithm of the uncorrected variance forecast per bar: input of the level correction.
    pub raw_log_variance: f64,
    /// The probability of a rise as the model itself said it, before its calibration slope; `null` where a version before this
    /// one did not say.
    #[serde(default)]
    pub raw_p_up: Option<f64>,
    /// What the baselines said.
    pub baseline: BaselineForecast,
}

impl Forecast {
    /// Expected volatility over the horizon: the square root of the variance.
    #[must_use]
    pub fn volatility(&self) -> f64 {
        self.variance.sqrt()
    }

    /// The calibration slope of the probability: what was published of what the model said beyond its base rate. `None` where
    /// it said nothing beyond it, or nobody knows.
    #[must_use]
    pub fn slope(&self) -> Option<f64> {
        let edge = |chance: f64| log_odds(chance) - log_odds(self.baseline.p_up);
        let raw = edge(self.raw_p_up?);
        (raw.abs() > f64::EPSILON).then(|| edge(self.p_up) / raw)
    }
}

/// `predictions.made`: the forecasts of one bar, one for each horizon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The close of the bar: the forecasts know nothing later.
    pub as_of: Timestamp,
    /// The price that they start from.
    pub price: f64,
    /// How the newest candle reached us; `simulated` means that nobody traded at this price.
    pub origin: Origin,
    /// When the newest candle of the bar was learnt.
    pub ingest_time: Timestamp,
    /// What they were made with.
    pub level: Level,
    /// Hash of the model; empty at level `baseline`.
    pub model: String,
    /// Id of the feature set.
    pub feature_set: String,
    /// One for each horizon, nearest first.
    pub forecasts: Vec<Forecast>,
    /// Venues of which minutes were missing when they were made: they know less than they should.
    #[serde(default)]
    pub gaps: Vec<Venue>,
}

impl Payload for Prediction {
    const TOPIC: Topic = topic::PREDICTIONS_MADE;
    fn event_time(&self) -> Timestamp {
        self.as_of
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sigmoid;

    #[test]
    fn a_slope_is_what_was_published_of_what_the_model_said_beyond_its_base_rate() {
        let slope = |p_up: f64, raw_p_up: Option<f64>| {
            let baseline = BaselineForecast {
                p_up: sigmoid(0.1),
                ewma_variance: 1.0,
                har_variance: 1.0,
                seasonal_har_variance: 1.0,
                garch_variance: None,
                return_quantiles: vec![],
            };
            let forecast = Forecast {
                horizon: Horizon::M15,
                p_up,
                expected_return: 0.0,
                variance: 1.0,
                return_quantiles: vec![],
                price_quantiles: vec![],
                raw_log_variance: 0.0,
                raw_p_up,
                baseline,
            };
            forecast.slope()
        };
        assert!((slope(sigmoid(0.3), Some(sigmoid(0.5))).expect("a slope") - 0.5).abs() < 1e-12);
        assert_eq!(slope(sigmoid(0.3), None), None);
        assert_eq!(slope(sigmoid(0.1), Some(sigmoid(0.1))), None);
    }
}
