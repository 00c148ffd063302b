//! Scores of monitoring.

use wick_bus::Result;
use wick_schemas::{Score, Timestamp};

use super::{Tables, json};

impl Tables {
    /// When the newest scored forecast was made, of those made before `to`.
    ///
    /// # Errors
    /// Where monitoring does not read.
    pub async fn newest_scored(&self, to: Timestamp) -> Result<Option<Timestamp>> {
        let Some(pool) = self.monitoring.open().await? else { return Ok(None) };
        let read = sqlx::query_scalar("SELECT max(origin) FROM scores WHERE origin < ?")
            .bind(to.millis())
            .fetch_all(&pool)
            .await;
        Ok(self.monitoring.rows::<Option<i64>>(read)?.into_iter().flatten().next().map(Timestamp))
    }

    /// The scores of the forecasts made from `from` up to before `to`, oldest first.
    ///
    /// # Errors
    /// Where monitoring does not read.
    pub async fn scores(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Score>> {
        let Some(pool) = self.monitoring.open().await? else { return Ok(Vec::new()) };
        let read = sqlx::query("SELECT score FROM scores WHERE origin >= ? AND origin < ? ORDER BY origin, horizon")
            .bind(from.millis())
            .bind(to.millis())
            .try_map(|row| json(&row, "score"))
            .fetch_all(&pool)
            .await;
        self.monitoring.rows(read)
    }
}
