//! Reading trained models: artifacts by their hash. The trainer alone writes them.

use std::path::PathBuf;

use wick_schemas::Artifact;

use crate::error::{Error, Result};
use crate::house::House;

/// Where an artifact is kept.
#[must_use]
pub fn artifact_path(house: &House, hash: &str) -> PathBuf {
    house.path("models").join(format!("{hash}.json"))
}

/// Reads an artifact and proves it: hash, format, soundness, canaries.
///
/// # Errors
/// Where the file is missing, or is not what its name says.
pub fn load(house: &House, hash: &str) -> Result<Artifact> {
    let path = artifact_path(house, hash);
    let json = std::fs::read_to_string(&path).map_err(Error::file(&path))?;
    Ok(Artifact::from_json(&json, hash)?)
}
