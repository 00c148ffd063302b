//! Things to say in tests.

use wick_schemas::model::{Artifact, Estimator, HorizonModel, Input};
use wick_schemas::prediction::BaselineForecast;
use wick_schemas::time::MINUTE;
use wick_schemas::{
    Candle, CandleValidated, CoverageMissed, DriftDetected, DriftedFeature, Forecast, Horizon, Level, Origin,
    Prediction, Score, Target, Timestamp, Venue,
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
        raw_p_up: Some(0.6),
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

/// Features that have drifted.
pub fn drifted(at: Timestamp) -> DriftDetected {
    DriftDetected {
        at,
        statistic: 0.5,
        threshold: 0.2,
        window: 672,
        features: 2,
        evidence: vec![DriftedFeature { name: "log_rv_672".into(), statistic: 6.0, threshold: 4.0 }],
        model: "ab12".repeat(16),
        feature_set: "0123456789abcdef".into(),
    }
}

/// An interval that misses its share.
pub fn missed(at: Timestamp) -> CoverageMissed {
    CoverageMissed {
        at,
        horizon: Horizon::H4,
        interval: 0.95,
        statistic: 0.9,
        threshold: 0.91,
        window: 2_880,
        deviations: -3.75,
        model: "ab12".repeat(16),
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

/// The id of the feature set of [`artifact`].
pub const FEATURE_SET: &str = "0123456789abcdef";

/// A model of two features: the log-odds of a rise, and the log variance per bar.
pub fn artifact() -> Artifact {
    let line = |column: u32| {
        let input = Input { column, center: 0.0, scale: 1.0, clip: 100.0, weight: 1.0 };
        Estimator::Linear { inputs: vec![input], intercept: 0.0, season: vec![] }
    };
    let quantiles = [-2.0, -1.3, -0.7, 0.0, 0.7, 1.3, 2.0];
    let horizon = |horizon| HorizonModel {
        horizon,
        direction_name: "logistic".into(),
        direction: line(0),
        volatility_name: "ridge".into(),
        volatility: line(1),
        base_rate: 0.5,
        ewma: line(1),
        har: line(1),
        seasonal_har: line(1),
        garch: None,
        levels: [1.5, 1.0, 1.0, 1.0],
        level_outcomes: 500,
        residual_quantiles: quantiles.to_vec(),
        return_quantiles: quantiles.map(|quantile: f64| quantile / 100.0).to_vec(),
    };
    Artifact {
        format: 1,
        feature_set: FEATURE_SET.into(),
        names: vec!["odds".into(), "log_variance".into()],
        trained_at: Timestamp(0),
        horizons: Horizon::ALL.map(horizon).to_vec(),
        kept: Vec::new(),
        canaries: vec![],
    }
}
