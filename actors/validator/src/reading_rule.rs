//! What a reading of an index must be to enter silver.
//!
//! The first broken rule decides, and a refused reading leaves no trace.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{Reading, ReadingReceived, ReadingValidated, Timestamp};

use crate::refusal::{
    DUPLICATE, FROM_THE_FUTURE, NOT_A_NUMBER, OFF_GRID, OUT_OF_ORDER, OUT_OF_RANGE, Refusal, TOO_OLD, UNKNOWN_NAME,
};

/// What is known of an index.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The lowest number that it can show.
    pub min: f64,
    /// The highest.
    pub max: f64,
    /// The span that a reading speaks of, in minutes: it starts on that grid.
    pub span_minutes: i64,
}

/// The knobs of the rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadingConfig {
    /// The indices that are known, by name.
    pub indices: BTreeMap<String, Index>,
    /// How far the moment that it speaks of may lie after the one that it was learnt at, in milliseconds.
    pub future_tolerance_ms: i64,
    /// A reading is absurdly old if it speaks of so many days before it was learnt.
    pub oldest_days: i64,
}

impl Default for ReadingConfig {
    fn default() -> Self {
        let fear_greed = Index { min: 0.0, max: 100.0, span_minutes: DAY / MINUTE };
        Self {
            indices: BTreeMap::from([("fear_greed".to_owned(), fear_greed)]),
            future_tolerance_ms: MINUTE,
            oldest_days: 10_000,
        }
    }
}

/// The judge of readings. As a checkpoint it is what it remembers: the last moment of each index.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadingRules {
    #[serde(skip)]
    config: ReadingConfig,
    /// What the last accepted reading of each known index speaks of.
    last: BTreeMap<String, Timestamp>,
}

impl ReadingRules {
    /// Rules that remember what the checkpoint does, and judge by this configuration.
    #[must_use]
    pub fn recovered(config: ReadingConfig, checkpoint: Option<Self>) -> Self {
        let mut last = checkpoint.map(|checkpoint| checkpoint.last).unwrap_or_default();
        last.retain(|name, _| config.indices.contains_key(name));
        Self { config, last }
    }

    /// Judges a reading, and remembers it if it is clean.
    ///
    /// # Errors
    /// The broken rule, for [`Refusal::of_reading`].
    pub fn judge(&mut self, received: &ReadingReceived) -> Result<ReadingValidated, Refusal> {
        let ReadingReceived { reading, origin, ingest_time } = received;
        let (name, at) = (&reading.name, reading.at);
        let Some(index) = self.config.indices.get(name) else {
            let reason = "no such index in `validator.reading.indices`: add it with its range, or drop its source";
            return Err(Refusal::new(UNKNOWN_NAME, name, reason.to_owned()));
        };
        let value = number(reading)?;
        if !(index.min..=index.max).contains(&value) {
            let reason = format!("{name} lies between {} and {}", index.min, index.max);
            return Err(Refusal::new(OUT_OF_RANGE, value, reason));
        }
        if !at.on_grid(index.span_minutes.saturating_mul(MINUTE).max(1)) {
            let reason =
                format!("{name} speaks of spans of {} minutes, and this is no start of one", index.span_minutes);
            return Err(Refusal::new(OFF_GRID, at, reason));
        }
        if at > ingest_time.shift(self.config.future_tolerance_ms) {
            let reason = format!("{name} speaks of a time after the one that it was learnt at, {ingest_time}");
            return Err(Refusal::new(FROM_THE_FUTURE, at, reason));
        }
        let days = self.config.oldest_days;
        if at < ingest_time.shift(days.saturating_mul(-DAY)) {
            let reason = format!("{name}: more than {days} days before it was learnt: a time in seconds?");
            return Err(Refusal::new(TOO_OLD, at, reason));
        }
        match self.last.get(name) {
            Some(last) if at == *last => return Err(given(reading)),
            Some(last) if at < *last => {
                let reason = format!("{name} is at {last} already: a backfill must come before newer readings");
                return Err(Refusal::new(OUT_OF_ORDER, at, reason));
            }
            _ => {}
        }
        self.last.insert(name.clone(), at);
        Ok(ReadingValidated { name: name.clone(), at, value, origin: *origin, ingest_time: *ingest_time })
    }

    /// Takes in a reading that a person believes: only what is no number, or is there already, is refused.
    ///
    /// # Errors
    /// The rule.
    pub fn release(&mut self, received: &ReadingReceived) -> Result<ReadingValidated, Refusal> {
        let ReadingReceived { reading, origin, ingest_time } = received;
        let value = number(reading)?;
        if self.last.get(&reading.name) == Some(&reading.at) {
            return Err(given(reading));
        }
        if self.config.indices.contains_key(&reading.name) {
            let last = self.last.entry(reading.name.clone()).or_insert(reading.at);
            *last = reading.at.max(*last);
        }
        let (name, at) = (reading.name.clone(), reading.at);
        Ok(ReadingValidated { name, at, value, origin: *origin, ingest_time: *ingest_time })
    }
}

fn number(reading: &Reading) -> Result<f64, Refusal> {
    reading.value.filter(|value| value.is_finite()).ok_or_else(|| {
        let value = reading.value.map_or_else(|| "nothing".to_owned(), |value| value.to_string());
        Refusal::new(NOT_A_NUMBER, value, format!("{}: not a number", reading.name))
    })
}

fn given(reading: &Reading) -> Refusal {
    let reason = format!("{} was given for this time before: the first one stays", reading.name);
    Refusal::new(DUPLICATE, reading.at, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wick_schemas::Origin;

    fn reading(day: i64, value: f64) -> ReadingReceived {
        let at = Timestamp(20_000 * DAY + day * DAY);
        let reading = Reading { name: "fear_greed".to_owned(), at, value: Some(value) };
        ReadingReceived { reading, origin: Origin::Live, ingest_time: at.shift(DAY) }
    }

    #[test]
    fn days_in_order_pass_up_to_the_ends_of_the_range() {
        let mut rules = ReadingRules::default();
        for (day, value) in [(0, 0.0), (1, 100.0), (5, 42.5)] {
            let clean = rules.judge(&reading(day, value)).expect("clean");
            assert_eq!((clean.value, clean.at), (value, reading(day, value).reading.at));
        }
        assert_eq!(rules.judge(&reading(5, 42.0)).expect_err("again").rule, DUPLICATE);
        assert_eq!(rules.judge(&reading(4, 42.0)).expect_err("late").rule, OUT_OF_ORDER);
        assert_eq!(rules.judge(&reading(6, 100.5)).expect_err("beyond").rule, OUT_OF_RANGE);
    }

    #[test]
    fn an_index_that_is_no_longer_known_is_forgotten() {
        let mut rules = ReadingRules::default();
        rules.judge(&reading(0, 1.0)).expect("clean");
        let none = ReadingConfig { indices: BTreeMap::new(), ..ReadingConfig::default() };
        let mut rules = ReadingRules::recovered(none, Some(rules));
        assert!(rules.last.is_empty());
        assert_eq!(rules.judge(&reading(1, 1.0)).expect_err("unknown").rule, UNKNOWN_NAME);
    }
}
