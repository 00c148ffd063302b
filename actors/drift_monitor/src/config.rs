//! `[drift_monitor]`.

use serde::Deserialize;

use crate::coverage::CoverageConfig;
use crate::features::FeaturesConfig;
use crate::policy::PolicyConfig;

/// `[drift_monitor]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftMonitorConfig {
    /// `[drift_monitor.policy]`.
    pub policy: PolicyConfig,
    /// `[drift_monitor.coverage]`.
    #[serde(default)]
    pub coverage: CoverageConfig,
    /// `[drift_monitor.features]`.
    #[serde(default)]
    pub features: FeaturesConfig,
}
