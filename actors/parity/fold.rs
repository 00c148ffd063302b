//! From bronze to vectors, by the rules and the fold of the actors themselves.

use serde::{Deserialize, Serialize};
use wick_bus::{House, Result};
use wick_feature_builder::config::FeatureBuilderConfig;
use wick_feature_builder::engine::Engine;
use wick_fetcher::bronze::BronzeCandle;
use wick_schemas::{CandleValidated, FeatureVector, Venue};
use wick_validator::config::ValidatorConfig;
use wick_validator::consensus::Consensus;
use wick_validator::rules::{Rules, Verdict};

/// Validator and feature builder in one, without a bus between them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fold {
    rules: Rules,
    consensus: Option<Consensus>,
    /// Whose candles are folded; anybody's where there is none.
    series: Option<Venue>,
    /// The feature builder's own.
    pub engine: Engine,
}

impl Fold {
    /// One that has seen nothing, of several venues or of one.
    pub fn new(house: &House, several: bool) -> Result<Self> {
        let config: ValidatorConfig = house.config.section("validator")?;
        Ok(Self {
            rules: Rules::recovered(config.rules, None),
            consensus: several.then(Consensus::default),
            series: several.then_some(Venue::Consensus),
            engine: Engine::new(),
        })
    }

    /// One that has seen nothing, for a house with these settings.
    pub fn of_settings(house: &House) -> Result<Self> {
        let validator: ValidatorConfig = house.config.section("validator")?;
        let builder: FeatureBuilderConfig = house.config.section("feature_builder")?;
        Ok(Self { series: builder.venue()?, ..Self::new(house, validator.consensus)? })
    }

    /// One that was written goes on, by the settings in force.
    pub fn again(self, house: &House) -> Result<Self> {
        let config: ValidatorConfig = house.config.section("validator")?;
        Ok(Self { rules: Rules::recovered(config.rules, Some(self.rules)), ..self })
    }

    /// Whether both fold the same.
    pub fn alike(&self, other: &Self) -> bool {
        self.series == other.series && self.consensus.is_some() == other.consensus.is_some()
    }

    /// Takes a candle as it came; gives the vectors that it closes.
    pub fn take(&mut self, row: &BronzeCandle) -> Vec<FeatureVector> {
        let Verdict::Clean(clean) = self.rules.judge(&row.received) else { return Vec::new() };
        let mut closed = self.pass(&clean);
        for agreed in self.consensus.as_mut().map(|consensus| consensus.take(clean)).unwrap_or_default() {
            closed.extend(self.pass(&agreed.candle));
        }
        closed
    }

    fn pass(&mut self, candle: &CandleValidated) -> Vec<FeatureVector> {
        if self.series.is_some_and(|series| candle.candle.venue != series) {
            self.engine.context_mut().venue(&candle.candle);
            return Vec::new();
        }
        self.engine.push(candle).into_iter().map(|closed| closed.vector).collect()
    }
}
