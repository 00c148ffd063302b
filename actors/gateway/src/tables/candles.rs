//! Candles of silver.

use wick_bus::Result;
use wick_bus::database::Row;
use wick_schemas::{Candle, CandleValidated, Timestamp, Venue};

use super::{Tables, count};

impl Tables {
    /// The newest candles that open from `from` up to before `to`, of one venue or of all, newest first.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn candles(
        &self,
        venue: Option<Venue>,
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        limit: usize,
    ) -> Result<Vec<CandleValidated>> {
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        let mut candles = Vec::new();
        let (after, before) = (from.unwrap_or(Timestamp::MIN).millis(), to.unwrap_or(Timestamp::MAX).millis());
        // The key begins with the venue: a look for each finds the newest ones without reading the rest.
        for venue in Venue::ALL.into_iter().filter(|one| venue.is_none_or(|venue| venue == *one)) {
            let query = "SELECT * FROM candles WHERE venue = $1 AND open_time >= $2 AND open_time < $3 \
                         ORDER BY open_time DESC LIMIT $4";
            let values = [venue.as_str().into(), after.into(), before.into(), count(limit).into()];
            candles.extend(silver.select(query, &values, read).await?);
        }
        candles.sort_by_key(|told| (std::cmp::Reverse(told.candle.open_time), told.candle.venue));
        candles.truncate(limit);
        Ok(candles)
    }
}

/// A candle of many minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    /// The candle, with the origin and the ingest time of its last minute.
    pub candle: CandleValidated,
    /// How many minutes it is made of.
    pub minutes: i64,
}

/// First and last prices are those of the first and the last minute.
const WIDE: &str = "\
    SELECT f.venue, b.start AS open_time, f.open, b.high, b.low, l.close, b.volume, l.origin, l.ingest_time, b.minutes \
    FROM (SELECT open_time - open_time % $4 AS start, min(open_time) AS first, max(open_time) AS last, \
          max(high) AS high, min(low) AS low, sum(volume) AS volume, count(*) AS minutes \
          FROM candles WHERE venue = $1 AND open_time >= $2 AND open_time < $3 GROUP BY 1) b \
    JOIN candles f ON f.venue = $1 AND f.open_time = b.first \
    JOIN candles l ON l.venue = $1 AND l.open_time = b.last \
    ORDER BY b.start DESC LIMIT $5";

impl Tables {
    /// Candles of a venue, each as long as `width` milliseconds, that open from `from` up to before `to`, newest first.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn wide_candles(
        &self,
        venue: Venue,
        (from, to): (Timestamp, Timestamp),
        width: i64,
        limit: usize,
    ) -> Result<Vec<Wide>> {
        let Some(silver) = self.silver().await? else { return Ok(Vec::new()) };
        let values =
            [venue.as_str().into(), from.millis().into(), to.millis().into(), width.into(), count(limit).into()];
        silver.select(WIDE, &values, |row| Ok(Wide { candle: read(row)?, minutes: row.get("minutes")? })).await
    }

    /// How many candles of all venues open from `from` up to before `to`.
    ///
    /// # Errors
    /// Where silver does not read.
    pub async fn count_candles(&self, from: Timestamp, to: Timestamp) -> Result<usize> {
        let Some(silver) = self.silver().await? else { return Ok(0) };
        let mut candles = 0;
        for venue in Venue::ALL {
            let query =
                "SELECT count(*) AS candles FROM candles WHERE venue = $1 AND open_time >= $2 AND open_time < $3";
            let values = [venue.as_str().into(), from.millis().into(), to.millis().into()];
            candles += silver.select(query, &values, |row| row.get::<i64>("candles")).await?.into_iter().sum::<i64>();
        }
        Ok(usize::try_from(candles).unwrap_or(0))
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
