//! A table of the lake: rows in Parquet files by partition, the newest ones in a journal.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, PolarsResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wick_schemas::Timestamp;

use super::{journal, journal::Journal, parquet};
use crate::error::{Error, Result};

/// A row of such a table.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// What makes it unique.
    type Key: Ord;
    /// Its key.
    fn key(&self) -> Self::Key;
    /// When it happened: rows are read by it.
    fn time(&self) -> Timestamp;
    /// The folder that it belongs to: `kind=candle/source=kraken/date=2024-01-31`.
    fn partition(&self) -> String;
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

/// A table on disk. One process writes it; any may read it meanwhile.
#[derive(Debug)]
pub struct Shelf<R: Record> {
    root: PathBuf,
    journal: Journal,
    waiting: Vec<R>,
    enough: usize,
    row: PhantomData<R>,
}

impl<R: Record> Shelf<R> {
    /// Opens a table for writing. A Parquet file is written when `enough` rows have come.
    ///
    /// # Errors
    /// Where the folder cannot be made or the journal cannot be read.
    pub fn open(root: &Path, enough: usize) -> Result<Self> {
        std::fs::create_dir_all(root).map_err(Error::file(root))?;
        let journal = journal_of(root);
        let waiting = journal::read(&journal)?;
        Ok(Self {
            root: root.to_owned(),
            journal: Journal::new(journal),
            waiting,
            enough: enough.max(1),
            row: PhantomData,
        })
    }

    /// Keeps rows: they are on the disk when this returns.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn keep(&mut self, rows: Vec<R>) -> Result<()> {
        if self.waiting.len() + rows.len() < self.enough {
            self.journal.append(&rows)?;
            self.waiting.extend(rows);
            return Ok(());
        }
        self.waiting.extend(rows);
        self.settle()
    }

    /// Writes what waits in the journal to Parquet. A crash in between leaves rows in both, which reading drops.
    ///
    /// # Errors
    /// Where the disk refuses.
    pub fn settle(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut folders: BTreeMap<String, BTreeMap<R::Key, R>> = BTreeMap::new();
        for row in self.waiting.drain(..) {
            folders.entry(row.partition()).or_default().insert(row.key(), row);
        }
        for (folder, rows) in folders {
            let rows: Vec<R> = rows.into_values().collect();
            let (Some(first), Some(last)) = (rows.iter().map(R::time).min(), rows.iter().map(R::time).max()) else {
                continue;
            };
            let mut frame = R::frame(&rows).map_err(Error::parquet(&self.root))?;
            // The digest parts two files of one span, and makes writing the same rows again the same file.
            let text = serde_json::to_vec(&rows).map_err(Error::parquet(&self.root))?;
            let digest = blake3::hash(&text).to_hex();
            let name = format!("{}-{}-{}.parquet", first.millis(), last.millis(), &digest[..12]);
            parquet::write(&self.root.join(folder).join(name), &mut frame)?;
        }
        self.journal.clear()
    }
}

/// Rows of a table whose time lies in `from..=to`, by key, each once. Reads what another process writes: rows on
/// their way from journal to Parquet are in one of the two.
///
/// # Errors
/// Where a file cannot be read.
pub fn read<R: Record>(root: &Path, from: Timestamp, to: Timestamp) -> Result<Vec<R>> {
    let fresh: Vec<R> = journal::read(&journal_of(root))?;
    let mut rows: BTreeMap<R::Key, R> = BTreeMap::new();
    for (first, last, path) in files(root)? {
        if last >= from && first <= to {
            let frame = parquet::read(&path)?;
            for row in R::rows(&frame).map_err(Error::parquet(&path))? {
                rows.insert(row.key(), row);
            }
        }
    }
    rows.extend(fresh.into_iter().map(|row| (row.key(), row)));
    Ok(rows.into_values().filter(|row| (from..=to).contains(&row.time())).collect())
}

impl<R: Record> Shelf<R> {
    /// As [`read`].
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn read(root: &Path, from: Timestamp, to: Timestamp) -> Result<Vec<R>> {
        read(root, from, to)
    }

    /// The files that may hold rows whose time lies in `from..=to`, as columns and in a fixed order, and the rows that
    /// are not in files yet. A row may be in several of them: the last one counts.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn columns(root: &Path, from: Timestamp, to: Timestamp) -> Result<(Vec<DataFrame>, Vec<R>)> {
        let fresh: Vec<R> = journal::read(&journal_of(root))?;
        let spans = files(root)?.into_iter().filter(|(first, last, _)| *last >= from && *first <= to);
        let frames = spans.map(|(_, _, path)| parquet::read(&path)).collect::<Result<_>>()?;
        Ok((frames, fresh))
    }

    /// The times of the oldest and the newest row.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span(root: &Path) -> Result<Option<(Timestamp, Timestamp)>> {
        let fresh: Vec<R> = journal::read(&journal_of(root))?;
        let fresh = fresh.iter().map(|row| (row.time(), row.time()));
        let settled = files(root)?.into_iter().map(|(first, last, _)| (first, last));
        Ok(settled.chain(fresh).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }
}

fn journal_of(root: &Path) -> PathBuf {
    root.join("_journal.jsonl")
}

/// Every Parquet file below a folder, with the span of its rows, in a fixed order.
fn files(root: &Path) -> Result<BTreeSet<(Timestamp, Timestamp, PathBuf)>> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::file(&folder)(error)),
        };
        for entry in entries {
            let path = entry.map_err(Error::file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "parquet") {
                let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                let mut parts = name.split('-').map(|part| part.parse().ok().map(Timestamp));
                if let (Some(Some(first)), Some(Some(last))) = (parts.next(), parts.next()) {
                    found.insert((first, last, path));
                }
            }
        }
    }
    Ok(found)
}
