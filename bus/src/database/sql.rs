//! A database of either kind, and the few things that owners do with it.

use std::fmt;
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, Sqlite, SqlitePool};

use super::cell::Cell;
use super::files;
use super::location::Location;
use super::row::Row;
use super::table::Table;
use crate::error::{Error, Result};

/// How long a server may take to answer before it counts as absent.
const ANSWER: Duration = Duration::from_secs(20);
/// How long it may take to let us in.
const ADMISSION: Duration = Duration::from_secs(5);

/// An owner's migrations: the same tables in the words of both.
#[derive(Debug)]
pub struct Migrations {
    /// For files.
    pub sqlite: Migrator,
    /// For a server.
    pub postgres: Migrator,
}

/// A database that is open. Clones share its connections.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    location: Location,
    /// Whether it is another owner's, who may not have made its tables yet.
    guest: bool,
}

#[derive(Clone)]
enum Pool {
    File(SqlitePool),
    Server(PgPool),
}

impl Database {
    /// Opens an owner's database for writing and brings its tables up to date.
    ///
    /// Every commit reaches the disk before it counts, because what is published must have been kept.
    ///
    /// # Errors
    /// Where it cannot be opened, or its tables are newer than this program.
    pub async fn open(location: Location, migrations: &Migrations) -> Result<Self> {
        let pool = match &location {
            Location::File(path) => Pool::File(files::open(path, &migrations.sqlite).await?),
            Location::Server { options, schema } => {
                let pool = admitted(options, 1).await.map_err(failed(&location))?;
                make_schema(&pool, schema).await.map_err(failed(&location))?;
                let migrated = migrations.postgres.run(&pool).await;
                migrated.map_err(|error| failed(&location)(error.into()))?;
                Pool::Server(pool)
            }
        };
        Ok(Self { pool, location, guest: false })
    }

    /// Opens another owner's database for reading; `None` where it does not exist yet.
    ///
    /// # Errors
    /// Where it exists and cannot be opened, or a server does not answer.
    pub async fn read(location: Location) -> Result<Option<Self>> {
        let pool = match &location {
            Location::File(path) => files::read(path).await?.map(Pool::File),
            Location::Server { options, schema } => {
                let options = (**options).clone().options([("default_transaction_read_only", "on")]);
                let pool = admitted(&options, 2).await.map_err(failed(&location))?;
                let there = has_schema(&pool, schema).await.map_err(failed(&location))?;
                there.then_some(Pool::Server(pool))
            }
        };
        Ok(pool.map(|pool| Self { pool, location, guest: true }))
    }

    /// Begins a transaction; it is undone unless it is committed.
    ///
    /// # Errors
    /// Where the database is away.
    pub async fn begin(&self) -> Result<Transaction> {
        let open = match &self.pool {
            Pool::File(pool) => pool.begin().await.map(Open::File),
            Pool::Server(pool) => in_time(pool.begin()).await.map(Open::Server),
        };
        Ok(Transaction { open: open.map_err(failed(&self.location))?, location: self.location.clone() })
    }

