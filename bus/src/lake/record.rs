//! A row of a table.

use std::path::PathBuf;

use polars::prelude::{DataFrame, PolarsResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wick_schemas::Timestamp;

use super::place::Lake;

/// A row of a table of the lake.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// What makes it unique.
    type Key: Ord;
    /// The folder that all its partitions lie in, where several tables share a root: `kind=candle`.
    const FOLDER: &'static str = "";
    /// The file in which the newest rows wait.
    const JOURNAL: &'static str = "_journal.jsonl";

    /// Its key.
    fn key(&self) -> Self::Key;
    /// When it happened: rows are read by it.
    fn time(&self) -> Timestamp;
    /// The folder that it belongs to: `kind=candle/source=kraken/date=2024-01-31`. Begins with [`Record::FOLDER`].
    fn partition(&self) -> String;
    /// When it came, where it is live: when a new quarter of an hour begins, what came before goes to Parquet.
    fn arrived(&self) -> Option<Timestamp> {
        None
    }
    /// About how many bytes it holds, where rows differ much.
    fn weight(&self) -> usize {
        0
    }
    /// Rows as columns.
    ///
    /// # Errors
    /// Where they do not fit together.
    fn frame(rows: &[Self]) -> PolarsResult<DataFrame>;
    /// Columns as rows.
    ///
    /// # Errors
    /// Where a column is missing or of another kind.
    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>>;
}

/// Where the journal of a table is.
pub(super) fn journal_of<R: Record>(lake: &Lake) -> PathBuf {
    lake.journals.join(R::JOURNAL)
}

/// When enough waits in a journal for a Parquet file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enough {
    /// So many rows.
    pub rows: usize,
    /// So many bytes, as rows weigh themselves.
    pub bytes: usize,
}

impl From<usize> for Enough {
    fn from(rows: usize) -> Self {
        Self { rows: rows.max(1), bytes: usize::MAX }
    }
}
