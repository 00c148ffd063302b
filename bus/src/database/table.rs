//! Tables, and how many rows are written at once.

use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Sqlite};

use super::cell::{Cell, Kind};

/// A table that rows are inserted into, with its columns.
#[derive(Clone, Copy, Debug)]
pub struct Table<const N: usize> {
    /// Its name.
    pub name: &'static str,
    /// Its columns, in the order of a row's cells.
    pub columns: [(&'static str, Kind); N],
}

/// Rows in one statement to SQLite, which takes 32,766 values in one.
const FILE_ROWS: usize = 1_000;
/// Values in one statement to SQLite.
const FILE_VALUES: usize = 32_766;
/// Rows in one statement to PostgreSQL, which takes a column as one value.
const SERVER_ROWS: usize = 10_000;

impl<const N: usize> Table<N> {
    /// The names of its columns, with commas between.
    #[must_use]
    pub fn names(&self) -> String {
        self.columns.map(|(name, _)| name).join(", ")
    }

    /// How many rows one statement to SQLite takes.
    pub(super) const fn file_rows(&self) -> usize {
        if N * FILE_ROWS <= FILE_VALUES { FILE_ROWS } else { FILE_VALUES / N }
    }

    /// How many rows one statement to PostgreSQL takes.
    pub(super) const fn server_rows(&self) -> usize {
        SERVER_ROWS
    }

    /// SQLite's way: every value of every row. A row whose key is there already is left as it is.
    pub(super) fn file_insert(&self, rows: &[[Cell<'_>; N]]) -> QueryBuilder<Sqlite> {
        let mut insert = QueryBuilder::<Sqlite>::new(format!("INSERT INTO {} ({}) ", self.name, self.names()));
        insert.push_values(rows, |mut values, row| {
            for cell in row {
                match cell {
                    Cell::Whole(value) => values.push_bind(*value),
                    Cell::Real(value) => values.push_bind(*value),
                    Cell::Text(value) => values.push_bind(value.as_deref()),
                    Cell::Truth(value) => values.push_bind(*value),
                };
            }
        });
        insert.push(" ON CONFLICT DO NOTHING");
        insert
    }

    /// PostgreSQL's way: every column as one array, which is parsed and planned once whatever the number of rows.
    pub(super) fn server_insert(&self) -> String {
        let array = |(place, (_, kind)): (usize, &(&str, Kind))| {
            let of = match kind {
                Kind::Whole => "bigint",
                Kind::Real => "double precision",
                Kind::Text => "text",
                Kind::Truth => "boolean",
            };
            format!("${}::{of}[]", place + 1)
        };
        let arrays: Vec<String> = self.columns.iter().enumerate().map(array).collect();
        let (name, names, arrays) = (self.name, self.names(), arrays.join(", "));
        format!("INSERT INTO {name} ({names}) SELECT * FROM UNNEST({arrays}) ON CONFLICT DO NOTHING")
    }

    /// The rows as columns, for [`Table::server_insert`].
    pub(super) fn server_values(
        &self,
        statement: String,
        rows: &[[Cell<'_>; N]],
    ) -> Query<'static, Postgres, sqlx::postgres::PgArguments> {
        let mut insert = sqlx::query(AssertSqlSafe(statement));
        for (place, (_, kind)) in self.columns.iter().enumerate() {
            let column = rows.iter().map(|row| &row[place]);
            insert = match kind {
                Kind::Whole => insert.bind(column.map(Cell::whole).collect::<Vec<Option<i64>>>()),
                Kind::Real => insert.bind(column.map(Cell::real).collect::<Vec<Option<f64>>>()),
                Kind::Text => insert.bind(column.map(Cell::text).collect::<Vec<Option<&str>>>()),
                Kind::Truth => insert.bind(column.map(Cell::truth).collect::<Vec<Option<bool>>>()),
            };
        }
        insert
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_names_every_column_once() {
        let table = Table { name: "t", columns: [("a", Kind::Text), ("b", Kind::Real)] };
        assert_eq!(
            table.server_insert(),
            "INSERT INTO t (a, b) SELECT * FROM UNNEST($1::text[], $2::double precision[]) ON CONFLICT DO NOTHING"
        );
        let insert = table.file_insert(&[["x".into(), 1.0.into()], ["y".into(), 2.0.into()]]);
        assert_eq!(insert.sql().as_str(), "INSERT INTO t (a, b) VALUES (?, ?), (?, ?) ON CONFLICT DO NOTHING");
        let wide = Table { name: "w", columns: [("c", Kind::Real); 40] };
        assert!(wide.file_rows() * 40 <= FILE_VALUES && table.file_rows() == FILE_ROWS);
    }
}