    /// Selects rows and makes something of each. A guest finds nothing where the owner has not made the table yet.
    ///
    /// # Errors
    /// Where the database is away, or a row does not read.
    pub async fn select<T>(
        &self,
        query: impl Into<String>,
        values: &[Cell<'_>],
        read: impl Fn(&Row) -> sqlx::Result<T>,
    ) -> Result<Vec<T>> {
        let query = AssertSqlSafe(query.into());
        let rows = match &self.pool {
            Pool::File(pool) => {
                let found = values.iter().fold(sqlx::query::<Sqlite>(query), bind_file).fetch_all(pool).await;
                found.map(|rows| rows.into_iter().map(Row::File).collect::<Vec<Row>>())
            }
            Pool::Server(pool) => {
                let query = values.iter().fold(sqlx::query::<Postgres>(query), bind_server);
                in_time(query.fetch_all(pool)).await.map(|rows| rows.into_iter().map(Row::Server).collect())
            }
        };
        match rows {
            Err(error) if self.guest && no_table(&error) => Ok(Vec::new()),
            rows => rows.and_then(|rows| rows.iter().map(read).collect()).map_err(failed(&self.location)),
        }
    }

    /// Closes it, after what is under way.
    pub async fn close(&self) {
        match &self.pool {
            Pool::File(pool) => pool.close().await,
            Pool::Server(pool) => pool.close().await,
        }
    }
}

/// A transaction.
pub struct Transaction {
    open: Open,
    location: Location,
}

enum Open {
    File(sqlx::Transaction<'static, Sqlite>),
    Server(sqlx::Transaction<'static, Postgres>),
}

impl Transaction {
    /// Inserts rows. One whose key is there already is left as it is, so rows may come again.
    ///
    /// # Errors
    /// Where the database is away, or a row does not fit its table.
    pub async fn insert<'a, const N: usize>(
        &mut self,
        table: &Table<N>,
        rows: impl IntoIterator<Item = [Cell<'a>; N]>,
    ) -> Result<()> {
        let rows: Vec<[Cell<'a>; N]> = rows.into_iter().collect();
        match &mut self.open {
            Open::File(open) => {
                for chunk in rows.chunks(table.file_rows()) {
                    let mut insert = table.file_insert(chunk);
                    insert.build().execute(&mut **open).await.map_err(failed(&self.location))?;
                }
            }
            Open::Server(open) => {
                for chunk in rows.chunks(table.server_rows()) {
                    let insert = table.server_values(table.server_insert(), chunk);
                    in_time(insert.execute(&mut **open)).await.map_err(failed(&self.location))?;
                }
            }
        }
        Ok(())
    }

    /// Changes rows; gives how many.
    ///
    /// # Errors
    /// Where the database is away, or does not do it.
    pub async fn execute(&mut self, statement: &'static str, values: &[Cell<'_>]) -> Result<u64> {
        let changed = match &mut self.open {
            Open::File(open) => {
                let query = values.iter().fold(sqlx::query::<Sqlite>(statement), bind_file);
                query.execute(&mut **open).await.map(|done| done.rows_affected())
            }
            Open::Server(open) => {
                let query = values.iter().fold(sqlx::query::<Postgres>(statement), bind_server);
                in_time(query.execute(&mut **open)).await.map(|done| done.rows_affected())
            }
        };
        changed.map_err(failed(&self.location))
    }

    /// Commits it: when this returns, what was written is on the disk.
    ///
    /// # Errors
    /// Where the database is away, in which case it may or may not have been carried out.
    pub async fn commit(self) -> Result<()> {
        let done = match self.open {
            Open::File(open) => open.commit().await,
            Open::Server(open) => in_time(open.commit()).await,
        };
        done.map_err(failed(&self.location))
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({})", self.location)
    }
}

type FileQuery = sqlx::query::Query<'static, Sqlite, sqlx::sqlite::SqliteArguments>;
type ServerQuery = sqlx::query::Query<'static, Postgres, sqlx::postgres::PgArguments>;

fn bind_file(query: FileQuery, cell: &Cell<'_>) -> FileQuery {
    match cell {
        Cell::Whole(value) => query.bind(*value),
        Cell::Real(value) => query.bind(*value),
        Cell::Text(value) => query.bind(value.as_deref()),
        Cell::Truth(value) => query.bind(*value),
    }
}

fn bind_server(query: ServerQuery, cell: &Cell<'_>) -> ServerQuery {
    match cell {
        Cell::Whole(value) => query.bind(*value),
        Cell::Real(value) => query.bind(*value),
        Cell::Text(value) => query.bind(value.as_deref()),
        Cell::Truth(value) => query.bind(*value),
    }
}

/// A pool whose server has let us in once: a pool alone would wait for one that is not there, and not say why.
async fn admitted(options: &PgConnectOptions, connections: u32) -> sqlx::Result<PgPool> {
    in_time(in_time(PgConnection::connect_with(options)).await?.close()).await?;
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(ADMISSION);
    Ok(pool.connect_lazy_with(options.clone()))
}

async fn has_schema(pool: &PgPool, schema: &str) -> sqlx::Result<bool> {
    let found = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $1)").bind(schema);
    in_time(found.fetch_one(pool)).await
}

/// Makes the schema where it is missing. Whoever may not make one may be given one by somebody who may.
async fn make_schema(pool: &PgPool, schema: &str) -> sqlx::Result<()> {
    if has_schema(pool, schema).await? {
        return Ok(());
    }
    let make = sqlx::query(AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS {schema}")));
    in_time(make.execute(pool)).await.map(|_| ())
}

/// A server that is cut off does not say so: after a while it counts as absent.
async fn in_time<T>(answer: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    tokio::time::timeout(ANSWER, answer).await.unwrap_or_else(|_| {
        let seconds = ANSWER.as_secs();
        Err(sqlx::Error::Io(std::io::Error::other(format!("no answer within {seconds} s"))))
    })
}

fn no_table(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else { return false };
    // PostgreSQL's code for a table that is not there.
    error.code().as_deref() == Some("42P01") || error.message().starts_with("no such table")
}

fn failed(location: &Location) -> impl FnOnce(sqlx::Error) -> Error + '_ {
    |source| Error::Database { place: location.to_string(), source: cured(location, source) }
}

/// Says what to do about a server that is away.
fn cured(location: &Location, error: sqlx::Error) -> sqlx::Error {
    let away = matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_));
    if !away || matches!(location, Location::File(_)) {
        return error;
    }
    let cure = "check silver.url, and that PostgreSQL runs there";
    sqlx::Error::Io(std::io::Error::other(format!("{error}: {cure}")))
}
