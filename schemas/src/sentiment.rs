//! What a text makes one feel about the price.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// A judgement of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawSentiment")]
pub struct Sentiment {
    /// From -1 (bearish) by 0 (neutral) to 1 (bullish).
    pub score: f64,
    /// How sure the method is, from 0 to 1.
    pub confidence: f64,
    /// What judged: the name and version of a lexicon or a model.
    pub method: String,
}

/// A judgement with any numbers at all.
#[derive(Deserialize, JsonSchema)]
struct RawSentiment {
    /// From -1 (bearish) by 0 (neutral) to 1 (bullish).
    score: f64,
    /// How sure the method is, from 0 to 1.
    confidence: f64,
    /// What judged.
    method: String,
}

impl Sentiment {
    /// A judgement, if it can be one.
    ///
    /// # Errors
    /// Where a number is not finite or out of its range.
    pub fn new(score: f64, confidence: f64, method: impl Into<String>) -> Result<Self> {
        // NaN lies in no range.
        if !(-1.0..=1.0).contains(&score) {
            return Err(Error::impossible("score", score, "a sentiment lies between -1 and 1"));
        }
        if !(0.0..=1.0).contains(&confidence) {
            return Err(Error::impossible("confidence", confidence, "a confidence lies between 0 and 1"));
        }
        Ok(Self { score, confidence, method: method.into() })
    }
}

impl TryFrom<RawSentiment> for Sentiment {
    type Error = Error;
    fn try_from(raw: RawSentiment) -> Result<Self> {
        Self::new(raw.score, raw.confidence, raw.method)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused() {
        assert!(Sentiment::new(-1.0, 0.5, "m").is_ok());
        for (score, confidence) in [(1.1, 0.5), (f64::NAN, 0.5), (0.0, -0.1), (0.0, f64::NAN)] {
            assert!(Sentiment::new(score, confidence, "m").is_err());
        }
        assert!(serde_json::from_str::<Sentiment>(r#"{"score":2,"confidence":0,"method":"m"}"#).is_err());
    }
}
