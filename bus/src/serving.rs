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
                raw_p_up: newer(row.get("raw_p_up"))?,
                baseline: row.json("baseline")?,
            },
        })
    }
}

/// What a column says that a file lacks until its owner, who may not have started yet, has brought it up to date.
fn newer<T>(found: sqlx::Result<Option<T>>) -> sqlx::Result<Option<T>> {
    match found {
        Err(sqlx::Error::ColumnNotFound(_)) => Ok(None),
        found => found,
    }
}

impl From<Kept> for Prediction {
    /// A message of one horizon.
    fn from(kept: Kept) -> Self {
        let Kept { as_of, ingest_time, price, origin, level, model, feature_set, gaps, forecast, .. } = kept;
        Self { as_of, price, origin, ingest_time, level, model, feature_set, forecasts: vec![forecast], gaps }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{Connection, SqliteConnection};

    #[tokio::test]
    async fn a_file_that_its_owner_has_not_brought_up_to_date_is_read() {
        let mut file = SqliteConnection::connect("sqlite::memory:").await.expect("a database");
        let older = "SELECT 'i' AS id, 'c' AS cause, 1 AS as_of, 2 AS ingest_time, 100.0 AS price, 'live' AS origin, \
                     'champion' AS level, 'm' AS model, 's' AS feature_set, '[]' AS gaps, '15m' AS horizon, 0.6 AS p_up, \
                     0.0 AS expected_return, 1e-6 AS variance, '[]' AS return_quantiles, '[]' AS price_quantiles, \
                     -12.0 AS raw_log_variance, '{\"p_up\":0.5,\"ewma_variance\":1.0,\"har_variance\":1.0,\
                     \"seasonal_har_variance\":1.0,\"return_quantiles\":[]}' AS baseline";
        let mut read = async |query: String| {
            let row = sqlx::query(sqlx::AssertSqlSafe(query)).fetch_one(&mut file).await.expect("a row");
            Kept::read(&Row::File(row)).map(|kept| kept.forecast.raw_p_up)
        };
        assert_eq!(read(older.to_owned()).await.expect("reads"), None);
        assert_eq!(read(format!("{older}, 0.7 AS raw_p_up")).await.expect("reads"), Some(0.7));
        assert!(read(older.replace("0.6 AS p_up", "0.6 AS p_down")).await.is_err());
    }
}
