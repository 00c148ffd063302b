//! Monitoring: how every forecast did, and what was asked for because of it.

use std::path::PathBuf;

use sqlx::{QueryBuilder, Sqlite, SqlitePool};
use wick_bus::database::Row;
use wick_bus::serving::Kept;
use wick_bus::{Error, House, Layer, Result, database};
use wick_schemas::{Prediction, Score, Timestamp};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Rows in one statement.
const ROWS: usize = 1_000;

/// A row of monitoring.
#[derive(Clone, Debug)]
pub enum MonitoringRow {
    /// A settled forecast, and when it was settled.
    Score(Timestamp, Box<Score>),
    /// A retraining that was asked for: when, by which message, why (as JSON).
    Command(Timestamp, String, String),
}

/// The monitoring layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Monitoring {
    pool: SqlitePool,
    path: PathBuf,
}

impl Monitoring {
    /// Opens monitoring and brings its tables up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        let path = house.path("monitoring.sqlite");
        Ok(Self { pool: database::open(&path, &MIGRATIONS).await?, path })
    }
}

impl Layer for Monitoring {
    type Row = MonitoringRow;

    async fn keep(&mut self, rows: Vec<MonitoringRow>) -> Result<()> {
        let failed = || Error::database(&self.path);
        let mut transaction = self.pool.begin().await.map_err(failed())?;
        for chunk in rows.chunks(ROWS) {
            let scores: Vec<_> = chunk
                .iter()
                .filter_map(|row| match row {
                    MonitoringRow::Score(at, score) => {
                        Some((at, score, serde_json::to_string(score).unwrap_or_default()))
                    }
                    MonitoringRow::Command(..) => None,
                })
                .collect();
            if !scores.is_empty() {
                let mut insert = QueryBuilder::<Sqlite>::new("INSERT INTO scores (origin, horizon, at, score) ");
                insert.push_values(&scores, |mut row, (at, score, json)| {
                    row.push_bind(score.origin.millis())
                        .push_bind(score.horizon.as_str())
                        .push_bind(at.millis())
                        .push_bind(json);
                });
                insert.push(" ON CONFLICT DO NOTHING");
                insert.build().execute(&mut *transaction).await.map_err(failed())?;
            }
            for row in chunk {
                if let MonitoringRow::Command(at, id, cause) = row {
                    sqlx::query("INSERT INTO commands (at, id, cause) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
                        .bind(at.millis())
                        .bind(id)
                        .bind(cause)
                        .execute(&mut *transaction)
                        .await
                        .map_err(failed())?;
                }
            }
        }
        transaction.commit().await.map_err(failed())
    }
}

/// The forecasts made in `from < as_of <= to`, from the predictor's layer.
///
/// # Errors
/// Where it cannot be read.
pub async fn forecasts_between(house: &House, from: Timestamp, to: Timestamp) -> Result<Vec<Prediction>> {
    let path = house.path("serving.sqlite");
    let Some(pool) = database::read(&path).await? else { return Ok(Vec::new()) };
    let rows = sqlx::query("SELECT * FROM predictions WHERE as_of > ? AND as_of <= ? ORDER BY as_of")
        .bind(from.millis())
        .bind(to.millis())
        .fetch_all(&pool)
        .await
        .map_err(Error::database(&path))?;
    pool.close().await;
    let mut predictions: Vec<Prediction> = Vec::new();
    for row in rows {
        let kept = Kept::read(&Row::File(row)).map_err(Error::database(&path))?;
        match predictions.last_mut() {
            Some(last) if last.as_of == kept.as_of => last.forecasts.push(kept.forecast),
            _ => predictions.push(kept.into()),
        }
    }
    for prediction in &mut predictions {
        prediction.forecasts.sort_by_key(|forecast| forecast.horizon);
    }
    Ok(predictions)
}
