//! What a candle must be to enter silver.
//!
//! The first broken rule decides. A refused candle leaves no trace in what later ones are compared with, but for the
//! count of candles that agree on a jump (see [`crate::jump`]).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wick_schemas::time::{DAY, MINUTE};
use wick_schemas::{Candle, CandleReceived, CandleRejected, CandleValidated, Origin, Timestamp, Venue};

use crate::jump::Memory;
use crate::refusal::{
    ABSURD_WICK, FROM_THE_FUTURE, NO_VOLUME, NOT_A_SOURCE, OUT_OF_ORDER, OUT_OF_RANGE, Refusal, TOO_OLD,
};

/// The knobs of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RulesConfig {
    /// How far a candle's end may lie after the moment that it was learnt, in milliseconds: clocks differ.
    pub future_tolerance_ms: i64,
    /// A candle is absurdly old if it ended so many days before it was learnt: a time in seconds read as milliseconds
    /// lies in 1970.
    pub oldest_days: i64,
    /// The lowest price that anything is traded at, in quote currency.
    pub lowest_price: f64,
    /// The highest: above lie numbers that are no prices, such as a time.
    pub highest_price: f64,
    /// The largest volume of a minute, in base currency: there will be 21 million bitcoins.
    pub most_volume: f64,
    /// High and low may lie so far, as log ratio, beyond open and close.
    pub longest_wick: f64,
    /// A jump is absurd beyond so many standard deviations of the venue's minutes …
    pub jump_sigmas: f64,
    /// … and beyond this log return. Real minutes have moved by 5 % and more (March 2020). Both grow with the square
    /// root of the minutes since the last candle …
    pub jump_floor: f64,
    /// … but never beyond this log return: a shifted decimal point is refused after any hole.
    pub jump_ceiling: f64,
    /// Weight of the newest squared return in the venue's variance: 0.0005 forgets half in a day.
    pub variance_weight: f64,
    /// So many candles in a row, refused for a jump but agreeing with each other, make the next one believed.
    pub repricing_after: u32,
}

impl Default for RulesConfig {
    fn default() -> Self {
        Self {
            future_tolerance_ms: MINUTE,
            oldest_days: 10_000,
            lowest_price: 1e-8,
            highest_price: 1e9,
            most_volume: 21e6,
            longest_wick: 1.0,
            jump_sigmas: 50.0,
            jump_floor: 0.2,
            jump_ceiling: 1.0,
            variance_weight: 0.0005,
            repricing_after: 5,
        }
    }
}

/// The judgement of a candle.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It broke no rule.
    Clean(CandleValidated),
    /// It broke one.
    Reject(CandleRejected),
}

/// The judge of candles. As a checkpoint it is what it remembers; its configuration is not kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    #[serde(skip)]
    config: RulesConfig,
    /// The venues that a candle was accepted of.
    venues: BTreeMap<Venue, Memory>,
}

impl Rules {
    /// Rules that remember what the checkpoint does, and judge by this configuration.
    #[must_use]
    pub fn recovered(config: RulesConfig, checkpoint: Option<Self>) -> Self {
        Self { config, venues: checkpoint.map(|checkpoint| checkpoint.venues).unwrap_or_default() }
    }

    /// What is remembered of a venue, once a candle of it was accepted.
    #[must_use]
    pub fn memory(&self, venue: Venue) -> Option<&Memory> {
        self.venues.get(&venue)
    }

    /// Judges a candle, and remembers it if it is clean. The candle's own times decide, and no clock: so the verdict
    /// is the same in every replay.
    pub fn judge(&mut self, received: &CandleReceived) -> Verdict {
        let CandleReceived { candle, origin, ingest_time } = *received;
        match self.examine(received) {
            Ok(candle) => Verdict::Clean(CandleValidated { candle, origin, ingest_time }),
            Err(Refusal { rule, value, reason }) => {
                Verdict::Reject(CandleRejected { candle, origin, ingest_time, rule: rule.to_owned(), value, reason })
            }
        }
    }

