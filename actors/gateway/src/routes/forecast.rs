//! A forecast as it is shown.

use serde::Serialize;
use utoipa::ToSchema;
use wick_schemas::prediction::{BaselineForecast, TAUS};
use wick_schemas::{Horizon, Level, Origin, Timestamp, Venue};

use crate::openapi::one;
use crate::view::Made;

/// A forecast for one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct ShownForecast {
    /// The id of its message, shared by the horizons of a bar.
    pub id: String,
    /// How far it looks ahead.
    #[schema(schema_with = one::<Horizon>)]
    pub horizon: Horizon,
    /// The close of the bar: it knows nothing later. Milliseconds since 1970.
    #[schema(value_type = i64)]
    pub as_of: Timestamp,
    /// The moment that it speaks of: `as_of` and the horizon.
    #[schema(value_type = i64)]
    pub due: Timestamp,
    /// How the newest candle reached us; `simulated` means that nobody traded at this price.
    #[schema(schema_with = one::<Origin>)]
    pub origin: Origin,
    /// What it was made with.
    #[schema(schema_with = one::<Level>)]
    pub made_with: Level,
    /// Hash of the model; empty at level `baseline`.
    pub model: String,
    /// Id of the feature set.
    pub feature_set: String,
    /// Venues of which minutes were missing when it was made: it knows less than it should.
    #[schema(value_type = Vec<String>)]
    pub gaps: Vec<Venue>,
    /// The price that it starts from, in quote currency.
    pub price: f64,
    /// Probability of a rise.
    pub p_up: f64,
    /// Expected log return.
    pub expected_return: f64,
    /// Expected volatility: a standard deviation of the log return over the horizon.
    pub volatility: f64,
    /// Expected realised variance over the horizon: the sum of squared one-minute log returns.
    pub variance: f64,
    /// Where the return and the price will be.
    pub quantiles: Vec<Quantile>,
    /// What the baselines say.
    #[schema(schema_with = one::<BaselineForecast>)]
    pub baseline: BaselineForecast,
}

/// A quantile of what may come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Quantile {
    /// The probability that it will be below.
    pub tau: f64,
    /// Log return.
    pub log_return: f64,
    /// Price in quote currency.
    pub price: f64,
}

impl From<Made> for ShownForecast {
    fn from(made: Made) -> Self {
        let forecast = made.forecast;
        let pairs = forecast.return_quantiles.iter().zip(&forecast.price_quantiles);
        let quantiles = TAUS.into_iter().zip(pairs);
        Self {
            id: made.id,
            horizon: forecast.horizon,
            as_of: made.as_of,
            due: made.as_of.shift(forecast.horizon.millis()),
            origin: made.origin,
            made_with: made.level,
            model: made.model,
            feature_set: made.feature_set,
            gaps: made.gaps,
            price: made.price,
            p_up: forecast.p_up,
            expected_return: forecast.expected_return,
            volatility: forecast.volatility(),
            variance: forecast.variance,
            quantiles: quantiles
                .map(|(tau, (log_return, price))| Quantile { tau, log_return: *log_return, price: *price })
                .collect(),
            baseline: forecast.baseline,
        }
    }
}
