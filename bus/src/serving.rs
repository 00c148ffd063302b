//! The shape of serving: the predictor writes its forecasts, a row for each horizon, and others read them.

use wick_schemas::{Forecast, Level, Origin, Prediction, Timestamp, Venue};

use crate::database::Row;

/// A forecast for one horizon, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The id of its message.
    pub id: String,
    /// The message that it answers: that of the feature vector.
    pub cause: String,
    /// The close of the bar: it knows nothing later.
    pub as_of: Timestamp,
    /// When it was made.
    pub ingest_time: Timestamp,
    /// The price that it starts from.
    pub price: f64,
    /// How the newest datum reached us.
    pub origin: Origin,
    /// What it was made with.
    pub level: Level,
    /// Hash of the model; empty at level `baseline`.
    pub model: String,
    /// Id of the feature set.
    pub feature_set: String,
    /// Venues of which minutes were missing.
    pub gaps: Vec<Venue>,
    /// The forecast.
    pub forecast: Forecast,
}

impl Kept {
    /// Reads a whole row of `predictions`.
    ///
    /// # Errors
    /// Where a column is missing, or is not what it should be.
    pub fn read(row: &Row) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.get("id")?,
            cause: row.get("cause")?,
            as_of: Timestamp(row.get("as_of")?),
            ingest_time: Timestamp(row.get("ingest_time")?),
            price: row.get("price")?,
            origin: row.word("origin")?,
            level: row.word("level")?,
            model: row.get("model")?,
            feature_set: row.get("feature_set")?,
            gaps: row.json("gaps")?,
            forecast: Forecast {
                horizon: row.word("horizon")?,
                p_up: row.get("p_up")?,
                expected_return: row.get("expected_return")?,
                variance: row.get("variance")?,
                return_quantiles: row.json("return_quantiles")?,
                price_quantiles: row.json("price_quantiles")?,
                raw_log_variance: row.get("raw_log_variance")?,
                raw_p_up: row.get("raw_p_up")?,
                baseline: row.json("baseline")?,
            },
        })
    }
}

impl From<Kept> for Prediction {
    /// A message of one horizon.
    fn from(kept: Kept) -> Self {
        let Kept { as_of, ingest_time, price, origin, level, model, feature_set, gaps, forecast, .. } = kept;
        Self { as_of, price, origin, ingest_time, level, model, feature_set, forecasts: vec![forecast], gaps }
    }
}
