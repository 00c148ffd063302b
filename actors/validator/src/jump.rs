//! Is a price absurd? What a venue's last minutes say of how far the next one may be.

use serde::{Deserialize, Serialize};
use wick_schemas::time::MINUTE;
use wick_schemas::{Candle, Timestamp};

use crate::rules::RulesConfig;

/// A minute's end: when it began, and the last price in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The start of the minute.
    pub open_time: Timestamp,
    /// The last price, in quote currency.
    pub close: f64,
}

/// What is remembered of a venue.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The last accepted candle.
    pub last: Mark,
    /// Variance of one-minute log returns, exponentially weighted; 0 before the second candle.
    pub variance: f64,
    /// Candles refused for their jump that agree with each other, if the last candle was refused for one.
    pub suspects: Option<Suspects>,
}

/// Candles refused in a row that tell of one new price level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suspects {
    /// The last of them.
    pub last: Mark,
    /// How many they are.
    pub count: u32,
}

/// A jump too far to be believed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Absurd {
    /// The price that jumped: `open` or `close`.
    pub field: &'static str,
    /// That price.
    pub price: f64,
    /// Its log return from the last accepted close.
    pub log_return: f64,
    /// The largest log return that would be believed, either way.
    pub bound: f64,
}

impl Memory {
    /// The memory after a venue's first candle, which nothing can be compared with.
    #[must_use]
    pub fn first(candle: &Candle) -> Self {
        Self { last: mark(candle), variance: 0.0, suspects: None }
    }

    /// Takes the candle in, or says how absurd its jump is. The candle is newer than the last.
    ///
    /// A refused candle changes only the suspects. When as many as `config.repricing_after` of them, each agreeing
    /// with the one before, have told of one new level, the next that agrees with them is taken in: so a real
    /// re-pricing after a long hole costs a few candles and never blocks for ever.
    ///
    /// # Errors
    /// The jump.
    pub fn take(&mut self, candle: &Candle, config: &RulesConfig) -> Result<(), Absurd> {
        let Some(absurd) = self.jump(self.last, candle, config) else {
            self.learn(candle, config);
            return Ok(());
        };
        match self.suspects {
            // The same refused candle again is no second witness.
            Some(suspects) if candle.open_time <= suspects.last.open_time => return Err(absurd),
            Some(suspects) if self.jump(suspects.last, candle, config).is_none() => {
                if suspects.count >= config.repricing_after {
                    self.believe(candle);
                    return Ok(());
                }
                self.suspects = Some(Suspects { last: mark(candle), count: suspects.count + 1 });
            }
            _ => self.suspects = Some(Suspects { last: mark(candle), count: 1 }),
        }
        Err(absurd)
    }

    /// Moves on to a candle that a person believes, newer than the last. The step itself says nothing of an ordinary
    /// minute, so the variance does not learn it.
    pub fn believe(&mut self, candle: &Candle) {
        (self.last, self.suspects) = (mark(candle), None);
    }

    /// The jump from a mark to the candle, if it is absurd.
    fn jump(&self, from: Mark, candle: &Candle, config: &RulesConfig) -> Option<Absurd> {
        let minutes = minutes_between(from, candle);
        let ordinary = (config.jump_sigmas * self.variance.sqrt()).max(config.jump_floor);
        let bound = (ordinary * minutes.sqrt()).min(config.jump_ceiling.max(config.jump_floor));
        [("open", candle.open), ("close", candle.close)].into_iter().find_map(|(field, price)| {
            let log_return = (price / from.close).ln();
            (log_return.abs() > bound).then_some(Absurd { field, price, log_return, bound })
        })
    }

    /// Moves on to an accepted candle.
    fn learn(&mut self, candle: &Candle, config: &RulesConfig) {
        let log_return = (candle.close / self.last.close).ln();
        let per_minute = log_return * log_return / minutes_between(self.last, candle);
        self.variance += config.variance_weight * (per_minute - self.variance);
        (self.last, self.suspects) = (mark(candle), None);
    }
}

fn mark(candle: &Candle) -> Mark {
    Mark { open_time: candle.open_time, close: candle.close }
}

/// At least one.
fn minutes_between(from: Mark, candle: &Candle) -> f64 {
    let span = candle.open_time.millis().saturating_sub(from.open_time.millis());
    (span / MINUTE).max(1) as f64
}
