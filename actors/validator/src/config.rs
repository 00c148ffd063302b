//! `[validator]`: what is believed.

use std::path::PathBuf;

use serde::Deserialize;

use crate::reading_rule::ReadingConfig;
use crate::rules::RulesConfig;
use crate::sentiment::onnx::OnnxConfig;
use crate::text_rule::TextConfig;

/// `[validator]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorConfig {
    /// Whether a consensus of the venues is made of their candles; a program that listens to several sets it.
    pub consensus: bool,
    /// `[validator.rules]`.
    pub rules: RulesConfig,
    /// `[validator.text]`.
    pub text: TextConfig,
    /// `[validator.reading]`.
    pub reading: ReadingConfig,
    /// `[validator.sentiment]`.
    pub sentiment: OnnxConfig,
    /// `[validator.quality]`.
    pub quality: QualityConfig,
}

/// `[validator.quality]`: what is expected of whole batches.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityConfig {
    /// Whether batches are asked.
    pub enabled: bool,
    /// A folder with suites that replace those of Wick, by name (`candles.toml`); empty: none.
    pub suites: PathBuf,
    /// Days that the reports of batches which met everything are kept for, in event time; 0: for ever. Those of batches
    /// that did not are always kept.
    pub keep_days: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings that are compiled in say what the code's own defaults say.
    #[test]
    fn the_settings_are_the_defaults_of_the_code() {
        let config = wick_bus::Config::load(None, &[]).expect("settings");
        let section: ValidatorConfig = config.section("validator").expect("a section");
        assert_eq!(section.rules, RulesConfig::default());
        assert_eq!(section.text, TextConfig::default());
        assert_eq!(section.reading, ReadingConfig::default());
    }
}
