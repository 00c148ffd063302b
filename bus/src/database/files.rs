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

/// Opens another owner's database for reading; `None` where it does not exist yet, or is just being made.
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
    // The list of migrations comes before what they make.
    let tables = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name <> '_sqlx_migrations')";
    let made: bool = sqlx::query_scalar(tables).fetch_one(&pool).await.map_err(Error::database(path))?;
    if made {
        return Ok(Some(pool));
    }
    pool.close().await;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use sqlx::migrate::Migrator;

    use super::{open, read};

    #[tokio::test]
    async fn what_is_just_being_made_is_not_there_yet() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.sqlite");
        assert!(read(&path).await.expect("no file").is_none());
        std::fs::write(&path, "").expect("a file");
        assert!(read(&path).await.expect("an empty file").is_none());
        // As far as sqlx comes before the first table.
        let owner = open(&path, &Migrator::DEFAULT).await.expect("opens");
        let lists: i64 =
            sqlx::query_scalar("SELECT count(*) FROM _sqlx_migrations").fetch_one(&owner).await.expect("a list");
        assert_eq!(lists, 0);
        assert!(read(&path).await.expect("no table").is_none());
        sqlx::query("CREATE TABLE deployments (id TEXT)").execute(&owner).await.expect("a table");
        assert!(read(&path).await.expect("a table").is_some());
    }
}
