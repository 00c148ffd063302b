//! `[validator]`: what is believed.

use serde::Deserialize;

use crate::rules::RulesConfig;

/// `[validator]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorConfig {
    /// Whether a consensus of the venues is made of their candles; a program that listens to several sets it.
    pub consensus: bool,
    /// `[validator.rules]`.
    pub rules: RulesConfig,
}
