//! `[drift_monitor]`.

use serde::Deserialize;

use crate::policy::PolicyConfig;

/// `[drift_monitor]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftMonitorConfig {
    /// `[drift_monitor.policy]`.
    pub policy: PolicyConfig,
}
