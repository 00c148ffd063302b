//! Everything that silver holds, as text: a table and its rows, in the order of their keys.

use std::collections::BTreeMap;

use wick_bus::database::{Database, Field, Kind, Row, Table};

use crate::silver::{candles, consensus, indicators, quality, quarantine, readings, sentiments, texts};

/// Reads every table.
pub async fn dump(database: &Database) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    let mut add = |(name, rows)| all.insert(name, rows);
    add(table(database, &candles::TABLE, "venue, open_time").await);
    add(table(database, &consensus::TABLE, "open_time, venue").await);
    add(table(database, &texts::ARTICLES, "id").await);
    add(table(database, &texts::POSTS, "id").await);
    add(table(database, &sentiments::TABLE, "text, method").await);
    add(table(database, &readings::TABLE, "name, at, ingest_time").await);
    add(table(database, &indicators::TABLE, "venue, time").await);
    add(table(database, &quality::TABLE, "suite, from_time").await);
    add(table(database, &quarantine::TABLE, "id").await);
    all
}

async fn table<const N: usize>(
    database: &Database,
    table: &Table<N>,
    key: &'static str,
) -> (&'static str, Vec<String>) {
    let query = format!("SELECT {} FROM {} ORDER BY {key}", table.names(), table.name);
    let read = |row: &Row| {
        let cells: sqlx::Result<Vec<String>> = table.columns.iter().map(|column| cell(row, *column)).collect();
        Ok(cells?.join("|"))
    };
    (table.name, database.select(query, &[], read).await.expect(table.name))
}

fn cell(row: &Row, (name, kind): (&str, Kind)) -> sqlx::Result<String> {
    fn shown<T: std::fmt::Debug>(row: &Row, name: &str) -> sqlx::Result<String>
    where
        Option<T>: Field,
    {
        let value: Option<T> = row.get(name)?;
        Ok(value.map_or("null".into(), |value| format!("{value:?}")))
    }
    match kind {
        Kind::Whole => shown::<i64>(row, name),
        Kind::Real => shown::<f64>(row, name),
        Kind::Truth => shown::<bool>(row, name),
        Kind::Text => row.get::<Option<String>>(name).map(|text| text.unwrap_or("null".into())),
    }
}
