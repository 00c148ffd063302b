//! Whether everything is still there and as it was written. Changes nothing.

use std::collections::BTreeMap;

use serde::Serialize;

use super::manifest::{Entry, Found, MANIFEST, Manifest, own, sha256};
use super::store::{Item, Store};
use super::{UNFINISHED, parallel, parquet};
use crate::error::Result;

/// What is the matter with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// It is listed and not there.
    Missing,
    /// Its bytes are not those that were written.
    Damaged,
    /// It holds another number of rows than is listed.
    Miscounted,
    /// Nobody here wrote it.
    Foreign,
    /// A manifest that does not read.
    Torn,
    /// A stop has left it; the next write there, or compaction, sets it right, and no row is lost or doubled.
    Leftover,
}

impl Fault {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Miscounted => "miscounted",
            Self::Foreign => "foreign",
            Self::Torn => "torn",
            Self::Leftover => "leftover",
        }
    }

    /// Whether nobody need do anything.
    #[must_use]
    pub const fn harmless(self) -> bool {
        matches!(self, Self::Leftover)
    }
}

/// A file with which something is the matter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file, below the root of the lake.
    pub path: String,
    /// What is the matter.
    pub fault: Fault,
    /// The same for people, with what to do.
    pub says: String,
}

/// What was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Partitions looked into.
    pub partitions: usize,
    /// Files that are as they were written.
    pub files: usize,
    /// Their rows.
    pub rows: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Everything else.
    pub findings: Vec<Finding>,
}

impl Verified {
    /// Whether nothing needs anybody.
    #[must_use]
    pub fn sound(&self) -> bool {
        self.findings.iter().all(|finding| finding.fault.harmless())
    }

    fn add(&mut self, other: Self) {
        self.partitions += other.partitions;
        self.files += other.files;
        self.rows += other.rows;
        self.bytes += other.bytes;
        self.findings.extend(other.findings);
    }

    fn find(&mut self, path: &str, fault: Fault, says: impl Into<String>) {
        self.findings.push(Finding { path: path.to_owned(), fault, says: says.into() });
    }
}

/// Reads every file below a folder (empty: all of them) and holds it against its manifest. `told` hears how many
/// partitions are done, and of how many.
///
/// # Errors
/// Where the lake cannot be listed or a file cannot be fetched. A damaged file is a finding, not an error.
pub fn verify(store: &Store, below: &str, told: &(dyn Fn(usize, usize) + Sync)) -> Result<Verified> {
    let mut folders: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    for item in store.list(below)? {
        folders.entry(item.folder().to_owned()).or_default().push(item);
    }
    let folders: Vec<(String, Vec<Item>)> = folders.into_iter().collect();
    let mut verified = Verified::default();
    for part in parallel::each(store, &folders, told, |(folder, items)| look(store, folder, items)) {
        verified.add(part?);
    }
    verified.findings.sort();
    Ok(verified)
}

fn look(store: &Store, folder: &str, items: &[Item]) -> Result<Verified> {
    let mut verified = Verified::default();
    if !folder.contains('=') {
        // Journals and locks lie beside the partitions.
        for item in items.iter().filter(|item| !item.name().starts_with('_')) {
            verified.find(&item.path, Fault::Foreign, "it lies in no partition: move it away");
        }
        return Ok(verified);
    }
    verified.partitions = 1;
    let manifest = match Manifest::find(store, folder)? {
        Found::Whole(manifest) => Some(manifest),
        Found::Nothing => None,
        Found::Torn(reason) => {
            let says = format!("unreadable ({reason}): remove it, and compaction makes it anew");
            verified.find(&format!("{folder}/{MANIFEST}"), Fault::Torn, says);
            None
        }
    };
    for entry in manifest.iter().flat_map(|manifest| &manifest.files) {
        listed(store, &format!("{folder}/{}", entry.name), entry, &mut verified)?;
    }
    for item in items.iter().filter(|item| item.name() != MANIFEST) {
        if manifest.as_ref().is_some_and(|manifest| manifest.lists(item.name())) {
            continue;
        }
        if manifest.as_ref().is_some_and(|manifest| manifest.replaced(item.name())) {
            verified.find(&item.path, Fault::Leftover, "replaced by a compacted file: compaction removes it");
        } else if item.name().ends_with(UNFINISHED) {
            verified.find(&item.path, Fault::Leftover, "a file that was never finished: the next write removes it");
        } else if own(store, item)?.is_some() {
            verified.find(&item.path, Fault::Leftover, "whole, and not listed yet: the next write lists it");
        } else {
            let says = "no manifest lists it, and its name does not fit what it holds: move it away";
            verified.find(&item.path, Fault::Foreign, says);
        }
    }
    Ok(verified)
}

/// Holds a listed file against what is listed.
fn listed(store: &Store, path: &str, entry: &Entry, verified: &mut Verified) -> Result<()> {
    let Some(bytes) = store.get(path)? else {
        verified.find(path, Fault::Missing, format!("{} rows: bring it back from a copy", entry.rows));
        return Ok(());
    };
    let found = sha256(&bytes);
    if found != entry.sha256 || bytes.len() as u64 != entry.bytes {
        let says = format!(
            "{} bytes with SHA-256 {found}, written were {} with {}: bring it back from a copy",
            bytes.len(),
            entry.bytes,
            entry.sha256
        );
        verified.find(path, Fault::Damaged, says);
        return Ok(());
    }
    match parquet::count(bytes) {
        Ok(rows) if rows as u64 == entry.rows => {
            verified.files += 1;
            verified.rows += entry.rows;
            verified.bytes += entry.bytes;
        }
        Ok(rows) => {
            verified.find(
                path,
                Fault::Miscounted,
                format!("{rows} rows, listed are {}: check the manifest", entry.rows),
            );
        }
        Err(error) => verified.find(path, Fault::Damaged, format!("as it was written, and no Parquet: {error}")),
    }
    Ok(())
}
