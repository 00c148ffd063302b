//! Gold: feature vectors and outcomes, for training; and snapshots of the engine, for going on.

use std::path::{Path, PathBuf};

use wick_bus::lake::{CurrentSets, FeatureRow, Shelf, TargetRow, set_folder};
use wick_bus::{Error, House, Layer, Result};
use wick_schemas::{FeatureVector, Horizon, Timestamp};

use crate::engine::Engine;
use crate::sets::Sets;

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
    /// Where it says which sets are current.
    current: PathBuf,
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
            current: CurrentSets::path(house),
        })
    }

    /// Says which sets are current, to those who read gold.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn announce(&self, sets: &Sets) -> Result<()> {
        let named = sets.all().iter().map(|one| (one.name.clone(), one.set.id.clone()));
        let current = CurrentSets { main: sets.main().set.id.clone(), names: named.collect() };
        let text = serde_json::to_vec(&current).map_err(Error::parquet(&self.current))?;
        // A reader sees the old file or the new one, and where nothing has changed nothing is written.
        if std::fs::read(&self.current).is_ok_and(|before| before == text) {
            return Ok(());
        }
        write_whole(&self.current, &text)
    }

    /// The newest vector of each set, by its id.
    ///
    /// # Errors
    /// Where gold cannot be read.
    pub fn newest(&self, sets: &Sets) -> Result<Vec<(String, FeatureVector)>> {
        let mut found = Vec::new();
        for one in sets.all() {
            let folder = set_folder(&one.set.id);
            let settled = Shelf::<FeatureRow>::settled_span(self.features.lake(), &folder)?;
            let since = settled.map_or(Timestamp::MIN, |(_, last)| last);
            let rows = Shelf::<FeatureRow>::read_in(self.features.lake(), &folder, since, Timestamp::MAX)?;
            found.extend(rows.into_iter().next_back().map(|FeatureRow(vector)| (one.set.id.clone(), vector)));
        }
        Ok(found)
    }

    /// Removes the snapshots of this feature set that have seen what lies after a moment.
    ///
    /// # Errors
    /// Where one cannot be removed.
    pub fn forget_snapshots_after(&self, at: Timestamp) -> Result<()> {
        for (_, path) in self.snapshots()?.into_iter().filter(|(moment, _)| *moment > at) {
            std::fs::remove_file(&path).map_err(Error::file(&path))?;
        }
        Ok(())
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
