//! Candles of silver.

use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use wick_bus::Result;
use wick_schemas::{Candle, CandleValidated, Timestamp, Venue};

use super::{Tables, count, word};

impl Tables {
    /// The newest candles that open before `to`, of one venue or of all, newest first.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn candles(
        &self,
        venue: Option<Venue>,
        to: Option<Timestamp>,
        limit: usize,
    ) -> Result<Vec<CandleValidated>> {
        let Some(pool) = self.silver.open().await? else { return Ok(Vec::new()) };
        let mut candles = Vec::new();
        // The key begins with the venue: a look for each finds the newest ones without reading the rest.
        for venue in Venue::ALL.into_iter().filter(|one| venue.is_none_or(|venue| venue == *one)) {
            let read =
                sqlx::query("SELECT * FROM candles WHERE venue = ? AND open_time < ? ORDER BY open_time DESC LIMIT ?")
                    .bind(venue.as_str())
                    .bind(to.unwrap_or(Timestamp::MAX).millis())
                    .bind(count(limit))
                    .try_map(|row| read(&row))
                    .fetch_all(&pool)
                    .await;
            candles.extend(self.silver.rows(read)?);
        }
        candles.sort_by_key(|told| (std::cmp::Reverse(told.candle.open_time), told.candle.venue));
        candles.truncate(limit);
        Ok(candles)
    }
}

fn read(row: &SqliteRow) -> sqlx::Result<CandleValidated> {
    Ok(CandleValidated {
        candle: Candle {
            venue: word(row, "venue")?,
            open_time: Timestamp(row.try_get("open_time")?),
            open: row.try_get("open")?,
            high: row.try_get("high")?,
            low: row.try_get("low")?,
            close: row.try_get("close")?,
            volume: row.try_get("volume")?,
        },
        origin: word(row, "origin")?,
        ingest_time: Timestamp(row.try_get("ingest_time")?),
    })
}
