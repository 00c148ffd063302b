//! The forecast that needs no model: an even chance, smoothed volatility, normal quantiles.

use wick_schemas::prediction::BaselineForecast;
use wick_schemas::{FeatureVector, Forecast, Horizon, Level, Prediction};

use crate::scorer::prices;

/// Quantiles of the standard normal distribution at [`wick_schemas::prediction::TAUS`], to all digits of a double
/// (Wichura 1988, algorithm AS 241; any table gives the first ones).
const NORMAL_QUANTILES: [f64; 7] = [
    -1.959_963_984_540_054_3,
    -1.281_551_565_544_600_4,
    -0.674_489_750_196_081_7,
    0.0,
    0.674_489_750_196_081_7,
    1.281_551_565_544_600_4,
    1.959_963_984_540_054_3,
];

/// Log variances per bar, best first: the smoothed one, then the longest look-back up to a day that is full.
const ESTIMATES: [&str; 8] =
    ["log_ewma_rv", "log_rv_96", "log_rv_32", "log_rv_16", "log_rv_8", "log_rv_4", "log_rv_2", "log_rv_1"];

/// Forecasts every horizon at level `baseline` from a vector that may be cold; the baselines say the same.
///
/// `None` only where the vector has no estimate of volatility at all.
#[must_use]
pub fn forecast(vector: &FeatureVector) -> Option<Prediction> {
    let log_variance = ESTIMATES.iter().find_map(|name| vector.value(name).filter(|value| value.is_finite()))?;
    Some(Prediction {
        as_of: vector.as_of,
        price: vector.price,
        origin: vector.origin,
        ingest_time: vector.ingest_time,
        level: Level::Baseline,
        model: String::new(),
        feature_set: vector.feature_set.clone(),
        forecasts: Horizon::ALL.map(|horizon| one(horizon, vector.price, log_variance)).to_vec(),
        gaps: Vec::new(),
    })
}

/// The forecast for one horizon: variance grows with its length, as that of a random walk.
fn one(horizon: Horizon, price: f64, log_variance: f64) -> Forecast {
    let variance = log_variance.exp() * horizon.bars() as f64;
    let return_quantiles: Vec<f64> = NORMAL_QUANTILES.iter().map(|quantile| quantile * variance.sqrt()).collect();
    Forecast {
        horizon,
        p_up: 0.5,
        expected_return: 0.0,
        variance,
        price_quantiles: prices(price, &return_quantiles),
        raw_log_variance: log_variance,
        raw_p_up: Some(0.5),
        baseline: BaselineForecast {
            p_up: 0.5,
            ewma_variance: variance,
            har_variance: variance,
            seasonal_har_variance: variance,
            garch_variance: Some(variance),
            return_quantiles: return_quantiles.clone(),
        },
        return_quantiles,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::{Origin, Timestamp};

    fn vector(features: &[(&str, Option<f64>)]) -> FeatureVector {
        FeatureVector {
            as_of: Timestamp(900_000),
            feature_set: "set".into(),
            price: 100.0,
            warm: false,
            minutes: 15,
            origin: Origin::Simulated,
            ingest_time: Timestamp(900_001),
            names: features.iter().map(|(name, _)| (*name).to_owned()).collect(),
            values: features.iter().map(|(_, value)| *value).collect(),
        }
    }

    #[test]
    fn the_best_estimate_that_is_there_is_taken() {
        let cold = vector(&[("log_rv_1", Some(-10.0)), ("log_rv_4", Some(-11.0)), ("log_ewma_rv", None)]);
        let prediction = forecast(&cold).expect("an estimate");
        assert_eq!((prediction.level, prediction.model.as_str(), prediction.forecasts.len()), (Level::Baseline, "", 4));
        for forecast in &prediction.forecasts {
            assert_eq!(forecast.raw_log_variance, -11.0);
            assert_eq!(forecast.variance, (-11.0_f64).exp() * forecast.horizon.bars() as f64);
            assert_eq!(forecast.baseline.ewma_variance, forecast.variance);
            assert_eq!(forecast.baseline.return_quantiles, forecast.return_quantiles);
            assert_eq!(forecast.price_quantiles[3], 100.0);
            assert!(forecast.price_quantiles.windows(2).all(|pair| pair[0] < pair[1]));
        }
        let warm = vector(&[("log_rv_1", Some(-10.0)), ("log_ewma_rv", Some(-12.0))]);
        assert_eq!(forecast(&warm).expect("an estimate").forecasts[0].raw_log_variance, -12.0);
    }

    #[test]
    fn without_any_estimate_there_is_no_forecast() {
        assert_eq!(forecast(&vector(&[("rsi", Some(50.0)), ("log_rv_1", None)])), None);
    }
}
