//! `[feature_builder]`.

use std::collections::BTreeMap;

use serde::Deserialize;
use wick_bus::{Error, Result};
use wick_schemas::Venue;

use crate::sets::Sets;

/// `[feature_builder]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureBuilderConfig {
    /// The series that is folded: a venue's name; empty: whatever comes.
    pub series: String,
    /// Rows in gold's journals that make a Parquet file.
    pub settle_rows: usize,
    /// Bars between two snapshots of the engine.
    pub snapshot_bars: usize,
    /// The set that is published, served and trained on.
    pub main: String,
    /// Selections of the features that are sets of their own, by what they are called.
    pub sets: BTreeMap<String, Vec<String>>,
}

impl FeatureBuilderConfig {
    /// The sets that are built.
    ///
    /// # Errors
    /// Where one of them names what there is not.
    pub fn selections(&self) -> Result<Sets> {
        Sets::new(&self.sets, &self.main)
    }

    /// The venue whose candles are folded; none where any are.
    ///
    /// # Errors
    /// Where there is no such venue.
    pub fn venue(&self) -> Result<Option<Venue>> {
        let unknown = |error| Error::Config(format!("feature_builder.series: {error}"));
        (!self.series.is_empty()).then(|| self.series.parse().map_err(unknown)).transpose()
    }
}
