//! Rows as they are read, of either kind of database.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Postgres, Row as _, Sqlite, Type};

/// A row.
pub enum Row {
    /// Of a file.
    File(SqliteRow),
    /// Of a server.
    Server(PgRow),
}

/// What can be read from a column of either kind of database: `i64`, `f64`, `bool`, `String`, and options of them.
pub trait Field:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> + Sized
{
}

impl<T> Field for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl Row {
    /// A column's value.
    ///
    /// # Errors
    /// Where there is no such column, or it holds something else.
    pub fn get<T: Field>(&self, column: &str) -> sqlx::Result<T> {
        match self {
            Self::File(row) => row.try_get(column),
            Self::Server(row) => row.try_get(column),
        }
    }

    /// A column of a word that stands for one of a few things.
    ///
    /// # Errors
    /// As [`Row::get`], and where the word stands for nothing.
    pub fn word<T: FromStr<Err: std::error::Error + Send + Sync + 'static>>(&self, column: &str) -> sqlx::Result<T> {
        let text: String = self.get(column)?;
        text.parse().map_err(|error| undecodable(column, error))
    }

    /// A column of JSON.
    ///
    /// # Errors
    /// As [`Row::get`], and where the JSON is of something else.
    pub fn json<T: DeserializeOwned>(&self, column: &str) -> sqlx::Result<T> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|error| undecodable(column, error))
    }
}

fn undecodable(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}
