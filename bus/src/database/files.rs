//! SQLite files: one for each owner, written by one, read by all.

use std::path::Path;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::error::{Error, Result};

/// Opens an owner's database for writing and brings its tables up to date.
///
/// Every commit reaches the disk before it counts, because what is published must have been kept.
///
/// # Errors
/// Where the file cannot be opened, or its tables are newer than this program.
pub async fn open(path: &Path, migrations: &Migrator) -> Result<SqlitePool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(10))
        .pragma("cache_size", "-16000");
    let pool =
        SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(Error::database(path))?;
    migrations.run(&pool).await.map_err(|error| Error::database(path)(error.into()))?;
    Ok(pool)
}

/// Opens another owner's database for reading; `None` where it does not exist yet.
///
/// # Errors
/// Where the file exists and cannot be opened.
pub async fn read(path: &Path) -> Result<Option<SqlitePool>> {
    if !path.is_file() {
        return Ok(None);
    }
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(Duration::from_secs(10));
    let pool =
        SqlitePoolOptions::new().max_connections(2).connect_with(options).await.map_err(Error::database(path))?;
    Ok(Some(pool))
}
