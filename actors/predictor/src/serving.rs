//! Serving: every forecast that was made, and the outcomes that corrections learn from.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{QueryBuilder, Row, Sqlite, SqlitePool};
use wick_bus::{Error, House, Layer, Result, database};
use wick_schemas::{Forecast, Horizon, Level, Prediction, Timestamp};

use crate::outcome::{Called, OUTCOMES_NEEDED, Outcome};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// Rows in one statement.
const ROWS: usize = 500;

/// A row of serving.
#[derive(Clone, Debug)]
pub enum ServingRow {
    /// The forecasts of a bar: the message's id, its cause's id, and what it says.
    Prediction(String, String, Box<Prediction>),
    /// An outcome.
    Outcome(Outcome),
}

/// The serving layer: this actor alone writes it.
#[derive(Clone, Debug)]
pub struct Serving {
    pool: SqlitePool,
    path: PathBuf,
}

impl Serving {
    /// Opens serving and brings its tables up to date.
    ///
    /// # Errors
    /// Where the file cannot be opened.
    pub async fn open(house: &House) -> Result<Self> {
        let path = house.path("serving.sqlite");
        Ok(Self { pool: database::open(&path, &MIGRATIONS).await?, path })
    }

    /// The outcomes that corrections need, known at `at`, in the order in which they matured.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub async fn outcomes(&self, at: Timestamp) -> Result<Vec<Outcome>> {
        let failed = || Error::database(&self.path);
        let mut outcomes = Vec::new();
        for horizon in Horizon::ALL {
            let newest = i64::try_from(OUTCOMES_NEEDED).unwrap_or(i64::MAX);
            let rows = sqlx::query(
                "SELECT origin, matured, log_return, realised_variance, variance, raw, model, p_up, base_rate FROM outcomes \
                 WHERE horizon = ? AND matured <= ? ORDER BY origin DESC LIMIT ?",
            )
            .bind(horizon.as_str())
            .bind(at.millis())
            .bind(newest)
            .fetch_all(&self.pool)
            .await
            .map_err(failed())?;
            for row in rows.iter().rev() {
                let model = outcomes.last().map(|before: &Outcome| Arc::clone(&before.model));
                outcomes.push(read_outcome(row, horizon, model).map_err(failed())?);
            }
        }
        outcomes.sort_by_key(|outcome| (outcome.matured, outcome.horizon));
        Ok(outcomes)
    }

    /// What the newest forecast was made with, if any was made.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub async fn newest_level(&self) -> Result<Option<Level>> {
        let level = sqlx::query_scalar::<_, String>("SELECT level FROM predictions ORDER BY as_of DESC LIMIT 1");
        let level = level.fetch_optional(&self.pool).await.map_err(Error::database(&self.path))?;
        Ok(level.and_then(|level| level.parse().ok()))
    }

    async fn keep_predictions(
        &self,
        transaction: &mut sqlx::SqliteConnection,
        rows: &[(String, String, Box<Prediction>)],
    ) -> sqlx::Result<()> {
        let forecasts: Vec<(&str, &str, &Prediction, &Forecast)> = rows
            .iter()
            .flat_map(|(id, cause, made)| made.forecasts.iter().map(move |f| (id.as_str(), cause.as_str(), &**made, f)))
            .collect();
        for chunk in forecasts.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO predictions (as_of, horizon, id, cause, price, origin, ingest_time, level, model, \
                 feature_set, p_up, expected_return, variance, return_quantiles, price_quantiles, raw_log_variance, \
                 raw_p_up, baseline, gaps) ",
            );
            insert.push_values(chunk, |mut row, (id, cause, made, forecast)| {
                row.push_bind(made.as_of.millis())
                    .push_bind(forecast.horizon.as_str())
                    .push_bind(*id)
                    .push_bind(*cause)
                    .push_bind(made.price)
                    .push_bind(made.origin.as_str())
                    .push_bind(made.ingest_time.millis())
                    .push_bind(made.level.as_str())
                    .push_bind(&made.model)
                    .push_bind(&made.feature_set)
                    .push_bind(forecast.p_up)
                    .push_bind(forecast.expected_return)
                    .push_bind(forecast.variance)
                    .push_bind(json(&forecast.return_quantiles))
                    .push_bind(json(&forecast.price_quantiles))
                    .push_bind(forecast.raw_log_variance)
                    .push_bind(forecast.raw_p_up)
                    .push_bind(json(&forecast.baseline))
                    .push_bind(json(&made.gaps));
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await?;
        }
        Ok(())
    }
}

impl Layer for Serving {
    type Row = ServingRow;

