//! Feature vectors and the sets that they belong to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::{Payload, hex};
use crate::market::Origin;
use crate::time::Timestamp;
use crate::topic::{self, Topic};

/// What one feature is: enough for a reader to compute it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// Its formula in words and symbols.
    pub formula: &'static str,
    /// Its look-back in bars, ending with the bar just closed.
    pub lookback: usize,
    /// Bars after which it is there. Less than the look-back where a shorter history will do at first.
    pub warm_up: usize,
    /// Its unit.
    pub unit: &'static str,
    /// What it is made from.
    pub source: &'static str,
    /// What it is for, and who thought of it. Not part of the set's id: a better explanation computes nothing else.
    pub doc: &'static str,
}

/// An ordered list of definitions. Its id is the hash of them, so a changed formula is another set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeatureSet {
    /// Sixteen hexadecimal digits.
    pub id: String,
    /// The definitions, in the order of the values.
    pub definitions: Vec<Definition>,
}

impl FeatureSet {
    /// The set of these definitions.
    #[must_use]
    pub fn of(definitions: Vec<Definition>) -> Self {
        let mut hasher = blake3::Hasher::new();
        for definition in &definitions {
            for part in [definition.name, definition.formula, definition.unit, definition.source] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
            for bars in [definition.lookback, definition.warm_up] {
                hasher.update(&(bars as u64).to_le_bytes());
            }
        }
        Self { id: hex(&hasher.finalize().as_bytes()[..8]), definitions }
    }

    /// The names, in order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.definitions.iter().map(|definition| definition.name.to_owned()).collect()
    }
}

/// `features.built`: what was known at the close of a bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeatureVector {
    /// The close of the bar: nothing in the vector was learnt later.
    pub as_of: Timestamp,
    /// The id of the feature set.
    pub feature_set: String,
    /// The last price, in quote currency.
    pub price: f64,
    /// Whether every look-back is full, so that no value is missing.
    pub warm: bool,
    /// How many of the bar's fifteen minutes had a candle.
    pub minutes: u32,
    /// How the newest candle of the bar reached us.
    pub origin: Origin,
    /// When the newest candle of the bar was learnt.
    pub ingest_time: Timestamp,
    /// The names of the values.
    pub names: Vec<String>,
    /// The values; `null` where the look-back is not full.
    pub values: Vec<Option<f64>>,
}

impl FeatureVector {
    /// The value of that name, if it is there.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<f64> {
        let place = self.names.iter().position(|known| known == name)?;
        self.values.get(place).copied().flatten()
    }
}

impl Payload for FeatureVector {
    const TOPIC: Topic = topic::FEATURES_BUILT;
    fn event_time(&self) -> Timestamp {
        self.as_of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Definition =
        Definition { name: "a", formula: "x", lookback: 1, warm_up: 1, unit: "1", source: "candles", doc: "" };

    #[test]
    fn a_changed_definition_is_another_set() {
        let changed = Definition { formula: "y", ..A };
        assert_eq!(FeatureSet::of(vec![A]).id, FeatureSet::of(vec![A]).id);
        assert_ne!(FeatureSet::of(vec![A]).id, FeatureSet::of(vec![changed]).id);
        assert_ne!(FeatureSet::of(vec![A]).id, FeatureSet::of(vec![A, A]).id);
    }
}
