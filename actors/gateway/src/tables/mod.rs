//! The tables of others, read only. One that is not there yet is as good as empty.

pub mod candles;
pub mod deployments;
pub mod forecasts;
pub mod registry;
pub mod scores;

use std::path::PathBuf;

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqlitePool};
use tokio::sync::Mutex;
use wick_bus::{House, Result, database};

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

/// Every table that is read here.
pub struct Tables {
    silver: Table,
    serving: Table,
    models: Table,
    monitoring: Table,
}

impl Tables {
    /// The tables in the data folder.
    #[must_use]
    pub fn new(house: &House) -> Self {
        let table = |name: &str| Table::new(house.path(name));
        Self {
            silver: table("silver.sqlite"),
            serving: table("serving.sqlite"),
            models: table("models.sqlite"),
            monitoring: table("monitoring.sqlite"),
        }
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
        for candle in self.candles(None, None, 1).await? {
            view.candle(candle);
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

/// Reads a column of a word that stands for one of a few things.
fn word<T: DeserializeOwned>(row: &SqliteRow, name: &str) -> sqlx::Result<T> {
    let text: String = row.try_get(name)?;
    serde_json::from_value(text.into())
        .map_err(|error| sqlx::Error::ColumnDecode { index: name.into(), source: error.into() })
}

/// A number of rows, as SQLite counts.
fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}
