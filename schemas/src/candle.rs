//! One minute of trading, and what is said of it on its way through the house.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::envelope::Payload;
use crate::error::{Error, Result};
use crate::market::{Origin, Venue};
use crate::time::{MINUTE, Timestamp};
use crate::topic::{self, Topic};

/// One minute of trading at one venue: open, high, low and close price in quote currency, volume in base
/// currency. Stamped with its start; complete, and known, at its close.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "RawCandle")]
pub struct Candle {
    /// Where it was traded.
    pub venue: Venue,
    /// The start of the minute.
    pub open_time: Timestamp,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount of the base currency.
    pub volume: f64,
}

/// A candle as a source gave it: any numbers at all, to be judged by [`Candle::new`].
///
/// A number that is not finite is `null` in JSON and `None` here.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RawCandle {
    /// Where it was traded.
    pub venue: Venue,
    /// The start of the minute.
    pub open_time: Timestamp,
    /// First price.
    pub open: Option<f64>,
    /// Highest price.
    pub high: Option<f64>,
    /// Lowest price.
    pub low: Option<f64>,
    /// Last price.
    pub close: Option<f64>,
    /// Traded amount of the base currency.
    pub volume: Option<f64>,
}

impl Candle {
    /// A candle, if it can be one.
    ///
    /// # Errors
    /// Names the first field that cannot be: not finite, not positive, off the minute grid, or high and low
    /// that do not enclose open and close.
    pub fn new(raw: RawCandle) -> Result<Self> {
        let number = |what, value: Option<f64>| match value {
            Some(value) if value.is_finite() => Ok(value),
            Some(value) => Err(Error::impossible(what, value, "not finite")),
            None => Err(Error::impossible(what, "NaN", "not a number")),
        };
        let price = |what, value| match number(what, value)? {
            value if value > 0.0 => Ok(value),
            value => Err(Error::impossible(what, value, "a price is positive")),
        };
        let (open, high) = (price("open", raw.open)?, price("high", raw.high)?);
        let (low, close) = (price("low", raw.low)?, price("close", raw.close)?);
        let volume = number("volume", raw.volume)?;
        if volume < 0.0 {
            return Err(Error::impossible("volume", volume, "a volume is not negative"));
        }
        if high < low {
            return Err(Error::impossible("high", high, "below the low"));
        }
        if high < open.max(close) {
            return Err(Error::impossible("high", high, "below open or close"));
        }
        if low > open.min(close) {
            return Err(Error::impossible("low", low, "above open or close"));
        }
        if !raw.open_time.on_grid(MINUTE) {
            return Err(Error::impossible("open_time", raw.open_time, "off the one-minute grid"));
        }
        Ok(Self { venue: raw.venue, open_time: raw.open_time, open, high, low, close, volume })
    }

    /// The end of the minute: the moment from which the candle is known.
    #[must_use]
    pub fn close_time(&self) -> Timestamp {
        self.open_time + MINUTE
    }

    /// The same numbers, unjudged.
    #[must_use]
    pub fn raw(&self) -> RawCandle {
        RawCandle {
            venue: self.venue,
            open_time: self.open_time,
            open: Some(self.open),
            high: Some(self.high),
            low: Some(self.low),
            close: Some(self.close),
            volume: Some(self.volume),
        }
    }
}

impl TryFrom<RawCandle> for Candle {
    type Error = Error;
    fn try_from(raw: RawCandle) -> Result<Self> {
        Self::new(raw)
    }
}

/// `candles.received`: a final candle as a source gave it, kept in bronze, not yet judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandleReceived {
    /// The candle, as received.
    pub candle: RawCandle,
    /// How it reached us.
    pub origin: Origin,
    /// When we learnt it.
    pub ingest_time: Timestamp,
}

impl Payload for CandleReceived {
    const TOPIC: Topic = topic::CANDLES_RECEIVED;
    fn event_time(&self) -> Timestamp {
        self.candle.open_time.shift(MINUTE)
    }
}

/// `candles.validated`: a candle that passed every rule, kept in silver.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandleValidated {
    /// The candle.
    pub candle: Candle,
    /// How it reached us.
    pub origin: Origin,
    /// When we learnt it.
    pub ingest_time: Timestamp,
}

impl Payload for CandleValidated {
    const TOPIC: Topic = topic::CANDLES_VALIDATED;
    fn event_time(&self) -> Timestamp {
        self.candle.close_time()
    }
}

/// `candles.rejected`: a candle that broke a rule; it stays in quarantine with this reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandleRejected {
    /// The candle, as received.
    pub candle: RawCandle,
    /// How it reached us.
    pub origin: Origin,
    /// When we learnt it.
    pub ingest_time: Timestamp,
    /// The rule's name: stable, for programs.
    pub rule: String,
    /// The offending value.
    pub value: String,
    /// The reason, for people.
    pub reason: String,
}

impl Payload for CandleRejected {
    const TOPIC: Topic = topic::CANDLES_REJECTED;
    fn event_time(&self) -> Timestamp {
        self.candle.open_time.shift(MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> RawCandle {
        RawCandle {
            venue: Venue::Kraken,
            open_time: Timestamp(1_704_067_200_000),
            open: Some(100.0),
            high: Some(110.0),
            low: Some(90.0),
            close: Some(105.0),
            volume: Some(1.5),
        }
    }

    #[test]
    fn a_candle_that_can_be_is_taken_and_read_back() {
        let candle = Candle::new(raw()).expect("possible");
        assert_eq!(candle.raw(), raw());
        assert_eq!(candle.close_time() - candle.open_time, MINUTE);
        let text = serde_json::to_string(&candle).expect("JSON");
        assert_eq!(serde_json::from_str::<Candle>(&text).expect("reads"), candle);
    }

    #[test]
    fn a_candle_that_cannot_be_is_refused_with_its_field() {
        type Spoil = fn(&mut RawCandle);
        let cases: [(Spoil, &str); 9] = [
            (|c| c.open = None, "open"),
            (|c| c.close = Some(f64::INFINITY), "close"),
            (|c| c.low = Some(-1.0), "low"),
            (|c| c.open = Some(0.0), "open"),
            (|c| c.volume = Some(-0.1), "volume"),
            (|c| c.high = Some(89.0), "high"),
            (|c| c.high = Some(101.0), "high"),
            (|c| c.low = Some(104.0), "low"),
            (|c| c.open_time = Timestamp(1_704_067_200_001), "open_time"),
        ];
        for (spoil, field) in cases {
            let mut candle = raw();
            spoil(&mut candle);
            let error = Candle::new(candle).expect_err(field);
            assert!(error.to_string().starts_with(field), "{error}");
            assert!(serde_json::from_str::<Candle>(&serde_json::to_string(&candle).expect("JSON")).is_err());
        }
    }
}
