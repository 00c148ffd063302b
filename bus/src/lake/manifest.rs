//! What a partition holds, beside its files: names, hashes, row counts. Readers do without it; whoever wants to know
//! whether everything is still there and as it was written needs it.
//!
//! A file is written first and listed afterwards. A stop in between leaves a file that nobody lists; since a name ends
//! with the beginning of its file's hash, whoever writes next in that partition knows it for one of ours and lists it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wick_schemas::Timestamp;

use super::parquet;
use super::store::{Item, Store};
use crate::error::{Error, Result};

/// What a manifest is called: no glob for Parquet files finds it.
pub const MANIFEST: &str = "_manifest.json";

/// What the name of a file ends with that holds a whole day.
const WHOLE: &str = "_day";

/// What a partition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this format.
    pub format: u32,
    /// The partition's files, in the order of their names.
    pub files: Vec<Entry>,
}

/// A file of a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name, without the folder.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// How many rows it holds.
    pub rows: u64,
    /// The time of its oldest row.
    pub first: Timestamp,
    /// The time of its newest row.
    pub last: Timestamp,
    /// What wrote it.
    pub written_by: String,
    /// The files that it replaced: same rows, and gone or about to go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compacted_from: Vec<Replaced>,
}

/// A file that another one replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// What it was called.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// How many rows it held.
    pub rows: u64,
}

impl Entry {
    /// Lists a file.
    pub(super) fn new(bytes: &[u8], rows: usize, first: Timestamp, last: Timestamp, whole: bool) -> Self {
        let sha256 = sha256(bytes);
        let end = if whole { WHOLE } else { "" };
        Self {
            name: format!("{}_{}_{}{end}.parquet", first.millis(), last.millis(), &sha256[..DIGITS]),
            sha256,
            bytes: bytes.len() as u64,
            rows: rows as u64,
            first,
            last,
            written_by: concat!("wick ", env!("CARGO_PKG_VERSION")).into(),
            compacted_from: Vec::new(),
        }
    }

    pub(super) fn replaced(&self) -> Replaced {
        let Self { name, sha256, bytes, rows, .. } = self.clone();
        Replaced { name, sha256, bytes, rows }
    }
}

/// How many digits of its hash a name ends with.
const DIGITS: usize = 16;

/// What a file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name<'a> {
    pub first: Timestamp,
    pub last: Timestamp,
    pub digest: &'a str,
    /// Whether it holds a whole day, strongly compressed.
    pub whole: bool,
}

impl<'a> Name<'a> {
    /// `<first>_<last>_<digest>.parquet`, the times in milliseconds.
    pub(super) fn read(name: &'a str) -> Option<Self> {
        let stem = name.strip_suffix(".parquet")?;
        let (stem, whole) = stem.strip_suffix(WHOLE).map_or((stem, false), |stem| (stem, true));
        let mut parts = stem.split('_');
        let mut time = || parts.next()?.parse().ok().map(Timestamp);
        let (first, last) = (time()?, time()?);
        let digest = parts.next()?;
        (parts.next().is_none()).then_some(Self { first, last, digest, whole })
    }
}

/// What stands where the manifest of a partition should be.
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// Something that is none, for this reason.
    Torn(String),
    /// A manifest.
    Whole(Manifest),
}

impl Manifest {
    pub(super) fn find(store: &Store, folder: &str) -> Result<Found> {
        let Some(text) = store.get(&path(folder))? else { return Ok(Found::Nothing) };
        Ok(match serde_json::from_slice::<Self>(&text) {
            Ok(manifest) if manifest.format == FORMAT => Found::Whole(manifest),
            Ok(manifest) => Found::Torn(format!("it has format {}, this program knows {FORMAT}", manifest.format)),
            Err(error) => Found::Torn(error.to_string()),
        })
    }

