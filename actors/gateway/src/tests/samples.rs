//! Things to say in tests.

use wick_schemas::prediction::BaselineForecast;
use wick_schemas::time::MINUTE;
use wick_schemas::{
    Candle, CandleValidated, Forecast, Horizon, Level, Origin, Prediction, Score, Target, Timestamp, Venue,
};

/// A candle of the simulated market.
pub fn candle(open_time: Timestamp) -> CandleValidated {
    CandleValidated {
        candle: Candle {
            venue: Venue::Simulated,
            open_time,
            open: 100.0,
            high: 103.0,
            low: 99.0,
            close: 101.0,
            volume: 2.0,
        },
        origin: Origin::Simulated,
        ingest_time: open_time + MINUTE,
    }
}

/// A forecast for one horizon.
pub fn forecast(horizon: Horizon) -> Forecast {
    let quantiles = [-0.03, -0.02, -0.01, 0.0, 0.01, 0.02, 0.03];
    Forecast {
        horizon,
        p_up: 0.6,
        expected_return: 0.001,
        variance: 0.0004,
        return_quantiles: quantiles.to_vec(),
        price_quantiles: quantiles.iter().map(|quantile: &f64| 101.0 * quantile.exp()).collect(),
        raw_log_variance: -8.0,
        baseline: BaselineForecast {
            p_up: 0.5,
            ewma_variance: 0.0005,
            har_variance: 0.00045,
            seasonal_har_variance: 0.00042,
            garch_variance: Some(0.00044),
            return_quantiles: quantiles.to_vec(),
        },
    }
}

/// The forecasts of a bar.
pub fn prediction(as_of: Timestamp, level: Level) -> Prediction {
    Prediction {
        as_of,
        price: 101.0,
        origin: Origin::Simulated,
        ingest_time: as_of,
        level,
        model: if level == Level::Baseline { String::new() } else { "ab12".repeat(16) },
        feature_set: "0123456789abcdef".into(),
        forecasts: Horizon::ALL.map(forecast).to_vec(),
        gaps: Vec::new(),
    }
}

/// What came of a forecast.
pub fn score(horizon: Horizon, origin: Timestamp) -> Score {
    let target = Target { horizon, origin, log_return: 0.005, realised_variance: 0.0003 };
    Score::of(&forecast(horizon), &target, Level::Champion, &"ab12".repeat(16))
}
