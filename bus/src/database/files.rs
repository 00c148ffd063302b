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
        .pragma("cache_size", "-4000");
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

    #[tokio::test]
    async fn others_see_what_the_owner_writes_and_change_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.sqlite");
        let owner = open(&path, &Migrator::DEFAULT).await.expect("opens");
        sqlx::query("CREATE TABLE deployments (id TEXT)").execute(&owner).await.expect("a table");
        let guest = read(&path).await.expect("reads").expect("a table");
        sqlx::query("INSERT INTO deployments VALUES ('a')").execute(&owner).await.expect("kept");
        let ids = sqlx::query_scalar::<_, String>("SELECT id FROM deployments");
        assert_eq!(ids.fetch_all(&guest).await.expect("read"), ["a"]);
        let error = sqlx::query("DELETE FROM deployments").execute(&guest).await.expect_err("read only").to_string();
        assert!(error.contains("readonly"), "{error}");
        // As somebody who looks on while the owner is in the middle of something.
        let mut open = owner.begin().await.expect("begun");
        sqlx::query("INSERT INTO deployments VALUES ('b')").execute(&mut *open).await.expect("written");
        let ids = sqlx::query_scalar::<_, String>("SELECT id FROM deployments");
        assert_eq!(ids.fetch_all(&guest).await.expect("read"), ["a"]);
    }

    #[tokio::test]
    async fn a_file_of_something_else_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("one.sqlite");
        std::fs::write(&path, "no database, but long enough to be taken for one by its length alone".repeat(20))
            .expect("a file");
        let error = read(&path).await.expect_err("no database").to_string();
        assert!(error.contains("one.sqlite"), "{error}");
    }
}
