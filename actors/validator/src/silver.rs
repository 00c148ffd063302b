//! Silver: what was judged clean, and the quarantine of what was not.

use std::path::PathBuf;

use sqlx::{QueryBuilder, Sqlite, SqlitePool};
use wick_bus::{Error, House, Layer, Result, database};
use wick_schemas::{CandleRejected, CandleValidated};

use crate::consensus::Deviation;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Rows in one statement. SQLite takes 32,766 values in one.
const ROWS: usize = 1_000;

/// A row of silver, with the id of the message that brought it.
#[derive(Clone, Debug)]
pub enum SilverRow {
    /// A clean candle.
    Candle(String, CandleValidated),
    /// One in quarantine.
    Quarantine(String, CandleRejected),
    /// How far a venue was from the consensus of a minute.
    Deviation(Deviation),
}

/// The silver layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Silver {
    pool: SqlitePool,
    path: PathBuf,
}

impl Silver {
    /// Opens silver and brings its tables up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        let path = house.path("silver.sqlite");
        Ok(Self { pool: database::open(&path, &MIGRATIONS).await?, path })
    }
}

impl Layer for Silver {
    type Row = SilverRow;

    async fn keep(&mut self, rows: Vec<SilverRow>) -> Result<()> {
        let failed = || Error::database(&self.path);
        let (mut clean, mut rejected, mut deviations) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            match row {
                SilverRow::Candle(id, candle) => clean.push((id, candle)),
                SilverRow::Quarantine(id, rejection) => rejected.push((id, rejection)),
                SilverRow::Deviation(deviation) => deviations.push(deviation),
            }
        }
        let mut transaction = self.pool.begin().await.map_err(failed())?;
        for chunk in clean.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO candles (venue, open_time, open, high, low, close, volume, origin, ingest_time, id) ",
            );
            insert.push_values(chunk, |mut row, (id, CandleValidated { candle, origin, ingest_time })| {
                row.push_bind(candle.venue.as_str())
                    .push_bind(candle.open_time.millis())
                    .push_bind(candle.open)
                    .push_bind(candle.high)
                    .push_bind(candle.low)
                    .push_bind(candle.close)
                    .push_bind(candle.volume)
                    .push_bind(origin.as_str())
                    .push_bind(ingest_time.millis())
                    .push_bind(id);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in rejected.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO quarantine (id, venue, open_time, candle, origin, ingest_time, rule, value, reason) ",
            );
            insert.push_values(chunk, |mut row, (id, rejection)| {
                row.push_bind(id)
                    .push_bind(rejection.candle.venue.as_str())
                    .push_bind(rejection.candle.open_time.millis())
                    .push_bind(serde_json::to_string(&rejection.candle).unwrap_or_default())
                    .push_bind(rejection.origin.as_str())
                    .push_bind(rejection.ingest_time.millis())
                    .push_bind(&rejection.rule)
                    .push_bind(&rejection.value)
                    .push_bind(&rejection.reason);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        for chunk in deviations.chunks(ROWS) {
            let mut insert =
                QueryBuilder::<Sqlite>::new("INSERT INTO consensus (open_time, venue, log_ratio, took_part) ");
            insert.push_values(chunk, |mut row, deviation| {
                row.push_bind(deviation.open_time.millis())
                    .push_bind(deviation.venue.as_str())
                    .push_bind(deviation.log_ratio)
                    .push_bind(deviation.took_part);
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }
}