    /// The manifest of a partition whose files are `items`, with those that a stop has left unlisted; for whoever
    /// holds the lock. What was never finished is removed.
    pub(super) fn mend(store: &Store, folder: &str, items: &[Item]) -> Result<Self> {
        let mut manifest = match Self::find(store, folder)? {
            Found::Whole(manifest) => manifest,
            Found::Nothing => Self { format: FORMAT, files: Vec::new() },
            Found::Torn(reason) => {
                tracing::warn!(folder = store.shown(folder), reason, "unreadable manifest: writing it anew");
                Self { format: FORMAT, files: Vec::new() }
            }
        };
        for item in items {
            if item.name().ends_with(super::UNFINISHED) {
                store.delete(&item.path)?;
            } else if !manifest.lists(item.name())
                && !manifest.replaced(item.name())
                && let Some(entry) = own(store, item)?
            {
                manifest.insert(entry);
            }
        }
        Ok(manifest)
    }

    pub(super) fn write(&self, store: &Store, folder: &str) -> Result<()> {
        let place = path(folder);
        let text = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::Lake { place: store.shown(&place), reason: error.to_string() })?;
        store.put(&place, text)
    }

    pub(super) fn insert(&mut self, entry: Entry) {
        match self.files.binary_search_by(|known| known.name.cmp(&entry.name)) {
            Ok(place) => self.files[place] = entry,
            Err(place) => self.files.insert(place, entry),
        }
    }

    pub(super) fn lists(&self, name: &str) -> bool {
        self.files.iter().any(|entry| entry.name == name)
    }

    /// Whether another file holds what this one held.
    pub(super) fn replaced(&self, name: &str) -> bool {
        !self.lists(name) && self.files.iter().any(|entry| entry.compacted_from.iter().any(|old| old.name == name))
    }
}

/// The version of the format that is written here.
const FORMAT: u32 = 1;

fn path(folder: &str) -> String {
    format!("{folder}/{MANIFEST}")
}

/// Lists a file if its name fits what it holds.
pub(super) fn own(store: &Store, item: &Item) -> Result<Option<Entry>> {
    let Some(name) = Name::read(item.name()) else { return Ok(None) };
    let Some(bytes) = store.get(&item.path)? else { return Ok(None) };
    let Ok(rows) = parquet::count(bytes.clone()) else { return Ok(None) };
    let entry = Entry::new(&bytes, rows, name.first, name.last, name.whole);
    Ok((entry.name == item.name()).then_some(entry))
}

/// SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_was_made_of() {
        let entry = Entry::new(b"abc", 3, Timestamp(-5), Timestamp(7), false);
        assert_eq!(entry.name, "-5_7_ba7816bf8f01cfea.parquet");
        let expected = Name { first: Timestamp(-5), last: Timestamp(7), digest: "ba7816bf8f01cfea", whole: false };
        assert_eq!(Name::read(&entry.name), Some(expected.clone()));
        let whole = Entry::new(b"abc", 3, Timestamp(-5), Timestamp(7), true);
        assert_eq!(Name::read(&whole.name), Some(Name { whole: true, ..expected }));
        for wrong in ["x.parquet", "1_2.parquet", "1_2_a_b.parquet", "1_2_a.csv", "1_2_a.parquet.tmp"] {
            assert_eq!(Name::read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_manifest_that_is_none_is_written_anew_and_nothing_else_is_lost() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::folder(folder.path());
        store.put("p=1/_manifest.json", b"{\"format\":1,\"fi".to_vec()).expect("put");
        store.put("p=1/stranger.parquet", b"PAR1".to_vec()).expect("put");
        store.put("p=1/1_2_abc.parquet.tmp", b"PA".to_vec()).expect("put");
        let manifest = Manifest::mend(&store, "p=1", &store.list("p=1").expect("listed")).expect("mended");
        assert_eq!(manifest, Manifest { format: 1, files: Vec::new() });
        manifest.write(&store, "p=1").expect("written");
        assert!(matches!(Manifest::find(&store, "p=1"), Ok(Found::Whole(found)) if found == manifest));
        let names: Vec<String> = store.list("").expect("listed").iter().map(|item| item.name().into()).collect();
        assert_eq!(names, ["_manifest.json", "stranger.parquet"]);
    }
}
