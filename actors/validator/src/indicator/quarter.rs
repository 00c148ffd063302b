//! A quarter hour of a series.

use serde::{Deserialize, Serialize};
use wick_schemas::{Candle, Timestamp, Venue};

/// Open, high, low, close and volume of a quarter hour's candles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quarter {
    /// The series.
    pub venue: Venue,
    /// The start.
    pub start: Timestamp,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount of the base currency.
    pub volume: f64,
}

impl Quarter {
    /// The quarter hour after its first candle.
    #[must_use]
    pub fn first(start: Timestamp, candle: &Candle) -> Self {
        let Candle { venue, high, low, close, volume, .. } = *candle;
        Self { venue, start, high, low, close, volume }
    }

    /// Adds a later candle.
    pub fn add(&mut self, candle: &Candle) {
        self.high = self.high.max(candle.high);
        self.low = self.low.min(candle.low);
        self.close = candle.close;
        self.volume += candle.volume;
    }

    /// A quarter hour in which nothing was traded, at this one's last price.
    #[must_use]
    pub fn flat(&self, start: Timestamp) -> Self {
        Self { start, high: self.close, low: self.close, volume: 0.0, ..*self }
    }
}
