//! A table of the lake: rows in Parquet files by partition, the newest ones in a journal.

use std::collections::BTreeMap;

use wick_schemas::Timestamp;
use wick_schemas::time::BAR;

use super::journal::{self, Journal};
use super::lock::Lock;
use super::manifest::{Entry, Manifest};
use super::parquet;
use super::place::Lake;
use super::record::{Enough, Record, journal_of};
use super::store::Store;
use crate::error::{Error, Result};

/// A table that is being written. One process writes it; any may read it meanwhile.
#[derive(Debug)]
pub struct Shelf<R: Record> {
    lake: Lake,
    journal: Journal,
    waiting: Vec<R>,
    /// What `waiting` weighs.
    weight: usize,
    /// When the newest of `waiting` came.
    arrived: Option<Timestamp>,
    enough: Enough,
    /// How many rows must wait before a bucket that was away is asked again.
    patience: usize,
}

impl<R: Record> Shelf<R> {
    /// Opens a table for writing. A Parquet file is written when `enough` has come.
    ///
    /// # Errors
    /// Where the folder cannot be made or the journal cannot be read.
    pub fn open(lake: impl Into<Lake>, enough: impl Into<Enough>) -> Result<Self> {
        let lake = lake.into();
        std::fs::create_dir_all(&lake.journals).map_err(Error::file(&lake.journals))?;
        let journal = journal_of::<R>(&lake);
        let waiting: Vec<R> = journal::read(&journal)?;
        Ok(Self {
            weight: waiting.iter().map(R::weight).sum(),
            arrived: waiting.iter().filter_map(R::arrived).max(),
            lake,
            journal: Journal::new(journal),
            waiting,
            enough: enough.into(),
            patience: 0,
        })
    }

    /// Where it is.
    #[must_use]
    pub fn lake(&self) -> &Lake {
        &self.lake
    }

    /// Keeps rows: they are on the disk when this returns.
    ///
    /// # Errors
    /// Where the disk refuses. A bucket that is away is none: rows wait in the journal until it is back.
    pub fn keep(&mut self, rows: Vec<R>) -> Result<()> {
        let arrived = rows.iter().filter_map(R::arrived).max();
        // Nothing is earlier than anything: what is not live settles by size alone.
        if self.arrived.is_some_and(|waits| Some(waits.floor(BAR)) < arrived.map(|now| now.floor(BAR))) {
            self.settle_or_wait()?;
        }
        let weight = self.weight.saturating_add(rows.iter().map(R::weight).sum());
        let full = self.waiting.len() + rows.len() >= self.enough.rows || weight >= self.enough.bytes;
        // A folder takes them at once; a bucket may be away, and then the journal must have them.
        if !full || self.lake.files.local().is_none() {
            self.journal.append(&rows)?;
        }
        self.waiting.extend(rows);
        self.weight = weight;
        self.arrived = self.arrived.max(arrived);
        if full { self.settle_or_wait() } else { Ok(()) }
    }

    /// Writes what waits in the journal to Parquet. A crash in between leaves rows in both, which reading drops.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn settle(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let mut sorted: BTreeMap<String, BTreeMap<R::Key, R>> = BTreeMap::new();
        for row in self.waiting.drain(..) {
            sorted.entry(row.partition()).or_default().insert(row.key(), row);
        }
        let folders: Vec<(String, Vec<R>)> =
            sorted.into_iter().map(|(folder, rows)| (folder, rows.into_values().collect())).collect();
        if let Err(error) = self.write(&folders) {
            self.waiting.extend(folders.into_iter().flat_map(|(_, rows)| rows));
            return Err(error);
        }
        self.journal.clear()?;
        self.weight = 0;
        self.patience = 0;
        self.arrived = None;
        Ok(())
    }

    fn write(&self, folders: &[(String, Vec<R>)]) -> Result<()> {
        let _turn = Lock::take(self.journal.path())?;
        folders.iter().try_for_each(|(folder, rows)| add(&self.lake.files, folder, rows))
    }

    fn settle_or_wait(&mut self) -> Result<()> {
        if self.waiting.len() < self.patience {
            return Ok(());
        }
        match self.settle() {
            Err(error @ Error::Lake { .. }) if self.lake.files.local().is_none() => {
                tracing::warn!(%error, rows = self.waiting.len(), "rows wait in the journal until the lake is back");
                self.patience = self.waiting.len() + self.enough.rows.min(PATIENCE);
                Ok(())
            }
            done => done,
        }
    }
}

/// Rows that come before a bucket that was away is asked again, at most: asking takes seconds.
const PATIENCE: usize = 1_000;

/// Adds a file to a partition.
fn add<R: Record>(store: &Store, folder: &str, rows: &[R]) -> Result<()> {
    let place = store.shown(folder);
    let failed = |reason: String| Error::Lake { place: place.clone(), reason };
    let mut frame = R::frame(rows).map_err(|error| failed(error.to_string()))?;
    let bytes = parquet::encode(&mut frame, None).map_err(|error| failed(error.to_string()))?;
    let Some((first, last)) = span(rows) else { return Ok(()) };
    let entry = Entry::new(&bytes, rows.len(), first, last, false);
    let items = store.list(folder)?;
    let mut manifest = Manifest::mend(store, folder, &items)?;
    let path = format!("{folder}/{}", entry.name);
    // The same rows make the same file: after a stop it may be there already.
    if !items.iter().any(|item| item.path == path && item.bytes == entry.bytes) {
        store.put(&path, bytes)?;
    }
    manifest.insert(entry);
    manifest.write(store, folder)
}

/// The times of the oldest and the newest row.
pub(super) fn span<R: Record>(rows: &[R]) -> Option<(Timestamp, Timestamp)> {
    Some((rows.iter().map(R::time).min()?, rows.iter().map(R::time).max()?))
}
