//! Features of candles that somebody asks the gateway about, made by the feature builder's own engine.

use wick_feature_builder::engine::Engine;
use wick_gateway::Builder;
use wick_schemas::{CandleValidated, FeatureVector};

/// The feature builder's engine, for the gateway.
pub struct Vectors;

impl Builder for Vectors {
    fn build(&self, candles: &[CandleValidated], feature_set: &str) -> Result<FeatureVector, String> {
        let known = &Engine::feature_set().id;
        if known != feature_set {
            return Err(format!(
                "the model reads feature set {feature_set}, and candles give {known} here: give features"
            ));
        }
        let mut engine = Engine::new();
        let newest = candles.iter().flat_map(|candle| engine.push(candle)).last();
        let Some(closed) = newest else { return Err("the candles close no quarter hour".into()) };
        if closed.vector.warm { Ok(closed.vector) } else { Err(short()) }
    }

    fn lookback(&self) -> i64 {
        i64::try_from(Engine::LOOKBACK).unwrap_or(i64::MAX)
    }
}

fn short() -> String {
    format!("look-backs are not full: {} quarter hours of candles are needed, a week", Engine::LOOKBACK)
}