    fn examine(&mut self, received: &CandleReceived) -> Result<Candle, Refusal> {
        let candle = Candle::new(received.candle).map_err(|error| Refusal::of_shape(&error))?;
        source(received)?;
        self.plausible(&candle)?;
        self.ended(&candle, received.ingest_time)?;
        let days = self.config.oldest_days;
        if candle.open_time.shift(MINUTE) < received.ingest_time.shift(days.saturating_mul(-DAY)) {
            let reason = format!("more than {days} days older than when it was learnt: a time in seconds?");
            return Err(Refusal::new(TOO_OLD, candle.open_time, reason));
        }
        let Some(memory) = self.venues.get_mut(&candle.venue) else {
            self.venues.insert(candle.venue, Memory::first(&candle));
            return Ok(candle);
        };
        let last = memory.last.open_time;
        if candle.open_time == last {
            return Err(Refusal::given(&candle));
        }
        if candle.open_time < last {
            let reason = format!("{} is at {last} already: a backfill must come before newer candles", candle.venue);
            return Err(Refusal::new(OUT_OF_ORDER, candle.open_time, reason));
        }
        let before = memory.last.close;
        let config = &self.config;
        memory.take(&candle, config).map_err(|absurd| Refusal::of_jump(&absurd, before, config.repricing_after))?;
        Ok(candle)
    }

    /// Takes in a candle that a person believes, asked at `at`, whatever was thought of its numbers: those rules alone
    /// are kept that no decision can waive. Tells whether it comes after newer ones of its venue.
    ///
    /// # Errors
    /// The rule.
    pub fn release(&mut self, received: &CandleReceived) -> Result<(Candle, bool), Refusal> {
        let candle = Candle::new(received.candle).map_err(|error| Refusal::of_shape(&error))?;
        source(received)?;
        self.ended(&candle, received.ingest_time)?;
        let Some(memory) = self.venues.get_mut(&candle.venue) else {
            self.venues.insert(candle.venue, Memory::first(&candle));
            return Ok((candle, false));
        };
        match candle.open_time.cmp(&memory.last.open_time) {
            Ordering::Less => Ok((candle, true)),
            Ordering::Equal => Err(Refusal::given(&candle)),
            Ordering::Greater => {
                memory.believe(&candle);
                Ok((candle, false))
            }
        }
    }

    /// Whether the minute was over when it was learnt.
    fn ended(&self, candle: &Candle, known: Timestamp) -> Result<(), Refusal> {
        // Not `close_time`: at the end of time a sum would overflow.
        let ends = candle.open_time.shift(MINUTE);
        if ends > known.shift(self.config.future_tolerance_ms) {
            let reason = format!("the minute had not ended when it was learnt, at {known}: set this machine's clock");
            return Err(Refusal::new(FROM_THE_FUTURE, ends, reason));
        }
        Ok(())
    }

    /// Whether the numbers could be a market's at all, whatever came before.
    fn plausible(&self, candle: &Candle) -> Result<(), Refusal> {
        let RulesConfig { lowest_price, highest_price, most_volume, longest_wick, .. } = self.config;
        for (field, price) in [("high", candle.high), ("low", candle.low)] {
            if !(lowest_price..=highest_price).contains(&price) {
                let reason = format!("{field}: a price lies between {lowest_price} and {highest_price}");
                return Err(Refusal::new(OUT_OF_RANGE, price, reason));
            }
        }
        if candle.volume > most_volume {
            let reason = format!("volume: more than {most_volume}, in base currency: is it in quote currency?");
            return Err(Refusal::new(OUT_OF_RANGE, candle.volume, reason));
        }
        if candle.volume <= 0.0 && candle.high > candle.low {
            let reason = "volume: nothing was traded, and yet the price moved: these are no trades".to_owned();
            return Err(Refusal::new(NO_VOLUME, candle.volume, reason));
        }
        let up = candle.high / candle.open.max(candle.close);
        let down = candle.open.min(candle.close) / candle.low;
        for (field, price, ratio) in [("high", candle.high, up), ("low", candle.low, down)] {
            let length = ratio.ln();
            if length > longest_wick {
                let reason = format!(
                    "the {field} lies {length:.3} (log) beyond open and close where {longest_wick} is the most that is \
                     believed"
                );
                return Err(Refusal::new(ABSURD_WICK, price, reason));
            }
        }
        Ok(())
    }
}

/// Whether an exchange could have given it.
fn source(received: &CandleReceived) -> Result<(), Refusal> {
    let venue = received.candle.venue;
    let reason = match (venue, received.origin) {
        (Venue::Consensus, _) => "the consensus is made here: no source gives it",
        (Venue::Simulated, Origin::Live) => "nobody traded at a simulated price: it cannot be live",
        _ => return Ok(()),
    };
    Err(Refusal::new(NOT_A_SOURCE, venue, reason.to_owned()))
}

#[cfg(test)]
mod tests;
