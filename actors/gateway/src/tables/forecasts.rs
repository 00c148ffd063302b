//! Forecasts of serving, beside what came.

use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};
use wick_bus::Result;
use wick_bus::database::Row;
use wick_bus::serving::Kept;
use wick_schemas::{Horizon, Target, Timestamp};

use super::{Tables, count};
use crate::view::Made;

/// Which forecasts are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// One horizon, or each.
    pub horizon: Option<Horizon>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
    /// Before this one, in the order of the pages.
    pub before: Option<(Timestamp, Horizon)>,
    /// So many at most.
    pub limit: usize,
}

/// A forecast and, once it is there, what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// The forecast.
    pub made: Made,
    /// The outcome.
    pub outcome: Option<Target>,
}

impl Tables {
    /// The newest forecast of each horizon.
    ///
    /// # Errors
    /// Where serving does not read.
    pub async fn newest_forecasts(&self) -> Result<Vec<Made>> {
        let mut newest = Vec::new();
        for horizon in Horizon::ALL {
            let wanted = Wanted { horizon: Some(horizon), limit: 1, ..Wanted::default() };
            newest.extend(self.forecasts(&wanted).await?.into_iter().map(|settled| settled.made));
        }
        Ok(newest)
    }

    /// Forecasts with their outcomes, the newest first; those of a bar in the order of their horizons' names.
    ///
    /// # Errors
    /// Where serving does not read.
    pub async fn forecasts(&self, wanted: &Wanted) -> Result<Vec<Settled>> {
        let Some(pool) = self.serving.open().await? else { return Ok(Vec::new()) };
        let mut select = QueryBuilder::<Sqlite>::new(
            "SELECT p.*, o.log_return, o.realised_variance FROM predictions p \
             LEFT JOIN outcomes o ON o.origin = p.as_of AND o.horizon = p.horizon WHERE p.as_of >= ",
        );
        select.push_bind(wanted.from.unwrap_or(Timestamp::MIN).millis());
        select.push(" AND p.as_of < ").push_bind(wanted.to.unwrap_or(Timestamp::MAX).millis());
        if let Some(horizon) = wanted.horizon {
            select.push(" AND p.horizon = ").push_bind(horizon.as_str());
        }
        if let Some((as_of, horizon)) = wanted.before {
            select.push(" AND (p.as_of, p.horizon) < (").push_bind(as_of.millis());
            select.push(", ").push_bind(horizon.as_str()).push(")");
        }
        select.push(" ORDER BY p.as_of DESC, p.horizon DESC LIMIT ").push_bind(count(wanted.limit));
        let read = select.build().try_map(settled).fetch_all(&pool).await;
        self.serving.rows(read)
    }

    /// The forecasts of one message, the nearest horizon first.
    ///
    /// # Errors
    /// Where serving does not read.
    pub async fn forecasts_of(&self, id: &str) -> Result<Vec<Made>> {
        let Some(pool) = self.serving.open().await? else { return Ok(Vec::new()) };
        let read = sqlx::query("SELECT * FROM predictions WHERE id = ?")
            .bind(id)
            .try_map(|row| Kept::read(&Row::File(row)))
            .fetch_all(&pool)
            .await;
        let mut made: Vec<Made> = self.serving.rows(read)?.into_iter().map(Made::from).collect();
        made.sort_by_key(|made| made.forecast.horizon.index());
        Ok(made)
    }

    /// Where the forecasts of a time came from: `live`, `replay`, `simulated`.
    ///
    /// # Errors
    /// Where serving does not read.
    pub async fn origins(&self, from: Timestamp, to: Timestamp) -> Result<Vec<String>> {
        let Some(pool) = self.serving.open().await? else { return Ok(Vec::new()) };
        let read = sqlx::query_scalar(
            "SELECT DISTINCT origin FROM predictions WHERE as_of >= ? AND as_of <= ? ORDER BY origin",
        )
        .bind(from.millis())
        .bind(to.millis())
        .fetch_all(&pool)
        .await;
        self.serving.rows(read)
    }
}

fn settled(row: SqliteRow) -> sqlx::Result<Settled> {
    let row = Row::File(row);
    let made = Made::from(Kept::read(&row)?);
    let (origin, horizon) = (made.as_of, made.forecast.horizon);
    let outcome = match (row.get("log_return")?, row.get("realised_variance")?) {
        (Some(log_return), Some(realised_variance)) => Some(Target { horizon, origin, log_return, realised_variance }),
        _ => None,
    };
    Ok(Settled { made, outcome })
}
