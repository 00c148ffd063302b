//! Gold: feature vectors and outcomes, for training; and snapshots of the engine, for going on.

use std::path::{Path, PathBuf};

use wick_bus::lake::{FeatureRow, Shelf, TargetRow};
use wick_bus::{Error, House, Layer, Result};
use wick_schemas::{Horizon, Timestamp};

use crate::engine::Engine;

/// A row of gold.
#[derive(Debug)]
pub enum GoldRow {
    /// A feature vector.
    Features(FeatureRow),
    /// An outcome.
    Target(TargetRow),
    /// The engine as it was when everything up to a moment was folded in.
    Snapshot(Timestamp, Box<Engine>),
}

/// The gold layer: this actor alone writes it.
#[derive(Debug)]
pub struct Gold {
    features: Shelf<FeatureRow>,
    targets: Shelf<TargetRow>,
    snapshots: PathBuf,
}

impl Gold {
    /// Opens gold; a file is written for each `settle_rows` rows.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn open(house: &House, settle_rows: usize) -> Result<Self> {
        let snapshots = house.path("gold/engine");
        std::fs::create_dir_all(&snapshots).map_err(Error::file(&snapshots))?;
        Ok(Self {
            features: Shelf::open(&wick_bus::lake::features_root(house), settle_rows)?,
            // Four outcomes come with each vector.
            targets: Shelf::open(&wick_bus::lake::targets_root(house), settle_rows * Horizon::ALL.len())?,
            snapshots,
        })
    }

    /// The newest snapshot that is not after `at`, with its moment.
    ///
    /// # Errors
    /// Where the folder cannot be read. A snapshot that cannot be read is passed over: an older one will do.
    pub fn snapshot(&self, at: Timestamp) -> Result<Option<(Timestamp, Engine)>> {
        for (moment, path) in self.snapshots()?.into_iter().rev().filter(|(moment, _)| *moment <= at) {
            let text = std::fs::read(&path).map_err(Error::file(&path))?;
            match serde_json::from_slice(&text) {
                Ok(engine) => return Ok(Some((moment, engine))),
                Err(error) => tracing::warn!(path = %path.display(), %error, "unreadable snapshot passed over"),
            }
        }
        Ok(None)
    }

    fn snapshots(&self) -> Result<Vec<(Timestamp, PathBuf)>> {
        let entries = std::fs::read_dir(&self.snapshots).map_err(Error::file(&self.snapshots))?;
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(Error::file(&self.snapshots))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            // Another feature set folds otherwise.
            let moment = name.strip_suffix(".json").and_then(|stem| stem.split_once('-'));
            if let Some((set, moment)) = moment
                && set == Engine::feature_set().id
                && let Ok(moment) = moment.parse()
            {
                found.push((Timestamp(moment), path));
            }
        }
        found.sort();
        Ok(found)
    }

    fn keep_snapshot(&self, at: Timestamp, engine: &Engine) -> Result<()> {
        let path = self.snapshots.join(format!("{}-{}.json", Engine::feature_set().id, at.millis()));
        let text = serde_json::to_vec(engine).map_err(Error::parquet(&path))?;
        write_whole(&path, &text)?;
        // Two are enough: the newest may lie ahead of the checkpoint by less than one flush.
        let mut all = self.snapshots()?;
        all.truncate(all.len().saturating_sub(3));
        for (_, old) in all {
            std::fs::remove_file(&old).map_err(Error::file(&old))?;
        }
        Ok(())
    }
}

fn write_whole(path: &Path, text: &[u8]) -> Result<()> {
    let temporary = path.with_extension("tmp");
    std::fs::write(&temporary, text).map_err(Error::file(&temporary))?;
    std::fs::rename(&temporary, path).map_err(Error::file(path))
}

impl Layer for Gold {
    type Row = GoldRow;

    async fn keep(&mut self, rows: Vec<GoldRow>) -> Result<()> {
        let (mut features, mut targets, mut newest) = (Vec::new(), Vec::new(), None);
        for row in rows {
            match row {
                GoldRow::Features(row) => features.push(row),
                GoldRow::Target(row) => targets.push(row),
                GoldRow::Snapshot(at, engine) => newest = Some((at, engine)),
            }
        }
        // Outcomes first: whoever finds a vector finds the outcomes known with it.
        if !targets.is_empty() {
            self.targets.keep(targets)?;
        }
        if !features.is_empty() {
            self.features.keep(features)?;
        }
        newest.map_or(Ok(()), |(at, engine)| self.keep_snapshot(at, &engine))
    }
}
