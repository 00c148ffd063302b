//! Gold: feature vectors and outcomes, for training; and snapshots of the engine, for going on.

use std::path::{Path, PathBuf};

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsError, PolarsResult, Series};
use serde::{Deserialize, Serialize};
use wick_bus::lake::{Record, Shelf};
use wick_bus::{Error, House, Layer, Result};
use wick_schemas::{FeatureVector, Horizon, Origin, Target, Timestamp};

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

/// A feature vector as a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FeatureRow(pub FeatureVector);

/// An outcome as a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TargetRow(pub Target);

impl Record for FeatureRow {
    type Key = Timestamp;

    fn key(&self) -> Timestamp {
        self.0.as_of
    }

    fn time(&self) -> Timestamp {
        self.0.as_of
    }

    fn partition(&self) -> String {
        // A month begins with the first bar that closes after midnight.
        format!("set={}/month={}", self.0.feature_set, self.0.as_of.shift(-1).month())
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let integers = |name: &str, of: fn(&FeatureVector) -> i64| {
            Series::new(name.into(), rows.iter().map(|row| of(&row.0)).collect::<Vec<_>>()).into_column()
        };
        let origins: Vec<&str> = rows.iter().map(|row| origin_name(row.0.origin)).collect();
        let prices: Vec<f64> = rows.iter().map(|row| row.0.price).collect();
        let warm: Vec<bool> = rows.iter().map(|row| row.0.warm).collect();
        let mut columns = vec![
            integers("as_of", |row| row.as_of.millis()),
            integers("ingest_time", |row| row.ingest_time.millis()),
            integers("minutes", |row| i64::from(row.minutes)),
            Series::new("price".into(), prices).into_column(),
            Series::new("warm".into(), warm).into_column(),
            Series::new("origin".into(), origins).into_column(),
        ];
        let names = rows.first().map(|row| row.0.names.clone()).unwrap_or_default();
        for (place, name) in names.iter().enumerate() {
            let values: Vec<Option<f64>> = rows.iter().map(|row| row.0.values.get(place).copied().flatten()).collect();
            columns.push(Series::new(name.as_str().into(), values).into_column());
        }
        DataFrame::new(rows.len(), columns)
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        // Gold is read as columns by those who train; nobody needs it as rows again, except to settle a journal.
        let integer = |name: &str| frame.column(name)?.i64().cloned();
        let (as_of, ingest_time, minutes) = (integer("as_of")?, integer("ingest_time")?, integer("minutes")?);
        let price = frame.column("price")?.f64()?.clone();
        let warm = frame.column("warm")?.bool()?.clone();
        let origin = frame.column("origin")?.str()?.clone();
        let set = Engine::feature_set();
        let names = set.names();
        let values: Vec<_> =
            names.iter().map(|name| frame.column(name)?.f64().cloned()).collect::<PolarsResult<_>>()?;
        let row = |place: usize| {
            Some(Self(FeatureVector {
                as_of: Timestamp(as_of.get(place)?),
                feature_set: set.id.clone(),
                price: price.get(place)?,
                warm: warm.get(place)?,
                minutes: u32::try_from(minutes.get(place)?).ok()?,
                origin: origin_named(origin.get(place)?)?,
                ingest_time: Timestamp(ingest_time.get(place)?),
                names: names.clone(),
                values: values.iter().map(|column| column.get(place)).collect(),
            }))
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place))).collect()
    }
}

impl Record for TargetRow {
    type Key = (Timestamp, Horizon);

    fn key(&self) -> Self::Key {
        (self.time(), self.0.horizon)
    }

    /// When it was known.
    fn time(&self) -> Timestamp {
        self.0.origin.shift(self.0.horizon.millis())
    }

    fn partition(&self) -> String {
        format!("month={}", self.time().shift(-1).month())
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let numbers = |name: &str, of: fn(&Target) -> f64| {
            Series::new(name.into(), rows.iter().map(|row| of(&row.0)).collect::<Vec<_>>()).into_column()
        };
        let horizons: Vec<&str> = rows.iter().map(|row| row.0.horizon.as_str()).collect();
        let origins: Vec<i64> = rows.iter().map(|row| row.0.origin.millis()).collect();
        DataFrame::new(
            rows.len(),
            vec![
                Series::new("horizon".into(), horizons).into_column(),
                Series::new("origin".into(), origins).into_column(),
                numbers("log_return", |target| target.log_return),
                numbers("realised_variance", |target| target.realised_variance),
            ],
        )
    }

    fn rows(frame: &DataFrame) -> PolarsResult<Vec<Self>> {
        let horizon = frame.column("horizon")?.str()?.clone();
        let origin = frame.column("origin")?.i64()?.clone();
        let log_return = frame.column("log_return")?.f64()?.clone();
        let realised_variance = frame.column("realised_variance")?.f64()?.clone();
        let row = |place: usize| {
            Some(Self(Target {
                horizon: horizon.get(place)?.parse().ok()?,
                origin: Timestamp(origin.get(place)?),
                log_return: log_return.get(place)?,
                realised_variance: realised_variance.get(place)?,
            }))
        };
        (0..frame.height()).map(|place| row(place).ok_or_else(|| no_row(place))).collect()
    }
}

fn no_row(place: usize) -> PolarsError {
    PolarsError::ComputeError(format!("row {place} has a value missing").into())
}

fn origin_name(origin: Origin) -> &'static str {
    match origin {
        Origin::Live => "live",
        Origin::Replay => "replay",
        Origin::Simulated => "simulated",
    }
}

fn origin_named(name: &str) -> Option<Origin> {
    [Origin::Live, Origin::Replay, Origin::Simulated].into_iter().find(|origin| origin_name(*origin) == name)
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
            features: Shelf::open(&house.path("gold/features"), settle_rows)?,
            // Four outcomes come with each vector.
            targets: Shelf::open(&house.path("gold/targets"), settle_rows * Horizon::ALL.len())?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::candle;

    #[test]
    fn columns_give_back_the_rows_bit_for_bit() {
        let mut engine = Engine::new();
        let closed: Vec<_> = (0..60).flat_map(|minute| engine.push(&candle(minute, 100.0 + 0.1 * minute as f64, 1.0))).collect();
        let features: Vec<_> = closed.iter().map(|closed| FeatureRow(closed.vector.clone())).collect();
        let frame = FeatureRow::frame(&features).expect("columns");
        assert_eq!(FeatureRow::rows(&frame).expect("rows"), features);
        let targets: Vec<_> = closed.iter().flat_map(|closed| closed.matured.targets.iter().copied().map(TargetRow)).collect();
        assert!(!targets.is_empty());
        assert_eq!(TargetRow::rows(&TargetRow::frame(&targets).expect("columns")).expect("rows"), targets);
    }
}
