//! What a lake holds, as its manifests tell.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use wick_schemas::Timestamp;

use super::manifest::{Found, Manifest, Name};
use super::parallel;
use super::store::{Item, Store};
use crate::error::{Error, Result};

/// A day of a source, or whatever else a partition is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Partition {
    /// Its folder.
    pub folder: String,
    /// What `kind=`, `source=` and the like say, by name.
    pub keys: BTreeMap<String, String>,
    /// How many Parquet files it has.
    pub files: usize,
    /// How long they are.
    pub bytes: u64,
    /// How many rows they hold; `None` where one of them is not listed.
    pub rows: Option<u64>,
    /// The time of its oldest row.
    pub first: Option<Timestamp>,
    /// The time of its newest row.
    pub last: Option<Timestamp>,
    /// Whether it is one compacted file.
    pub compacted: bool,
}

impl Partition {
    /// What a key says; empty where there is none.
    #[must_use]
    pub fn key(&self, name: &str) -> &str {
        self.keys.get(name).map_or("", String::as_str)
    }
}

/// The partitions below a folder (empty: all of them), in the order of their names.
///
/// # Errors
/// Where the lake cannot be listed.
pub fn partitions(store: &Store, below: &str) -> Result<Vec<Partition>> {
    let mut folders: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in store.list(below)?.into_iter().filter(|item| Name::read(item.name()).is_some()) {
        folders.entry(item.folder().to_owned()).or_default().push(item);
    }
    let folders: Vec<(String, Vec<Item>)> = folders.into_iter().collect();
    parallel::each(store, &folders, &|_, _| {}, |(folder, items)| partition(store, folder, items)).into_iter().collect()
}

fn partition(store: &Store, folder: &str, items: &[Item]) -> Result<Partition> {
    let manifest = match Manifest::find(store, folder)? {
        Found::Whole(manifest) => manifest.files,
        Found::Nothing | Found::Torn(_) => Vec::new(),
    };
    let rows = |item: &Item| manifest.iter().find(|entry| entry.name == item.name()).map(|entry| entry.rows);
    let names: Vec<Name> = items.iter().filter_map(|item| Name::read(item.name())).collect();
    Ok(Partition {
        folder: folder.to_owned(),
        keys: folder
            .split('/')
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        files: items.len(),
        bytes: items.iter().map(|item| item.bytes).sum(),
        rows: items.iter().map(rows).sum(),
        first: names.iter().map(|name| name.first).min(),
        last: names.iter().map(|name| name.last).max(),
        compacted: matches!(names.as_slice(), [one] if one.whole),
    })
}

/// What waits in a journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The journal's name.
    pub journal: String,
    /// How many rows wait.
    pub rows: usize,
}

/// The rows that wait in the journals of a folder.
///
/// # Errors
/// Where the folder or a journal cannot be read.
pub fn waiting(journals: &Path) -> Result<Vec<Waiting>> {
    let entries = match std::fs::read_dir(journals) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::file(journals)(error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(Error::file(journals))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("_journal") && name.ends_with(".jsonl") {
            let text = std::fs::read(&path).map_err(Error::file(&path))?;
            let rows = text.iter().filter(|byte| **byte == b'\n').count();
            found.push(Waiting { journal: name, rows });
        }
    }
    found.sort_by(|a, b| a.journal.cmp(&b.journal));
    Ok(found)
}
