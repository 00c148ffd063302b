//! Where the files of a lake are: a folder, or a bucket that speaks S3.
//!
//! Every call waits until it is done, so that a layer can be kept and read without an async runtime. A file appears
//! whole or not at all, and is on the disk, or with the bucket, when [`Store::put`] returns.

mod bucket;
mod folder;

use std::fmt;
use std::path::{Path, PathBuf};

use bytes::Bytes;

pub(super) use folder::UNFINISHED;

use super::place::LakeConfig;
use crate::error::Result;

/// A file of a lake.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Item {
    /// Its path below the store's root, parted by `/`.
    pub path: String,
    /// Its length.
    pub bytes: u64,
}

impl Item {
    /// Its last part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The folder that it lies in, empty for the root.
    #[must_use]
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }
}

/// Where files are.
#[derive(Clone)]
pub struct Store(Kind);

#[derive(Clone)]
enum Kind {
    Folder(folder::Folder),
    Bucket(bucket::Bucket),
}

impl Store {
    /// A local folder; it is made when the first file comes.
    #[must_use]
    pub fn folder(root: impl Into<PathBuf>) -> Self {
        Self(Kind::Folder(folder::Folder::new(root.into())))
    }

    /// The bucket of `config.url`, below `path`. The `AWS_…` variables of `environment` say who we are.
    ///
    /// # Errors
    /// Where the address is none or holds a password.
    pub fn bucket(
        config: &LakeConfig,
        path: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        bucket::Bucket::open(config, path, environment).map(|bucket| Self(Kind::Bucket(bucket)))
    }

    /// The folder, where it is one.
    #[must_use]
    pub fn local(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Folder(folder) => Some(folder.root()),
            Kind::Bucket(_) => None,
        }
    }

    /// Writes a file, whole or not at all.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn put(&self, path: &str, bytes: Vec<u8>) -> Result<()> {
        match &self.0 {
            Kind::Folder(folder) => folder.put(path, &bytes),
            Kind::Bucket(bucket) => bucket.put(path, bytes),
        }
    }

    /// Reads a whole file; `None` where there is none.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn get(&self, path: &str) -> Result<Option<Bytes>> {
        match &self.0 {
            Kind::Folder(folder) => folder.get(path),
            Kind::Bucket(bucket) => bucket.get(path),
        }
    }

    /// Every file below a folder (empty: below the root), however deep, in the order of paths.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn list(&self, below: &str) -> Result<Vec<Item>> {
        let mut items = match &self.0 {
            Kind::Folder(folder) => folder.list(below)?,
            Kind::Bucket(bucket) => bucket.list(below)?,
        };
        items.sort();
        Ok(items)
    }

    /// Removes a file; one that is not there is removed already.
    ///
    /// # Errors
    /// Where the disk or the bucket refuses.
    pub fn delete(&self, path: &str) -> Result<()> {
        match &self.0 {
            Kind::Folder(folder) => folder.delete(path),
            Kind::Bucket(bucket) => bucket.delete(path),
        }
    }

    /// How a file is named to people.
    #[must_use]
    pub fn shown(&self, path: &str) -> String {
        match &self.0 {
            Kind::Folder(folder) => folder.root().join(path).display().to_string(),
            Kind::Bucket(bucket) => bucket.shown(path),
        }
    }
}

impl fmt::Debug for Store {
    // What a bucket knows of us stays inside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.shown(""))
    }
}
