//! The tables of others, read only. One that is not there yet is as good as empty.

pub mod candles;
pub mod deployments;
pub mod forecasts;
pub mod quality;
pub mod registry;
pub mod scores;
pub mod texts;

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use tokio::sync::Mutex;
use wick_bus::database::{self, Database, Location};
use wick_bus::{House, Result};

use crate::view::View;

/// A file that may come into being later.
struct Table {
    path: PathBuf,
    pool: Mutex<Option<SqlitePool>>,
}

impl Table {
    fn new(path: PathBuf) -> Self {
        Self { path, pool: Mutex::new(None) }
    }

    /// Its pool, as soon as there is a file.
    async fn open(&self) -> Result<Option<SqlitePool>> {
        let mut pool = self.pool.lock().await;
        if pool.is_none() {
            *pool = database::read(&self.path).await?;
        }
        Ok(pool.clone())
    }

    /// Makes sense of a failure. A file without its table has just been made by its owner: it is empty.
    fn rows<T>(&self, read: sqlx::Result<Vec<T>>) -> Result<Vec<T>> {
        match read {
            Err(sqlx::Error::Database(error)) if error.message().starts_with("no such table") => Ok(Vec::new()),
            read => read.map_err(wick_bus::Error::database(&self.path)),
        }
    }
}

/// Silver, which may be on a server.
struct Silver {
    location: Location,
    database: Mutex<Option<Database>>,
}

/// Every table that is read here.
pub struct Tables {
    silver: Silver,
    serving: Table,
    models: Table,
    monitoring: Table,
}

impl Tables {
    /// The tables in the data folder, and silver where the settings say that it is.
    ///
    /// # Errors
    /// Where that is no place.
    pub fn new(house: &House) -> Result<Self> {
        let table = |name: &str| Table::new(house.path(name));
        Ok(Self {
            silver: Silver { location: Location::silver(&house.config)?, database: Mutex::new(None) },
            serving: table("serving.sqlite"),
            models: table("models.sqlite"),
            monitoring: table("monitoring.sqlite"),
        })
    }

    /// Silver, as soon as it is there.
    async fn silver(&self) -> Result<Option<Database>> {
        let mut database = self.silver.database.lock().await;
        if database.is_none() {
            *database = Database::read(self.silver.location.clone()).await?;
        }
        Ok(database.clone())
    }

    /// What is known before anything was heard.
    ///
    /// # Errors
    /// Where a table does not read.
    pub async fn recover(&self) -> Result<View> {
        let mut view = View::default();
        for made in self.newest_forecasts().await? {
            view.made(made);
        }
        // A server of silver that is away is no reason not to serve forecasts: the next candle comes over the bus.
        match self.candles(None, (None, None), 1).await {
            Ok(candles) => candles.into_iter().for_each(|candle| view.candle(candle)),
            Err(error) => tracing::warn!(%error, "the newest candle is not known"),
        }
        if let Some(champion) = self.deployments(1).await?.into_iter().next() {
            view.champion(champion.into());
        }
        Ok(view)
    }
}

/// Reads a column of JSON.
fn json<T: DeserializeOwned>(row: &SqliteRow, name: &str) -> sqlx::Result<T> {
    let text: &str = row.try_get(name)?;
    serde_json::from_str(text).map_err(|error| sqlx::Error::ColumnDecode { index: name.into(), source: error.into() })
}

/// A number of rows, as SQLite counts.
fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
