//! Which feature sets are current: the feature builder says so beside the vectors, for whoever reads them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::house::House;

/// The sets that are being built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentSets {
    /// The id of the one that is published, served and trained on.
    pub main: String,
    /// The ids of all, by what they are called.
    pub names: BTreeMap<String, String>,
}

impl CurrentSets {
    /// Where it is said.
    #[must_use]
    pub fn path(house: &House) -> PathBuf {
        house.path("gold/sets.json")
    }

    /// Reads it; `None` where nobody has said it yet.
    ///
    /// # Errors
    /// Where the file is there and cannot be read.
    pub fn read(house: &House) -> Result<Option<Self>> {
        let path = Self::path(house);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map(Some).map_err(Error::parquet(&path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::file(&path)(error)),
        }
    }
}