    async fn keep(&mut self, rows: Vec<ServingRow>) -> Result<()> {
        let failed = || Error::database(&self.path);
        let (mut predictions, mut outcomes) = (Vec::new(), Vec::new());
        for row in rows {
            match row {
                ServingRow::Prediction(id, cause, prediction) => predictions.push((id, cause, prediction)),
                ServingRow::Outcome(outcome) => outcomes.push(outcome),
            }
        }
        let mut transaction = self.pool.begin().await.map_err(failed())?;
        self.keep_predictions(&mut transaction, &predictions).await.map_err(failed())?;
        for chunk in outcomes.chunks(ROWS) {
            let mut insert = QueryBuilder::<Sqlite>::new(
                "INSERT INTO outcomes (origin, horizon, matured, log_return, realised_variance, variance, raw, model, \
                 p_up, base_rate) ",
            );
            insert.push_values(chunk, |mut row, outcome| {
                row.push_bind(outcome.origin.millis())
                    .push_bind(outcome.horizon.as_str())
                    .push_bind(outcome.matured.millis())
                    .push_bind(outcome.log_return)
                    .push_bind(outcome.realised_variance)
                    .push_bind(outcome.variance)
                    .push_bind(json(&outcome.raw.iter().chain(&outcome.garch).collect::<Vec<_>>()))
                    .push_bind(&*outcome.model)
                    .push_bind(outcome.called.map(|called| called.p_up))
                    .push_bind(outcome.called.map(|called| called.base_rate));
            });
            insert.push(" ON CONFLICT DO NOTHING");
            insert.build().execute(&mut *transaction).await.map_err(failed())?;
        }
        transaction.commit().await.map_err(failed())
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Numbers, lists and structs of numbers: these always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads an outcome. Whose it is costs nothing where it is whose the one before was.
fn read_outcome(row: &sqlx::sqlite::SqliteRow, horizon: Horizon, before: Option<Arc<str>>) -> sqlx::Result<Outcome> {
    let raw: &str = row.try_get("raw")?;
    let model: &str = row.try_get("model")?;
    let (p_up, base_rate): (Option<f64>, Option<f64>) = (row.try_get("p_up")?, row.try_get("base_rate")?);
    let undecodable = |error: serde_json::Error| sqlx::Error::Decode(Box::new(error));
    // The fifth is GARCH's, where the model had one.
    let mut raw: Vec<f64> = serde_json::from_str(raw).map_err(undecodable)?;
    let garch = (raw.len() == 5).then(|| raw.pop()).flatten();
    let four =
        <[f64; 4]>::try_from(raw).map_err(|raw| sqlx::Error::Decode(format!("{} log variances", raw.len()).into()))?;
    Ok(Outcome {
        horizon,
        model: before.filter(|before| **before == *model).unwrap_or_else(|| model.into()),
        origin: Timestamp(row.try_get("origin")?),
        matured: Timestamp(row.try_get("matured")?),
        log_return: row.try_get("log_return")?,
        realised_variance: row.try_get("realised_variance")?,
        variance: row.try_get("variance")?,
        raw: four,
        garch,
        called: p_up.zip(base_rate).map(|(p_up, base_rate)| Called { p_up, base_rate }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scorer::{self, tests as scored};
    use wick_bus::Config;
    use wick_schemas::time::BAR;
    use wick_schemas::{Level, Target};

    #[tokio::test]
    async fn an_outcome_reads_back_to_the_bit_and_says_whose_it_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let (_, stop) = tokio::sync::watch::channel(false);
        let config = Config::load(None, &[("data_dir".into(), folder.path().display().to_string())]).expect("settings");
        let house = House::new(config, String::new(), stop).expect("a house");
        let mut serving = Serving::open(&house).await.expect("opens");
        let mut corrections = crate::corrections::Corrections::default();
        let mut pending = crate::pending::Pending::default();
        let (mut rows, mut expected) = (Vec::new(), Vec::new());
        for (bar, hash) in [(1, "a"), (2, "a"), (3, "b"), (4, "a")] {
            let mut vector = scored::vector([Some(0.1 + 0.2), Some(-12.0)]);
            vector.as_of = Timestamp(bar * BAR);
            let made = scorer::forecast(&scored::artifact(), hash, Level::Champion, &vector, &mut corrections);
            let made = made.expect("a forecast");
            rows.push(ServingRow::Prediction(format!("id {bar}"), String::new(), Box::new(made.prediction)));
            for awaited in made.awaited {
                let (horizon, origin) = (awaited.horizon, awaited.origin);
                pending.remember(awaited);
                let target = Target { horizon, origin, log_return: 1.0 / 3.0, realised_variance: 1e-6 / 7.0 };
                let (outcome, _) = pending.settle(&target, origin.shift(horizon.millis())).expect("waits");
                rows.push(ServingRow::Outcome(outcome.clone()));
                expected.push(outcome);
            }
        }
        serving.keep(rows).await.expect("kept");
        expected.sort_by_key(|outcome| (outcome.matured, outcome.horizon));
        assert_eq!(serving.outcomes(Timestamp::MAX).await.expect("read"), expected);
        let whose: Vec<&str> = expected[..5].iter().map(|outcome| &*outcome.model).collect();
        assert_eq!(whose, ["a", "a", "b", "a", "a"]);
        // What an older version kept does not say it: the predictions do.
        let former = [
            "UPDATE predictions SET model = 'c'",
            "ALTER TABLE outcomes DROP COLUMN model",
            "ALTER TABLE outcomes DROP COLUMN p_up",
            "ALTER TABLE outcomes DROP COLUMN base_rate",
            "ALTER TABLE predictions DROP COLUMN raw_p_up",
            "DELETE FROM _sqlx_migrations WHERE version >= 3",
        ];
        for statement in former {
            sqlx::query(statement).execute(&serving.pool).await.expect("done");
        }
        let serving = Serving::open(&house).await.expect("opens");
        let read = serving.outcomes(Timestamp::MAX).await.expect("read");
        assert!(read.len() == expected.len() && read.iter().all(|outcome| *outcome.model == *"c"));
        assert!(read.iter().zip(&expected).all(|(read, expected)| read.called == expected.called));
        // What has not matured is not known.
        assert_eq!(serving.outcomes(Timestamp(4 * BAR)).await.expect("read").len(), 3);
    }
}
