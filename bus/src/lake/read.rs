//! Reading a table, while others write it.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use polars::prelude::DataFrame;
use wick_schemas::Timestamp;

use super::manifest::Name;
use super::place::Lake;
use super::record::{Record, journal_of};
use super::shelf::Shelf;
use super::{journal, parquet};
use crate::error::{Error, Result};

impl<R: Record> Shelf<R> {
    /// Rows of a table whose time lies in `from..=to`, by key, each once. Reads what another process writes: rows on
    /// their way from journal to Parquet are in one of the two, and so are those on their way to a compacted file.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn read(lake: impl Into<Lake>, from: Timestamp, to: Timestamp) -> Result<Vec<R>> {
        Self::read_in(lake, R::FOLDER, from, to)
    }

    /// As [`Shelf::read`], of the partitions below a folder of the table only.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn read_in(lake: impl Into<Lake>, folder: &str, from: Timestamp, to: Timestamp) -> Result<Vec<R>> {
        let lake = lake.into();
        let (frames, fresh) = frames::<R>(&lake, folder, from, to, parquet::decode)?;
        let mut rows: BTreeMap<R::Key, R> = BTreeMap::new();
        for (path, frame) in frames {
            for row in R::rows(&frame).map_err(failed(&lake, &path))? {
                rows.insert(row.key(), row);
            }
        }
        rows.extend(fresh.into_iter().map(|row| (row.key(), row)));
        Ok(rows.into_values().filter(|row| (from..=to).contains(&row.time())).collect())
    }

    /// The files that may hold rows whose time lies in `from..=to`, as columns and in a fixed order, and the rows that
    /// are not in files yet. A row may be in several of them: the last one counts.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn columns(lake: impl Into<Lake>, from: Timestamp, to: Timestamp) -> Result<(Vec<DataFrame>, Vec<R>)> {
        Self::columns_in(lake, R::FOLDER, from, to)
    }

    /// As [`Shelf::columns`], of the partitions below a folder of the table only.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn columns_in(
        lake: impl Into<Lake>,
        folder: &str,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<DataFrame>, Vec<R>)> {
        let (frames, fresh) = frames(&lake.into(), folder, from, to, parquet::decode)?;
        Ok((frames.into_iter().map(|(_, frame)| frame).collect(), fresh))
    }

    /// As [`Shelf::columns`], with the named columns only: the rest is not unpacked.
    ///
    /// # Errors
    /// Where a file cannot be read or has no such column.
    pub fn some_columns(
        lake: impl Into<Lake>,
        names: &[&str],
        from: Timestamp,
        to: Timestamp,
    ) -> Result<(Vec<DataFrame>, Vec<R>)> {
        let (frames, fresh) = frames(&lake.into(), R::FOLDER, from, to, |bytes| parquet::decode_columns(bytes, names))?;
        Ok((frames.into_iter().map(|(_, frame)| frame).collect(), fresh))
    }

    /// The times of the oldest and the newest row.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn span(lake: impl Into<Lake>) -> Result<Option<(Timestamp, Timestamp)>> {
        let lake = lake.into();
        let fresh: Vec<R> = journal::read(&journal_of::<R>(&lake))?;
        let fresh = fresh.iter().map(|row| (row.time(), row.time()));
        let settled = files(&lake, R::FOLDER)?.into_iter().map(|(first, last, _)| (first, last));
        Ok(settled.chain(fresh).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }

    /// The times of the oldest and the newest row in the files below a folder of the table.
    ///
    /// # Errors
    /// Where the folder cannot be listed.
    pub fn settled_span(lake: impl Into<Lake>, folder: &str) -> Result<Option<(Timestamp, Timestamp)>> {
        let spans = files(&lake.into(), folder)?.into_iter().map(|(first, last, _)| (first, last));
        Ok(spans.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))))
    }
}

/// How often a reader looks again that is shown a file which it has already found to be gone. One whose files are
/// compacted under its hands sees others at every look, and there is an end to these.
const LOOKS: usize = 5;

/// What [`frames`] finds: columns with the paths they come from, and the journal's rows.
type Frames<R> = (Vec<(String, DataFrame)>, Vec<R>);

fn frames<R: Record>(
    lake: &Lake,
    folder: &str,
    from: Timestamp,
    to: Timestamp,
    decode: impl Fn(Bytes) -> polars::prelude::PolarsResult<DataFrame>,
) -> Result<Frames<R>> {
    let (mut looks, mut gone) = (0, BTreeSet::new());
    loop {
        // The journal first: what leaves it is in a file by then.
        let mut fresh: Vec<R> = journal::read(&journal_of::<R>(lake))?;
        fresh.retain(|row| below(&row.partition(), folder));
        let mut found = Vec::new();
        let mut vanished = None;
        for (_, _, path) in files(lake, folder)?.into_iter().filter(|(first, last, _)| *last >= from && *first <= to) {
            let Some(bytes) = lake.files.get(&path)? else {
                vanished = Some(path);
                break;
            };
            let frame = decode(bytes).map_err(failed(lake, &path))?;
            found.push((path, frame));
        }
        match vanished {
            None => return Ok((found, fresh)),
            Some(path) if looks >= LOOKS => {
                let reason = "it was listed and is gone, again and again: check who else removes files here";
                return Err(Error::Lake { place: lake.files.shown(&path), reason: reason.into() });
            }
            // Compacted meanwhile: the list is stale.
            Some(path) => looks += usize::from(!gone.insert(path)),
        }
    }
}

/// Whether a partition lies below a folder of its table.
fn below(partition: &str, folder: &str) -> bool {
    folder.is_empty() || partition.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Every file below a folder, with the span of its rows, in a fixed order.
fn files(lake: &Lake, folder: &str) -> Result<BTreeSet<(Timestamp, Timestamp, String)>> {
    let items = lake.files.list(folder)?;
    let spans = items.into_iter().filter_map(|item| {
        let (first, last) = Name::read(item.name()).map(|name| (name.first, name.last))?;
        Some((first, last, item.path))
    });
    Ok(spans.collect())
}

fn failed<E: std::fmt::Display>(lake: &Lake, path: &str) -> impl FnOnce(E) -> Error {
    let place = lake.files.shown(path);
    move |error| Error::Lake { place, reason: format!("{error}: see `wick bronze verify`") }
}
