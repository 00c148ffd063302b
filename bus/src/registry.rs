//! Reading trained models: artifacts by their hash. The trainer alone writes them.

use std::path::PathBuf;

use wick_schemas::profile::Profile;
use wick_schemas::{Artifact, Timestamp};

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

/// Where it is kept what a model's features looked like when it learnt.
#[must_use]
pub fn profile_path(house: &House, hash: &str) -> PathBuf {
    house.path("models").join(format!("{hash}.profile.json"))
}

/// Reads what a model's features looked like when it learnt; `None` for one that was trained before that was kept.
///
/// # Errors
/// Where the file is there and cannot be read.
pub fn profile(house: &House, hash: &str) -> Result<Option<Profile>> {
    let path = profile_path(house, hash);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(Error::parquet(&path)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file(&path)(error)),
    }
}

/// Where the trainer tells how far it is while it trains.
#[must_use]
pub fn progress(house: &House) -> PathBuf {
    house.path("models/training.progress")
}

/// The training that is going on: the moment it was asked for, and the share done. `None` where there is none.
#[must_use]
pub fn read_progress(house: &House) -> Option<(Timestamp, f64)> {
    let text = std::fs::read_to_string(progress(house)).ok()?;
    let (at, done) = text.split_once(' ')?;
    Some((Timestamp(at.parse().ok()?), done.parse().ok()?))
}
