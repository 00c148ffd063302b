//! `[feature_builder]`.

use serde::Deserialize;
use wick_bus::{Error, Result};
use wick_schemas::Venue;

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
}

impl FeatureBuilderConfig {
    /// The venue whose candles are folded; none where any are.
    ///
    /// # Errors
    /// Where there is no such venue.
    pub fn venue(&self) -> Result<Option<Venue>> {
        let unknown = |error| Error::Config(format!("feature_builder.series: {error}"));
        (!self.series.is_empty()).then(|| self.series.parse().map_err(unknown)).transpose()
    }
}
