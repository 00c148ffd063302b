//! `[feature_builder]`.

use serde::Deserialize;

/// `[feature_builder]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureBuilderConfig {
    /// Rows in gold's journals that make a Parquet file.
    pub settle_rows: usize,
    /// Bars between two snapshots of the engine.
    pub snapshot_bars: usize,
}
