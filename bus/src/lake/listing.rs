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

/// A file of a lake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Its path in the lake.
    pub path: String,
    /// Where it is, for people and programs: a path or an address.
    pub place: String,
    /// SHA-256 of its bytes, in hexadecimal; where no manifest lists it, the beginning that its name ends with.
    pub sha256: String,
    /// How many rows it holds, where a manifest says.
    pub rows: Option<u64>,
    /// The time of its oldest row.
    pub first: Timestamp,
    /// The time of its newest row.
    pub last: Timestamp,
}

/// The files below a folder whose rows may lie in `from..=to`, in the order of their paths.
///
/// # Errors
/// Where the lake cannot be listed.
pub fn files_between(store: &Store, below: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Listed>> {
    let mut folders: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in store.list(below)? {
        if Name::read(item.name()).is_some_and(|name| name.last >= from && name.first <= to) {
            folders.entry(item.folder().to_owned()).or_default().push(item);
        }
    }
    let folders: Vec<(String, Vec<Item>)> = folders.into_iter().collect();
    let listed = parallel::each(store, &folders, &|_, _| {}, |(folder, items)| {
        let manifest = match Manifest::find(store, folder)? {
            Found::Whole(manifest) => manifest.files,
            Found::Nothing | Found::Torn(_) => Vec::new(),
        };
        let one = |item: &Item| {
            let name = Name::read(item.name())?;
            let entry = manifest.iter().find(|entry| entry.name == item.name());
            Some(Listed {
                path: item.path.clone(),
                place: store.shown(&item.path),
                sha256: entry.map_or_else(|| name.digest.to_owned(), |entry| entry.sha256.clone()),
                rows: entry.map(|entry| entry.rows),
                first: name.first,
                last: name.last,
            })
        };
        Ok::<Vec<Listed>, Error>(items.iter().filter_map(one).collect())
    });
    let mut all = listed.into_iter().collect::<Result<Vec<_>>>()?.concat();
    all.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(all)
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
