//! Candles of silver.

use wick_bus::Result;
use wick_bus::database::Row;
use wick_schemas::{Candle, CandleValidated, Timestamp, Venue};

use super::{Tables, count};

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
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        let mut candles = Vec::new();
        let before = to.unwrap_or(Timestamp::MAX).millis();
        // The key begins with the venue: a look for each finds the newest ones without reading the rest.
        for venue in Venue::ALL.into_iter().filter(|one| venue.is_none_or(|venue| venue == *one)) {
            let query = "SELECT * FROM candles WHERE venue = $1 AND open_time < $2 ORDER BY open_time DESC LIMIT $3";
            let values = [venue.as_str().into(), before.into(), count(limit).into()];
            candles.extend(silver.select(query, &values, read).await?);
        }
        candles.sort_by_key(|told| (std::cmp::Reverse(told.candle.open_time), told.candle.venue));
        candles.truncate(limit);
        Ok(candles)
    }
}

fn read(row: &Row) -> sqlx::Result<CandleValidated> {
    Ok(CandleValidated {
        candle: Candle {
            venue: row.word("venue")?,
            open_time: Timestamp(row.get("open_time")?),
            open: row.get("open")?,
            high: row.get("high")?,
            low: row.get("low")?,
            close: row.get("close")?,
            volume: row.get("volume")?,
        },
        origin: row.word("origin")?,
        ingest_time: Timestamp(row.get("ingest_time")?),
    })
}
