//! A day that nobody adds to any more becomes one strongly compressed file.
//!
//! The new file is written, read back and compared before the manifest names it in place of the old ones, and only then
//! are these removed. A stop between any two steps leaves every row in a file that is read, some of them in two; reading
//! drops what it has seen, and the next run goes on from there, because the same rows make the same file.

use std::collections::BTreeMap;

use serde::Serialize;
use wick_schemas::Timestamp;
use wick_schemas::time::DAY;

use super::lock::Lock;
use super::manifest::{Entry, MANIFEST, Manifest, Name, sha256};
use super::place::Lake;
use super::record::{Record, journal_of};
use super::shelf::span;
use super::{UNFINISHED, parquet};
use crate::error::{Error, Result};

/// What became of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compacted {
    /// Its partition.
    pub partition: String,
    /// How many files it had.
    pub files: usize,
    /// How many rows it has.
    pub rows: usize,
    /// How long its files were.
    pub bytes_before: u64,
    /// How long its one file is.
    pub bytes_after: u64,
}

/// The partitions of a table whose day ended at `before` or earlier, and that are not one compacted file with its
/// manifest.
///
/// # Errors
/// Where the lake cannot be listed.
pub fn due<R: Record>(lake: &Lake, before: Timestamp) -> Result<Vec<String>> {
    let mut folders: BTreeMap<String, Holds> = BTreeMap::new();
    for item in lake.files.list(R::FOLDER)? {
        let holds = folders.entry(item.folder().to_owned()).or_default();
        match Name::read(item.name()) {
            Some(name) if name.whole => holds.whole += 1,
            Some(_) => holds.parts += 1,
            None if item.name() == MANIFEST => holds.manifest = true,
            None => holds.parts += usize::from(item.name().ends_with(UNFINISHED)),
        }
    }
    let ended = |folder: &str| {
        let date = folder.split('/').find_map(|part| part.strip_prefix("date="))?;
        Some(Timestamp::parse(date).ok()?.shift(DAY) <= before)
    };
    let compacted = Holds { whole: 1, parts: 0, manifest: true };
    let open = folders.into_iter().filter(|(folder, holds)| *holds != compacted && ended(folder) == Some(true));
    Ok(open.map(|(folder, _)| folder).collect())
}

/// What a listing says of a partition.
#[derive(Default, PartialEq)]
struct Holds {
    whole: usize,
    parts: usize,
    manifest: bool,
}

/// Makes a partition one strongly compressed file; `None` where it was one already. Repairs what a stop has left.
///
/// # Errors
/// Where a file is missing or damaged: then nothing is removed. Where the disk or the bucket refuses.
pub fn compact<R: Record>(lake: &Lake, partition: &str) -> Result<Option<Compacted>> {
    let store = &lake.files;
    let _turn = Lock::take(&journal_of::<R>(lake))?;
    let items = store.list(partition)?;
    let known = Manifest::mend(store, partition, &items)?;
    let replaced: Vec<_> = items.iter().filter(|item| known.replaced(item.name())).collect();
    if let [one] = known.files.as_slice()
        && Name::read(&one.name).is_some_and(|name| name.whole)
    {
        // Stopped before the end: what the one file holds is no longer needed.
        whole::<R>(lake, partition, one)?;
        known.write(store, partition)?;
        return replaced.iter().try_for_each(|item| store.delete(&item.path)).map(|()| None);
    }
    let mut merged: BTreeMap<R::Key, R> = BTreeMap::new();
    for entry in &known.files {
        merged.extend(whole::<R>(lake, partition, entry)?.into_iter().map(|row| (row.key(), row)));
    }
    let rows: Vec<R> = merged.into_values().collect();
    let Some((first, last)) = span(&rows) else { return Ok(None) };
    let failed = |reason: String| Error::Lake { place: store.shown(partition), reason };
    let mut frame = R::frame(&rows).map_err(|error| failed(error.to_string()))?;
    let bytes = parquet::encode(&mut frame, Some(parquet::STRONG)).map_err(|error| failed(error.to_string()))?;
    let mut entry = Entry::new(&bytes, rows.len(), first, last, true);
    let path = format!("{partition}/{}", entry.name);
    store.put(&path, bytes)?;
    // From where it lies, not from memory: this is what will be left.
    let again = store.get(&path)?.filter(|again| sha256(again) == entry.sha256);
    let again = again.ok_or_else(|| failed("the compacted file reads back otherwise than it was written".into()))?;
    let again = parquet::decode(again).map_err(|error| failed(error.to_string()))?;
    if !again.equals_missing(&frame) {
        return Err(failed("the compacted file holds other rows than those that it was made of".into()));
    }
    let old: Vec<&Entry> = known.files.iter().filter(|old| old.name != entry.name).collect();
    entry.compacted_from = old.iter().map(|old| old.replaced()).collect();
    let compacted = Compacted {
        partition: partition.to_owned(),
        files: old.len(),
        rows: rows.len(),
        bytes_before: old.iter().map(|old| old.bytes).sum(),
        bytes_after: entry.bytes,
    };
    let manifest = Manifest { files: vec![entry], ..known.clone() };
    manifest.write(store, partition)?;
    let gone = old.iter().map(|old| format!("{partition}/{}", old.name));
    gone.chain(replaced.iter().map(|item| item.path.clone())).try_for_each(|path| store.delete(&path))?;
    Ok(Some(compacted))
}

/// The rows of a listed file, if it is still as it was written.
fn whole<R: Record>(lake: &Lake, partition: &str, entry: &Entry) -> Result<Vec<R>> {
    let path = format!("{partition}/{}", entry.name);
    let failed = |reason: &str| Error::Lake {
        place: lake.files.shown(&path),
        reason: format!("{reason}: nothing is compacted here; see `wick bronze verify`"),
    };
    let bytes = lake.files.get(&path)?.ok_or_else(|| failed("it is listed and not there"))?;
    if sha256(&bytes) != entry.sha256 {
        return Err(failed("it is not as it was written"));
    }
    let frame = parquet::decode(bytes).map_err(|error| failed(&error.to_string()))?;
    R::rows(&frame).map_err(|error| failed(&error.to_string()))
}
