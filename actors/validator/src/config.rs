//! `[validator]`: what is believed.

use serde::Deserialize;

use crate::rules::RulesConfig;

/// `[validator]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorConfig {
    /// `[validator.rules]`.
    pub rules: RulesConfig,
}
